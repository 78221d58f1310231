"""Inverse calculations, checked against `award`."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from loyaltyctl.points.awards import Earning, Schedule, award
from loyaltyctl.points.formulas import Rounding
from loyaltyctl.points.inverse import rate_giving, smallest_spend


@pytest.mark.parametrize("rounding", Rounding)
def test_the_smallest_spend_earns_the_points_and_one_unit_less_does_not(rounding: Rounding) -> None:
    chance = Random(5)  # noqa: S311 - the same cases each time
    for _ in range(2000):
        earning = Earning(Decimal(chance.randint(1, 40)), Decimal(chance.randint(1, 4000)) / 100)
        target, unit = chance.randint(1, 5000), Decimal(chance.choice(("1", "0.01", "0.05")))
        found = smallest_spend(target, earning, rounding, unit)
        assert found is not None
        spend = Decimal(found.numerator) / found.denominator
        rule = Schedule({None: earning})

        assert award(spend, rule, rounding=rounding).points >= target
        if spend >= unit:
            assert award(spend - unit, rule, rounding=rounding).points < target


def test_a_fixed_amount_is_earned_without_spend_or_no_spend_is_enough() -> None:
    assert smallest_spend(50, Earning(Decimal(50)), Rounding.WIX, Decimal("0.01")) == Fraction(0)
    assert smallest_spend(51, Earning(Decimal(50)), Rounding.WIX, Decimal("0.01")) is None
    assert smallest_spend(1, Earning(Decimal(0), Decimal(1)), Rounding.WIX, Decimal("0.01")) is None


def test_the_rate_gives_the_percentage_back() -> None:
    assert rate_giving(Fraction(5), Decimal("0.01")) == Fraction(5)
    assert rate_giving(Fraction("2.5"), Decimal("0.02")) == Fraction(5, 4)
