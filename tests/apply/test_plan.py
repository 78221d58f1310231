"""Plans: for any current and desired rules, the changes safely turn the current into the desired ones."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.apply.plan import WRITES, plan
from loyaltyctl.contract.outputs.plans import Action
from loyaltyctl.model import comparison
from loyaltyctl.model.desired_rules import Key
from loyaltyctl.model.draft_validation import draft_violations
from loyaltyctl.model.rule_content import rule_content
from loyaltyctl.model.rules import EarningRule, Status
from loyaltyctl.model.triggers import Kind
from tests.apply.strategies import applied, everything, pairs, sites


def canonical(rule: EarningRule) -> str:
    return json.dumps(rule_content(rule), sort_keys=True)


def satisfies(desired: EarningRule, rule: EarningRule) -> bool:
    """Return whether `rule` has all values of the desired one, and no other award."""
    now, then = rule_content(rule), rule_content(desired)
    if desired.method is not None:
        now = {path: value for path, value in now.items() if path in then or ".configs[" not in path} | {
            path: value for path, value in now.items() if ".configs[" in path
        }
    same = all(now.get(path) == value for path, value in then.items())
    awards_now = {path for path in now if ".configs[" in path}
    return same and (desired.method is None or awards_now == {path for path in then if ".configs[" in path})


@given(sites)
def test_a_site_that_is_as_desired_needs_no_changes(current: list[EarningRule]) -> None:
    result = plan(current, current, everything)

    assert result.writes == result.problems == []
    assert result.warnings() == []
    assert {change.action for change in result.changes} <= {Action.UNCHANGED}


@given(sites, st.randoms(use_true_random=False))
def test_a_site_that_is_as_desired_needs_no_changes_whatever_the_ids_and_the_order(
    current: list[EarningRule], random: Any
) -> None:
    desired = [
        EarningRule({name: item for name, item in rule.document.items() if name not in {"id", "revision"}})
        for rule in current
    ]
    random.shuffle(desired)

    result = plan(current, desired, everything)
    assert result.writes == result.problems == []


@given(pairs())
def test_the_changes_lead_to_the_desired_rules(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    current, desired = case
    result = plan(current, desired, everything)
    after = {rule.id: rule for rule in applied(current, result.writes)}
    left = dict(after)

    for change in result.changes:
        if change.desired is None or change.problem:
            continue
        goal = desired[change.desired]
        if change.action is Action.CREATE:
            [match, *_] = [one for one in left.values() if satisfies(goal, one) and one.id not in {rule.id for rule in current}]  # fmt: skip
        else:
            match = after[change.id]
            assert satisfies(goal, match)
        del left[match.id]

    spared = {Key.of(desired[change.desired]) for change in result.problems if change.desired is not None}
    stuck = {change.id for change in result.problems}
    before = {rule.id: rule for rule in current}
    for rule in left.values():
        if rule.id in stuck or (Key.of(rule) in spared and rule.document == before[rule.id].document):
            assert rule.document == before[rule.id].document
        else:
            assert rule.kind is Kind.PRE_INSTALLED
            assert rule.status is Status.PAUSED


@given(sites, sites)
def test_without_automated_rules_one_set_becomes_exactly_the_other(
    current: list[EarningRule], desired: list[EarningRule]
) -> None:
    current, desired = (
        [rule for rule in side if rule.kind is Kind.NON_AUTOMATED and rule.status is not Status.UNKNOWN]
        for side in (current, desired)
    )
    result = plan(current, desired, everything)

    if not result.problems:
        assert sorted(map(canonical, applied(current, result.writes))) == sorted(map(canonical, desired))
    else:
        keys = Counter(map(Key.of, current))
        assert all(keys[Key.of(desired[change.desired or 0])] > 1 for change in result.problems)


@given(pairs())
def test_an_executed_plan_leaves_nothing_to_do(
    case: tuple[list[EarningRule], list[EarningRule]],
) -> None:
    current, desired = case
    first = plan(current, desired, everything)

    second = plan(applied(current, first.writes), desired, everything)
    assert second.writes == []
    assert len(second.problems) == len(first.problems)


@given(pairs())
def test_a_half_executed_plan_is_finished_by_planning_again(
    case: tuple[list[EarningRule], list[EarningRule]],
) -> None:
    current, desired = case
    result = plan(current, desired, everything)
    goal = sorted(map(canonical, applied(current, result.writes)))

    for count in range(len(result.writes)):
        half = applied(current, result.writes[:count])
        again = plan(half, desired, everything)
        if not result.problems and not again.problems:
            assert sorted(map(canonical, applied(half, again.writes))) == goal


@given(pairs(), st.booleans())
def test_a_program_that_is_active_stays_so_at_every_step(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    current, desired = case
    result = plan(current, desired, lambda _: prunes)

    def active(count: int) -> bool:
        return any(rule.status is Status.ACTIVE for rule in applied(current, result.writes[:count]))

    if active(0) and active(len(result.writes)):
        assert all(active(count) for count in range(len(result.writes)))


@given(pairs(), st.booleans())
def test_every_rule_is_in_the_plan_once(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    current, desired = case
    result = plan(current, desired, lambda _: prunes)

    assert sorted(change.id for change in result.changes if change.current) == sorted(
        rule.id for rule in current
    )
    assert sorted(change.desired for change in result.changes if change.desired is not None) == [
        *range(len(desired))
    ]
    writes = [change for change in result.changes if change.action in WRITES]
    assert len(writes) == len(result.writes) + sum(change.is_write for change in result.problems)


@given(pairs())
def test_nothing_is_deleted_or_paused_without_prune(
    case: tuple[list[EarningRule], list[EarningRule]],
) -> None:
    current, desired = case
    result = plan(current, desired)

    assert {change.action for change in result.changes}.isdisjoint({Action.DELETE, Action.PAUSE})
    assert {rule.id for rule in applied(current, result.writes)} >= {rule.id for rule in current}


@given(pairs())
def test_impossible_changes_are_not_planned(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    current, desired = case
    result = plan(current, desired, everything)

    for change in result.writes:
        if change.action is Action.CREATE:
            assert not [*draft_violations(change.document)]
            assert EarningRule(change.document).kind is Kind.NON_AUTOMATED
        if change.action is Action.DELETE:
            assert change.rule.kind is not Kind.PRE_INSTALLED
        if change.action is Action.PAUSE:
            assert change.rule.kind is Kind.PRE_INSTALLED
    creates = [change.action is Action.CREATE for change in result.changes]
    assert creates == sorted(creates, reverse=True)


@given(pairs())
def test_only_differing_fields_are_sent(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    current, desired = case
    result = plan(current, desired, everything)

    for change in result.writes:
        if change.action is Action.UPDATE and change.current and change.desired is not None:
            differ = {field.path for field in comparison.differences(change.current, desired[change.desired])}
            assert change.document
            assert change.document.keys() <= {path.split(".")[0] for path in differ}
            assert {field.path for field in change.fields} == differ


@given(pairs())
def test_a_key_of_several_rules_is_never_guessed(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    current, desired = case
    result = plan(current, desired, everything)

    unclear = [change for change in result.problems if change.problem.startswith("several rules")]
    for change in unclear:
        assert change.current is None
        key = Key.of(desired[change.desired or 0])
        kept = [rule for rule in current if Key.of(rule) == key]
        by_id = {rule.id.lower() for rule in desired}
        open_ = [rule for rule in kept if rule.id.lower() not in by_id]
        assert len(open_) > 1
        actions = {one.id: one.action for one in result.changes if one.current}
        assert {actions[rule.id] for rule in open_} <= {Action.UNCHANGED, Action.UNMANAGED}


@given(pairs(), st.booleans())
def test_there_is_a_warning_if_and_only_if_no_rule_stays_active(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    current, desired = case
    result = plan(current, desired, lambda _: prunes)
    after = applied(current, result.writes)

    warned = any("no rule stays ACTIVE" in text for text in result.warnings())
    assert warned == (bool(result.writes) and not any(rule.status is Status.ACTIVE for rule in after))


@given(pairs(), st.booleans())
def test_the_same_lists_give_the_same_plan(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    current, desired = case
    before = json.dumps([rule.document for rule in (*current, *desired)])

    assert plan(current, desired, lambda _: prunes) == plan(current, desired, lambda _: prunes)
    assert json.dumps([rule.document for rule in (*current, *desired)]) == before
