"""Awards of earning rules: validation of the award as a whole, and conversion to a `Schedule` of points.

A rule whose points are calculated needs less than one that is created: an award, and
optionally a trigger, a status and a title. Its numbers may have decimals.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import money
from loyaltyctl.intake.values import did_you_mean, quoted
from loyaltyctl.model.normalization import Normalized
from loyaltyctl.model.problems import Problem
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, Status, tier_of, without_legacy
from loyaltyctl.model.triggers import BY_ACTIVITY, Method
from loyaltyctl.model.validation import violations
from loyaltyctl.points.awards import Earning, Schedule, whole_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.intake.values import Json, JsonObject, JsonPath
    from loyaltyctl.model.problems import Validation


NOT_WHOLE = ("INT_TYPE", "INT_FROM_FLOAT")
"""Codes of problems for a value that must be a whole number."""


def validate(value: Json) -> Validation:
    """Validate a rule whose points are calculated."""
    rule = Normalized.of(value)
    document = rule.document
    problems = [*award_problems(document, needed=True), *_number_problems(document)]
    problems = problems if isinstance(value, dict) else []
    status = document.get("status")
    if status not in (None, *Status):
        problems.append(Problem(("status",), f"must be ACTIVE or PAUSED, got {quoted(status)}"))
    return replace(rule.validation(document, problems), warnings=EarningRule(document).inconsistencies())


def storage_problems(value: Json) -> tuple[Problem, ...]:
    """Return the reasons why the API would refuse a rule whose points can be calculated."""
    rule = Normalized.of(value)
    document = rule.document
    problems = [*violations(RULE, document, partial=True), *trigger_problems(document)]
    return rule.validation(document, [_with_whole_rate(document, one) for one in problems]).problems


def unknown_fields(value: Json) -> tuple[Problem, ...]:
    """Return a problem for each unknown field of a rule, which a calculation ignores."""
    return tuple(Problem((name,), "is unknown and is left out") for name in Normalized.of(value).unknown)


def _with_whole_rate(document: JsonObject, problem: Problem) -> Problem:
    """Return a problem of a number with decimals with the same conversion rate in whole numbers added."""
    config = dict(_configs(document)).get(problem.place[:-1])
    if problem.rule not in NOT_WHOLE or config is None:
        return problem
    earning = Earning(_number(config.get("points")) or Decimal(0), _number(config.get("moneyAmount")))
    same = whole_rate(earning)
    return problem._replace(message=f"{problem.message} ({same} is the same rate)") if same else problem


def schedule(rule: EarningRule) -> Schedule:
    """Return the awards of a rule by tier. Raises InvalidData if its award is missing or invalid."""
    for problem in (*award_problems(rule.document, needed=True), *_number_problems(rule.document)):
        name = quoted(rule.title or rule.id)
        raise InvalidData(": ".join(filter(None, (f"the rule {name}", problem.field, problem.message))))
    tiers = {
        tier_of(config) or None: Earning(
            _number(config.get("points")) or Decimal(0), _number(config.get("moneyAmount"))
        )
        for _, config in _configs(rule.document)
    }
    paused = rule.document.get("status") not in (None, Status.ACTIVE.value)
    return Schedule(tiers, rule.title, rule.trigger_activity_type, paused)


def _number_problems(document: JsonObject) -> Iterator[Problem]:
    """Yield the problems of the numbers that points are calculated from."""
    configs = [*_configs(document)]
    if not configs and any(name in document for name in ARMS.values()):
        yield Problem((), "has an award without any configs")
    for place, config in configs:
        names = ("points",) if ARMS[Method.FIXED] in place else ("points", "moneyAmount")
        for name in names:
            number, value = _number(config.get(name)), config.get(name)
            if value is None:
                yield Problem((*place, name), "is missing")
            elif number is None:
                yield Problem((*place, name), f"must be a number in plain digits, got {quoted(value)}")
            elif name == "moneyAmount" and not number:
                yield Problem((*place, name), f"must be more than 0, got {quoted(value)}")


def _configs(document: JsonObject) -> Iterator[tuple[JsonPath, JsonObject]]:
    """Yield the config of each tier in a document, with its place."""
    for arm in ARMS.values():
        award = document.get(arm)
        listed = without_legacy(award).get("configs") if isinstance(award, dict) else None
        for i, config in enumerate(listed if isinstance(listed, list) else []):
            yield (arm, "configs", i), config if isinstance(config, dict) else {}


def _number(value: Json) -> Decimal | None:
    """Return the number of a config; None if it is none, or not in plain digits."""
    return None if isinstance(value, bool) else money.number(str(value))


def award_problems(document: JsonObject, *, needed: bool = False) -> Iterator[Problem]:
    """Yield the problems of the award as a whole: none or two awards, tiers, and the trigger's methods."""
    arms = [name for name in ARMS.values() if name in document]
    if len(arms) > 1:
        yield Problem((arms[1],), f"is mutually exclusive with {arms[0]}", "ONE_OF")
    if not arms and needed:
        yield Problem(
            (),
            "awards nothing: give points (with per, for a rate), earn, fixedAmount or conversionRate",
            "ONE_OF",
        )
    for name in arms:
        yield from _tier_problems(document, name)
    trigger = BY_ACTIVITY.get(str(document.get("triggerActivityType")))
    for method, name in ARMS.items():
        if name in arms and trigger and method not in trigger.methods:
            allowed = "a fixed amount" if method is Method.RATE else "a conversion rate"
            message = f"{trigger.title} ({trigger.activity_type}) can only award {allowed}"
            yield Problem((name,), message, "METHOD_NOT_SUPPORTED")


def _tier_problems(document: JsonObject, arm: str) -> Iterator[Problem]:
    tiers = [config.tier_id for config in EarningRule({arm: document[arm]}).configs]
    for tier, times in Counter(tiers).items():
        if times > 1:
            named = f"the tier {tier}" if tier else "the base tier (no tierId)"
            yield Problem((arm, "configs"), f"{named} is listed {times} times", "DUPLICATE_TIER")


def trigger_problems(document: JsonObject) -> Iterator[Problem]:
    """Yield a problem for a trigger that is not in the vendor's reference and has no trigger app id."""
    activity = document.get("triggerActivityType")
    if isinstance(activity, str) and document.get("triggerAppId") is None and activity not in BY_ACTIVITY:
        advice = did_you_mean(activity, BY_ACTIVITY, "give its triggerAppId too", cutoff=0.75)
        yield Problem(("triggerActivityType",), f"{quoted(activity)} is not a known trigger{advice}")
