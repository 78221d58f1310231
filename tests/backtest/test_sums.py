"""Points as SQL equal those of `award`: at the edges of every form of a rule, and for 100,000 random rules."""

from __future__ import annotations

import csv
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.backtest.request import BacktestRequest, Key, RuleSet
from loyaltyctl.backtest.runner import Runner
from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.selection import Selection
from loyaltyctl.points.awards import Earning, Schedule, award
from loyaltyctl.points.formulas import Refunds, Rounding
from tests.points.configs import GOLD, SILVER, UNKNOWN, Case, cases
from tests.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from loyaltyctl.backtest.result import BacktestResult

COUNT = scaled(100_000)
BATCH = 120  # more orders in one statement, or fewer, take longer

EARNINGS = [
    Earning(Decimal(points), None if per is None else Decimal(per))
    for points, per in (
        ("0", None), ("1", None), ("0.999999", None), ("50.5", None), ("9999999999999999.999999", None),
        ("0", "1"), ("1", "1"), ("2", "1"), ("1", "3"), ("7", "3"), ("3", "7"), ("1", "0.01"), ("0.000001", "1"),
        ("1", "0.000001"), ("0.7", "0.70"), ("1", "1000000"), ("9223372", "1"), ("9223373", "1"), ("9999999", "9998"),
    )
]  # fmt: skip
"""Fixed amounts and conversion rates: none, whole, with decimals, and around 64 bits (9223372 for 10^12)."""
AMOUNTS = [
    Decimal(text)
    for text in (
        "0", "0.000001", "0.01", "0.99", "0.999999", "1", "1.000001", "2.999999", "3", "6.99", "7", "20.5",
        "999999.999999", "1000000", "999999999999", "999999999999.999999",
    )
]  # fmt: skip
WIDE = [Decimal(text) for text in ("1000000000000", "9999999999999.999999")]
"""Amounts of 13 digits, which need a second scan with 128-bit integers."""


def backtest(
    batch: Sequence[Case], by: Key, rounding: Rounding, refunds: Refunds, file: Path
) -> BacktestResult:
    """Run a backtest with one order and one rule for each case, which share a trigger."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("trigger", "tier", "amount"))
        writer.writerows((f"t{i:03}", case.tier, f"{case.amount:f}") for i, case in enumerate(batch))
    rules = tuple(
        case.schedule._replace(trigger=f"t{i:03}", title=f"t{i:03}") for i, case in enumerate(batch)
    )
    orders, sets = Selection([str(file)]), [RuleSet("all", rules)]
    with Runner(BacktestRequest(orders, sets, by=(by,), rounding=rounding, refunds=refunds)) as runner:
        assert sum(runner.scan()) >= 100
        return runner.result()


def differences(
    batch: Sequence[Case], rounding: Rounding, refunds: Refunds, file: Path, by: Key = Key.TRIGGER
) -> list[object]:
    """Return the cases for which the backtest and `award` differ."""
    result = backtest(batch, by, rounding, refunds, file)
    expected = [award(case.amount, case.schedule, case.tier, rounding, refunds) for case in batch]
    assert result.exact[0] == sum(one.exact for one in expected)
    assert result.total.points[0] == sum(one.points for one in expected)
    return [
        (case, group, one)
        for case, group, one in zip(batch, result.groups, expected, strict=True)
        if group.points != (one.points,)
    ]


@pytest.mark.parametrize("amounts", [AMOUNTS, WIDE], ids=["64 bits", "128 bits"])
@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("refunds", Refunds)
@pytest.mark.sampled
def test_sql_equals_award_at_the_edges_of_every_form(
    rounding: Rounding, refunds: Refunds, amounts: list[Decimal], tmp_path: Path
) -> None:
    found: list[Case] = []
    for i, (earning, amount, sign) in enumerate(product(EARNINGS, amounts, (1, -1))):
        tier = (None, GOLD, SILVER.upper(), UNKNOWN)[i % 4]
        other = Earning(Decimal(99), Decimal(98))
        named = (
            {None: other, GOLD: earning, SILVER: earning} if i % 4 in (1, 2) else {None: earning, GOLD: other}
        )
        found.append(Case(sign * amount, tier, Schedule(named, paused=i % 31 == 30)))

    wrong = [
        one
        for i in range(0, len(found), BATCH)
        for by in (Key.TRIGGER, Key.RULE)
        for one in differences(found[i : i + BATCH], rounding, refunds, tmp_path / "orders.csv", by)
    ]

    assert wrong == []


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("refunds", Refunds)
def test_sql_equals_award_for_random_rules(rounding: Rounding, refunds: Refunds, tmp_path: Path) -> None:
    kinds = [(one, other) for one in Refunds for other in Rounding]
    share = COUNT // len(kinds) + 1
    found = cases(share, seed=kinds.index((refunds, rounding)))

    wrong = [
        one
        for i in range(0, len(found), BATCH)
        for one in differences(found[i : i + BATCH], rounding, refunds, tmp_path / "orders.csv")
    ]

    assert wrong == []


def test_a_product_of_more_than_128_bits_is_an_error(tmp_path: Path) -> None:
    earning = Earning(Decimal("9999999999999999.999999"), Decimal("0.000001"))
    case = Case(Decimal(9999999999999), None, Schedule({None: earning}))

    with pytest.raises(InvalidData, match="too large to multiply"):
        backtest([case], Key.RULE, Rounding.FLOOR, Refunds.IGNORE, tmp_path / "orders.csv")


def test_rules_may_name_more_triggers_and_tiers_than_16_bits_count(tmp_path: Path) -> None:
    one = Earning(Decimal(1))
    rules = tuple(
        Schedule({f"tier {i} {j}": one for j in range(20)} | {None: one}, trigger=f"t{i}") for i in range(45)
    )
    (tmp_path / "orders.csv").write_text("trigger,tier,amount,currency\nt44,tier 44 19,5,USD\nt44,x,5,USD\n")

    orders = Selection([str(tmp_path / "orders.csv")])
    with Runner(BacktestRequest(orders, [RuleSet("all", rules)])) as runner:
        assert sum(runner.scan()) >= 100
        result = runner.result()

    assert [int(points) for points in result.total.points] == [2]
    assert (result.judged, result.unknown_tier) == ((2,), 1)
