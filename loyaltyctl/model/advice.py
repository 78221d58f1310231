"""Advice about rules that are valid but probably mistakes, such as two rules for one trigger."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.rule_table import ARMS
from loyaltyctl.model.rules import Status
from loyaltyctl.model.triggers import BY_ACTIVITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.intake.values import JsonPath
    from loyaltyctl.model.desired_rules import DesiredRule
    from loyaltyctl.model.rule_sets import LocatedRule
    from loyaltyctl.model.rules import EarningRule, TierConfig

SUSPICIOUS_FACTOR = 10
"""A tier that earns at least this many times as much as the base tier may have a digit too many."""


def advice(located: Sequence[LocatedRule]) -> Iterator[Detail]:
    """Yield all advice about the rules of a set: about each rule, then about the set as a whole."""
    for one in located:
        for check in (_trigger_advice, _award_advice, _base_tier_advice, _tier_rate_advice):
            for remark in check(one.rule):
                field = ".".join(map(str, remark.paths[0])) if remark.paths else ""
                yield Detail(remark.message, field, one.entry.location(*remark.paths), remark.code)
    yield from _overlap_advice(located)
    if located and not any(one.rule.status is Status.ACTIVE for one in located):
        message = "no rule is ACTIVE; a program without one pauses itself"
        yield Detail(message, where=located[0].entry.location(), rule="NONE_ACTIVE")


class _Remark(NamedTuple):
    """Advice about one rule. `paths` has the JSON paths that the value may have in a rules file.

    The path in the short form comes first: ("trigger",), then ("triggerActivityType",).
    """

    code: str
    message: str
    paths: tuple[JsonPath, ...] = ()


def _overlap_advice(located: Sequence[LocatedRule]) -> Iterator[Detail]:
    """Yield advice about each active rule with the trigger of an earlier rule: both award points."""
    groups: defaultdict[tuple[str, str], list[LocatedRule]] = defaultdict(list)
    for one in located:
        if one.rule.status is Status.ACTIVE and one.rule.trigger_activity_type:
            groups[one.rule.trigger_app, one.rule.trigger_activity_type].append(one)
    for first, *others in groups.values():
        for other in others:
            message = f"has the same trigger as {quoted(first.rule.title)}: an activity earns points by both"
            yield Detail(message, where=other.entry.location(), rule="OVERLAP")


def _trigger_advice(rule: EarningRule) -> Iterator[_Remark]:
    """Yield advice about a trigger that resembles a known trigger. Any other trigger may be a custom one."""
    activity = rule.trigger_activity_type
    other = "" if activity in BY_ACTIVITY else did_you_mean(activity, BY_ACTIVITY, cutoff=0.8)
    if other:
        message = f"{quoted(activity)} is not a known trigger{other}"
        yield _Remark("UNKNOWN_TRIGGER", message, (("trigger",), ("triggerActivityType",)))


def _award_advice(rule: DesiredRule) -> Iterator[_Remark]:
    """Yield advice about a rule without an award, and about awards of 0 points."""
    if rule.method is None:
        tier = " for the base tier" if rule.gives_tier_awards else ""
        yield _Remark("NO_AWARD", f"has no award{tier}, so the award on the site is kept")
        return
    for config in rule.configs:
        if config.points == 0:
            who = f"the tier {config.tier_id}" if config.tier_id else "the base tier"
            yield _Remark("NO_POINTS", f"{who} earns 0 points", _paths_for_advice(rule, config))


def _base_tier_advice(rule: DesiredRule) -> Iterator[_Remark]:
    """Yield advice about a rule without an award for the base tier."""
    if rule.method is None or any(config.tier_id is None for config in rule.configs):
        return
    message = "the base tier earns nothing"
    if not rule.gives_base_award:
        message = "has no award for the base tier: that on the site is kept; a new rule has none"
    yield _Remark("NO_BASE_TIER", message, (("tiers",), (ARMS[rule.method],)))


def _tier_rate_advice(rule: EarningRule) -> Iterator[_Remark]:
    """Yield advice about tiers that earn less than the base tier, or many times as much."""
    rates = {config.tier_id: _points_per_unit(config) for config in rule.configs}
    base = rates.get(None)
    for config in rule.configs if base else ():
        times = rates[config.tier_id] / base if base else Fraction(1)
        if 1 <= times < SUSPICIOUS_FACTOR:
            continue
        than = "less than" if times < 1 else f"{float(times):g} times as much as"
        message = f"the tier {config.tier_id} earns {config.in_words()}, {than} the base tier"
        yield _Remark("TIER_RATE", message, _paths_for_advice(rule, config))


def _points_per_unit(config: TierConfig) -> Fraction:
    """Return the points of a tier for each unit of money, or for each activity, to advise on outliers."""
    return Fraction(config.points) / Fraction(config.money_amount or 1)


def _paths_for_advice(rule: EarningRule, config: TierConfig) -> tuple[JsonPath, ...]:
    """Return the JSON paths for advice about the award of a tier: short form first, then long form."""
    arm = ARMS[rule.method] if rule.method else ""
    number = rule.configs.index(config)
    return ("tiers", config.tier_id) if config.tier_id else ("earn",), (arm, "configs", number)
