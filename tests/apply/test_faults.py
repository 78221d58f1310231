"""One or two faults during a run: the ledger records what was done, and another run finishes it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.apply.history import read_history
from loyaltyctl.contract.outputs.plans import Result, StepState
from loyaltyctl.errors import Incomplete, LoyaltyError
from tests.apply.desired import NEW, desired
from tests.apply.server import Server, assert_as_desired

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from loyaltyctl.apply.execute import ChangeResult
    from loyaltyctl.apply.history import Run

OPERATIONS = ("list", "bulk-create", "update", "delete", "delete-automation")
KINDS = (
    "lost", "refused", "cut", "html", "empty", "not-utf8", "legacy", "body={}", 'body={"a":NaN}', "redirect", "401", "403",
    "429", "429=1", "429=date", "500", "500-after", "502", "502-after", "503", "503-later", "504", "504-after",
    "delay-after=0.01",
)  # fmt: skip
CELLS = [
    *((kind, operation) for operation in OPERATIONS for kind in KINDS),
    *((kind, "bulk-create") for kind in ("missing-item", "repeated-item", "reordered")),
]


@pytest.mark.parametrize(("kind", "operation"), CELLS)
@pytest.mark.sampled
def test_the_ledger_is_true_after_a_fault_and_another_run_finishes_the_plan(
    kind: str, operation: str, tmp_path: Path
) -> None:
    for number, (times, stop) in enumerate([("*1", True), ("", False)]):
        server = Server()
        path = tmp_path / f"{number}.sqlite3"
        todo = server.plan(desired())
        server.set_faults(f"{kind}@{operation}{times}")
        try:
            results = server.apply(path, todo, stop=stop)
        except LoyaltyError:
            results = []
        if results:
            _assert_results(results, read_history(path).runs[0], stop=stop)

        server.clear_faults()
        results = server.apply(path, server.plan(desired()))
        assert {one.result for one in results} <= {Result.DONE, Result.NOTHING}
        assert_as_desired(server)
        server.close()


def _assert_results(results: Sequence[ChangeResult], run: Run, *, stop: bool) -> None:
    """Assert that each result is in the ledger, and that the run ended after an error with `stop` alone."""
    writes = [result for result in results if result.change.is_write]
    states = {
        "done": StepState.DONE,
        "failed": StepState.FAILED,
        "unknown": StepState.UNKNOWN,
        "skipped": StepState.PLANNED,
    }
    assert [states[result.result] for result in writes] == [step.state for step in run.steps]
    assert all(
        (one.result is Result.DONE) == (one.error is None)
        for one in writes
        if one.result is not Result.SKIPPED
    )
    assert all(isinstance(one.error, Incomplete) for one in writes if one.result is Result.UNKNOWN)
    if stop:
        first = next((i for i, one in enumerate(writes) if one.result is not Result.DONE), len(writes))
        assert {one.result for one in writes[max(first, NEW) + 1 :]} <= {Result.SKIPPED}
    else:
        assert not any(one.result is Result.SKIPPED for one in writes)


PAIRS = [
    ("lost", "403"), ("500-after", "403"), ("502-after", "403"), ("lost", "429"), ("500-after", "429"), ("lost", "500"),
    ("502-after", "500"), ("refused", "403"), ("500", "403"), ("lost", "401"), ("refused", "429=90"),
]  # fmt: skip
"""Faults of the first try and of the second."""


@pytest.mark.parametrize("operation", ["bulk-create", "update", "delete", "delete-automation"])
@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.sampled
def test_the_ledger_is_true_after_two_faults_in_a_row(
    first: str, second: str, operation: str, path: Path
) -> None:
    server = Server(retries=2)
    todo = server.plan(desired())
    server.on_next(
        operation, lambda: server.on_next(operation, lambda: server.set_faults(f"{second}@{operation}"))
    )
    server.set_faults(f"{first}@{operation}")
    server.apply(path, todo)

    server.clear_faults()
    server.apply(path, server.plan(desired()))
    assert_as_desired(server)
    server.close()


@pytest.mark.parametrize("reading", ["403", "404", "500", "lost", 'body={"a":1}', "redirect"])
@pytest.mark.parametrize("writing", ["lost", "500-after", "502-after", "refused", "500", "missing-item"])
@pytest.mark.parametrize("operation", ["bulk-create", "update"])
@pytest.mark.sampled
def test_a_change_in_doubt_is_not_recorded_as_failed(
    operation: str, writing: str, reading: str, path: Path
) -> None:
    server = Server()
    todo = server.plan(desired())
    broken = [f"{reading}@{name}" for name in ("get", "list")]
    server.on_next(operation, lambda: server.set_faults(f"{writing}@{operation}", *broken))
    with contextlib.suppress(LoyaltyError):
        server.apply(path, todo, stop=False)

    server.clear_faults()
    server.apply(path, server.plan(desired()))
    assert_as_desired(server)
    server.close()
