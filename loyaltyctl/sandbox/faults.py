"""Faults of the sandbox, given with `sandbox serve --fault`: middleware that makes calls fail on purpose.

    KIND[=ARGUMENT][@OPERATION][*TIMES][%PERCENT]

    lost@create*1        the first create takes effect, and its response is lost
    429=5                every call gets a 429 with "Retry-After: 5"
    delay=2@list%20      one list in five takes two seconds longer
    body={"a":1}@get     every response to get has this body

OPERATION is one of app.OPERATIONS; a fault without an operation applies to all.
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.sandbox.app import OPERATIONS, PLAIN_PREFIX, operation_of
from loyaltyctl.sandbox.fault_effects import AFTER, BEFORE, Reply
from loyaltyctl.sandbox.responses import request_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_FAULT_SPEC = re.compile(
    r"(?P<kind>[a-z0-9-]+)(=(?P<argument>[^@*%]*))?(@(?P<operation>[a-z-]+))?(\*(?P<times>[1-9]\d{0,8}))?(%(?P<percent>[1-9]\d?|100))?"
)


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
