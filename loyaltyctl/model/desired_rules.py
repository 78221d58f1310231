"""Desired rules: the state that a rules file asks for, as far as it states it.

A rule is identified by its key (the app and the activity of its trigger, and its title), or by
its id if the file gives one. What a file leaves out is kept as it is on the site; only a status
that is left out means ACTIVE.

    a value in a file ─► validate ─► DesiredRule, which knows what part of the award is stated
    EarningRule       ─► short    ─► the short form, which reads back as the same desired rule
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.awards import award_problems, trigger_problems
from loyaltyctl.model.drafts import trigger_violations
from loyaltyctl.model.normalization import Normalized
from loyaltyctl.model.problems import Problem, Validation
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import (
    EarningRule,
    Status,
    plain_number,
    replace_tiers,
    tier_of,
    without_legacy,
)
from loyaltyctl.model.short_form import MONEY
from loyaltyctl.model.triggers import BY_ACTIVITY, Kind, Method, same_app
from loyaltyctl.model.validation import has_type, violations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.rules import TierConfig

_DESIRED = {field.path.partition(".")[0] for field in RULE.desired} | {*ARMS.values()}
_STATED = _DESIRED - {*ARMS.values(), "status"}
_BASE_NAMES = ("earn", "points", *MONEY)
"""Names of the base tier's award in the short form."""


class Key(NamedTuple):
    """The identity of a rule on any site."""

    app: str
    activity: str
    title: str

    @classmethod
    def of(cls, rule: EarningRule) -> Key:
        """Return the key of a rule, with one id for an app that has two."""
        return cls(app_of(rule), rule.trigger_activity_type, rule.title)


@dataclass(frozen=True, slots=True)
class DesiredRule(EarningRule):
    """A rule as a file states it.

    In the short form `earn` and `tiers` are separate, and the one that is left out is kept as
    it is on the site. In the API's own form, `configs` is the whole award.
    """

    states_base: bool = True
    states_tiers: bool = True

    @classmethod
    def of(cls, document: JsonObject, value: Json) -> DesiredRule:
        """Return the rule of a validated `document`; `value`, as written, shows what is stated."""
        spelled = RULE.respell(value)
        names = (
            {name for name, item in spelled.items() if item is not None}
            if isinstance(spelled, dict)
            else set()
        )
        in_full = not names.isdisjoint(ARMS.values())
        return cls(document, in_full or not names.isdisjoint(_BASE_NAMES), in_full or "tiers" in names)

    @property
    def states_award(self) -> bool:
        """Whether any part of the award is stated."""
        return self.states_base or self.states_tiers

    def states(self, config: TierConfig) -> bool:
        """Return whether the award of this tier is stated."""
        return self.states_base if config.tier_id is None else self.states_tiers


def complete(desired: EarningRule, current: EarningRule) -> EarningRule:
    """Return `desired` with the part of the award that it does not state taken from `current`.

    If the two award points in different ways, nothing is taken: see `lost_tiers`.
    """
    method = current.method
    if not isinstance(desired, DesiredRule) or not desired.states_award or method is None:
        return desired
    if (desired.states_base and desired.states_tiers) or desired.method not in (None, method):
        return desired
    name = ARMS[method]
    arm, kept = desired.document.get(name), without_legacy(_object(current.document.get(name)))
    stated = _list(_object(arm).get("configs"))
    listed: list[Json] = [
        {name: plain_number(item) if isinstance(item, float) else item for name, item in config.items()}
        for config in map(_object, _list(kept.get("configs")))
        if not (desired.states_tiers if tier_of(config) else desired.states_base)
    ]
    configs = [*stated, *listed] if desired.states_base else [*listed, *stated]
    document = desired.document | {name: _object(arm) | {"configs": configs}}
    return replace(desired, document=document, states_base=True, states_tiers=True)


def unmanaged_tiers(desired: EarningRule, current: EarningRule) -> tuple[TierConfig, ...]:
    """Return the tiers of the current rule that `desired` does not state, if it states an award."""
    if not isinstance(desired, DesiredRule) or not desired.states_award:
        return ()
    return tuple(config for config in current.configs if not desired.states(config))


def lost_tiers(desired: EarningRule, current: EarningRule) -> str:
    """Return the reason why `desired` cannot keep the tiers that it does not state, if it cannot.

    A rule has either fixed amounts or rates, so changing from one to the other requires that
    the award of every tier is stated.
    """
    kept = unmanaged_tiers(desired, current)
    if not kept or desired.method in (None, current.method):
        return ""
    names = ", ".join(config.tier_id or "the base tier" for config in kept)
    advice = "" if kept[0].tier_id is None else ", or remove them with tiers: {}"
    return f"state what these tiers earn now, which have a {current.method} award{advice}: {names}"


def app_of(rule: EarningRule) -> str:
    """Return the app of a rule's trigger, as one id for an app that has two."""
    return min(same_app(rule.trigger_app_id.lower()))


def validate(value: Json) -> Validation:
    """Validate a desired rule that may exist already, in whatever state."""
    return _validate(value, new=False)


def validate_new(value: Json) -> Validation:
    """Validate a desired rule that may have to be created: its trigger must permit the award."""
    return _validate(value, new=True)


def _validate(value: Json, *, new: bool) -> Validation:
    if isinstance(value, dict) and value.get("tiers") in ({}, [], "") and not _states_more(value):
        value = {name: item for name, item in value.items() if name != "tiers"}  # fits both methods
    normalized = Normalized.of(value)
    if not isinstance(value, dict):
        return normalized.validation({}, [])
    document = {name: item for name, item in normalized.document.items() if name in _DESIRED}
    if (rule_id := _object(RULE.respell(value)).get("id")) is not None:
        document["id"] = rule_id
    document.setdefault("status", RULE["status"].default)
    trigger = BY_ACTIVITY.get(str(document.get("triggerActivityType")))
    if trigger:
        document.setdefault("triggerAppId", trigger.app_id)
    problems = [
        *violations(RULE, document, partial=True),
        *award_problems(document),
        *_identity_violations(document),
    ]
    if new and trigger and trigger.kind is Kind.NON_AUTOMATED:
        problems += trigger_violations(document)
    elif not new:
        problems = [problem for problem in problems if problem.rule != "METHOD_NOT_SUPPORTED"]
    # Short names mean that a person wrote it, so an unknown name is a mistake. A response of the
    # API may have fields that are newer than this program.
    if {"trigger", "earn"} & value.keys():
        problems += [Problem((name,), "is not a field of a rule") for name in normalized.unknown]
        normalized.unknown.clear()
    return normalized.validation(document, problems, "is left out")


def _states_more(value: JsonObject) -> bool:
    """Return whether a value states more of its award than its tiers."""
    spelled = _object(RULE.respell({name: item for name, item in value.items() if item is not None}))
    return not spelled.keys().isdisjoint((*_BASE_NAMES, *ARMS.values(), "field"))


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _identity_violations(document: JsonObject) -> Iterator[Problem]:
    """Yield a problem for each part that is missing to identify the rule on a site."""
    if document.get("id") is not None:
        return
    for name in ("title", "triggerActivityType"):
        if document.get(name) is None:
            message = "is missing; a rule is identified by its title and trigger, or by an id"
            yield Problem((RULE[name].file or name,), message)
    yield from trigger_problems(document)


def short(rule: EarningRule, tier_names: Mapping[str, str], *, with_id: bool) -> JsonObject:
    """Return `rule` in the short form of rules files; `tier_names` maps ids to names.

    What the short form cannot express is written in the API's own form.
    """
    entry: JsonObject = {"id": rule.id} if with_id else {}
    for member in RULE.members():
        value = rule.document.get(member.name)
        if member.name in _STATED and value and has_type(member, value):
            entry[member.file or member.name] = value
    trigger = BY_ACTIVITY.get(rule.trigger_activity_type)
    if trigger and app_of(rule) in trigger.apps():
        entry.pop("triggerAppId", None)
    entry |= short_award(rule, tier_names)
    if rule.status is not Status.ACTIVE:
        entry["status"] = rule.status.value
    return entry


def short_award(rule: EarningRule, tier_names: Mapping[str, str]) -> JsonObject:
    """Return the award of `rule` in the short form; `tier_names` maps ids to names."""
    award = full_award(rule)
    if rule.method is None or not award:
        return award
    arm = award[ARMS[rule.method]]
    if not isinstance(arm, dict) or not _fits_short_form(arm, rule.method):
        return award
    earn = {config.tier_id: config.in_words() for config in rule.configs}
    tiers: JsonObject = {
        tier_names.get(tier, tier): phrase for tier, phrase in earn.items() if tier is not None
    }
    entry: JsonObject = {"earn": earn[None]} if None in earn else {}
    entry |= {"tiers": tiers} if tiers else {}
    return entry | ({"field": arm["field"]} if arm.get("field") else {})


def full_award(rule: EarningRule) -> JsonObject:
    """Return the award of `rule` in the API's own form."""
    arm = rule.document.get(ARMS[rule.method]) if rule.method else None
    return {ARMS[rule.method]: without_legacy(arm)} if rule.method and isinstance(arm, dict) else {}


def _fits_short_form(arm: JsonObject, method: Method) -> bool:
    """Return whether the short form can express an award: whole numbers, each tier once, nothing else."""
    configs, field = arm.get("configs"), arm.get("field")
    if field is not None and (method is Method.FIXED or not isinstance(field, str)):
        return False
    if not {"configs"} <= arm.keys() <= {"configs", "field"} or not isinstance(configs, list) or not configs:
        return False
    known = {member.name for member in RULE.members(f"{ARMS[method]}.configs")}
    tiers: Counter[str] = Counter()
    for config in configs:
        if not isinstance(config, dict) or not config.keys() <= known:
            return False
        numbers = [config.get(name, 0) for name in known - {"tierId"}]
        if method is Method.RATE and "moneyAmount" not in config:
            return False
        if not all(isinstance(one, int | float) and type(plain_number(one)) is int for one in numbers):
            return False
        tiers[tier_of(config)] += 1
    return max(tiers.values()) == 1


def full(rule: EarningRule, *, with_id: bool) -> JsonObject:
    """Return `rule` in the API's own form, without the fields that the server sets."""
    names = (*(["id"] if with_id else []), *RULE.writable)
    stated = {
        name: rule.document[name] for name in names if name not in ARMS.values() and rule.document.get(name)
    }
    return stated | full_award(rule)


def shared_keys(rules: Iterable[EarningRule]) -> set[Key]:
    """Return the keys that several of the rules have."""
    return {key for key, count in Counter(map(Key.of, rules)).items() if count > 1}


def for_other_site(rule: EarningRule, tiers: Mapping[str, str]) -> JsonObject:
    """Return `rule` as it is desired on another site, whose tiers `tiers` gives by those of this one."""
    return replace_tiers(full(rule, with_id=False), tiers)
