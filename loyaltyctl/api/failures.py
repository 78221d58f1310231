"""An error answer of the API as an error of the house.

    {"message", "details": {"applicationError": {code, description, data}}}
    {"message", "details": {"validationError": {"fieldViolations": [{field, description, ruleName, …}]}}}

Any part may be missing: server errors come without a body, gateways send HTML.
Source: the vendor's page on errors, and bodies seen in live calls.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from loyaltyctl.errors import (
    Conflict,
    Detail,
    InvalidData,
    LoyaltyError,
    NotAllowed,
    NotFound,
    TryLater,
)

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

MAX_TEXT = 500

_BY_STATUS: dict[int, type[LoyaltyError]] = {
    400: InvalidData,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    408: TryLater,
    409: Conflict,
    412: InvalidData,
    422: InvalidData,
    425: TryLater,
    428: InvalidData,
    429: TryLater,
}

OUTDATED = "Somebody else changed the rule. Read it again, or give --revision latest to overwrite."

_HINTS = {  # that of 401 goes on with what to do about it, which whoever signed in knows
    401: "The key or token is wrong, expired or revoked.",
    403: "Usual causes: the key lacks the permission Manage Loyalty, the site id is missing or wrong, "
    "or the key belongs to another account than the site.",
    429: "The limit is 200 requests a minute for each site. Try again in a minute.",
}


def error_of(what: str, status: int, body: Json, request_id: str | None) -> LoyaltyError:
    """The error for an answer with this status; `what` says what was tried."""
    document = body if isinstance(body, dict) else {}
    details = _object(document, "details")
    application = _object(details, "applicationError")
    message = _text(document, "message") or _text(application, "description") or _phrase(status)
    violations = _object(details, "validationError").get("fieldViolations")
    kind = _BY_STATUS.get(status) or (
        TryLater if status >= HTTPStatus.INTERNAL_SERVER_ERROR else LoyaltyError
    )
    code = _text(application, "code") or ("VALIDATION_ERROR" if violations else f"HTTP_{status}")
    return kind(
        f"could not {what}: {message} ({status} {code})",
        hint=OUTDATED if code == "INVALID_REVISION" else _HINTS.get(status, ""),
        code=code,
        details=[
            Detail(
                _text(violation, "description") or _text(violation, "ruleName") or "is not valid",
                _text(violation, "field"),
                rule=_text(violation, "ruleName") or _text(violation, "violatedRule"),
            )
            for violation in (violations if isinstance(violations, list) else [])
            if isinstance(violation, dict)
        ],
        http_status=status,
        request_id=request_id,
    )


def _object(document: JsonObject, name: str) -> JsonObject:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _text(document: JsonObject, name: str) -> str:
    value = document.get(name)
    return str(value)[:MAX_TEXT] if isinstance(value, str | int) else ""


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "the server refused"
