"""From the rules of a site to a file of them: a new one, or the least edit of one that is there.

What is still true stays as somebody wrote it, with its form and its comments; what is not
is set; rules that are gone are taken out, and new ones come last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.apply.planning import Action, plan
from loyaltyctl.errors import InvalidData
from loyaltyctl.model.flat import AWARD_NAMES
from loyaltyctl.model.rule_files import MANY, RULES, SCHEMA
from loyaltyctl.model.rules import ARMS, EarningRule, without_legacy
from loyaltyctl.model.spelling import wire_name
from loyaltyctl.model.statements import Key, shared_keys, short, short_award

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.apply.planning import Change
    from loyaltyctl.intake.values import JsonObject, Place
    from loyaltyctl.model.rule_sets import Stated

SCHEMA_FILE = "loyalty-rules.schema.json"
_AWARDS = (*AWARD_NAMES, *ARMS.values())
_SHORT = {"trigger": "triggerActivityType"}


class Merged(NamedTuple):
    """What became of the rules of the files."""

    added: list[JsonObject]
    """Statements of rules that no file had; they are to be put somewhere."""
    cuts: dict[str, list[Place]]
    """What is to be taken out of each file, by its place."""
    changed: int = 0
    removed: int = 0


def new_file(rules: Sequence[JsonObject], schema: str = SCHEMA_FILE) -> JsonObject:
    """The content of a file with these statements."""
    return {SCHEMA: schema, RULES: [*rules]}


def statements(rules: Sequence[EarningRule]) -> list[JsonObject]:
    """What a file says of `rules`; with ids where their keys do not tell them apart."""
    shared = shared_keys(rules)
    return [_statement(rule, shared, {}) for rule in rules]


def merge(
    contents: Mapping[str, Any],
    stated: Sequence[Stated],
    rules: Sequence[EarningRule],
    names: Mapping[str, str],
) -> Merged:
    """Edit the contents of files, by their names, so that they state `rules`.

    `stated` is what they state so far; `names` are what they call tiers, by id.
    """
    shared = shared_keys(rules)
    statements = {id(one.rule): one for one in stated}
    cuts: dict[str, list[Place]] = {name: [] for name in contents}
    added: list[JsonObject] = []
    changed = removed = 0
    for change in plan([one.rule for one in stated], rules).changes:
        wanted = None if change.wanted is None else rules[change.wanted]
        if change.current is None:
            added += [_statement(wanted, shared, names)] if wanted else []
            continue
        one = statements[id(change.current)]
        file, place = one.entry.document.name, one.entry.place
        if wanted is None:
            removed += 1
            cuts[file].append(_item(place))
            continue
        node = _at(contents[file], place)
        if Key.of(wanted) in shared or one.rule.id:
            node["id"] = wanted.id
        if change.action is Action.UPDATE:
            changed += 1
            cuts[file] += ((*place, *cut) for cut in _edit(node, change, wanted, names))
    return Merged(added, cuts, changed, removed)


def add(content: Any, rules: Sequence[JsonObject]) -> None:
    """Add statements to the content of a file. Raises InvalidData for one that holds no list."""
    listed = content
    if isinstance(content, dict):
        name = next((name for name in MANY if name in content), None)
        listed = content[name] if name else None
    if not isinstance(listed, list):
        raise InvalidData("a file of a single rule takes no others", hint="Export to another file.")
    listed += rules


def _statement(rule: EarningRule, shared: set[Key], names: Mapping[str, str]) -> JsonObject:
    key = Key.of(rule)
    return short(rule, names, with_id=key in shared or not (key.activity and key.title))


def _edit(node: Any, change: Change, wanted: EarningRule, names: Mapping[str, str]) -> list[Place]:
    """Set in the value of one rule what the site says otherwise; returns what is to be taken out of it."""
    paths = {field.path.split(".")[0] for field in change.fields}
    for path in sorted(paths - set(ARMS.values())):
        node[_spelled(node, path)] = wanted.document[path]
    return _set_award(node, wanted, names) if paths & set(ARMS.values()) else []


def _set_award(node: Any, wanted: EarningRule, names: Mapping[str, str]) -> list[Place]:
    had = [name for name in node if wire_name(name) in _AWARDS]
    in_full = any(wire_name(name) in ARMS.values() for name in had)
    award = _in_full(wanted) if in_full else short_award(wanted, names)
    cuts: list[Place] = [(name,) for name in had if wire_name(name) not in award]
    for name, value in award.items():
        key = _spelled(node, name)
        before = node.get(key)
        if name == "tiers" and isinstance(value, dict) and isinstance(before, dict):
            cuts += ((key, tier) for tier in before if tier not in value)
            before |= value
        else:
            node[key] = value
    return cuts


def _in_full(rule: EarningRule) -> JsonObject:
    method = rule.method
    arm = rule.document.get(ARMS[method]) if method else None
    return {ARMS[method]: without_legacy(arm)} if method and isinstance(arm, dict) else {}


def _spelled(node: Any, name: str) -> str:
    """The key under which the value has a field: in any spelling, else the wire's."""
    spelled = [key for key in node if wire_name(key) == name or _SHORT.get(key) == name]
    return str(spelled[0]) if spelled else name


def _at(content: Any, place: Place) -> Any:
    for step in place:
        content = content[step]
    return content


def _item(place: Place) -> Place:
    """The item of a list in which the rule at `place` stands."""
    last = max((i for i, step in enumerate(place) if isinstance(step, int)), default=None)
    if last is None:
        raise InvalidData("the only rule of a file is not there any more", hint="Remove the file.")
    return place[: last + 1]
