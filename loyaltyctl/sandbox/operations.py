"""Operations of the sandbox: the methods of the Earning Rules API on the rules of a site.

They take and return JSON, independent of HTTP. An invalid request raises ErrorResponse.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from loyaltyctl.intake import timestamps
from loyaltyctl.intake.values import is_revision
from loyaltyctl.model.award_validation import award_problems
from loyaltyctl.model.draft_validation import draft_violations
from loyaltyctl.model.resource_validation import violations
from loyaltyctl.model.rule_table import ARMS, CUSTOM, RULE
from loyaltyctl.model.rules import EarningRule, patch
from loyaltyctl.model.triggers import AUTOMATIONS_APP, Kind
from loyaltyctl.model.validation_results import Problem
from loyaltyctl.sandbox.responses import (
    ErrorResponse,
    application_error,
    not_found,
    outdated_revision,
    validation_error,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.intake.values import Json, JsonObject, JsonPath
    from loyaltyctl.sandbox.store import Site

MAX_BULK = 100
"""Maximum number of rules in one bulk create, as the vendor documents."""
UNDOCUMENTED = {
    "TRIGGER_NOT_SUPPORTED",
    "METHOD_NOT_SUPPORTED",
    "ONE_OF",
    "DUPLICATE_TIER",
    "SOURCE_APP",
    "TRIGGER_APP",
    "AUTOMATED",
}
"""Names of violated rules for which no source shows a response: the messages are marked "(sandbox)"."""
_CUSTOM_TYPES = {
    "SOCIAL_MEDIA": ("social-media-channel_followed", "Follow on social media"),
    "BIRTHDAY": ("birthday", "Birthday"),
}
"""Types of custom rules, each with a trigger and a default title. The vendor does not document its own."""


def list_rules(site: Site, trigger_app: str | None, trigger: str | None) -> list[JsonObject]:
    """Operation List of the sandbox: return the rules of a site that have this trigger app and trigger.

    None and an empty text match all rules.
    """
    filters = {"triggerAppId": trigger_app, "triggerActivityType": trigger}
    return [
        rule
        for rule in site.rules()
        if all(not value or value == rule.get(name) for name, value in filters.items())
    ]


def get_rule(site: Site, rule_id: str) -> JsonObject:
    """Operation Get of the sandbox: return a non-automated rule. Raises ErrorResponse (404) for others."""
    document = site.rule(rule_id)
    # Get is documented for non-automated rules only; the live response for automated rules is unknown.
    if document is None or EarningRule(document).kind is not Kind.NON_AUTOMATED:
        raise not_found(f"no non-automated earning rule {rule_id}")
    return document


def create_rule(site: Site, body: Json) -> JsonObject:
    """Operation Create of the sandbox: create a non-automated rule from a request body, at revision 1."""
    rule = _required_object(body, "earningRule")
    _raise_problems(draft_violations(rule), ("earningRule",))
    return _insert_new_rule(site, rule, deletable=True)


def bulk_create_rules(site: Site, body: Json) -> JsonObject:
    """Operation Bulk Create of the sandbox: create up to 100 non-automated rules from a request body.

    Valid rules are created even if others are invalid.
    """
    rules = body.get("earningRules") if isinstance(body, dict) else None
    if not isinstance(rules, list) or not 0 < len(rules) <= MAX_BULK:
        count = len(rules) if isinstance(rules, list) else 0
        raise validation_error(
            [Problem(("earningRules",), f"must have 1 to {MAX_BULK} entries, got {count} (sandbox)")]
        )
    # The response is a 200 even if some rules fail. Inferred: itemMetadata.success has no purpose otherwise.
    results: list[Json] = [_bulk_result(site, index, rule) for index, rule in enumerate(rules)]
    successes = sum(isinstance(result, dict) and "item" in result for result in results)
    return {
        "results": results,
        "bulkActionMetadata": {
            "totalSuccesses": successes,
            "totalFailures": len(results) - successes,
            # The vendor does not document when it leaves out details; the sandbox never leaves them out.
            "undetailedFailures": 0,
        },
    }


def create_custom_rule(site: Site, body: Json) -> JsonObject:
    """Operation Create Custom of the sandbox: create a custom automated rule from a request body."""
    request = body if isinstance(body, dict) else {}
    custom_type = request.get("type")
    if not isinstance(custom_type, str) or custom_type not in _CUSTOM_TYPES:
        raise validation_error([Problem(("type",), f"must be one of {', '.join(_CUSTOM_TYPES)} (sandbox)")])
    rule = {} if request.get("earningRule") is None else _required_object(request, "earningRule")
    _raise_problems([*violations(RULE, rule, CUSTOM), *award_problems(rule)], ("earningRule",))
    activity, title = _CUSTOM_TYPES[custom_type]
    award = {name: rule[name] for name in ARMS.values() if rule.get(name) is not None}
    document: JsonObject = {
        "sourceAppId": AUTOMATIONS_APP,
        "triggerAppId": AUTOMATIONS_APP,
        "triggerActivityType": activity,
        "title": rule.get("title") or title,
        "status": "ACTIVE",
        **(award or {"fixedAmount": {"configs": [{"points": 10}]}}),
    }
    return _insert_new_rule(site, document, deletable=True)


def update_rule(site: Site, rule_id: str, body: Json) -> JsonObject:
    """Operation Update of the sandbox: change the fields in a request body, and increment the revision."""
    changes = _required_object(body, "earningRule")
    current = site.rule(rule_id)
    if current is None:
        raise not_found(f"no earning rule {rule_id}")
    body_id = changes.get("id")  # the vendor's SDK repeats the id in the body
    if body_id is not None and str(body_id).lower() != rule_id.lower():
        raise validation_error(
            [Problem(("earningRule", "id"), "differs from the id in the path (sandbox)", "ID_MISMATCH")]
        )
    _check_revision(current, changes.get("revision"), ("earningRule", "revision"))
    merged = patch(current, RULE.writable_part(changes))
    # Only new problems count, so that a rule that is already invalid can still be updated.
    known = {*_update_problems(current, current)}
    new = [problem for problem in _update_problems(merged, current) if problem not in known]
    _raise_problems(new, ("earningRule",))
    revision = EarningRule(current).revision
    # Some of the vendor's automated rules have no revision; they get none by an update.
    merged["revision"] = None if revision is None else str(int(revision) + 1)
    merged["updatedDate"] = _utc_now()
    site.replace(merged)
    return merged


def delete_rule(site: Site, rule_id: str, revision: str | None) -> JsonObject:
    """Operation Delete of the sandbox: delete a non-automated rule.

    Raises ErrorResponse (409) for a revision that is not the current one.
    """
    _check_revision(get_rule(site, rule_id), revision, ("revision",))
    site.delete(rule_id)
    return {}


def delete_automation_rule(site: Site, rule_id: str) -> JsonObject:
    """Operation Delete Automation of the sandbox: delete a custom automated rule.

    Raises ErrorResponse (428) for a pre-installed rule.
    """
    document = site.rule(rule_id)
    if document is None or EarningRule(document).kind is Kind.NON_AUTOMATED:
        raise not_found(f"no automated earning rule {rule_id}")
    if not EarningRule(document).deletable:
        # No source shows this error; 428 is the vendor's status for unmet preconditions.
        message = "a pre-installed rule can be paused, not deleted (sandbox)"
        raise application_error(428, "PRE_INSTALLED_RULE", message)
    site.delete(rule_id)
    return {}


def _bulk_result(site: Site, index: int, rule: Json) -> JsonObject:
    """Create one rule of the operation Bulk Create; return its result with the rule or the error."""
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
    """Return the first violation in an operation's error response: "title: is missing"; else its message."""
    match response.body:
        case {
            "details": {
                "validationError": {"fieldViolations": [{"field": field, "description": description}, *_]}
            }
        }:
            return f"{field}: {description}"
        case _:
            return str(response.body["message"])


def _insert_new_rule(site: Site, rule: JsonObject, *, deletable: bool) -> JsonObject:
    """Store the rule that an operation creates; return it with its id, revision, dates and metadata."""
    now = _utc_now()
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


def _update_problems(document: JsonObject, current: JsonObject) -> Iterable[Problem]:
    """Return the problems for which the sandbox's operation Update refuses to store `document`.

    `current` is the rule that the site has.
    """
    if EarningRule(current).kind is Kind.NON_AUTOMATED:
        return draft_violations(document)
    fixed = ("sourceAppId", "triggerAppId", "triggerActivityType")
    changed = [name for name in fixed if document.get(name) != current.get(name)]
    return [
        *violations(RULE, document),
        *award_problems(document),
        *(Problem((name,), "cannot be changed in an automated rule", "AUTOMATED") for name in changed),
    ]


def _check_revision(document: JsonObject, requested: Json, path: JsonPath) -> None:
    """Check the revision that is requested for an operation on a rule; `path` is its place in the request.

    Raises ErrorResponse if it is not a revision, or not the rule's current one. A rule without a revision
    accepts any.
    """
    current = EarningRule(document).revision
    if requested is not None:
        # The vendor's pages show revisions as numbers, its SDK as strings.
        text = str(requested) if isinstance(requested, int | str) and not isinstance(requested, bool) else ""
        if not is_revision(text):
            raise validation_error([Problem(path, "must be a whole number", "TYPE_MISMATCH")])
        requested = text
    # The SDK types mark the revision as optional, but live deletes without it get this 409.
    if current is not None and requested != current:
        raise outdated_revision(str(document["id"]))


def _raise_problems(problems: Iterable[Problem], path: JsonPath) -> None:
    """Raise the ErrorResponse of an operation if there are problems; `path` is put before their paths."""
    found = [
        Problem(
            (*path, *problem.path),
            problem.message + (" (sandbox)" if problem.rule in UNDOCUMENTED else ""),
            problem.rule,
        )
        for problem in problems
    ]
    if found:
        raise validation_error(found)


def _required_object(body: Json, name: str) -> JsonObject:
    """Return an object in the request body of an operation, without its null members.

    The API treats a null member as missing. Raises ErrorResponse if there is no such object.
    """
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, dict):
        raise validation_error([Problem((name,), "is missing", "REQUIRED")])
    return {field: item for field, item in value.items() if item is not None}


def _utc_now() -> str:
    """Return the current time in the format of the dates that operations store."""
    return timestamps.format_utc(datetime.now(UTC))
