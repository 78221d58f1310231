"""Responses of the sandbox, with errors in the vendor's format.

Source of the errors: the vendor's page on errors, and the three bodies seen in live calls
(INVALID_REVISION, a validation error, PERMISSION_DENIED).
"""

from __future__ import annotations

import json
import time
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.validation_results import Problem


class ErrorResponse(Exception):
    """Error response of the sandbox, raised to end a request."""

    def __init__(self, status: int, body: JsonObject) -> None:
        """Create an error response with an HTTP status and a JSON body in the vendor's format."""
        super().__init__(str(status))
        self.status = status
        self.body = body


def send(
    environ: WSGIEnvironment, start_response: StartResponse, status: int, body: JsonObject | None
) -> list[bytes]:
    """Send a response of the sandbox through WSGI: `body` as JSON, or no body if it is None.

    `environ` describes the request. The response to a HEAD request has headers only.
    """
    content = b"" if body is None else json.dumps(body).encode()
    headers = [("Content-Length", str(len(content))), request_id()]
    if body is not None:
        headers.append(("Content-Type", "application/json"))
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]


def request_id() -> tuple[str, str]:
    """Return a header for a response of the sandbox: X-Wix-Request-Id, with a new id."""
    return "X-Wix-Request-Id", f"{time.time():.3f}.{uuid.uuid4().hex}"


def application_error(status: int, code: str, message: str, data: JsonObject | None = None) -> ErrorResponse:
    """Return an error response of the sandbox whose body has an applicationError with this code."""
    error: JsonObject = {"code": code, "description": message}
    if data is not None:
        error["data"] = data
    return ErrorResponse(status, {"message": message, "details": {"applicationError": error}})


def validation_error(problems: Iterable[Problem]) -> ErrorResponse:
    """Return a 400 error response of the sandbox, with a fieldViolation for each problem.

    The path of a problem begins at the request body, such as `earningRule.title`.
    """
    violations: list[Json] = [
        {
            "field": problem.field,
            "description": problem.message,
            "violatedRule": "OTHER",  # the name of the violated rule is in ruleName
            "ruleName": problem.rule,
        }
        for problem in problems
    ]
    details: JsonObject = {"validationError": {"fieldViolations": violations}}
    return ErrorResponse(400, {"message": "validation failed", "details": details})


def outdated_revision(rule_id: str) -> ErrorResponse:
    """Return the error response of the sandbox for an outdated revision of a rule, a 409."""
    # The live response has no description, so the client must not rely on one.
    error: JsonObject = {
        "code": "INVALID_REVISION",
        "data": {"revisionViolation": {"entityId": rule_id}},
    }
    return ErrorResponse(
        409, {"message": "Outdated revision for entity id", "details": {"applicationError": error}}
    )


def not_found(message: str) -> ErrorResponse:
    """Return the error response of the sandbox for a rule that the called method does not find, a 404.

    Some methods find only one kind of rule. Get, for example, does not find an automated rule.
    """
    return application_error(404, "NOT_FOUND", f"{message} (sandbox)")
