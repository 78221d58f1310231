"""The statement earns what `award` earns: 100,000 rules, each with an amount of its own, negative ones too."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.backtest.request import BacktestRequest, Key, RuleSet
from loyaltyctl.backtest.runner import Runner
from loyaltyctl.points.awards import Earning, Schedule, award
from loyaltyctl.points.formulas import Refunds, Rounding
from tests.points.configs import cases
from tests.scale import scaled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.points.configs import Case

COUNT = scaled(100_000)
BATCH = 120  # more orders in one statement, or fewer, take longer


def differences(batch: list[Case], rounding: Rounding, refunds: Refunds, file: Path) -> list[object]:
    """The cases for which the scan and `award` differ; each is an order with a trigger of its own."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("trigger", "tier", "amount"))
        writer.writerows((f"t{i:03}", case.tier, f"{case.amount:f}") for i, case in enumerate(batch))
    rules = tuple(case.schedule._replace(trigger=f"t{i:03}") for i, case in enumerate(batch))
    sets = [RuleSet("all", rules)]
    request = BacktestRequest([str(file)], sets, by=(Key.TRIGGER,), rounding=rounding, refunds=refunds)
    with Runner(request) as runner:
        assert sum(runner.scan()) >= 100
        outcome = runner.outcome()
    expected = [award(case.amount, case.schedule, case.tier, rounding, refunds) for case in batch]
    assert outcome.exact[0] == sum(one.exact for one in expected)
    return [
        (case, group, one)
        for case, group, one in zip(batch, outcome.groups, expected, strict=True)
        if group.points != (one.points,)
    ]


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("refunds", Refunds)
def test_the_statement_and_the_maths_agree(rounding: Rounding, refunds: Refunds, tmp_path: Path) -> None:
    kinds = [(one, other) for one in Refunds for other in Rounding]
    share = COUNT // len(kinds) + 1
    found = cases(share, seed=kinds.index((refunds, rounding)))

    wrong = [
        one
        for i in range(0, len(found), BATCH)
        for one in differences(found[i : i + BATCH], rounding, refunds, tmp_path / "orders.csv")
    ]

    assert wrong == []


def test_rules_may_name_more_triggers_and_tiers_than_16_bits_count(tmp_path: Path) -> None:
    one = Earning(Decimal(1))
    rules = tuple(
        Schedule({f"tier {i} {j}": one for j in range(20)} | {None: one}, trigger=f"t{i}") for i in range(45)
    )
    (tmp_path / "orders.csv").write_text("trigger,tier,amount,currency\nt44,tier 44 19,5,USD\nt44,x,5,USD\n")

    request = BacktestRequest([str(tmp_path / "orders.csv")], [RuleSet("all", rules)])
    with Runner(request) as runner:
        assert sum(runner.scan()) >= 100
        outcome = runner.outcome()

    assert [int(points) for points in outcome.total.points] == [2]
    assert (outcome.judged, outcome.unknown_tier) == ((2,), 1)
