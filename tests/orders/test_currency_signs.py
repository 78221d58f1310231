"""Files without a column for the currency, whose amounts have signs, beside other files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Home, Run

RULES = {"title": "Purchase", "trigger": "stores/OrderPaid", "points": 1, "per": 1}


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("id,total\n1,$5.00\n", "id,total,currency\n2,7,EUR\n", 'a.csv has amounts in "$"'),
        ("id,total\n1,$5.00\n", "id,total,currency\n2,7,CAD\n", ""),
        ("id,total\n1,€5.00\n", "id,total,currency\n2,7,USD\n", 'a.csv has amounts in "EUR", but other orders are in "USD"'),
        ("id,total\n1,€5.00\n", "id,total,currency\n2,7,EUR\n", ""),
        ("id,total\n1,€5.00\n", "id,amount\n2,£7.00\n", 'b.csv has amounts in "GBP", but a.csv in "EUR"'),
        ("id,total\n1,€5.00\n", "id,amount\n2,7.00 EUR\n", ""),
        ("id,total\n1,€5.00\n", "id,amount\n2,7.00\n", ""),
    ],
)  # fmt: skip
def test_amounts_with_signs_of_other_currencies_are_not_added_up(
    first: str, second: str, message: str, run: Run, home: Home
) -> None:
    (home.work / "a.csv").write_text(first)
    (home.work / "b.csv").write_text(second)
    (home.work / "rules.json").write_text(json.dumps(RULES))

    ended = run("points backtest a.csv b.csv -f rules.json --query points", code=6 if message else 0)

    assert message in ended.err
    assert ended.out == ("" if message else "12\n")


def test_different_signs_of_the_currency_of_the_other_orders_are_one_currency(run: Run, home: Home) -> None:
    for name, text in {
        "a": "id,total\n1,$5.00\n",
        "b": "id,amount\n2,US$7.00\n",
        "c": "id,total,currency\n3,1,USD\n",
    }.items():
        (home.work / f"{name}.csv").write_text(text)
    (home.work / "rules.json").write_text(json.dumps(RULES))

    assert run("points backtest a.csv b.csv c.csv -f rules.json --query points").out == "13\n"
    assert 'b.csv has amounts in "USD", but a.csv in "$"' in (
        run("points backtest a.csv b.csv -f rules.json", code=6).err
    )


@pytest.mark.parametrize(
    ("rows", "currency"),
    [("1,€5.00,€\n2,€7,EUR", "EUR"), ("1,5.00,kr.\n2,7,kr", "KR"), ("1,5.00,R$\n2,7,brl", "BRL")],
)
def test_a_column_of_the_currency_may_have_signs(rows: str, currency: str, run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(f"id,total,currency\n{rows}\n")
    (home.work / "rules.json").write_text(json.dumps(RULES))

    result = run("points backtest orders.csv -f rules.json --json").json()

    assert (result["amount"], result["currency"]) == ("12", currency)
