"""Site that a run changes: the client, the ledger, and the requests between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.api.hooks import RequestStarted, ResponseReceived, Waiting
from loyaltyctl.apply.matching import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loyaltyctl.api.hooks import Hook, Notification
    from loyaltyctl.api.rules import Rules
    from loyaltyctl.apply.ledger import Ledger
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.model.rules import EarningRule
    from loyaltyctl.transport.deadline import Clock

QUIET = 30.0
"""Seconds after which a request that nobody waits for has ended: one try takes no longer."""


class Requests:
    """Hook that collects request ids, and is called before a change is sent again."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._sent = 0
        self.before_resending: Callable[[], None] = lambda: None
        """Called before the session sends a change again, which may be long after the first time."""

    def __call__(self, notification: Notification, /) -> None:
        if isinstance(notification, RequestStarted) and notification.method != "GET":
            if self._sent:
                self.before_resending()
            self._sent += 1
        if isinstance(notification, ResponseReceived) and notification.request_id:
            self._ids.append(notification.request_id)

    def take(self) -> list[str]:
        """Return the ids since the last call."""
        ids, self._ids, self._sent = self._ids, [], 0
        return ids


class Site(NamedTuple):
    """A site that is changed by one run; `rules` reports its requests to `requests`."""

    rules: Rules
    target: Target
    ledger: Ledger
    requests: Requests
    clock: Clock
    local: bool
    """True for the sandbox in this process: none of its requests outlives the run that sent it."""
    notify: Hook
    """Hook for notifications of the run itself."""

    def settled(self) -> list[EarningRule]:
        """Return the rules of the site, once no request of an earlier run can change them any more."""
        since = self.ledger.in_doubt_since()
        if since is None:
            return self.rules.list()
        self.wait_for_requests(since)
        rules = self.rules.list()
        settle(self.ledger, rules)
        return rules

    def wait_for_requests(self, sent: float) -> None:
        """Wait until a request that was sent at this time has taken effect, or never will."""
        # At most QUIET: the clock may have been set back since the request was sent.
        rest = 0.0 if self.local else min(sent + QUIET - self.clock.time(), QUIET)
        if rest > 0:
            self.notify(Waiting(rest, "a request of an earlier run may still be under way"))
            self.clock.sleep(rest)

    def sending(self, numbers: Sequence[int]) -> None:
        """Record that steps are sent now, and again each time the session sends them again."""
        self.requests.take()  # those for earlier steps

        def record() -> None:
            self.ledger.sending(numbers, self.clock.time())

        self.requests.before_resending = record
        record()

    def record_as_done(self, command: str, source: str) -> None:
        """Record a run without steps: it found that the run it was to finish had done everything."""
        self.ledger.begin(self.target, command, source, self.clock.time(), snapshot=self.settled())
        self.ledger.end(self.clock.time())
