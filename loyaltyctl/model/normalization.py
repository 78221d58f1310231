"""Normalize rules that a person wrote, in any spelling and form, to the long form in the API's spelling."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import Json, JsonObject, JsonPath, is_revision, is_unicode, quoted
from loyaltyctl.model.fields import FieldKind
from loyaltyctl.model.rule_forms import SHORT_NAMES, ShortForm
from loyaltyctl.model.rule_table import ARMS, RULE
from loyaltyctl.model.rules import EarningRule, with_whole_numbers, without_legacy
from loyaltyctl.model.validation_results import Problem, RuleDraft, Validation

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Normalized:
    """Normalized rule: in the long form and the API's spelling, with problems, warnings, unknown fields."""

    document: JsonObject
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    names: dict[JsonPath, JsonPath] = field(default_factory=dict)
    """JSON paths in `document`, with the path in the rule as written that problems are reported at."""

    @classmethod
    def of(cls, value: Json, current: EarningRule | None = None) -> Normalized:
        """Normalize the rule `value`. Parts of an award that it leaves out are taken from `current`."""
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
        for json_path, message in _unknown_fields(document):
            if message:
                normalized.problems.append(Problem(json_path, message))
            else:
                normalized.unknown.append(".".join(map(str, json_path)))
        return normalized

    def validation(
        self, document: JsonObject, problems: list[Problem], unknown: str = "is sent unchanged"
    ) -> Validation:
        """Return the result of validating the normalized rule: a draft with `document`, or all problems.

        `problems` are added to those of the normalization. Each gets its path in the rule as written.
        `unknown` says what happens to a field, in the warning "FIELD is unknown and is sent unchanged".
        """
        warnings = [*self.warnings, *(f"{name} is unknown and {unknown}" for name in self.unknown)]
        renamed = tuple(
            Problem(_path_before_normalization(problem.path, self.names), problem.message, problem.rule)
            for problem in (*self.problems, *problems)
        )
        return Validation(None if renamed else RuleDraft(document), renamed, tuple(warnings))


def _unknown_fields(
    document: JsonObject, table_path: str = "", json_path: JsonPath = ()
) -> Iterator[tuple[JsonPath, str]]:
    """Yield the JSON path and a message for each field that is unknown even in the normalized rule.

    The message is empty if no known field has a similar name: the field may be newer than this program.
    """
    members = {member.name: member for member in RULE.members(table_path) if member.is_writable}
    names = [*members, *(SHORT_NAMES if not table_path else ())]
    for name, item in document.items():
        here = (*json_path, name)
        if name not in names:
            yield here, _unknown_field_message(name, item, names, table_path)
        elif name in members:
            inner = members[name].path
            if members[name].kind is FieldKind.OBJECT and isinstance(item, dict):
                yield from _unknown_fields(item, inner, here)
            elif members[name].kind is FieldKind.OBJECTS and isinstance(item, list):
                for i, one in enumerate(item):
                    if isinstance(one, dict):
                        yield from _unknown_fields(one, inner, (*here, i))


def _unknown_field_message(name: str, item: Json, names: list[str], table_path: str) -> str:
    """Return the message about an unknown field of a normalized rule.

    The message is empty if the API may have added the field.
    """
    if not is_unicode({name: item}):
        return "has characters that are not Unicode text"
    advice = did_you_mean(name, names, cutoff=0.75)
    arm, _, inner = table_path.partition(".")
    parent = f"a tier of {arm}" if inner else arm or "a rule"
    return f"is not a field of {parent}{advice}" if advice or name in RULE.wire_names else ""


def _normalize_award(item: Json) -> Json:
    """Normalize an award: move legacy numbers to `configs`, and convert 2.0 in `configs` to 2."""
    if not isinstance(item, dict):
        return item
    arm = without_legacy(item)
    if isinstance(listed := arm.get("configs"), list):
        arm["configs"] = [
            with_whole_numbers(config) if isinstance(config, dict) else config for config in listed
        ]
    return arm


def _path_before_normalization(path: JsonPath, names: dict[JsonPath, JsonPath]) -> JsonPath:
    """Convert a path in the normalized rule to the path in the rule before its normalization.

    `names` maps paths after normalization to paths before. For any other path, the entry of its
    nearest parent in `names` is used. Without such an entry, the path is returned unchanged.
    """
    for length in range(len(path), 0, -1):
        if (known := names.get(path[:length])) is not None:
            return known
    return path
