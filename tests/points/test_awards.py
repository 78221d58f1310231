"""Awards: the vendor's published figures, edge cases, and a second implementation with fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from loyaltyctl.errors import InvalidData
from loyaltyctl.points.awards import Earning, Schedule, award, whole_rate
from loyaltyctl.points.exact import format_exact
from loyaltyctl.points.formulas import Refunds, Rounding
from tests.points.configs import GOLD, by_fractions, cases
from tests.scale import scaled

COUNT = scaled(100_000)
"""Number of random cases, over every rounding and treatment of refunds."""


def rule(points: str, per: str | None = None) -> Schedule:
    """Return a rule with an award for the base tier alone."""
    return Schedule({None: Earning(Decimal(points), Decimal(per) if per else None)})


@pytest.mark.parametrize(
    ("amount", "points", "per", "awarded", "exact"),
    [
        ("100", "2", "1", 200, "200"),
        ("10", "10", "20", 5, "5"),
        ("20", "10", "20", 10, "10"),
        ("30", "10", "20", 15, "15"),
        ("4.99", "10", "1", 40, "49.9"),
        ("100", "1", "10", 10, "10"),
        ("10", "1", "10", 1, "1"),
        ("8626", "3", "3", 8626, "8626"),
        ("4.99", "1", "20", 0, "0.2495"),
        ("10", "1", "3", 3, "10/3"),
        ("0", "2", "1", 0, "0"),
        ("9999999999999.999999", "7", "3", 23333333333331, "23333333333333.333331"),
    ],
)
def test_published_figures_and_edge_cases_are_awarded_exactly(
    amount: str, points: str, per: str, awarded: int, exact: str
) -> None:
    found = award(Decimal(amount), rule(points, per))

    assert found.points == Fraction(awarded)
    assert format_exact(found.exact) == exact


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("refunds", Refunds)
def test_points_equal_those_of_a_second_implementation(rounding: Rounding, refunds: Refunds) -> None:
    kinds = [(one, other) for one in Refunds for other in Rounding]
    wrong = []
    for case in cases(COUNT // len(kinds) + 1, seed=kinds.index((refunds, rounding))):
        found = award(case.amount, case.schedule, case.tier, rounding, refunds)
        points, exact = by_fractions(case, rounding, refunds)
        if (found.points, found.exact) != (points, exact):
            wrong.append((case, found, points, exact))

    assert wrong == []


def test_a_fixed_award_does_not_depend_on_the_amount() -> None:
    assert {award(Decimal(amount), rule("50")).points for amount in ("0", "0.01", "9999")} == {Fraction(50)}


def test_a_paused_rule_earns_nothing_with_a_warning() -> None:
    found = award(Decimal(100), rule("2", "1")._replace(paused=True))

    assert (found.points, found.warning) == (Fraction(0), "the rule is paused, so it earns nothing")


def test_a_tier_without_an_award_earns_as_the_base_tier() -> None:
    found = award(Decimal(10), rule("2", "1"), GOLD)

    assert found.points == Fraction(20)
    assert found.steps[0] == f"the tier {GOLD} has no award of its own, so the award of the base tier applies"


def test_without_an_award_for_the_base_tier_other_tiers_earn_nothing() -> None:
    only_gold = Schedule({GOLD: Earning(Decimal(2), Decimal(1))})

    assert award(Decimal(10), only_gold, GOLD.upper()).points == Fraction(20)
    assert award(Decimal(10), only_gold).points == Fraction(0)
    assert "no award for the base tier" in award(Decimal(10), only_gold).warning


def test_a_rate_per_zero_is_invalid() -> None:
    with pytest.raises(InvalidData, match="per 0 spent"):
        award(Decimal(10), rule("2", "0"))


def test_a_refund_deducts_exactly_what_the_purchase_earned() -> None:
    for amount in ("4.99", "10", "0.01", "29.999999"):
        earned = award(Decimal(amount), rule("7", "3")).points
        deducted = award(-Decimal(amount), rule("7", "3"), refunds=Refunds.DEDUCT).points
        assert deducted == -earned
        assert award(-Decimal(amount), rule("7", "3")).points == Fraction(0)


def test_the_steps_explain_the_calculation() -> None:
    assert award(Decimal("4.99"), rule("10", "3")).steps == (
        "10 points per 3 spent",
        "without its cents, 4.99 counts as 4",
        "4 × 10 ÷ 3 = 40/3",
        "rounded down to 13",
    )
    assert award(Decimal("-4.99"), rule("1", "1"), refunds=Refunds.DEDUCT).steps[-1] == "a refund deducts 4"


def test_rounding_that_leaves_nothing_is_a_warning() -> None:
    assert award(Decimal("0.99"), rule("1", "1")).warning == "rounding leaves nothing of this purchase"
    assert not award(Decimal("0.99"), rule("1", "1"), rounding=Rounding.EXACT).warning


def test_a_rate_in_whole_numbers_earns_the_same() -> None:
    found = [case for case in cases(scaled(20_000), seed=7) if case.schedule.tiers]
    compared = 0
    for case in found:
        for tier, earning in case.schedule.tiers.items():
            if same := whole_rate(earning):
                points, per = same.replace("points", "point").split(" point per ")
                whole = Schedule({tier: Earning(Decimal(points), Decimal(per))})
                for rounding in Rounding:
                    expected = award(abs(case.amount), Schedule({tier: earning}), tier, rounding)
                    assert award(abs(case.amount), whole, tier, rounding)[:2] == expected[:2]
                compared += 1
    assert compared > scaled(1000)


@pytest.mark.parametrize(
    "whole", [rule("2", "1"), rule("0", "0.5"), rule("0.5"), rule("3"), rule("9" * 16, "0.3")]
)
def test_only_a_rate_with_decimals_has_one_in_whole_numbers(whole: Schedule) -> None:
    assert not whole_rate(whole.tiers[None])
