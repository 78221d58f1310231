"""Desired rules: the rules that a rules file describes, their keys and the tiers that they manage.

A desired rule is identified by its id if the file gives one, else by its key: the app and the activity
of the trigger, and the title. Fields that a file leaves out are kept as they are on the site, except
that a missing status means ACTIVE.

    a value in a file ─► validate_desired ─► DesiredRule, which records the parts of the award that are given
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake.values import list_or_empty, object_or_empty
from loyaltyctl.model.award_validation import award_problems
from loyaltyctl.model.draft_validation import draft_trigger_violations
from loyaltyctl.model.normalization import Normalized
from loyaltyctl.model.resource_validation import violations
from loyaltyctl.model.rule_forms import MONEY
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import (
    EarningRule,
    listed_configs,
    tier_of,
    with_whole_numbers,
)
from loyaltyctl.model.triggers import BY_ACTIVITY, Kind, unknown_trigger_problems
from loyaltyctl.model.validation_results import Problem, Validation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.rules import TierConfig

_DESIRED_NAMES = {field.path.partition(".")[0] for field in RULE.desired} | {*ARMS.values()}
_BASE_AWARD_NAMES = ("earn", "points", *MONEY)
"""Names in the short form that give the award of the base tier."""


class Key(NamedTuple):
    """Key by which a desired rule is found on any site: app and activity of the trigger, and the title."""

    app: str
    activity: str
    title: str

    @classmethod
    def of(cls, rule: EarningRule) -> Key:
        """Return the key of a desired rule, which identifies the rule if its rules file gives no id.

        Both app ids of Wix Stores give the same key.
        """
        return cls(rule.trigger_app, rule.trigger_activity_type, rule.title)


@dataclass(frozen=True, slots=True)
class DesiredRule(EarningRule):
    """Desired rule: a rule as a rules file gives it, and which parts of the award the file gives.

    In the short form, `earn` gives the base award and `tiers` the tier awards. A part that is left out
    is kept as it is on the site. In the long form, `configs` gives both.
    """

    gives_base_award: bool = True
    gives_tier_awards: bool = True

    @classmethod
    def of(cls, document: JsonObject, value: Json) -> DesiredRule:
        """Return the desired rule with a validated `document`; `value` is the rule as the file gives it."""
        spelled = RULE.respell(value)
        names = (
            {name for name, item in spelled.items() if item is not None}
            if isinstance(spelled, dict)
            else set()
        )
        in_full = not names.isdisjoint(ARMS.values())
        return cls(document, in_full or not names.isdisjoint(_BASE_AWARD_NAMES), in_full or "tiers" in names)

    @property
    def gives_award(self) -> bool:
        """Whether the desired rule gives any part of the award."""
        return self.gives_base_award or self.gives_tier_awards

    def gives_award_of(self, config: TierConfig) -> bool:
        """Return whether the desired rule gives the award of a tier; `config` has its award on the site."""
        return self.gives_base_award if config.tier_id is None else self.gives_tier_awards


def complete_award(desired: EarningRule, current: EarningRule) -> EarningRule:
    """Return a desired rule with its whole award: a part that its file leaves out is that of `current`.

    A part is the base award or the tier awards. A rate cannot take a part of a fixed amount, nor the reverse:
    `lost_tiers` reports such parts.
    """
    method = current.method
    if not isinstance(desired, DesiredRule) or not desired.gives_award or method is None:
        return desired
    if (desired.gives_base_award and desired.gives_tier_awards) or desired.method not in (None, method):
        return desired
    name = ARMS[method]
    arm = object_or_empty(desired.document.get(name))
    given = list_or_empty(arm.get("configs"))
    kept: list[Json] = [
        with_whole_numbers(config)
        for config in listed_configs(current.document.get(name))
        if not (desired.gives_tier_awards if tier_of(config) else desired.gives_base_award)
    ]
    # The base tier first, as the API's examples and the short form list it.
    configs = [*given, *kept] if desired.gives_base_award else [*kept, *given]
    document = desired.document | {name: arm | {"configs": configs}}
    return replace(desired, document=document, gives_base_award=True, gives_tier_awards=True)


def unmanaged_tiers(desired: EarningRule, current: EarningRule) -> tuple[TierConfig, ...]:
    """Return the tiers that a desired rule of a rules file does not manage: `current` keeps their awards.

    Returns () for a desired rule that gives no award at all.
    """
    if not isinstance(desired, DesiredRule) or not desired.gives_award:
        return ()
    return tuple(config for config in current.configs if not desired.gives_award_of(config))


def lost_tiers(desired: EarningRule, current: EarningRule) -> str:
    """Return the error about tiers that a desired rule omits but must give an award; empty if none.

    If the desired rule changes the method of the award, it cannot keep the awards of `current` for the tiers
    that it omits: a rule cannot have fixed amounts in some tiers and rates in others.
    """
    kept = unmanaged_tiers(desired, current)
    if not kept or desired.method in (None, current.method):
        return ""
    names = ", ".join(config.tier_id or "the base tier" for config in kept)
    advice = "" if kept[0].tier_id is None else ", or remove them with tiers: {}"
    return f"give the new awards of these tiers, which have a {current.method} award{advice}: {names}"


def validate_desired(value: Json) -> Validation:
    """Validate a desired rule that a rules file describes: it is compared with the site, not sent as a draft.

    Its trigger need not support its award: the rule on the site may have such an award already.
    """
    return _validate_desired_rule(value, new=False)


def validate_new_desired(value: Json) -> Validation:
    """Validate a desired rule that the site may not have yet: its trigger must support the award."""
    return _validate_desired_rule(value, new=True)


def _validate_desired_rule(value: Json, *, new: bool) -> Validation:
    """Validate a desired rule, as a rules file describes it.

    If it may be `new` on the site, its trigger must also be valid for Create.
    """
    if isinstance(value, dict) and value.get("tiers") in ({}, [], "") and not _desires_more_than_tiers(value):
        # An empty `tiers` alone removes the tier awards. As an award itself, it would be a fixed amount.
        value = {name: item for name, item in value.items() if name != "tiers"}
    normalized = Normalized.of(value)
    if not isinstance(value, dict):
        return normalized.validation({}, [])
    document = {name: item for name, item in normalized.document.items() if name in _DESIRED_NAMES}
    if (rule_id := object_or_empty(RULE.respell(value)).get("id")) is not None:
        document["id"] = rule_id
    document.setdefault("status", RULE["status"].default)
    trigger = BY_ACTIVITY.get(str(document.get("triggerActivityType")))
    if trigger:
        document.setdefault("triggerAppId", trigger.app_id)
    problems = [
        *violations(RULE, document, partial=True),
        *award_problems(document),
        *_missing_key_problems(document),
    ]
    if new and trigger and trigger.kind is Kind.NON_AUTOMATED:
        problems += draft_trigger_violations(document)
    elif not new:
        # The rule on the site may already have an award that Create would refuse today.
        problems = [problem for problem in problems if problem.rule != "METHOD_NOT_SUPPORTED"]
    # A person wrote the short form, so an unknown name in it is a mistake. The long form may be a
    # response of the API, with fields that are newer than this program.
    if {"trigger", "earn"} & value.keys():
        problems += [Problem((name,), "is not a field of a rule") for name in normalized.unknown]
        normalized.unknown.clear()
    return normalized.validation(document, problems, "is left out")


def _desires_more_than_tiers(value: JsonObject) -> bool:
    """Return whether a desired rule gives a part of its award other than `tiers`, such as `earn`."""
    spelled = object_or_empty(RULE.respell({name: item for name, item in value.items() if item is not None}))
    return not spelled.keys().isdisjoint((*_BASE_AWARD_NAMES, *ARMS.values(), "field"))


def _missing_key_problems(document: JsonObject) -> Iterator[Problem]:
    """Yield the problems of a desired rule without an id: a missing title, a missing or unknown trigger."""
    if document.get("id") is not None:
        return
    for name in ("title", "triggerActivityType"):
        if document.get(name) is None:
            message = "is missing; a rule is identified by its title and trigger, or by an id"
            yield Problem((RULE[name].file or name,), message)
    yield from unknown_trigger_problems(document)


def shared_keys(rules: Iterable[EarningRule]) -> set[Key]:
    """Return each key that two or more of `rules` share. Such a key does not identify a desired rule."""
    return {key for key, count in Counter(map(Key.of, rules)).items() if count > 1}
