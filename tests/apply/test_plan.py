"""Plans: whatever is there and whatever is wanted, the changes lead from the one to the other, safely."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.apply.plan import WRITES, Action, plan
from loyaltyctl.model import comparison
from loyaltyctl.model.desired_rules import Key
from loyaltyctl.model.drafts import rule_violations
from loyaltyctl.model.rules import EarningRule, Status
from loyaltyctl.model.triggers import Kind
from tests.apply.programs import applied, everything, pairs, sites


def canonical(rule: EarningRule) -> str:
    return json.dumps(comparison.comparable(rule), sort_keys=True)


def stated_in(wanted: EarningRule, rule: EarningRule) -> bool:
    """Whether `rule` is as it is wanted: in all that is stated, and in all that it awards."""
    now, then = comparison.comparable(rule), comparison.comparable(wanted)
    if wanted.method is not None:
        now = {path: value for path, value in now.items() if path in then or ".configs[" not in path} | {
            path: value for path, value in now.items() if ".configs[" in path
        }
    same = all(now.get(path) == value for path, value in then.items())
    awards_now = {path for path in now if ".configs[" in path}
    return same and (wanted.method is None or awards_now == {path for path in then if ".configs[" in path})


@given(sites)
def test_what_is_there_already_takes_no_changes(there: list[EarningRule]) -> None:
    made = plan(there, there, everything)

    assert made.writes == made.problems == []
    assert made.warnings() == []
    assert {change.action for change in made.changes} <= {Action.UNCHANGED}


@given(sites, st.randoms(use_true_random=False))
def test_nor_does_it_without_ids_and_in_another_order(there: list[EarningRule], random: Any) -> None:
    wanted = [
        EarningRule({name: item for name, item in rule.document.items() if name not in {"id", "revision"}})
        for rule in there
    ]
    random.shuffle(wanted)

    made = plan(there, wanted, everything)
    assert made.writes == made.problems == []


@given(pairs())
def test_what_is_wanted_is_what_becomes_of_it(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    there, wanted = case
    made = plan(there, wanted, everything)
    after = {rule.id: rule for rule in applied(there, made.writes)}
    left = dict(after)

    for change in made.changes:
        if change.desired is None or change.problem:
            continue
        goal = wanted[change.desired]
        if change.action is Action.CREATE:
            [match, *_] = [one for one in left.values() if stated_in(goal, one) and one.id not in {rule.id for rule in there}]  # fmt: skip
        else:
            match = after[change.id]
            assert stated_in(goal, match)
        del left[match.id]

    spared = {Key.of(wanted[change.desired]) for change in made.problems if change.desired is not None}
    stuck = {change.id for change in made.problems}
    before = {rule.id: rule for rule in there}
    for rule in left.values():
        if rule.id in stuck or (Key.of(rule) in spared and rule.document == before[rule.id].document):
            assert rule.document == before[rule.id].document
        else:
            assert rule.kind is Kind.PRE_INSTALLED
            assert rule.status is Status.PAUSED


@given(sites, sites)
def test_without_automated_rules_one_set_becomes_exactly_the_other(
    there: list[EarningRule], wanted: list[EarningRule]
) -> None:
    there, wanted = (
        [rule for rule in side if rule.kind is Kind.NON_AUTOMATED and rule.status is not Status.UNKNOWN]
        for side in (there, wanted)
    )
    made = plan(there, wanted, everything)

    if not made.problems:
        assert sorted(map(canonical, applied(there, made.writes))) == sorted(map(canonical, wanted))
    else:
        keys = Counter(map(Key.of, there))
        assert all(keys[Key.of(wanted[change.desired or 0])] > 1 for change in made.problems)


@given(pairs())
def test_once_it_is_done_there_is_nothing_left_to_do(
    case: tuple[list[EarningRule], list[EarningRule]],
) -> None:
    there, wanted = case
    first = plan(there, wanted, everything)

    second = plan(applied(there, first.writes), wanted, everything)
    assert second.writes == []
    assert len(second.problems) == len(first.problems)


@given(pairs())
def test_half_of_it_can_be_finished_by_planning_again(
    case: tuple[list[EarningRule], list[EarningRule]],
) -> None:
    there, wanted = case
    made = plan(there, wanted, everything)
    goal = sorted(map(canonical, applied(there, made.writes)))

    for count in range(len(made.writes)):
        half = applied(there, made.writes[:count])
        again = plan(half, wanted, everything)
        if not made.problems and not again.problems:
            assert sorted(map(canonical, applied(half, again.writes))) == goal


@given(pairs(), st.booleans())
def test_a_program_that_is_active_stays_so_at_every_step(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    there, wanted = case
    made = plan(there, wanted, lambda _: prunes)

    def active(count: int) -> bool:
        return any(rule.status is Status.ACTIVE for rule in applied(there, made.writes[:count]))

    if active(0) and active(len(made.writes)):
        assert all(active(count) for count in range(len(made.writes)))


@given(pairs(), st.booleans())
def test_every_rule_stands_in_the_plan_once(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    there, wanted = case
    made = plan(there, wanted, lambda _: prunes)

    assert sorted(change.id for change in made.changes if change.current) == sorted(rule.id for rule in there)
    assert sorted(change.desired for change in made.changes if change.desired is not None) == [
        *range(len(wanted))
    ]
    summary = made.summary()
    assert sum(summary.values()) == len(made.changes)
    assert summary == {
        action.value: sum(change.action is action for change in made.changes) for action in Action
    }
    assert sum(summary[action.value] for action in WRITES) == len(made.writes) + len(
        [change for change in made.problems if change.is_write]
    )


@given(pairs())
def test_without_prune_nothing_goes(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    there, wanted = case
    made = plan(there, wanted)

    assert {change.action for change in made.changes}.isdisjoint({Action.DELETE, Action.PAUSE})
    assert {rule.id for rule in applied(there, made.writes)} >= {rule.id for rule in there}


@given(pairs())
def test_what_cannot_be_is_not_tried(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    there, wanted = case
    made = plan(there, wanted, everything)

    for change in made.writes:
        if change.action is Action.CREATE:
            assert not [*rule_violations(change.document)]
            assert EarningRule(change.document).kind is Kind.NON_AUTOMATED
        if change.action is Action.DELETE:
            assert change.rule.kind is not Kind.PRE_INSTALLED
        if change.action is Action.PAUSE:
            assert change.rule.kind is Kind.PRE_INSTALLED
    creates = [change.action is Action.CREATE for change in made.changes]
    assert creates == sorted(creates, reverse=True)


@given(pairs())
def test_no_more_is_sent_than_what_differs(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    there, wanted = case
    made = plan(there, wanted, everything)

    for change in made.writes:
        if change.action is Action.UPDATE and change.current and change.desired is not None:
            differ = {field.path for field in comparison.differences(change.current, wanted[change.desired])}
            assert change.document
            assert change.document.keys() <= {path.split(".")[0] for path in differ}
            assert {field.path for field in change.fields} == differ


@given(pairs())
def test_a_key_of_several_rules_is_never_guessed(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    there, wanted = case
    made = plan(there, wanted, everything)

    unclear = [change for change in made.problems if change.problem.startswith("several rules")]
    for change in unclear:
        assert change.current is None
        key = Key.of(wanted[change.desired or 0])
        kept = [rule for rule in there if Key.of(rule) == key]
        by_id = {rule.id.lower() for rule in wanted}
        open_ = [rule for rule in kept if rule.id.lower() not in by_id]
        assert len(open_) > 1
        actions = {one.id: one.action for one in made.changes if one.current}
        assert {actions[rule.id] for rule in open_} <= {Action.UNCHANGED, Action.UNMANAGED}


@given(pairs(), st.booleans())
def test_it_warns_where_no_rule_stays_active_and_only_there(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    there, wanted = case
    made = plan(there, wanted, lambda _: prunes)
    after = applied(there, made.writes)

    warned = any("no rule stays ACTIVE" in text for text in made.warnings())
    assert warned == (bool(made.writes) and not any(rule.status is Status.ACTIVE for rule in after))


@given(pairs(), st.booleans())
def test_the_same_lists_give_the_same_plan(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    there, wanted = case
    before = json.dumps([rule.document for rule in (*there, *wanted)])

    assert plan(there, wanted, lambda _: prunes) == plan(there, wanted, lambda _: prunes)
    assert json.dumps([rule.document for rule in (*there, *wanted)]) == before
