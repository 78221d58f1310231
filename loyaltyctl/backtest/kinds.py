"""Kinds of orders: trigger and tier, as far as any rule tells them apart."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.orders.sql import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.points.awards import Earning, Schedule

OTHER = ""
"""Stands for every trigger, and for every tier, that no rule names."""
_MAX_SMALLINT = 2**15


class Kinds(NamedTuple):
    """Triggers and tiers that rules name, and OTHER as the last of each; a kind is a pair, numbered from 0.

    The base tier is None. Another tier earns as the base tier does, and is counted apart.
    """

    triggers: tuple[str, ...]
    tiers: tuple[str | None, ...]

    @classmethod
    def of(cls, sets: Sequence[Sequence[Schedule]], trigger: str | None) -> Kinds:
        """Return the kinds for some rule sets; if `trigger` is given, all orders have that one."""
        rules = [rule for one in sets for rule in one]
        triggers = dict.fromkeys(rule.trigger for rule in rules if rule.trigger)
        tiers = dict.fromkeys(tier for rule in rules for tier in rule.tiers if tier is not None)
        return cls((*triggers, OTHER) if trigger is None else (trigger,), (*tiers, None, OTHER))

    @property
    def named_tiers(self) -> tuple[str, ...]:
        """The tiers that rules name; they are the first ones."""
        return tuple(tier for tier in self.tiers if tier)

    @property
    def all(self) -> list[tuple[str, str | None]]:
        """Trigger and tier of each kind, by its number."""
        return [*product(self.triggers, self.tiers)]

    def number_sql(self) -> str:
        """Return the SQL for the number of an order's kind."""
        base = len(self.named_tiers)
        trigger = _position("trigger", self.triggers[:-1], str(len(self.triggers) - 1))
        # Tier ids are compared as they are written first: lower() for each order takes time.
        in_lower_case = _position("lower(tier)", self.named_tiers, str(base + 1))
        unnamed = f"CASE WHEN tier IS NULL OR tier = '' THEN {base} ELSE {in_lower_case} END"
        tier = _position("tier", self.named_tiers, unnamed)
        integer = "SMALLINT" if len(self.triggers) * len(self.tiers) < _MAX_SMALLINT else "INTEGER"
        return f"({trigger} * {len(self.tiers)} + {tier})::{integer}"

    def other_tier_sql(self) -> str:
        """Return the SQL for the tier of an order, null if its kind tells the tier."""
        return f"CASE WHEN kind % {len(self.tiers)} = {len(self.tiers) - 1} THEN lower(tier) END"

    def tier_sql(self) -> str:
        """Return the SQL for the tier of a group with a kind and the result of `other_tier_sql` as `tier`."""
        whens = [f"WHEN {i} THEN {literal(tier)}" for i, tier in enumerate(self.named_tiers)]
        tier = f"CASE kind % {len(self.tiers)} {' '.join(whens)} ELSE tier END" if whens else "tier"
        return f"coalesce({tier}, '')"

    def with_trigger_of(self, rules: Sequence[Schedule]) -> list[int]:
        """Return the numbers of the kinds whose trigger some of the rules have."""
        triggers = {rule.trigger for rule in rules}
        return [i for i, (trigger, _) in enumerate(self.all) if triggers & {"", trigger}]


def earnings(rules: Sequence[Schedule], trigger: str, tier: str | None) -> list[Earning]:
    """Return the award of each rule that applies to a kind; a rule without a trigger applies to all."""
    found = [rule.earning(tier) for rule in rules if rule.trigger in ("", trigger) and not rule.paused]
    return [earning for earning in found if earning is not None]


def _position(column: str, values: Sequence[str], otherwise: str) -> str:
    """Return the SQL for the position of a column's value in a list; `otherwise` if it is not in it."""
    whens = [f"WHEN {literal(value)} THEN {i}" for i, value in enumerate(values)]
    return f"CASE {column} {' '.join(whens)} ELSE {otherwise} END" if whens else otherwise
