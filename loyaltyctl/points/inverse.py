"""The way back: the spend that earns so many points, and the rate that gives so much back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.points.awards import Rounding
from loyaltyctl.points.exact import Exact

if TYPE_CHECKING:
    from decimal import Decimal

    from loyaltyctl.points.awards import Earning


def smallest_spend(points: int, earning: Earning, rounding: Rounding, unit: Decimal) -> Exact | None:
    """The smallest multiple of `unit` that earns at least `points`; None where no spend does."""
    coin = Exact.of(unit)
    if earning.per is None or not earning.points:
        each = Exact.of(earning.points) if earning.per is None else Exact(0)
        return None if each.less_than(Exact(points)) else Exact(0)
    least = Exact(points).over(earning.rate)
    if rounding is Rounding.WIX:
        least = least.ceiling()  # the cents do not count
    return least.over(coin).ceiling().times(coin)


def rate_giving(percent: Decimal, point_value: Decimal) -> Exact:
    """Points for each unit of money, so that `percent` of a spend comes back at what a point is worth."""
    return Exact.of(percent).over(Exact.of(point_value).times(Exact(100)))
