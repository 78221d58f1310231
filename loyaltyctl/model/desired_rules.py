"""What a file says of a rule: as much as it wants to say, without what the server owns.

A rule is known by its key (the app and the activity that trigger it, and its title), or by
its id where the file gives one. What a statement leaves out stays as it is on the site; only
a status that is left out means ACTIVE.

    a value in a file ─► check ─► DesiredRule: what is stated, and which part of the award is not
    EarningRule       ─► short ─► the short form, which reads back as the same statement
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model import limits
from loyaltyctl.model.awards import broken_award, unknown_trigger
from loyaltyctl.model.drafts import trigger_violations
from loyaltyctl.model.normalization import Normalized
from loyaltyctl.model.problems import Problem, Validation
from loyaltyctl.model.rules import (
    ARMS,
    EarningRule,
    Status,
    plain_number,
    replace_tiers,
    tier_of,
    without_legacy,
)
from loyaltyctl.model.short_form import MONEY
from loyaltyctl.model.spelling import on_the_wire
from loyaltyctl.model.triggers import BY_ACTIVITY, Kind, Method, same_app

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.rules import TierConfig

_NAMES = ("title", "triggerActivityType", "triggerAppId", "status")
_STATED = (*_NAMES, *ARMS.values())
_CONFIG = {Method.FIXED: {"tierId", "points"}, Method.RATE: {"tierId", "points", "moneyAmount"}}
_BASE_NAMES = ("earn", "points", *MONEY)
"""Names of the base tier's award in the short form."""


class Key(NamedTuple):
    """What makes two rules the same one, on whatever site."""

    app: str
    activity: str
    title: str

    @classmethod
    def of(cls, rule: EarningRule) -> Key:
        """The key of a rule. An app with two ids has one here."""
        return cls(app_of(rule), rule.trigger_activity_type, rule.title)

    def document(self) -> JsonObject:
        """The key in JSON."""
        return {"triggerAppId": self.app, "triggerActivityType": self.activity, "title": self.title}


@dataclass(frozen=True, slots=True)
class DesiredRule(EarningRule):
    """A rule as a file states it.

    In the short form `earn` and `tiers` are stated apart, and the one that is left out is
    kept. In the API's own form, `configs` is the whole award.
    """

    states_base: bool = True
    states_tiers: bool = True

    @classmethod
    def of(cls, document: JsonObject, value: Json) -> DesiredRule:
        """The rule of a checked `document`, with what the file's `value` says of its award."""
        said = on_the_wire(value)
        names = {name for name, item in said.items() if item is not None} if isinstance(said, dict) else set()
        in_full = not names.isdisjoint(ARMS.values())
        return cls(document, in_full or not names.isdisjoint(_BASE_NAMES), in_full or "tiers" in names)

    @property
    def states_award(self) -> bool:
        """Whether anything is stated of what the rule earns."""
        return self.states_base or self.states_tiers

    def states(self, config: TierConfig) -> bool:
        """Whether the statement decides what the tier of `config` earns."""
        return self.states_base if config.tier_id is None else self.states_tiers


def complete(wanted: EarningRule, current: EarningRule) -> EarningRule:
    """`wanted` with the part of the award that it does not state, as `current` has it.

    Where the two award in different ways, nothing of the current award fits beside the stated
    one: see `lost_tiers`.
    """
    method = current.method
    if not isinstance(wanted, DesiredRule) or not wanted.states_award or method is None:
        return wanted
    if (wanted.states_base and wanted.states_tiers) or wanted.method not in (None, method):
        return wanted
    name = ARMS[method]
    arm, kept = wanted.document.get(name), without_legacy(_object(current.document.get(name)))
    stated = _list(_object(arm).get("configs"))
    listed: list[Json] = [
        {name: plain_number(item) if isinstance(item, float) else item for name, item in config.items()}
        for config in map(_object, _list(kept.get("configs")))
        if not (wanted.states_tiers if tier_of(config) else wanted.states_base)
    ]
    configs = [*stated, *listed] if wanted.states_base else [*listed, *stated]
    document = wanted.document | {name: _object(arm) | {"configs": configs}}
    return replace(wanted, document=document, states_base=True, states_tiers=True)


def unmanaged_tiers(wanted: EarningRule, current: EarningRule) -> tuple[TierConfig, ...]:
    """The tiers on the site that `wanted` does not state, though it states a part of the award."""
    if not isinstance(wanted, DesiredRule) or not wanted.states_award:
        return ()
    return tuple(config for config in current.configs if not wanted.states(config))


def lost_tiers(wanted: EarningRule, current: EarningRule) -> str:
    """The reason that `wanted` cannot keep the tiers that it does not state; empty if it can.

    A rule has either fixed amounts or rates, so an award of the other kind has to state what
    every tier earns.
    """
    kept = unmanaged_tiers(wanted, current)
    if not kept or wanted.method in (None, current.method):
        return ""
    names = ", ".join(config.tier_id or "the base tier" for config in kept)
    advice = "" if kept[0].tier_id is None else ", or remove them with tiers: {}"
    return f"say what these tiers earn now, which have a {current.method} award{advice}: {names}"


def app_of(rule: EarningRule) -> str:
    """The app of a rule's trigger, in one spelling."""
    return min(same_app(rule.trigger_app_id.lower()))


def validate(value: Json) -> Validation:
    """`value` as a statement about a rule that may be there already, and may be odd."""
    return _checked(value, anew=False)


def validate_new(value: Json) -> Validation:
    """The same, about a rule that may have to be created, where its trigger permits that."""
    return _checked(value, anew=True)


def _checked(value: Json, *, anew: bool) -> Validation:
    if isinstance(value, dict) and value.get("tiers") in ({}, [], "") and not _states_more(value):
        value = {name: item for name, item in value.items() if name != "tiers"}  # any way of awarding fits
    written = Normalized.of(value)
    if not isinstance(value, dict):
        return written.validation({}, [])
    spelled = on_the_wire(value)
    rule_id = spelled.get("id") if isinstance(spelled, dict) else None
    document = {name: item for name, item in written.document.items() if name in _STATED}
    if rule_id is not None:
        document["id"] = rule_id
    if "status" not in document:
        document["status"] = Status.ACTIVE.value
    trigger = BY_ACTIVITY.get(str(document.get("triggerActivityType")))
    if trigger:
        document.setdefault("triggerAppId", trigger.app_id)
    broken = [*limits.broken(document, limits.DesiredRule), *broken_award(document), *_unknowable(document)]
    if anew and trigger and trigger.kind is Kind.NON_AUTOMATED:
        broken += trigger_violations(document)
    elif not anew:
        broken = [problem for problem in broken if problem.rule != "METHOD_NOT_SUPPORTED"]
    if {
        "trigger",
        "earn",
    } & value.keys():  # written by hand, so it is meant; an answer of the API may know more
        broken += [Problem((name,), "is not a field of a rule") for name in written.unknown]
        written.unknown.clear()
    return written.validation(document, broken, "is left out")


def _states_more(value: JsonObject) -> bool:
    """Whether a value says more of its award than its tiers."""
    said = on_the_wire({name: item for name, item in value.items() if item is not None})
    return isinstance(said, dict) and not said.keys().isdisjoint((*_BASE_NAMES, *ARMS.values(), "field"))


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _unknowable(document: JsonObject) -> Iterator[Problem]:
    """What is missing in a statement, so that nobody can tell which rule it is about."""
    if document.get("id") is not None:
        return
    for name, said in (("title", "title"), ("triggerActivityType", "trigger")):
        if document.get(name) is None:
            yield Problem((said,), "is missing; a rule is known by its title and trigger, or by an id")
    yield from unknown_trigger(document)


def short(rule: EarningRule, names: Mapping[str, str], *, with_id: bool) -> JsonObject:
    """What a file says of `rule`, in the short form as far as that can say it; `names` are those of tiers."""
    document = rule.document
    trigger = BY_ACTIVITY.get(rule.trigger_activity_type)
    says: JsonObject = {"id": rule.id} if with_id else {}
    if isinstance(document.get("title"), str):
        says["title"] = rule.title
    if rule.trigger_activity_type:
        says["trigger"] = rule.trigger_activity_type
    if rule.trigger_app_id and (trigger is None or app_of(rule) not in trigger.apps()):
        says["triggerAppId"] = rule.trigger_app_id
    says |= short_award(rule, names)
    if rule.status is not Status.ACTIVE:
        says["status"] = rule.status.value
    return says


def short_award(rule: EarningRule, names: Mapping[str, str]) -> JsonObject:
    """What a file says that `rule` earns; `names` are those of tiers by their ids."""
    award = full_award(rule)
    if rule.method is None or not award:
        return award
    folded = award[ARMS[rule.method]]
    if not isinstance(folded, dict) or not _can_be_short(folded, rule.method):
        return award
    earn = {config.tier_id: config.in_words() for config in rule.configs}
    tiers: JsonObject = {names.get(tier, tier): words for tier, words in earn.items() if tier is not None}
    says: JsonObject = {"earn": earn[None]} if None in earn else {}
    says |= {"tiers": tiers} if tiers else {}
    return says | ({"field": folded["field"]} if folded.get("field") else {})


def full_award(rule: EarningRule) -> JsonObject:
    """What the API's own form says that `rule` earns."""
    arm = rule.document.get(ARMS[rule.method]) if rule.method else None
    return {ARMS[rule.method]: without_legacy(arm)} if rule.method and isinstance(arm, dict) else {}


def _can_be_short(arm: JsonObject, method: Method) -> bool:
    """Whether the short form says all that the award does: whole numbers, each tier once, nothing else."""
    configs, field = arm.get("configs"), arm.get("field")
    if field is not None and (method is Method.FIXED or not isinstance(field, str)):
        return False
    if not {"configs"} <= arm.keys() <= {"configs", "field"} or not isinstance(configs, list) or not configs:
        return False
    tiers: Counter[str] = Counter()
    for config in configs:
        if not isinstance(config, dict) or not config.keys() <= _CONFIG[method]:
            return False
        numbers = [config.get(name, 0) for name in _CONFIG[method] - {"tierId"}]
        if method is Method.RATE and "moneyAmount" not in config:
            return False
        if not all(isinstance(one, int | float) and type(plain_number(one)) is int for one in numbers):
            return False
        tiers[tier_of(config)] += 1
    return max(tiers.values()) == 1


def full(rule: EarningRule, *, with_id: bool) -> JsonObject:
    """What the API's own form says of `rule`, without what the server owns."""
    names = (*(["id"] if with_id else []), "sourceAppId", *_NAMES)
    return {name: rule.document[name] for name in names if rule.document.get(name)} | full_award(rule)


def shared_keys(rules: Iterable[EarningRule]) -> set[Key]:
    """The keys that do not tell a rule from another one."""
    return {key for key, times in Counter(map(Key.of, rules)).items() if times > 1}


def for_other_site(rule: EarningRule, tiers: Mapping[str, str]) -> JsonObject:
    """What is wanted where `rule` is to be on another site, whose tiers `tiers` gives for its own."""
    return replace_tiers(full(rule, with_id=False), tiers)
