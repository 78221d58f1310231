"""Reconciliation: find out whether a write whose response was lost took effect.

The rules of the site show whether it did. A created rule is found by its content among the rules created
since the request. A creation is not sent again while the first attempt may still be in progress: the API has
no idempotency keys. An update may be sent again: the API accepts only one update of the same revision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from loyaltyctl.api.calls import CHECK, Response
from loyaltyctl.api.error_responses import OUTDATED
from loyaltyctl.api.methods import EARNING_RULES
from loyaltyctl.api.retry_policy import FailureKind
from loyaltyctl.errors import Conflict, Incomplete, LoyaltyError
from loyaltyctl.intake import timestamps
from loyaltyctl.model.rule_content import has_same_content
from loyaltyctl.model.rules import EarningRule, patch

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.api.exchange import AttemptFailed
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.transport.deadline import Clock, Deadline

LOOKS = 2
"""Number of times that the rules are listed to look for a created one."""
SETTLE = 2.0
"""Seconds between two lists of the rules."""
CLOCK_SKEW = 2.0
"""Seconds by which a creation date may precede the request: the Date header has whole seconds only."""


class Reconcile(Protocol):
    """Function that reconciles a failed write: it reads the site to find out whether the write took effect.

    If the write took effect, the function returns the response. If it certainly did not, the function returns
    None. Otherwise it raises Incomplete.
    """

    def __call__(self, failed: AttemptFailed, deadline: Deadline, /) -> Response | None:
        """Reconcile the write whose attempt failed, with reads until the deadline."""
        ...


class ReadRules(Protocol):
    """Function that lists the rules of the site for reconciliation.

    It also returns the time on the server's clock; None if that is unknown.
    """

    def __call__(self, deadline: Deadline, /) -> tuple[list[EarningRule], float | None]:
        """Return the rules to reconcile a write with, and the server's time in seconds since 1970."""
        ...


def created(
    what: str,
    read: ReadRules,
    *,
    like: Callable[[EarningRule], bool],
    same: Callable[[EarningRule], bool],
    clock: Clock,
) -> Reconcile:
    """Return the function that reconciles the creation of a rule after a lost response.

    `like` selects the rules that may be the created rule: those with its title and trigger, or of its kind.
    The creation took effect if exactly one of them was created since the request, and has the content that
    was sent. `same` compares the content.
    """
    sent = clock.time()

    def reconcile(failed: AttemptFailed, deadline: Deadline) -> Response | None:
        for left in reversed(range(LOOKS)):
            rules, server_time = read(deadline)
            # Creation dates are the server's: compare them with the request's time on the same clock.
            ahead = (server_time or clock.time()) - clock.time()
            since = [
                rule for rule in rules if like(rule) and _created_time(rule) >= sent + ahead - CLOCK_SKEW
            ]
            if len(since) == 1 and same(since[0]):
                return Response({EARNING_RULES.one: since[0].document})
            if since:
                raise unknown_outcome_error(what, failed.error)
            if left and deadline.remaining() > SETTLE:
                clock.sleep(SETTLE)
        if failed.kind is FailureKind.BROKEN and deadline.remaining() > 0:
            return None  # the server is done with the request, since it responded, and created no rule
        raise unknown_outcome_error(what, failed.error)

    return reconcile


def updated(
    what: str, read: Callable[[Deadline], EarningRule], changes: JsonObject, revision: str | None
) -> Reconcile:
    """Return the function that reconciles the update of a rule after a lost response.

    `changes` are the sent fields. `revision` is the revision that the rule had before the update.
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
    """Return the creation time of a rule, for reconciliation.

    The time is infinity for a rule without a creation date, so that the rule counts as new.
    """
    time = timestamps.parse(rule.created_date)
    return float("inf") if time is None else time.timestamp()


def unknown_outcome_error(what: str, cause: LoyaltyError, check: str = CHECK) -> Incomplete:
    """Return the error for a write if reconciliation cannot find out whether it took effect.

    `check` is a hint for the user: how to find out.
    """
    return Incomplete(
        f"it is not known whether this took effect: {what} ({cause.message})",
        code="OUTCOME_UNKNOWN",
        hint=f"{check}. Where the change is missing, run this again.",
        http_status=cause.http_status,
        request_id=cause.request_id,
    )
