"""What is asked of the orders, and the answer."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.backtest.findings import Findings
from loyaltyctl.orders.fields import OrderField
from loyaltyctl.points.formulas import Refunds, Rounding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from loyaltyctl.points.awards import Schedule


class Key(StrEnum):
    """What totals may be told apart by."""

    MONTH = "month"
    TIER = "tier"
    TRIGGER = "trigger"
    RULE = "rule"
    MEMBER = "member"

    @property
    def role(self) -> OrderField | None:
        """The column that it comes from; the rule is none of the order's."""
        return _ROLES.get(self)


_ROLES = {
    Key.MONTH: OrderField.DATE,
    Key.TIER: OrderField.TIER,
    Key.TRIGGER: OrderField.TRIGGER,
    Key.MEMBER: OrderField.MEMBER,
}


class RuleSet(NamedTuple):
    """Rules that are in force together, and what they are called: their file, or `live`."""

    name: str
    rules: tuple[Schedule, ...]


class BacktestRequest(NamedTuple):
    """What is asked of the orders."""

    files: Sequence[str]
    sets: Sequence[RuleSet]
    compares: bool = False
    """Whether the first of the rule sets is a baseline, which the others are compared with."""
    by: Sequence[Key] = ()
    rounding: Rounding = Rounding.WIX
    refunds: Refunds = Refunds.IGNORE
    trigger: str | None = None
    """What all orders were set off by, where no column says it."""
    columns: Mapping[OrderField, str] = MappingProxyType({})
    statuses: Sequence[str] = ()
    currency: str | None = None
    skip: bool = False
    """Whether orders that cannot be read are left out, and counted."""
    top: int | None = None
    """At most so many groups: those that change most, or without a baseline those that earn most."""


class Group(NamedTuple):
    """Orders that have something in common, and what they earn under each rule set."""

    keys: Mapping[Key, str]
    orders: int
    amount: Fraction
    points: tuple[Fraction, ...]
    lost: tuple[int, ...] = ()
    """For each set but a baseline: orders that earn points under the baseline and none under this one."""
    gained: tuple[int, ...] = ()
    """And the other way round."""


class BacktestResult(NamedTuple):
    """What the orders earned."""

    total: Group
    exact: tuple[Fraction, ...]
    """For each rule set, what the orders earned before rounding."""
    groups: tuple[Group, ...]
    all_groups: int
    judged: tuple[int, ...]
    """For each rule set, orders whose trigger has a rule in it or in the baseline, ACTIVE or not."""
    earns: tuple[bool, ...]
    """For each rule set, whether a rule in force promises points to any of the orders."""
    without_rule: int
    """Orders whose trigger has a rule in none of the sets."""
    unknown_tier: int
    """Orders whose tier no rule names; they earn as the base tier."""
    currency: str | None
    columns: Mapping[OrderField, str]
    findings: Findings = Findings()

    @property
    def skipped(self) -> int:
        """Orders that were left out."""
        return sum(one.orders for one in self.findings.left_out)
