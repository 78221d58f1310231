"""WSGI application of the webhook listener: verify and save the event in each request.

200   the event is verified, and saved now or at an earlier delivery
400   the body is not a token
401   the token is not genuine, or not valid at this time
405   the request is not a POST
503   the event could not be saved, or the limit is reached: the sender will retry
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from threading import Semaphore
from typing import TYPE_CHECKING, NamedTuple, Protocol

from loyaltyctl.errors import LoyaltyError
from loyaltyctl.intake import timestamps
from loyaltyctl.intake.storage_failures import reason_of
from loyaltyctl.tokens.extraction import strip_token
from loyaltyctl.tokens.parser import MAX_TOKEN
from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.webhooks.event_files import TOKEN, InputItem
from loyaltyctl.webhooks.event_log import ID, RECEIVED, TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.intake.values import Json
    from loyaltyctl.webhooks.event_log import EventLog
    from loyaltyctl.webhooks.reader import DecodedEvent, EventReader

_UNLIMITED = 2**62
MAX_BODY = MAX_TOKEN + 1024
"""Bytes read of a request: a token of the maximum length, and the quotes or line end around it."""
_BAD_REQUEST_REASONS = (Reason.TOO_LARGE, Reason.MALFORMED, Reason.BAD_HEADER)
"""Reasons of tokens that are rejected with 400; for all other reasons, the status is 401."""


class Accepted(NamedTuple):
    """Result of a webhook request with status 200: its event is saved.

    `is_new` is False if the event had been saved before.
    """

    decoded: DecodedEvent
    is_new: bool


class Rejected(NamedTuple):
    """Result of a webhook request that is rejected, with any status except 200.

    The response contains only `reason`. The user of the listener may see `description` too.
    `needs_action` marks a problem that the user can fix, such as a full disk.
    """

    status: int
    reason: str
    description: str = ""
    needs_action: bool = False


class ResponseCallback(Protocol):
    """Callback of the webhook application for the result of each request, after its response is sent."""

    def __call__(self, result: Accepted | Rejected, /) -> None:
        """Handle the result of a webhook request."""


class Clock(Protocol):
    """Wall clock of the webhook application: the times in a token are compared with it."""

    def time(self) -> float:
        """Return the time at which the application verifies a request's token, in seconds since 1970."""


class WebhookApp:
    """WSGI application of the webhook listener: it verifies and saves the event in each request."""

    def __init__(
        self,
        reader: EventReader,
        log: EventLog,
        clock: Clock,
        callback: ResponseCallback,
        limit: int | None = None,
    ) -> None:
        """Create the webhook application. After `limit` new events, it responds to all others with 503."""
        self._reader = reader
        self._log = log
        self._clock = clock
        self._callback = callback
        self._remaining_events = Semaphore(_UNLIMITED if limit is None else limit)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond to a webhook request, and pass its result to the callback."""
        result = self._handle_request(environ)
        status = HTTPStatus(result.status if isinstance(result, Rejected) else HTTPStatus.OK)
        # The sender gets the reason code only: a description would help forgers, and may quote local paths.
        text = f"{result.reason if isinstance(result, Rejected) else 'KEPT'}\n"
        if environ["REQUEST_METHOD"] == "HEAD":
            text = ""
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:  # RFC 9110 requires Allow with it
            headers.append(("Allow", "POST"))
        start_response(f"{status} {status.phrase}", headers)
        return _CallbackBody(text.encode("ascii"), lambda: self._callback(result))

    def _handle_request(self, environ: WSGIEnvironment) -> Accepted | Rejected:
        """Read the token in a webhook request, verify it and save its event."""
        if environ["REQUEST_METHOD"] != "POST":
            return Rejected(405, "POST_ONLY")
        token = strip_token(environ["wsgi.input"].read(MAX_BODY).decode(errors="replace"))
        now = self._clock.time()
        try:
            decoded = self._reader._replace(now=now).read(InputItem("", token))
        except LoyaltyError as error:
            is_wrapped = error.reason == Reason.MALFORMED and bool(error.hint)
            status = 400 if error.reason in _BAD_REQUEST_REASONS else 401
            return Rejected(status, error.reason, _describe_error(error), needs_action=is_wrapped)
        if decoded.error is not None:
            return Rejected(401, decoded.error.reason, _describe_error(decoded.error))
        received = timestamps.format_utc(datetime.fromtimestamp(now, UTC))
        event = decoded.event
        return self._save_event(decoded, {RECEIVED: received, TYPE: event.type, ID: event.id, TOKEN: token})

    def _save_event(self, decoded: DecodedEvent, line: Mapping[str, Json]) -> Accepted | Rejected:
        """Append the event of a webhook request to the log, unless the limit is reached."""
        # Reserved before it is saved: parallel requests together must not exceed the limit.
        if not self._remaining_events.acquire(blocking=False):
            return Rejected(503, "ENOUGH")
        is_new = False
        try:
            is_new = self._log.append(line, decoded.dedupe_key)
        except OSError as error:
            # Wix sends an event again for 47 hours until the response is 200.
            return Rejected(503, "NOT_KEPT", reason_of(error), needs_action=True)
        finally:
            if not is_new:
                self._remaining_events.release()
        return Accepted(decoded, is_new)


def _describe_error(error: LoyaltyError) -> str:
    """Describe the error of a rejected webhook request, with its hint."""
    return f"{error.message} ({error.hint})" if error.hint else error.message


class _CallbackBody:
    """Body of a webhook response. A WSGI server closes it after sending it, and `close` then calls `done`.

    So the event is shown and forwarded after the response, which must not be late: Wix waits 1.25 seconds.
    """

    def __init__(self, body: bytes, done: Callable[[], None]) -> None:
        """Create the body of a webhook response, with the function to call after it is sent."""
        self._body = body
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body of the webhook response."""
        yield self._body

    def close(self) -> None:
        """Call `done`: the WSGI server has sent the webhook response."""
        self._done()
