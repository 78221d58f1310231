"""A file of rules: one rule, a list, `{"earningRules": […]}` or `{"earningRule": …}`, in any format.

Every rule is checked; every problem knows the line on which it stands, or the
number of its item where the format has no lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail, InvalidData
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.spelling import snake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.intake.documents import Document
    from loyaltyctl.intake.values import Json, Place
    from loyaltyctl.model.problems import Problem

_WRAPPERS: dict[str, tuple[type, str]] = {
    "earningRules": (list, "a list"),
    "earningRule": (dict, "an object"),
}


class Entry(NamedTuple):
    """One rule of a file: its place and its value."""

    document: Document
    place: Place
    value: Json

    def details(self, problems: tuple[Problem, ...]) -> tuple[Detail, ...]:
        """`problems` of this entry, each with the file and the line or item."""
        return tuple(
            Detail(problem.message, problem.field, self._where(problem.place), problem.rule)
            for problem in problems
        )

    def _where(self, place: Place) -> str:
        whole = (*self.place, *place)
        for length in range(len(whole), len(self.place) - 1, -1):
            if (line := self.document.lines.get(whole[:length])) is not None:
                return f"{self.document.name} line {line}"
        numbers = [step for step in self.place if isinstance(step, int)]
        return f"{self.document.name} item {numbers[0] + 1}" if numbers else self.document.name


def entries(document: Document) -> list[Entry]:
    """The rules that `document` holds, in their order.

    Raises InvalidData where it holds neither a rule nor a list of them.
    """
    return [Entry(document, place, value) for place, value in _unwrapped(document.value, ())]


def single(document: Document) -> Entry:
    """The only rule in `document`; any other number of them is an InvalidData."""
    found = entries(document)
    if len(found) != 1:
        raise InvalidData(
            f"{document.name} holds {len(found)} rules, this takes one",
            hint="Create many with: loyaltyctl rules bulk-create -f FILE",
        )
    return found[0]


def invalid(name: str, details: tuple[Detail, ...]) -> InvalidData:
    """The error for everything that is wrong in the file `name`."""
    count = f"{len(details)} problems" if len(details) > 1 else "a problem"
    return InvalidData(f"{name} has {count}; nothing was sent", details=details)


def _unwrapped(value: Json, place: Place) -> Iterator[tuple[Place, Json]]:
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from _unwrapped(item, (*place, i)) if isinstance(item, dict) else [((*place, i), item)]
        return
    if not isinstance(value, dict):
        raise InvalidData(f"expected an earning rule or a list of them, got {quoted(value)}")
    for wrapper, (kind, words) in _WRAPPERS.items():
        for name in (wrapper, snake(wrapper)):
            if name in value:
                if not isinstance(value[name], kind):
                    raise InvalidData(f"{name} must be {words}, got {quoted(value[name])}")
                yield from _unwrapped(value[name], (*place, name))
                return
    yield place, value
