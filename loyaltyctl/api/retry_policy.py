"""Retry policy: what to do after each kind of failure, by the effect of the call.

                 UNSENT     THROTTLED   BROKEN      LOST        REFUSED
                 no bytes   429, 503+   500, 503    no response, other 4xx,
                 left       Retry-After             502, 504    3xx, 507
    READ         retry      retry       retry       retry       stop
    DELETE       retry      retry       retry       retry       stop, 404 on a later try is success
    UPDATE       retry      retry       reconcile   reconcile   stop
    CREATE       retry      retry       reconcile   reconcile   stop

"Reconcile" reads the site to find out whether the call took effect. If it did, the rule on the site is the
response. If it certainly did not, the call is sent again. Otherwise the call ends with Incomplete.
"""

from __future__ import annotations

import random
from enum import Enum

from loyaltyctl.api.methods import Effect

FIRST_DELAY = 0.5
MAX_DELAY = 20.0
MAX_RETRY_AFTER = 60.0


class FailureKind(Enum):
    """Kind of failure of one attempt, a column of the retry policy."""

    UNSENT = "unsent"
    THROTTLED = "throttled"
    BROKEN = "broken"
    LOST = "lost"
    REFUSED = "refused"


class NextStep(Enum):
    """Next step of the retry policy after a failed attempt."""

    RETRY = "retry"
    RECONCILE = "reconcile"
    STOP = "stop"


_NOT_IDEMPOTENT = {
    FailureKind.UNSENT: NextStep.RETRY,
    FailureKind.THROTTLED: NextStep.RETRY,
    FailureKind.BROKEN: NextStep.RECONCILE,
    FailureKind.LOST: NextStep.RECONCILE,
    FailureKind.REFUSED: NextStep.STOP,
}
_IDEMPOTENT = dict.fromkeys(FailureKind, NextStep.RETRY) | {FailureKind.REFUSED: NextStep.STOP}

NEXT_STEP = {
    Effect.READ: _IDEMPOTENT,
    Effect.DELETE: _IDEMPOTENT,
    Effect.UPDATE: _NOT_IDEMPOTENT,
    Effect.CREATE: _NOT_IDEMPOTENT,
}

THROTTLED_STATUSES = frozenset({408, 425, 429})
GATEWAY_STATUSES = frozenset({502, 504})
INSUFFICIENT_STORAGE = 507
"""Nothing was stored, and the request must not be repeated automatically (RFC 4918, 11.5)."""


def classify_status(status: int, *, retry_after: bool) -> FailureKind:
    """Return the kind of failure for the retry policy of a response with this status."""
    if status in THROTTLED_STATUSES or (status == 503 and retry_after):  # noqa: PLR2004 - the status says it
        return FailureKind.THROTTLED
    if status in GATEWAY_STATUSES:
        return FailureKind.LOST  # the gateway gave up; what the service behind it did is not known
    if status == INSUFFICIENT_STORAGE:
        return FailureKind.REFUSED
    return FailureKind.BROKEN if status >= 500 else FailureKind.REFUSED  # noqa: PLR2004 - the status class


def backoff(attempt: int) -> float:
    """Return the seconds to wait before a retry: exponential backoff with full jitter, at most 20.

    `attempt` is the number of the failed attempt, from 1.
    """
    return random.uniform(0, min(MAX_DELAY, FIRST_DELAY * 2**attempt))  # noqa: S311 - spreads load, hides nothing


def parse_retry_after(header: str | None, now: float) -> float | None:
    """Return the seconds of a Retry-After header, in either of its forms, between 0 and 60.

    None if it is missing or invalid.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        from email.utils import parsedate_to_datetime

        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return None
    # At most the window of the rate limit: a server's mistake must not stall a run for hours.
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
