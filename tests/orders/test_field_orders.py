"""Order files as shops export them (the folder `exports`), with their values."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.orders.samples import groups

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import Home, Run

EXPORTED = Path(__file__).parent / "exports"
NO_MONTHS: Mapping[str, int] = MappingProxyType({})


class Export(NamedTuple):
    """Exported order file, with its number of orders and their points; 1 point is awarded per 1.

    `deducted` is the points with --refunds deduct; `months` has the points by month, if orders have dates.
    """

    name: str
    orders: int
    points: int
    deducted: int
    months: Mapping[str, int] = NO_MONTHS


TWO = {"2025-11": 20, "2025-12": 10}
EXPORTS = [
    Export("wix-stores.csv", 3, 100, 90, {"2025-11": 30, "2025-12": 70}),
    Export("wix-search-orders.json", 2, 70, 65, {"2025-12": 70}),
    Export("wix-orders-array.json", 2, 70, 65, {"2025-12": 70}),
    Export("shopify.csv", 2, 80, 70, {"2025-11": 30, "2025-12": 50}),
    Export("european-semicolon.csv", 2, 1246, 1246, {"2025-12": 1246}),
    Export("european-sep.csv", 2, 1246, 1246, {"2025-12": 1246}),
    Export("square-transactions.csv", 2, 1256, 1234, {"2025-12": 1256}),
    Export("paypal.csv", 2, 1580, 1560, {"2025-06": 1580}),
    Export("stripe-payments.csv", 3, 100, 70, {"2025-12": 100}),
    Export("stripe-refund-cents.csv", 1, 30, 20, {"2025-12": 30}),
    Export("stripe-charges.jsonl", 2, 70, 50, {"2025-12": 70}),
    Export("etsy-items.csv", 2, 21, 21),
    Export("dates-dmy.csv", 2, 30, 30, TWO),
    Export("dates-text.csv", 2, 30, 30, TWO),
    Export("dates-epoch-ms.csv", 2, 30, 30, TWO),
    Export("totals-line.csv", 2, 30, 30, TWO),
    Export("title-lines.csv", 2, 30, 30, TWO),
    Export("utf16.csv", 2, 30, 30, TWO),
    Export("mixed-line-ends.csv", 2, 30, 30),
    Export("orders.xlsx", 1, 10, 10),
    Export("orders.zip", 2, 30, 30, TWO),
    Export("float-noise.csv", 3, 48, 48, {"2025-11": 29, "2025-12": 19}),
    Export("pandas-index.csv", 2, 39, 39, {"2025-11": 20, "2025-12": 19}),
]

each_export = pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)


@pytest.fixture(autouse=True)
def _folder(home: Home) -> None:
    """Write the rule, and one that is a hundred times as generous, into the working folder."""
    rule = {"title": "Buy", "trigger": "stores/OrderPaid", "points": 1, "per": 1}
    (home.work / "now.json").write_text(json.dumps([rule]))
    (home.work / "next.json").write_text(json.dumps([rule | {"points": 100}]))


def backtest(export: Export, rules: str) -> str:
    """Return the command line of a backtest over an export."""
    return f"points backtest {EXPORTED / export.name} -f {rules} --trigger stores/OrderPaid"


def test_each_exported_file_has_its_values() -> None:
    assert sorted(export.name for export in EXPORTS) == sorted(file.name for file in EXPORTED.iterdir())


@each_export
def test_an_exported_file_is_read_as_it_comes(export: Export, run: Run) -> None:
    line = backtest(export, "now.json")

    assert run(f"{line} --query [orders,points]").out == f"[{export.orders},{export.points}]\n"
    assert run(f"{line} --refunds deduct --query points").out == f"{export.deducted}\n"
    if export.months:
        assert groups(run, f"{line} --by month") == export.months
    else:
        assert "has no column for the date, which --by month needs" in run(f"{line} --by month", code=6).err


@each_export
@pytest.mark.parametrize("refunds", ["ignore", "deduct"])
def test_a_gate_over_an_exported_file_fails_for_generous_rules(
    export: Export, refunds: str, run: Run
) -> None:
    line = f"{backtest(export, 'next.json')} --against now.json --max-increase 5% --refunds {refunds}"

    assert "error: next.json: gives out more than --max-increase 5% allows" in run(line, code=10).err
