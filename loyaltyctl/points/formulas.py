"""Formulas of awards: the one definition of how an amount becomes points.

    rounding  conversion rate                          fixed amount
    wix       floor(floor(amount) × points ÷ money)    floor(points)
    floor     floor(amount × points ÷ money)           floor(points)
    exact     amount × points ÷ money                  points

`wix` is the only reading that gives every figure the vendor publishes: 100 at 2 per 1
earns 200; 10, 20 and 30 at 10 per 20 earn 5, 10 and 15; 4.99 at 10 per 1 earns 40.

`award` evaluates a formula for one purchase, `loyaltyctl.backtest.sql` writes it as SQL for millions of
them, and a formula that rounds nothing is evaluated for the sum of many purchases at once.
"""

from __future__ import annotations

from enum import Enum, StrEnum, auto
from fractions import Fraction
from math import floor
from typing import NamedTuple


class Rounding(StrEnum):
    """Way in which points become whole."""

    WIX = "wix"
    FLOOR = "floor"
    EXACT = "exact"


class Refunds(StrEnum):
    """Effect of a negative amount: none, or the deduction of the points that the positive amount earns."""

    IGNORE = "ignore"
    DEDUCT = "deduct"

    @property
    def factor(self) -> int:
        """The factor by which the points of the positive amount are multiplied."""
        return -1 if self is Refunds.DEDUCT else 0


class Base(Enum):
    """Quantity of a purchase that is multiplied by a rate."""

    PURCHASES = auto()
    """The number of purchases: 1."""
    AMOUNT = auto()
    """The amount of money."""
    WHOLE_AMOUNT = auto()
    """The amount without its cents."""


class Formula(NamedTuple):
    """Points of a purchase: its `base` × `rate`, rounded down if `floors`. A rate is never negative."""

    base: Base
    rate: Fraction
    floors: bool

    def quantity(self, amount: Fraction, purchases: int = 1) -> Fraction:
        """Return the number that is multiplied by the rate."""
        if self.base is Base.PURCHASES:
            return Fraction(purchases)
        return Fraction(floor(amount)) if self.base is Base.WHOLE_AMOUNT else amount

    def unrounded(self, amount: Fraction, purchases: int = 1) -> Fraction:
        """Return the points before they are rounded down.

        Without rounding an award is linear: `amount` may be the sum of several `purchases`.
        """
        return self.quantity(amount, purchases) * self.rate

    def points(self, amount: Fraction) -> Fraction:
        """Return the points of one purchase; `amount` is not negative."""
        value = self.unrounded(amount)
        return Fraction(floor(value)) if self.floors else value
