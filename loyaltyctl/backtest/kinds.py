"""Kinds of orders: a kind is a pair of a trigger and a tier. The same awards apply to all its orders."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from loyaltyctl.orders.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.points.awards import Earning, Schedule

Kind: TypeAlias = "tuple[str, str | None]"
"""Kind of orders: their trigger and their tier, which is None for the base tier."""
OTHER = ""
"""Stands in a kind of orders for every trigger, or every tier, that no rule names."""
_MAX_SMALLINT = 2**15


class Kinds(NamedTuple):
    """Kinds of orders: all pairs of a trigger and a tier, numbered from 0.

    `triggers` are those that rules name, then OTHER; or only the trigger of all orders, if they have one.
    `tiers` are those that rules name, then None for the base tier, then OTHER.
    Orders in a tier that no rule names earn the same as in the base tier, but are counted separately.
    """

    triggers: tuple[str, ...]
    tiers: tuple[str | None, ...]

    @classmethod
    def of(cls, sets: Sequence[Sequence[Schedule]], trigger: str | None) -> Kinds:
        """Return the kinds of orders that the rule sets distinguish.

        `trigger` is the trigger of all orders; None if each order has its own.
        """
        rules = [rule for one in sets for rule in one]
        triggers = dict.fromkeys(rule.trigger for rule in rules if rule.trigger)
        tiers = dict.fromkeys(tier for rule in rules for tier in rule.tiers if tier is not None)
        return cls((*triggers, OTHER) if trigger is None else (trigger,), (*tiers, None, OTHER))

    @property
    def named_tiers(self) -> tuple[str, ...]:
        """The ids of the tiers that rules name: `tiers` without None (the base tier) and OTHER."""
        return tuple(tier for tier in self.tiers if tier)

    @property
    def all(self) -> list[Kind]:
        """All kinds of orders: each trigger with each tier. The number of a kind is its index in the list."""
        return [*product(self.triggers, self.tiers)]

    def number_sql(self) -> str:
        """Return the SQL for the number of an order's kind.

        A scan groups orders by this number, which is faster than grouping by two strings.
        """
        base = len(self.named_tiers)
        trigger = _position_sql("trigger", self.triggers[:-1], str(len(self.triggers) - 1))
        # Tier ids are first compared as written. lower() copies the text, so it runs only if none is equal.
        in_lower_case = _position_sql("lower(tier)", self.named_tiers, str(base + 1))
        unnamed = f"CASE WHEN tier IS NULL OR tier = '' THEN {base} ELSE {in_lower_case} END"
        tier = _position_sql("tier", self.named_tiers, unnamed)
        integer = "SMALLINT" if len(self.triggers) * len(self.tiers) < _MAX_SMALLINT else "INTEGER"
        return f"({trigger} * {len(self.tiers)} + {tier})::{integer}"

    def other_tier_sql(self) -> str:
        """Return the SQL for the tier of an order whose kind has the tier OTHER; null for any other order."""
        # Tiers that no rule names earn alike, so they share a kind, but --by tier must show each of them.
        return f"CASE WHEN kind % {len(self.tiers)} = {len(self.tiers) - 1} THEN lower(tier) END"

    def tier_sql(self) -> str:
        """Return the SQL for the tier of a group of orders: an empty text for the base tier.

        The number of the kind tells which tier it is, if rules name the tier. Any other tier is read from the
        column `tier`, which has the value of `other_tier_sql`.
        """
        whens = [f"WHEN {i} THEN {literal(tier)}" for i, tier in enumerate(self.named_tiers)]
        tier = f"CASE kind % {len(self.tiers)} {' '.join(whens)} ELSE tier END" if whens else "tier"
        return f"coalesce({tier}, '')"

    def numbers_for(self, rules: Sequence[Schedule]) -> list[int]:
        """Return the numbers of the kinds of orders to which at least one of the rules applies."""
        triggers = {rule.trigger for rule in rules}
        return [i for i, (trigger, _) in enumerate(self.all) if triggers & {"", trigger}]


def earnings_of_kind(rules: Sequence[Schedule], trigger: str, tier: str | None) -> list[Earning]:
    """Return the awards of the ACTIVE rules for one kind of orders: those with this trigger and tier.

    A rule without a trigger applies to all kinds.
    """
    found = [rule.earning(tier) for rule in rules if rule.trigger in ("", trigger) and not rule.paused]
    return [earning for earning in found if earning is not None]


def _position_sql(column: str, values: Sequence[str], otherwise: str) -> str:
    """Return the SQL for a part of a kind's number: the index of an order's trigger or tier in `values`.

    `otherwise` is the SQL for a text in `column` that is not in `values`.
    """
    whens = [f"WHEN {literal(value)} THEN {i}" for i, value in enumerate(values)]
    return f"CASE {column} {' '.join(whens)} ELSE {otherwise} END" if whens else otherwise
