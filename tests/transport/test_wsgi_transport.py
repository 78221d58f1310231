"""Requests to a WSGI application in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

import pytest

from loyaltyctl.transport.interface import HttpRequest, Interrupted
from loyaltyctl.transport.wsgi_transport import WsgiTransport

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment


class Echo:
    """An application that records its requests, and responds with the request's body."""

    def __init__(self, *headers: tuple[str, str]) -> None:
        self.headers = headers
        self.environ: WSGIEnvironment = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.environ = environ
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("201 Created", [("X-Id", "7"), *self.headers])
        return [body]


def send(
    app: Any, url: str = "http://127.0.0.1:8787/x", content: bytes | None = None, limit: int = 100
) -> Any:
    headers = {"Content-Type": "application/json", "wix-site-id": "s"}
    request = HttpRequest("POST", url, headers, content)
    return WsgiTransport(app).send(request, timeout=5, max_bytes=limit)


def test_a_request_follows_the_standard_of_wsgi() -> None:
    app = Echo(("Content-Type", "text/plain"))

    assert send(validator(app), "http://h:1/a%20b%C3%BC?c=%20d", b"{}").content == b"{}"
    assert app.environ["PATH_INFO"].encode("latin-1").decode() == "/a bü"
    expected = {
        "REQUEST_METHOD": "POST", "QUERY_STRING": "c=%20d", "HTTP_HOST": "h:1", "SERVER_PORT": "1",
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "2", "HTTP_WIX_SITE_ID": "s",
    }  # fmt: skip
    assert app.environ | expected == app.environ


def test_a_response_has_its_status_and_headers_in_lower_case() -> None:
    response = send(Echo())

    assert (response.status, response.content, response.defect) == (201, b"", "")
    assert response.headers == {"x-id": "7"}


def test_a_body_that_is_too_large_is_cut_and_one_that_is_compressed_is_rejected() -> None:
    large = send(Echo(), content=b"x" * 11, limit=10)
    compressed = send(Echo(("Content-Encoding", "gzip")), content=b"x")

    assert (len(large.content), "larger than" in large.defect) == (10, True)
    assert "compressed" in compressed.defect


def test_an_error_of_the_application_is_a_broken_connection() -> None:
    def broken(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
        raise ConnectionResetError

    with pytest.raises(Interrupted):
        send(broken)
