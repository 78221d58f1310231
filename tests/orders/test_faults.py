"""Faults of orders: their lines, numbers and messages, in files of all kinds of lines and orders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.orders.containers.workbook_files import cell, sheet_xml, xlsx_parts, zipped

if TYPE_CHECKING:
    from tests.conftest import Home, Run

BACKTEST = "points backtest orders.csv -f rules.json"


@pytest.fixture(autouse=True)
def _rules(home: Home) -> None:
    """Write a rules file into the working folder."""
    rule = {"title": "Purchase", "trigger": "stores/OrderPaid", "points": 1, "per": 1}
    (home.work / "rules.json").write_text(json.dumps([rule]))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("last", ["", "end"], ids=["no last end", "last end"])
@pytest.mark.parametrize("bad", ["2,x", "2,5,7"])
def test_a_fault_has_its_line_whatever_ends_the_lines(
    end: str, last: str, bad: str, run: Run, home: Home
) -> None:
    text = end.join(["Orders", "", "id,amount", "1,5", bad]) + (end if last else "")
    (home.work / "orders.csv").write_bytes(text.encode())

    assert "  orders.csv line 5: " in run(BACKTEST, code=6).err
    left_out = run(f"{BACKTEST} --skip-bad-rows --json").json()["leftOut"]
    assert [one["where"] for one in left_out] == [["orders.csv line 5"]]


def test_a_total_line_is_found_in_lines_that_end_in_cr(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_bytes(b"id,amount\r1,5\r2,7\rTotal,12\r")

    assert run(f"{BACKTEST} --query [orders,amount]").out == '[2,"12"]\n'


def test_json_numbers_of_15_digits_are_exact_amounts(run: Run, home: Home) -> None:
    amounts = ("1234567890123.25", "66000000000.00", "123456789.123456", "-1234567890123")
    (home.work / "orders.jsonl").write_text("".join(f'{{"amount": {one}}}\n' for one in amounts))

    line = BACKTEST.replace("orders.csv", "orders.jsonl")
    assert run(f"{line} --query [orders,amount]").out == '[3,"1300691346912.373456"]\n'
    assert run(f"{line} --query refunds.amount").out == "1234567890123\n"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("12345678901.123", "12345678901.123 as a JSON number"),
        ("true", '"true"'),
        ('{"value": 5}', '"{"value":5}"'),
        ("[5]", '"[5]"'),
    ],
)
def test_only_a_number_is_called_a_json_number(amount: str, shown: str, run: Run, home: Home) -> None:
    (home.work / "orders.jsonl").write_text(f'{{"id": 1, "amount": "5"}}\n{{"id": 2, "amount": {amount}}}\n')

    ended = run("points backtest orders.jsonl -f rules.json", code=6)

    assert f"must be an amount of money, got {shown}\n" in ended.err


def test_an_order_of_several_lines_with_faults_is_one_order(run: Run, home: Home) -> None:
    rows = ["1,x", "1,7", "1,8", "2,y", "2,z", "3,5"]
    (home.work / "orders.csv").write_text("\n".join(["id,amount", *rows]))
    line = f"{BACKTEST} --lines orders"

    assert run(line, code=6).err.startswith("error: 2 orders cannot be counted; nothing")
    [left_out] = run(f"{line} --skip-bad-rows --json").json()["leftOut"]
    assert (left_out["count"], left_out["lines"]) == (2, [2, 5])


def test_equal_values_of_an_order_in_different_texts_are_no_conflict(run: Run, home: Home) -> None:
    rows = ["1,10,1.0,USD", "1,12,1,usd", "2,5,,USD"]
    (home.work / "orders.csv").write_text("\n".join(["id,amount,refunded,currency", *rows]))

    ended = run(f"{BACKTEST} --lines orders", code=6)

    assert [line for line in ended.err.splitlines() if line.startswith("  ")] == [
        '  orders.csv line 3: amount: is "12", but "10" at orders.csv line 2 of the same order'
    ]


def test_an_order_with_several_faults_and_a_refund_is_one_order(run: Run, home: Home) -> None:
    rows = ["0,2025-01-01,5,USD,", *(f"{i},never,5,EUR,2" for i in range(1, 26)), "0,never,5,EUR,2"]
    (home.work / "orders.csv").write_text("\n".join(["id,date,amount,currency,refunded", *rows]))

    message = run(f"{BACKTEST} --by month", code=6).err
    assert message.startswith("error: 26 orders cannot be counted (the first 20 faults are listed)")
    message = run(f"{BACKTEST} --skip-bad-rows", code=6).err
    assert message.startswith("error: 25 orders cannot be counted (the first 20 faults are listed)")


def test_twenty_faults_are_all_listed(run: Run, home: Home) -> None:
    rows = ["0,5,USD,", *(f"{i},5,EUR,2" for i in range(1, 21))]
    (home.work / "orders.csv").write_text("\n".join(["id,amount,currency,refunded", *rows]))

    message = run(BACKTEST, code=6).err

    assert message.startswith("error: 20 orders cannot be counted; nothing was calculated\n")
    assert message.count("orders.csv line") == 20


def test_an_undated_order_with_a_refund_is_left_out_once(run: Run, home: Home) -> None:
    rows = ["1,2025-01-01,10,5", "2,never,10,5", "3,never,10,"]
    (home.work / "orders.csv").write_text("\n".join(["id,date,amount,refunded", *rows]))

    found = run(f"{BACKTEST} --by month --skip-bad-rows --json").json()

    assert (found["orders"], found["skipped"]) == (1, 2)
    assert [(one["reason"], one["count"]) for one in found["leftOut"]] == [("date", 2)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (["2,x,EUR,2025-01-01"], "amount"),
        (["2,5,USD,2025-01-01", "2,5,EUR,2025-01-01"], "amount"),
        (["2,5,EUR,never"], "date"),
    ],
)
def test_orders_with_another_fault_are_left_out_whatever_their_currency(
    rows: list[str], reason: str, run: Run, home: Home
) -> None:
    text = "\n".join(["id,amount,currency,date", "1,5,USD,2025-01-01", *rows])
    (home.work / "orders.csv").write_text(text)

    found = run(f"{BACKTEST} --lines items --by month --skip-bad-rows --json").json()

    assert (found["orders"], found["currency"]) == (1, "USD")
    assert [(one["reason"], one["count"]) for one in found["leftOut"]] == [(reason, 1)]


def test_a_filter_that_matches_nothing_is_explained_by_a_later_file(run: Run, home: Home) -> None:
    (home.work / "a.jsonl").write_text('{"id": 1, "amount": 5}\n')
    (home.work / "b.jsonl").write_text('{"id": 2, "amount": 5, "status": "paid", "state": "open"}\n')

    ended = run("points backtest a.jsonl b.jsonl -f rules.json --status open")

    assert "no order has the status open in `status`; the column has paid (1), none (1); " in ended.err
    assert "`state` has open (1)" in ended.err


@pytest.mark.parametrize("options", ["", "--lines items", "--status paid", "--lines items --status paid"])
@pytest.mark.parametrize("first", [True, False], ids=["above the orders", "between orders"])
def test_malformed_lines_of_jsonl_are_located(first: bool, options: str, run: Run, home: Home) -> None:
    good = [f'{{"id": {i}, "amount": "5", "status": "paid"}}' for i in range(4)]
    lines = ["7", '{"id": 1,', *good] if first else [good[0], "7", '{"id": 1,', *good[1:]]
    bad = '{"id": 9, "amount": "x", "status": "paid"}'
    (home.work / "orders.jsonl").write_text("\n".join([*lines, bad]))

    found = run(f"points backtest orders.jsonl -f rules.json --skip-bad-rows --json {options}").json()

    numbers = [1, 2] if first else [2, 3]
    assert (found["orders"], found["skipped"]) == (4, 3)
    assert [(one["reason"], one["count"], one["lines"]) for one in found["leftOut"]] == [
        ("malformed line", 2, numbers),
        ("amount", 1, [7]),
    ]


def test_malformed_lines_are_no_orders_that_do_not_count(run: Run, home: Home) -> None:
    charge = {
        "object": "charge",
        "amount": 500,
        "amount_refunded": 0,
        "currency": "eur",
        "created": 1765447200,
    }
    orders = [json.dumps({"id": f"ch_{i}", **charge, "status": "succeeded"}) for i in range(3)]
    (home.work / "orders.jsonl").write_text("\n".join([orders[0], "7", '{"id": 1,', *orders[1:]]))

    found = run("points backtest orders.jsonl -f rules.json --skip-bad-rows --json").json()

    assert (found["orders"], found["sources"], found["notCounted"]) == (3, ["stripe-api"], [])
    assert [(one["reason"], one["lines"]) for one in found["leftOut"]] == [("malformed line", [2, 3])]


def test_text_that_the_scan_does_not_read_hides_no_other_fault(run: Run, home: Home) -> None:
    rows = [b"1,a,x", b"2,\x81,2", b"3,b,y", b"2,c,2"]
    (home.work / "orders.csv").write_bytes(b"\n".join([b"id,customer,amount", *rows]))

    left_out = run(f"{BACKTEST} --skip-bad-rows --json").json()["leftOut"]

    assert [(one["reason"], one["count"], one["lines"]) for one in left_out] == [
        ("amount", 2, [2, 4]),
        ("repeated id", 1, []),
    ]
    assert run("orders inspect orders.csv").out.startswith("orders.csv\tplain\t1\t3\t")


def test_the_case_of_a_currency_makes_no_other_currency(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,sku,amount,currency\n1,a,10,usd\n1,b,5,USD\n")

    assert run(f"{BACKTEST} --lines items --query [orders,amount]").out == '[1,"15"]\n'
    run("orders convert orders.csv --lines items --out plain.csv")
    assert run("points backtest plain.csv -f rules.json --query [orders,amount]").out == '[1,"15"]\n'


def test_the_refund_of_an_order_that_is_left_out_is_not_deducted(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount,refunded\n1,abc,5\n2,10,5\n")

    document = run(f"{BACKTEST} --skip-bad-rows --refunds deduct --json").json()

    assert document["refunds"] == {"count": 1, "amount": "5"}
    assert (document["orders"], document["skipped"]) == (1, 1)


@pytest.mark.parametrize("late", ["", "gold", "zinc"])
def test_a_text_of_an_order_may_be_on_any_of_its_lines(late: str, run: Run, home: Home) -> None:
    # The first lines have two tiers. A third one, which comes later, is less or greater than both.
    rows = [f"{i},{'silver' if i % 2 else ''},1" for i in range(20_000)]
    text = "\n".join(["id,tier,amount", *rows, f"x,{late},1", "x,,1", f"y,,1\ny,{late},1"])
    (home.work / "orders.csv").write_text(text)

    groups = run(f"{BACKTEST} --lines items --by tier --json").json()["groups"]

    found = {one["tier"]: (one["orders"], one["amount"]) for one in groups}
    expected = {None: (10_000, "10000"), "silver": (10_000, "10000")}
    expected[late or None] = (2, "4") if late else (10_002, "10004")
    assert found == expected


def test_ids_that_a_spreadsheet_has_rounded_are_explained(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount\n4.50001E+12,5\n4.50001E+12,7\n")

    assert "A spreadsheet has cut digits off the ids" in run(BACKTEST, code=6).err
    assert run(f"{BACKTEST} --order-id-column none --query points").out == "12\n"


def test_formulas_without_values_are_explained(run: Run, home: Home) -> None:
    formula = '<c r="B2"><f>2*3</f></c>'
    rows = sheet_xml([["id", "amount"]]) + f'<row r="2">{cell(1, "A2")}{formula}</row>'
    (home.work / "orders.xlsx").write_bytes(zipped(xlsx_parts({"Orders": rows})))

    error = run("points backtest orders.xlsx -f rules.json --json", code=6).error()

    assert error["details"][0]["message"] == "is empty"
    assert error["hint"].endswith(
        "Formulas have no values until the workbook is saved by a spreadsheet program"
    )
