"""A text with values in it, edited: what is not touched stays as somebody wrote it, comments and all.

    content ─► is changed in place, what is to go is only named ─► text(cuts)

YAML is loaded with its comments, and lines are cut out of the text: a comment belongs to
what follows it, and must not go with what stands before. JSON has no comments.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.documents import Syntax
from loyaltyctl.render.machine import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.intake.values import Place


class Edited:
    """One file: its content, to be changed in place, and the text that comes of it."""

    def __init__(self, text: str, syntax: Syntax) -> None:
        """Load a text that can be read. Raises InvalidData for a syntax that cannot be edited."""
        if syntax not in (Syntax.JSON, Syntax.YAML):
            raise InvalidData(
                f"a file of rules is YAML or JSON, not {syntax}", hint="Export to another file."
            )
        self._syntax = syntax
        self._indent, self._offset = (4, 2) if syntax is Syntax.JSON else _indents(text)
        self.content: Any = strict_json.loads(text) if syntax is Syntax.JSON else self._loaded(text)

    def text(self, cuts: Iterable[Place]) -> str:
        """The text of the content, without what stands at the places of `cuts`."""
        backwards = sorted(
            cuts, key=lambda place: [(isinstance(step, str), str(step).zfill(9)) for step in place]
        )[::-1]
        if self._syntax is Syntax.JSON:
            for place in backwards:
                _delete(self.content, place)
            return to_json(self.content, indented=True)
        text = self._dumped()
        for place in backwards:
            if (shorter := _cut(text, place)) is not None:
                text = shorter
                continue
            self.content = self._loaded(text)
            _delete(self.content, place)
            text = self._dumped()
        return text

    def _yaml(self) -> Any:
        from ruamel.yaml import YAML

        yaml = YAML(typ="rt", pure=True)
        yaml.preserve_quotes = True
        yaml.width = 1 << 20
        yaml.indent(mapping=2, sequence=self._indent, offset=self._offset)
        return yaml

    def _loaded(self, text: str) -> Any:
        return self._yaml().load(text)

    def _dumped(self) -> str:
        text = io.StringIO()
        self._yaml().dump(self.content, text)
        return text.getvalue()


def _indents(text: str) -> tuple[int, int]:
    """How far the items of lists are indented, and their dashes."""
    from ruamel.yaml.util import load_yaml_guess_indent

    _, indent, offset = load_yaml_guess_indent(text)
    return indent or 2, offset or 0


def _delete(content: Any, place: Place) -> None:
    for step in place[:-1]:
        content = content[step]
    del content[place[-1]]


def _cut(text: str, place: Place) -> str | None:
    """`text` without the lines of what stands at `place`; None where other things stand on them."""
    from ruamel.yaml import YAML

    parent: Any = None
    key: Any = None
    node: Any = YAML(typ="safe", pure=True).compose(text)
    for step in place:
        parent = node
        if parent.flow_style:
            return None
        if isinstance(step, int):
            key, node = parent.value[step], parent.value[step]
        else:
            key, node = next((key, item) for key, item in parent.value if key.value == step)
    if len(parent.value) == 1:
        return None  # what is left would be no list, or no mapping
    first, last = key.start_mark.line, _last_line(node)
    lines = text.split("\n")
    before = lines[first][: key.start_mark.column].strip()
    if before not in ("", "-") or (before == "-") != isinstance(place[-1], int):
        return None
    return "\n".join(lines[:first] + lines[last + 1 :])


def _last_line(node: Any) -> int:
    """The last line on which something of `node` stands; comments after it are not its own."""
    if isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    mark = node.end_mark
    return int(mark.line - 1 if mark.column == 0 and mark.line > node.start_mark.line else mark.line)
