"""Result of a backtest: points, and findings about orders that do not match the rules or filters.

Data only; `cli/commands/points/findings.py` writes the sentences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.orders.filters import Values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from loyaltyctl.backtest.request import Key
    from loyaltyctl.contract.inputs.order_source import AmountBase
    from loyaltyctl.contract.order_fields import OrderField
    from loyaltyctl.orders.filters import EmptyFilter
    from loyaltyctl.orders.left_out import LeftOut


class Group(NamedTuple):
    """Group in the result of a backtest: orders with the same keys, and their points under each rule set."""

    keys: Mapping[Key, str]
    orders: int
    amount: Fraction
    points: tuple[Fraction, ...]
    lost: tuple[int, ...] = ()
    """For each candidate: orders that earn points under the baseline but none under the candidate."""
    gained: tuple[int, ...] = ()
    """For each candidate: orders that earn points under the candidate but none under the baseline."""


class Misspelled(NamedTuple):
    """Entry in the result of a backtest: a trigger of orders that is probably misspelled.

    `known` is the trigger of the rules that was probably meant.
    """

    trigger: str
    orders: int
    known: str


ALL_TIERS = ""
"""Value of `Untested.tier` if no order in any tier has the triggers."""


class Untested(NamedTuple):
    """Entry in the result of a backtest: a part of a rule set that no order tests.

    The part is triggers, a tier, or triggers in a tier.
    """

    rules: str
    triggers: tuple[str, ...] = ()
    """The triggers without orders; empty if the tier has no orders at all."""
    tier: str | None = ALL_TIERS
    """The tier without orders (None: the base tier)."""


class Findings(NamedTuple):
    """Findings in the result of a backtest: orders that do not match the rules or filters."""

    left_out: tuple[LeftOut, ...] = ()
    filters: tuple[EmptyFilter, ...] = ()
    filters_exclude_each_other: bool = False
    """True if each filter matches some orders, but no order matches all filters."""
    unknown_triggers: Values = Values(())
    misspelled: tuple[Misspelled, ...] = ()
    untested: tuple[Untested, ...] = ()
    has_tiers: bool = False
    """True if an order file has a column for the tier."""


class Refunds(NamedTuple):
    """Refunds in the orders of a backtest: their number, and the sum that was given back."""

    number: int
    amount: Fraction


class ReadingReport(NamedTuple):
    """Report on how the orders of a backtest were read."""

    sources: tuple[str, ...]
    """The names of the exports that the files are."""
    titles: tuple[str, ...]
    """Their names for people, without plain files."""
    base: AmountBase | None
    """The amount that earns points, if a file has several."""
    amount: tuple[tuple[str, int], ...]
    """The columns of this amount, each with its sign."""
    refund: tuple[tuple[str, str], ...]
    """The columns that tell refunds, each with its role."""
    notes: tuple[str, ...] = ()
    excluded: tuple[tuple[str, int], ...] = ()
    """Reasons why orders do not count by the description of their export, with the numbers of orders."""
    unpaid: str = ""
    """The note on orders that count although they seem unpaid or canceled; empty without them."""


class BacktestResult(NamedTuple):
    """Result of a backtest: the points that its orders earn under each rule set."""

    total: Group
    exact: tuple[Fraction, ...]
    """For each rule set, the total points before rounding."""
    groups: tuple[Group, ...]
    all_groups: int
    """The number of groups, including those over the maximum."""
    judged: tuple[int, ...]
    """For each rule set, the orders whose trigger has a rule in it or in the baseline, ACTIVE or not."""
    can_earn: tuple[bool, ...]
    """For each rule set, whether an ACTIVE rule awards points to any of the orders."""
    without_rule: int
    """Number of orders whose trigger has no rule in any rule set."""
    unknown_tier: int
    """Number of orders in a tier that no rule names; they earn the same as in the base tier."""
    currency: str | None
    columns: Mapping[OrderField, str]
    refunds: Refunds
    reading: ReadingReport
    findings: Findings = Findings()

    @property
    def skipped(self) -> int:
        """Number of orders that --skip-bad-rows left out of the result."""
        return sum(one.orders for one in self.findings.left_out)
