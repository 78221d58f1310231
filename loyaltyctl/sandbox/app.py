"""The sandbox as one WSGI application: routes, who is calling, and JSON in and out.

    POST   …/v1/earning-rules                     create
    POST   …/v1/earning-rules/custom              create-custom
    GET    …/v1/earning-rules/rules               list
    GET    …/v1/earning-rules/{id}                get
    PUT    …/v1/earning-rules/{id}                update
    DELETE …/v1/earning-rules/{id}                delete
    DELETE …/v1/automation-earning-rules/{id}     delete-automation
    POST   …/v1/bulk/earning-rules/create         bulk-create
    POST   /oauth2/token                          token

The prefix is `/_api/loyalty-earning-rules` or `/loyalty-earning-rules`. Every success
is a 200 with a JSON body, since the vendor's SDK takes nothing else; every answer to a
well-formed request has an `X-Wix-Request-Id`.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, NamedTuple

import falcon

from loyaltyctl.errors import InvalidData, LoyaltyError, TryLater
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.values import is_unicode
from loyaltyctl.sandbox import operations
from loyaltyctl.sandbox.responses import ErrorResponse, application_error, request_id
from loyaltyctl.sandbox.rate_limit import RateLimit

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from falcon import Request, Response

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.sandbox.store import Site, Store

PREFIXES = ("/_api/loyalty-earning-rules", "/loyalty-earning-rules")
TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
TOKEN_SECONDS = 14400
DEFAULT_SITE = "sandbox"
MAX_BODY = 8 * 1024 * 1024

ROUTES = {
    ("POST", "/v1/earning-rules"): "create",
    ("POST", "/v1/earning-rules/custom"): "create-custom",
    ("GET", "/v1/earning-rules/rules"): "list",
    ("GET", "/v1/earning-rules/{rule_id}"): "get",
    ("PUT", "/v1/earning-rules/{rule_id}"): "update",
    ("DELETE", "/v1/earning-rules/{rule_id}"): "delete",
    ("DELETE", "/v1/automation-earning-rules/{rule_id}"): "delete-automation",
    ("POST", "/v1/bulk/earning-rules/create"): "bulk-create",
}


class Asked(NamedTuple):
    """One request: the site it is about, the id in its path, its query and its body."""

    site: Site
    rule_id: str
    query: dict[str, str]
    body: Json


_READS = {"list", "get"}
_METHODS: dict[str, Callable[[Asked], JsonObject]] = {
    "list": lambda asked: {
        "earningRules": list(
            operations.listed(
                asked.site,
                asked.query.get("triggerAppId") or None,
                asked.query.get("triggerActivityType") or None,
            )
        )
    },
    "get": lambda asked: {"earningRule": operations.found(asked.site, asked.rule_id)},
    "create": lambda asked: {"earningRule": operations.created(asked.site, asked.body)},
    "create-custom": lambda asked: {"earningRule": operations.created_custom(asked.site, asked.body)},
    "bulk-create": lambda asked: operations.created_in_bulk(asked.site, asked.body),
    "update": lambda asked: {"earningRule": operations.updated(asked.site, asked.rule_id, asked.body)},
    "delete": lambda asked: operations.deleted(asked.site, asked.rule_id, asked.query.get("revision") or None),
    "delete-automation": lambda asked: operations.deleted_automation(asked.site, asked.rule_id),
}


def application(
    store: Store, *, api_key: str | None = None, rate_limit: int | None = None
) -> falcon.App[Request, Response]:
    """The API on `store`. With `api_key`, every call must bear it, or a token it was traded for."""
    app = falcon.App(middleware=[_RequestId()])
    app.add_error_handler(Exception, _broken)
    app.add_error_handler(LoyaltyError, _unable)
    app.add_error_handler(ErrorResponse, _refused)
    app.add_error_handler(falcon.HTTPError, _http_error)
    app.add_route(TOKEN_PATH, _Token(store, api_key))
    gate = _Gate(store, api_key, RateLimit(rate_limit) if rate_limit else None)
    for path in dict.fromkeys(path for _, path in ROUTES):
        for prefix in PREFIXES:
            app.add_route(prefix + path, _Resource(store, gate, path))
    return app


def operation_of(method: str, path: str) -> str | None:
    """The name of the method of the API that a request is for."""
    if path == TOKEN_PATH:
        return "token"
    prefix = next((prefix for prefix in PREFIXES if path.startswith(f"{prefix}/")), None)
    if prefix is None:
        return None
    short = path.removeprefix(prefix)
    if (method, short) in ROUTES:
        return ROUTES[method, short]
    return ROUTES.get((method, f"{short.rpartition('/')[0]}/{{rule_id}}"))


class _Gate:
    """Decides on which site a caller acts, and whether it may."""

    def __init__(self, store: Store, api_key: str | None, limit: RateLimit | None) -> None:
        self._store = store
        self._api_key = api_key
        self._limit = limit

    def site(self, req: Request) -> str:
        site = self._admitted(req)
        if self._limit and not self._limit.admits(site):
            raise application_error(429, "RESOURCE_EXHAUSTED", "too many requests in a minute for this site")
        return site

    def _admitted(self, req: Request) -> str:
        stated = req.get_header("wix-site-id") or req.get_header("wix-account-id")
        if self._api_key is None:
            return stated or DEFAULT_SITE
        given = (req.get_header("Authorization") or "").removeprefix("Bearer ")
        if secrets.compare_digest(given.encode(), self._api_key.encode()):
            if stated is None:
                raise application_error(
                    403, "PERMISSION_DENIED", "no wix-site-id or wix-account-id (sandbox)"
                )
            return stated
        site = self._store.site_of_token(given, time.time())
        if site is None:
            raise application_error(401, "UNAUTHENTICATED", "no valid key or token (sandbox)")
        return site


class _Resource:
    """One path of the API, with the methods that it has."""

    def __init__(self, store: Store, gate: _Gate, path: str) -> None:
        self._store = store
        self._gate = gate
        for method, routed in ROUTES:
            if routed == path:
                setattr(self, f"on_{method.lower()}", self._responder(ROUTES[method, path]))

    def _responder(self, operation: str) -> Responder:
        def respond(req: Request, resp: Response, rule_id: str = "") -> None:
            site = self._gate.site(req)
            query = {name: req.get_param(name) or "" for name in req.params}
            body = None if req.method in ("GET", "DELETE") else _body(req)
            with self._store.site(site, writes=operation not in _READS) as rules:
                answer = _METHODS[operation](Asked(rules, rule_id, query, body))
            _answer(resp, 200, answer)

        return respond


class _Token:
    """Trades an app's secret, which is the API key here, for a token. Errors have OAuth's own shape."""

    def __init__(self, store: Store, api_key: str | None) -> None:
        self._store = store
        self._api_key = api_key

    def on_post(self, req: Request, resp: Response) -> None:
        try:
            body = _body(req)
        except ErrorResponse as refusal:
            why = str(refusal.body["message"])
            _answer(resp, 400, {"error": "invalid_request", "error_description": why})
            return
        stated = body if isinstance(body, dict) else {}
        if stated.get("grant_type") != "client_credentials":
            _answer(
                resp, 400, {"error": "unsupported_grant_type", "error_description": "use client_credentials"}
            )
        elif not stated.get("client_id") or not stated.get("instance_id"):
            _answer(resp, 400, {"error": "invalid_request", "error_description": "client_id, instance_id"})
        elif self._api_key is not None and stated.get("client_secret") != self._api_key:
            _answer(
                resp, 401, {"error": "invalid_client", "error_description": "wrong client_secret (sandbox)"}
            )
        else:
            token = f"OAUTH2.sandbox.{secrets.token_urlsafe(24)}"
            self._store.issue_token(token, str(stated["instance_id"]), time.time() + TOKEN_SECONDS)
            _answer(resp, 200, {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})


def _body(req: Request) -> Json:
    data = req.bounded_stream.read(MAX_BODY + 1)
    if len(data) > MAX_BODY:
        raise application_error(
            413, "PAYLOAD_TOO_LARGE", f"the body is larger than {MAX_BODY} bytes (sandbox)"
        )
    try:
        body = strict_json.loads(data, "the body")
    except InvalidData as error:
        raise application_error(400, "INVALID_ARGUMENT", f"{error.message} (sandbox)") from None
    if not is_unicode(body):
        raise application_error(400, "INVALID_ARGUMENT", "the body has half of a surrogate pair (sandbox)")
    return body


def _answer(resp: Response, status: int, body: JsonObject) -> None:
    resp.status = status
    resp.content_type = "application/json"
    resp.text = json.dumps(body)


class _RequestId:
    """Gives every answer its id, whatever came of it."""

    def process_response(self, _req: Request, resp: Response, _resource: object, _succeeded: object) -> None:
        resp.set_header(*request_id())


def _broken(req: Request, resp: Response, error: Exception, _params: dict[str, str]) -> None:
    """A defect of the sandbox: an answer without a body, as the vendor's server errors are."""
    req.log_error(f"a defect of the sandbox: {type(error).__name__}")
    resp.status = 500


def _unable(_req: Request, resp: Response, error: LoyaltyError, _params: dict[str, str]) -> None:
    """The database cannot be used: 507 says that nothing was stored, and that trying again does not help."""
    if isinstance(error, TryLater):
        refusal = application_error(503, "UNAVAILABLE", f"{error.message} (sandbox)")
    else:
        why = ". ".join(text for text in (error.message, error.hint) if text)
        refusal = application_error(507, error.reason, f"{why} (sandbox)")
    _answer(resp, refusal.status, refusal.body)


def _refused(_req: Request, resp: Response, refusal: ErrorResponse, _params: dict[str, str]) -> None:
    _answer(resp, refusal.status, refusal.body)


def _http_error(_req: Request, resp: Response, error: falcon.HTTPError, _params: dict[str, str]) -> None:
    details: JsonObject = {}
    _answer(resp, error.status_code, {"message": f"{error.title} (sandbox)", "details": details})


if TYPE_CHECKING:
    Responder: TypeAlias = Callable[[Request, Response, str], None]
