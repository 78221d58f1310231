"""Notifications of the API client, and the hooks that are called with them.

Notifications hold no secrets: headers with one are masked, bodies with one are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from loyaltyctl.intake.values import JsonObject


class RequestStarted(NamedTuple):
    """Notification: a request is about to be sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: JsonObject | None


class ResponseReceived(NamedTuple):
    """Notification: a response was received. `date` is its Date header, `tls` the TLS version."""

    status: int
    seconds: float
    request_id: str | None
    text: str
    date: str | None = None
    tls: str | None = None


class Waiting(NamedTuple):
    """Notification: the API client waits for `seconds` before the next attempt or call."""

    seconds: float
    why: str


class Changed(NamedTuple):
    """Notification: a write took effect. `what` describes the call, `effect` is its kind."""

    what: str
    effect: str
    rule_id: str
    request_id: str | None


class OutcomeUnknown(NamedTuple):
    """Notification: a write failed, but may have taken effect. The fields are those of Changed."""

    what: str
    effect: str
    rule_id: str
    request_id: str | None


class RulesSeen(NamedTuple):
    """Notification: a response contained these rules; `whole` is True if they are all rules of the site."""

    rules: Sequence[JsonObject]
    whole: bool


class Reconciling(NamedTuple):
    """Notification: the client reads the site to find out whether a write took effect."""

    what: str


Notification: TypeAlias = (
    RequestStarted | ResponseReceived | Waiting | Changed | OutcomeUnknown | RulesSeen | Reconciling
)


class Hook(Protocol):
    """Callable that receives every notification of the API client."""

    def __call__(self, notification: Notification, /) -> None: ...


class Hooks:
    """Several hooks as one: each is called, in the given order, with every notification.

    An exception of a hook ends the API call, and later hooks are not called. So a hook that may stop a
    request, such as the ledger's, comes before hooks that report the request.
    """

    def __init__(self, hooks: Iterable[Hook]) -> None:
        self._hooks = (*hooks,)

    def __call__(self, notification: Notification, /) -> None:
        for hook in self._hooks:
            hook(notification)
