"""Rules files: one rule, a list of rules, or an object with a list and its context, in any format.

    $schema: loyalty-rules.schema.json     for editors
    tiers: {Gold: ID}                      names for tiers; {Gold: {PROFILE-OR-SITE: ID}} for several sites
    rules: […]                             also earningRules: […], and earningRule: {…}

Every rule is validated, and every problem has its line and column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail, InvalidData, Location
from loyaltyctl.intake.documents import Syntax
from loyaltyctl.intake.values import is_guid, quoted
from loyaltyctl.model.problems import Problem, Validation
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.rules import replace_tiers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from loyaltyctl.intake.documents import Document
    from loyaltyctl.intake.values import Json, JsonObject, JsonPath

RULES, SCHEMA, TIERS = "rules", "$schema", "tiers"
MANY = (RULES, "earningRules", "earning_rules")
WRAPPERS = (*MANY, "earningRule", "earning_rule")


class Entry(NamedTuple):
    """One rule of a file: its place in the document, its value, and its number, from 1."""

    document: Document
    place: JsonPath
    value: Json
    number: int = 1

    def validate(self, check: Callable[[Json], Validation]) -> Validation:
        """Validate the value with `check`; a value that could not be parsed is a problem itself."""
        broken = self.document.broken.get(self.place)
        return check(self.value) if broken is None else Validation(None, (Problem((), broken),))

    def details(self, problems: tuple[Problem, ...]) -> tuple[Detail, ...]:
        """Return `problems` of this entry with their locations, in the order of the file."""
        located = [(self.location(problem.place), problem) for problem in problems]
        located.sort(key=lambda one: (one[0].line, one[0].column))
        return tuple(
            Detail(problem.message, problem.field, where, problem.rule) for where, problem in located
        )

    def location(self, *places: JsonPath) -> Location:
        """Return the location of the first of `places` that is in the file.

        If none is, it is that of the closest object around the first one.
        """
        name, marks = self.document.name, self.document.positions
        wholes = [(*self.place, *place) for place in places or ((),)]
        tried = [whole for whole in wholes if whole in marks] or [wholes[0]]
        found = [tried[0][:length] for length in range(len(tried[0]), -1, -1) if tried[0][:length] in marks]
        line, column = marks[found[0]] if found else (0, 0)
        listed = any(isinstance(step, int) for step in self.place)
        compact = self.document.syntax is Syntax.JSON and self.document.is_on_one_line
        return Location(name, line, column, self.number if compact and listed else 0)


@dataclass(frozen=True, slots=True)
class TierNames:
    """Names for tier ids; several sites may each have ids of their own, by profile or site id."""

    ids: Mapping[str, str | Mapping[str, str]]

    @classmethod
    def read(cls, document: Document) -> TierNames:
        """Parse the names in `document`. Raises InvalidData if their values are not ids."""
        stated = document.value.get(TIERS) if isinstance(document.value, dict) else None
        if not isinstance(document.value, dict) or stated is None or not _wrapper(document.value):
            return cls({})
        if not isinstance(stated, dict):
            raise _invalid(document, (TIERS,), f"{TIERS} must be names with ids, got {quoted(stated)}")
        names = cls({name: cls._ids(document, name, value) for name, value in stated.items()})
        plain = [ids for ids in names.ids.values() if isinstance(ids, str)]
        for name, ids in names.ids.items():
            if isinstance(ids, str) and plain.count(ids) > 1:
                raise _invalid(document, (TIERS, name), f"two names have the id {ids}")
        return names

    @staticmethod
    def _ids(document: Document, name: str, value: Json) -> str | Mapping[str, str]:
        listed: JsonObject = value if isinstance(value, dict) else {"": value}
        for site, tier in listed.items():
            if not isinstance(tier, str) or not is_guid(tier):
                place = (TIERS, name, site) if isinstance(value, dict) else (TIERS, name)
                raise _invalid(
                    document, place, f"the tier {quoted(name)} must have a GUID, got {quoted(tier)}"
                )
        ids = {site: str(tier).lower() for site, tier in listed.items()}
        return ids if isinstance(value, dict) else ids[""]

    def on(self, site: Sequence[str]) -> dict[str, str]:
        """Return the id of each name on a site, which is given by its profile and its id.

        If no site is given, the ids of any site do.
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
    """Return the rules in `document`, with the tier ids of a site in place of tier names.

    `site` gives the names that the file may use for the site: its profile, its id. A value of
    another type in place of a rule is an entry too, and fails validation like one. Raises
    InvalidData if the document has another shape.
    """
    if isinstance(document.value, dict) and {"plan", "changes", "checksum"} <= document.value.keys():
        hint = f"Apply it with: loyaltyctl rules apply {document.name}"
        raise InvalidData(f"{document.name} is a plan, not a file of rules", hint=hint)
    if document.value is None:
        raise InvalidData(f"{document.name} is empty")
    names = TierNames.read(document)
    ids = names.on(site)
    respelled = document.with_path_names(lambda step: ids.get(str(step)) or RULE.wire_name(step))
    found = [*_listed(document, document.value, ())]
    for name in names.ids.keys() - ids.keys():
        if any(_uses_tier(value, name) for _, value in found):
            raise _invalid(document, (TIERS, name), f"the tier {quoted(name)} has no id for {site[0]}")
    return [
        Entry(respelled, place, _with_ids(value, ids), number)
        for number, (place, value) in enumerate(found, start=1)
    ]


def single(document: Document) -> Entry:
    """Return the only rule in `document`. Raises InvalidData for any other number of rules."""
    found = entries(document)
    if len(found) != 1:
        raise InvalidData(
            f"{document.name} has {len(found)} rules; exactly one is expected",
            hint="Create many with: loyaltyctl rules bulk-create -f FILE" if found else "",
        )
    return found[0]


def invalid(name: str, details: tuple[Detail, ...], undone: str = "sent") -> InvalidData:
    """Return the error for all problems of the file `name`; `undone` is the participle for its use."""
    count = f"{len(details)} problems" if len(details) > 1 else "a problem"
    return InvalidData(f"{name} has {count}; nothing was {undone}", details=details)


def _listed(document: Document, value: Json, place: JsonPath) -> Iterator[tuple[JsonPath, Json]]:
    """Yield the entries in `value`, which is one or a list of them, with their places."""
    if not isinstance(value, list):
        yield from _unwrapped(document, value, place)
        return
    for i, item in enumerate(value):
        yield from _unwrapped(document, item, (*place, i))


def _unwrapped(document: Document, value: Json, place: JsonPath) -> Iterator[tuple[JsonPath, Json]]:
    members = value if isinstance(value, dict) else {}
    wrapper = _wrapper(members)
    if wrapper is None:
        yield place, value
        return
    inner, many, here = members[wrapper], wrapper in MANY, (*place, wrapper)
    if many and not isinstance(inner, list):
        raise _invalid(document, here, f"{wrapper} must be a list, got {quoted(inner)}")
    for name in members if wrapper == RULES else ():
        if name not in (RULES, SCHEMA, TIERS):
            what = f"{RULES} can only be combined with {SCHEMA} and {TIERS}, not {quoted(name)}"
            raise _invalid(document, (*place, name), what)
    yield from (_listed if many else _unwrapped)(document, inner, here)


def _wrapper(members: JsonObject) -> str | None:
    return next((name for name in WRAPPERS if name in members), None)


def _invalid(document: Document, place: JsonPath, message: str) -> InvalidData:
    line, column = document.positions.get(place, (0, 0))
    return InvalidData(message, at=Location(document.name, line, column))


def _uses_tier(value: Json, tier: str) -> bool:
    """Return whether a rule states the award of a tier."""
    return _with_ids(value, {tier: "ID"}) != value


def _with_ids(value: Json, ids: Mapping[str, str]) -> Json:
    """Return a rule with tier ids in place of tier names, in the short and the long form."""
    if not ids or not isinstance(value, dict):
        return value
    changed = replace_tiers(value, ids)
    if isinstance(tiers := value.get(TIERS), dict):
        # A tier that is stated by its name and by its id must stay in the object twice, so that
        # validation finds the duplicate: the id in upper case is the same tier under another key.
        spelled = {name: ids.get(name, name) for name in tiers}
        again = {name: tier.upper() for name, tier in spelled.items() if name != tier and tier in tiers}
        changed[TIERS] = {(spelled | again)[name]: earns for name, earns in tiers.items()}
    return changed
