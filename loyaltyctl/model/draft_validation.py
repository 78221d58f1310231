"""Validate drafts: the rules and changes that are sent to the API.

a rule in any spelling, in the long or the short form
    ─► Normalized, without read-only fields; app ids and status filled in
    ─► violations of the rule table: types, lengths, numbers, required fields
    ─► problems of several fields: two awards, unsupported triggers and methods, tiers listed twice
    ─► RuleDraft, or all Problems together
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import Json, JsonObject, is_guid, list_or_empty, object_or_empty, quoted
from loyaltyctl.model.award_validation import award_problems
from loyaltyctl.model.normalization import Normalized
from loyaltyctl.model.resource_validation import violations
from loyaltyctl.model.rule_forms import AWARD, AWARD_NAMES
from loyaltyctl.model.rule_table import ARMS, CUSTOM, RULE
from loyaltyctl.model.rules import EarningRule, patch, tier_of, without_legacy
from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP, Kind, Method
from loyaltyctl.model.validation_results import Problem, RuleDraft, Validation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def validate_draft(value: Json) -> Validation:
    """Validate the draft of a non-automated rule that Create sends."""
    normalized = Normalized.of(value)
    if not isinstance(value, dict):
        return normalized.validation({}, [])
    document = _with_defaults(normalized.document)
    return normalized.validation(document, list(draft_violations(document)))


def validate_custom_draft(value: Json) -> Validation:
    """Validate the draft of a custom rule that CreateCustom sends: an optional title and award."""
    normalized = Normalized.of(value)
    document = normalized.document
    problems = [
        Problem((name,), "cannot be set for a custom rule, which has only a title and an award")
        for name in document
        if name in RULE.writable and name not in CUSTOM
    ]
    problems += [*violations(RULE, document, CUSTOM), *award_problems(document)]
    return normalized.validation(document, problems)


def validate_changes(value: Json, current: EarningRule | None, without: Collection[str] = ()) -> Validation:
    """Validate the changes that Update sends. The draft has the fields of `value` that differ from `current`.

    `current` is None if the rule was not read. `without` has tier ids in lower case: the awards of these
    tiers are removed.
    """
    start = current and _without_tiers(current, without)
    normalized = Normalized.of(value, start)
    if start and without and start.method and not normalized.document.keys() & {*ARMS.values()}:
        arm = ARMS[start.method]
        normalized.document[arm] = start.document[arm]
        normalized.names[arm,] = ("noTiers",)
    before = current.writable() if current else {}
    changed = {
        name: item
        for name, item in normalized.document.items()
        if _json_text(before.get(name)) != _json_text(item)
    }
    whole = patch(before, changed)
    problems = [*violations(RULE, whole), *award_problems(whole)]
    if current is None or current.kind is Kind.NON_AUTOMATED:
        problems += draft_trigger_violations(whole)
    normalized.warnings.clear()
    normalized.unknown.clear()  # sent unchanged: a rule from the API may have them
    # A rule on the site may break limits that were added later: only the changes are validated.
    return normalized.validation(
        changed, [problem for problem in problems if {*problem.path[:1]} & changed.keys()]
    )


def validate_unread_changes(value: Json, current: EarningRule, without: Collection[str] = ()) -> Validation:
    """Validate the changes that Update sends in a dry run, which does not read the rule.

    Without the award on the site, changes of the award cannot be converted to the long form. The draft
    has them as they were given, in its member AWARD: `{"AWARD": {"points": 50}}`.
    """
    given = {name: value[name] for name in AWARD_NAMES if name in value} if isinstance(value, dict) else {}
    if without:
        given["noTiers"] = [*without]
    if not given:
        return validate_changes(value, current)
    # The limits of numbers do not depend on the current award, so any award will do.
    award: JsonObject = {ARMS[Method.RATE]: {"configs": [{"points": 0, "moneyAmount": 1}]}}
    validation = validate_changes(value, EarningRule(current.document | award))
    if validation.draft is None:
        return validation
    rest = {name: item for name, item in validation.draft.document.items() if name not in ARMS.values()}
    return replace(validation, draft=RuleDraft(rest | {AWARD: given}))


def draft_violations(document: JsonObject) -> Iterator[Problem]:
    """Yield the problems of a draft in the long form: the reasons why the API's Create would reject it."""
    yield from violations(RULE, document)
    yield from award_problems(document, needed=True)
    yield from draft_trigger_violations(document)


def draft_trigger_violations(document: JsonObject) -> Iterator[Problem]:
    """Yield a problem if the API's Create would reject the trigger, trigger app or source app of a draft."""
    source = document.get("sourceAppId")
    if isinstance(source, str) and is_guid(source) and source.lower() != LOYALTY_APP:
        message = "only non-automated rules can be created here, those of the Loyalty app"
        yield Problem(("sourceAppId",), f"{message} ({LOYALTY_APP})", "SOURCE_APP")
        return
    activity, app = document.get("triggerActivityType"), document.get("triggerAppId")
    if not isinstance(activity, str) or any(violations(RULE, document, ("triggerActivityType",))):
        return  # the rule table's limits report it
    # The API creates non-automated rules only; all others belong to Wix Automations.
    trigger = BY_ACTIVITY.get(activity)
    if trigger is None or trigger.kind is not Kind.NON_AUTOMATED:
        known = [name for name, one in BY_ACTIVITY.items() if one.kind is Kind.NON_AUTOMATED]
        otherwise = f"rules can be created for {', '.join(known)}"
        why = f" is not a known trigger{did_you_mean(activity, known, otherwise)}"
        if trigger:
            why = ": its rule is pre-installed and can be updated and paused, not created"
        yield Problem(("triggerActivityType",), f"{quoted(activity)}{why}", "TRIGGER_NOT_SUPPORTED")
    elif isinstance(app, str) and app and app.lower() not in trigger.apps():
        message = f"does not belong to {activity}, whose app is {trigger.app_id}; got {quoted(app)}"
        yield Problem(("triggerAppId",), message, "TRIGGER_APP")


def _with_defaults(document: JsonObject) -> JsonObject:
    """Complete the draft of a new rule before its validation: add default values and the trigger's app."""
    trigger = BY_ACTIVITY.get(str(document.get("triggerActivityType")))
    # An unknown trigger is one problem. It gets some app, so that a missing app is not a second problem.
    app = trigger.app_id if trigger else LOYALTY_APP
    filled: JsonObject = {**RULE.defaults, "triggerAppId": app, **document}
    return {name: filled[name] for name in RULE.writable if name in filled} | filled


def _without_tiers(rule: EarningRule, tiers: Collection[str]) -> EarningRule:
    """Return the current rule without the awards of `tiers`: the draft of an Update is validated against it.

    `tiers` has tier ids in lower case.
    """
    if not tiers or rule.method is None:
        return rule
    arm = without_legacy(object_or_empty(rule.document[ARMS[rule.method]]))
    listed = list_or_empty(arm.get("configs"))
    configs = [one for one in listed if tier_of(object_or_empty(one)) not in tiers]
    return EarningRule(rule.document | {ARMS[rule.method]: arm | {"configs": configs}})


def _json_text(item: Json) -> str:
    """Return a field's value as JSON text. A draft has the fields whose text is not as in the current rule.

    The operator == would miss some changes: in Python, 1 == True.
    """
    return json.dumps(item, sort_keys=True)
