"""Faults on the way, one or two: the journal is true, and another run heals."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.apply.execute import Result
from loyaltyctl.apply.history import StepState, read_history
from loyaltyctl.errors import Incomplete, LoyaltyError
from tests.apply.shops import Shop, assert_healed
from tests.apply.wanted import NEW, wanted

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
def test_a_fault_leaves_a_true_journal_and_is_healed_by_another_run(
    kind: str, operation: str, tmp_path: Path
) -> None:
    for number, (times, stop) in enumerate([("*1", True), ("", False)]):
        shop = Shop()
        path = tmp_path / f"{number}.sqlite3"
        todo = shop.planned(wanted())
        shop.spoil(f"{kind}@{operation}{times}")
        try:
            outcomes = shop.apply(path, todo, stop=stop)
        except LoyaltyError:
            outcomes = []
        if outcomes:
            _assert_told(outcomes, read_history(path).runs[0], stop=stop)

        shop.heal()
        outcomes = shop.apply(path, shop.planned(wanted()))
        assert {one.result for one in outcomes} <= {Result.DONE, Result.NOTHING}
        assert_healed(shop)
        shop.close()


def _assert_told(outcomes: Sequence[ChangeResult], run: Run, *, stop: bool) -> None:
    """Every outcome is in the journal, and stands for what was said to be done after an error."""
    writes = [outcome for outcome in outcomes if outcome.change.is_write]
    states = {
        "done": StepState.DONE,
        "failed": StepState.FAILED,
        "unknown": StepState.UNKNOWN,
        "skipped": StepState.PLANNED,
    }
    assert [states[outcome.result] for outcome in writes] == [step.state for step in run.steps]
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
"""A first try and a second one."""


@pytest.mark.parametrize("operation", ["bulk-create", "update", "delete", "delete-automation"])
@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.sampled
def test_two_faults_one_after_the_other_leave_a_true_journal(
    first: str, second: str, operation: str, path: Path
) -> None:
    shop = Shop(retries=2)
    todo = shop.planned(wanted())
    shop.before(operation, lambda: shop.before(operation, lambda: shop.spoil(f"{second}@{operation}")))
    shop.spoil(f"{first}@{operation}")
    shop.apply(path, todo)

    shop.heal()
    shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)
    shop.close()


@pytest.mark.parametrize("reading", ["403", "404", "500", "lost", 'body={"a":1}', "redirect"])
@pytest.mark.parametrize("writing", ["lost", "500-after", "502-after", "refused", "500", "missing-item"])
@pytest.mark.parametrize("operation", ["bulk-create", "update"])
@pytest.mark.sampled
def test_what_cannot_be_found_out_is_not_said_to_have_failed(
    operation: str, writing: str, reading: str, path: Path
) -> None:
    shop = Shop()
    todo = shop.planned(wanted())
    gone = ("404", "no-plain-path")
    spoilt = [f"{gone[1] if reading == gone[0] else reading}@{name}" for name in ("get", "list")]
    shop.before(operation, lambda: shop.spoil(f"{writing}@{operation}", *spoilt))
    with contextlib.suppress(LoyaltyError):
        shop.apply(path, todo, stop=False)

    shop.heal()
    shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)
    shop.close()
