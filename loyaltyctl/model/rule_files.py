"""A file of rules: one rule, a list, `{"earningRules": […]}` or `{"earningRule": …}`, in any format.

Every rule is checked; every problem knows the line on which it stands, or the
number of its item where the format has no lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail, InvalidData, Spot
from loyaltyctl.intake.documents import Syntax
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.problems import Checked, Problem
from loyaltyctl.model.spelling import wire_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.intake.documents import Document
    from loyaltyctl.intake.values import Json, Place

MANY = ("earningRules", "earning_rules")
WRAPPERS = (*MANY, "earningRule", "earning_rule")


class Entry(NamedTuple):
    """One rule of a file: its place, its value, and which one of the file's rules it is, from 1."""

    document: Document
    place: Place
    value: Json
    number: int = 1

    def checked(self, check: Callable[[Json], Checked]) -> Checked:
        """What `check` says of the value, or why there is none."""
        broken = self.document.broken.get(self.place)
        return check(self.value) if broken is None else Checked(None, (Problem((), broken),))

    def details(self, problems: tuple[Problem, ...]) -> tuple[Detail, ...]:
        """`problems` of this entry, each with the file and the line or item."""
        return tuple(
            Detail(problem.message, problem.field, self.spot(problem.place), problem.rule)
            for problem in problems
        )

    def spot(self, place: Place = ()) -> Spot:
        """Where `place` in the value stands in the file: it, or what it should stand in."""
        name, marks = self.document.name, self.document.marks
        whole = (*self.place, *place)
        found = [whole[:length] for length in range(len(whole), -1, -1) if whole[:length] in marks]
        line, column = marks[found[0]] if found else (0, 0)
        listed = any(isinstance(step, int) for step in self.place)
        compact = self.document.syntax is Syntax.JSON and not any(mark.line > 1 for mark in marks.values())
        return Spot(name, line, column, self.number if compact and listed else 0)


def entries(document: Document) -> list[Entry]:
    """The rules that `document` holds, in their order.

    What stands where a rule should is one of them, to be refused with the others. Raises
    InvalidData where there is no list of rules at all.
    """
    wired = document.respelled(wire_name)
    found = _listed(document.name, document.value, ())
    return [Entry(wired, place, value, number) for number, (place, value) in enumerate(found, start=1)]


def single(document: Document) -> Entry:
    """The only rule in `document`; any other number of them is an InvalidData."""
    found = entries(document)
    if len(found) != 1:
        raise InvalidData(
            f"{document.name} holds {len(found)} rules, this takes one",
            hint="Create many with: loyaltyctl rules bulk-create -f FILE" if found else "",
        )
    return found[0]


def invalid(name: str, details: tuple[Detail, ...]) -> InvalidData:
    """The error for everything that is wrong in the file `name`."""
    count = f"{len(details)} problems" if len(details) > 1 else "a problem"
    return InvalidData(f"{name} has {count}; nothing was sent", details=details)


def _listed(file: str, value: Json, place: Place) -> Iterator[tuple[Place, Json]]:
    """The rules in `value`, which is one or a list of them, and what stands where a rule should."""
    if not isinstance(value, list):
        yield from _unwrapped(file, value, place)
        return
    for i, item in enumerate(value):
        yield from _unwrapped(file, item, (*place, i))


def _unwrapped(file: str, value: Json, place: Place) -> Iterator[tuple[Place, Json]]:
    members = value if isinstance(value, dict) else {}
    wrapper = next((name for name in WRAPPERS if name in members), None)
    if wrapper is None:
        yield place, value
        return
    inner, many = members[wrapper], wrapper in MANY
    if many and not isinstance(inner, list):
        raise InvalidData(f"{file}: {wrapper} must be a list, got {quoted(inner)}")
    yield from (_listed if many else _unwrapped)(file, inner, (*place, wrapper))
