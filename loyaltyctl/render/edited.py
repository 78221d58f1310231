"""A file of rules, edited: what is not touched stays as it is, to the byte.

The new text is read again before it is given out: it must have exactly the value that all
edits make of the old one, and every comment of what stays. JSON has no comments, and is
written anew in its own indentation.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from loyaltyctl.errors import InvalidData, LoyaltyError
from loyaltyctl.intake import documents, strict_json
from loyaltyctl.intake.documents import Document, Syntax
from loyaltyctl.intake.json_paths import item_at
from loyaltyctl.render.visible import json_escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.intake.values import Json, JsonPath
    from loyaltyctl.render.yaml_edits import Edits

_BOM = "\ufeff"
_INDENTED = re.compile(r"[\[{]\r?\n([ \t]*)\S")
_IN_ONE = re.compile(r'":\S|,\S')


class Edited:
    """One file. Places are those of the file as it was; `text` is what comes of all edits.

    No place may lie in a value that another edit replaces or takes out.
    """

    def __init__(self, data: bytes, document: Document) -> None:
        """Take a file of YAML or JSON that was read."""
        self._bom = _BOM if data.startswith(_BOM.encode()) else ""
        self._original = strict_json.decode(data, document.name)
        self._document = document
        self._sets: list[tuple[JsonPath, Json]] = []
        self._adds: list[tuple[JsonPath, Sequence[Json]]] = []
        self._cuts: list[JsonPath] = []

    def set(self, place: JsonPath, value: Json) -> None:
        """Put `value` at a place: instead of what is there, or as a new member of an object."""
        self._sets.append((place, value))

    def add(self, place: JsonPath, items: Sequence[Json]) -> None:
        """Add items to the list at a place."""
        self._adds.append((place, items))

    def cut(self, place: JsonPath) -> None:
        """Take out what stands at a place; a list that is left without items stays."""
        self._cuts.append(place)

    @property
    def value(self) -> Any:
        """The value once all edits are made."""
        value: Any = deepcopy(self._document.value)
        for place, new in self._sets:
            item_at(value, place[:-1])[place[-1]] = new
        for place, items in self._adds:
            item_at(value, place).extend(items)
        for place in sorted(self._cuts, key=lambda place: [str(step).zfill(9) for step in place])[::-1]:
            del item_at(value, place[:-1])[place[-1]]
        return value

    @property
    def text(self) -> str:
        """The whole text, as it is to be written. Raises LoyaltyError where it would not read back."""
        if not (self._sets or self._adds or self._cuts):
            return self._bom + self._original
        is_json = self._document.syntax is Syntax.JSON
        text = self._json() if is_json else self._yaml()
        check(text, self.value, self._document)
        return self._bom + text

    def _json(self) -> str:
        """JSON anew, as the file is written: its indentation, escapes and line ends."""
        old = self._original
        first = _INDENTED.search(old)
        spaced = '": ' in old or ", " in old or not _IN_ONE.search(old)
        text = json.dumps(
            self.value,
            ensure_ascii=old.isascii() and "\\u" in old,
            indent=1 if first else None,
            separators=None if first or spaced else (",", ":"),
        )
        text = json_escaped(text) + ("\n" if old.endswith("\n") else "")
        if first:  # strings have no line ends in them, so that all lines begin with indentation
            text = re.sub("(?m)^ +", lambda spaces: first[1] * len(spaces[0]), text)
        return text.replace("\n", "\r\n") if "\r\n" in old else text

    def _yaml(self) -> str:
        from loyaltyctl.render.yaml_edits import Change, Edits
        from loyaltyctl.render.yaml_nodes import Tree

        newline = "\r\n" if "\r\n" in self._original else "\n"
        ends = self._original.endswith("\n")
        edits = Edits(Tree(self._original if ends else self._original + newline), newline)
        change = Change()
        for place, value in self._sets:
            change.at(place[:-1]).set(item_at(self._document.value, place[:-1]), place[-1], value)
        for place, items in self._adds:
            change.at(place).items += items
        for place in self._cuts:
            change.at(place[:-1]).cut.add(place[-1])
        text = edits.make(change)
        text = text if ends else text.rstrip("\r\n")
        if lost := _lost_comments(edits, text):
            raise _not_written(self._document.name, f"the comment {lost[0]} would be lost")
        return text


def check(text: str, value: Json, document: Document) -> None:
    """Raise LoyaltyError unless a text that is to take the place of a document has a value."""
    try:
        same = json.dumps(documents.parse(text.encode(), document.name).value) == json.dumps(value)
    except InvalidData as error:
        raise _not_written(document.name, f"the new text cannot be read: {error.problem}") from None
    if not same:
        raise _not_written(document.name, "the new text would have other values")


def _lost_comments(edits: Edits, text: str) -> list[str]:
    """The comments that should have stayed in a new text and are not in it."""
    from loyaltyctl.render.yaml_nodes import Tree

    old = edits.tree
    kept = Counter(
        old.text[start:end]
        for start, end in old.comments
        if not any(first <= start < last for first, last in edits.gone)
    )
    there = Counter(text[start:end] for start, end in Tree(text).comments) if kept else Counter[str]()
    return [*(kept - there)]


def _not_written(name: str, why: str) -> LoyaltyError:
    return LoyaltyError(
        f"{name} cannot be edited: {why}; nothing was written",
        code="CANNOT_EDIT",
        hint="Export to another file, and take over what is new in it.",
    )
