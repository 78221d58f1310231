"""Operations of the API on the rules of a site.

They take and return JSON, and know nothing of HTTP. An invalid request raises the ErrorResponse of the API.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from loyaltyctl.intake import timestamps
from loyaltyctl.intake.values import is_revision
from loyaltyctl.model.awards import award_problems
from loyaltyctl.model.drafts import rule_violations
from loyaltyctl.model.problems import Problem
from loyaltyctl.model.rule_table import ARMS, CUSTOM, RULE
from loyaltyctl.model.rules import EarningRule, patch
from loyaltyctl.model.triggers import AUTOMATIONS_APP, Kind
from loyaltyctl.model.validation import violations
from loyaltyctl.sandbox.responses import ErrorResponse, application_error, invalid, not_found, outdated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.intake.values import Json, JsonObject, JsonPath
    from loyaltyctl.sandbox.store import Site

MAX_BULK = 100
UNDOCUMENTED = {
    "TRIGGER_NOT_SUPPORTED",
    "METHOD_NOT_SUPPORTED",
    "ONE_OF",
    "DUPLICATE_TIER",
    "SOURCE_APP",
    "TRIGGER_APP",
    "AUTOMATED",
}
"""Violations for which no source documents the API's response."""
_CUSTOM = {
    "SOCIAL_MEDIA": ("social-media-channel_followed", "Follow on social media"),
    "BIRTHDAY": ("birthday", "Birthday"),
}
"""Types of custom rules, each with a trigger and a title of the sandbox's own."""


def list_rules(site: Site, trigger_app: str | None, trigger: str | None) -> list[JsonObject]:
    """Return all rules, or those that match the filters exactly. An empty filter matches all."""
    filters = {"triggerAppId": trigger_app, "triggerActivityType": trigger}
    return [
        rule
        for rule in site.rules()
        if all(not value or value == rule.get(name) for name, value in filters.items())
    ]


def get_rule(site: Site, rule_id: str) -> JsonObject:
    """Return a non-automated rule. Raises ErrorResponse for others."""
    document = site.rule(rule_id)
    if document is None or EarningRule(document).kind is not Kind.NON_AUTOMATED:
        raise not_found(f"no non-automated earning rule {rule_id}")
    return document


def create_rule(site: Site, body: Json) -> JsonObject:
    """Create a non-automated rule, at revision 1."""
    rule = _member(body, "earningRule")
    _check(rule_violations(rule), ("earningRule",))
    return _insert(site, rule, deletable=True)


def bulk_create_rules(site: Site, body: Json) -> JsonObject:
    """Create up to 100 rules, and return a result for each; invalid ones do not affect the others."""
    rules = body.get("earningRules") if isinstance(body, dict) else None
    if not isinstance(rules, list) or not 0 < len(rules) <= MAX_BULK:
        count = len(rules) if isinstance(rules, list) else 0
        raise invalid(
            [Problem(("earningRules",), f"must have 1 to {MAX_BULK} entries, got {count} (sandbox)")]
        )
    results: list[Json] = [_result(site, index, rule) for index, rule in enumerate(rules)]
    successes = sum(isinstance(result, dict) and "item" in result for result in results)
    return {
        "results": results,
        "bulkActionMetadata": {
            "totalSuccesses": successes,
            "totalFailures": len(results) - successes,
            "undetailedFailures": 0,
        },
    }


def create_custom_rule(site: Site, body: Json) -> JsonObject:
    """Create a custom automated rule."""
    custom_type = body.get("type") if isinstance(body, dict) else None
    if not isinstance(custom_type, str) or custom_type not in _CUSTOM:
        raise invalid([Problem(("type",), f"must be one of {', '.join(_CUSTOM)} (sandbox)")])
    given = body.get("earningRule") if isinstance(body, dict) else None
    rule = _member({"earningRule": {} if given is None else given}, "earningRule")
    _check([*violations(RULE, rule, CUSTOM), *award_problems(rule)], ("earningRule",))
    activity, title = _CUSTOM[custom_type]
    award = {name: rule[name] for name in ARMS.values() if rule.get(name) is not None}
    document: JsonObject = {
        "sourceAppId": AUTOMATIONS_APP,
        "triggerAppId": AUTOMATIONS_APP,
        "triggerActivityType": activity,
        "title": rule.get("title") or title,
        "status": "ACTIVE",
        **(award or {"fixedAmount": {"configs": [{"points": 10}]}}),
    }
    return _insert(site, document, deletable=True)


def update_rule(site: Site, rule_id: str, body: Json) -> JsonObject:
    """Update the fields of a rule that are in `body`, and increment its revision."""
    changes = _member(body, "earningRule")
    current = site.rule(rule_id)
    if current is None:
        raise not_found(f"no earning rule {rule_id}")
    stated_id = changes.get("id")
    if stated_id is not None and str(stated_id).lower() != rule_id.lower():
        raise invalid(
            [Problem(("earningRule", "id"), "differs from the id in the path (sandbox)", "ID_MISMATCH")]
        )
    _check_revision(current, changes.get("revision"), ("earningRule", "revision"))
    merged = patch(current, RULE.writable_part(changes))
    before = set(_problems(current, current))  # a rule that was invalid before may be updated
    _check([one for one in _problems(merged, current) if one not in before], ("earningRule",))
    revision = EarningRule(current).revision
    merged["revision"] = None if revision is None else str(int(revision) + 1)
    merged["updatedDate"] = _now()
    site.replace(merged)
    return merged


def delete_rule(site: Site, rule_id: str, revision: str | None) -> JsonObject:
    """Delete a non-automated rule that is at `revision`."""
    _check_revision(get_rule(site, rule_id), revision, ("revision",))
    site.delete(rule_id)
    return {}


def delete_automation_rule(site: Site, rule_id: str) -> JsonObject:
    """Delete a custom automated rule."""
    document = site.rule(rule_id)
    if document is None or EarningRule(document).kind is Kind.NON_AUTOMATED:
        raise not_found(f"no automated earning rule {rule_id}")
    if not EarningRule(document).deletable:
        message = "a pre-installed rule can be paused, not deleted (sandbox)"
        raise application_error(428, "PRE_INSTALLED_RULE", message)
    site.delete(rule_id)
    return {}


def _result(site: Site, index: int, rule: Json) -> JsonObject:
    try:
        document = create_rule(site, {"earningRule": rule})
    except ErrorResponse as response:
        error: Json = {
            "code": "INVALID_ARGUMENT",
            "description": _first_violation(response),
            "data": response.body,
        }
        return {"itemMetadata": {"originalIndex": index, "success": False, "error": error}}
    metadata: JsonObject = {"id": document["id"], "originalIndex": index, "success": True}
    return {"itemMetadata": metadata, "item": document}


def _first_violation(response: ErrorResponse) -> str:
    match response.body:
        case {
            "details": {"validationError": {"fieldViolations": [{"field": field, "description": what}, *_]}}
        }:
            return f"{field}: {what}"
        case _:
            return str(response.body["message"])


def _insert(site: Site, rule: JsonObject, *, deletable: bool) -> JsonObject:
    now = _now()
    filters: Json = []
    document: JsonObject = {
        "id": str(uuid.uuid4()),
        **RULE.writable_part(rule),
        "revision": "1",
        "createdDate": now,
        "updatedDate": now,
        "metadata": {"canBeDeleted": deletable},
        "triggerFilters": filters,
    }
    site.insert(document)
    return document


def _problems(document: JsonObject, current: JsonObject) -> Iterable[Problem]:
    """Return the problems of `document` as an update of `current`."""
    if EarningRule(current).kind is Kind.NON_AUTOMATED:
        return rule_violations(document)
    fixed = ("sourceAppId", "triggerAppId", "triggerActivityType")
    changed = [name for name in fixed if document.get(name) != current.get(name)]
    return [
        *violations(RULE, document),
        *award_problems(document),
        *(Problem((name,), "cannot be changed in an automated rule", "AUTOMATED") for name in changed),
    ]


def _check_revision(document: JsonObject, given: Json, place: JsonPath) -> None:
    """Raise ErrorResponse for an outdated revision, which is at `place`; rules without revision take none."""
    current = EarningRule(document).revision
    if given is not None:
        text = str(given) if isinstance(given, int | str) and not isinstance(given, bool) else ""
        if not is_revision(text):
            raise invalid([Problem(place, "must be a whole number", "TYPE_MISMATCH")])
        given = text
    if current is not None and given != current:
        raise outdated(str(document["id"]))


def _check(problems: Iterable[Problem], place: JsonPath) -> None:
    """Raise ErrorResponse if there are problems; their paths begin at `place`."""
    violations_at = [
        Problem(
            (*place, *one.place), one.message + (" (sandbox)" if one.rule in UNDOCUMENTED else ""), one.rule
        )
        for one in problems
    ]
    if violations_at:
        raise invalid(violations_at)


def _member(body: Json, name: str) -> JsonObject:
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, dict):
        raise invalid([Problem((name,), "is missing", "REQUIRED")])
    return {field: item for field, item in value.items() if item is not None}


def _now() -> str:
    return timestamps.format_utc(datetime.now(UTC))
