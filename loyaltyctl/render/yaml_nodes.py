"""Where things stand in a YAML text: members of objects and lists, their lines, what is in brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Place


class Member(NamedTuple):
    """One member: its key or index, where it begins (key or dash), its value, and where that ends."""

    step: str | int
    start: int
    value: int
    end: int


class Tree:
    """The nodes of one text, which has been read before."""

    def __init__(self, text: str) -> None:
        from ruamel.yaml import YAML

        self.text = text
        self._root: Any = YAML(typ="safe", pure=True).compose(text)

    def brackets(self, place: Place) -> Place | None:
        """The outermost value in brackets in which `place` is, or which it is."""
        places = (place[:length] for length in range(len(place) + 1))
        return next((one for one in places if self._node(one).flow_style), None)

    def span(self, place: Place) -> tuple[int, int]:
        """Where a value begins and ends."""
        node = self._node(place)
        return node.start_mark.index, self._end(node)

    def is_plain(self, place: Place) -> bool:
        """Whether a value is a text, a number or the like."""
        return not isinstance(self._node(place).value, list)

    def members(self, place: Place) -> list[Member]:
        """The members of an object or a list."""
        found: list[Member] = []
        for i, item in enumerate(self._node(place).value):
            if isinstance(item, tuple):
                key, value = item
                end = max(self._end(value), key.end_mark.index)
                found.append(Member(key.value, key.start_mark.index, value.start_mark.index, end))
            else:
                dash = self.text.rfind("-", 0, item.start_mark.index + 1)
                found.append(Member(i, dash, item.start_mark.index, max(self._end(item), dash + 1)))
        return found

    def column(self, index: int) -> int:
        """The column of a character, from 0."""
        return index - self.line(index)

    def line(self, index: int) -> int:
        """Where the line of a character begins."""
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Where the line of a character ends, before its line feed."""
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end

    def whole_lines(self, member: Member) -> tuple[int, int]:
        """The lines of a member that has them for itself, with the comments right above an item of a list."""
        start, end = self.line(member.start), min(self.line_end(member.end) + 1, len(self.text))
        while isinstance(member.step, int) and start:
            above = self.line(start - 1)
            comment = self.text[above:start].lstrip()
            if not comment.startswith("#") or start - above - len(comment) != self.column(member.start):
                break
            start = above
        blank_before = not start or self.text[self.line(start - 1) : start].isspace()
        if blank_before and self.text[end : self.line_end(end) + 1] == "\n":
            end += 1
        return start, end

    def _node(self, place: Place) -> Any:
        node = self._root
        for step in place:
            if isinstance(step, int):
                node = node.value[step]
            else:
                node = next(value for key, value in node.value if key.value == step)
        return node

    def _end(self, node: Any) -> int:
        """Where the last thing of a value ends; comments and blank lines after it are not its own."""
        if isinstance(node.value, list) and node.value and not node.flow_style:
            last = node.value[-1]
            if isinstance(last, tuple):
                return max(self._end(last[1]), int(last[0].end_mark.index))
            return self._end(last)
        end = int(node.end_mark.index)
        return len(self.text[:end].rstrip("\n")) if end > node.start_mark.index else end
