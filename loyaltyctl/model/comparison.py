"""Compare rules by their content, independently of their spelling.

differences    the fields in which a rule differs from another
changes        the body of the update that removes the differences

A desired rule is compared in the fields that its file gives: if the file omits the tier awards, they are
not compared. With any other rule, the whole award is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.desired_rules import DesiredRule, complete_award
from loyaltyctl.model.rule_content import MONEY_FIELD, is_in_award_configs, rule_content
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, listed_configs, tier_of, without_legacy

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

_NAMES_IN_FILES = {field.path: field.file for field in RULE.fields if field.file}


class FieldChange(NamedTuple):
    """Difference of two rules in one field: path, old value and new value. None stands for no value."""

    path: str
    old: Json
    new: Json


def readable_values(rule: EarningRule) -> dict[str, Json]:
    """Return the values of a rule for a comparison, named as in a rules file, with awards as phrases.

    The app of the trigger is left out, since the trigger determines it.
    """
    values = {
        _NAMES_IN_FILES.get(path, path): value
        for path, value in rule_content(rule).items()
        if not is_in_award_configs(path) and path != "triggerAppId"
    }
    for config in rule.configs:
        values[f"tiers.{config.tier_id}" if config.tier_id else "earn"] = config.in_words()
    return values


def differences(current: EarningRule, desired: EarningRule) -> list[FieldChange]:
    """Compare a rule with the desired rule: return the differences in the fields that `desired` gives."""
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
    """Describe the differences between two rules for a message: `earn 20 per 1 → 5 per 1`."""
    return ", ".join(
        f"{name} {_format_value(before)} → {_format_value(after)}"
        for name, before, after in readable_differences(old, new)
    )


def changes(current: EarningRule, desired: EarningRule) -> JsonObject:
    """Return the fields to update in the `current` rule, so that no difference from the desired rule remains.

    Members of an award that are not in the resource table are kept.
    """
    desired = complete_award(desired, current)
    paths = [change.path.split(".")[0] for change in _compare(current, desired)]
    whole = not isinstance(desired, DesiredRule)
    update: JsonObject = {}
    for name in dict.fromkeys(paths):
        if name not in ARMS.values():
            # Update replaces nested objects as a whole, so members that are only in `current` are sent again.
            update[name] = _changed_value(current.document.get(name), desired.document[name])
        elif desired.document.get(name) is not None:
            update[name] = _changed_award(current.document.get(name), desired.document[name], whole=whole)
    return update


def _compare(current: EarningRule, desired: EarningRule) -> list[FieldChange]:
    """Compare the fields that the desired rule sets. If it sets an award, compare the whole awards."""
    old, new = rule_content(current), rule_content(desired)
    paths = dict.fromkeys(new)
    if desired.method is not None:
        paths |= dict.fromkeys(path for path in old if is_in_award_configs(path))
        if not isinstance(desired, DesiredRule) and MONEY_FIELD.path in old:
            paths[MONEY_FIELD.path] = None
    return [
        FieldChange(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)
    ]


def _format_value(value: object) -> str:
    """Return a compared value as text for a description of differences; `none` without a value."""
    return "none" if value is None else str(value)


def _changed_value(current: Json, desired: Json) -> Json:
    """Return the new value of a field with a difference: `desired`, plus members that only `current` has."""
    if not isinstance(current, dict) or not isinstance(desired, dict):
        return desired
    return current | {name: _changed_value(current.get(name), item) for name, item in desired.items()}


def _changed_award(current: Json, desired: Json, *, whole: bool) -> Json:
    """Compare two awards that differ. Return the one to send: `desired`, with the members only in `current`.

    A config gets members from the current config of the same tier. If `whole`, `desired` is complete: then
    the member `field`, which names the amount spent, is not added.
    """
    if not isinstance(current, dict) or not isinstance(desired, dict):
        return desired
    before, after = without_legacy(current), without_legacy(desired)
    if whole:
        before.pop(MONEY_FIELD.name, None)
    by_tier = {tier_of(config): config for config in listed_configs(before)}
    configs: list[Json] = [
        by_tier.get(tier_of(config), {})
        | {name: value for name, value in config.items() if value is not None}
        for config in listed_configs(after)
    ]
    return before | after | {"configs": configs}
