"""Merge of the rules of a site into existing rules files, with minimal edits: for `rules export`.

Values that equal those of the site keep their spelling and comments; others are replaced. Rules that are no
longer on the site are removed, and new rules are appended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from loyaltyctl.apply.plan import plan
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.json_paths import item_at
from loyaltyctl.model import comparison
from loyaltyctl.model.award_phrases import parse_phrase
from loyaltyctl.model.desired_rules import (
    Key,
    shared_keys,
    unmanaged_tiers,
)
from loyaltyctl.model.rule_forms import (
    ALIASES,
    AWARD_NAMES,
    award_in_long_form,
    award_in_short_form,
    to_short_form,
)
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, tier_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.apply.plan import Change
    from loyaltyctl.intake.values import Json, JsonObject, JsonPath
    from loyaltyctl.model.rule_sets import LocatedRule

_AWARD_MEMBERS = (*AWARD_NAMES, *ARMS.values())


class Editor(Protocol):
    """Interface that a merge needs of the editor of a rules file. Paths are those before the first edit."""

    def set(self, path: JsonPath, value: Json, /) -> None:
        """Merge a value from the site into the rules file: replace the value at a path, or add a member."""

    def add(self, path: JsonPath, items: Sequence[Json], /) -> None:
        """Append items of the site's rules to the list at a path in the file, as a merge needs it."""

    def remove(self, path: JsonPath, /) -> None:
        """Remove the value at a path from the file, since the merged rules do not have it."""


class Merged(NamedTuple):
    """Result of a merge: the rules that are new to the files, and the titles of changed and removed rules."""

    added: list[JsonObject]
    changed: list[str]
    removed: list[str]


def file_rules(rules: Sequence[EarningRule]) -> list[JsonObject]:
    """Return rules in the form in which a merge adds them to files.

    The id of a rule is written to the file only if its trigger and title do not identify it.
    """
    shared = shared_keys(rules)
    return [_rule_to_add(rule, shared, {}) for rule in rules]


def merge(
    files: Mapping[str, Editor],
    located: Sequence[LocatedRule],
    rules: Sequence[EarningRule],
    names: Mapping[str, str],
) -> Merged:
    """Merge the `rules` of a site into rules files; `files` has an editor for the name of each file.

    `located` are the rules that the files contain. `names` has the names of tiers in the files, by tier id.
    """
    shared = shared_keys(rules)
    merged = Merged([], [], [])
    known = {id(one.rule): one for one in located}
    # The plan that would turn the rules of the files into those of the site: its changes are the edits.
    for change in plan([one.rule for one in located], rules).changes:
        desired = None if change.desired is None else rules[change.desired]
        if change.current is None:
            merged.added.extend([_rule_to_add(desired, shared, names)] if desired else [])
            continue
        one = known[id(change.current)]
        file = files[one.entry.document.name]
        if desired is None:
            merged.removed.append(one.rule.title)
            file.remove(_rule_item_path(one.entry.path))
            continue
        path, value = one.entry.path, item_at(one.entry.document.value, one.entry.path)
        if Key.of(desired) in shared and not one.rule.id:
            file.set((*path, "id"), desired.id)
        if comparison.differences(desired, one.rule) or unmanaged_tiers(one.rule, desired):
            merged.changed.append(desired.title)
            _merge_rule(file, path, value, change, desired, names)
    return merged


def _rule_to_add(rule: EarningRule, shared: set[Key], names: Mapping[str, str]) -> JsonObject:
    """Return a rule in the form in which a merge adds it to a file.

    It gets an id only if its trigger and title do not identify it: if one is missing, or both are shared.
    """
    key = Key.of(rule)
    return to_short_form(rule, names, with_id=key in shared or not (key.activity and key.title))


def _merge_rule(  # noqa: PLR0913, PLR0917 - the rule in the file, and the desired one
    file: Editor, path: JsonPath, value: Any, change: Change, desired: EarningRule, names: Mapping[str, str]
) -> None:
    """Merge one rule of the site into a file: edit the values that differ.

    Values that the file omits stay omitted, except the status: a missing status means ACTIVE.
    """
    changed = {field.path.split(".")[0] for field in comparison.differences(desired, change.rule)}
    for name in sorted(changed - set(ARMS.values())):
        if name == "status":
            file.set((*path, _key_in_file(value, name)), desired.status.value)
        elif name in desired.document:
            file.set((*path, _key_in_file(value, name)), desired.document[name])
        else:
            file.remove((*path, _key_in_file(value, name)))
    award_changed = changed & set(ARMS.values()) and change.rule.method is not None
    if award_changed or unmanaged_tiers(change.rule, desired):
        _merge_award(file, path, value, desired, names)


def _merge_award(
    file: Editor, path: JsonPath, value: Any, desired: EarningRule, names: Mapping[str, str]
) -> None:
    """Merge the award of one rule into a file, in the form that the file uses: short or long."""
    present = [name for name in value if RULE.wire_name(name) in _AWARD_MEMBERS]
    in_full = any(RULE.wire_name(name) in ARMS.values() for name in present)
    award = award_in_long_form(desired) if in_full else award_in_short_form(desired, names)
    if isinstance(award.get("tiers"), dict) and isinstance(value.get("tiers"), dict):
        award["tiers"] = _with_tier_keys_of_file(value["tiers"], award["tiers"], names)
    old = {name: value[name] for name in present}
    new = {_key_in_file(value, name): item for name, item in award.items()}
    _merge_award_members(file, path, old, new, names)


def _merge_award_value(file: Editor, path: JsonPath, old: Any, new: Any, names: Mapping[str, str]) -> None:
    """Merge a value of an award: change `old` to `new`. Equal parts keep their spelling."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() & new.keys():
        _merge_award_members(file, path, old, new, names)
    elif _is_config_list(old) and _is_config_list(new):
        _merge_award_configs(file, path, old, new, names)
    # "2 points per 1" and "2 per 1" are the same award: the file keeps its spelling.
    elif old != new and (parse_phrase(old) is None or parse_phrase(old) != parse_phrase(new)):
        file.set(path, new)


def _merge_award_members(
    file: Editor, path: JsonPath, old: JsonObject, new: JsonObject, names: Mapping[str, str]
) -> None:
    """Merge an object of an award, member by member: change `old` to `new`."""
    for name in [name for name in old if name not in new and name != "tierId"]:
        file.remove((*path, name))
    for name, item in new.items():
        if name not in old:
            file.set((*path, name), item)
        elif name != "tierId":  # the tiers are the same, but the file may have a name instead of the id
            _merge_award_value(file, (*path, name), old[name], item, names)


def _merge_award_configs(file: Editor, path: JsonPath, old: Any, new: Any, names: Mapping[str, str]) -> None:
    """Merge the list of configs of an award. Configs of the same tier are merged in place."""
    tiers = {_merged_tier(config, names): i for i, config in enumerate(old)}
    added = []
    for config in new:
        i = tiers.pop(_merged_tier(config, names), None)
        if i is None:
            added.append(_with_tier_name(config, names))
        else:
            _merge_award_value(file, (*path, i), old[i], config, names)
    for i in tiers.values():
        file.remove((*path, i))
    if added:
        file.add(path, added)


def _with_tier_keys_of_file(old: Any, new: Any, names: Mapping[str, str]) -> JsonObject:
    """Return the tiers `new` with the keys that the same tiers have in the file, for a merge.

    `old` are the tiers in the file. Its keys are tier names or tier ids; `names` has the name of each id.
    """
    ids = {name: tier for tier, name in names.items()}
    keys = {ids.get(key, key).lower(): key for key in old}
    return {keys.get(ids.get(key, key).lower(), key): item for key, item in new.items()}


def _is_config_list(value: Any) -> bool:
    """Return whether a value to merge into a rules file is a list of configs that is not empty."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _merged_tier(config: Any, names: Mapping[str, str]) -> str:
    """Return the tier of a config to merge, in lower case: its name if `names` has one, otherwise its id."""
    return names.get(tier_of(config), tier_of(config)).lower()


def _with_tier_name(config: Any, names: Mapping[str, str]) -> Any:
    """Return a config to add to a merged file, with the tier's name instead of its id if `names` has one."""
    tier = tier_of(config)
    return config | {"tierId": names[tier]} if tier in names else config


def _key_in_file(value: Any, name: str) -> str:
    """Return the key under which a rule in the file has the API's field `name`, for a merge into the file.

    For example, `trigger` in the file is the API's `triggerActivityType`. A field that the rule omits gets
    the API's name.
    """
    keys = [key for key in value if RULE.wire_name(key) == name or ALIASES.get(key) == name]
    return str(keys[0]) if keys else name


def _rule_item_path(path: JsonPath) -> JsonPath:
    """Return the path of the list item that contains the rule at `path`, to remove the item in a merge.

    Raises InvalidData if the file has only this rule.
    """
    last = max((i for i, step in enumerate(path) if isinstance(step, int)), default=None)
    if last is None:
        raise InvalidData("the only rule of a file is no longer on the site", hint="Remove the file.")
    return path[: last + 1]
