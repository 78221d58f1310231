"""Parse rules files: one rule, a list of rules, or an object with rules and names for tiers.

    $schema: loyalty-rules.schema.json     for editors
    tiers: {Gold: ID}                      names for tiers; {Gold: {PROFILE-OR-SITE: ID}} for several sites
    rules: […]                             also earningRules: […], and earningRule: {…}

Each rule becomes an `Entry`. It adds the line and the column in the file to the problems of validation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail, InvalidData, Location
from loyaltyctl.intake.documents import Syntax
from loyaltyctl.intake.values import is_guid, quoted
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.rules import replace_tiers
from loyaltyctl.model.validation_results import Problem, Validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from loyaltyctl.intake.documents import Document
    from loyaltyctl.intake.values import Json, JsonObject, JsonPath

RULES, SCHEMA, TIERS = "rules", "$schema", "tiers"
MANY = (RULES, "earningRules", "earning_rules")
WRAPPERS = (*MANY, "earningRule", "earning_rule")


class Entry(NamedTuple):
    """Entry of a rules file: one rule, with the rule's JSON path in the file and its number, from 1."""

    document: Document
    path: JsonPath
    value: Json
    number: int = 1

    def validate(self, check: Callable[[Json], Validation]) -> Validation:
        """Validate this entry of a rules file by `check`. An entry that could not be parsed is a problem."""
        broken = self.document.broken.get(self.path)
        return check(self.value) if broken is None else Validation(None, (Problem((), broken),))

    def details(self, problems: tuple[Problem, ...]) -> tuple[Detail, ...]:
        """Return the problems of this entry with line and column, in the order of the rules file."""
        located = [(self.location(problem.path), problem) for problem in problems]
        located.sort(key=lambda one: (one[0].line, one[0].column))
        return tuple(
            Detail(problem.message, problem.field, where, problem.rule) for where, problem in located
        )

    def location(self, *paths: JsonPath) -> Location:
        """Return the location in the rules file of the first path of `paths` that exists there.

        Paths are relative to this entry. If none exists, return the location of the innermost value around
        the first one.
        """
        name, positions = self.document.name, self.document.positions
        absolute = [(*self.path, *path) for path in paths or ((),)]
        path = next((one for one in absolute if one in positions), absolute[0])
        found = [path[:length] for length in range(len(path), -1, -1) if path[:length] in positions]
        line, column = positions[found[0]] if found else (0, 0)
        listed = any(isinstance(step, int) for step in self.path)
        # In JSON without line breaks, a person finds a rule by its number, not by its column.
        compact = self.document.syntax is Syntax.JSON and self.document.is_on_one_line
        return Location(name, line, column, self.number if compact and listed else 0)


@dataclass(frozen=True, slots=True)
class TierNames:
    """Tier names of a rules file: each name has one id, or an id for each profile or site."""

    ids: Mapping[str, str | Mapping[str, str]]

    @classmethod
    def read(cls, document: Document) -> TierNames:
        """Parse the tier names in a rules file. Raises InvalidData if an id is invalid or has two names."""
        tiers = document.value.get(TIERS) if isinstance(document.value, dict) else None
        if not isinstance(document.value, dict) or tiers is None or not _rules_wrapper(document.value):
            return cls({})
        if not isinstance(tiers, dict):
            raise _invalid_at(document, (TIERS,), f"{TIERS} must map names to ids, got {quoted(tiers)}")
        names = cls({name: cls._parse_ids(document, name, value) for name, value in tiers.items()})
        plain = [ids for ids in names.ids.values() if isinstance(ids, str)]
        for name, ids in names.ids.items():
            if isinstance(ids, str) and plain.count(ids) > 1:
                raise _invalid_at(document, (TIERS, name), f"two names have the id {ids}")
        return names

    @staticmethod
    def _parse_ids(document: Document, name: str, value: Json) -> str | Mapping[str, str]:
        """Parse the id of a tier name in a rules file, or the ids by profile or site."""
        listed: JsonObject = value if isinstance(value, dict) else {"": value}
        for site, tier in listed.items():
            if not isinstance(tier, str) or not is_guid(tier):
                path = (TIERS, name, site) if isinstance(value, dict) else (TIERS, name)
                raise _invalid_at(
                    document, path, f"the tier {quoted(name)} must have a GUID, got {quoted(tier)}"
                )
        ids = {site: str(tier).lower() for site, tier in listed.items()}
        return ids if isinstance(value, dict) else ids[""]

    def on(self, site: Sequence[str]) -> dict[str, str]:
        """Return the tier id of each name in the rules file; a name without an id for the site is left out.

        `site` holds the site's profile and id. If it is empty, as in `rules validate`, an id of any site is
        taken.
        """
        found: dict[str, str] = {}
        for name, ids in self.ids.items():
            if isinstance(ids, str):
                found[name] = ids
                continue
            matches = [ids[one] for one in site if one in ids] if site else [*ids.values()]
            if matches:
                found[name] = matches[0]
        return found


def entries(document: Document, site: Sequence[str] = ()) -> list[Entry]:
    """Return the entries of a rules file, with the tier ids of a site in place of tier names.

    `site` holds the profile and the id of the site: the file may list tier ids by either. An entry may be
    any value; validation rejects an entry that is not an object. Raises InvalidData if the document is not
    a rules file.
    """
    if isinstance(document.value, dict) and {"plan", "changes", "checksum"} <= document.value.keys():
        hint = f"Apply it with: loyaltyctl rules apply {document.name}"
        raise InvalidData(f"{document.name} is a plan, not a rules file", hint=hint)
    if document.value is None:
        raise InvalidData(f"{document.name} is empty")
    names = TierNames.read(document)
    ids = names.on(site)
    respelled = document.with_path_names(lambda step: ids.get(str(step)) or RULE.wire_name(step))
    found = [*_find_rules(document, document.value, ())]
    for name in names.ids.keys() - ids.keys():
        if any(_uses_tier_name(value, name) for _, value in found):
            where = f" for {site[0]}" if site else ""
            raise _invalid_at(document, (TIERS, name), f"the tier {quoted(name)} has no id{where}")
    return [
        Entry(respelled, path, _replace_tier_names(value, ids), number)
        for number, (path, value) in enumerate(found, start=1)
    ]


def rule_list_path(value: Json) -> JsonPath:
    """Return the JSON path of the list of rules in a rules file.

    Raises InvalidData if there is no list: the file is a single rule.
    """
    if isinstance(value, list):
        return ()
    name = next((name for name in MANY if isinstance(value, dict) and name in value), None)
    if name is None:
        raise InvalidData("a file of a single rule cannot hold others", hint="Export to another file.")
    return (name,)


def single_entry(document: Document) -> Entry:
    """Return the only entry of a rules file. Raises InvalidData if it has none, or more than one."""
    found = entries(document)
    if len(found) != 1:
        raise InvalidData(
            f"{document.name} has {len(found)} rules; exactly one is expected",
            hint="Create many with: loyaltyctl rules bulk-create -f FILE" if found else "",
        )
    return found[0]


def invalid_file(name: str, details: tuple[Detail, ...], undone: str = "sent") -> InvalidData:
    """Return the error for an invalid rules file with all problems; `undone` completes "nothing was …"."""
    count = f"{len(details)} problems" if len(details) > 1 else "a problem"
    return InvalidData(f"{name} has {count}; nothing was {undone}", details=details)


def _find_rules(document: Document, value: Json, path: JsonPath) -> Iterator[tuple[JsonPath, Json]]:
    """Yield the JSON path and value of each rule in a part of a rules file: one rule, or a list of rules."""
    if not isinstance(value, list):
        yield from _unwrap_rules(document, value, path)
        return
    for i, item in enumerate(value):
        yield from _unwrap_rules(document, item, (*path, i))


def _unwrap_rules(document: Document, value: Json, path: JsonPath) -> Iterator[tuple[JsonPath, Json]]:
    """Yield the path and value of each rule in an object of a rules file, such as {"rules": […]}.

    An object without a wrapper is a rule itself.
    """
    members = value if isinstance(value, dict) else {}
    wrapper = _rules_wrapper(members)
    if wrapper is None:
        yield path, value
        return
    inner, many, here = members[wrapper], wrapper in MANY, (*path, wrapper)
    if many and not isinstance(inner, list):
        raise _invalid_at(document, here, f"{wrapper} must be a list, got {quoted(inner)}")
    for name in members if wrapper == RULES else ():
        if name not in (RULES, SCHEMA, TIERS):
            message = f"{RULES} can only be combined with {SCHEMA} and {TIERS}, not {quoted(name)}"
            raise _invalid_at(document, (*path, name), message)
    yield from (_find_rules if many else _unwrap_rules)(document, inner, here)


def _rules_wrapper(members: JsonObject) -> str | None:
    """Parse which member of a rules file has its rules, such as `rules` or `earningRule`.

    Returns None for an object without such a member: it is a rule itself.
    """
    return next((name for name in WRAPPERS if name in members), None)


def _invalid_at(document: Document, path: JsonPath, message: str) -> InvalidData:
    """Return the error about the value at a JSON path of a rules file."""
    line, column = document.positions.get(path, (0, 0))
    return InvalidData(message, at=Location(document.name, line, column))


def _uses_tier_name(value: Json, tier: str) -> bool:
    """Return whether a rule in a rules file has an award for the tier name `tier`."""
    return _replace_tier_names(value, {tier: "ID"}) != value


def _replace_tier_names(value: Json, ids: Mapping[str, str]) -> Json:
    """Return the rule of an entry with ids in place of the tier names of its rules file.

    `ids` maps the names to ids.
    """
    if not ids or not isinstance(value, dict):
        return value
    changed = replace_tiers(value, ids)
    if isinstance(tiers := value.get(TIERS), dict):
        # A tier may be given twice: by its name and by its id. Validation finds the duplicate only if the
        # object keeps both. So the name becomes the id in upper case: another key for the same tier.
        spelled = {name: ids.get(name, name) for name in tiers}
        twice = {name: tier.upper() for name, tier in spelled.items() if name != tier and tier in tiers}
        changed[TIERS] = {(spelled | twice)[name]: earns for name, earns in tiers.items()}
    return changed
