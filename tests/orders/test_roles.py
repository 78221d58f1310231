"""Roles of the columns of a file, by its source, the choices of the user, and the use of the run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Home, Run

BACKTEST = "points backtest orders.csv -f rule.json --trigger stores/OrderPaid"


@pytest.fixture(autouse=True)
def _folder(home: Home) -> None:
    """Write a rule that awards 1 point per 1 into the working folder."""
    rule = {"title": "Buy", "trigger": "stores/OrderPaid", "points": 1, "per": 1}
    (home.work / "rule.json").write_text(json.dumps([rule]))


@pytest.mark.parametrize(("column", "points"), [("total", 10), ("Total", 12)])
def test_the_amount_column_decides_between_columns_of_equal_names(
    column: str, points: int, home: Home, run: Run
) -> None:
    (home.work / "orders.csv").write_text("id,total,Total\n1,10.00,12.00\n")

    assert run(BACKTEST, code=6).err.endswith("hint: Name the column of the amount: --amount-column NAME\n")
    assert run(f"{BACKTEST} --amount-column {column} --query points").out == f"{points}\n"


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        ("date,Date", "Name the column: --date-column NAME"),
        ("date,date", "Rename or remove one of them in the file."),
    ],
)
def test_equal_names_are_an_error_only_for_fields_that_the_run_uses(
    names: str, hint: str, home: Home, run: Run
) -> None:
    (home.work / "orders.csv").write_text(f"id,{names},total\n1,2025-01-01,2025-02-02,10.00\n")

    assert run(f"{BACKTEST} --query points").out == "10\n"
    assert f"hint: {hint}\n" in run(f"{BACKTEST} --by month", code=6).err


@pytest.mark.parametrize(
    "options",
    [
        "",
        "--amount-base items",
        "--amount-base subtotal",
        "--lines orders --amount-base items",
        '--amount-column "Order Net"',
    ],
)
def test_the_total_after_refunds_is_compared_with_the_total_whichever_amount_earns_points(
    options: str, home: Home, run: Run
) -> None:
    (home.work / "orders.csv").write_text(
        "Order ID,Order Value,Discount Amount,Order Total,Order Net,Adjusted Order Total\n"
        "1,50.00,5.00,49.00,47.00,0.00\n"
        "2,30.00,0.00,35.00,33.00,25.00\n"
    )
    refunds = run(f"{BACKTEST} {options} --query refunds").json()

    assert refunds == {"count": 1, "amount": "10"}


def test_an_unreadable_total_is_an_error_beside_a_total_after_refunds(home: Home, run: Run) -> None:
    (home.work / "orders.csv").write_text(
        "Order ID,Order Value,Order Total,Order Net,Adjusted Order Total\n1,30.00,ten,33.00,25.00\n"
    )

    assert (
        'Order Total: must be an amount of money, got "ten"'
        in run(f"{BACKTEST} --amount-base subtotal", code=6).err
    )


def test_ones_own_description_may_have_the_name_of_a_built_in_one(home: Home, run: Run) -> None:
    own = {"name": "plain", "title": "Till", "columns": {}, "amounts": {"items": [{"add": ["Gross", "Tax"]}]}}
    (home.work / "till.json").write_text(json.dumps(own))
    (home.work / "orders.csv").write_text("Receipt,Gross,Tax\n1,10.00,2.00\n")

    assert run(f"{BACKTEST} --source till.json --query points").out == "12\n"


PAYPAL = """\
Date,Type,Status,Currency,Gross,Fee,Net,Transaction ID
2025-01-01,Website Payment,Completed,USD,50.00,-1.00,49.00,T1
2025-01-02,General Payment,Completed,USD,-30.00,0.00,-30.00,T2
2025-01-03,PreApproved Payment Bill User Payment,Completed,USD,-7.00,0.00,-7.00,T3
2025-01-04,Payment Refund,Completed,USD,-5.00,0.00,-5.00,T4
2025-01-05,Payment Refund,Completed,USD,7.00,0.00,7.00,T5
"""
GERMAN = [
    ("Date,Type", "Datum,Typ"),
    (",Currency,Gross,Fee,Net,Transaction ID", ",Währung,Brutto,Entgelt,Netto,Transaktionscode"),
    ("Website Payment,Completed", "Website-Zahlung,Abgeschlossen"),
    ("General Payment,Completed", "Allgemeine Zahlung,Abgeschlossen"),
    ("PreApproved Payment Bill User Payment,Completed", "Zahlung im Einzugsverfahren,Abgeschlossen"),
    ("Payment Refund,Completed", "Rückzahlung,Abgeschlossen"),
]


@pytest.mark.parametrize("words", [[], GERMAN, [(",Type,Status", ",Description,Status"), ("Status", "Name")]])
def test_payments_of_the_shop_itself_and_refunds_to_it_do_not_count(
    words: list[tuple[str, str]], home: Home, run: Run
) -> None:
    text = PAYPAL
    for old, new in words:
        text = text.replace(old, new)
    (home.work / "orders.csv").write_text(text, "utf-8")
    ended = run(f"{BACKTEST} --refunds deduct --query [orders,points,refunds]")

    assert ended.json() == [1, 45, {"count": 1, "amount": "5"}]
    assert "not counted: 1, by" in ended.err


def test_values_of_conditions_are_compared_without_case_in_any_script(home: Home, run: Run) -> None:
    left_out = {"column": "State", "noneOf": ["İptal", "ΑΚΥΡΟΣ", " Zurückgezahlt "]}
    own = {"name": "till", "title": "Till", "columns": {}, "amounts": {"total": [{"add": ["Gross"]}]}}
    (home.work / "till.json").write_text(json.dumps(own | {"counted": [left_out]}))
    (home.work / "orders.csv").write_text(
        "Gross,State\n1,İptal\n2,ΑΚΥΡΟΣ\n4,ZURÜCKGEZAHLT\n8,Ödendi\n", encoding="utf-8"
    )

    assert run(f"{BACKTEST} --source till.json --query points").out == "8\n"


def test_an_export_without_a_total_earns_points_for_another_amount(home: Home, run: Run) -> None:
    (home.work / "orders.csv").write_text("Order ID,Item Total,Discount Amount\n1,7.00,1.00\n1,2.00,0.00\n")

    assert run(f"{BACKTEST} --query [points,amountBase]").json() == [9, "subtotal"]
    refused = run(f"{BACKTEST} --amount-base total", code=6).err
    assert "has no columns for the amount (total)" in refused
    assert "or give --amount-base subtotal or items" in refused


def test_the_amount_column_is_no_amount_of_the_export(home: Home, run: Run) -> None:
    (home.work / "orders.csv").write_text("Order ID,Order Value,Order Total,Order Net\n1,8.00,10.00,9.00\n")
    ended = run(f'{BACKTEST} --amount-column "Order Net" --query [points,amountBase]')

    assert ended.json() == [9, None]
    assert "earns points" not in ended.err
    refused = run(f'{BACKTEST} --amount-column "Order Net" --amount-base items', code=2).err
    assert "error: --amount-base and --amount-column are mutually exclusive\n" in refused


def test_the_column_of_refund_lines_is_used(home: Home, run: Run) -> None:
    own = {
        "name": "till",
        "title": "Till",
        "columns": {"orderId": ["No"]},
        "amounts": {"total": [{"add": ["Gross"]}]},
        "refundLines": [{"column": "Kind", "oneOf": ["return"]}],
    }
    (home.work / "till.json").write_text(json.dumps(own))
    (home.work / "orders.csv").write_text(
        "No,Gross,Kind,Note\n1,10.00,sale,\n2,-4.00,return,\n3,-3.00,fee,\n"
    )
    (file,) = run("orders inspect orders.csv --source till.json --json").json()["files"]

    assert file["others"] == ["Note"]
    assert run(f"{BACKTEST} --source till.json --refunds deduct --query points").out == "6\n"


def test_a_heading_that_is_a_question_is_no_column_of_refunds(home: Home, run: Run) -> None:
    (home.work / "orders.csv").write_text("id,total,Refunded?\n1,5,0\n2,7,1\n")

    assert run(f"{BACKTEST} --query [points,refunds.count]").out == "[12,0]\n"


def test_lines_with_the_french_heading_of_an_order_number_are_not_added_up_unasked(
    home: Home, run: Run
) -> None:
    (home.work / "orders.csv").write_text("Nº de commande,Total,Statut du paiement\n1,5,Payé\n1,5,Payé\n")

    assert "--lines" in run(BACKTEST, code=6).err
