"""Compare rules by their values, independently of their spelling.

    comparable(rule)   {"title": "Tickets", "conversionRate.configs[base].points": 2, …}
    differences        a desired rule is compared by the fields that its file states; any other rule
                       is compared with all of its award
    changes            the update that removes the differences

Fields that the server sets are left out. 1 and 1.0 are equal, and so are the two ids of one app,
an empty tier id and none, and tiers in another order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake.json_paths import value_at
from loyaltyctl.model.desired_rules import DesiredRule, app_of, complete
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, tier_of, without_legacy
from loyaltyctl.model.triggers import Method
from loyaltyctl.model.validation import has_type

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

BASE = "base"
_FIELD = RULE[f"{ARMS[Method.RATE]}.field"]
_FILE_NAMES = {field.path: field.file for field in RULE.fields if field.file}


class FieldChange(NamedTuple):
    """One value that differs: its path, its old and its new value; None if there is none."""

    path: str
    old: Json
    new: Json


def comparable(rule: EarningRule) -> dict[str, Json]:
    """Return the values of a rule that are compared, by path."""
    values: dict[str, Json] = {}
    for field in RULE.desired:
        value = value_at(rule.document, field.path)
        if field.path == "triggerAppId":
            value = app_of(rule) if rule.trigger_app_id else None
        elif field.values and value not in field.writable_values:
            value = None
        if value is not None and has_type(field, value):
            values[field.path] = value
    if rule.method is None:
        return values
    arm = ARMS[rule.method]
    for config in rule.configs:
        place = f"{arm}.configs[{config.tier_id or BASE}]"
        values[f"{place}.points"] = config.points
        if rule.method is Method.RATE:
            values[f"{place}.moneyAmount"] = config.money_amount
    award = rule.document[arm]
    if isinstance(award, dict) and award.get(_FIELD.name):
        values[_FIELD.path] = award[_FIELD.name]
    return values


def readable(rule: EarningRule) -> dict[str, Json]:
    """Return the same values under the names and in the phrases of a rules file.

    The trigger's app is left out: it follows from the trigger.
    """
    values = {
        _FILE_NAMES.get(path, path): value
        for path, value in comparable(rule).items()
        if not _is_in_configs(path) and path != "triggerAppId"
    }
    for config in rule.configs:
        values[f"tiers.{config.tier_id}" if config.tier_id else "earn"] = config.in_words()
    return values


def differences(current: EarningRule, desired: EarningRule) -> list[FieldChange]:
    """Return the values that `desired` states and `current` has otherwise."""
    return _differences(current, complete(desired, current))


def readable_differences(before: EarningRule | None, after: EarningRule | None) -> list[FieldChange]:
    """Return all differences of a rule before and after a change, in the terms of a rules file."""
    old, new = (readable(rule) if rule else {} for rule in (before, after))
    return [
        FieldChange(name, old.get(name), new.get(name))
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    ]


def changes(current: EarningRule, desired: EarningRule) -> JsonObject:
    """Return the update that makes `current` as `desired` states, keeping unknown members of an award."""
    desired = complete(desired, current)
    paths = [change.path.split(".")[0] for change in _differences(current, desired)]
    whole = not isinstance(desired, DesiredRule)
    update: JsonObject = {}
    for name in dict.fromkeys(paths):
        if name not in ARMS.values():
            update[name] = _with_members_of(current.document.get(name), desired.document[name])
        elif desired.document.get(name) is not None:
            update[name] = _merge(current.document.get(name), desired.document[name], whole=whole)
    return update


def _differences(current: EarningRule, desired: EarningRule) -> list[FieldChange]:
    """Return the differences in the fields that `desired` states; in an award, those of both sides."""
    old, new = comparable(current), comparable(desired)
    paths = dict.fromkeys(new)
    if desired.method is not None:
        paths |= dict.fromkeys(path for path in old if _is_in_configs(path))
        if not isinstance(desired, DesiredRule) and _FIELD.path in old:
            paths[_FIELD.path] = None
    return [
        FieldChange(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)
    ]


def _with_members_of(current: Json, stated: Json) -> Json:
    """Return a stated value; an object keeps the members of the current one that it does not state."""
    if not isinstance(current, dict) or not isinstance(stated, dict):
        return stated
    return current | {name: _with_members_of(current.get(name), item) for name, item in stated.items()}


def _is_in_configs(path: str) -> bool:
    return ".configs[" in path


def _merge(current: Json, stated: Json, *, whole: bool) -> Json:
    """Return the stated award with the unknown members that the current one has, tier by tier.

    The award of a `whole` rule that states no field has none afterwards.
    """
    if not isinstance(current, dict) or not isinstance(stated, dict):
        return stated
    before, after = without_legacy(current), without_legacy(stated)
    if whole:
        before.pop(_FIELD.name, None)
    by_tier = {tier_of(config): config for config in _configs(before)}
    configs: list[Json] = [
        by_tier.get(tier_of(config), {})
        | {name: value for name, value in config.items() if value is not None}
        for config in _configs(after)
    ]
    return before | after | {"configs": configs}


def _configs(arm: JsonObject) -> list[JsonObject]:
    listed = arm.get("configs")
    return [config for config in (listed if isinstance(listed, list) else []) if isinstance(config, dict)]
