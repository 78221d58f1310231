"""Layouts and columns of order files: CSV, JSONL and Parquet, plain and gzipped, and several at once."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from loyaltyctl.backtest.request import Key
from tests.orders.samples import NEXT, ORDERS, groups

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence

    from tests.conftest import Home, Run

LARGEST = "700000000000"
"""Amount with as many digits as a scan expects; the sum of two has one more."""


@pytest.fixture(autouse=True)
def _folder(home: Home) -> None:
    """Write orders and rules into the working folder."""
    (home.work / "orders.csv").write_text(ORDERS)
    (home.work / "next.json").write_text(json.dumps(NEXT))


def test_options_name_the_columns(run: Run, home: Home) -> None:
    (home.work / "odd.csv").write_text(ORDERS.replace("amount,", "sum,").replace("trigger,", "why,"))
    line = "points backtest odd.csv -f next.json --amount-column sum"

    assert run(f"{line} --trigger-column why --query points").out == "69\n"
    assert "did you mean sum?" in run("points backtest odd.csv -f next.json --amount-column Sum", code=2).err
    assert "--trigger TYPE, one of: stores/OrderPaid, events/OrderConfirmed" in run(line, code=2).err
    assert run(f"{line} --trigger stores/OrderPaid --query [points,withoutRule]").out == "[186,0]\n"
    assert "no rule has the trigger" in run(f"{line} --trigger stores/Nothing", code=2).err


@pytest.mark.parametrize("key", [key for key in Key if key not in (Key.RULE, Key.TRIGGER)])
def test_orders_are_grouped_only_by_fields_that_they_have(key: Key, run: Run, home: Home) -> None:
    (home.work / "amounts.csv").write_text("amount\n10\n")
    (home.work / "rule.json").write_text('{"trigger": "stores/OrderPaid", "points": 2, "per": 1}')

    error = run(f"points backtest amounts.csv -f rule.json --by {key}", code=6).err

    assert f"has no column for the {key.field}, which --by {key} needs" in error


def test_files_of_all_layouts_are_read_together(run: Run, home: Home) -> None:
    rows = [line.split(",") for line in ORDERS.splitlines()]
    lines = [json.dumps(dict(zip(rows[0], row, strict=True))) for row in rows[1:]]
    (home.work / "orders.jsonl").write_text("\n".join(lines))
    (home.work / "packed.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (home.work / "packed.csv.gz").write_bytes(gzip.compress(ORDERS.encode()))
    select = "SELECT * REPLACE ({} AS amount, {} AS created_at) FROM read_csv('orders.csv', all_varchar=true)"
    for name, amount, date in (
        ("text", "amount", "created_at"),
        ("decimal", "amount::DECIMAL(30, 9)", "created_at::TIMESTAMPTZ"),
        ("double", "amount::DOUBLE", "created_at::DATE"),
    ):
        duckdb.sql(f"COPY ({select.format(amount, date)}) TO '{name}.parquet'")
    for name in (
        "orders.jsonl",
        "packed.jsonl.gz",
        "packed.csv.gz",
        "text.parquet",
        "decimal.parquet",
        "double.parquet",
    ):
        assert groups(run, f"points backtest {name} -f next.json --by month") == {
            "2025-01": 69,
            "2025-02": 0,
        }, name

    every = "points backtest *.parquet *.jsonl packed.* orders.csv ./orders.csv --order-id-column none -f next.json"

    assert run(f"{every} --query [orders,points]").out == "[35,483]\n"
    assert (
        "35 orders"
        in run(
            "points backtest --orders *.parquet --orders '*.jsonl' --orders packed.* --orders orders.csv -f next.json --order-id-column none"
        ).err
    )
    assert (
        run("points backtest text.parquet double.parquet -f next.json", code=6)
        .err.splitlines()[1]
        .startswith(
            '  double.parquet row 1: order_number: repeats the id "1", first used at text.parquet row 1'
        )
    )


def test_a_month_does_not_depend_on_the_time_zone_of_the_machine(
    program: Callable[..., subprocess.CompletedProcess[bytes]],
) -> None:
    duckdb.sql("COPY (SELECT 5 AS amount, TIMESTAMPTZ '2025-02-01 00:30:00+00' AS date) TO 'border.parquet'")

    ended = program(
        "points backtest border.parquet -f next.json --trigger stores/OrderPaid --by month -o id",
        env={"TZ": "America/Los_Angeles"},
    )

    assert ended.stdout == b"2025-02\n"


def test_a_list_of_structs_in_a_parquet_file_is_one_column(run: Run) -> None:
    items = "[{'sku': 'a', 'price': {'amount': 1}}]"
    duckdb.sql(f"COPY (SELECT {{'amount': 5}} AS total, {items} AS items) TO 'items.parquet'")
    line = "points backtest items.parquet -f next.json --trigger stores/OrderPaid --amount-column"

    assert run(f"{line} total.amount --query amount").out == "5\n"
    assert 'its columns are "total.amount", "items"' in run(f"{line} x", code=2).err


@pytest.mark.parametrize("place", [20, 60, 100, 140, 180])
def test_a_damaged_parquet_file_is_refused(place: int, run: Run, home: Home) -> None:
    path = home.work / "damaged.parquet"
    duckdb.sql("COPY (SELECT range AS id, 5 AS amount FROM range(1000)) TO 'damaged.parquet'")
    data = path.read_bytes()
    path.write_bytes(data[:-place] + b"\x0f" * 9 + data[-place + 9 :])

    error = run("points backtest damaged.parquet -f next.json --json", code=6).error()

    assert error["message"].startswith("damaged.parquet")


def test_items_of_the_largest_amounts_are_added_up(run: Run, home: Home) -> None:
    (home.work / "items.jsonl").write_text('{"id": 1, "items": [{"price": "1234567890123"}, {"price": "2"}]}')
    line = "points backtest items.jsonl -f next.json --trigger stores/OrderPaid --amount-column items[].price"

    assert run(f"{line} --query amount").out == "1234567890125\n"


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (("id,amount", f"1,{LARGEST}", f"1,{LARGEST}"), "--lines items"),
        (("id,amount,refunded", f"1,1,{LARGEST}", f"1,1,{LARGEST}"), "--lines items"),
        (("Order ID,Subtotal,Shipping", f"1,{LARGEST},{LARGEST}"), "--source sum.json"),
    ],
)
def test_amounts_whose_sum_alone_has_13_digits_are_added_up(
    rows: Sequence[str], options: str, run: Run, home: Home
) -> None:
    (home.work / "sum.json").write_text(
        '{"name": "sum", "title": "Sum", "columns": {"orderId": ["Order ID"]},'
        ' "amounts": {"total": [{"add": ["Subtotal", "Shipping"]}]}}'
    )
    (home.work / "wide.csv").write_text("\n".join([*rows, ""]))

    result = run(f"points backtest wide.csv -f next.json --trigger stores/OrderPaid {options} --json").json()

    assert "1400000000000" in (result["amount"], result["refunds"]["amount"])


def test_members_of_the_last_order_alone_are_columns(run: Run, home: Home) -> None:
    (home.work / "orders.jsonl").write_text('{"amount": 10}\n{"amount": 5, "currency": "EUR"}')
    (home.work / "rules.json").write_text('{"trigger": "stores/OrderPaid", "points": 2, "per": 1}')

    assert run("points backtest orders.jsonl -f rules.json --query currency").out == "EUR\n"


def test_members_of_nested_objects_are_columns(run: Run, home: Home) -> None:
    order = {
        "id": "a",
        "createdDate": "2025-01-01",
        "buyerInfo": {"memberId": "ann"},
        "currency": "USD",
        "priceSummary": {"total": {"amount": "12.50"}},
    }
    (home.work / "orders.jsonl").write_text(json.dumps(order))
    (home.work / "rules.json").write_text('{"trigger": "stores/OrderPaid", "points": 2, "per": 1}')

    assert groups(run, "points backtest orders.jsonl -f rules.json --by member") == {"ann": 24}


def test_a_file_and_a_link_to_it_are_read_once(run: Run, home: Home) -> None:
    (home.work / "link.csv").symlink_to(home.work / "orders.csv")

    assert run("points backtest *.csv -f next.json --query points").out == "69\n"


def test_a_broken_link_is_an_error(run: Run, home: Home) -> None:
    (home.work / "broken.csv").symlink_to(home.work / "missing.csv")

    assert "no such file" in run("points backtest broken.csv -f next.json", code=2).err


def test_many_compressed_files_with_different_columns_fit_into_the_memory(run: Run, home: Home) -> None:
    for i in range(24):
        text = f"order_id,amount,column {i}\n{i},1.50,x\n"
        (home.work / f"{i}.csv.gz").write_bytes(gzip.compress(text.encode()))
    (home.work / "rules.json").write_text('{"trigger": "stores/OrderPaid", "points": 2, "per": 1}')

    files = " ".join(f"{i}.csv.gz" for i in range(24))
    assert run(f"points backtest {files} -f rules.json --rounding exact --json").json()["points"] == 72
