"""Inverse calculations of `points solve`: the spend for a number of points, the rate for a percentage."""

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
    """Invert an award: return the smallest spend, a multiple of `unit`, that earns at least `points`.

    Returns None if no spend earns as many: the award is a fixed amount, or 0.
    """
    formula = earning.formula(rounding)
    if formula.base is Base.PURCHASES or not formula.rate:
        return Fraction(0) if formula.points(Fraction(0)) >= points else None
    least = points / formula.rate
    # `points` is whole, so rounding points down changes nothing. Cents that are dropped earn nothing.
    if formula.base is Base.WHOLE_AMOUNT:
        least = Fraction(ceil(least))
    step = Fraction(unit)
    return ceil(least / step) * step


def rate_giving(percent: Fraction, point_value: Decimal) -> Fraction:
    """Calculate the rate for a percentage: the points per unit of money that are worth `percent` of it."""
    return percent / (Fraction(point_value) * 100)
