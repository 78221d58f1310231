"""What --skip-bad-rows leaves out: reasons, numbers and lines are those of files whose faults are known."""

from __future__ import annotations

import json
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import duckdb
import pytest

from loyaltyctl.backtest.request import BacktestRequest, Key, RuleSet
from loyaltyctl.backtest.runner import FIRST, Runner
from loyaltyctl.orders.records import Reason
from loyaltyctl.points.awards import Earning, Schedule

if TYPE_CHECKING:
    from pathlib import Path

RULES = RuleSet("all", (Schedule({None: Earning(Decimal(1), Decimal(1))}),))
NAMES = ("id", "date", "amount", "note")
Row = tuple[str, str, str, str]


def rows(chance: Random, count: int) -> list[tuple[Row, Reason | None]]:
    """Orders of which some are repeated or wrong, each with what it is left out for."""
    found: list[tuple[Row, Reason | None]] = []
    taken: list[str] = []
    for i in range(count):
        kind = chance.choice([None] * 6 + [Reason.AMOUNT, Reason.DATE, Reason.REPEATED])
        order = chance.choice(taken) if kind is Reason.REPEATED and taken else f"{i}"
        kind = None if order == f"{i}" and kind is Reason.REPEATED else kind
        amount = chance.choice(["x", "", "1e5", "1,5"]) if kind is Reason.AMOUNT else f"{i}.5"
        bad_date = kind is Reason.DATE or (kind is not None and chance.random() < 0.3)
        if amount == f"{i}.5" and kind is not Reason.REPEATED:
            taken.append(order)
        note = chance.choice(["", "two\nlines", 'a "quote"', "a,b"])
        found.append(((order, "never" if bad_date else "2025-01-02", amount, note), kind))
    return found


def write(path: Path, orders: list[tuple[Row, Reason | None]]) -> list[tuple[int, Reason | None]]:
    """Write the orders to a file; returns the line, or row, of each with what it is left out for."""
    if path.suffix == ".parquet":
        lines = path.with_suffix(".lines")
        lines.write_text("".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row, _ in orders))
        columns = dict.fromkeys(NAMES, "VARCHAR")
        duckdb.read_json(str(lines), columns=columns, format="newline_delimited").write_parquet(str(path))
        return [(number, kind) for number, (_, kind) in enumerate(orders, start=1)]
    places: list[tuple[int, Reason | None]] = []
    text = "" if path.suffix == ".jsonl" else f"{','.join(NAMES)}\n"
    for i, (row, kind) in enumerate(orders):
        if i % 7 == 3:
            places.append((text.count("\n") + 1, Reason.LINE))
            text += '{"id": 5,\n' if path.suffix == ".jsonl" else "one,two\n"
        text += "\n" if i % 5 == 2 else ""
        places.append((text.count("\n") + 1, kind))
        if path.suffix == ".jsonl":
            text += json.dumps(dict(zip(NAMES, row, strict=True))) + "\n"
        else:
            text += ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"
    path.write_text(text)
    return places


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_what_is_left_out_is_what_is_wrong_in_the_file(suffix: str, seed: int, tmp_path: Path) -> None:
    file = tmp_path / f"orders{suffix}"
    places = write(file, rows(Random(seed), 60))  # noqa: S311 - the same files each time

    request = BacktestRequest([str(file)], [RULES], by=(Key.MONTH,), skip=True)
    with Runner(request) as runner:
        assert sum(runner.scan()) >= 100
        outcome = runner.outcome()

    expected = {
        reason: [line for line, kind in places if kind is reason]
        for reason in Reason
        if any(kind is reason for _, kind in places)
    }
    found = {one.reason: one for one in outcome.findings.left_out}
    assert {reason: one.orders for reason, one in found.items()} == {
        reason: len(lines) for reason, lines in expected.items()
    }
    assert {reason: [place.line for place in one.places] for reason, one in found.items()} == {
        reason: lines[:FIRST] for reason, lines in expected.items()
    }
    assert outcome.skipped == sum(map(len, expected.values()))
    assert outcome.total.orders == len(places) - outcome.skipped
