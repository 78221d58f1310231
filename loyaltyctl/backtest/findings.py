"""Findings: the differences between the orders and the rules, or the filters.

Data only: the sentences are in `cli/points/findings.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loyaltyctl.orders.fields import OrderField
    from loyaltyctl.orders.records import Place, Reason


class LeftOut(NamedTuple):
    """Orders that --skip-bad-rows left out for one reason, and where the first of them are."""

    reason: Reason
    orders: int
    places: tuple[Place, ...]


class Values(NamedTuple):
    """The most frequent values of a column, each with its number of orders, and how many more there are."""

    shown: tuple[tuple[str, int], ...]
    more: int = 0


class Elsewhere(NamedTuple):
    """A column that has values which were looked for in another one, and in how many orders."""

    column: str
    orders: int


class EmptyFilter(NamedTuple):
    """Values of a filter that no order has, the values that there are, and other columns that have them."""

    role: OrderField
    column: str
    asked: tuple[str, ...]
    found: Values
    elsewhere: tuple[Elsewhere, ...] = ()


class Misspelled(NamedTuple):
    """A trigger of orders that differs from one of the rules in case or spelling only."""

    trigger: str
    orders: int
    known: str


ALL_TIERS = ""


class Untested(NamedTuple):
    """A part of a rule set that no order uses."""

    rules: str
    triggers: tuple[str, ...] = ()
    """The triggers whose orders are not there; empty where no order at all is of the tier."""
    tier: str | None = ALL_TIERS
    """Orders of this tier alone; None is the base tier."""


class Findings(NamedTuple):
    """Everything that keeps a backtest from saying what it was asked for."""

    left_out: tuple[LeftOut, ...] = ()
    filters: tuple[EmptyFilter, ...] = ()
    filters_exclude_each_other: bool = False
    """Each filter matches some orders, and no order matches all of them."""
    strange_triggers: Values = Values(())
    misspelled: tuple[Misspelled, ...] = ()
    untested: tuple[Untested, ...] = ()
    has_tiers: bool = False
    """Whether a column of the orders says the tier."""
