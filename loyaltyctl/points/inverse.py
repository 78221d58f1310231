"""The way back: the spend that earns so many points, and the rate that gives so much back."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from loyaltyctl.points.awards import Rounding

if TYPE_CHECKING:
    from decimal import Decimal

    from loyaltyctl.points.awards import Earning


def smallest_spend(points: int, earning: Earning, rounding: Rounding, unit: Decimal) -> Fraction | None:
    """The smallest multiple of `unit` that earns at least `points`; None where no spend does."""
    coin = Fraction(unit)
    if earning.per is None or not earning.points:
        each = Fraction(earning.points) if earning.per is None else Fraction(0)
        return None if each < points else Fraction(0)
    least = points / earning.rate
    if rounding is Rounding.WIX:
        least = Fraction(ceil(least))  # the cents do not count
    return ceil(least / coin) * coin


def rate_giving(percent: Decimal, point_value: Decimal) -> Fraction:
    """Points for each unit of money, so that `percent` of a spend comes back at what a point is worth."""
    return Fraction(percent) / (Fraction(point_value) * 100)
