"""Validation of awards: validate the award of a rule as a whole, and convert it to a `Schedule` of `points`.

To calculate points, a rule needs only an award; trigger, status and title are optional. The numbers
of the award may have decimals, which the API does not accept.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import money
from loyaltyctl.intake.values import list_or_empty, object_or_empty, quoted
from loyaltyctl.model.normalization import Normalized
from loyaltyctl.model.resource_validation import violations
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, Status, tier_of, without_legacy
from loyaltyctl.model.triggers import BY_ACTIVITY, Method, unknown_trigger_problems
from loyaltyctl.model.validation_results import Problem
from loyaltyctl.points.awards import Earning, Schedule, whole_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.intake.values import Json, JsonObject, JsonPath
    from loyaltyctl.model.validation_results import Validation


NOT_WHOLE = "INT_TYPE"
"""Code of the problem that a number of an award is not whole."""


def validate_award(value: Json) -> Validation:
    """Validate the award and the status of a rule: all that a calculation of points needs."""
    rule = Normalized.of(value)
    document = rule.document
    problems = [*award_problems(document, needed=True), *_award_number_problems(document)]
    problems = problems if isinstance(value, dict) else []
    status = document.get("status")
    if status not in (None, *Status):
        problems.append(Problem(("status",), f"must be ACTIVE or PAUSED, got {quoted(status)}"))
    return replace(rule.validation(document, problems), warnings=EarningRule(document).inconsistencies())


def storage_problems(value: Json) -> tuple[Problem, ...]:
    """Return the problems for which the API would not store a rule, such as decimals in its award.

    The rule has passed `validate_award`: points can be calculated with it.
    """
    rule = Normalized.of(value)
    document = rule.document
    problems = [*violations(RULE, document, partial=True), *unknown_trigger_problems(document)]
    return rule.validation(document, [_with_whole_award(document, one) for one in problems]).problems


def unknown_fields(value: Json) -> tuple[Problem, ...]:
    """Return the problems that `validate_award` does not report: one for each unknown field of a rule."""
    return tuple(Problem((name,), "is unknown and is left out") for name in Normalized.of(value).unknown)


def _with_whole_award(document: JsonObject, problem: Problem) -> Problem:
    """If a number of a rate is not whole, add the same rate in whole numbers to the problem's message.

    For 1.5 points per 1, adds "3 points per 2 is the same rate". Returns any other problem unchanged.
    """
    config = dict(_configs_of_award(document)).get(problem.path[:-1])
    if problem.rule != NOT_WHOLE or config is None:
        return problem
    same = whole_rate(_earning(problem.path[0], config))
    return problem._replace(message=f"{problem.message} ({same} is the same rate)") if same else problem


def schedule(rule: EarningRule) -> Schedule:
    """Validate the award of a rule, and return it as a schedule by tier. Raises InvalidData for a problem."""
    for problem in (*award_problems(rule.document, needed=True), *_award_number_problems(rule.document)):
        name = quoted(rule.title or rule.id)
        raise InvalidData(": ".join(filter(None, (f"the rule {name}", problem.field, problem.message))))
    tiers = {
        tier_of(config) or None: _earning(arm, config)
        for (arm, *_), config in _configs_of_award(rule.document)
    }
    # A rule in a file may have no status. A rule with an unknown status is assumed not to award points.
    paused = rule.document.get("status") not in (None, Status.ACTIVE.value)
    return Schedule(tiers, rule.title, rule.trigger_activity_type, paused)


def _award_number_problems(document: JsonObject) -> Iterator[Problem]:
    """Validate the numbers of an award, which may have decimals; yield the problems."""
    configs = [*_configs_of_award(document)]
    if not configs and any(name in document for name in ARMS.values()):
        yield Problem((), "has an award without any configs")
    for path, config in configs:
        names = ("points",) if ARMS[Method.FIXED] in path else ("points", "moneyAmount")
        for name in names:
            number, value = _award_decimal(config.get(name)), config.get(name)
            if value is None:
                yield Problem((*path, name), "is missing")
            elif number is None:
                yield Problem((*path, name), f"must be a number in plain digits, got {quoted(value)}")
            elif name == "moneyAmount" and not number:
                yield Problem((*path, name), f"must be more than 0, got {quoted(value)}")


def _configs_of_award(document: JsonObject) -> Iterator[tuple[JsonPath, JsonObject]]:
    """Yield the JSON path and the config of each tier in an award, before validation."""
    for arm in ARMS.values():
        award = document.get(arm)
        listed = list_or_empty(without_legacy(object_or_empty(award)).get("configs"))
        for i, config in enumerate(listed):
            yield (arm, "configs", i), object_or_empty(config)


def _earning(arm: str | int, config: JsonObject) -> Earning:
    """Convert a config to the award of its tier in the `Schedule`. Points that are invalid count as 0.

    `arm` is the member of the rule that has the config: fixedAmount or conversionRate.
    """
    per = _award_decimal(config.get("moneyAmount")) if arm == ARMS[Method.RATE] else None
    return Earning(_award_decimal(config.get("points")) or Decimal(0), per)


def _award_decimal(value: Json) -> Decimal | None:
    """Parse a number of an award for validation. Return None if it is invalid or negative."""
    return None if isinstance(value, bool) else money.parse_award_number(str(value))


def award_problems(document: JsonObject, *, needed: bool = False) -> Iterator[Problem]:
    """Validate the award of a rule as a whole; yield the problems.

    Problems are: no award although it is `needed`, both a fixed amount and a rate, a tier listed twice, and a
    method that the trigger does not support.
    """
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
        yield from _duplicate_award_problems(document, name)
    trigger = BY_ACTIVITY.get(str(document.get("triggerActivityType")))
    for method, name in ARMS.items():
        if name in arms and trigger and method not in trigger.methods:
            allowed = "a fixed amount" if method is Method.RATE else "a conversion rate"
            message = f"{trigger.title} ({trigger.activity_type}) can only award {allowed}"
            yield Problem((name,), message, "METHOD_NOT_SUPPORTED")


def _duplicate_award_problems(document: JsonObject, arm: str) -> Iterator[Problem]:
    """Validate the tiers of an award; yield a problem for each tier that is listed more than once."""
    tiers = [config.tier_id for config in EarningRule({arm: document[arm]}).configs]
    for tier, times in Counter(tiers).items():
        if times > 1:
            named = f"the tier {tier}" if tier else "the base tier (no tierId)"
            yield Problem((arm, "configs"), f"{named} is listed {times} times", "DUPLICATE_TIER")
