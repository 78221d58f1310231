"""Columns of amounts whose names tell the currency of the orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from loyaltyctl.orders.named_currencies import split_name, without_currency

if TYPE_CHECKING:
    from tests.conftest import Home, Run


@pytest.fixture(autouse=True)
def _rules(home: Home) -> None:
    """Write a rule of 1 point per 1 into the working folder."""
    (home.work / "rules.json").write_text('{"trigger": "stores/OrderPaid", "points": 1, "per": 1}')


def backtest(run: Run, home: Home, text: str, options: str = "", code: int = 0) -> Any:
    """Run a backtest of a CSV file; return its result, or its error."""
    (home.work / "orders.csv").write_text(text)
    ended = run(f"points backtest orders.csv -f rules.json --json {options}", code=code)
    return ended.error() if code else ended.json()


@pytest.mark.parametrize(
    ("name", "rest", "currency"),
    [
        ("Total (USD)", "Total", "USD"),
        ("Total(USD)", "Total", "USD"),
        ("Total ( usd )", "Total ( usd )", ""),
        ("Total (all)", "Total (all)", ""),
        ("Amount (€)", "Amount", "EUR"),
        ("Amount ($)", "Amount", "$"),
        ("Amount (US$)", "Amount", "USD"),
        ("Total [CHF]", "Total", "CHF"),
        ("Total [CHF)", "Total [CHF)", ""),
        ("Betrag in EUR", "Betrag", "EUR"),
        ("Betrag in €", "Betrag", "EUR"),
        ("Importe en MXN", "Importe", "MXN"),
        ("Valor em R$", "Valor", "BRL"),
        ("Summa (kr)", "Summa", "KR"),
        ("(USD)", "(USD)", ""),
        ("Total (UTC)", "Total (UTC)", ""),
        ("Total USD", "Total", "USD"),
        ("Betrag CHF", "Betrag", "CHF"),
        ("Total €", "Total", "EUR"),
        ("Total ALL", "Total ALL", ""),
        ("Amount in", "Amount in", ""),
        ("", "", ""),
    ],
)
def test_the_name_of_a_column_may_tell_a_currency(name: str, rest: str, currency: str) -> None:
    assert split_name(name) == (rest, currency)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Total (USD)", "Refund [USD]", "id"], ["Total", "Refund", "id"]),
        (["Total (USD)", "Refund (US$)"], ["Total", "Refund"]),
        (["Total (USD)", "Total (EUR)"], ["Total (USD)", "Total (EUR)"]),
        (["Total (USD)", "total"], ["Total (USD)", "total"]),
        (["id"], ["id"]),
    ],
)
def test_a_currency_is_left_out_of_names_if_there_is_one_and_they_stay_different(
    names: list[str], found: list[str]
) -> None:
    assert without_currency(names) == found


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("id,Total (USD)\n1,5.00\n2,$7.00\n", "USD", "12"),
        ("id;Betrag in EUR\n1;5,00\n2;7,50 €\n", "EUR", "12.5"),
        ("id,Total [CHF],Refund (CHF)\n1,10.-,5.-\n2,20.-,\n", "CHF", "30"),
        ('id,Total (JPY)\n1,"1,234"\n', "JPY", "1234"),
        ("My shop\n\nnr,Total (USD)\n1,5.00\n", "USD", "5"),
        ("id,Amount ($)\n1,5.00\n", None, "5"),
        ("id,Amount ($),currency\n1,5.00,CAD\n", "CAD", "5"),
        ("id,Total,Amount (USD)\n1,5.00,6\n", None, "5"),
    ],
)
def test_the_currency_in_the_name_of_the_amount_is_that_of_the_orders(
    text: str, currency: str | None, amount: str, run: Run, home: Home
) -> None:
    result = backtest(run, home, text)

    assert (result["currency"], result["amount"]) == (currency, amount)


def test_minor_units_are_those_of_the_currency_in_the_name(run: Run, home: Home) -> None:
    assert backtest(run, home, "id,Total (KWD)\n1,5000\n", "--amount-unit minor")["amount"] == "5"


def test_a_name_with_a_currency_in_a_parquet_file_is_read(run: Run) -> None:
    duckdb.sql("""COPY (SELECT 1 AS id, '5.50' AS "Total (USD)") TO 'orders.parquet'""")

    result = run("points backtest orders.parquet -f rules.json --json").json()

    assert (result["currency"], result["amount"]) == ("USD", "5.5")


def test_a_filter_for_a_currency_reads_the_one_in_the_name(run: Run, home: Home) -> None:
    text = "id,Total (USD)\n1,5.00\n"

    assert backtest(run, home, text, "--currency usd")["orders"] == 1
    assert backtest(run, home, text, "--currency EUR")["orders"] == 0


def test_orders_in_files_with_different_currencies_in_names_are_not_added_up(run: Run, home: Home) -> None:
    (home.work / "other.csv").write_text("id,Total (EUR)\n2,7.00\n")
    text = "id,Total (USD)\n1,5.00\n"

    error = backtest(run, home, text, "other.csv", code=6)

    assert error["details"] == [
        {
            "where": "other.csv line 2",
            "field": "Total (EUR)",
            "message": 'is "EUR", but the first order has "USD"',
        }
    ]
    assert backtest(run, home, text, "other.csv --currency EUR")["amount"] == "7"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,Total (USD),Total (EUR)\n1,5,4\n", "orders.csv has no column for the amount"),
        (
            "id,Total (USD),Amount (USD)\n1,5,4\n",
            'orders.csv: the amount may be "Amount (USD)", "Total (USD)"',
        ),
        ("id,Amount ($)\n1,€5.00\n", '"Amount ($)" has amounts in "EUR", but its name is in "$"'),
        (
            "id,Total (USD),currency\n1,5.00,EUR\n",
            '"Total (USD)" has amounts in "USD", but its orders are in "EUR"',
        ),
    ],
)
def test_a_name_that_contradicts_the_orders_or_others_is_an_error(
    text: str, message: str, run: Run, home: Home
) -> None:
    assert message in backtest(run, home, text, code=6)["message"]


def test_an_amount_in_another_currency_than_the_name_tells_is_located(run: Run, home: Home) -> None:
    error = backtest(run, home, "id,Total (USD)\n1,5.00\n2,€7.00\n", code=6)

    assert [one["where"] for one in error["details"]] == ["orders.csv line 3"]


def test_a_chosen_column_tells_its_currency(run: Run, home: Home) -> None:
    text = "id,Total (USD),Total (EUR),currency\n1,5,4,GBP\n"
    result = backtest(run, home, text, "--amount-column 'Total (EUR)' --currency-column none")

    assert (result["currency"], result["amount"]) == ("EUR", "4")


def test_an_inspection_counts_the_orders_by_the_currency_in_the_name(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,Total (USD)\n1,5.00\n")

    result = run("orders inspect orders.csv --json").json()

    assert [one["currency"] for one in result["numbers"]["currencies"]] == ["USD"]
