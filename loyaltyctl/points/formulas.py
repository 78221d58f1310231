"""Formulas of awards: the only definition of the calculation of points, for Python and for SQL.

    rounding  conversion rate                          fixed amount
    wix       floor(floor(amount) × points ÷ money)    floor(points)
    floor     floor(amount × points ÷ money)           floor(points)
    exact     amount × points ÷ money                  points

The vendor documents no formula, but publishes examples. At 2 points per 1, a purchase of 100 earns 200.
At 10 per 20, purchases of 10, 20 and 30 earn 5, 10 and 15. At 10 per 1, a purchase of 4.99 earns 40.
Only `wix` agrees with all of them: `floor` gives 49 for the last one, and floor(amount ÷ money) × points
gives 0 for 10 at 10 per 20. The text of the vendor's reference divides by money × points, which
contradicts the numbers beside it.

`award` evaluates a formula for one purchase. `loyaltyctl.backtest.points_sql` writes it as SQL for millions
of purchases. A formula that rounds nothing can be evaluated once, for the sum of many purchases.
"""

from __future__ import annotations

from enum import Enum, StrEnum, auto
from fractions import Fraction
from math import floor
from typing import NamedTuple


class Rounding(StrEnum):
    """Rounding mode of a formula: that of Wix, down to a whole number, or none."""

    WIX = "wix"
    FLOOR = "floor"
    EXACT = "exact"


class Refunds(StrEnum):
    """Handling of refunds by formulas: a refund is ignored, or deducts the points of its amount."""

    IGNORE = "ignore"
    DEDUCT = "deduct"

    @property
    def factor(self) -> int:
        """Factor for refunds in formulas, in Python and in SQL: -1 deducts the points, 0 ignores them."""
        return -1 if self is Refunds.DEDUCT else 0


class Base(Enum):
    """Quantity of a purchase that a formula multiplies by its rate."""

    PURCHASES = auto()
    """The number of purchases: 1."""
    AMOUNT = auto()
    """The amount of money."""
    WHOLE_AMOUNT = auto()
    """The amount without its cents."""


class Formula(NamedTuple):
    """Formula of the points of a purchase: `base` × `rate`, rounded down if `floors`. `rate` is 0 or more."""

    base: Base
    rate: Fraction
    floors: bool

    def quantity(self, amount: Fraction, purchases: int = 1) -> Fraction:
        """Return the quantity that the formula multiplies by its rate: an amount or a number of purchases."""
        if self.base is Base.PURCHASES:
            return Fraction(purchases)
        return Fraction(floor(amount)) if self.base is Base.WHOLE_AMOUNT else amount

    def unrounded(self, amount: Fraction, purchases: int = 1) -> Fraction:
        """Return the points of the formula before rounding.

        `amount` may be the sum of several `purchases`, but not if the base is WHOLE_AMOUNT, which drops the
        cents of each purchase.
        """
        return self.quantity(amount, purchases) * self.rate

    def points(self, amount: Fraction) -> Fraction:
        """Return the points of the formula for one purchase, whose `amount` is not negative."""
        value = self.unrounded(amount)
        return Fraction(floor(value)) if self.floors else value
