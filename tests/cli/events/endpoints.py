"""Small endpoints that events are sent to: as they should be, and otherwise."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidToken
from loyaltyctl.serving.server import Server
from loyaltyctl.tokens.keys import PublicKey
from loyaltyctl.tokens.verification import Policy, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class DeliveryCallback(NamedTuple):
    """A request that came to the endpoint."""

    path: str
    headers: dict[str, str]
    token: str


class Endpoint(NamedTuple):
    """Where the endpoint is, and what came to it."""

    url: str
    heard: list[DeliveryCallback]


Answer = tuple[str, bytes, dict[str, str]]
OK: Answer = ("200 OK", b"", {})
NO: Answer = ("401 Unauthorized", b"no", {})


class Correct:
    """An endpoint as it should be: what is not genuine is refused."""

    def __init__(self, public: str) -> None:
        self._key = PublicKey.parse(public, "the key")

    def __call__(self, token: str) -> Answer:
        _, error = verify(token, self._key, Policy(), time.time())
        return NO if isinstance(error, InvalidToken) else OK


@contextmanager
def endpoint(answer: Callable[[str], Answer]) -> Iterator[Endpoint]:
    """A small endpoint: what it answers to each token is told by `answer`."""
    heard: list[DeliveryCallback] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {name: value for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_"))}
        heard.append(DeliveryCallback(environ["PATH_INFO"], headers, body.decode()))
        status, content, more = answer(heard[-1].token)
        start_response(status, [("Content-Length", str(len(content))), *more.items()])
        return [content]

    application: WSGIApplication = app
    server = Server(application, "127.0.0.1", 0)
    with server.in_background():
        yield Endpoint(f"http://127.0.0.1:{server.port}/events", heard)
