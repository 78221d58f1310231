"""Error responses of the sandbox, in the vendor's format.

Source: the vendor's page on errors, and the three bodies seen in live calls
(INVALID_REVISION, a validation error, PERMISSION_DENIED).
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.validation_results import Problem


class ErrorResponse(Exception):
    """Error response of the sandbox, raised to end a request."""

    def __init__(self, status: int, body: JsonObject) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body


def request_id() -> tuple[str, str]:
    """Return an X-Wix-Request-Id header with a new id, as a pair of name and value."""
    return "X-Wix-Request-Id", f"{time.time():.3f}.{uuid.uuid4().hex}"


def application_error(status: int, code: str, message: str, data: JsonObject | None = None) -> ErrorResponse:
    """Return an error response with an applicationError of this code."""
    error: JsonObject = {"code": code, "description": message}
    if data is not None:
        error["data"] = data
    return ErrorResponse(status, {"message": message, "details": {"applicationError": error}})


def validation_error(problems: Iterable[Problem]) -> ErrorResponse:
    """Return a 400 validation error with one fieldViolation per problem; paths start at the body."""
    violations: list[Json] = [
        {
            "field": problem.field,
            "description": problem.message,
            "violatedRule": "OTHER",  # the vendor's catch-all value; ruleName has the specific one
            "ruleName": problem.rule,
        }
        for problem in problems
    ]
    details: JsonObject = {"validationError": {"fieldViolations": violations}}
    return ErrorResponse(400, {"message": "validation failed", "details": details})


def outdated_revision(rule_id: str) -> ErrorResponse:
    """Return the 409 for an outdated revision of a rule."""
    # The live response has no description, so the client must not rely on one.
    error: JsonObject = {
        "code": "INVALID_REVISION",
        "data": {"revisionViolation": {"entityId": rule_id}},
    }
    return ErrorResponse(
        409, {"message": "Outdated revision for entity id", "details": {"applicationError": error}}
    )


def not_found(message: str) -> ErrorResponse:
    """Return the 404 for a rule that does not exist or is of a kind that the method does not cover."""
    return application_error(404, "NOT_FOUND", f"{message} (sandbox)")
