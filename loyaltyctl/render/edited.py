"""A file of rules, edited: what is not touched stays as it is, to the byte.

YAML is not loaded and dumped, which would lose some of it, but edited where it stands: the
reader tells where each value begins and ends, and an edit replaces, inserts or cuts there.
A comment right above an item goes with it, any other one stays. What changes inside brackets
is written anew, all of it. JSON has no comments, and is dumped.
"""

from __future__ import annotations

import json
import re
import textwrap
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.intake import strict_json
from loyaltyctl.intake.documents import Document, Syntax
from loyaltyctl.render.machine import to_json, to_yaml
from loyaltyctl.render.visible import HOSTILE, yaml_escaped
from loyaltyctl.render.yaml_nodes import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.intake.values import Json, Place

_BOM = "\ufeff"
_PLAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_./ -]*[A-Za-z0-9])?", re.ASCII)


class _Set(NamedTuple):
    place: Place
    value: Json


class _Add(NamedTuple):
    place: Place
    items: Sequence[Json]


class _Splice(NamedTuple):
    """What takes the place of a part of the text."""

    start: int
    end: int
    text: str


class Edited:
    """One file. Places are those of the file as it was; `text` is what comes of all edits."""

    def __init__(self, data: bytes, document: Document) -> None:
        """Take a file of YAML or JSON that was read."""
        self._bom = _BOM if data.startswith(_BOM.encode()) else ""
        self._original = strict_json.decode(data, document.name)
        self._is_json = document.syntax is Syntax.JSON
        self._value = document.value
        self._sets: list[_Set] = []
        self._adds: list[_Add] = []
        self._cuts: list[Place] = []

    def set(self, place: Place, value: Json) -> None:
        """Put `value` at a place: instead of what is there, or as a new member of an object."""
        self._sets.append(_Set(place, value))

    def add(self, place: Place, items: Sequence[Json]) -> None:
        """Add items to the list at a place."""
        self._adds.append(_Add(place, items))

    def cut(self, place: Place) -> None:
        """Take out what stands at a place; a list that is left without items stays."""
        self._cuts.append(place)

    @property
    def text(self) -> str:
        """The whole text, as it is to be written."""
        if not (self._sets or self._adds or self._cuts):
            return self._bom + self._original
        crlf = self._original.count("\r\n") == self._original.count("\n") > 0
        before = self._original.replace("\r\n", "\n") if crlf else self._original
        after = to_json(self._final({}), indented=True) if self._is_json else self._respliced(before)
        return self._bom + (after.replace("\n", "\r\n") if crlf else after)

    def _final(self, watched: dict[Place, Any]) -> Any:
        """The value once all is done; `watched` gets what stands at its places then."""
        value: Any = deepcopy(self._value)
        for place in watched:
            watched[place] = _at(value, place)
        for one in self._sets:
            _at(value, one.place[:-1])[one.place[-1]] = one.value
        for more in self._adds:
            _at(value, more.place).extend(more.items)
        for place in sorted(self._cuts, key=lambda place: [str(step).zfill(9) for step in place])[::-1]:
            del _at(value, place[:-1])[place[-1]]
        return value

    def _respliced(self, text: str) -> str:
        tree = Tree(text)
        brackets: dict[Place, Any] = {}
        splices: list[_Splice] = []
        for one in self._sets:
            top = tree.brackets(one.place[:-1])
            if top is None:
                splices.append(self._setting(tree, one))
            else:
                brackets[top] = None
        for more in self._adds:
            top = tree.brackets(more.place)
            if top is None or not tree.members(more.place):
                splices.append(self._adding(tree, more))
            else:
                brackets[top] = None
        for holder in dict.fromkeys(place[:-1] for place in self._cuts):
            top = tree.brackets(holder)
            if top is None:
                splices += self._cutting(tree, holder)
            else:
                brackets[top] = None
        self._final(brackets)
        splices += (_Splice(*tree.span(place), _in_brackets(value)) for place, value in brackets.items())
        for start, end, new in sorted(splices, key=lambda splice: splice.start)[::-1]:
            text = text[:start] + new + text[end:]
        return text

    def _setting(self, tree: Tree, one: _Set) -> _Splice:
        *_, step = one.place
        members = tree.members(one.place[:-1])
        column = tree.column(members[0].start)
        member = next((member for member in members if member.step == step), None)
        if member is None:
            after = [member for member in members if (*one.place[:-1], member.step) not in self._cuts][-1]
            end = tree.line_end(after.end)
            return _Splice(end, end, f"\n{_block({str(step): one.value}, column)}")
        if tree.is_plain(one.place) and not isinstance(one.value, dict | list):
            start, end = tree.span(one.place)
            space = "" if tree.text[start - 1 : start].isspace() else " "
            return _Splice(start, end, space + _scalar(one.value, tree.text[start : start + 1]))
        return _Splice(member.start, member.end, _block({str(step): one.value}, column).lstrip())

    def _adding(self, tree: Tree, more: _Add) -> _Splice:
        members = tree.members(more.place)
        left = [member for member in members if (*more.place, member.step) not in self._cuts]
        if not members:  # brackets with nothing in them
            start, end = tree.span(more.place)
            start = len(tree.text[:start].rstrip(" "))
            return _Splice(
                start, end, f"\n{_items(more.items, 0, apart=True)}".removeprefix("" if start else "\n")
            )
        column = tree.column(members[0].start)
        apart = len(members) == 1 or "\n\n" in tree.text[members[0].start : members[-1].start]
        end = tree.line_end((left or members)[-1].end)
        between = "\n\n" if apart and left else "\n"
        return _Splice(end, end, between + _items(more.items, column, apart=apart))

    def _cutting(self, tree: Tree, holder: Place) -> Iterator[_Splice]:
        """What cuts the members of an object or a list that are to go."""
        members = tree.members(holder)
        gone = {place[-1] for place in self._cuts if place[:-1] == holder}
        if len(gone) == len(members) and not any(more.place == holder for more in self._adds):
            start = tree.text.rfind(":", 0, members[0].start) + 1 if holder else 0
            yield _Splice(start, start, " []" if holder else "[]\n")
        covered = 0
        for i, member in enumerate(members):
            if member.step not in gone or member.start < covered:
                continue
            if tree.text[tree.line(member.start) : member.start].strip():  # behind the dash of an item
                covered = next(other.start for other in members[i:] if other.step not in gone)
                yield _Splice(member.start, covered, "")
            else:
                yield _Splice(*tree.whole_lines(member), "")


def _at(value: Any, place: Place) -> Any:
    for step in place:
        value = value[step]
    return value


def _block(members: dict[str, Json], column: int) -> str:
    """Members of an object as lines, which begin at a column."""
    return textwrap.indent(to_yaml(members).rstrip("\n"), " " * column)


def _items(items: Sequence[Json], column: int, *, apart: bool) -> str:
    """Items of a list as lines, with a blank line between two of them where they stand apart."""
    texts = (to_yaml([item]).rstrip("\n") for item in items)
    return ("\n\n" if apart else "\n").join(textwrap.indent(text, " " * column) for text in texts)


def _scalar(value: Json, quote: str = "") -> str:
    """A text, a number or the like, in the quotes that stood there before."""
    if isinstance(value, str) and quote == '"':
        return yaml_escaped(json.dumps(value, ensure_ascii=False))
    if isinstance(value, str) and quote == "'" and not HOSTILE.search(value):
        return "'" + value.replace("'", "''") + "'"
    return to_yaml(value).strip()


def _in_brackets(value: Json) -> str:
    """A value on one line, in brackets."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_short(key)}: {_in_brackets(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_in_brackets, value))}]"
    return _short(value)


def _short(value: Json) -> str:
    plain = isinstance(value, str) and _PLAIN.fullmatch(value) and _scalar(value) == value
    return str(value) if plain else json.dumps(value)
