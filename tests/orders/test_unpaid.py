"""Orders of plain files that are unpaid or canceled by their status: they count, and a note says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Home, Run

RULES = {"title": "Purchase", "trigger": "stores/OrderPaid", "points": 1, "per": 1}
LINE = "points backtest a.csv -f rules.json"


@pytest.mark.parametrize(
    ("rows", "options", "note"),
    [
        ("1,5,Paid\n2,7,Canceled \n", "", 'one order is unpaid or canceled by status, such as "Canceled"'),
        ("1,5,Storniert\n2,7,UNBEZAHLT\n", "", "2 orders are unpaid or canceled by status"),
        ("1,5,Paid\n2,7,キャンセル\n3,-2,Canceled\n", "", 'one order is unpaid or canceled by status, such as "キャンセル"'),
        ("1,5,Paid\n2,7,Canceled\n", "--status paid", ""),
        ("1,5,Paid\n2,7,Canceled\n", "--status-column none", ""),
        ("1,5,Paid\n2,7,Shipped\n3,-2,Canceled\n", "", ""),
    ],
)  # fmt: skip
def test_orders_that_seem_unpaid_are_told(rows: str, options: str, note: str, run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text(f"id,total,status\n{rows}", "utf-8")
    (home.work / "rules.json").write_text(json.dumps(RULES))

    ended = run(f"{LINE} {options} --query points")

    assert ended.out == ("5\n" if "--status paid" in options else "12\n")
    assert note in ended.err
    assert ("but counted (--status chooses)" in ended.err) == bool(note)


def test_an_order_with_a_refund_in_a_column_is_told_once(run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text("id,total,refund,status\n1,5,0,paid\n2,7,7,canceled\n")
    (home.work / "rules.json").write_text(json.dumps(RULES))

    assert "one order is unpaid or canceled by status" in run(LINE).err


def test_the_note_is_also_one_of_a_conversion(run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text("id,total,status\n1,5,paid\n2,7,failed\n")

    ended = run("orders convert a.csv --out b.csv")

    assert 'one order is unpaid or canceled by status, such as "failed", but counted (--status' in ended.err
