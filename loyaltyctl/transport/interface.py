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
UNKNOWN_ENCODING = "the response is compressed in a way that was not requested"
DECODED = ("", "identity")
"""Content encodings that need no decoding."""


class HttpRequest(NamedTuple):
    """HTTP request with an absolute URL."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None = None


class HttpResponse(NamedTuple):
    """HTTP response: status, headers with lower-case names, body, and the TLS version of the connection.

    `defect` is the reason that the body is missing or incomplete, for a message.
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

    def close(self) -> None: ...


class ConnectionFailure(NamedTuple):
    """Reason why a server could not be reached: a clause for the message, an error code, and a hint."""

    text: str
    code: str
    hint: str = ""


class TransportError(Exception):
    """An HTTP request got no usable response."""


class InvalidRequest(TransportError):
    """The request cannot be written as HTTP: its URL or a header is not valid."""


class NotSent(TransportError):
    """No byte of the HTTP request left this machine, so it is safe to send it again."""

    def __init__(self, failure: ConnectionFailure) -> None:
        super().__init__(failure.text)
        self.failure = failure


class TimedOut(TransportError):
    """There was no complete HTTP response in time."""


class Interrupted(TransportError):
    """The connection broke before the response was complete, or the response is not HTTP."""

    def __init__(self, text: str, *, is_http: bool = True) -> None:
        super().__init__(text)
        self.text = text
        self.is_http = is_http


def too_large(max_bytes: int) -> str:
    """Return the defect that every transport gives a response whose body it cut at the maximum size."""
    return f"the response is larger than {max_bytes // 1024 // 1024} MiB"
