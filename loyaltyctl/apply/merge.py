"""From the rules of a site to a file of them: a new one, or the least edit of one that is there.

What is still true stays as somebody wrote it, with its form and its comments; what is not
is set; rules that are gone are taken out, and new ones come last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from loyaltyctl.apply.plan import plan
from loyaltyctl.errors import InvalidData
from loyaltyctl.model import comparison, earnings
from loyaltyctl.model.desired_rules import Key, full_award, shared_keys, short, short_award, unmanaged_tiers
from loyaltyctl.model.rule_files import MANY, RULES, SCHEMA
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, tier_of
from loyaltyctl.model.short_form import AWARD_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.apply.plan import Change
    from loyaltyctl.intake.values import Json, JsonObject, JsonPath
    from loyaltyctl.model.rule_sets import LocatedRule

SCHEMA_FILE = "loyalty-rules.schema.json"
_AWARDS = (*AWARD_NAMES, *ARMS.values())
_SHORT = {"trigger": "triggerActivityType"}


class Editor(Protocol):
    """Edits one file; places are those of the file as it was."""

    def set(self, place: JsonPath, value: Json, /) -> None: ...

    def add(self, place: JsonPath, items: Sequence[Json], /) -> None: ...

    def cut(self, place: JsonPath, /) -> None: ...


class Merged(NamedTuple):
    """What became of the rules of the files."""

    added: list[JsonObject]
    """Statements of rules that no file had; they are to be put somewhere."""
    changed: list[str]
    removed: list[str]
    """Their titles."""


def new_file(rules: Sequence[JsonObject]) -> JsonObject:
    """The content of a file with these statements."""
    return {SCHEMA: SCHEMA_FILE, RULES: [*rules]}


def statements(rules: Sequence[EarningRule]) -> list[JsonObject]:
    """What a file says of `rules`; with ids where their keys do not tell them apart."""
    shared = shared_keys(rules)
    return [_statement(rule, shared, {}) for rule in rules]


def merge(
    files: Mapping[str, Editor],
    stated: Sequence[LocatedRule],
    rules: Sequence[EarningRule],
    names: Mapping[str, str],
) -> Merged:
    """Edit files, by their names, so that they state `rules`.

    `stated` is what they state so far; `names` are what they call tiers, by id.
    """
    shared = shared_keys(rules)
    merged = Merged([], [], [])
    known = {id(one.rule): one for one in stated}
    for change in plan([one.rule for one in stated], rules).changes:
        wanted = None if change.wanted is None else rules[change.wanted]
        if change.current is None:
            merged.added.extend([_statement(wanted, shared, names)] if wanted else [])
            continue
        one = known[id(change.current)]
        file = files[one.entry.document.name]
        if wanted is None:
            merged.removed.append(one.rule.title)
            file.cut(_item(one.entry.place))
            continue
        place, value = one.entry.place, _at(one.entry.document.value, one.entry.place)
        if Key.of(wanted) in shared and not one.rule.id:
            file.set((*place, "id"), wanted.id)
        if comparison.differences(wanted, one.rule) or unmanaged_tiers(one.rule, wanted):
            merged.changed.append(wanted.title)
            _edit(file, place, value, change, wanted, names)
    return merged


def list_of(value: Any) -> JsonPath:
    """Where the content of a file has its list of rules. Raises InvalidData for one that has none."""
    if isinstance(value, list):
        return ()
    name = next((name for name in MANY if isinstance(value, dict) and name in value), None)
    if name is None:
        raise InvalidData("a file of a single rule takes no others", hint="Export to another file.")
    return (name,)


def _statement(rule: EarningRule, shared: set[Key], names: Mapping[str, str]) -> JsonObject:
    key = Key.of(rule)
    return short(rule, names, with_id=key in shared or not (key.activity and key.title))


def _edit(  # noqa: PLR0913, PLR0917 - the rule in the file, and what it is to say
    file: Editor, place: JsonPath, value: Any, change: Change, wanted: EarningRule, names: Mapping[str, str]
) -> None:
    """Set in the value of one rule what the site says otherwise; what it does not say stays unsaid.

    But for the status: a file that says none says ACTIVE.
    """
    paths = {field.path.split(".")[0] for field in comparison.differences(wanted, change.rule)}
    for path in sorted(paths - set(ARMS.values())):
        if path == "status" or path in wanted.document:
            site = wanted.status.value if path == "status" else wanted.document[path]
            file.set((*place, _spelled(value, path)), site)
        else:
            file.cut((*place, _spelled(value, path)))
    unstated = unmanaged_tiers(change.rule, wanted)
    if unstated or (paths & set(ARMS.values()) and change.rule.method is not None):
        _set_award(file, place, value, wanted, names)


def _set_award(
    file: Editor, place: JsonPath, value: Any, wanted: EarningRule, names: Mapping[str, str]
) -> None:
    had = [name for name in value if RULE.wire_name(name) in _AWARDS]
    in_full = any(RULE.wire_name(name) in ARMS.values() for name in had)
    award = full_award(wanted) if in_full else short_award(wanted, names)
    if isinstance(award.get("tiers"), dict) and isinstance(value.get("tiers"), dict):
        award["tiers"] = _as_written(value["tiers"], award["tiers"], names)
    spelled = {_spelled(value, name): item for name, item in award.items()}
    _change_members(file, place, {name: value[name] for name in had}, spelled, names)


def _become(file: Editor, place: JsonPath, old: Any, new: Any, names: Mapping[str, str]) -> None:
    """Make of `old` what `new` is, so that what is the same stays as it is."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() & new.keys():
        _change_members(file, place, old, new, names)
    elif _are_tiers(old) and _are_tiers(new):
        _become_tiers(file, place, old, new, names)
    elif old != new and (earnings.read(old) is None or earnings.read(old) != earnings.read(new)):
        file.set(place, new)


def _change_members(
    file: Editor, place: JsonPath, old: JsonObject, new: JsonObject, names: Mapping[str, str]
) -> None:
    """Put the members of `new` in the place of those of `old`, one by one."""
    for name in [name for name in old if name not in new and name != "tierId"]:
        file.cut((*place, name))
    for name, item in new.items():
        if name not in old:
            file.set((*place, name), item)
        elif name != "tierId":  # by which two tiers are the same, by name or by id
            _become(file, (*place, name), old[name], item, names)


def _become_tiers(file: Editor, place: JsonPath, old: Any, new: Any, names: Mapping[str, str]) -> None:
    tiers = {_tier(config, names): i for i, config in enumerate(old)}
    added = []
    for config in new:
        i = tiers.pop(_tier(config, names), None)
        if i is None:
            added.append(_named(config, names))
        else:
            _become(file, (*place, i), old[i], config, names)
    for i in tiers.values():
        file.cut((*place, i))
    if added:
        file.add(place, added)


def _as_written(old: Any, new: Any, names: Mapping[str, str]) -> JsonObject:
    """Tiers under the keys that the file has for them: an id stays one, though the tier has a name."""
    ids = {name: tier for tier, name in names.items()}
    keys = {ids.get(key, key).lower(): key for key in old}
    return {keys.get(ids.get(key, key).lower(), key): item for key, item in new.items()}


def _are_tiers(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _tier(config: Any, names: Mapping[str, str]) -> str:
    """The tier of a config, by its name where the file has one."""
    return names.get(tier_of(config), tier_of(config)).lower()


def _named(config: Any, names: Mapping[str, str]) -> Any:
    tier = tier_of(config)
    return config | {"tierId": names[tier]} if tier in names else config


def _spelled(value: Any, name: str) -> str:
    """The key under which a value has a field: in any spelling, else the wire's."""
    spelled = [key for key in value if RULE.wire_name(key) == name or _SHORT.get(key) == name]
    return str(spelled[0]) if spelled else name


def _at(content: Any, place: JsonPath) -> Any:
    for step in place:
        content = content[step]
    return content


def _item(place: JsonPath) -> JsonPath:
    """The item of a list in which the rule at `place` stands."""
    last = max((i for i, step in enumerate(place) if isinstance(step, int)), default=None)
    if last is None:
        raise InvalidData("the only rule of a file is not there any more", hint="Remove the file.")
    return place[: last + 1]
