"""Random tables of orders in random dialects: the totals of the clean ones, or one question."""

from __future__ import annotations

import re
import shutil
import traceback
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.backtest.request import BacktestRequest, Key
from loyaltyctl.backtest.runner import Runner
from loyaltyctl.contract.inputs.order_source import DateOrder
from loyaltyctl.contract.inputs.order_source import Decimal as DecimalMark
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import InvalidData, LoyaltyError
from loyaltyctl.orders.selection import Selection
from tests.orders.random_tables.cases import Question, faulty_files, random_case
from tests.orders.random_tables.orders import RULES, Totals
from tests.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loyaltyctl.backtest.result import BacktestResult
    from loyaltyctl.orders.selection import Reading
    from tests.orders.random_tables.cases import Case

CHUNKS = 10
"""Number of tests to which the cases are distributed."""


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_table_in_any_dialect_has_the_totals_of_the_clean_one(chunk: int, tmp_path: Path) -> None:
    problems = [
        f"case {number}: {problem}"
        for number in range(chunk, scaled(2000), CHUNKS)
        if (problem := problem_of(number, tmp_path / f"{number}"))
    ]

    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("field", ["amount", "date", "order_id"])
def test_a_faulty_order_is_refused_in_any_sequence_split_case_and_layout(field: str, tmp_path: Path) -> None:
    for number in range(scaled(200)):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        request = BacktestRequest(
            Selection(faulty_files(field, number, folder)),
            [RULES],
            by=[Key.MONTH],
            trigger="stores/OrderPaid",
        )

        with Runner(request) as runner, pytest.raises(InvalidData) as refusal:
            list(runner.scan())

        assert str(refusal.value) == "one order cannot be counted; nothing was calculated", f"case {number}"
        assert len(refusal.value.details) == 1, f"case {number}"


def problem_of(number: int, folder: Path) -> str:
    """Return what is wrong with the answer to a random case; blank if nothing is."""
    folder.mkdir()
    case = random_case(number, folder)
    try:
        return next(_problems(case), "")
    except Exception:  # noqa: BLE001 - the case is reported, and the others are tried
        return traceback.format_exc(limit=-3)
    finally:
        shutil.rmtree(folder)


def _problems(case: Case) -> Iterator[str]:
    """Yield what is wrong with the answer to a case: another total, a wrong question, or a missing note."""
    try:
        result, asked = _answered_run(case, case.reading)
    except LoyaltyError as error:
        yield f"{error} {error.details[:2]}"
        return
    counts = bool(case.totals.orders or case.totals.refunds)
    for kind, question in (("amount", case.amount_question), ("date", case.date_question)):
        # Orders that a filter leaves out need no answer, but they are among the values that decide a form.
        is_open = question is Question.MAYBE or (question is Question.ALWAYS and not counts)
        if not is_open and (kind in asked) is not (question is Question.ALWAYS):
            yield f"asked {asked}, but the {kind} has {question}"
    found = Totals.of(result, case.by)
    if found != case.totals:
        yield f"{found} is not {case.totals}"
    notes = "\n".join(result.reading.notes)
    yield from (
        f"no note {note} in {notes}" for note in case.notes if not re.search(note, notes, re.IGNORECASE)
    )


def _answered_run(
    case: Case, reading: Reading, asked: tuple[str, ...] = ()
) -> tuple[BacktestResult, tuple[str, ...]]:
    """Run the backtest of a case, and answer its questions; return the result, and what was asked."""
    try:
        return _run(case, reading), asked
    except InvalidData as error:
        kind = "date" if "--date-order" in error.hint else "amount"
        if error.reason != "AMBIGUOUS_FORM" or kind in asked:
            raise
    return _answered_run(case, _answered(case, reading, kind), (*asked, kind))


def _answered(case: Case, reading: Reading, kind: str) -> Reading:
    """Return the reading of order files with the answer to a question."""
    if kind == "date":
        return reading._replace(date_order=DateOrder(case.styles.date.order))
    mark = case.styles.amount.mark
    return reading._replace(decimal=DecimalMark.POINT if mark == "." else DecimalMark.COMMA)


def _run(case: Case, reading: Reading) -> BacktestResult:
    """Run the backtest of a case, and return its result."""
    filters = {OrderField.STATUS: case.statuses} if case.statuses else {}
    selection = Selection(case.files, filters=filters, reading=reading)
    request = BacktestRequest(selection, [RULES], by=case.by, refunds=case.refunds, trigger=case.trigger)
    with Runner(request) as runner:
        for _ in runner.scan():
            pass
        return runner.result()
