"""Reconciliation: find out whether a write whose response was lost took effect.

The rules of the site decide. A created rule is found by its content among the rules created since the
request. Nothing is sent again while the first attempt may still be in progress: the API has no idempotency
keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from loyaltyctl.api.calls import Response
from loyaltyctl.api.error_responses import OUTDATED
from loyaltyctl.api.methods import EARNING_RULES
from loyaltyctl.api.retry_policy import FailureKind
from loyaltyctl.api.session import outcome_unknown
from loyaltyctl.errors import Conflict
from loyaltyctl.intake import timestamps
from loyaltyctl.model.rule_content import has_same_content
from loyaltyctl.model.rules import EarningRule, patch

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.api.exchange import AttemptFailed
    from loyaltyctl.api.session import Reconcile
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.transport.deadline import Clock, Deadline

LOOKS = 2
"""Number of times that the rules are listed to look for a created one."""
SETTLE = 2.0
"""Seconds between two lists of the rules, in which a server that responded commits its request."""
CLOCK_SKEW = 2.0
"""Seconds by which a creation date may precede the request: the Date header has whole seconds only."""


class ReadRules(Protocol):
    """Function that lists the rules of the site for reconciliation, with the server's time if known."""

    def __call__(self, deadline: Deadline, /) -> tuple[list[EarningRule], float | None]: ...


def created(
    what: str,
    read: ReadRules,
    *,
    like: Callable[[EarningRule], bool],
    same: Callable[[EarningRule], bool],
    clock: Clock,
) -> Reconcile:
    """Return a function that finds out whether a creation took effect whose response was lost.

    It did if, of the rules created since, exactly one is `like` the sent rule (in its title and trigger,
    or in its kind), and that one is also the `same` (in its content).
    """
    sent = clock.time()

    def reconcile(failed: AttemptFailed, deadline: Deadline) -> Response | None:
        for left in reversed(range(LOOKS)):
            rules, server_time = read(deadline)
            # Creation dates are the server's: compare them with the request's time on its clock.
            ahead = (server_time or clock.time()) - clock.time()
            since = [
                rule for rule in rules if like(rule) and _created_time(rule) >= sent + ahead - CLOCK_SKEW
            ]
            if len(since) == 1 and same(since[0]):
                return Response({EARNING_RULES.one: since[0].document})
            if since:
                raise outcome_unknown(what, failed.error)
            if left and deadline.remaining() > SETTLE:
                clock.sleep(SETTLE)
        if failed.kind is FailureKind.BROKEN and deadline.remaining() > 0:
            return None  # the server responded, so it is done with the request, and the rule is not there
        raise outcome_unknown(what, failed.error)

    return reconcile


def updated(
    what: str, read: Callable[[Deadline], EarningRule], changes: JsonObject, revision: str | None
) -> Reconcile:
    """Return a function that finds out whether an update took effect whose response was lost.

    `revision` is the revision of the rule for which the update was sent.
    """

    def reconcile(failed: AttemptFailed, deadline: Deadline) -> Response | None:
        rule = read(deadline)
        if has_same_content(rule, EarningRule(patch(rule.document, changes))):
            return Response({EARNING_RULES.one: rule.document})
        if rule.revision == revision:
            return None  # unchanged; a first attempt that arrives late would fail on the revision
        if isinstance(failed.error, Conflict):
            raise failed.error
        raise Conflict(
            f"could not {what}: it is at revision {rule.revision} now, the change was for {revision}",
            code="INVALID_REVISION",
            hint=OUTDATED,
        )

    return reconcile


def _created_time(rule: EarningRule) -> float:
    """Return the creation time of a rule; infinity if it has none, so that the rule counts as new."""
    time = timestamps.parse(rule.created_date)
    return float("inf") if time is None else time.timestamp()
