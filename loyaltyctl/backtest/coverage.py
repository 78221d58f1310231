"""Coverage of rule sets by orders: how many orders test a rule set, and which of its parts no order tests."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.backtest.kinds import OTHER, earnings_of_kind
from loyaltyctl.backtest.result import Untested

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from loyaltyctl.backtest.kinds import Kind
    from loyaltyctl.backtest.request import BacktestRequest, RuleSet
    from loyaltyctl.points.awards import Earning


class Coverage(NamedTuple):
    """Coverage of the rule sets of a backtest by its orders. `counts` is the number of orders by kind."""

    request: BacktestRequest
    counts: Mapping[Kind, int]

    def judged(self) -> tuple[int, ...]:
        """Return, for each rule set, the number of orders that cover it.

        An order covers a rule set if a rule of this set, or of the baseline, has the order's trigger.
        """
        return tuple(self._count_with_rule(self._with_baseline(one)) for one in self.request.sets)

    def without_rule(self) -> int:
        """Return the number of orders that test no rule set: no rule of any rule set has their trigger."""
        return sum(self.counts.values()) - self._count_with_rule(self.request.sets)

    def unknown_tier(self) -> int:
        """Return the number of orders in a tier that no rule of any rule set names."""
        return sum(count for (_, tier), count in self.counts.items() if tier == OTHER)

    def can_earn(self) -> tuple[bool, ...]:
        """Return, for each rule set, whether any order can earn points under it.

        That is so if an ACTIVE rule of the set awards points for the trigger and tier of at least one order.
        """
        present = [kind for kind, count in self.counts.items() if count]
        return tuple(
            any(earning.points for kind in present for earning in earnings_of_kind(one.rules, *kind))
            for one in self.request.sets
        )

    def untested(self) -> list[Untested]:
        """Return the parts of the candidate rule sets that no order tests; empty if there are no orders.

        With a baseline, the parts are the changes of the candidate. Without a baseline, they are its
        awards for tiers.
        """
        candidates = self.request.sets[int(self.request.compares) :] if sum(self.counts.values()) else ()
        return [one for candidate in candidates for one in self._untested_parts(candidate)]

    def _count_with_rule(self, sets: Sequence[RuleSet]) -> int:
        """Return the number of orders whose trigger has a rule in at least one of the rule sets."""
        triggers = {rule.trigger for one in sets for rule in one.rules}
        if "" in triggers:
            return sum(self.counts.values())
        return sum(count for (trigger, _), count in self.counts.items() if trigger in triggers)

    def _with_baseline(self, one: RuleSet) -> list[RuleSet]:
        """Return the rule set whose coverage is measured, and after it the baseline if there is one."""
        return [one, *self.request.sets[: int(self.request.compares)]]

    def _untested_parts(self, candidate: RuleSet) -> Iterator[Untested]:
        """Yield the parts of a candidate rule set that no order tests: first triggers, then tiers."""
        rules = [rule for one in self._with_baseline(candidate) for rule in one.rules]
        affected: dict[str | None, list[str]] = {}
        for trigger, tier in self.counts:
            if tier != OTHER and self._affects(candidate, trigger, tier):
                affected.setdefault(tier, []).append(trigger)
        absent = {
            one for triggers in affected.values() for one in triggers if not self._count_orders(trigger=one)
        }
        if any(not rule.trigger for rule in rules):
            absent = set()  # a rule without a trigger applies to all orders, so no trigger is untested
        elif absent:
            yield Untested(candidate.name, tuple(sorted(absent)))
        # A tier without any orders is reported once, not once for each trigger.
        for tier, triggers in affected.items():
            present = [trigger for trigger in triggers if trigger not in absent]
            untested = [trigger for trigger in present if not self._count_orders(trigger=trigger, tier=tier)]
            if present and not self._count_orders(tier=tier):
                yield Untested(candidate.name, (), tier)
            elif untested and all(rule.trigger for rule in rules):
                yield Untested(candidate.name, tuple(sorted(untested)), tier)

    def _affects(self, candidate: RuleSet, trigger: str, tier: str | None) -> bool:
        """Return whether the candidate rule set changes the award for this trigger and tier.

        Without a baseline, return whether the candidate has an award for the tier. Always False if no
        active rule names the tier.
        """
        sets = self._with_baseline(candidate)
        rules = [rule for one in sets for rule in one.rules if rule.trigger in ("", trigger)]
        # A tier that no active rule names earns as the base tier does, and is tested with it.
        if not any(tier in rule.tiers for rule in rules if not rule.paused):
            return False
        if not self.request.compares:
            return tier is not None and bool(earnings_of_kind(candidate.rules, trigger, tier))
        now, before = (sorted(earnings_of_kind(one.rules, trigger, tier), key=_earning_key) for one in sets)
        return now != before

    def _count_orders(self, *, trigger: str | None = None, tier: str | None = OTHER) -> int:
        """Return the number of orders that cover a trigger and a tier; by default any trigger and any tier.

        A `tier` of None is the base tier. Orders in OTHER tiers, for which no rule has an award, earn the
        same and are counted with it.
        """
        tiers = (None, OTHER) if tier is None else (tier,)
        return sum(
            count
            for (one, other), count in self.counts.items()
            if trigger in (None, one) and (tier == OTHER or other in tiers)
        )


def _earning_key(earning: Earning) -> tuple[Decimal, Decimal]:
    """Return a sort key for awards. Coverage compares sorted awards, so the order of the rules is ignored."""
    return earning.points, earning.per or Decimal(0)
