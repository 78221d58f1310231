"""Calculate the award of one purchase: its points, their exact value, and the steps of the calculation."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import MAX_WHOLE
from loyaltyctl.points.exact import format_exact
from loyaltyctl.points.formulas import Base, Formula, Refunds, Rounding


class Earning(NamedTuple):
    """Award of one tier, for calculations: `points` per amount of money, such as 2 points per 5.

    `per` is this amount of money. If it is None, each purchase earns `points`.
    """

    points: Decimal
    per: Decimal | None = None

    @property
    def rate(self) -> Fraction:
        """Points of the award per unit of money, or for each purchase. Raises InvalidData if `per` is 0."""
        if self.per == 0:
            raise InvalidData("a rule that awards points per 0 spent is invalid")
        return Fraction(self.points) / Fraction(self.per or 1)

    def formula(self, rounding: Rounding) -> Formula:
        """Return the formula to calculate this award of one purchase, for a mode of rounding."""
        return _cached_formula(self, rounding)

    def __str__(self) -> str:
        """Return the award of the tier in words: `2 points per 5`."""
        each = f"{self.points:f} {'point' if self.points == 1 else 'points'}"
        return each if self.per is None else f"{each} per {self.per:f}"


# `points simulate` of 100,000 amounts asks for 200,000 formulas: building each of them anew took 29 % of
# the calculation. Rules have few distinct awards, so the cache needs no limit.
@cache
def _cached_formula(earning: Earning, rounding: Rounding) -> Formula:
    """Choose the formula to calculate the award of one purchase; the choice is cached.

    It depends on the mode of rounding, and on whether the award is per amount of money.
    """
    if earning.per is None:
        base = Base.PURCHASES
    else:
        base = Base.WHOLE_AMOUNT if rounding is Rounding.WIX else Base.AMOUNT
    return Formula(base, earning.rate, floors=rounding is not Rounding.EXACT)


def whole_rate(earning: Earning) -> str:
    """Calculate the equal award in whole numbers: `2 points per 5` for 0.4 points per 1.

    Returns "" for a fixed amount, for 0 points, and for whole numbers. Also returns "" if a number would be
    above MAX_WHOLE.
    """
    if not earning.per or not earning.points or not (earning.points % 1 or earning.per % 1):
        return ""
    points, per = earning.rate.as_integer_ratio()
    return str(Earning(Decimal(points), Decimal(per))) if max(points, per) <= MAX_WHOLE else ""


class Schedule(NamedTuple):
    """Awards of a rule by tier id. The key None is the base tier, whose award other tiers fall back on."""

    tiers: dict[str | None, Earning]
    title: str = ""
    trigger: str = ""
    paused: bool = False

    def earning(self, tier: str | None) -> Earning | None:
        """Return the award of a tier, else that of the base tier; None if the rule has neither."""
        # Inferred: the reference says only that a config without a tier id is that of the base tier.
        return self.tiers.get(tier.lower() if tier else None, self.tiers.get(None))


class Award(NamedTuple):
    """Award of one purchase: points, exact value before rounding, steps of the calculation, and a warning."""

    points: Fraction
    exact: Fraction
    steps: tuple[str, ...]
    warning: str = ""


def award(
    amount: Decimal,
    schedule: Schedule,
    tier: str | None = None,
    rounding: Rounding = Rounding.WIX,
    refunds: Refunds = Refunds.IGNORE,
) -> Award:
    """Calculate the award of a purchase of `amount` by a member of `tier`, under the rule of `schedule`."""
    if schedule.paused:
        return _zero_award("the rule is paused, so it earns nothing", warns=True)
    earning = schedule.earning(tier)
    if earning is None:
        who = f"the tier {tier}" if tier else "the base tier"
        reason = f"the rule has no award for {who}, and none for the base tier to fall back on"
        return _zero_award(reason, warns=True)
    if amount < 0 and not refunds.factor:
        return _zero_award("a refund earns nothing and deducts nothing")
    # A refund is calculated from its positive amount: floor rounds negative numbers away from zero.
    earned = _purchase_award(abs(amount), earning, rounding)
    if tier and tier.lower() not in schedule.tiers:
        fallback = f"the tier {tier} has no award of its own, so the award of the base tier applies"
        earned = earned._replace(steps=(fallback, *earned.steps))
    return earned if amount >= 0 else _refund_award(earned, refunds)


def _purchase_award(amount: Decimal, earning: Earning, rounding: Rounding) -> Award:
    """Calculate the award of a purchase whose `amount` is not negative."""
    formula = earning.formula(rounding)
    money = Fraction(amount)
    value, points = formula.unrounded(money), formula.points(money)
    exact = earning.formula(Rounding.EXACT).points(money)
    rounded = (f"rounded down to {format_exact(points)}",) if points != value else ()
    if formula.base is Base.PURCHASES:
        return Award(points, exact, (f"{earning} for each purchase, whatever its amount", *rounded))
    quantity = formula.quantity(money)
    without_cents = f"without its cents, {amount:f} counts as {format_exact(quantity)}"
    divided = "" if earning.per == 1 else f" ÷ {earning.per:f}"
    steps = (
        f"{earning} spent",
        *((without_cents,) if quantity != money else ()),
        f"{format_exact(quantity)} × {earning.points:f}{divided} = {format_exact(value)}",
        *rounded,
    )
    warning = "rounding leaves nothing of this purchase" if exact and not points else ""
    return Award(points, exact, steps, warning)


def _zero_award(reason: str, *, warns: bool = False) -> Award:
    """Return an award of 0 points with `reason` as its only step, and as its warning if `warns` is true."""
    return Award(Fraction(0), Fraction(0), (reason,), reason if warns else "")


def _refund_award(earned: Award, refunds: Refunds) -> Award:
    """Return the award of a refund: it deducts the points of a purchase of the same amount.

    `earned` is the award of that purchase.
    """
    steps = (*earned.steps, f"a refund deducts {format_exact(earned.points)}")
    factor = refunds.factor
    return Award(factor * earned.points, factor * earned.exact, steps, earned.warning)
