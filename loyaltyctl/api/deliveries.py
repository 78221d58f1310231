"""Events posted to an endpoint as the vendor posts them: the token is the whole body.

The endpoint is the user's own, so nothing is sent to it but the token: no credentials,
and no redirect is followed.
"""

from __future__ import annotations

import time
from typing import NamedTuple
from urllib.parse import urlsplit

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.events.catalog import DELIVERY_TIMEOUT
from loyaltyctl.transport.connection_errors import Server
from loyaltyctl.transport.deadline import Worker
from loyaltyctl.transport.http_transport import HttpTransport, is_valid_url
from loyaltyctl.transport.interface import (
    UNREACHABLE,
    ConnectionFailure,
    HttpRequest,
    HttpResponse,
    Interrupted,
    NotSent,
    TimedOut,
)
from loyaltyctl.transport.redirects import redirect_target, without_login

MAX_BODY = 4096
_RUNNING = "Is the endpoint running, and is this its address?"
_PROTOCOL = "Check the port, and whether the address begins with http:// or https://."
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


_INVALID = "an address that is not valid"
_SCHEMES = ("http", "https")


class Delivery(NamedTuple):
    """Answer of an endpoint: status and beginning of the body, or the failure that left it without one."""

    status: int | None
    seconds: float
    body: str = ""
    failure: ConnectionFailure | None = None
    redirects_to: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the vendor would take it for delivered."""
        return self.status == 200 and self.seconds <= DELIVERY_TIMEOUT  # noqa: PLR2004 - nothing else will do

    @property
    def problem(self) -> str:
        """The reason that there was no answer; empty if there was one."""
        return self.failure.text if self.failure else ""

    @property
    def redirect(self) -> str:
        """A sentence about the redirect of the endpoint, which is not followed; empty if there is none."""
        return (
            f"redirects to {self.redirects_to}, and redirects of webhook POSTs are not followed"
            if self.redirects_to
            else ""
        )


class Endpoint:
    """A URL that events are posted to, over connections that are kept."""

    def __init__(self, url: str, seconds: float) -> None:
        """Take the address; `seconds` bound each delivery. Raises UsageError for one that is none."""
        parts = _parts(url)
        self.url = url
        self._seconds = seconds
        origin = without_login(f"{parts[0]}://{parts[1]}")
        server = Server(origin, "the address of the endpoint", _RUNNING)
        self._transport = HttpTransport(server, connect_timeout=seconds)
        self._worker = Worker()

    def close(self) -> None:
        """Close the connections."""
        self._worker.close()
        self._transport.close()

    def post(self, token: str) -> Delivery:
        """Deliver a token."""
        began = time.perf_counter()
        try:
            response = self._worker.run(lambda: self._send(token), timeout=self._seconds)
        except (TimeoutError, TimedOut):
            failure = ConnectionFailure(f"no response within {self._seconds:g} s", UNREACHABLE, _RUNNING)
            return Delivery(None, self._seconds, failure=failure)
        except NotSent as error:
            return Delivery(None, time.perf_counter() - began, failure=error.failure)
        except Interrupted as error:
            failure = ConnectionFailure(error.text, UNREACHABLE, _RUNNING if error.is_http else _PROTOCOL)
            return Delivery(None, time.perf_counter() - began, failure=failure)
        location = response.headers.get("location", "")
        target = ""
        if response.status in _REDIRECTS and location:
            target = redirect_target(self.url, location) or _INVALID
        text = response.content.decode(errors="replace")
        return Delivery(response.status, time.perf_counter() - began, text, redirects_to=target)

    def _send(self, token: str) -> HttpResponse:
        headers = {"Content-Type": "text/plain; charset=utf-8", "Accept": "*/*"}
        request = HttpRequest("POST", self.url, headers, token.encode())
        return self._transport.send(request, timeout=self._seconds, max_bytes=MAX_BODY)


def _parts(url: str) -> tuple[str, str]:
    """Scheme and host of a URL that can be posted to."""
    wrong = UsageError(
        f"{quoted(url)} is no address to post to", hint="Such as http://localhost:3000/events."
    )
    try:
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.port == 0 or not is_valid_url(url):
            raise wrong
        # urlsplit drops blanks that stay in what is posted to; the codec finds empty and too long labels.
        if url != url.strip() or any(map(str.isspace, parts.netloc)) or not parts.hostname.encode("idna"):
            raise wrong
    except ValueError:
        raise wrong from None
    return parts.scheme, parts.netloc
