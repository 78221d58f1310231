"""Refresh of a plan just before it is executed: drop the changes that are done, reject a stale plan.

A plan is stale if a rule has neither the state from before its planned change nor the state after the change.
A rule in the state after the change counts as unchanged, so executing an interrupted plan again finishes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.apply.plan import Change, Plan
from loyaltyctl.contract.outputs.plans import Action
from loyaltyctl.errors import Conflict, Detail
from loyaltyctl.intake.values import quoted
from loyaltyctl.model import comparison
from loyaltyctl.model.desired_rules import Key
from loyaltyctl.model.rule_content import has_same_content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.model.rules import EarningRule


class _Stale(Exception):
    """Error of a refresh: a rule differs from its state in the plan. The message describes the difference."""


def refresh(plan: Plan, current: Sequence[EarningRule]) -> Plan:
    """Refresh a plan: a change that is already made in the `current` rules becomes UNCHANGED, or is left out.

    Raises Conflict if the plan is stale.
    """
    by_id = {rule.id.lower(): rule for rule in current}
    known = {change.id.lower() for change in plan.changes if change.id}
    new: dict[Key, list[EarningRule]] = {}
    for rule in current:
        if rule.id.lower() not in known:
            new.setdefault(Key.of(rule), []).append(rule)
    changes: list[Change] = []
    stale: list[str] = []
    for change in plan.changes:
        try:
            if (left := _refresh_change(change, by_id, new)) is not None:
                changes.append(left)
        except _Stale as how:
            stale.append(str(how))
    if stale:
        raise Conflict(
            f"the plan is stale: {stale[0]}",
            code="STALE_PLAN",
            details=[Detail(text) for text in stale[1:]],
            hint="See what differs now with rules diff, and create the plan again.",
        )
    return Plan(tuple(changes))


def _refresh_change(
    change: Change, by_id: Mapping[str, EarningRule], new: Mapping[Key, list[EarningRule]]
) -> Change | None:
    """Refresh a planned change: keep it, or return UNCHANGED if it is done already. Raises _Stale.

    Return None for a DELETE or UNMANAGED whose rule is no longer on the site.
    """
    if change.problem:
        return change
    if change.action is Action.CREATE:
        return _refresh_creation(change, new.get(Key.of(change.rule), []))
    now = by_id.get(change.id.lower())
    if now is None:
        if change.action in (Action.DELETE, Action.UNMANAGED):
            return None
        raise _Stale(f"{quoted(change.rule.title)} is no longer on the site")
    if change.action is Action.UNMANAGED or _is_as_planned(change.rule, now):
        return change._replace(current=now)
    if change.after and not comparison.differences(now, change.after):
        return Change(Action.UNCHANGED, now, {}, change.desired, unmanaged_tiers=change.unmanaged_tiers)
    raise _Stale(_describe_outside_change(change.rule, now))


def _refresh_creation(change: Change, new: list[EarningRule]) -> Change:
    """Refresh a planned creation: it becomes UNCHANGED if a rule in `new` has the same values.

    `new` contains the rules with the same trigger and title that the plan does not know. The equal rule is
    removed from `new`: it stands for one creation only. Raises _Stale if `new` has only other rules.
    """
    if not new:
        return change
    for rule in new:
        if not comparison.differences(rule, change.rule):
            new.remove(rule)
            return Change(Action.UNCHANGED, rule, {}, change.desired)
    differences = comparison.describe_differences(new[0], change.rule)
    raise _Stale(f"{quoted(change.rule.title)} is on the site now, and differs: {differences}")


def _is_as_planned(then: EarningRule, now: EarningRule) -> bool:
    """Return whether a refresh finds a rule as planned: at the same revision.

    If the rule has no revision, then or now, its content must be the same.
    """
    # Automated rules may have a null revision.
    if then.revision is not None or now.revision is not None:
        return then.revision == now.revision
    return has_same_content(then, now)


def _describe_outside_change(then: EarningRule, now: EarningRule) -> str:
    """Describe how a refresh finds a rule changed on the site, `now`, since the plan was made, `then`."""
    name, differences = quoted(then.title), comparison.describe_differences(then, now)
    if then.revision == now.revision:
        return f"{name} was changed: {differences}"
    changed = f" ({differences})" if differences else ""
    return f"{name} is at revision {now.revision}, the plan was made for {then.revision}{changed}"
