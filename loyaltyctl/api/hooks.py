"""Notifications emitted by the API client.

They hold no secrets: headers with one are masked, bodies with one are left out.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from loyaltyctl.intake.values import JsonObject


class RequestStarted(NamedTuple):
    """A request is on its way."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: JsonObject | None


class ResponseReceived(NamedTuple):
    """An answer is here; `date` is what its header says, and `tls` the version that it came over."""

    status: int
    seconds: float
    request_id: str | None
    text: str
    date: str | None = None
    tls: str | None = None


class Waiting(NamedTuple):
    """The next try, or the next call, comes after `seconds`."""

    seconds: float
    why: str


class Changed(NamedTuple):
    """A call took effect: what it did, in words and by its effect, the rule that it is about, its request."""

    what: str
    effect: str
    rule_id: str
    request_id: str | None


class OutcomeUnknown(NamedTuple):
    """A call may have taken effect, and its caller was told that nobody knows; otherwise as Changed."""

    what: str
    effect: str
    rule_id: str
    request_id: str | None


class RulesSeen(NamedTuple):
    """An answer showed these documents of rules; they are the `whole` site where nothing was filtered."""

    rules: Sequence[JsonObject]
    whole: bool


class Reconciling(NamedTuple):
    """It is not known whether a call took effect; the site is being asked."""

    what: str


def parse_http_date(date: str | None) -> float | None:
    """The moment of a Date header, in seconds since 1970; None where there is none, or it is nonsense."""
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except (ValueError, OverflowError):
        return None


Notification: TypeAlias = (
    RequestStarted | ResponseReceived | Waiting | Changed | OutcomeUnknown | RulesSeen | Reconciling
)


class Hook(Protocol):
    """A hook: is called with every notification."""

    def __call__(self, fact: Notification, /) -> None: ...


class Hooks:
    """Any number of hooks as one: each is called with every notification, in their order.

    A hook that raises ends the call that the notification is about, and those after it are not
    called. So one that may keep a request from being sent comes before those that report it.
    """

    def __init__(self, hooks: Iterable[Hook]) -> None:
        self._hooks = (*hooks,)

    def __call__(self, fact: Notification, /) -> None:
        for hook in self._hooks:
            hook(fact)
