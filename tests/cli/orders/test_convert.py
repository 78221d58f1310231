"""`orders convert`: the plain form gives the totals of the original; members, faults, existing files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.orders.sources.exports import SAMPLES

if TYPE_CHECKING:
    from tests.conftest import Home, Run

RULE = {"trigger": "stores/OrderPaid", "points": 1, "per": 1}
ORDERS = "order_id,total,email\n1,10.00,Ann@example.com\n2,1.2345,ann@example.com \n"


def totals(run: Run, file: str) -> object:
    """Return the totals of a backtest over a file of orders, by month, with refunds deducted."""
    line = ["points", "backtest", file, "-f", "rule.json", "--trigger", "stores/OrderPaid", "--by", "month"]
    report = run([*line, "--refunds", "deduct", "--json"]).json()
    return report["orders"], report["amount"], report["points"], report["groups"]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.sampled
def test_a_converted_export_gives_the_same_totals(sample: Path, suffix: str, run: Run, home: Home) -> None:
    (home.work / "rule.json").write_text(json.dumps(RULE))

    run(["orders", "convert", str(sample), "--out", f"plain.{suffix}"])

    assert totals(run, f"plain.{suffix}") == totals(run, str(sample))


@pytest.mark.parametrize(
    ("keep", "members"), [("none", []), ("plain", ["Ann@example.com", "ann@example.com"])]
)
def test_members_are_kept_only_on_request(keep: str, members: list[str], run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(ORDERS)

    run(f"orders convert orders.csv --member-column email --out plain.jsonl --keep-member {keep}")

    rows = [json.loads(line) for line in Path("plain.jsonl").read_text().splitlines()]
    assert [row["member"] for row in rows if "member" in row] == members
    assert [row["amount"] for row in rows] == ["10.00", "1.2345"]


def test_the_hash_of_a_member_ignores_case_and_blanks(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(ORDERS)

    run("orders convert orders.csv --member-column email --out plain.csv --keep-member hash")

    _, *rows = Path("plain.csv").read_text().splitlines()
    hashes = {row.split(",")[-1] for row in rows}
    assert [len(one) for one in hashes] == [16]


def test_bad_rows_are_an_error_unless_they_are_skipped(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("order_id,total\n1,abc\n2,5.00\n")

    assert "orders.csv line 2: total" in run("orders convert orders.csv --out plain.csv", code=6).err
    assert not Path("plain.csv").exists()
    found = run("orders convert orders.csv --out plain.csv --skip-bad-rows --json").json()

    assert (found["orders"], found["leftOut"][0]["where"]) == (1, ["orders.csv line 2"])


def test_an_existing_file_is_replaced_only_after_a_prompt(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(ORDERS)
    (home.work / "plain.csv").write_text("mine")

    assert "plain.csv exists" in run("orders convert orders.csv --out plain.csv", code=2).err
    assert Path("plain.csv").read_text() == "mine"
    run("orders convert orders.csv --out plain.csv --yes")

    assert Path("plain.csv").read_text().startswith("order_id,amount\n")


def test_files_that_tell_the_trigger_are_not_mixed_with_others(run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text("order_id,total\n1,2\n")
    (home.work / "b.csv").write_text("order_id,total,trigger\n2,2,stores/OrderPaid\n")

    assert "does not tell the trigger" in run("orders convert a.csv b.csv --out c.csv", code=2).err
    run("orders convert a.csv b.csv --out c.csv --trigger stores/OrderPaid")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("date,amount\n2025-01-01,10\n2025-01-02,20\n", "amount\n30\n"),
        ("amount,tier\n10,Gold\n15,Gold\n", "amount,tier\n5,Gold\n30,\n"),
        ("order_id,amount\n1,10\n2,20\n", "order_id,amount\n-,30\n"),
        ("order_id,amount,refunded\n1,10,\n2,20,\n", "order_id,amount,refunded\n,30,5\n"),
    ],
    ids=["without a date", "without a tier", "with a dash for the id", "without an id, refunded"],
)
def test_an_order_without_a_label_is_not_taken_for_a_total_line(
    first: str, second: str, suffix: str, run: Run, home: Home
) -> None:
    (home.work / "rule.json").write_text(json.dumps(RULE))
    (home.work / "a.csv").write_text(first)
    (home.work / "b.csv").write_text(second)

    run(f"orders convert a.csv b.csv --out plain.{suffix}")

    query = "--refunds deduct --query [orders,amount,points]"
    expected = run(f"points backtest a.csv b.csv -f rule.json {query}").out
    assert run(f"points backtest plain.{suffix} -f rule.json {query}").out == expected


@pytest.mark.parametrize("option", ["--currency EUR", "--status paid"])
def test_orders_without_the_column_of_a_filter_are_an_error(option: str, run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text("order_id,amount,currency,status\n1,10,EUR,paid\n")
    (home.work / "b.csv").write_text("order_id,amount\n2,20\n")

    message = run(f"orders convert a.csv b.csv --out plain.csv {option}", code=6).err

    assert "b.csv has no column for the" in message
    assert not Path("plain.csv").exists()


def test_sources_are_listed_and_described(run: Run) -> None:
    names = run("orders sources --query [].name").json()
    roles = {one["role"]: one["names"] for one in run("orders sources plain --json").json()}

    assert "shopify" in names
    assert "Bestelldatum" in roles["date"]
    assert "there is no order source" in run("orders sources shopfy", code=3).err


@pytest.mark.parametrize(("columns", "option"), [("", " --trigger stores/OrderPaid"), (",trigger", "")])
def test_the_next_command_runs_as_it_is_shown(columns: str, option: str, run: Run, home: Home) -> None:
    cell = ",stores/OrderPaid" if columns else ""
    (home.work / "orders.csv").write_text(f"order_id,total{columns}\n1,12.00{cell}\n")

    ended = run("-p sandbox orders convert orders.csv --out plain.csv")

    command = ended.err.splitlines()[-1].partition("run: ")[2]
    assert command == f"loyaltyctl -p sandbox points backtest plain.csv --live{option}"
    assert run(f"{command.removeprefix('loyaltyctl ')} --json").json()["orders"] == 1


def test_a_refund_in_a_line_of_its_own_is_no_order(run: Run, home: Home) -> None:
    (home.work / "lines.csv").write_text("order_id,total\n1,12.00\n1,-2.00\n2,5.00\n")
    (home.work / "column.csv").write_text("order_id,total,refunded\n1,12.00,2.00\n2,5.00,\n")

    ended = run("orders convert lines.csv --out plain.csv")
    found = run("orders convert column.csv --out other.csv --json").json()

    assert "wrote plain.csv: 2 orders and 1 refund (order_id, amount)" in ended.err
    assert (found["orders"], found["refunds"]) == (2, 0)


def test_an_amount_never_has_three_decimals(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("order_id,total\n1,10.5\n2,1.234\n3,1.23456\n")

    run("orders convert orders.csv --out plain.csv")

    assert Path("plain.csv").read_text() == "order_id,amount\n1,10.50\n2,1.2340\n3,1.234560\n"


@pytest.mark.parametrize(
    ("option", "warning"),
    [
        ("--status payd", "no order has the status payd in `status`; the column has paid (2)"),
        ("--status paid --status payd", "no order has the status payd in `status`; the column has paid (2)"),
        ("--currency USD", "no order has the currency USD in `currency`; the column has EUR (2)"),
    ],
)
def test_a_filter_without_orders_is_a_warning_with_the_values_there_are(
    option: str, warning: str, run: Run, home: Home
) -> None:
    (home.work / "orders.csv").write_text("order_id,total,status,currency\n1,2,paid,EUR\n2,3,paid,EUR\n")

    assert f"warning: {warning}" in run(f"orders convert orders.csv --out plain.csv {option}").err


def test_options_without_effect_are_errors(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("order_id,total\n1,2.00\n")
    line = ["orders", "convert", "orders.csv", "--out", "plain.csv"]

    assert "no column for the member" in run([*line, "--keep-member", "hash"], code=6).err
    assert "--trigger must not be empty" in run([*line, "--trigger", ""], code=2).err
    assert not Path("plain.csv").exists()
