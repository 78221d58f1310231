"""Inverse calculations: the spend that earns a number of points, and the rate for a percentage back."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from loyaltyctl.points.formulas import Base

if TYPE_CHECKING:
    from decimal import Decimal

    from loyaltyctl.points.awards import Earning
    from loyaltyctl.points.formulas import Rounding


def smallest_spend(points: int, earning: Earning, rounding: Rounding, unit: Decimal) -> Fraction | None:
    """Return the smallest multiple of `unit` that earns at least `points`; None if no spend does."""
    formula = earning.formula(rounding)
    if formula.base is Base.PURCHASES or not formula.rate:
        return Fraction(0) if formula.points(Fraction(0)) >= points else None
    least = points / formula.rate
    if formula.base is Base.WHOLE_AMOUNT:
        least = Fraction(ceil(least))
    coin = Fraction(unit)
    return ceil(least / coin) * coin


def rate_giving(percent: Decimal, point_value: Decimal) -> Fraction:
    """Return the points for each unit of money that give `percent` of a spend back, at a point's value."""
    return Fraction(percent) / (Fraction(point_value) * 100)
