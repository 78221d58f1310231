"""What an amount earns: points, the exact value behind them, and how they come about.

    wix     floor(floor(amount) × points ÷ money)     drop the cents, then multiply, then round down
    floor   floor(amount × points ÷ money)            multiply, then round down
    exact   amount × points ÷ money                   round nothing

`wix` is the only reading that gives every figure the vendor publishes: 100 at 2 per 1
earns 200; 10, 20 and 30 at 10 per 20 earn 5, 10 and 15; 4.99 at 10 per 1 earns 40. A
fixed award does not depend on the amount. A negative amount is a refund.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import MAX_WHOLE
from loyaltyctl.points.exact import text


class Rounding(StrEnum):
    """How points become whole."""

    WIX = "wix"
    FLOOR = "floor"
    EXACT = "exact"


class Refunds(StrEnum):
    """What a negative amount does: nothing, or take back what the positive one would have earned."""

    IGNORE = "ignore"
    DEDUCT = "deduct"


class Earning(NamedTuple):
    """What one tier earns: `points` each time, or for every `per` spent, which is not zero."""

    points: Decimal
    per: Decimal | None = None

    @property
    def rate(self) -> Fraction:
        """Points for each unit of money, or each time. Raises InvalidData where the money is zero."""
        if self.per == 0:
            raise InvalidData("a rule that awards points per 0 spent is invalid")
        return Fraction(self.points) / Fraction(self.per or 1)

    def __str__(self) -> str:
        each = f"{_plain(self.points)} {'point' if self.points == 1 else 'points'}"
        return each if self.per is None else f"{each} per {_plain(self.per)}"


def whole_rate(earning: Earning) -> str:
    """Return a rate with decimals in the smallest whole numbers, such as `2 points per 5`; else "".

    It earns the same for every amount. A fixed award has none: its points would differ.
    """
    if not earning.per or not earning.points or not (earning.points % 1 or earning.per % 1):
        return ""
    points, per = earning.rate.as_integer_ratio()
    return str(Earning(Decimal(points), Decimal(per))) if max(points, per) <= MAX_WHOLE else ""


class Schedule(NamedTuple):
    """What a rule earns in each tier. The base tier is None, and stands for every tier that is not named."""

    tiers: dict[str | None, Earning]
    title: str = ""
    trigger: str = ""
    paused: bool = False

    def earning(self, tier: str | None) -> Earning | None:
        """What `tier` earns; None where neither it nor the base tier has an award."""
        return self.tiers.get(tier.lower() if tier else None, self.tiers.get(None))


class Award(NamedTuple):
    """What an amount earns, the value before rounding, how it came about, and what a person should know."""

    points: Fraction
    exact: Fraction
    steps: tuple[str, ...]
    warning: str = ""


NOTHING = Fraction(0)


def award(
    amount: Decimal,
    schedule: Schedule,
    tier: str | None = None,
    rounding: Rounding = Rounding.WIX,
    refunds: Refunds = Refunds.IGNORE,
) -> Award:
    """What `amount` earns in `tier` under a rule."""
    if schedule.paused:
        return _nothing("the rule is paused, so it earns nothing", warns=True)
    earning = schedule.earning(tier)
    if earning is None:
        who = f"the tier {tier}" if tier else "the base tier"
        why = f"the rule has no award for {who}, and none for the base tier to fall back on"
        return _nothing(why, warns=True)
    if amount < 0 and refunds is Refunds.IGNORE:
        return _nothing("a refund earns nothing, and takes nothing back")
    earned = (_fixed if earning.per is None else _rated)(abs(amount), earning, rounding)
    if tier and tier.lower() not in schedule.tiers:
        fallback = f"the tier {tier} has no award of its own: that of the base tier counts"
        earned = earned._replace(steps=(fallback, *earned.steps))
    return earned if amount >= 0 else _taken_back(earned)


def _fixed(_: Decimal, earning: Earning, rounding: Rounding) -> Award:
    exact = Fraction(earning.points)
    points, steps = _rounded(exact, rounding)
    return Award(points, exact, (f"{earning} each time, whatever the amount", *steps))


def _rated(amount: Decimal, earning: Earning, rounding: Rounding) -> Award:
    exact = Fraction(amount) * earning.rate
    counted, steps = Fraction(amount), []
    if rounding is Rounding.WIX and counted.denominator != 1:
        counted = Fraction(floor(counted))
        steps = [f"without its cents, {_plain(amount)} counts as {text(counted)}"]
    value = counted * earning.rate
    sum_ = f"{text(counted)} × {_plain(earning.points)}"
    sum_ = sum_ if earning.per == 1 else f"{sum_} ÷ {_plain(earning.per or Decimal(1))}"
    points, last = _rounded(value, rounding)
    eaten = "rounding leaves nothing of this purchase" if points == NOTHING and exact != NOTHING else ""
    return Award(points, exact, (f"{earning} spent", *steps, f"{sum_} = {text(value)}", *last), eaten)


def _rounded(value: Fraction, rounding: Rounding) -> tuple[Fraction, tuple[str, ...]]:
    """`value` rounded, and the sentence for it where that changes something."""
    if rounding is Rounding.EXACT or value.denominator == 1:
        return value, ()
    return Fraction(floor(value)), (f"rounded down to {floor(value)}",)


def _nothing(why: str, *, warns: bool = False) -> Award:
    return Award(NOTHING, NOTHING, (why,), why if warns else "")


def _taken_back(earned: Award) -> Award:
    steps = (*earned.steps, f"a refund takes {text(earned.points)} back")
    return Award(-earned.points, -earned.exact, steps, earned.warning)


def _plain(number: Decimal) -> str:
    """`number` in plain digits, as it was written."""
    return format(number, "f")
