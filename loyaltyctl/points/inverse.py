"""Inverse calculations of `points solve`: which spend earns 100 points, which rate gives back 5 percent."""

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

    If the award is a fixed amount, or 0, every spend earns the same: returns 0 if that is enough, else None.
    """
    formula = earning.formula(rounding)
    if formula.base is Base.PURCHASES or not formula.rate:
        return Fraction(0) if formula.points(Fraction(0)) >= points else None
    least = points / formula.rate
    # `points` is whole, so a spend that earns at least this many points before rounding down also does after
    # it. If cents earn nothing, the spend must be whole too.
    if formula.base is Base.WHOLE_AMOUNT:
        least = Fraction(ceil(least))
    step = Fraction(unit)
    return ceil(least / step) * step


def rate_giving(percent: Fraction, point_value: Decimal) -> Fraction:
    """Calculate the rate that gives back `percent` of the money spent, in points per unit of money.

    To give back 5 percent with points worth 0.01 each, the rate is 5.
    """
    return percent / (Fraction(point_value) * 100)
