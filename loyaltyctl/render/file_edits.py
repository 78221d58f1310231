"""Edit a YAML or JSON file: set, add and remove values, and keep everything else, comments included.

The new text is parsed before it is returned: its values must be exactly those that the edits produce. A YAML
file must still have all comments outside the edited parts. A JSON file is written anew as a whole, with the
indentation that it had.
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
_COMPACT = re.compile(r'":\S|,\S')


class FileEdits:
    """Edits of one YAML or JSON file. All paths refer to the original file.

    No path may be inside a value that another edit replaces or removes.
    """

    def __init__(self, data: bytes, document: Document) -> None:
        """Start to edit a file, given its bytes and the document that was parsed from them."""
        self._bom = _BOM if data.startswith(_BOM.encode()) else ""
        self._original = strict_json.decode(data, document.name)
        self._document = document
        self._replaced: list[tuple[JsonPath, Json]] = []
        self._added: list[tuple[JsonPath, Sequence[Json]]] = []
        self._removed: list[JsonPath] = []

    def set(self, path: JsonPath, value: Json) -> None:
        """Edit the file: replace the value at a path, or add it as a new member of an object."""
        self._replaced.append((path, value))

    def add(self, path: JsonPath, items: Sequence[Json]) -> None:
        """Edit the file: append items to the list at a path."""
        self._added.append((path, items))

    def remove(self, path: JsonPath) -> None:
        """Edit the file: remove the value at a path; a list that becomes empty is kept as []."""
        self._removed.append(path)

    @property
    def value(self) -> Any:
        """The value of the file after all edits, as parsing the new text would return it."""
        value: Any = deepcopy(self._document.value)
        for path, new in self._replaced:
            item_at(value, path[:-1])[path[-1]] = new
        for path, items in self._added:
            item_at(value, path).extend(items)
        # From the end, so that the indexes of the other removed items stay valid.
        for path in sorted(self._removed, key=lambda path: [str(step).zfill(9) for step in path])[::-1]:
            del item_at(value, path[:-1])[path[-1]]
        return value

    @property
    def text(self) -> str:
        """The text of the file after all edits.

        Raises LoyaltyError if the text would not parse to `value`, or if it would lack a comment.
        """
        if not (self._replaced or self._added or self._removed):
            return self._bom + self._original
        is_json = self._document.syntax is Syntax.JSON
        text = self._edited_json() if is_json else self._edited_yaml()
        _check_edited_text(text, self.value, self._document)
        return self._bom + text

    def _edited_json(self) -> str:
        """Return the text of a JSON file after all edits, with its indentation, escapes and line endings."""
        old = self._original
        first = _INDENTED.search(old)
        # Most files have a space after each colon and comma; it is left out only if the file has none.
        spaced = '": ' in old or ", " in old or not _COMPACT.search(old)
        text = json.dumps(
            self.value,
            ensure_ascii=old.isascii() and "\\u" in old,
            indent=1 if first else None,
            separators=None if first or spaced else (",", ":"),
        )
        text = json_escaped(text) + ("\n" if old.endswith("\n") else "")
        if first:  # JSON strings have no line breaks, so leading spaces are always indentation
            text = re.sub("(?m)^ +", lambda spaces: first[1] * len(spaces[0]), text)
        return text.replace("\n", "\r\n") if "\r\n" in old else text

    def _edited_yaml(self) -> str:
        """Return the text of a YAML file after all edits. Raises LoyaltyError if a comment would be lost."""
        from loyaltyctl.render.yaml_edits import Edits, YamlChange
        from loyaltyctl.render.yaml_nodes import Tree

        newline = "\r\n" if "\r\n" in self._original else "\n"
        ends = self._original.endswith("\n")
        edits = Edits(Tree(self._original if ends else self._original + newline), newline)
        change = YamlChange()
        for path, value in self._replaced:
            change.at(path[:-1]).set(item_at(self._document.value, path[:-1]), path[-1], value)
        for path, items in self._added:
            change.at(path).items += items
        for path in self._removed:
            change.at(path[:-1]).removed.add(path[-1])
        text = edits.apply(change)
        text = text if ends else text.rstrip("\r\n")
        if lost := _lost_comments(edits, text):
            raise _cannot_edit_error(self._document.name, f"the comment {lost[0]} would be lost")
        return text


def _check_edited_text(text: str, value: Json, document: Document) -> None:
    """Raise LoyaltyError unless the new text of an edited file parses to `value`."""
    try:
        # Compared as JSON text: in Python, 1 == 1.0 == True.
        same = json.dumps(documents.parse(text.encode(), document.name).value) == json.dumps(value)
    except InvalidData as error:
        raise _cannot_edit_error(document.name, f"the new text cannot be parsed: {error.problem}") from None
    if not same:
        raise _cannot_edit_error(document.name, "the new text would have other values")


def _lost_comments(edits: Edits, text: str) -> list[str]:
    """Check the new text of an edited YAML file: return the comments that the file had and `text` lacks.

    Comments inside removed members and replaced values do not count: they go with them.
    """
    from loyaltyctl.render.yaml_nodes import Tree

    old = edits.tree
    kept = Counter(
        old.text[start:end]
        for start, end in old.comments
        if not any(first <= start < last for first, last in edits.gone)
    )
    found = Counter(text[start:end] for start, end in Tree(text).comments) if kept else Counter[str]()
    return [*(kept - found)]


def _cannot_edit_error(name: str, reason: str) -> LoyaltyError:
    """Return the error for a file whose edits are not possible in place."""
    return LoyaltyError(
        f"{name} cannot be edited: {reason}; nothing was written",
        code="CANNOT_EDIT",
        hint="Export to another file, and copy the changes from it.",
    )
