"""Retry policy: what to do after each kind of failure, by the effect of the call.

                 UNSENT     THROTTLED   BROKEN      LOST        REFUSED
                 no bytes   429, 503+   500, 503    no answer,  other 4xx,
                 left       Retry-After             502, 504    3xx, 507
    READ         again      again       again       again       stop
    DELETE       again      again       again       again       stop, 404 on a later try is success
    UPDATE       again      again       find out    find out    stop
    CREATE       again      again       find out    find out    stop

"Find out" reads the site: did the call take effect? If it did, that is the answer. If
it surely did not, it is sent again. If nobody can tell, the call ends with Incomplete.
"""

from __future__ import annotations

import random
from email.utils import parsedate_to_datetime
from enum import Enum

from loyaltyctl.api.calls import Effect

FIRST_DELAY = 0.5
MAX_DELAY = 20.0
MAX_RETRY_AFTER = 60.0


class FailureKind(Enum):
    """Kind of failure of one try."""

    UNSENT = "unsent"
    THROTTLED = "throttled"
    BROKEN = "broken"
    LOST = "lost"
    REFUSED = "refused"


class NextStep(Enum):
    """Next step after a failed try."""

    AGAIN = "again"
    FIND_OUT = "find out"
    STOP = "stop"


_WRITES_IN_DOUBT = {
    FailureKind.UNSENT: NextStep.AGAIN,
    FailureKind.THROTTLED: NextStep.AGAIN,
    FailureKind.BROKEN: NextStep.FIND_OUT,
    FailureKind.LOST: NextStep.FIND_OUT,
    FailureKind.REFUSED: NextStep.STOP,
}
_SAFE_TO_REPEAT = dict.fromkeys(FailureKind, NextStep.AGAIN) | {FailureKind.REFUSED: NextStep.STOP}

AFTER = {
    Effect.READ: _SAFE_TO_REPEAT,
    Effect.DELETE: _SAFE_TO_REPEAT,
    Effect.UPDATE: _WRITES_IN_DOUBT,
    Effect.CREATE: _WRITES_IN_DOUBT,
}

THROTTLED_STATUSES = frozenset({408, 425, 429})
GATEWAY_STATUSES = frozenset({502, 504})
INSUFFICIENT_STORAGE = 507
"""Nothing was stored, and the request must not be repeated by itself (RFC 4918, 11.5)."""


def classify_status(status: int, *, retry_after: bool) -> FailureKind:
    """Return the kind of failure of an answer with this status."""
    if status in THROTTLED_STATUSES or (status == 503 and retry_after):  # noqa: PLR2004 - the status says it
        return FailureKind.THROTTLED
    if status in GATEWAY_STATUSES:
        return FailureKind.LOST  # the gateway gave up; what the service behind it did is not known
    if status == INSUFFICIENT_STORAGE:
        return FailureKind.REFUSED
    return FailureKind.BROKEN if status >= 500 else FailureKind.REFUSED  # noqa: PLR2004 - the status class


def backoff(attempt: int) -> float:
    """Seconds to wait after try number `attempt` (from 1): full jitter, doubling, at most 20."""
    return random.uniform(0, min(MAX_DELAY, FIRST_DELAY * 2**attempt))  # noqa: S311 - spreads load, hides nothing


def parse_retry_after(header: str | None, now: float) -> float | None:
    """Seconds that a Retry-After asks for, in either of its forms, between 0 and 60; None for nonsense."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
