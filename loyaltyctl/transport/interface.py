"""Interface of HTTP transports, and their errors.

TransportError
├── InvalidRequest    the request cannot be written as HTTP
├── NotSent           no byte of the request left this machine
├── TimedOut          no complete response in time
└── Interrupted       the connection broke, or the response is not HTTP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

UNREACHABLE = "UNREACHABLE"
"""Error code for a server that could not be reached."""
BROKEN = "the connection broke before the response was complete"
"""Reason of the error Interrupted."""
UNKNOWN_ENCODING = "the response is compressed in a way that was not requested"
"""Defect of a response with a content encoding that the transport cannot decode."""
DECODED = ("", "identity")
"""Content encodings that need no decoding."""


class HttpRequest(NamedTuple):
    """HTTP request that a transport sends; its URL is absolute."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None = None


class HttpResponse(NamedTuple):
    """HTTP response that a transport returns. The names of its headers are in lower case.

    `tls` is the TLS version of the connection; None without TLS. `defect` is the reason that the body is
    missing or incomplete, for a message; it is empty for a whole body.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    tls: str | None = None
    defect: str = ""


class Transport(Protocol):
    """Interface of an HTTP transport to one server. It does not follow redirects."""

    def send(self, request: HttpRequest, *, timeout: float, max_bytes: int) -> HttpResponse:
        """Send an HTTP request; return the response, cut at `max_bytes`. Raises TransportError."""
        ...

    def close(self) -> None:
        """Close the connections of the transport."""
        ...


class ConnectionFailure(NamedTuple):
    """Reason why a transport got no complete response: text for the message, error code, and hint."""

    text: str
    code: str
    hint: str = ""


class TransportError(Exception):
    """Base class of the errors of all transports: an HTTP request got no usable response."""


class InvalidRequest(TransportError):
    """Error of a transport: the URL or a header is invalid, so the request cannot be written as HTTP."""


class NotSent(TransportError):
    """Error of a transport: no byte of the HTTP request left this machine, so it is safe to send it again."""

    def __init__(self, failure: ConnectionFailure) -> None:
        """Create the error of a transport that could not reach the server, with the reason."""
        super().__init__(failure.text)
        self.failure = failure


class TimedOut(TransportError):
    """Error of a transport: there was no complete HTTP response in time."""


class Interrupted(TransportError):
    """Error of a transport: the connection broke during the request, or the response is not HTTP.

    `is_http` is False if the response is not HTTP.
    """

    def __init__(self, text: str, *, is_http: bool = True) -> None:
        """Create the error of a transport for a broken exchange; `text` goes into its message."""
        super().__init__(text)
        self.text = text
        self.is_http = is_http


def too_large(max_bytes: int) -> str:
    """Return the `defect` of an HTTP response that was cut because it is larger than `max_bytes`."""
    return f"the response is larger than {max_bytes // 1024 // 1024} MiB"
