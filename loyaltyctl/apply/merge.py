"""Merge the rules of a site into rules files, with the smallest edit: for `rules export`.

Values that still hold stay as they were written, with their form and their comments; others are set. Rules
that are gone from the site are removed, and new ones come last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from loyaltyctl.apply.plan import plan
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.json_paths import item_at
from loyaltyctl.model import comparison, earnings
from loyaltyctl.model.desired_rules import Key, full_award, shared_keys, short, short_award, unmanaged_tiers
from loyaltyctl.model.rule_files import MANY, RULES, SCHEMA
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, tier_of
from loyaltyctl.model.short_form import ALIASES, AWARD_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.apply.plan import Change
    from loyaltyctl.intake.values import Json, JsonObject, JsonPath
    from loyaltyctl.model.rule_sets import LocatedRule

SCHEMA_FILE = "loyalty-rules.schema.json"
_AWARDS = (*AWARD_NAMES, *ARMS.values())


class Editor(Protocol):
    """Editor of one file; paths are those of the file before the first edit."""

    def set(self, path: JsonPath, value: Json, /) -> None: ...

    def add(self, path: JsonPath, items: Sequence[Json], /) -> None: ...

    def remove(self, path: JsonPath, /) -> None: ...


class Merged(NamedTuple):
    """Result of a merge: rules that no file has yet, and the titles of changed and removed rules."""

    added: list[JsonObject]
    changed: list[str]
    removed: list[str]


def new_file(rules: Sequence[JsonObject]) -> JsonObject:
    """Return the content of a rules file."""
    return {SCHEMA: SCHEMA_FILE, RULES: [*rules]}


def file_rules(rules: Sequence[EarningRule]) -> list[JsonObject]:
    """Return rules as a rules file has them, with the ids of those that have a key in common."""
    shared = shared_keys(rules)
    return [_file_rule(rule, shared, {}) for rule in rules]


def merge(
    files: Mapping[str, Editor],
    located: Sequence[LocatedRule],
    rules: Sequence[EarningRule],
    names: Mapping[str, str],
) -> Merged:
    """Edit files, given by their names, so that they hold `rules`.

    `located` are the rules that they hold so far; `names` are their names for tiers, by id.
    """
    shared = shared_keys(rules)
    merged = Merged([], [], [])
    known = {id(one.rule): one for one in located}
    for change in plan([one.rule for one in located], rules).changes:
        desired = None if change.desired is None else rules[change.desired]
        if change.current is None:
            merged.added.extend([_file_rule(desired, shared, names)] if desired else [])
            continue
        one = known[id(change.current)]
        file = files[one.entry.document.name]
        if desired is None:
            merged.removed.append(one.rule.title)
            file.remove(_item(one.entry.place))
            continue
        path, value = one.entry.place, item_at(one.entry.document.value, one.entry.place)
        if Key.of(desired) in shared and not one.rule.id:
            file.set((*path, "id"), desired.id)
        if comparison.differences(desired, one.rule) or unmanaged_tiers(one.rule, desired):
            merged.changed.append(desired.title)
            _edit(file, path, value, change, desired, names)
    return merged


def list_of(value: Any) -> JsonPath:
    """Return the path of the list of rules in a file. Raises InvalidData for the file of a single rule."""
    if isinstance(value, list):
        return ()
    name = next((name for name in MANY if isinstance(value, dict) and name in value), None)
    if name is None:
        raise InvalidData("a file of a single rule takes no others", hint="Export to another file.")
    return (name,)


def _file_rule(rule: EarningRule, shared: set[Key], names: Mapping[str, str]) -> JsonObject:
    key = Key.of(rule)
    return short(rule, names, with_id=key in shared or not (key.activity and key.title))


def _edit(  # noqa: PLR0913, PLR0917 - the rule in the file, and the desired one
    file: Editor, path: JsonPath, value: Any, change: Change, desired: EarningRule, names: Mapping[str, str]
) -> None:
    """Set the values of one rule that differ on the site; values that the file leaves out stay out.

    The status is an exception: a file without one means ACTIVE.
    """
    changed = {field.path.split(".")[0] for field in comparison.differences(desired, change.rule)}
    for name in sorted(changed - set(ARMS.values())):
        if name == "status":
            file.set((*path, _key_in(value, name)), desired.status.value)
        elif name in desired.document:
            file.set((*path, _key_in(value, name)), desired.document[name])
        else:
            file.remove((*path, _key_in(value, name)))
    award_changed = changed & set(ARMS.values()) and change.rule.method is not None
    if award_changed or unmanaged_tiers(change.rule, desired):
        _set_award(file, path, value, desired, names)


def _set_award(
    file: Editor, path: JsonPath, value: Any, desired: EarningRule, names: Mapping[str, str]
) -> None:
    present = [name for name in value if RULE.wire_name(name) in _AWARDS]
    in_full = any(RULE.wire_name(name) in ARMS.values() for name in present)
    award = full_award(desired) if in_full else short_award(desired, names)
    if isinstance(award.get("tiers"), dict) and isinstance(value.get("tiers"), dict):
        award["tiers"] = _as_written(value["tiers"], award["tiers"], names)
    old = {name: value[name] for name in present}
    new = {_key_in(value, name): item for name, item in award.items()}
    _change_members(file, path, old, new, names)


def _rewrite(file: Editor, path: JsonPath, old: Any, new: Any, names: Mapping[str, str]) -> None:
    """Edit `old` into `new`, so that equal parts stay as they were written."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() & new.keys():
        _change_members(file, path, old, new, names)
    elif _is_config_list(old) and _is_config_list(new):
        _rewrite_tiers(file, path, old, new, names)
    elif old != new and (earnings.parse(old) is None or earnings.parse(old) != earnings.parse(new)):
        file.set(path, new)


def _change_members(
    file: Editor, path: JsonPath, old: JsonObject, new: JsonObject, names: Mapping[str, str]
) -> None:
    """Replace the members of `old` by those of `new`, one by one."""
    for name in [name for name in old if name not in new and name != "tierId"]:
        file.remove((*path, name))
    for name, item in new.items():
        if name not in old:
            file.set((*path, name), item)
        elif name != "tierId":  # two configs are paired by their tier, which the file may name or give by id
            _rewrite(file, (*path, name), old[name], item, names)


def _rewrite_tiers(file: Editor, path: JsonPath, old: Any, new: Any, names: Mapping[str, str]) -> None:
    tiers = {_tier(config, names): i for i, config in enumerate(old)}
    added = []
    for config in new:
        i = tiers.pop(_tier(config, names), None)
        if i is None:
            added.append(_with_tier_name(config, names))
        else:
            _rewrite(file, (*path, i), old[i], config, names)
    for i in tiers.values():
        file.remove((*path, i))
    if added:
        file.add(path, added)


def _as_written(old: Any, new: Any, names: Mapping[str, str]) -> JsonObject:
    """Return tiers under the keys of the file: an id stays an id, though the tier has a name."""
    ids = {name: tier for tier, name in names.items()}
    keys = {ids.get(key, key).lower(): key for key in old}
    return {keys.get(ids.get(key, key).lower(), key): item for key, item in new.items()}


def _is_config_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _tier(config: Any, names: Mapping[str, str]) -> str:
    """Return the tier of a config, by its name if the file has one."""
    return names.get(tier_of(config), tier_of(config)).lower()


def _with_tier_name(config: Any, names: Mapping[str, str]) -> Any:
    tier = tier_of(config)
    return config | {"tierId": names[tier]} if tier in names else config


def _key_in(value: Any, name: str) -> str:
    """Return the key of a field in a value, in any spelling; that of the API if it has none."""
    keys = [key for key in value if RULE.wire_name(key) == name or ALIASES.get(key) == name]
    return str(keys[0]) if keys else name


def _item(path: JsonPath) -> JsonPath:
    """Return the path of the list item that holds the rule at `path`."""
    last = max((i for i, step in enumerate(path) if isinstance(step, int)), default=None)
    if last is None:
        raise InvalidData("the only rule of a file is no longer on the site", hint="Remove the file.")
    return path[: last + 1]
