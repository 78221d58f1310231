"""HTTP endpoints that record the events sent to them, with configurable responses."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidToken
from loyaltyctl.serving.server import Server
from loyaltyctl.tokens.verification import Policy, verify
from tests.tokens.keys import parse_public

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class ReceivedRequest(NamedTuple):
    """A request that the endpoint received."""

    path: str
    headers: dict[str, str]
    token: str


class Endpoint(NamedTuple):
    """A running endpoint and its requests."""

    url: str
    requests: list[ReceivedRequest]


Response = tuple[str, bytes, dict[str, str]]
OK: Response = ("200 OK", b"", {})
UNAUTHORIZED: Response = ("401 Unauthorized", b"no", {})


class Correct:
    """Responses of a correct endpoint: 401 to tokens that are not valid."""

    def __init__(self, public: str) -> None:
        self._key = parse_public(public, "the key")

    def __call__(self, token: str) -> Response:
        _, error = verify(token, self._key, Policy(), time.time())
        return UNAUTHORIZED if isinstance(error, InvalidToken) else OK


@contextmanager
def endpoint(respond: Callable[[str], Response]) -> Iterator[Endpoint]:
    """Run an endpoint that answers each token with `respond(token)`."""
    requests: list[ReceivedRequest] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {name: value for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_"))}
        requests.append(ReceivedRequest(environ["PATH_INFO"], headers, body.decode()))
        status, content, more = respond(requests[-1].token)
        start_response(status, [("Content-Length", str(len(content))), *more.items()])
        return [content]

    application: WSGIApplication = app
    server = Server(application, "127.0.0.1", 0)
    with server.in_background():
        yield Endpoint(f"http://127.0.0.1:{server.port}/events", requests)
