"""Request of a backtest: orders, rule sets, and options."""

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
    """Key by which orders are grouped."""

    MONTH = "month"
    TIER = "tier"
    TRIGGER = "trigger"
    RULE = "rule"
    MEMBER = "member"

    @property
    def field(self) -> OrderField | None:
        """The field of an order that it is taken from, by its name; a rule is none."""
        if self is Key.RULE:
            return None
        return OrderField.DATE if self is Key.MONTH else OrderField(self.value)


class RuleSet(NamedTuple):
    """Rules that are in force together, and their name: that of their file, or `live`."""

    name: str
    rules: tuple[Schedule, ...]


class BacktestRequest(NamedTuple):
    """Orders, the rule sets that are applied to them, and the way in which points are grouped."""

    orders: Selection
    sets: Sequence[RuleSet]
    compares: bool = False
    """If true, the first rule set is a baseline, which the others are compared with."""
    by: Sequence[Key] = ()
    rounding: Rounding = Rounding.WIX
    refunds: Refunds = Refunds.IGNORE
    trigger: str | None = None
    """The trigger of all orders, if no column has it."""
    top: int | None = None
    """Maximum number of groups: those that change most, or without a baseline those that earn most."""

    @property
    def triggers(self) -> list[str]:
        """The triggers of the rules."""
        return [*dict.fromkeys(rule.trigger for one in self.sets for rule in one.rules if rule.trigger)]
