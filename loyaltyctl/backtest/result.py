"""Result of a backtest: points, and findings that keep it from being an answer. Data only, no sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.orders.filters import Values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from loyaltyctl.backtest.request import Key
    from loyaltyctl.contract.order_fields import OrderField
    from loyaltyctl.orders.faults import LeftOut
    from loyaltyctl.orders.filters import EmptyFilter


class Group(NamedTuple):
    """Orders with the same keys, and their points under each rule set."""

    keys: Mapping[Key, str]
    orders: int
    amount: Fraction
    points: tuple[Fraction, ...]
    lost: tuple[int, ...] = ()
    """For each set but a baseline: orders that earn points under the baseline, and none under the set."""
    gained: tuple[int, ...] = ()
    """For each set but a baseline: orders that earn points under the set, and none under the baseline."""


class Misspelled(NamedTuple):
    """Trigger of orders that differs from one of the rules in case or spelling only."""

    trigger: str
    orders: int
    known: str


ALL_TIERS = ""


class Untested(NamedTuple):
    """Part of a rule set that no order tests."""

    rules: str
    triggers: tuple[str, ...] = ()
    """The triggers without orders; empty if no order at all is of the tier."""
    tier: str | None = ALL_TIERS
    """The tier without orders; None is the base tier."""


class Findings(NamedTuple):
    """Differences between the orders and the rules, or the filters."""

    left_out: tuple[LeftOut, ...] = ()
    filters: tuple[EmptyFilter, ...] = ()
    filters_exclude_each_other: bool = False
    """True if each filter matches some orders, and no order matches all of them."""
    unknown_triggers: Values = Values(())
    misspelled: tuple[Misspelled, ...] = ()
    untested: tuple[Untested, ...] = ()
    has_tiers: bool = False
    """True if the orders have a column for the tier."""


class BacktestResult(NamedTuple):
    """Points that the orders earned under each rule set."""

    total: Group
    exact: tuple[Fraction, ...]
    """For each rule set, the points before rounding."""
    groups: tuple[Group, ...]
    all_groups: int
    """The number of groups, those over the maximum included."""
    judged: tuple[int, ...]
    """For each rule set, orders whose trigger has a rule in it or in the baseline, ACTIVE or not."""
    can_earn: tuple[bool, ...]
    """For each rule set, whether an ACTIVE rule awards points to any of the orders."""
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
