"""Advice about rule sets: what is valid, but probably a mistake."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail
from loyaltyctl.intake.values import did_you_mean, quoted
from loyaltyctl.model.desired_rules import app_of
from loyaltyctl.model.rule_table import ARMS
from loyaltyctl.model.rules import Status
from loyaltyctl.model.triggers import BY_ACTIVITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.intake.values import JsonPath
    from loyaltyctl.model.desired_rules import DesiredRule
    from loyaltyctl.model.rule_sets import LocatedRule
    from loyaltyctl.model.rules import EarningRule, TierConfig

OUT_OF_LINE = 10
"""A tier that earns this many times as much as the base tier may have a digit too many."""


def advice(located: Sequence[LocatedRule]) -> Iterator[Detail]:
    """Yield everything that deserves a second look, in the order of the rules."""
    for one in located:
        for check in (_trigger, _award, _base, _tiers):
            for remark in check(one.rule):
                field = ".".join(map(str, remark.places[0])) if remark.places else ""
                yield Detail(remark.message, field, one.entry.location(*remark.places), remark.code)
    yield from _overlaps(located)
    if located and not any(one.rule.status is Status.ACTIVE for one in located):
        what = "no rule is ACTIVE; a program without one pauses itself"
        yield Detail(what, where=located[0].entry.location(), rule="NONE_ACTIVE")


class _Remark(NamedTuple):
    """Advice about one rule, and the places that it may be about, the short form's first."""

    code: str
    message: str
    places: tuple[JsonPath, ...] = ()


def _overlaps(located: Sequence[LocatedRule]) -> Iterator[Detail]:
    """Yield active rules with the trigger of an earlier one: an activity earns points by both."""
    groups: defaultdict[tuple[str, str], list[LocatedRule]] = defaultdict(list)
    for one in located:
        if one.rule.status is Status.ACTIVE and one.rule.trigger_activity_type:
            groups[app_of(one.rule), one.rule.trigger_activity_type].append(one)
    for first, *others in groups.values():
        for other in others:
            message = f"has the same trigger as {quoted(first.rule.title)}: an activity earns points by both"
            yield Detail(message, where=other.entry.location(), rule="OVERLAP")


def _trigger(rule: EarningRule) -> Iterator[_Remark]:
    activity = rule.trigger_activity_type
    other = "" if activity in BY_ACTIVITY else did_you_mean(activity, BY_ACTIVITY, cutoff=0.8)
    if other:
        message = f"{quoted(activity)} is not a known trigger{other}"
        yield _Remark("UNKNOWN_TRIGGER", message, (("trigger",), ("triggerActivityType",)))


def _award(rule: DesiredRule) -> Iterator[_Remark]:
    if rule.method is None:
        who = "the base tier" if rule.states_tiers else "it"
        yield _Remark("NO_AWARD", f"does not state what {who} earns, so the award on the site is kept")
        return
    for config in rule.configs:
        if config.points == 0:
            who = f"the tier {config.tier_id}" if config.tier_id else "the base tier"
            yield _Remark("NO_POINTS", f"{who} earns 0 points", _places(rule, config))


def _base(rule: DesiredRule) -> Iterator[_Remark]:
    if rule.method is None or any(config.tier_id is None for config in rule.configs):
        return
    message = "the base tier earns nothing"
    if not rule.states_base:
        message = "does not state the award of the base tier: it is kept, and a new rule awards nothing there"
    yield _Remark("NO_BASE_TIER", message, (("tiers",), (ARMS[rule.method],)))


def _tiers(rule: EarningRule) -> Iterator[_Remark]:
    """Yield tiers that earn less than the base tier, or many times as much."""
    rates = {config.tier_id: _rate(config) for config in rule.configs}
    base = rates.get(None)
    for config in rule.configs if base else ():
        times = rates[config.tier_id] / base if base else Fraction(1)
        if 1 <= times < OUT_OF_LINE:
            continue
        than = "less than" if times < 1 else f"{float(times):g} times as much as"
        message = f"the tier {config.tier_id} earns {config.in_words()}, {than} the base tier"
        yield _Remark("TIER_RATE", message, _places(rule, config))


def _rate(config: TierConfig) -> Fraction:
    return Fraction(config.points) / Fraction(config.money_amount or 1)


def _places(rule: EarningRule, config: TierConfig) -> tuple[JsonPath, ...]:
    """Return the places at which a file may state the award of a tier."""
    arm = ARMS[rule.method] if rule.method else ""
    number = rule.configs.index(config)
    return ("tiers", config.tier_id) if config.tier_id else ("earn",), (arm, "configs", number)
