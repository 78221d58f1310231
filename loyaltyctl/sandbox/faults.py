"""Faults of the sandbox, given with `sandbox serve --fault`: middleware that makes calls fail on purpose.

    KIND[=ARGUMENT][@OPERATION][*TIMES][%PERCENT]

    lost@create*1        the first create takes effect, and its response is lost
    429=5                every call gets a 429 with "Retry-After: 5"
    delay=2@list%20      one list in five takes two seconds longer
    body={"a":1}@get     every response to get has this body

OPERATION is one of app.OPERATIONS; a fault without an operation applies to all.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, TypeAlias

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.sandbox import fault_effects
from loyaltyctl.sandbox.app import OPERATIONS, PLAIN_PREFIX, operation_of
from loyaltyctl.sandbox.fault_effects import Reply
from loyaltyctl.sandbox.responses import application_error, request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_FAULT_SPEC = re.compile(
    r"(?P<kind>[a-z0-9-]+)(=(?P<argument>[^@*%]*))?(@(?P<operation>[a-z-]+))?(\*(?P<times>[1-9]\d{0,8}))?(%(?P<percent>[1-9]\d?|100))?"
)

Before: TypeAlias = "Callable[[str], Reply | None]"
"""Effect of a fault before the operation: returns a response to send instead, or None to let it run."""
After: TypeAlias = "Callable[[str, Reply], Reply]"
"""Effect of a fault after the operation: it changes the response."""


def _error_fault_reply(status: str, code: str, **headers: str) -> Reply:
    """Return the response of a fault that prevents an operation: an error in the vendor's format."""
    number, _, phrase = status.partition(" ")
    error = application_error(int(number), code, f"{phrase} (a fault of the sandbox)")
    return Reply(status, {"Content-Type": "application/json", **headers}, [json.dumps(error.body).encode()])


def _server_error_fault(status: str, headers: dict[str, str] | None = None) -> Before:
    """Define a fault of --fault, such as `503`: the response is a server error without a body.

    The operation does not take place.
    """
    return lambda _argument: Reply(status, headers or {}, [b""])


def _too_many_requests_fault(argument: str) -> Reply:
    """Fault `429=ARGUMENT`: reject the call before the operation, with the header `Retry-After: ARGUMENT`.

    Without ARGUMENT, there is no such header. `date` stands for a date two seconds from now.
    """
    value = formatdate(time.time() + 2, usegmt=True) if argument == "date" else argument
    headers = {"Retry-After": value} if value else {}
    return _error_fault_reply("429 Too Many Requests", "RESOURCE_EXHAUSTED", **headers)


def _delay_call(argument: str) -> None:
    """Fault `delay=ARGUMENT`: make a call wait ARGUMENT seconds before its operation, by default 1."""
    time.sleep(float(argument or 1))


def _drop_connection(_argument: str) -> Reply:
    """Fault `refused`: close the connection without a response. The operation does not take place."""
    raise ConnectionResetError


BEFORE: dict[str, Before] = {
    "refused": _drop_connection,
    "delay": _delay_call,
    "429": _too_many_requests_fault,
    "500": _server_error_fault("500 Internal Server Error"),
    "502": _server_error_fault("502 Bad Gateway"),
    "503": _server_error_fault("503 Service Unavailable"),
    "503-later": _server_error_fault("503 Service Unavailable", {"Retry-After": "1"}),
    "504": _server_error_fault("504 Gateway Timeout"),
    "401": lambda _argument: _error_fault_reply("401 Unauthorized", "UNAUTHENTICATED"),
    "403": lambda _argument: _error_fault_reply("403 Forbidden", "PERMISSION_DENIED"),
    "redirect": lambda argument: Reply(
        "302 Found", {"Location": argument or "https://elsewhere.example/"}, [b""]
    ),
    "no-plain-path": lambda _argument: _error_fault_reply("404 Not Found", "NOT_FOUND"),
}
"""Faults that act before the operation, by kind."""

AFTER: dict[str, After] = {
    "lost": fault_effects.lost,
    "delay-after": fault_effects.delay,
    "500-after": fault_effects.with_status("500 Internal Server Error"),
    "502-after": fault_effects.with_status("502 Bad Gateway"),
    "504-after": fault_effects.with_status("504 Gateway Timeout"),
    "cut": fault_effects.cut,
    "drip": fault_effects.drip,
    "html": fault_effects.html,
    "empty": fault_effects.empty,
    "huge": fault_effects.huge,
    "bomb": fault_effects.bomb,
    "body": fault_effects.body,
    "not-utf8": fault_effects.not_utf8,
    "missing-item": fault_effects.missing_item,
    "repeated-item": fault_effects.repeated_item,
    "reordered": fault_effects.reordered,
    "legacy": fault_effects.legacy,
}
"""Faults that act after the operation has taken effect, by kind."""


@dataclass(slots=True)
class Fault:
    """Fault of the sandbox, given with --fault.

    It applies to one operation, or to all if `operation` is None. `times` is the number of calls to which it
    still applies; None for all. `percent` is its probability.
    """

    kind: str
    argument: str = ""
    operation: str | None = None
    times: int | None = None
    percent: int = 100
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def parse(cls, spec: str) -> Fault:
        """Parse a fault from the value of --fault, such as `lost@create*1`. Raises UsageError."""
        match = _FAULT_SPEC.fullmatch(spec)
        kind = match["kind"] if match else ""
        if match is None or (kind not in BEFORE and kind not in AFTER):
            kinds = " ".join(sorted({*BEFORE, *AFTER}))
            raise UsageError(
                f"no such fault: {quoted(spec)}",
                hint=f"Kinds: {kinds}. Form: KIND[=ARG][@OPERATION][*TIMES][%PERCENT]",
            )
        if match["operation"] not in (None, *OPERATIONS):
            raise UsageError(f"no such operation: {quoted(match['operation'])}", hint=" ".join(OPERATIONS))
        argument = match["argument"] or ""
        if kind in ("delay", "delay-after", "drip") and not re.fullmatch(r"(\d{1,4}(\.\d{1,6})?)?", argument):
            raise UsageError(f"{kind} takes seconds, got {quoted(argument)}")
        return cls(
            kind,
            argument,
            match["operation"],
            int(match["times"]) if match["times"] else None,
            int(match["percent"] or 100),
        )

    def applies_to(self, operation: str | None, path: str) -> bool:
        """Return whether the fault applies to this call; if so, count down its `times`."""
        if self.operation not in (None, operation):
            return False
        if self.kind == "no-plain-path" and not path.startswith(PLAIN_PREFIX):
            return False
        if self.percent < 100 and random.randrange(100) >= self.percent:  # noqa: PLR2004, S311 - percent, and no secret
            return False
        with self.lock:
            if self.times == 0:
                return False
            if self.times is not None:
                self.times -= 1
            return True


class Faults:
    """WSGI middleware that applies faults to the calls of the sandbox."""

    def __init__(self, app: WSGIApplication, faults: Sequence[Fault]) -> None:
        """Wrap the sandbox's WSGI application `app`."""
        self._app = app
        self._faults = faults

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle a WSGI request with the faults that apply to it."""
        path = str(environ["PATH_INFO"])
        operation = operation_of(str(environ["REQUEST_METHOD"]), path)
        applied = [fault for fault in self._faults if fault.applies_to(operation, path)]
        reply = next(
            (
                reply
                for fault in applied
                if fault.kind in BEFORE and (reply := BEFORE[fault.kind](fault.argument)) is not None
            ),
            None,
        )
        if reply is None:
            reply = Reply.of(self._app, environ)
            for fault in applied:
                if fault.kind in AFTER:
                    reply = AFTER[fault.kind](fault.argument, reply)
        name, value = request_id()
        named = any(header.lower() == name.lower() for header in reply.headers)
        start_response(reply.status, [*reply.headers.items(), *([] if named else [(name, value)])])
        return reply.body
