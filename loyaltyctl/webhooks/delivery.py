"""Deliver events to a webhook endpoint as Wix does: an HTTP POST whose body is the token.

No credentials are sent, and redirects are not followed: the token goes to the given address only.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.redaction import without_login
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
from loyaltyctl.transport.redirects import redirect_target

MAX_BODY = 4096
"""Maximum number of bytes read from an endpoint's response, the beginning of which is shown."""
_RUNNING_HINT = "Is the endpoint running, and is this its address?"
_PROTOCOL_HINT = "Check the port, and whether the address begins with http:// or https://."
_REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
_INVALID_LOCATION = "an invalid address"
_SCHEMES = ("http", "https")


class Delivery(NamedTuple):
    """Result of one delivery to a webhook endpoint: the endpoint's response, or the connection failure.

    `status` is None if there was no response. `body` is the beginning of the response.
    """

    status: int | None
    seconds: float
    body: str = ""
    failure: ConnectionFailure | None = None
    redirects_to: str = ""

    @property
    def accepted(self) -> bool:
        """Return whether Wix would count the delivery as successful: status 200 within DELIVERY_TIMEOUT."""
        return self.status == HTTPStatus.OK and self.seconds <= DELIVERY_TIMEOUT

    @property
    def problem(self) -> str:
        """The connection failure of this delivery in words; "" if the endpoint responded."""
        return self.failure.text if self.failure else ""

    @property
    def redirect(self) -> str:
        """Describe the redirect with which the endpoint responded to the delivery; "" for none."""
        return (
            f"redirects to {self.redirects_to}, and redirects of webhook POSTs are not followed"
            if self.redirects_to
            else ""
        )


class WebhookEndpoint:
    """HTTP client that delivers tokens to one webhook endpoint, with reused connections."""

    def __init__(self, url: str, timeout: float) -> None:
        """Create the client for a webhook endpoint; `timeout` is the limit of a delivery in seconds.

        Raises UsageError for an invalid URL.
        """
        scheme, host = _split_endpoint_url(url)
        self.url = url
        self._timeout = timeout
        server = Server(without_login(f"{scheme}://{host}"), "the address of the endpoint", _RUNNING_HINT)
        self._transport = HttpTransport(server, connect_timeout=timeout)
        self._worker = Worker()

    def close(self) -> None:
        """Close the connections to the webhook endpoint, after its last delivery."""
        self._worker.close()
        self._transport.close()

    def post(self, token: str) -> Delivery:
        """Deliver a token to the webhook endpoint. If there is no response, the result says why."""
        # In a worker thread: httpx applies its timeout to each read, so an endpoint that sends a few bytes at
        # a time could take much longer.
        began = time.perf_counter()
        try:
            response = self._worker.run(lambda: self._send_token(token), timeout=self._timeout)
        except (TimeoutError, TimedOut):
            failure = ConnectionFailure(f"no response within {self._timeout:g} s", UNREACHABLE, _RUNNING_HINT)
            return Delivery(None, self._timeout, failure=failure)
        except NotSent as error:
            return Delivery(None, time.perf_counter() - began, failure=error.failure)
        except Interrupted as error:
            hint = _RUNNING_HINT if error.is_http else _PROTOCOL_HINT
            failure = ConnectionFailure(error.text, UNREACHABLE, hint)
            return Delivery(None, time.perf_counter() - began, failure=failure)
        location = response.headers.get("location", "")
        target = ""
        if response.status in _REDIRECT_STATUSES and location:
            target = redirect_target(self.url, location) or _INVALID_LOCATION
        body = response.content.decode(errors="replace")
        return Delivery(response.status, time.perf_counter() - began, body, redirects_to=target)

    def _send_token(self, token: str) -> HttpResponse:
        """Send the HTTP request of a delivery, and return the response of the webhook endpoint."""
        # Wix documents no content type. With text/plain, frameworks do not parse the token as JSON or a form.
        headers = {"Content-Type": "text/plain; charset=utf-8", "Accept": "*/*"}
        request = HttpRequest("POST", self.url, headers, token.encode())
        return self._transport.send(request, timeout=self._timeout, max_bytes=MAX_BODY)


def _split_endpoint_url(url: str) -> tuple[str, str]:
    """Return the scheme and host of a webhook endpoint's URL. Raises UsageError if the URL is invalid."""
    invalid = UsageError(
        f"invalid endpoint URL {quoted(url)}", hint="Give an address such as http://localhost:3000/events."
    )
    try:
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.port == 0 or not is_valid_url(url):
            raise invalid
        # urlsplit drops blanks that httpx would send. The idna codec rejects a host such as `a..example`.
        if url != url.strip() or any(map(str.isspace, parts.netloc)) or not parts.hostname.encode("idna"):
            raise invalid
    except ValueError:
        raise invalid from None
    return parts.scheme, parts.netloc
