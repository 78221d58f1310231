"""Runs that die at any write, and requests that are still under way: another run finishes the work."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.apply.execute import Result
from loyaltyctl.apply.history import StepState, read_history
from loyaltyctl.apply.plan import plan
from loyaltyctl.apply.site import QUIET
from loyaltyctl.errors import Conflict
from loyaltyctl.model.rules import EarningRule
from tests.apply.crashing import Crash
from tests.apply.shops import Effect, Shop, assert_healed, crash, saved
from tests.apply.wanted import MANY, NEW, WRITES, wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# Dying


@pytest.mark.parametrize(
    ("new", "again"), [(NEW, "planned anew"), (NEW, "the same plan"), (MANY, "planned anew")]
)
def test_a_process_that_dies_at_any_write_leaves_a_true_journal_and_is_finished_by_another_run(
    new: int, again: str, tmp_path: Path
) -> None:
    step, died = 0, True
    while died:
        step += 1
        shop = Shop()
        path = tmp_path / f"{step}.sqlite3"
        todo = saved(shop.planned(wanted(new)))
        died = False
        try:
            shop.apply(path, todo, crash_at=step)  # watched: the journal says what was done, and nothing more
        except Crash:
            died = True
        runs = read_history(path).runs
        left = runs[0].missing if runs else []
        if runs and runs[0].steps:
            steps = runs[0].steps
            assert [one.action for one in steps] == [str(change.action) for change in todo.writes]
            done = sum(one.state is StepState.DONE for one in steps)
            assert (done, len(left)) == (len(steps) - len(left), len(steps) - done)
        in_doubt = any(one.state is StepState.SENDING for one in left)
        shop.clock.slept.clear()

        outcomes = shop.apply(path, todo if again == "the same plan" else shop.planned(wanted(new)))

        assert {one.result for one in outcomes} <= {Result.DONE, Result.NOTHING}, f"died at {step}"
        assert_healed(shop, new)
        assert bool(shop.clock.slept) == in_doubt
        assert all(QUIET - 5 < seconds <= QUIET for seconds in shop.clock.slept)
        shop.close()

    assert step == 1 + 2 * (2 + 2 * (7 + -(-new // 100)))


def test_a_process_that_dies_again_and_again_gets_there(shop: Shop, path: Path) -> None:
    for crash_at in [*range(3, 23), 0]:
        with contextlib.suppress(Crash):
            shop.apply(path, shop.planned(wanted(MANY)), crash_at=crash_at % 9 + 3 if crash_at else 0)

    assert_healed(shop, MANY)


def test_what_a_run_is_to_do_is_in_the_journal_as_soon_as_the_run_is(tmp_path: Path) -> None:
    step, died = 0, True
    while died:
        step += 1
        shop = Shop()
        died = False
        try:
            shop.apply(tmp_path / f"{step}.sqlite3", shop.planned(wanted()), crash_at=step)
        except Crash:
            died = True
        assert all(run.steps for run in read_history(tmp_path / f"{step}.sqlite3").runs), f"died at {step}"
        shop.close()


@pytest.mark.parametrize("fault", ["500", "500-after", "lost", "429=1", "missing-item"])
@pytest.mark.parametrize("operation", ["bulk-create", "update", "delete", "delete-automation"])
def test_a_process_that_dies_after_a_request_without_an_answer_is_finished_by_another_run(
    operation: str, fault: str, shop: Shop, path: Path
) -> None:
    todo = shop.planned(wanted())
    shop.spoil(f"{fault}@{operation}")
    shop.before(operation, lambda: shop.before("", lambda: shop.answer_with(crash)))
    with contextlib.suppress(Crash):
        shop.apply(path, todo)

    shop.heal()
    shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)


# What is still under way


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("operation", ["bulk-create", "update", "delete", "delete-automation"])
def test_a_request_that_comes_through_late_is_waited_for(
    operation: str, killed: bool, shop: Shop, path: Path
) -> None:
    then = ["crash"] if killed else [f"refused@{operation}"]
    shop.before(operation, lambda: shop.hold(*then))
    with contextlib.suppress(Crash):
        shop.apply(path, shop.planned(wanted()))
    [run] = read_history(path).runs
    in_doubt = [step for step in run.steps if step.state in (StepState.SENDING, StepState.UNKNOWN)]
    assert {step.action for step in in_doubt} <= {
        WRITES[0] if operation == "bulk-create" else operation.partition("-")[0]
    }
    shop.clock.slept.clear()
    shop.heal()
    shop.clock.when_slept(QUIET / 2, shop.release)

    for _ in range(2):
        todo = shop.planned(wanted())  # which is made before the wait, and may be stale after it
        with contextlib.suppress(Conflict):
            shop.apply(path, todo)

    assert in_doubt
    assert QUIET - 10 < shop.clock.slept[0] <= QUIET
    assert shop.held == []
    assert_healed(shop)


@pytest.mark.parametrize("seconds", [40, 5])
def test_what_was_sent_once_more_later_is_waited_for_from_then_on(
    seconds: int, shop: Shop, path: Path
) -> None:
    shop.spoil(f"429={seconds}@bulk-create*1")
    shop.before("bulk-create", lambda: shop.before("bulk-create", lambda: shop.hold("crash")))
    with pytest.raises(Crash):
        shop.apply(path, shop.planned(wanted()))
    shop.heal()
    shop.clock.when_slept(QUIET / 2, shop.release)

    shop.apply(path, shop.planned(wanted()))

    shop.release()
    assert_healed(shop)


def test_what_was_sent_is_waited_for_although_the_clock_was_set_back(shop: Shop, path: Path) -> None:
    shop.before("bulk-create", lambda: shop.hold("crash"))
    with pytest.raises(Crash):
        shop.apply(path, shop.planned(wanted()))
    shop.heal()
    shop.clock.slept.append(-3600)
    shop.clock.when_slept(QUIET / 2, shop.release)

    shop.apply(path, shop.planned(wanted()))

    shop.release()
    assert_healed(shop)


@pytest.mark.parametrize("then", ["500", "503", "403", "429", "401", "redirect", "refused"])
@pytest.mark.parametrize("operation", ["update", "delete", "delete-automation"])
def test_what_may_still_be_under_way_is_not_said_to_have_failed(
    operation: str, then: str, shop: Shop, path: Path
) -> None:
    shop.before(operation, lambda: shop.hold(f"{then}@{operation}"))
    outcomes = shop.apply(path, shop.planned(wanted()), stop=True)
    late = {effect.id for effect in _effects_of(shop, shop.release)}

    failed = {outcome.id for outcome in outcomes if outcome.result is Result.FAILED}
    assert late
    assert not failed & late
    shop.heal()
    for _ in range(2):
        shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)


def _effects_of(shop: Shop, act: Callable[[], object]) -> list[Effect]:
    before = shop.documents()
    act()
    after = shop.documents()
    ids = dict.fromkeys([*before, *after])
    return [Effect(one, before.get(one), after.get(one)) for one in ids if before.get(one) != after.get(one)]


def test_a_slow_server_is_given_up_and_found_to_have_done_it(path: Path) -> None:
    shop = Shop("delay=0.6@bulk-create*1", seconds=0.8)
    shop.apply(path, shop.planned(wanted()))
    assert read_history(path).runs[0].missing
    shop.clock.when_slept(QUIET / 2, lambda: time.sleep(0.7))
    slow = Shop.documents(shop)

    for _ in range(2):
        todo = plan([EarningRule(one) for one in slow.values()], wanted(), lambda _: True)
        with contextlib.suppress(Conflict):
            shop.apply_unwatched(path, todo, stop=True)
        slow = shop.documents()

    assert_healed(shop)
    shop.close()
