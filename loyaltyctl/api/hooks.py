"""Notifications of the API client, and the hooks that are called with them.

Notifications hold no secrets: headers with one are masked, bodies with one are left out. Of responses with
personal data, they hold only the size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from loyaltyctl.intake.values import JsonObject


class RequestStarted(NamedTuple):
    """Notification for hooks: a request is about to be sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: JsonObject | None


class ResponseReceived(NamedTuple):
    """Notification for hooks: a response was received.

    `text` is the beginning of the body, or a note in place of personal data; `date` is the Date header, `tls`
    the TLS version of the connection.
    """

    status: int
    seconds: float
    request_id: str | None
    text: str
    date: str | None = None
    tls: str | None = None


class Waiting(NamedTuple):
    """Notification for hooks: the API client waits before the next attempt or call."""

    seconds: float
    why: str


class Changed(NamedTuple):
    """Notification for hooks: a write took effect.

    `what` describes the call, such as "create the rule …"; `effect` is create, update or delete.
    """

    what: str
    effect: str
    rule_id: str
    request_id: str | None


class OutcomeUnknown(NamedTuple):
    """Notification for hooks: a write failed, but may have taken effect. The fields are those of Changed."""

    what: str
    effect: str
    rule_id: str
    request_id: str | None


class RulesSeen(NamedTuple):
    """Notification for hooks: a response contained these rules.

    `whole` is True if these are all rules of the site.
    """

    rules: Sequence[JsonObject]
    whole: bool


class Reconciling(NamedTuple):
    """Notification for hooks: the client reads the site to find out whether a write took effect."""

    what: str


Notification: TypeAlias = (
    RequestStarted | ResponseReceived | Waiting | Changed | OutcomeUnknown | RulesSeen | Reconciling
)


class Hook(Protocol):
    """Hook: a function that receives every notification of the API client."""

    def __call__(self, notification: Notification, /) -> None:
        """Handle a notification; an exception of the hook ends the API call."""
        ...


class Hooks:
    """Several hooks as a single hook: it calls each hook, in the given order, with every notification.

    After an exception of a hook, later hooks are not called. So a hook that may stop a request, such as the
    ledger's, comes before hooks that report the request.
    """

    def __init__(self, hooks: Iterable[Hook]) -> None:
        """Combine hooks, in the order in which they are to be called."""
        self._hooks = (*hooks,)

    def __call__(self, notification: Notification, /) -> None:
        """Call all hooks with a notification."""
        for hook in self._hooks:
            hook(notification)
