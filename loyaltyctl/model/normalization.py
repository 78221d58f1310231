"""Normalize a rule that somebody wrote: any spelling, short or long form, to the wire's long form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loyaltyctl.intake.values import Json, JsonObject, JsonPath, did_you_mean, is_revision, is_unicode, quoted
from loyaltyctl.model.fields import FieldKind
from loyaltyctl.model.problems import Problem, RuleDraft, Validation
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, plain_number, without_legacy
from loyaltyctl.model.short_form import SHORT_NAMES, ShortForm

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Normalized:
    """A document in the wire's spelling and long form, with everything that is odd about it."""

    document: JsonObject
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    names: dict[JsonPath, JsonPath] = field(default_factory=dict)
    """Places as the writer knows them, by those in `document`."""

    @classmethod
    def of(cls, value: Json, current: EarningRule | None = None) -> Normalized:
        """Normalize `value`; a short form takes what it leaves out from `current`."""
        spelled = RULE.respell(value)
        if not isinstance(spelled, dict):
            return cls({}, [Problem((), f"must be an object, got {quoted(value)}")])
        short = ShortForm(
            {name: item for name, item in spelled.items() if name not in RULE.read_only}, current
        )
        long = short.long_form()
        document = {
            name: _normalize_award(item) if name in ARMS.values() else item
            for name, item in long.items()
            if item is not None
        }
        normalized = cls(document, short.problems, [*EarningRule(long).inconsistencies()], names=short.names)
        revision = spelled.get("revision")
        if isinstance(revision, bool) or not is_revision(str(revision or 0)):
            normalized.problems.append(
                Problem(("revision",), f"must be a whole number, got {quoted(revision)}")
            )
        for place, message in _unknown_fields(document):
            if message:
                normalized.problems.append(Problem(place, message))
            else:
                normalized.unknown.append(".".join(map(str, place)))
        return normalized

    def validation(
        self, document: JsonObject, problems: list[Problem], unknown: str = "is sent unchanged"
    ) -> Validation:
        """Return a draft of `document`, or all problems, under the names that the writer used.

        `unknown` tells in the warnings what happens to unknown fields.
        """
        warnings = [*self.warnings, *(f"{name} is unknown and {unknown}" for name in self.unknown)]
        renamed = tuple(
            Problem(_rename(problem.place, self.names), problem.message, problem.rule)
            for problem in (*self.problems, *problems)
        )
        return Validation(None if renamed else RuleDraft(document), renamed, tuple(warnings))


def _unknown_fields(
    document: JsonObject, path: str = "", place: JsonPath = ()
) -> Iterator[tuple[JsonPath, str]]:
    """Yield each field that the table does not have at its place.

    The message is empty for a name that resembles nothing known: it may be newer than this
    program.
    """
    members = {member.name: member for member in RULE.members(path) if member.is_writable}
    names = [*members, *(SHORT_NAMES if not path else ())]
    for name, item in document.items():
        here = (*place, name)
        if name not in names:
            yield here, _unknown_message(name, item, names, path)
        elif name in members:
            inner = members[name].path
            if members[name].kind is FieldKind.OBJECT and isinstance(item, dict):
                yield from _unknown_fields(item, inner, here)
            elif members[name].kind is FieldKind.OBJECTS and isinstance(item, list):
                for i, one in enumerate(item):
                    if isinstance(one, dict):
                        yield from _unknown_fields(one, inner, (*here, i))


def _unknown_message(name: str, item: Json, names: list[str], path: str) -> str:
    if not is_unicode({name: item}):
        return "has characters that are not Unicode text"
    advice = did_you_mean(name, names, cutoff=0.75)
    arm, _, inner = path.partition(".")
    parent = f"a tier of {arm}" if inner else arm or "a rule"
    return f"is not a field of {parent}{advice}" if advice or name in RULE.wire_names else ""


def _normalize_award(item: Json) -> Json:
    """Return an award with all of it in its configs, and 2 for 2.0 there."""
    if not isinstance(item, dict):
        return item
    arm = without_legacy(item)
    if isinstance(listed := arm.get("configs"), list):
        arm["configs"] = [_with_plain_numbers(config) for config in listed]
    return arm


def _with_plain_numbers(config: Json) -> Json:
    if not isinstance(config, dict):
        return config
    return {name: plain_number(item) if isinstance(item, float) else item for name, item in config.items()}


def _rename(place: JsonPath, names: dict[JsonPath, JsonPath]) -> JsonPath:
    """Return the writer's name for a place: that of its longest known prefix."""
    for length in range(len(place), 0, -1):
        if (known := names.get(place[:length])) is not None:
            return known
    return place
