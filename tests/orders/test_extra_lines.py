"""Lines of a spreadsheet that are not orders: sums of a part, notes, repeated headers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Home, Run

RULES = [{"title": "Purchase", "trigger": "stores/OrderPaid", "points": 1, "per": 1}]
BACKTEST = "points backtest orders.csv -f rules.json --trigger stores/OrderPaid"


@pytest.fixture(autouse=True)
def _rules(home: Home) -> None:
    """Write rules into the working folder."""
    (home.work / "rules.json").write_text(json.dumps(RULES))


def read(run: Run, home: Home, text: str, options: str = "") -> dict[str, Any]:
    """Return the result of a backtest of a file with orders."""
    (home.work / "orders.csv").write_text(text)
    return dict(run(f"{BACKTEST} {options} --json").json())


@pytest.mark.parametrize(
    "text",
    [
        "id,date,total\n1,2025-01-01,10\n2,2025-01-02,5\nTotal January,,15\n3,2025-02-01,7\nTotal February,,7\nTotal,,22\n",
        "id,date,total\n1,2025-01-01,10\n2,2025-01-02,5\n,January,15\n3,2025-02-01,4\n4,2025-02-01,3\n,February,7\n,,22\n",
        "id,date,total\n1,2025-01-01,10\n,,10\n2,2025-01-02,12\n,,12\n,,22\n",
        "id,date,total\n1,2025-01-01,10\n,Total 01.01.2025,10\n2,2025-01-02,12\n,Total 02.01.2025,12\n",
        "id,date,total\n1,2025-01-01,10\nTotal 2025,,10\n2,2026-01-02,12\nTotal 2026,,12\n",
        "date,customer,total\n2025-01-01,ann,10\n2025-01-02,bob,12\nSubtotal,,22\nTotal,,22\n",
        "date,customer,total\n2025-01-01,ann,10\n2025-01-02,bob,12\nJanuary,,22\n",
        "id,date,total\n1,2025-01-01,10\n2,2025-01-02,12\nTotal,,\n",
        "id,date,total\n1,2025-01-01,10\n2,2025-01-02,12\n,,\nTotal,,22\nprices include VAT,,\n",
        "id,date,total\nJanuary,,\n1,2025-01-01,10\n\nWeek 5,,\nID,Date,TOTAL\n2,2025-01-02,12\n",
        "id,date,total\n1,2025-01-01,10\nJan total,,10\n2,2025-02-02,12\nFeb total,,12\nYear,,22\n",
        "date,total\n2025-01-02,10\nWeek 1,10\n2025-01-09,5\n2025-01-10,7\nWeek 2,12\n",
        "date,id,total\n2025-01-01,,\n,1,10\n2025-01-02,,\n,2,12\n",
    ],
)  # fmt: skip
def test_sums_notes_and_repeated_headers_are_left_out(text: str, run: Run, home: Home) -> None:
    result = read(run, home, text)

    assert (result["amount"], result["leftOut"]) == ("22", [])
    assert any("left out" in note for note in result["notes"])


def test_a_sum_without_an_id_or_date_is_left_out_beside_its_currency(run: Run, home: Home) -> None:
    text = "deal,unit,amount\nann,USD,10\nbob,USD,7\nGrand Totals (2),USD,17\n,,\n"

    assert read(run, home, text)["amount"] == "17"


def test_a_product_that_is_named_a_total_is_no_total(run: Run, home: Home) -> None:
    text = "product,amount,tier\nTea,10,\nTotal,5,gold\nMilk,7,\n"

    assert read(run, home, text)["amount"] == "22"


@pytest.mark.parametrize("odd", ["QWERTY", "ASDFGH"])
def test_an_id_without_digits_among_codes_is_an_order(odd: str, run: Run, home: Home) -> None:
    text = f"id,date,total\nAB12CD,2025-01-01,10\n{odd},2025-01-02,5\n{odd[::-1]},,7\n"

    assert read(run, home, text)["amount"] == "22"


def test_the_lines_that_are_left_out_are_listed(run: Run, home: Home) -> None:
    notes = read(run, home, "id,date,total\n1,,10\n2,,5\nSubtotal,,15\n3,,7\nSubtotal,,7\nas of May,,\n")[
        "notes"
    ]

    assert notes == [
        "orders.csv: left out sums of other lines: lines 4, 6",
        "orders.csv: left out notes and repeated headers: line 7",
    ]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("id,amount\n1,10\n2,5\n,7\n", "22"),
        (
            "id,date,customer,amount\n1,2025-01-01,ann,10\n2,2025-01-01,bob,5\n,2025-01-02,ann,15\n3,,,1\n",
            "31",
        ),
        ("date,customer,amount\n2025-01-01,ann,10\n,bob,5\n,cat,15\n,,\n", "30"),
        ("customer,amount\nann,10\nTotal Wine,7\nCount Basie,5\n", "22"),
        ("id,date,amount\nA,2025-01-01,10\nB,,10\nC,,2\n", "22"),
        ("id,date,amount\n1,2025-01-01,10\ncash,2025-01-01,10\n2,,2\n", "22"),
        ("date,customer,amount\nsoon,ann,10\nlater,bob,10\n", "20"),
        ("id,amount,date\nSum 1001,5,\nSum 1002,7,\nSum 1003,12,\n", "24"),
    ],
)
def test_orders_that_look_like_a_sum_are_counted(text: str, amount: str, run: Run, home: Home) -> None:
    assert read(run, home, text)["amount"] == amount


def test_a_total_that_sums_up_nothing_is_refused_or_left_out(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,customer,total\n1,ann,10\n2,bob,12\n,Total:,22\n,Average:,11\n")

    error = run(f"{BACKTEST} --json", code=6).error()
    result = run(f"{BACKTEST} --json --skip-bad-rows").json()

    assert [one["where"] for one in error["details"]] == ["orders.csv line 5"]
    assert error["hint"] == "Leave them out: --skip-bad-rows"
    assert result["amount"] == "22"
    assert result["notes"][-1].endswith("left out totals that are not the sum of other lines: line 5")


def test_a_total_that_sums_up_nothing_is_a_problem_of_an_inspection(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,customer,total\n1,ann,10\n2,bob,12\n,Average:,11\n")

    found = run("orders inspect orders.csv --json").json()

    assert [one["problem"] for one in found["problems"]] == [
        'orders.csv line 4: id: is "Average:", but the amount is not the sum of the other lines'
    ]
    assert found["numbers"]["orders"] == 2


def test_lines_that_are_neither_orders_nor_sums_are_refused_or_left_out(run: Run, home: Home) -> None:
    text = "id,date,total\n1,2025-01-01,100\n2,2025-01-02,19\nNet,,100\nTax,,19\nTotal,,119\n"
    (home.work / "orders.csv").write_text(text)

    error = run(f"{BACKTEST} --json", code=6).error()

    assert [one["where"] for one in error["details"]] == ["orders.csv line 4", "orders.csv line 5"]
    assert run(f"{BACKTEST} --skip-bad-rows --query amount").out == "119\n"


def test_a_table_of_markdown_is_read(run: Run, home: Home) -> None:
    text = "# Orders\n\n| Order | Date | Total |\n|-----|:---:|----:|\n| 1 | 2025-01-01 | 10 |\n| 2 | 2025-01-02 | 12 |\n"

    assert read(run, home, text)["amount"] == "22"


@pytest.mark.parametrize("options", ["", "--skip-bad-rows"])
def test_another_table_below_the_orders_is_refused(options: str, run: Run, home: Home) -> None:
    text = "Order,Date,Total\n1,2025-01-01,10\n,,\nItem,Date,Amount\nRent,2025-01-01,500\n"
    (home.work / "orders.csv").write_text(text)

    assert "another table begins in line 4" in run(f"{BACKTEST} {options}", code=6).err


def test_an_order_without_an_amount_is_no_note(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,customer,total\n1,ann,10\nA-2,,\n")

    assert "line 3: total: is empty" in run(BACKTEST, code=6).err
