"""The award of a rule: what is wrong with it as a whole, and the schedule that the maths take.

A rule whose points are to be calculated needs less than one that is to be created: an
award, and perhaps a trigger, a status and a title. Its numbers may have decimals.
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
"""The rules of a Problem for a value that should be a whole number."""


def check(value: Json) -> Validation:
    """`value` as a rule whose points can be calculated."""
    written = Normalized.of(value)
    document = written.document
    broken = [*broken_award(document, needed=True), *_broken_numbers(document)]
    broken = broken if isinstance(value, dict) else []
    status = document.get("status")
    if status not in (None, *Status):
        broken.append(Problem(("status",), f"must be ACTIVE or PAUSED, got {quoted(status)}"))
    return replace(written.validation(document, broken), warnings=EarningRule(document).inconsistencies())


def not_storable(value: Json) -> tuple[Problem, ...]:
    """Return the limits of the API that a rule breaks whose points can be calculated all the same."""
    written = Normalized.of(value)
    document = written.document
    broken = [*violations(RULE, document, partial=True), *unknown_trigger(document)]
    return written.validation(document, [_with_whole_rate(document, problem) for problem in broken]).problems


def not_counted(value: Json) -> tuple[Problem, ...]:
    """Return the fields of a rule that the calculation does not know, and so leaves out."""
    return tuple(
        Problem((name,), "is not known here and is left out") for name in Normalized.of(value).unknown
    )


def _with_whole_rate(document: JsonObject, problem: Problem) -> Problem:
    """Return `problem` with the same conversion rate in whole numbers, if that is what the API misses."""
    config = dict(_configs(document)).get(problem.place[:-1])
    if problem.rule not in NOT_WHOLE or config is None:
        return problem
    earning = Earning(_number(config.get("points")) or Decimal(0), _number(config.get("moneyAmount")))
    same = whole_rate(earning)
    return problem._replace(message=f"{problem.message} ({same} is the same rate)") if same else problem


def schedule(rule: EarningRule) -> Schedule:
    """What `rule` earns. Raises InvalidData where that cannot be told."""
    for problem in (*broken_award(rule.document, needed=True), *_broken_numbers(rule.document)):
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


def _broken_numbers(document: JsonObject) -> Iterator[Problem]:
    """Numbers that no points can be calculated from."""
    found = [*_configs(document)]
    if not found and any(name in document for name in ARMS.values()):
        yield Problem((), "has an award without any configs")
    for place, config in found:
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
    """What each tier earns, as it stands in the document, and where."""
    for arm in ARMS.values():
        award = document.get(arm)
        listed = without_legacy(award).get("configs") if isinstance(award, dict) else None
        for i, config in enumerate(listed if isinstance(listed, list) else []):
            yield (arm, "configs", i), config if isinstance(config, dict) else {}


def _number(value: Json) -> Decimal | None:
    """The number that a config spells, digit by digit; None where it spells none."""
    return None if isinstance(value, bool) else money.number(str(value))


def broken_award(document: JsonObject, *, needed: bool = False) -> Iterator[Problem]:
    """What is wrong with the award as a whole: its number, its tiers, and whether the trigger permits it."""
    arms = [name for name in ARMS.values() if name in document]
    if len(arms) > 1:
        yield Problem((arms[1],), f"stands beside {arms[0]}; give one of the two", "ONE_OF")
    if not arms and needed:
        yield Problem(
            (),
            "awards nothing: give points (with per, for a rate), earn, fixedAmount or conversionRate",
            "ONE_OF",
        )
    for name in arms:
        yield from _repeated_tiers(document, name)
    trigger = BY_ACTIVITY.get(str(document.get("triggerActivityType")))
    for method, name in ARMS.items():
        if name in arms and trigger and method not in trigger.methods:
            allowed = "a fixed amount" if method is Method.RATE else "a conversion rate"
            message = f"{trigger.title} ({trigger.activity_type}) can only award {allowed}"
            yield Problem((name,), message, "METHOD_NOT_SUPPORTED")


def _repeated_tiers(document: JsonObject, arm: str) -> Iterator[Problem]:
    tiers = [config.tier_id for config in EarningRule({arm: document[arm]}).configs]
    for tier, times in Counter(tiers).items():
        if times > 1:
            what = f"the tier {tier}" if tier else "the base tier (no tierId)"
            yield Problem((arm, "configs"), f"{what} stands {times} times", "DUPLICATE_TIER")


def unknown_trigger(document: JsonObject) -> Iterator[Problem]:
    """Yield a problem for a trigger that is not in the reference and comes without its app."""
    activity = document.get("triggerActivityType")
    if isinstance(activity, str) and document.get("triggerAppId") is None and activity not in BY_ACTIVITY:
        advice = did_you_mean(activity, BY_ACTIVITY, "give its triggerAppId too", cutoff=0.75)
        yield Problem(("triggerActivityType",), f"{quoted(activity)} is not known here{advice}")
