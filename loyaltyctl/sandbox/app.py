"""WSGI application of the sandbox: routes, authorization, and JSON in and out.

    POST   …/v1/earning-rules                     create
    POST   …/v1/earning-rules/custom              create-custom
    GET    …/v1/earning-rules/rules               list
    GET    …/v1/earning-rules/{id}                get
    PUT    …/v1/earning-rules/{id}                update
    DELETE …/v1/earning-rules/{id}                delete
    DELETE …/v1/automation-earning-rules/{id}     delete-automation
    POST   …/v1/bulk/earning-rules/create         bulk-create
    POST   /ecom/v1/orders/search                 search-orders
    POST   /oauth2/token                          token

The prefix … is `/_api/loyalty-earning-rules` or `/loyalty-earning-rules`. The vendor's pages show both, but
live calls without `/_api` fail with 404. The fault `no-plain-path` makes them fail here too. Every success is
a 200 with a JSON body, since the vendor's SDK accepts nothing else. Every response has an `X-Wix-Request-Id`.
"""

from __future__ import annotations

import secrets
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from loyaltyctl.errors import InvalidData, LoyaltyError, TryLater
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.values import is_unicode
from loyaltyctl.sandbox import operations
from loyaltyctl.sandbox.rate_limit import RateLimit
from loyaltyctl.sandbox.responses import ErrorResponse, application_error, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.sandbox.store import Site, Store

PLAIN_PREFIX = "/loyalty-earning-rules"
PREFIXES = (f"/_api{PLAIN_PREFIX}", PLAIN_PREFIX)
TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
TOKEN = "token"  # noqa: S105 - the name of an operation
SEARCH_ORDERS_PATH = "/ecom/v1/orders/search"
SEARCH_ORDERS = "search-orders"
TOKEN_SECONDS = 14400
"""Lifetime of an access token in seconds: 4 hours, like the vendor's."""
DEFAULT_SITE = "sandbox"
"""Site of a request without a site or account header, if no API key is required."""
MAX_BODY = 8 * 1024 * 1024
"""Maximum size of the body of a request."""

ROUTES: dict[str, dict[str, str]] = {
    "/v1/earning-rules": {"POST": "create"},
    "/v1/earning-rules/custom": {"POST": "create-custom"},
    "/v1/earning-rules/rules": {"GET": "list"},
    "/v1/earning-rules/{id}": {"GET": "get", "PUT": "update", "DELETE": "delete"},
    "/v1/automation-earning-rules/{id}": {"DELETE": "delete-automation"},
    "/v1/bulk/earning-rules/create": {"POST": "bulk-create"},
}
"""Names of the sandbox's operations by path below a prefix, and by HTTP method."""
_ROUTES_WITHOUT_PREFIX = {TOKEN_PATH: {"POST": TOKEN}, SEARCH_ORDERS_PATH: {"POST": SEARCH_ORDERS}}
"""Names of the other operations of the sandbox, by whole path and by HTTP method."""
OPERATIONS = tuple(
    name
    for routes in (ROUTES, _ROUTES_WITHOUT_PREFIX)
    for methods in routes.values()
    for name in methods.values()
)


class Call(NamedTuple):
    """Arguments of the operation to which the sandbox's WSGI application routes a request.

    `rule_id` is the id in the path; empty for a path without one.
    """

    site: Site
    rule_id: str
    query: Mapping[str, str]
    body: Json


_READ_OPERATIONS = {"list", "get", SEARCH_ORDERS}
_FUNCTIONS: dict[str, Callable[[Call], JsonObject]] = {
    "list": lambda call: {
        "earningRules": [
            *operations.list_rules(
                call.site, call.query.get("triggerAppId"), call.query.get("triggerActivityType")
            )
        ]
    },
    "get": lambda call: {"earningRule": operations.get_rule(call.site, call.rule_id)},
    "create": lambda call: {"earningRule": operations.create_rule(call.site, call.body)},
    "create-custom": lambda call: {"earningRule": operations.create_custom_rule(call.site, call.body)},
    "bulk-create": lambda call: operations.bulk_create_rules(call.site, call.body),
    "update": lambda call: {"earningRule": operations.update_rule(call.site, call.rule_id, call.body)},
    "delete": lambda call: operations.delete_rule(call.site, call.rule_id, call.query.get("revision")),
    SEARCH_ORDERS: lambda call: _search_orders(call.body),
    "delete-automation": lambda call: operations.delete_automation_rule(call.site, call.rule_id),
}


def _search_orders(body: Json) -> JsonObject:
    """Call the operation Search Orders; its import takes time that other operations do not need."""
    from loyaltyctl.sandbox.order_search import search_orders

    return search_orders(body)


def operation_of(method: str, path: str) -> str | None:
    """Return the operation to which the WSGI application routes a request, by name; None without a route."""
    return _find_route(path)[0].get(method)


def _find_route(path: str) -> tuple[dict[str, str], str]:
    """Find the route of a request path: its operations by HTTP method, and the id in the path.

    There are no operations for an unknown path. The id is empty for a path without one.
    """
    if path in _ROUTES_WITHOUT_PREFIX:
        return _ROUTES_WITHOUT_PREFIX[path], ""
    for prefix in PREFIXES:
        if path.startswith(f"{prefix}/"):
            short = path.removeprefix(prefix)
            # Literal paths first: `rules` and `custom` would also match {id}.
            if short in ROUTES:
                return ROUTES[short], ""
            parent, _, last = short.rpartition("/")
            return (ROUTES.get(f"{parent}/{{id}}", {}), last) if last else ({}, "")
    return {}, ""


class Application:
    """WSGI application of the sandbox: routes each request to an operation on the rules in a store."""

    def __init__(self, store: Store, *, api_key: str | None = None, rate_limit: int | None = None) -> None:
        """Create the WSGI application; `rate_limit` is the maximum number of calls per site and minute.

        With `api_key`, each request must have this key, or an access token that was issued for it.
        """
        self._store = store
        self._api_key = api_key
        self._limit = RateLimit(rate_limit) if rate_limit else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle a WSGI request: respond with JSON, or with an empty 500 after a defect of the sandbox."""
        body: JsonObject | None
        try:
            status, body = self._respond(environ)
        except ErrorResponse as error:
            status, body = error.status, error.body
        except LoyaltyError as error:
            response = _database_error_response(error)
            status, body = response.status, response.body
        except Exception as error:  # noqa: BLE001 - any defect is a 500 without a body, like the vendor's
            print(f"defect of the sandbox: {type(error).__name__}", file=environ["wsgi.errors"])
            status, body = 500, None
        return send(environ, start_response, status, body)

    def _respond(self, environ: WSGIEnvironment) -> tuple[int, JsonObject]:
        """Route a WSGI request to its operation; return the status and the JSON of the response."""
        # WSGI (PEP 3333) decodes every path as Latin-1.
        path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
        method = environ["REQUEST_METHOD"]
        methods, rule_id = _find_route(path)
        if method not in methods:
            status = HTTPStatus.METHOD_NOT_ALLOWED if methods else HTTPStatus.NOT_FOUND
            return status, {"message": f"{status} {status.phrase} (sandbox)", "details": {}}
        operation = methods[method]
        if operation == TOKEN:
            return self._issue_access_token(environ)
        site = self._site_of_request(environ)
        # The vendor's SDK repeats the id in the query of a GET or DELETE; the operations ignore it.
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        body = None if method in {"GET", "DELETE"} else _read_json_body(environ)
        with self._store.site(site, writes=operation not in _READ_OPERATIONS) as rules:
            return 200, _FUNCTIONS[operation](Call(rules, rule_id, query, body))

    def _site_of_request(self, environ: WSGIEnvironment) -> str:
        """Check the authorization and the rate limit of a WSGI request, and return its site.

        Raises ErrorResponse (401, 403, 429).
        """
        site = self._authorize_site(environ)
        if self._limit and not self._limit.admits(site):
            raise application_error(429, "RESOURCE_EXHAUSTED", "too many requests in a minute for this site")
        return site

    def _authorize_site(self, environ: WSGIEnvironment) -> str:
        """Return the site for which a WSGI request is authorized. Raises ErrorResponse (401, 403)."""
        header: str | None = environ.get("HTTP_WIX_SITE_ID") or environ.get("HTTP_WIX_ACCOUNT_ID")
        if self._api_key is None:
            return header or DEFAULT_SITE
        # The vendor's SDK sends keys and tokens bare; the vendor's pages show tokens with "Bearer".
        credential = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        if secrets.compare_digest(credential.encode(), self._api_key.encode()):
            if header is None:
                raise application_error(
                    403, "PERMISSION_DENIED", "no wix-site-id or wix-account-id (sandbox)"
                )
            return header
        site = self._store.site_of_token(credential, time.time())
        if site is None:
            raise application_error(401, "UNAUTHENTICATED", "no valid key or token (sandbox)")
        return site

    def _issue_access_token(self, environ: WSGIEnvironment) -> tuple[int, JsonObject]:
        """Issue an access token for an app's secret: a WSGI request of the route `/oauth2/token`.

        In the sandbox, the secret is the API key. Errors have the format of OAuth (RFC 6749), unlike those of
        the vendor's other endpoints.
        """
        try:
            body = _read_json_body(environ)
        except ErrorResponse as error:
            return 400, {"error": "invalid_request", "error_description": error.body["message"]}
        request = body if isinstance(body, dict) else {}
        if request.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type", "error_description": "use client_credentials"}
        if not request.get("client_id") or not request.get("instance_id"):
            return 400, {"error": "invalid_request", "error_description": "client_id, instance_id"}
        if self._api_key is not None and request.get("client_secret") != self._api_key:
            return 401, {"error": "invalid_client", "error_description": "wrong client_secret (sandbox)"}
        token = f"OAUTH2.sandbox.{secrets.token_urlsafe(24)}"
        self._store.issue_token(token, str(request["instance_id"]), time.time() + TOKEN_SECONDS)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}


def _read_json_body(environ: WSGIEnvironment) -> Json:
    """Read the JSON body of a WSGI request. Raises ErrorResponse (400, 413)."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MAX_BODY:
        raise application_error(
            413, "PAYLOAD_TOO_LARGE", f"the body is larger than {MAX_BODY} bytes (sandbox)"
        )
    try:
        body = strict_json.loads(environ["wsgi.input"].read(length), "the body")
    except InvalidData as error:
        raise application_error(400, "INVALID_ARGUMENT", f"{error.message} (sandbox)") from None
    if not is_unicode(body):
        raise application_error(400, "INVALID_ARGUMENT", "the body has a lone surrogate (sandbox)")
    return body


def _database_error_response(error: LoyaltyError) -> ErrorResponse:
    """Return the response of the WSGI application if the sandbox's database cannot be used.

    The status is 503 if a retry may help, else 507.
    """
    if isinstance(error, TryLater):
        return application_error(503, "UNAVAILABLE", f"{error.message} (sandbox)")
    description = ". ".join(text for text in (error.message, error.hint) if text)
    return application_error(507, error.reason, f"{description} (sandbox)")
