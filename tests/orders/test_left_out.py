"""Orders that are left out: reasons, numbers and lines, for random files whose faults are known."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import duckdb
import pytest

from loyaltyctl.contract.outputs.points import LeftOutReason
from loyaltyctl.orders.left_out import MAX_PLACES
from loyaltyctl.orders.selection import Selection
from loyaltyctl.orders.table import OrderTable
from loyaltyctl.orders.table_sql import Summary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.conftest import Home, Run

NAMES = ("id", "date", "amount", "note")
HEADER = "id,amount,trigger,tier,status,paymentStatus,currency,date"
RULES = [{"title": "Purchase", "trigger": "stores/OrderPaid", "points": 1, "per": 1}]
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


@pytest.fixture
def rules(home: Home) -> None:
    """Write a rules file into the working folder."""
    (home.work / "now.json").write_text(json.dumps(RULES))


@pytest.mark.usefixtures("rules")
def test_orders_left_out_are_listed_by_reason(run: Run, home: Home) -> None:
    rows = [
        "1,10,stores/OrderPaid,,,,USD,2025-01-01",
        "2,x,stores/OrderPaid,,,,USD,2025-01-01",
        "1,10,stores/OrderPaid,,,,USD,2025-01-01",
        "3,10",
        '4,"1\n0",stores/OrderPaid,,,,USD,2025-01-01',
        "5,10,stores/OrderPaid,,,,USD,yesterday",
        "1,x,stores/OrderPaid,,,,USD,yesterday",
        *(f"1{i},,stores/OrderPaid,,,,USD,2025-01-01" for i in range(1000)),
    ]
    (home.work / "orders.csv").write_text("\n".join([HEADER, *rows]))
    line = "points backtest orders.csv -f now.json --skip-bad-rows --by month"

    document = run(f"{line} --json").json()

    assert (document["orders"], document["skipped"]) == (1, 1006)
    assert [(one["reason"], one["count"], one["lines"]) for one in document["leftOut"]] == [
        ("malformed line", 1, [5]),
        ("amount", 1003, [3, 6, 9, 10, 11]),
        ("repeated id", 1, [4]),
        ("date", 1, [8]),
    ]
    assert document["leftOut"][0]["where"] == ["orders.csv line 5"]
    messages = run(line).err
    assert "warning: orders left out for a malformed line: 1 (orders.csv line 5)\n" in messages
    assert "orders left out for the amount: 1,003 (the first: orders.csv line 3, 6, 9, 10, 11)\n" in messages
    assert "warning: more orders were left out than counted: 1,006 and 1\n" in messages


@pytest.mark.usefixtures("rules")
def test_places_are_lines_of_text_files_and_rows_of_parquet_files(run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text("amount,id\nx,1\n5,2\n")
    (home.work / "b.jsonl").write_text('{"amount": 5, "id": 2}\n\n{"amount": "x", "id": 3}\n{"amount": 1\n')
    duckdb.sql("COPY (SELECT * FROM (VALUES ('5', 4), ('y', 5), ('5', 6)) AS t(amount, id)) TO 'c.parquet'")
    (home.work / "d.csv").write_text("amount,id\n5,4\n")

    document = run("points backtest a.csv b.jsonl c.parquet d.csv -f now.json --skip-bad-rows --json").json()

    assert (document["orders"], document["skipped"]) == (3, 6)
    assert document["leftOut"] == [
        {"reason": "malformed line", "count": 1, "lines": [4], "where": ["b.jsonl line 4"]},
        {
            "reason": "amount",
            "count": 3,
            "lines": [2, 3, 2],
            "where": ["a.csv line 2", "b.jsonl line 3", "c.parquet row 2"],
        },
        {
            "reason": "repeated id",
            "count": 2,
            "lines": [1, 2],
            "where": ["b.jsonl line 1", "d.csv line 2"],
        },
    ]

    message = run("points backtest a.csv b.jsonl c.parquet d.csv -f now.json --skip-bad-rows").err
    assert "the amount: 3 (a.csv line 2; b.jsonl line 3; c.parquet row 2)\n" in message


@pytest.mark.usefixtures("rules")
def test_rows_of_a_parquet_file_are_listed_in_their_order(run: Run) -> None:
    duckdb.sql(
        "COPY (SELECT CASE WHEN i % 50000 = 7 THEN 'x' ELSE '5' END AS amount, "
        "CASE WHEN i % 50000 = 9 THEN 9 ELSE i END AS id FROM range(600000) t(i)) "
        "TO 'orders.parquet' (ROW_GROUP_SIZE 20000)"
    )

    document = run("points backtest orders.parquet -f now.json --skip-bad-rows --json").json()

    assert [(one["reason"], one["count"], one["lines"]) for one in document["leftOut"]] == [
        ("amount", 12, [8, 50_008, 100_008, 150_008, 200_008]),
        ("repeated id", 11, [50_010, 100_010, 150_010, 200_010, 250_010]),
    ]
    assert (
        '  orders.parquet row 50010: id: repeats the id "9", first used at orders.parquet row 10 with the same amount\n'
        in (run("points backtest orders.parquet -f now.json", code=6).err)
    )


@pytest.mark.parametrize(
    ("second", "message", "hint"),
    [
        ("1,10.00", "with the same amount", "--lines orders"),
        ("1,10", "with the same amount", "--lines orders"),
        ("1,2.50", "with another amount", "--lines items"),
    ],
)
@pytest.mark.usefixtures("rules")
def test_a_repeated_id_is_an_error_with_the_option_for_its_pattern(
    second: str, message: str, hint: str, run: Run, home: Home
) -> None:
    (home.work / "orders.csv").write_text(f"id,amount\n1,10.00\n{second}\n")

    ended = run("points backtest orders.csv -f now.json", code=6)

    assert (
        f'orders.csv line 3: id: repeats the id "1", first used at orders.csv line 2 {message}\n' in ended.err
    )
    assert hint in ended.err
    assert run(f"points backtest orders.csv -f now.json {hint}").code == 0


@pytest.mark.usefixtures("rules")
def test_an_order_in_another_currency_is_an_error_but_not_one_that_repeats_an_id(
    run: Run, home: Home
) -> None:
    (home.work / "orders.csv").write_text("id,amount,currency\n1,10,USD\n1,20,EUR\n2,30,EUR\n")

    ended = run("points backtest orders.csv -f now.json --skip-bad-rows --json", code=6)

    assert [one["where"] for one in ended.error()["details"]] == ["orders.csv line 4"]


@pytest.mark.usefixtures("rules")
def test_orders_are_left_out_for_repeated_ids_but_refunds_are_not(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount\n1,10\n1,-5\n2,3\n2,3\n2,-1\n")

    document = run("points backtest orders.csv -f now.json --skip-bad-rows --json").json()

    assert (document["orders"], document["skipped"], document["refunds"]["count"]) == (2, 1, 2)


@pytest.mark.usefixtures("rules")
def test_malformed_lines_are_counted_once_under_a_filter_too(run: Run, home: Home) -> None:
    orders = ['{"amount": 5, "status": "PAID"}', '{"amo', '{"amount": "x", "status": "PAID"}']
    (home.work / "orders.jsonl").write_text("\n".join(orders))

    document = run("points backtest orders.jsonl -f now.json --skip-bad-rows --status PAID --json").json()

    assert [(one["reason"], one["count"]) for one in document["leftOut"]] == [
        ("malformed line", 1),
        ("amount", 1),
    ]


@pytest.mark.usefixtures("rules")
def test_repeated_ids_with_different_amounts_among_equal_ones_are_items(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount\n1,10\n1,10\n1,2.50\n")

    assert "--lines items" in run("points backtest orders.csv -f now.json", code=6).err


@pytest.mark.usefixtures("rules")
def test_an_order_of_items_in_several_currencies_is_left_out_as_a_whole(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount,currency\n1,1,USD\n2,5,USD\n2,7,EUR\n")

    line = "points backtest orders.csv -f now.json --lines items --skip-bad-rows --json"
    document = run(line).json()

    assert (document["orders"], document["points"]) == (1, 1)
    assert [(one["reason"], one["count"]) for one in document["leftOut"]] == [("amount", 1)]


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    "names", [("id,amount",) * 2, ("amount,id", "id,amount"), ("id,amount", "x,id,amount")]
)
def test_the_first_of_repeated_ids_in_the_sequence_of_the_files_stays(
    names: Sequence[str], run: Run, home: Home
) -> None:
    for file, header, amount in zip("abc", (names[0], names[1], names[0]), (1, 20, 300), strict=True):
        values = {"id": "1" if file != "a" else "0", "amount": str(amount), "x": "y"}
        row = ",".join(values[name] for name in header.split(","))
        (home.work / f"{file}.csv").write_text(f"{header}\n{row}\n")

    result = run("points backtest a.csv b.csv c.csv -f now.json --skip-bad-rows --json").json()

    assert result["amount"] == "21"
    assert [one["where"] for one in result["leftOut"]] == [["c.csv line 2"]]


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("first", ["1,x,GBP,2025-01-01", "1,5,GBP,soon", "1,1e9,GBP,"])
def test_the_currency_is_that_of_the_first_order_that_is_not_left_out(
    first: str, run: Run, home: Home
) -> None:
    rows = ["id,amount,currency,date", first, "2,7,USD,2025-01-02", "3,8,USD,2025-01-02", ""]
    (home.work / "orders.csv").write_text("\n".join(rows))

    line = "points backtest orders.csv -f now.json --skip-bad-rows --by month"
    assert run(f"{line} --query [currency,amount]").out == '["USD","15"]\n'
    (home.work / "orders.csv").write_text("\n".join(rows[:2]))
    assert run(f"{line} --query currency").out == "GBP\n"
