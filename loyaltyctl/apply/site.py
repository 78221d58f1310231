"""Site that a run changes: its API client, its ledger, and the requests that the run sends to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.api.hooks import RequestStarted, ResponseReceived, Waiting
from loyaltyctl.apply.creations_in_doubt import settle_creations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loyaltyctl.api.hooks import Hook, Notification
    from loyaltyctl.api.rules import Rules
    from loyaltyctl.apply.ledger import Ledger
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.model.rules import EarningRule
    from loyaltyctl.transport.deadline import Clock

QUIET_SECONDS = 30.0
"""Seconds after which a request of an interrupted run has ended: half of the default --timeout.

No attempt at a change waits longer (api/session.py).
"""


class Requests:
    """Hook that collects the ids of the requests to a site, and announces a change that is sent again."""

    def __init__(self) -> None:
        """Begin to collect the requests to the site that a run changes."""
        self._ids: list[str] = []
        self._sent = 0
        self.before_resending: Callable[[], None] = lambda: None
        """Called before the session sends a change to the site again."""

    def __call__(self, notification: Notification, /) -> None:
        """Collect the id of a request to the site; call `before_resending` before a change is sent again."""
        if isinstance(notification, RequestStarted) and notification.method != "GET":
            if self._sent:
                self.before_resending()
            self._sent += 1
        if isinstance(notification, ResponseReceived) and notification.request_id:
            self._ids.append(notification.request_id)

    def take(self) -> list[str]:
        """Return the ids of the requests to the site that a run changes, since the last call of `take`."""
        ids, self._ids, self._sent = self._ids, [], 0
        return ids


class Site(NamedTuple):
    """Site that one run changes. `rules` is its API client; `requests` collects the client's requests."""

    rules: Rules
    target: Target
    ledger: Ledger
    requests: Requests
    clock: Clock
    local: bool
    """True for the sandbox in this process, where no request outlives its run."""
    notify: Hook
    """Hook for the notifications of the run itself, such as waiting."""

    def settled(self) -> list[EarningRule]:
        """List the rules of the site, after waiting until no request of an earlier run can change them.

        Also settles the creations in doubt of earlier runs: if the site has the rule of such a creation,
        the ledger records that the creation is done.
        """
        since = self.ledger.in_doubt_since()
        if since is None:
            return self.rules.list()
        self.wait_for_requests(since)
        rules = self.rules.list()
        settle_creations(self.ledger, rules)
        return rules

    def wait_for_requests(self, sent: float) -> None:
        """Wait until a request that was sent to the site at the time `sent` can no longer take effect."""
        # At most QUIET_SECONDS: the clock may have been set back since the request was sent.
        rest = 0.0 if self.local else min(sent + QUIET_SECONDS - self.clock.time(), QUIET_SECONDS)
        if rest > 0:
            self.notify(Waiting(rest, "a request of an earlier run may still be under way"))
            self.clock.sleep(rest)

    def sending(self, numbers: Sequence[int]) -> None:
        """Record in the site's ledger when steps are sent: now, and whenever they are sent again."""
        self.requests.take()  # discard the ids for earlier steps

        def record() -> None:
            """Record in the site's ledger that the steps are sent at this time."""
            self.ledger.sending(numbers, self.clock.time())

        self.requests.before_resending = record
        record()

    def record_as_done(self, command: str, source: str) -> None:
        """Record a finished run without steps in the site's ledger.

        It has no steps because an interrupted run had already made all changes.
        """
        self.ledger.begin(self.target, command, source, self.clock.time(), snapshot=self.settled())
        self.ledger.end(self.clock.time())
