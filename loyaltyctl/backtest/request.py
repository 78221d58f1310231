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
    """Key of the groups that a backtest request asks for (--by)."""

    MONTH = "month"
    TIER = "tier"
    TRIGGER = "trigger"
    RULE = "rule"
    MEMBER = "member"

    @property
    def field(self) -> OrderField | None:
        """The field by which a key of a backtest request groups orders; None for RULE, which is no field."""
        if self is Key.RULE:
            return None
        return OrderField.DATE if self is Key.MONTH else OrderField(self.value)


class RuleSet(NamedTuple):
    """Rule set in a backtest request: rules that apply together, and the name of their file, or `live`."""

    name: str
    rules: tuple[Schedule, ...]


class BacktestRequest(NamedTuple):
    """Request of a backtest: the orders, the rule sets, how points are rounded and grouped."""

    orders: Selection
    sets: Sequence[RuleSet]
    compares: bool = False
    """If true, the first rule set is the baseline, with which all others are compared."""
    by: Sequence[Key] = ()
    rounding: Rounding = Rounding.WIX
    # No page of the vendor says that points are taken back for a refund, so by default they are kept.
    refunds: Refunds = Refunds.IGNORE
    trigger: str | None = None
    """The trigger of all orders; None if they have a column for it."""
    top: int | None = None
    """Maximum number of groups; None for all groups.

    The groups that change most are kept; without a baseline, those that earn most.
    """

    @property
    def triggers(self) -> list[str]:
        """The triggers of all rules in the backtest request, each once."""
        return [*dict.fromkeys(rule.trigger for one in self.sets for rule in one.rules if rule.trigger)]
