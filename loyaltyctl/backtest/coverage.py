"""Orders counted by kind: how many judge a rule set, and what it says for orders that are not there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.backtest.findings import Untested
from loyaltyctl.backtest.sql import STRANGE, earnings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.backtest.request import BacktestRequest, RuleSet
    from loyaltyctl.backtest.sql import Kinds
    from loyaltyctl.points.awards import Earning


class Coverage(NamedTuple):
    """The number of counted orders of each kind."""

    request: BacktestRequest
    kinds: Kinds
    counts: Sequence[int]

    def judged(self) -> tuple[int, ...]:
        """Return, for each rule set, the orders whose trigger has a rule in it or in the baseline."""
        return tuple(self._known(self._beside(one)) for one in self.request.sets)

    def without_rule(self) -> int:
        """Return the orders whose trigger has a rule in none of the sets."""
        return sum(self.counts) - self._known(self.request.sets)

    def unknown_tier(self) -> int:
        """Return the orders whose tier no rule names."""
        return sum(
            count for (_, tier), count in zip(self.kinds.all, self.counts, strict=True) if tier == STRANGE
        )

    def could_earn(self) -> tuple[bool, ...]:
        """Return, for each rule set, whether a rule in force promises points to any of the orders."""
        return tuple(
            any(
                earning.points
                for kind, count in zip(self.kinds.all, self.counts, strict=True)
                if count
                for earning in earnings(one.rules, *kind)
            )
            for one in self.request.sets
        )

    def untested(self) -> list[Untested]:
        """Return what the candidates say for orders that are not there, where there are orders at all.

        That is what they change, compared with a baseline; without one, what they say of a tier.
        """
        candidates = self.request.sets[int(self.request.compares) :] if sum(self.counts) else ()
        return [one for candidate in candidates for one in self._untested(candidate)]

    def _known(self, sets: Sequence[RuleSet]) -> int:
        triggers = {rule.trigger for one in sets for rule in one.rules}
        if "" in triggers:
            return sum(self.counts)
        kinds = zip(self.kinds.all, self.counts, strict=True)
        return sum(count for (trigger, _), count in kinds if trigger in triggers)

    def _beside(self, one: RuleSet) -> list[RuleSet]:
        """Return a rule set and what it is compared with."""
        return [one, *self.request.sets[: int(self.request.compares)]]

    def _untested(self, candidate: RuleSet) -> Iterator[Untested]:
        rules = [rule for one in self._beside(candidate) for rule in one.rules]
        said: dict[str | None, list[str]] = {}
        for trigger, tier in self.kinds.all:
            if tier != STRANGE and self._says(candidate, trigger, tier):
                said.setdefault(tier, []).append(trigger)
        absent = {one for triggers in said.values() for one in triggers if not self._with(trigger=one)}
        if any(not rule.trigger for rule in rules):  # it is for all orders, so that no trigger is missing
            absent = set()
        elif absent:
            yield Untested(candidate.name, tuple(sorted(absent)))
        for tier, triggers in said.items():
            present = [trigger for trigger in triggers if trigger not in absent]
            idle = [trigger for trigger in present if not self._with(trigger=trigger, tier=tier)]
            if present and not self._with(tier=tier):
                yield Untested(candidate.name, (), tier)
            elif idle and all(rule.trigger for rule in rules):
                yield Untested(candidate.name, tuple(sorted(idle)), tier)

    def _says(self, candidate: RuleSet, trigger: str, tier: str | None) -> bool:
        """Whether the candidate changes what a tier earns; without a baseline, whether it names the tier."""
        sets = self._beside(candidate)
        rules = [rule for one in sets for rule in one.rules if rule.trigger in ("", trigger)]
        if not any(tier in rule.tiers for rule in rules if not rule.paused):
            return False
        if not self.request.compares:
            return tier is not None and bool(earnings(candidate.rules, trigger, tier))
        now, before = (sorted(earnings(one.rules, trigger, tier), key=_order) for one in sets)
        return now != before

    def _with(self, *, trigger: str | None = None, tier: str | None = STRANGE) -> int:
        """Return the number of orders with a trigger, if one is given, and in a tier, if one is given.

        The base tier, None, stands for the strange ones too, which earn the same.
        """
        tiers = (None, STRANGE) if tier is None else (tier,)
        return sum(
            count
            for (one, other), count in zip(self.kinds.all, self.counts, strict=True)
            if trigger in (None, one) and (tier == STRANGE or other in tiers)
        )


def _order(earning: Earning) -> tuple[Decimal, Decimal]:
    return earning.points, earning.per or Decimal(0)
