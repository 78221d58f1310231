"""What may be written: every limit, choice and combination of the reference, checked before anything is sent.

a value in any spelling, long form or short
    ─► one spelling, read-only fields dropped, app ids and status filled in
    ─► limits.broken: types, lengths, numbers
    ─► across fields: one of two awards, supported triggers and methods, each tier once
    ─► RuleDraft, or all Problems at once
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from loyaltyctl.intake.values import Json, JsonObject, did_you_mean, is_guid, quoted
from loyaltyctl.model import limits
from loyaltyctl.model.awards import broken_award
from loyaltyctl.model.normalization import Normalized
from loyaltyctl.model.problems import Problem, RuleDraft, Validation
from loyaltyctl.model.rules import ARMS, WRITABLE, EarningRule, Status, patch, tier_of, without_legacy
from loyaltyctl.model.short_form import AWARD, AWARD_NAMES
from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP, Kind, Method

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def validate(value: Json) -> Validation:
    """`value` as a non-automated rule to be created."""
    written = Normalized.of(value)
    if not isinstance(value, dict):
        return written.validation({}, [])
    document = _completed(written.document)
    return written.validation(document, list(rule_violations(document)))


def validate_custom(value: Json) -> Validation:
    """`value` as the rule part of CreateCustom: a title and an award, both optional."""
    written = Normalized.of(value)
    extra = [
        Problem((name,), "is not taken by a custom rule, which has only a title and an award")
        for name in written.document
        if name in WRITABLE and name not in ("title", *ARMS.values())
    ]
    document = written.document
    return written.validation(
        document, [*extra, *limits.broken(document, limits.CustomRule), *broken_award(document)]
    )


def validate_changes(value: Json, current: EarningRule | None, without: Collection[str] = ()) -> Validation:
    """`value` as changes to `current` (None where it was not read); the draft holds what differs.

    The tiers in `without`, in lower case, are removed from the award.
    """
    start = current and _without_tiers(current, without)
    written = Normalized.of(value, start)
    if start and without and start.method and not written.document.keys() & {*ARMS.values()}:
        arm = ARMS[start.method]
        written.document[arm] = start.document[arm]
        written.names[arm,] = ("noTiers",)
    beneath = current.writable() if current else {}
    changed = {
        name: item for name, item in written.document.items() if _text(beneath.get(name)) != _text(item)
    }
    whole = patch(beneath, changed)
    broken = [*limits.broken(whole, limits.Rule), *broken_award(whole)]
    if current is None or current.kind is Kind.NON_AUTOMATED:
        broken += trigger_violations(whole)
    written.warnings.clear()
    written.unknown.clear()  # what is unknown here came from the API, and goes back to it
    return written.validation(
        changed, [problem for problem in broken if {*problem.place[:1]} & changed.keys()]
    )


def validate_unread_changes(value: Json, current: EarningRule, without: Collection[str] = ()) -> Validation:
    """`value` as changes to `current`, whose award is not known: what is built on that stands under AWARD."""
    said = {name: value[name] for name in AWARD_NAMES if name in value} if isinstance(value, dict) else {}
    if without:
        said["noTiers"] = [*without]
    if not said:
        return validate_changes(value, current)
    # Any award does to check the numbers against.
    some: JsonObject = {ARMS[Method.RATE]: {"configs": [{"points": 0, "moneyAmount": 1}]}}
    checked = validate_changes(value, EarningRule(current.document | some))
    if checked.draft is None:
        return checked
    rest = {name: item for name, item in checked.draft.document.items() if name not in ARMS.values()}
    return replace(checked, draft=RuleDraft(rest | {AWARD: said}))


def _without_tiers(rule: EarningRule, tiers: Collection[str]) -> EarningRule:
    """`rule` without what it awards to `tiers`."""
    if not tiers or rule.method is None:
        return rule
    arm = without_legacy(_object(rule.document[ARMS[rule.method]]))
    listed = arm.get("configs")
    configs = [
        one for one in (listed if isinstance(listed, list) else []) if tier_of(_object(one)) not in tiers
    ]
    return EarningRule(rule.document | {ARMS[rule.method]: arm | {"configs": configs}})


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def rule_violations(document: JsonObject) -> Iterator[Problem]:
    """What keeps `document`, in the wire's spelling and long form, from being created."""
    yield from limits.broken(document, limits.Rule)
    yield from broken_award(document, needed=True)
    yield from trigger_violations(document)


def _completed(document: JsonObject) -> JsonObject:
    """`document` with the app ids that follow from its trigger, and active unless it says otherwise."""
    trigger = BY_ACTIVITY.get(str(document.get("triggerActivityType")))
    filled: JsonObject = {
        "sourceAppId": LOYALTY_APP,
        "status": Status.ACTIVE.value,
        # Of an unknown trigger it is said that it is unknown, not that its app is missing.
        "triggerAppId": trigger.app_id if trigger else LOYALTY_APP,
    }
    filled |= document
    return {name: filled[name] for name in WRITABLE if name in filled} | filled


def trigger_violations(document: JsonObject) -> Iterator[Problem]:
    """What keeps a rule with this trigger and these apps from being created."""
    source = document.get("sourceAppId")
    if isinstance(source, str) and is_guid(source) and source.lower() != LOYALTY_APP:
        message = "only non-automated rules can be created here, those of the Loyalty app"
        yield Problem(("sourceAppId",), f"{message} ({LOYALTY_APP})", "SOURCE_APP")
        return
    activity, app = document.get("triggerActivityType"), document.get("triggerAppId")
    if not isinstance(activity, str) or not 0 < len(activity) <= limits.MAX_TRIGGER:
        return  # the limits have said so
    trigger = BY_ACTIVITY.get(activity)
    if trigger is None or trigger.kind is not Kind.NON_AUTOMATED:
        known = [name for name, one in BY_ACTIVITY.items() if one.kind is Kind.NON_AUTOMATED]
        otherwise = f"rules can be created for {', '.join(known)}"
        why = f" is not known here{did_you_mean(activity, known, otherwise)}"
        if trigger:
            why = ": its rule is pre-installed and can be updated and paused, not created"
        yield Problem(("triggerActivityType",), f"{quoted(activity)}{why}", "TRIGGER_NOT_SUPPORTED")
    elif isinstance(app, str) and app and app.lower() not in trigger.apps():
        message = f"does not belong to {activity}, whose app is {trigger.app_id}; got {quoted(app)}"
        yield Problem(("triggerAppId",), message, "TRIGGER_APP")


def _text(item: Json) -> str:
    """`item` as text, so that 1 and true differ."""
    return json.dumps(item, sort_keys=True)
