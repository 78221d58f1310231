"""Runs that die at any write, and requests that arrive late: another run finishes the plan."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.apply.history import read_history
from loyaltyctl.apply.plan import plan
from loyaltyctl.apply.site import QUIET_SECONDS
from loyaltyctl.contract.outputs.plans import Result, StepState
from loyaltyctl.errors import Conflict
from loyaltyctl.model.rules import EarningRule
from tests.apply.crashing import Crash
from tests.apply.desired import MANY, NEW, WRITES, desired
from tests.apply.server import Effect, Server, assert_as_desired, crash, saved

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# Crashes


@pytest.mark.parametrize(
    ("new", "again"), [(NEW, "planned anew"), (NEW, "the same plan"), (MANY, "planned anew")]
)
def test_the_ledger_is_true_after_a_crash_at_any_write_and_another_run_finishes_the_plan(
    new: int, again: str, tmp_path: Path
) -> None:
    step, died = 0, True
    while died:
        step += 1
        server = Server()
        path = tmp_path / f"{step}.sqlite3"
        todo = saved(server.plan(desired(new)))
        died = False
        try:
            server.apply(path, todo, crash_at=step)  # which compares the ledger with the effects
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
        server.clock.slept.clear()

        results = server.apply(path, todo if again == "the same plan" else server.plan(desired(new)))

        assert {one.result for one in results} <= {Result.DONE, Result.NOTHING}, f"died at {step}"
        assert_as_desired(server, new)
        assert bool(server.clock.slept) == in_doubt
        assert all(QUIET_SECONDS - 5 < seconds <= QUIET_SECONDS for seconds in server.clock.slept)
        server.close()

    assert step == 1 + 2 * (2 + 2 * (7 + -(-new // 100)))


def test_a_plan_is_finished_after_many_crashes(server: Server, path: Path) -> None:
    for crash_at in [*range(3, 23), 0]:
        with contextlib.suppress(Crash):
            server.apply(path, server.plan(desired(MANY)), crash_at=crash_at % 9 + 3 if crash_at else 0)

    assert_as_desired(server, MANY)


def test_a_run_is_recorded_together_with_its_steps(tmp_path: Path) -> None:
    step, died = 0, True
    while died:
        step += 1
        server = Server()
        died = False
        try:
            server.apply(tmp_path / f"{step}.sqlite3", server.plan(desired()), crash_at=step)
        except Crash:
            died = True
        assert all(run.steps for run in read_history(tmp_path / f"{step}.sqlite3").runs), f"died at {step}"
        server.close()


@pytest.mark.parametrize("fault", ["500", "500-after", "lost", "429=1", "missing-item"])
@pytest.mark.parametrize("operation", ["bulk-create", "update", "delete", "delete-automation"])
def test_a_run_that_dies_after_a_lost_response_is_finished_by_another_one(
    operation: str, fault: str, server: Server, path: Path
) -> None:
    todo = server.plan(desired())
    server.set_faults(f"{fault}@{operation}")
    server.on_next(operation, lambda: server.on_next("", lambda: server.use_app(crash)))
    with contextlib.suppress(Crash):
        server.apply(path, todo)

    server.clear_faults()
    server.apply(path, server.plan(desired()))
    assert_as_desired(server)


# Late requests


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("operation", ["bulk-create", "update", "delete", "delete-automation"])
def test_a_request_that_arrives_late_is_waited_for(
    operation: str, killed: bool, server: Server, path: Path
) -> None:
    then = ["crash"] if killed else [f"refused@{operation}"]
    server.on_next(operation, lambda: server.hold_next(*then))
    with contextlib.suppress(Crash):
        server.apply(path, server.plan(desired()))
    [run] = read_history(path).runs
    in_doubt = [step for step in run.steps if step.state in (StepState.SENDING, StepState.UNKNOWN)]
    assert {step.action for step in in_doubt} <= {
        WRITES[0] if operation == "bulk-create" else operation.partition("-")[0]
    }
    server.clock.slept.clear()
    server.clear_faults()
    server.clock.when_slept(QUIET_SECONDS / 2, server.release)

    for _ in range(2):
        todo = server.plan(desired())  # which is made before the wait, and may be stale after it
        with contextlib.suppress(Conflict):
            server.apply(path, todo)

    assert in_doubt
    assert QUIET_SECONDS - 10 < server.clock.slept[0] <= QUIET_SECONDS
    assert server.held == []
    assert_as_desired(server)


@pytest.mark.parametrize("seconds", [40, 5])
def test_a_request_that_was_sent_again_is_waited_for_from_then_on(
    seconds: int, server: Server, path: Path
) -> None:
    server.set_faults(f"429={seconds}@bulk-create*1")
    server.on_next("bulk-create", lambda: server.on_next("bulk-create", lambda: server.hold_next("crash")))
    with pytest.raises(Crash):
        server.apply(path, server.plan(desired()))
    server.clear_faults()
    server.clock.when_slept(QUIET_SECONDS / 2, server.release)

    server.apply(path, server.plan(desired()))

    server.release()
    assert_as_desired(server)


def test_a_late_request_is_waited_for_although_the_clock_was_set_back(server: Server, path: Path) -> None:
    server.on_next("bulk-create", lambda: server.hold_next("crash"))
    with pytest.raises(Crash):
        server.apply(path, server.plan(desired()))
    server.clear_faults()
    server.clock.slept.append(-3600)
    server.clock.when_slept(QUIET_SECONDS / 2, server.release)

    server.apply(path, server.plan(desired()))

    server.release()
    assert_as_desired(server)


@pytest.mark.parametrize("then", ["500", "503", "403", "429", "401", "redirect", "refused"])
@pytest.mark.parametrize("operation", ["update", "delete", "delete-automation"])
def test_a_request_that_may_still_arrive_is_not_recorded_as_failed(
    operation: str, then: str, server: Server, path: Path
) -> None:
    server.on_next(operation, lambda: server.hold_next(f"{then}@{operation}"))
    results = server.apply(path, server.plan(desired()), stop=True)
    late = {effect.id for effect in _effects_of(server, server.release)}

    failed = {result.id for result in results if result.result is Result.FAILED}
    assert late
    assert not failed & late
    server.clear_faults()
    for _ in range(2):
        server.apply(path, server.plan(desired()))
    assert_as_desired(server)


def _effects_of(server: Server, act: Callable[[], object]) -> list[Effect]:
    before = server.documents()
    act()
    after = server.documents()
    ids = dict.fromkeys([*before, *after])
    return [Effect(one, before.get(one), after.get(one)) for one in ids if before.get(one) != after.get(one)]


def test_a_change_that_a_slow_server_makes_after_the_time_limit_is_found(path: Path) -> None:
    server = Server("delay=0.6@bulk-create*1", seconds=0.8)
    server.apply(path, server.plan(desired()))
    assert read_history(path).runs[0].missing
    server.clock.when_slept(QUIET_SECONDS / 2, lambda: time.sleep(0.7))
    slow = Server.documents(server)

    for _ in range(2):
        todo = plan([EarningRule(one) for one in slow.values()], desired(), lambda _: True)
        with contextlib.suppress(Conflict):
            server.apply_unchecked(path, todo, stop=True)
        slow = server.documents()

    assert_as_desired(server)
    server.close()
