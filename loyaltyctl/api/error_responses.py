"""Conversion of the API's error responses to exceptions.

    {"message", "details": {"applicationError": {code, description, data}}}
    {"message", "details": {"validationError": {"fieldViolations": [{field, description, ruleName, …}]}}}

Any part may be missing: server errors have no body, gateways send HTML. A web page in the body changes the
message of an error, never its class: exit codes and retries depend on the status.
Source: the vendor's page on errors, and bodies seen in live calls and in public bug reports.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from loyaltyctl.api.methods import MANAGE_LOYALTY
from loyaltyctl.errors import (
    Conflict,
    Detail,
    InvalidData,
    LoyaltyError,
    NotAllowed,
    NotFound,
    TryLater,
)
from loyaltyctl.intake.values import quoted
from loyaltyctl.transport.environment import proxy_login_required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.transport.environment import Proxy

MAX_TEXT = 500
"""Maximum number of characters of a text in an error response; the rest is cut off."""
MAX_PAGE = 4000
"""Number of bytes at the beginning of a web page in which its title is searched for."""

_ERROR_CLASS_BY_STATUS: dict[int, type[LoyaltyError]] = {
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
    507: LoyaltyError,
}

OUTDATED = "Someone else changed the rule. Read it again, or overwrite it with --revision latest."
"""Hint for a revision that is not the current one."""
KEY_REFUSED = "The key or token is wrong, expired or revoked."
"""Hint for a 401. The session adds the next step, which depends on the source of the credentials."""
NOT_THE_API = (
    "The response is not the API's. Check the base URL: loyaltyctl config get base-url --show-origin\n"
    "If it is right, something on the way responds in place of the API, such as a network's sign-in page."
)
_GATEWAY_HINT = (
    "Something in front of the API could not reach it. Try again later. If it stays so, check the base URL: "
    "loyaltyctl config get base-url --show-origin"
)
# {permission} stands for the permission that the call needs.
_HINT_BY_STATUS = {
    401: KEY_REFUSED,
    403: "Usual causes: the key lacks the permission {permission}, the site id is missing or wrong, "
    "or the key belongs to another account than the site.",
    429: "The limit is 200 requests a minute for each site. Try again in a minute.",
    507: "Nothing was stored. No call will succeed until the cause on the server is removed.",
}
_HINT_BY_CODE = {
    "INVALID_REVISION": OUTDATED,
    # Errors of `sandbox serve`: the message has the next step, and the usual hint of a 403 does not apply.
    "HOST_NOT_ALLOWED": "",
    "ORIGIN_NOT_ALLOWED": "",
}
_NO_SITE_HINT = (
    "The key was not refused: the call has no site to act on. Check the site id or account id: "
    "loyaltyctl config list --show-origin\n"
    "Give the id of a site that the key may use, with --site-id ID or: loyaltyctl config set site-id ID"
)
_NOT_INSTALLED_HINT = (
    "Install the Wix Loyalty Program app on the site: in the site's dashboard, open Apps and add it.\n"
    "If it is installed, the call went to another site: loyaltyctl config list --show-origin"
)

_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_PAGE_START = re.compile(
    r"(<\?xml[^>]*>\s*)?(<!--((?!-->).)*-->\s*)*<(!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)


def error_from_response(  # noqa: PLR0913 - the facts of a response
    what: str,
    status: int,
    body: Json,
    request_id: str | None,
    *,
    page: str | None = None,
    proxy: Proxy | None = None,
    permission: str = MANAGE_LOYALTY,
) -> LoyaltyError:
    """Convert an error response of the API to an exception; `what` describes the call.

    `permission` is the name of the permission that the call needs.
    If the body is a web page, `page` is its title, or empty if it has none. Otherwise `page` is None. `proxy`
    is the proxy that the request went through, if any.
    """
    document = body if isinstance(body, dict) else {}
    details = _object_member(document, "details")
    application = _object_member(details, "applicationError")
    violations = _object_member(details, "validationError").get("fieldViolations")
    kind = _ERROR_CLASS_BY_STATUS.get(status) or (
        TryLater if status >= HTTPStatus.INTERNAL_SERVER_ERROR else LoyaltyError
    )
    # The token endpoint has error responses of its own, with their code in `error` (RFC 6749, 5.2).
    sign_in = _text_member(document, "error_description")
    usual = "VALIDATION_ERROR" if violations else f"HTTP_{status}"
    code = _text_member(application, "code") or (_text_member(document, "error") if sign_in else "") or usual
    server_texts = [_text_member(document, "message"), _text_member(application, "description")]
    message = server_texts[0] or server_texts[1] or sign_in or _status_phrase(status)
    hint = _HINT_BY_CODE.get(code, _HINT_BY_STATUS.get(status, "")).format(permission=permission)
    if step := _missing_site_hint(status, " ".join([*server_texts, code, _text_member(document, "code")])):
        # Only for these: other responses with 428 refuse a change, and are InvalidData.
        kind, hint = NotAllowed, step
    if page is not None:
        message, hint = _web_page_message(status, page)
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        message, hint = proxy_login_required(proxy)
    return kind(
        f"could not {what}: {message} ({status} {code})",
        hint=hint,
        code=code,
        details=[
            Detail(
                _text_member(violation, "description")
                or _text_member(violation, "ruleName")
                or "is not valid",
                _text_member(violation, "field"),
                rule=_text_member(violation, "ruleName") or _text_member(violation, "violatedRule"),
            )
            for violation in (violations if isinstance(violations, list) else [])
            if isinstance(violation, dict)
        ],
        http_status=status,
        request_id=request_id,
    )


def page_title(headers: Mapping[str, str], content: bytes) -> str | None:
    """Return the title of the web page in an error response; empty if the page has no title.

    Return None if the content is not a web page.
    """
    start = content[:MAX_PAGE].decode(errors="replace").lstrip("\ufeff \t\r\n")
    is_page = bool(start) and (
        headers.get("content-type", "").partition(";")[0].strip().lower() in _PAGE_TYPES
        or _PAGE_START.match(start) is not None
    )
    if not is_page:
        return None
    import html

    title = _TITLE.search(start)
    return " ".join(html.unescape(title[1]).split()) if title else ""


def describe_page(page: str, *, gateway: bool = False) -> str:
    """Describe a response that is a web page, for an error message.

    `page` is the title of the page; empty if it has none. `gateway` is True if the status is a server error:
    then the page comes from a gateway in front of the API.
    """
    what = "a gateway" if gateway else "a web page"
    return f"{what} answered, not the API" + (f" ({quoted(page)})" if page else "")


def _web_page_message(status: int, page: str) -> tuple[str, str]:
    """Return the message and the hint for an error response that is a web page with the title `page`."""
    is_gateway = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return describe_page(page, gateway=is_gateway), _GATEWAY_HINT if is_gateway else NOT_THE_API


def _missing_site_hint(status: int, server_texts: str) -> str:
    """Return the hint for an error response about a missing site id, or about an app that is not installed.

    Empty for any other error response.
    """
    # The phrases are those of error responses in public bug reports.
    text = server_texts.upper()
    if status == HTTPStatus.UNAUTHORIZED and "METASITE CONTEXT" in text:
        return _NO_SITE_HINT
    if status == HTTPStatus.PRECONDITION_REQUIRED and "MISSING_METASITE_ID" in text:
        return _NO_SITE_HINT
    if status == HTTPStatus.PRECONDITION_REQUIRED and "NOT INSTALLED" in text:
        return _NOT_INSTALLED_HINT
    return ""


def _object_member(document: JsonObject, name: str) -> JsonObject:
    """Return the object `name` in a part of an error response; empty if it is missing or not an object."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _text_member(document: JsonObject, name: str) -> str:
    """Return the member `name` of a part of an error response as text, cut after MAX_TEXT characters.

    Empty if the member is missing, or neither a text nor a number.
    """
    value = document.get(name)
    return str(value)[:MAX_TEXT] if isinstance(value, str | int) else ""


def _status_phrase(status: int) -> str:
    """Return the usual message of an error response with this status, such as "Not Found"."""
    return HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "the server refused"
