"""The WSGI application: what is answered to whom.

200   genuine, and on the disk; also where it came before
400   no token at all
401   a token that is not genuine, or not for now
405   not a POST
503   it could not be kept, or no more are wanted: it will be sent again
"""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Semaphore
from typing import TYPE_CHECKING, NamedTuple, Protocol

from loyaltyctl.errors import LoyaltyError
from loyaltyctl.intake import timestamps
from loyaltyctl.intake.storage_failures import reason_of
from loyaltyctl.tokens.parser import MAX_TOKEN
from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.webhooks.event_files import InputItem, strip_token
from loyaltyctl.webhooks.event_log import ID, RECEIVED, TOKEN, TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.intake.values import Json
    from loyaltyctl.webhooks.event_log import EventLog
    from loyaltyctl.webhooks.reader import DecodedEvent, EventReader

NO_END = 2**62
MAX_BODY = MAX_TOKEN + 1024
_UNFIT = (Reason.TOO_LARGE, Reason.MALFORMED, Reason.BAD_HEADER)
_STATUS = {
    200: "200 OK",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    405: "405 Method Not Allowed",
    503: "503 Service Unavailable",
}


class Accepted(NamedTuple):
    """An event that was kept and acknowledged; whether it is a new one."""

    reading: DecodedEvent
    is_new: bool


class Rejected(NamedTuple):
    """A request that was answered with something else than 200, and why."""

    status: int
    reason: str
    why: str = ""
    """The reason in words, for the user of this machine; the response holds `reason` alone."""
    needs_action: bool = False
    """Whether somebody here has to act: a wrapped token that is passed on, a disk that is full."""


class ResponseCallback(Protocol):
    """Hears of each request once it is answered."""

    def __call__(self, fact: Accepted | Rejected, /) -> None: ...


class Clock(Protocol):
    """The time of day."""

    def time(self) -> float: ...


class WebhookApp:
    """Takes events from HTTP requests."""

    def __init__(
        self,
        reader: EventReader,
        book: EventLog,
        clock: Clock,
        afterwards: ResponseCallback,
        most: int | None = None,
    ) -> None:
        """Take at most `most` events that are new; None for any number."""
        self._reader = reader
        self._book = book
        self._clock = clock
        self._afterwards = afterwards
        self._room = Semaphore(NO_END if most is None else most)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        fact = self._take(environ)
        status = fact.status if isinstance(fact, Rejected) else 200
        text = f"{fact.reason if isinstance(fact, Rejected) else 'KEPT'}\n"
        if environ["REQUEST_METHOD"] == "HEAD":
            text = ""
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
        start_response(_STATUS[status], [*headers, *([("Allow", "POST")] if status == 405 else [])])  # noqa: PLR2004 - that status asks for it
        return _Answer(text.encode("ascii"), lambda: self._afterwards(fact))

    def _take(self, environ: WSGIEnvironment) -> Accepted | Rejected:
        if environ["REQUEST_METHOD"] != "POST":
            return Rejected(405, "POST_ONLY")
        token = strip_token(environ["wsgi.input"].read(MAX_BODY).decode(errors="replace"))
        now = self._clock.time()
        try:
            reading = self._reader._replace(now=now).read(InputItem("", token))
        except LoyaltyError as error:
            is_wrapped = error.reason == Reason.MALFORMED and bool(error.hint)
            return Rejected(
                400 if error.reason in _UNFIT else 401, error.reason, _why(error), needs_action=is_wrapped
            )
        if reading.error is not None:
            return Rejected(401, reading.error.reason, _why(reading.error))
        event = reading.event
        moment = timestamps.format_utc(datetime.fromtimestamp(now, UTC))
        return self._kept(reading, {RECEIVED: moment, TYPE: event.type, ID: event.id, TOKEN: token})

    def _kept(self, reading: DecodedEvent, line: Mapping[str, Json]) -> Accepted | Rejected:
        if not self._room.acquire(blocking=False):
            return Rejected(503, "ENOUGH")
        is_new = False
        try:
            is_new = self._book.keep(line, reading.identity)
        except OSError as error:
            return Rejected(503, "NOT_KEPT", reason_of(error), needs_action=True)
        finally:
            if not is_new:
                self._room.release()
        return Accepted(reading, is_new)


def _why(error: LoyaltyError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


class _Answer:
    """A body that tells when the server is done with it: when it is on its way."""

    def __init__(self, body: bytes, done: Callable[[], None]) -> None:
        self._body = body
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        yield self._body

    def close(self) -> None:
        self._done()
