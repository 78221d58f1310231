"""Compare rules by their values, independently of their spelling.

    comparable(rule)   {"title": "Tickets", "conversionRate.configs[base].points": 2, …}
    differences        of a desired rule: in the fields that its file gives; of any other rule: in all of
                       its award
    changes            the body of the update that removes the differences

Fields that the server sets are left out. Equal are 1 and 1.0, the two ids of one app, an empty and
a missing tier id, and tiers in any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake.json_paths import value_at
from loyaltyctl.model.desired_rules import DesiredRule, complete_award
from loyaltyctl.model.resource_validation import has_type
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, tier_of, without_legacy
from loyaltyctl.model.triggers import Method

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

BASE = "base"
"""Id of the base tier in compared paths."""
_MONEY_FIELD = RULE[f"{ARMS[Method.RATE]}.field"]
_NAMES_IN_FILES = {field.path: field.file for field in RULE.fields if field.file}


class FieldChange(NamedTuple):
    """Value of a rule that differs: its path, and the old and new value; None if there is no value."""

    path: str
    old: Json
    new: Json


def comparable(rule: EarningRule) -> dict[str, Json]:
    """Return the values of a rule that comparisons use, by path."""
    values: dict[str, Json] = {}
    for field in RULE.desired:
        value = value_at(rule.document, field.path)
        if field.path == "triggerAppId":
            value = rule.trigger_app if rule.trigger_app_id else None
        elif field.values and value not in field.writable_values:
            value = None  # a value that cannot be sent is never a difference
        if value is not None and has_type(field, value):
            values[field.path] = value
    if rule.method is None:
        return values
    arm = ARMS[rule.method]
    for config in rule.configs:
        # By tier id, not by index: the order of configs has no meaning.
        path = f"{arm}.configs[{config.tier_id or BASE}]"
        values[f"{path}.points"] = config.points
        if rule.method is Method.RATE:
            values[f"{path}.moneyAmount"] = config.money_amount
    award = rule.document[arm]
    if isinstance(award, dict) and award.get(_MONEY_FIELD.name):
        values[_MONEY_FIELD.path] = award[_MONEY_FIELD.name]
    return values


def readable_values(rule: EarningRule) -> dict[str, Json]:
    """Return the compared values of a rule with the names and award phrases of a rules file.

    The app of the trigger is left out, since the trigger determines it.
    """
    values = {
        _NAMES_IN_FILES.get(path, path): value
        for path, value in comparable(rule).items()
        if not _is_in_award_configs(path) and path != "triggerAppId"
    }
    for config in rule.configs:
        values[f"tiers.{config.tier_id}" if config.tier_id else "earn"] = config.in_words()
    return values


def differences(current: EarningRule, desired: EarningRule) -> list[FieldChange]:
    """Return the differences of two rules, in the fields that the desired rule gives."""
    return _compare(current, complete_award(desired, current))


def readable_differences(before: EarningRule | None, after: EarningRule | None) -> list[FieldChange]:
    """Compare a rule before and after a change: return the differences of their readable values."""
    old, new = (readable_values(rule) if rule else {} for rule in (before, after))
    return [
        FieldChange(name, old.get(name), new.get(name))
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    ]


def describe_differences(old: EarningRule, new: EarningRule) -> str:
    """Describe the differences between two rules for messages, such as `earn 20 per 1 → 5 per 1`."""
    return ", ".join(
        f"{name} {_format_value(before)} → {_format_value(after)}"
        for name, before, after in readable_differences(old, new)
    )


def changes(current: EarningRule, desired: EarningRule) -> JsonObject:
    """Return the fields of the update that turns the current rule into the desired one.

    Members of an award that are not in the resource table are kept.
    """
    desired = complete_award(desired, current)
    paths = [change.path.split(".")[0] for change in _compare(current, desired)]
    whole = not isinstance(desired, DesiredRule)
    update: JsonObject = {}
    for name in dict.fromkeys(paths):
        if name not in ARMS.values():
            # Update replaces nested objects as a whole, so those members are sent again.
            update[name] = _changed_value(current.document.get(name), desired.document[name])
        elif desired.document.get(name) is not None:
            update[name] = _changed_award(current.document.get(name), desired.document[name], whole=whole)
    return update


def _compare(current: EarningRule, desired: EarningRule) -> list[FieldChange]:
    """Compare the fields that the desired rule sets; of an award, the fields of both rules."""
    old, new = comparable(current), comparable(desired)
    paths = dict.fromkeys(new)
    if desired.method is not None:
        paths |= dict.fromkeys(path for path in old if _is_in_award_configs(path))
        if not isinstance(desired, DesiredRule) and _MONEY_FIELD.path in old:
            paths[_MONEY_FIELD.path] = None
    return [
        FieldChange(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)
    ]


def _format_value(value: object) -> str:
    return "none" if value is None else str(value)


def _changed_value(current: Json, desired: Json) -> Json:
    """Return a changed value for an update: `desired`; an object also has the other members of `current`."""
    if not isinstance(current, dict) or not isinstance(desired, dict):
        return desired
    return current | {name: _changed_value(current.get(name), item) for name, item in desired.items()}


def _is_in_award_configs(path: str) -> bool:
    return ".configs[" in path


def _changed_award(current: Json, desired: Json, *, whole: bool) -> Json:
    """Return a changed award for an update: the desired one with the unknown members of the current one.

    Members are kept tier by tier. Keep the current award's `field` too, unless the rule is `whole`.
    """
    if not isinstance(current, dict) or not isinstance(desired, dict):
        return desired
    before, after = without_legacy(current), without_legacy(desired)
    if whole:
        before.pop(_MONEY_FIELD.name, None)
    by_tier = {tier_of(config): config for config in _listed_configs(before)}
    configs: list[Json] = [
        by_tier.get(tier_of(config), {})
        | {name: value for name, value in config.items() if value is not None}
        for config in _listed_configs(after)
    ]
    return before | after | {"configs": configs}


def _listed_configs(arm: JsonObject) -> list[JsonObject]:
    """Return the configs that a changed award lists; those that are not objects are left out."""
    listed = arm.get("configs")
    return [config for config in (listed if isinstance(listed, list) else []) if isinstance(config, dict)]
