"""Orders that are left out: reasons, numbers and lines, for random files whose faults are known."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import duckdb
import pytest

from loyaltyctl.contract.outputs.points import LeftOutReason
from loyaltyctl.orders.selection import Selection
from loyaltyctl.orders.statements import Summary
from loyaltyctl.orders.table import MAX_PLACES, OrderTable

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("id", "date", "amount", "note")
Row = tuple[str, str, str, str]


def rows(chance: Random, count: int) -> list[tuple[Row, LeftOutReason | None]]:
    """Return random orders, each with the reason to leave it out."""
    found: list[tuple[Row, LeftOutReason | None]] = []
    taken: list[str] = []
    for i in range(count):
        kind = chance.choice([None] * 6 + [LeftOutReason.AMOUNT, LeftOutReason.DATE, LeftOutReason.REPEATED])
        order = chance.choice(taken) if kind is LeftOutReason.REPEATED and taken else f"{i}"
        kind = None if order == f"{i}" and kind is LeftOutReason.REPEATED else kind
        amount = chance.choice(["x", "", "1e5", "1,5"]) if kind is LeftOutReason.AMOUNT else f"{i}.5"
        bad_date = kind is LeftOutReason.DATE or (kind is not None and chance.random() < 0.3)
        if amount == f"{i}.5" and kind is not LeftOutReason.REPEATED:
            taken.append(order)
        note = chance.choice(["", "two\nlines", 'a "quote"', "a,b"])
        found.append(((order, "never" if bad_date else "2025-01-02", amount, note), kind))
    return found


def write(
    path: Path, orders: list[tuple[Row, LeftOutReason | None]]
) -> list[tuple[int, LeftOutReason | None]]:
    """Write the orders to a file; return the line, or row, of each, with the reason to leave it out."""
    if path.suffix == ".parquet":
        lines = path.with_suffix(".lines")
        lines.write_text("".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row, _ in orders))
        columns = dict.fromkeys(NAMES, "VARCHAR")
        duckdb.read_json(str(lines), columns=columns, format="newline_delimited").write_parquet(str(path))
        return [(number, kind) for number, (_, kind) in enumerate(orders, start=1)]
    places: list[tuple[int, LeftOutReason | None]] = []
    text = "" if path.suffix == ".jsonl" else f"{','.join(NAMES)}\n"
    for i, (row, kind) in enumerate(orders):
        if i % 7 == 3:
            places.append((text.count("\n") + 1, LeftOutReason.LINE))
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
def test_orders_are_left_out_by_the_first_fault_of_each(suffix: str, seed: int, tmp_path: Path) -> None:
    file = tmp_path / f"orders{suffix}"
    places = write(file, rows(Random(seed), 60))  # noqa: S311 - the same files each time

    with OrderTable(Selection([str(file)], skip_bad=True)) as table:
        assert sum(table.summarize(lambda _: Summary({"month": "month"}, {}, {}))) >= 100
        found = {one.reason: one for one in table.left_out()}
        ((counted,),) = table.rows(f"SELECT sum(rows) FROM sums WHERE {table.counted}")  # noqa: S608 - ours

    expected = {
        reason: [line for line, kind in places if kind is reason]
        for reason in LeftOutReason
        if any(kind is reason for _, kind in places)
    }
    assert {reason: one.orders for reason, one in found.items()} == {
        reason: len(lines) for reason, lines in expected.items()
    }
    assert {reason: [place.line for place in one.places] for reason, one in found.items()} == {
        reason: lines[:MAX_PLACES] for reason, lines in expected.items()
    }
    assert counted == len(places) - sum(map(len, expected.values()))
