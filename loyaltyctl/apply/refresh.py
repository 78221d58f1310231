"""Whether a plan still holds: it is looked at once more just before anything is changed.

What somebody else changed since makes it stale. What is already as the plan would make it
does not: so a plan that was applied half-way is finished by applying it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.apply.plan import Action, Change, Plan
from loyaltyctl.errors import Conflict, Detail
from loyaltyctl.intake.values import quoted
from loyaltyctl.model import comparison
from loyaltyctl.model.desired_rules import Key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.model.rules import EarningRule


class _Stale(Exception):
    """One rule is not as it was; says how."""


def refresh(plan: Plan, current: Sequence[EarningRule]) -> Plan:
    """What is left to do of `plan` on a site that has these rules now.

    Raises Conflict where a rule that it is about, or builds on, is neither as it was nor as it
    is to be.
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
            if (left := _refreshed(change, by_id, new)) is not None:
                changes.append(left)
        except _Stale as how:
            stale.append(str(how))
    if stale:
        raise Conflict(
            f"the plan is stale: {stale[0]}",
            code="STALE_PLAN",
            details=[Detail(text) for text in stale[1:]],
            hint="See what differs now with rules diff, and make the plan anew.",
        )
    return Plan(tuple(changes))


def _refreshed(
    change: Change, by_id: Mapping[str, EarningRule], new: Mapping[Key, list[EarningRule]]
) -> Change | None:
    if change.problem:
        return change
    if change.action is Action.CREATE:
        return _refreshed_creation(change, new.get(Key.of(change.rule), []))
    now = by_id.get(change.id.lower())
    name = quoted(change.rule.title)
    if now is None:
        if change.action in (Action.DELETE, Action.UNMANAGED):
            return None
        raise _Stale(f"{name} is no longer on the site")
    if change.action is Action.UNMANAGED or _same(change.rule, now):
        return change._replace(current=now)
    if change.after and not comparison.differences(now, change.after):
        return Change(Action.UNCHANGED, now, {}, change.wanted, unmanaged_tiers=change.unmanaged_tiers)
    raise _Stale(_difference(change.rule, now))


def _refreshed_creation(change: Change, twins: list[EarningRule]) -> Change:
    """What is left of a creation where rules with its key are there that were not there before."""
    if not twins:
        return change
    for rule in twins:
        if not comparison.differences(rule, change.rule):
            twins.remove(rule)
            return Change(Action.UNCHANGED, rule, {}, change.wanted)
    differences = describe_differences(twins[0], change.rule)
    raise _Stale(f"{quoted(change.rule.title)} is on the site now, and differs: {differences}")


def _same(then: EarningRule, now: EarningRule) -> bool:
    """Whether nobody changed the rule: by its revision, or where it has none, by what it says."""
    if then.revision is not None or now.revision is not None:
        return then.revision == now.revision
    return comparison.comparable(then) == comparison.comparable(now)


def _difference(then: EarningRule, now: EarningRule) -> str:
    name = quoted(then.title)
    if then.revision == now.revision:
        return f"{name} was changed: {describe_differences(then, now)}"
    what = describe_differences(then, now)
    changed = f" ({what})" if what else ""
    return f"{name} is at revision {now.revision}, the plan was made for {then.revision}{changed}"


def describe_differences(old: EarningRule, new: EarningRule) -> str:
    """What differs between two rules, in words."""
    return ", ".join(
        f"{name} {_cell(before)} → {_cell(after)}"
        for name, before, after in comparison.readable_differences(old, new)
    )


def _cell(value: object) -> str:
    return "none" if value is None else str(value)
