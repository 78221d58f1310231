"""Request of a backtest: the orders, the rule sets and the options of `points backtest`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.points.formulas import Refunds, Rounding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.orders.selection import Selection
    from loyaltyctl.points.awards import Schedule


class Key(StrEnum):
    """Key by which a backtest groups orders (--by)."""

    MONTH = "month"
    TIER = "tier"
    TRIGGER = "trigger"
    RULE = "rule"
    MEMBER = "member"

    @property
    def field(self) -> OrderField | None:
        """The field of an order that a backtest request groups by; None for RULE, which no field holds."""
        if self is Key.RULE:
            return None
        return OrderField.DATE if self is Key.MONTH else OrderField(self.value)


class RuleSet(NamedTuple):
    """Rule set of a backtest: rules that apply together, and the name of their file, or `live`."""

    name: str
    rules: tuple[Schedule, ...]


class BacktestRequest(NamedTuple):
    """Request of a backtest: the orders, the rule sets, how points are rounded and grouped."""

    orders: Selection
    sets: Sequence[RuleSet]
    compares: bool = False
    """If true, the first rule set is a baseline, which the others are compared with."""
    by: Sequence[Key] = ()
    rounding: Rounding = Rounding.WIX
    # No page of the vendor says that points are taken back for a refund, so they are not by default.
    refunds: Refunds = Refunds.IGNORE
    trigger: str | None = None
    """The trigger of all orders; None if they have a column for it."""
    top: int | None = None
    """Maximum number of groups, by largest change, or without a baseline by most points; None: all."""

    @property
    def triggers(self) -> list[str]:
        """The triggers that the rules of any rule set have."""
        return [*dict.fromkeys(rule.trigger for one in self.sets for rule in one.rules if rule.trigger)]
