"""Error responses in the vendor's shape.

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
    from loyaltyctl.model.problems import Problem


class ErrorResponse(Exception):
    """Error response, raised to end a request."""

    def __init__(self, status: int, body: JsonObject) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body


def request_id() -> tuple[str, str]:
    """Return the header with a new request id."""
    return "X-Wix-Request-Id", f"{time.time():.3f}.{uuid.uuid4().hex}"


def application_error(status: int, code: str, message: str, data: JsonObject | None = None) -> ErrorResponse:
    """Return an error with a code."""
    error: JsonObject = {"code": code, "description": message}
    if data is not None:
        error["data"] = data
    return ErrorResponse(status, {"message": message, "details": {"applicationError": error}})


def invalid(problems: Iterable[Problem]) -> ErrorResponse:
    """Return an error with a violation for each problem; paths begin at the body."""
    violations: list[Json] = [
        {
            "field": problem.field,
            "description": problem.message,
            "violatedRule": "OTHER",
            "ruleName": problem.rule,
        }
        for problem in problems
    ]
    details: JsonObject = {"validationError": {"fieldViolations": violations}}
    return ErrorResponse(400, {"message": "validation failed", "details": details})


def outdated(rule_id: str) -> ErrorResponse:
    """Return the error for an outdated revision, as seen in a live response: without a description."""
    error: JsonObject = {
        "code": "INVALID_REVISION",
        "data": {"revisionViolation": {"entityId": rule_id}},
    }
    return ErrorResponse(
        409, {"message": "Outdated revision for entity id", "details": {"applicationError": error}}
    )


def not_found(what: str) -> ErrorResponse:
    """Return the error for an entity that does not exist, or that the method does not cover."""
    return application_error(404, "NOT_FOUND", f"{what} (sandbox)")
