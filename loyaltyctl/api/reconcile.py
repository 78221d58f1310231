"""Reconciliation: find out whether a write whose response was lost took effect.

Only what the site shows decides. A created rule is looked for by its content among the rules created
since the request; nothing is sent again while the first attempt may still be in progress.
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
from loyaltyctl.model.rules import EarningRule, fingerprint, patch

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.api.exchange import AttemptFailed
    from loyaltyctl.api.session import Reconcile
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.transport.deadline import Clock, Deadline

LOOKS = 2
SETTLE = 2.0
"""Seconds between two reads: a request that the server has not committed by then never will be."""
CLOCK_SKEW = 2.0
"""Seconds by which a creation date may lie before the request: the Date header has whole seconds."""


class ReadRules(Protocol):
    """Reads the rules of the site, and the server's time if the response has it."""

    def __call__(self, deadline: Deadline, /) -> tuple[list[EarningRule], float | None]: ...


def created(
    what: str,
    read: ReadRules,
    *,
    like: Callable[[EarningRule], bool],
    same: Callable[[EarningRule], bool],
    clock: Clock,
) -> Reconcile:
    """Return a function that looks for a created rule: one that is `same`, if no other is `like` it."""
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
    """Return a function that finds out whether a rule has the changes that were sent against `revision`."""

    def reconcile(failed: AttemptFailed, deadline: Deadline) -> Response | None:
        rule = read(deadline)
        if fingerprint(rule.document) == fingerprint(patch(rule.document, changes)):
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
