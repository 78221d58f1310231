"""Find out whether a write whose answer was lost took effect: read the site and compare.

Only what the site shows decides. A rule that was sent is looked for by its content
among those created since; nothing is sent again while the first try may still be
under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from loyaltyctl.api.calls import Response
from loyaltyctl.api.error_responses import OUTDATED
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
"""Seconds between two looks: what was committed by then is what there will be."""
CLOCK_SKEW = 2.0
"""Seconds by which a creation date may lie before the request: the Date header has whole seconds."""


class Look(Protocol):
    """Reads the rules of the site, and the server's clock if it tells."""

    def __call__(self, deadline: Deadline, /) -> tuple[list[EarningRule], float | None]: ...


def created(
    what: str,
    look: Look,
    *,
    like: Callable[[EarningRule], bool],
    same: Callable[[EarningRule], bool],
    clock: Clock,
) -> Reconcile:
    """Finds a rule that was to be created: one that is `same`, and no other that is even `like` it."""
    sent = clock.time()

    def find_out(failed: AttemptFailed, deadline: Deadline) -> Response | None:
        for left in reversed(range(LOOKS)):
            rules, server_time = look(deadline)
            ahead = (server_time or clock.time()) - clock.time()
            since = [rule for rule in rules if like(rule) and _time(rule) >= sent + ahead - CLOCK_SKEW]
            if len(since) == 1 and same(since[0]):
                return Response({"earningRule": since[0].document})
            if since:
                raise outcome_unknown(what, failed.error)
            if left and deadline.remaining() > SETTLE:
                clock.sleep(SETTLE)
        if failed.how is FailureKind.BROKEN and deadline.remaining() > 0:
            return None  # the server answered, so it is done with the request, and the rule is not there
        raise outcome_unknown(what, failed.error)

    return find_out


def updated(
    what: str, look: Callable[[Deadline], EarningRule], changes: JsonObject, revision: str | None
) -> Reconcile:
    """Finds out whether a rule has the changes that were sent against `revision`."""

    def find_out(failed: AttemptFailed, deadline: Deadline) -> Response | None:
        rule = look(deadline)
        if fingerprint(rule.document) == fingerprint(patch(rule.document, changes)):
            return Response({"earningRule": rule.document})
        if rule.revision == revision:
            return None  # untouched; and a late first try would fail on the revision
        if isinstance(failed.error, Conflict):
            raise failed.error
        raise Conflict(
            f"could not {what}: it is at revision {rule.revision} now, the change was for {revision}",
            code="INVALID_REVISION",
            hint=OUTDATED,
        )

    return find_out


def _time(rule: EarningRule) -> float:
    """Return the creation time of a rule; infinity if it has none, so that the rule counts as new."""
    moment = timestamps.parse(rule.created_date)
    return float("inf") if moment is None else moment.timestamp()
