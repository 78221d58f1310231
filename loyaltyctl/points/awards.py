"""Awards: the points of one purchase, the exact value behind them, and the steps of the calculation."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import MAX_WHOLE
from loyaltyctl.points.exact import format_exact
from loyaltyctl.points.formulas import Base, Formula, Refunds, Rounding


class Earning(NamedTuple):
    """Award of one tier: a fixed amount of `points`, or `points` for each `per` spent (not zero)."""

    points: Decimal
    per: Decimal | None = None

    @property
    def rate(self) -> Fraction:
        """Points for each unit of money, or for each purchase. Raises InvalidData if `per` is zero."""
        if self.per == 0:
            raise InvalidData("a rule that awards points per 0 spent is invalid")
        return Fraction(self.points) / Fraction(self.per or 1)

    def formula(self, rounding: Rounding) -> Formula:
        """Return the formula of the points."""
        if self.per is None:
            base = Base.PURCHASES
        else:
            base = Base.WHOLE_AMOUNT if rounding is Rounding.WIX else Base.AMOUNT
        return Formula(base, self.rate, floors=rounding is not Rounding.EXACT)

    def __str__(self) -> str:
        each = f"{self.points:f} {'point' if self.points == 1 else 'points'}"
        return each if self.per is None else f"{each} per {self.per:f}"


def whole_rate(earning: Earning) -> str:
    """Return a conversion rate with decimals in the smallest whole numbers: `2 points per 5`; else "".

    It earns the same for every amount. A fixed amount has none, since its points would differ.
    """
    if not earning.per or not earning.points or not (earning.points % 1 or earning.per % 1):
        return ""
    points, per = earning.rate.as_integer_ratio()
    return str(Earning(Decimal(points), Decimal(per))) if max(points, per) <= MAX_WHOLE else ""


class Schedule(NamedTuple):
    """Awards of a rule by tier id. The base tier, None, applies to each tier without an award of its own."""

    tiers: dict[str | None, Earning]
    title: str = ""
    trigger: str = ""
    paused: bool = False

    def earning(self, tier: str | None) -> Earning | None:
        """Return the award of `tier`; None if neither the tier nor the base tier has one."""
        return self.tiers.get(tier.lower() if tier else None, self.tiers.get(None))


class Award(NamedTuple):
    """Points of one purchase, their value before rounding, the steps of the calculation, and a warning."""

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
    """Return what a purchase of `amount` earns a member of `tier` under a rule."""
    if schedule.paused:
        return _nothing("the rule is paused, so it earns nothing", warns=True)
    earning = schedule.earning(tier)
    if earning is None:
        who = f"the tier {tier}" if tier else "the base tier"
        reason = f"the rule has no award for {who}, and none for the base tier to fall back on"
        return _nothing(reason, warns=True)
    if amount < 0 and not refunds.factor:
        return _nothing("a refund earns nothing and deducts nothing")
    earned = _calculated(abs(amount), earning, rounding)
    if tier and tier.lower() not in schedule.tiers:
        fallback = f"the tier {tier} has no award of its own, so the award of the base tier applies"
        earned = earned._replace(steps=(fallback, *earned.steps))
    return earned if amount >= 0 else _refunded(earned, refunds)


def _calculated(amount: Decimal, earning: Earning, rounding: Rounding) -> Award:
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


def _nothing(reason: str, *, warns: bool = False) -> Award:
    return Award(Fraction(0), Fraction(0), (reason,), reason if warns else "")


def _refunded(earned: Award, refunds: Refunds) -> Award:
    steps = (*earned.steps, f"a refund deducts {format_exact(earned.points)}")
    factor = refunds.factor
    return Award(factor * earned.points, factor * earned.exact, steps, earned.warning)
