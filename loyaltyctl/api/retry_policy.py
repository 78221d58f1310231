"""Retry policy: what to do after each kind of failure, by the effect of the call.

                 UNSENT     THROTTLED   BROKEN      LOST        REFUSED
                 no bytes   429, 408,   500, 503,   no response, other 4xx,
                 left       425, 503+   other 5xx   502, 504    3xx, 507
                            Retry-After
    READ         retry      retry       retry       retry       stop
    DELETE       retry      retry       retry       retry       stop, 404 after BROKEN or LOST is success
    UPDATE       retry      retry       reconcile   reconcile   stop
    CREATE       retry      retry       reconcile   reconcile   stop

"Reconcile" reads the site to find out whether the call took effect. If it did, the rule on the site is the
response. If it certainly did not, the call is sent again. Otherwise the call ends with Incomplete.
"""

from __future__ import annotations

import random
from enum import Enum
from http import HTTPStatus

from loyaltyctl.api.methods import Effect
from loyaltyctl.intake import timestamps

FIRST_DELAY = 1.0
"""Longest backoff before the first retry, in seconds; it doubles with each retry."""
MAX_DELAY = 20.0
"""Longest backoff before any retry, in seconds."""
MAX_RETRY_AFTER = 60.0
"""Longest wait for a Retry-After header, in seconds: the window of the API's rate limit."""


class FailureKind(Enum):
    """Kind of failure of an attempt: a column in the table of the retry policy."""

    UNSENT = "unsent"
    THROTTLED = "throttled"
    BROKEN = "broken"
    LOST = "lost"
    REFUSED = "refused"


class NextStep(Enum):
    """Next step after a failed attempt: a cell in the table of the retry policy."""

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

_THROTTLED = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_GATEWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}


def classify_status(status: int, *, retry_after: bool) -> FailureKind:
    """Return the kind of failure for the retry policy, from the status of an error response.

    `retry_after` is True if the response has a Retry-After header.
    """
    if status in _THROTTLED or (status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after):
        return FailureKind.THROTTLED
    if status in _GATEWAY:
        return FailureKind.LOST  # the gateway ended the request; the service behind it may have performed it
    if status == HTTPStatus.INSUFFICIENT_STORAGE:
        return FailureKind.REFUSED  # RFC 4918, 11.5: the request must not be repeated automatically
    return FailureKind.BROKEN if status >= HTTPStatus.INTERNAL_SERVER_ERROR else FailureKind.REFUSED


def backoff(attempt: int) -> float:
    """Return the seconds to wait before a retry: exponential backoff with full jitter, at most 20.

    `attempt` is the number of the failed attempt, starting at 1.
    """
    return random.uniform(0, min(MAX_DELAY, FIRST_DELAY * 2 ** (attempt - 1)))  # noqa: S311 - spreads load, hides nothing


def parse_retry_after(header: str | None, now: float) -> float | None:
    """Return the seconds to wait before a retry, from a Retry-After header: at least 0, at most 60.

    The header is a number of seconds or a date, which is compared with `now`. None if the header is missing
    or invalid.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        date = timestamps.parse_http_date(text)
        if date is None:
            return None
        seconds = date - now
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
