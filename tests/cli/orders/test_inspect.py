"""`orders inspect`: what files are taken for, questions, problems, and the next command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.orders.sources.exports import SAMPLES, source_name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Home, Run

ORDERS = """order_id,date,total,currency,status,email
1,2025-01-05,10.00,EUR,paid,ann@example.com
2,2025-02-06,20.50,EUR,paid,bob@example.com
2,2025-02-07,-5.00,EUR,refund,bob@example.com
"""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_export_is_told_with_the_columns_that_identify_it(sample: Path, run: Run) -> None:
    (file,) = run(["orders", "inspect", str(sample), "--json"]).json()["files"]

    assert file["source"] == source_name(sample)
    assert file["reason"].startswith("it has the columns ")


def test_numbers_and_first_orders_are_told_without_members(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(ORDERS)

    ended = run("orders inspect orders.csv --member-column email --json")
    found = ended.json()

    numbers = found["numbers"]
    assert [numbers[name] for name in ("lines", "orders", "refunds", "refunded")] == [3, 2, 1, "5.00"]
    assert (numbers["firstMonth"], numbers["lastMonth"]) == ("2025-01", "2025-02")
    assert [(one["status"], one["orders"]) for one in numbers["statuses"]] == [("paid", 2)]
    assert numbers["currencies"] == [{"currency": "EUR", "orders": 2, "amount": "30.50"}]
    assert (
        found["orders"][0] | {"orderId": "1", "date": "2025-01-05", "amount": "10.00"} == found["orders"][0]
    )
    assert found["problems"] == []
    assert "example.com" not in ended.out
    assert found["command"].endswith("--member-column email --trigger stores/OrderPaid")


@pytest.mark.parametrize(
    ("rows", "problem", "option", "clear"),
    [
        ("1,03/04/2025,10.00", "day and month", "--date-order ORDER", (None, "10.00")),
        ('1,2025-01-05,"1,234"', "the decimal mark", "--decimal MARK", ("2025-01-05", None)),
    ],
)
def test_a_question_is_told_without_failing(  # noqa: PLR0913, PLR0917 - a case and its expectation
    rows: str, problem: str, option: str, clear: tuple[str | None, str | None], run: Run, home: Home
) -> None:
    (home.work / "orders.csv").write_text(f"order_id,date,total\n{rows}\n")

    found = run("orders inspect orders.csv --json").json()

    assert problem in found["problems"][0]["problem"]
    assert found["numbers"]["orders"] == 1
    assert option in found["command"]
    assert (found["orders"][0]["date"], found["orders"][0]["amount"]) == clear


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("order_id,total\n1,abc\n", "orders.csv line 2: total: must be an amount of money"),
        ("order_id,total,currency\n1,2.00,EUR\n2,3.00,USD\n", "orders.csv line 3: currency: is"),
        ("order_id,net,gross\n1,2,3\n", "no column for the amount"),
        ('order_id,total\n1,"2\n', "never closed"),
    ],
)
def test_problems_are_told_without_failing(text: str, problem: str, run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(text)

    found = run("orders inspect orders.csv --json").json()

    assert any(problem in one["problem"] for one in found["problems"]), found["problems"]


def test_one_question_about_the_decimal_mark_leaves_all_columns_open(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text('order_id,total,refunded\n1,"1,234","1,111"\n')

    (file,) = run("orders inspect orders.csv --json").json()["files"]

    assert {one["column"]: one["form"] for one in file["forms"]} == {"total": None, "refunded": None}


def test_a_file_that_cannot_be_read_at_all_is_an_error(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("")

    assert "is empty" in run("orders inspect orders.csv", code=6).err


def test_standard_input_is_inspected(run: Run) -> None:
    assert "standard input" in run("orders inspect - -o table", stdin=ORDERS).out


def test_lines_above_the_header_are_counted(run: Run, home: Home) -> None:
    (home.work / "named.csv").write_text("sep=;\norder_id;total\n1;2,50\n")
    (home.work / "blank.csv").write_text("\n\norder_id,total\n2,2.50\n")

    files = run("orders inspect named.csv blank.csv --json").json()["files"]

    assert [file["headerLine"] for file in files] == [2, 3]


def test_the_next_command_has_the_profile_and_shows_control_characters(run: Run, home: Home) -> None:
    (home.work / "a\x1b[1m.csv").write_text(ORDERS)

    ended = run("-p sandbox orders inspect a\x1b[1m.csv -o table")

    assert ended.out.splitlines()[-1].startswith(
        r"loyaltyctl -p sandbox points backtest 'a\x1b[1m.csv' --live"
    )
    assert "\x1b" not in ended.out


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.sampled
def test_an_inspection_fits_a_terminal_of_80_columns(sample: Path, run: Run, home: Home) -> None:
    name = f"orders{sample.suffix}"
    (home.work / name).write_bytes(sample.read_bytes())

    shown = run(f"orders inspect {name} -o table", env={"COLUMNS": "80"}).out

    *tables, command = shown.split("\n\n")
    assert command.startswith("loyaltyctl points backtest")
    assert max(len(line) for table in tables for line in table.splitlines()) <= 80


def test_questions_and_notes_are_shown_in_full_on_a_narrow_terminal(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("order_id,date,total\n1,03/04/2025,10.00\n", encoding="utf-16")

    shown = run("orders inspect orders.csv -o table", env={"COLUMNS": "80"}).out

    assert "HINT     Say how to read it: --date-order dmy or --date-order mdy\n" in shown
    assert "NOTES  orders.csv: read as UTF-16\n" in shown


def test_the_columns_of_files_with_the_same_ones_are_shown_once(run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text("order_id,total\n1,2.00\n")
    (home.work / "b.csv").write_text("order_id,total\n2,13.00\n")

    assert run("orders inspect a.csv b.csv -o table").out.count("ROLE") == 1


def test_amounts_for_people_have_thousands_marks(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("order_id,total\n1,1234.50\n1,-1000\n")

    shown = run("orders inspect orders.csv -o table").out

    assert "REFUNDS        1 of 1,000.00\n" in shown
    assert [line.split()[1:] for line in shown.splitlines() if line.startswith("1 ")] == [
        ["1,234.50"],
        ["-1,000.00"],
    ]


def test_questions_about_dates_and_amounts_are_both_told(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text('order_id,date,total\n1,03/04/2025,"1,234"\n')

    found = run("orders inspect orders.csv --json").json()

    assert found["numbers"]["orders"] == 1
    problems = [one["problem"] for one in found["problems"]]
    assert sorted("day and month" in one for one in problems) == [False, True]
    assert sorted("the decimal mark" in one for one in problems) == [False, True]


def test_the_first_orders_of_all_files_are_told_in_their_sequence(run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text("order_id,total\n3,1\n1,1\n3,2\n2,1\n")
    (home.work / "b.csv").write_text("total,order_id\n1,9\n1,8\n1,7\n1,6\n")

    found = run("orders inspect a.csv b.csv --lines items --json").json()["orders"]

    assert [(one["orderId"], one["amount"]) for one in found] == [
        ("3", "3.00"), ("1", "1.00"), ("2", "1.00"), ("9", "1.00"), ("8", "1.00"),
    ]  # fmt: skip


def test_a_filter_without_a_column_is_a_problem(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("order_id,total\n1,2.00\n")

    found = run("orders inspect orders.csv --json --status paid").json()

    assert found["problems"][0]["problem"] == "orders.csv has no column for the status, which --status needs"
    assert found["problems"][0]["hint"] == "Name the column: --status-column NAME"


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("--status payd", "no order has the status payd in `status`; the column has paid (2), refund (1)"),
        ("--currency USD", "no order has the currency USD in `currency`; the column has EUR (3)"),
    ],
)
def test_a_filter_without_orders_is_a_problem(option: str, problem: str, run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(ORDERS)

    found = run(f"orders inspect orders.csv --json {option}").json()

    assert [one["problem"] for one in found["problems"]] == [problem]


def test_the_next_command_reads_the_same_files(run: Run, home: Home) -> None:
    (home.work / "-a b.csv").write_text(ORDERS)

    command = run(["-p", "sandbox", "orders", "inspect", "--json", "--", "-a b.csv"]).json()["command"]

    assert "'./-a b.csv'" in command
    assert run([*shlex.split(command)[1:], "--query", "orders"]).out == "2\n"
    assert " - " in run("orders inspect - --query command", stdin=ORDERS).out


def test_an_id_that_may_be_an_email_address_is_not_shown(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("order_id,total\nann@example.com,5\n")

    assert "ann@" not in run("orders inspect orders.csv --json").out
