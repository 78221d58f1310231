"""What somebody wrote, in any spelling, long form or short: brought into one spelling and the long form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loyaltyctl.intake.values import Json, JsonObject, JsonPath, did_you_mean, is_revision, is_unicode, quoted
from loyaltyctl.model.problems import Problem, RuleDraft, Validation
from loyaltyctl.model.rules import ARMS, READ_ONLY, WRITABLE, EarningRule, plain_number, without_legacy
from loyaltyctl.model.short_form import FLAT_NAMES, ShortForm
from loyaltyctl.model.spelling import WIRE_NAMES, on_the_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELDS: dict[str, tuple[str, ...]] = {
    "a rule": (*WRITABLE, *FLAT_NAMES),
    "fixedAmount": ("configs",),
    "conversionRate": ("configs", "field"),
    "a tier of fixedAmount": ("tierId", "points"),
    "a tier of conversionRate": ("tierId", "points", "moneyAmount"),
}
"""The fields that have a meaning, by where they stand."""


@dataclass(slots=True)
class Normalized:
    """A value in the wire's spelling and long form, with what is odd about it."""

    document: JsonObject
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    names: dict[JsonPath, JsonPath] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Json, current: EarningRule | None = None) -> Normalized:
        """`value` read; in its short form, what it leaves unsaid is taken from `current`."""
        spelled = on_the_wire(value)
        if not isinstance(spelled, dict):
            return cls({}, [Problem((), f"must be an object, got {quoted(value)}")])
        flat = ShortForm({name: item for name, item in spelled.items() if name not in READ_ONLY}, current)
        long = flat.wired()
        wired = {name: _folded(item) for name, item in long.items() if item is not None}
        written = cls(wired, flat.problems, [*EarningRule(long).inconsistencies()], names=flat.names)
        revision = spelled.get("revision")
        if isinstance(revision, bool) or not is_revision(str(revision or 0)):
            written.problems.append(Problem(("revision",), f"must be a whole number, got {quoted(revision)}"))
        for place, message in _strays(wired):
            if message:
                written.problems.append(Problem(place, message))
            else:
                written.unknown.append(".".join(map(str, place)))
        return written

    def validation(
        self, document: JsonObject, broken: list[Problem], unknown: str = "is sent as it is"
    ) -> Validation:
        """The draft of `document` where nothing is broken; problems bear the names that the writer used.

        `unknown` says what becomes of a field that is not known.
        """
        warnings = [*self.warnings, *(f"{name} is not known here and {unknown}" for name in self.unknown)]
        problems = tuple(
            Problem(_renamed(problem.place, self.names), problem.message, problem.rule)
            for problem in (*self.problems, *broken)
        )
        return Validation(None if problems else RuleDraft(document), problems, tuple(warnings))


def _strays(
    document: JsonObject, part: str = "a rule", place: JsonPath = ()
) -> Iterator[tuple[JsonPath, str]]:
    """Fields without a meaning where they stand: a sentence for a slip, none for what is simply unknown."""
    for name, item in document.items():
        here = (*place, name)
        if name not in _FIELDS[part] and not is_unicode({name: item}):
            yield here, "has characters that are not Unicode text"
        elif name not in _FIELDS[part]:
            advice = did_you_mean(name, _FIELDS[part], cutoff=0.75)
            yield here, f"is not a field of {part}{advice}" if advice or name in WIRE_NAMES else ""
        elif name in ARMS.values() and isinstance(item, dict):
            yield from _strays(item, name, here)
        elif name == "configs" and isinstance(item, list):
            for i, config in enumerate(item):
                if isinstance(config, dict):
                    yield from _strays(config, f"a tier of {part}", (*here, i))


def _folded(item: Json) -> Json:
    """An award with all of it in its configs, and 2.0 there as 2."""
    if not isinstance(item, dict):
        return item
    arm = without_legacy(item)
    if isinstance(listed := arm.get("configs"), list):
        arm["configs"] = [_whole(config) for config in listed]
    return arm


def _whole(config: Json) -> Json:
    if not isinstance(config, dict):
        return config
    return {name: plain_number(item) if isinstance(item, float) else item for name, item in config.items()}


def _renamed(place: JsonPath, names: dict[JsonPath, JsonPath]) -> JsonPath:
    """`place` under the name by which the writer knows it, which the longest known prefix tells."""
    for length in range(len(place), 0, -1):
        if (known := names.get(place[:length])) is not None:
            return known
    return place
