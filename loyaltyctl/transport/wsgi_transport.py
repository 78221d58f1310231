"""HTTP transport to a WSGI application in this process, without sockets."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from loyaltyctl.transport.interface import (
    BROKEN,
    DECODED,
    UNKNOWN_ENCODING,
    HttpResponse,
    Interrupted,
    too_large,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from loyaltyctl.transport.interface import HttpRequest


class WsgiTransport:
    """HTTP transport to a WSGI application in this process, such as the sandbox."""

    def __init__(self, app: WSGIApplication) -> None:
        """Create a transport that calls a WSGI application for each request."""
        self._app = app

    def send(self, request: HttpRequest, *, timeout: float, max_bytes: int) -> HttpResponse:
        """Call the WSGI application with an HTTP request; return the response, cut at `max_bytes`.

        Raises Interrupted if the application raises OSError.
        """
        del timeout  # the caller's worker thread bounds the call
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            started.append((status, headers))
            return lambda _: None

        content = bytearray()
        try:
            chunks = self._app(_wsgi_environ(request), start_response)
            try:
                for chunk in chunks:
                    content += chunk
                    if len(content) > max_bytes:
                        break
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
        except OSError as error:
            raise Interrupted(BROKEN) from error
        status, sent = started[-1]
        headers = {name.lower(): value for name, value in sent}
        defect = too_large(max_bytes) if len(content) > max_bytes else ""
        if headers.get("content-encoding", "").lower() not in DECODED:
            defect = UNKNOWN_ENCODING
        return HttpResponse(int(status[:3]), headers, bytes(content[:max_bytes]), defect=defect)

    def close(self) -> None:
        """Do nothing: a transport to a WSGI application in this process has no connections."""


def _wsgi_environ(request: HttpRequest) -> WSGIEnvironment:
    """Convert an HTTP request to the environ of a WSGI application."""
    parts = urlsplit(request.url)
    content = request.content or b""
    environ: WSGIEnvironment = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # WSGI strings are bytes decoded as latin-1 (PEP 3333).
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
    }
    for name, value in request.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    if request.content is not None:
        environ["CONTENT_LENGTH"] = str(len(content))
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "application/json")
    return environ
