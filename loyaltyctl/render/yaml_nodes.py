"""Positions in a YAML text: values, keys, indicators, commas and comments.

The text is scanned with ruamel.yaml's scanner, whose tokens have exact positions. Between two tokens there
are only white space and comments: that is how all comments are found.
Positions are indexes into the text, in code points; a line ends with a line feed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"#[^\r\n]*")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+(#[^\r\n]*)")
_TAIL = re.compile(r"(?:[ \t]*\r?\n)*[ \t]*\Z")


@dataclass(slots=True)
class Node:
    """A value: a scalar, an object or a list; `flow` means in brackets.

    A value that is not written out is empty: it starts where it ends. Comments and blank
    lines after a value are not part of it.
    """

    kind: str
    start: int
    end: int
    tag: tuple[int, int] | None = None
    flow: bool = False
    pair: bool = False
    """True for a single-pair object in a flow sequence: [a: b]."""
    members: list[Member] = field(default_factory=list)

    @property
    def begin(self) -> int:
        """The start of its tag, else its own."""
        return self.tag[0] if self.tag else self.start


@dataclass(slots=True)
class Member:
    """A member of an object or an item of a list.

    It starts with its key, its "?" or its dash. `sign` is where the colon or the dash ends
    (None without one), `comma` where the comma after it ends.
    """

    step: str | int
    start: int
    key_end: int
    sign: int | None
    value: Node
    comma: int | None = None

    @property
    def end(self) -> int:
        return max(self.value.end, self.key_end, self.sign or 0)


class Comment(NamedTuple):
    """A comment and its position."""

    start: int
    end: int


class Tree:
    """The nodes and comments of one text that is valid YAML."""

    def __init__(self, text: str) -> None:
        from ruamel.yaml import YAML

        self.text = text
        self._tokens: list[Any] = [*YAML(typ="safe", pure=True).scan(text)]
        self._at = 0
        self._last = 0
        self.comments = [*self._comments()]
        while self._next() in ("StreamStartToken", "DirectiveToken", "DocumentStartToken"):
            self._take()
        self.root = self._node()

    def line(self, index: int) -> int:
        """Return the start of the line of a character."""
        return self.text.rfind("\n", 0, index) + 1

    def next_line(self, index: int) -> int:
        """Return the start of the line after that of a character."""
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end + 1

    def column(self, index: int) -> int:
        """Return the column of a character, from 0."""
        return index - self.line(index)

    def is_first_on_line(self, index: int) -> bool:
        """Return whether only white space precedes a character on its line."""
        return not self.text[self.line(index) : index].strip()

    def is_last_on_line(self, index: int) -> bool:
        """Return whether only white space and a comment follow on the line."""
        rest = self.text[index : self.next_line(index)].lstrip()
        return not rest or rest.startswith("#")

    def comment_in(self, start: int, end: int) -> Comment | None:
        """Return the first comment that starts in a part of the text."""
        return next((comment for comment in self.comments if start <= comment.start < end), None)

    def _comments(self) -> Iterator[Comment]:
        before = 0
        for token in self._tokens:
            start, end = token.start_mark.index, token.end_mark.index
            for found in _COMMENT.finditer(self.text, before, start):
                yield Comment(found.start(), found.end())
            header = _BLOCK_HEADER.match(self.text, start, end)
            if header and self._kind(token) == "ScalarToken":
                yield Comment(*header.span(1))
            before = max(before, end)

    # Recursive descent over the tokens

    @staticmethod
    def _kind(token: Any) -> str:
        return type(token).__name__

    def _next(self) -> str:
        return self._kind(self._tokens[self._at])

    def _take(self) -> Any:
        token = self._tokens[self._at]
        self._at += 1
        if self._kind(token) not in ("BlockEndToken", "KeyToken"):
            self._last = token.end_mark.index
        return token

    def _node(self) -> Node:
        tag = None
        while self._next() in ("TagToken", "AnchorToken"):
            token = self._take()
            tag = (tag[0] if tag else token.start_mark.index, token.end_mark.index)
        match self._next():
            case "BlockMappingStartToken":
                self._take()
                node = self._block("object", self._entries(self._key))
                self._take()
            case "BlockSequenceStartToken":
                self._take()
                node = self._block("list", self._entries(self._dash))
                self._take()
            case "BlockEntryToken":  # a list at the column of its key
                node = self._block("list", self._entries(self._dash))
            case "FlowMappingStartToken" | "FlowSequenceStartToken" as kind:
                node = self._flow(is_list=kind == "FlowSequenceStartToken")
            case "ScalarToken":
                token = self._take()
                start, end = token.start_mark.index, token.end_mark.index
                node = Node("scalar", start, self._scalar_end(start, end))
            case _:
                node = Node("scalar", self._last, self._last)
        node.tag = tag
        return node

    def _scalar_end(self, start: int, end: int) -> int:
        """Return the end of a scalar; blank lines after a block scalar belong to it only with `+`."""
        if self.text[start] not in "|>":
            return end
        if "+" in self.text[start : self.next_line(start)].partition("#")[0]:
            return end - 1 if self.text[end - 1 : end] == "\n" else end
        tail = _TAIL.search(self.text, start, end)
        return tail.start() if tail else end

    def _block(self, kind: str, members: Iterator[Member]) -> Node:
        found = [*members]
        return Node(kind, found[0].start, found[-1].end, members=found)

    def _entries(self, read: Any) -> Iterator[Member]:
        number = 0
        while (member := read(number)) is not None:
            yield member
            number += 1

    def _dash(self, number: int) -> Member | None:
        if self._next() != "BlockEntryToken":
            return None
        token = self._take()
        end = token.end_mark.index
        return Member(number, token.start_mark.index, end, end, self._node())

    def _key(self, _: int = 0) -> Member | None:
        if self._next() not in ("KeyToken", "ValueToken"):
            return None
        start = self._tokens[self._at].start_mark.index
        step = ""
        key_end = start
        if self._next() == "KeyToken":
            self._take()
            while self._next() in ("TagToken", "AnchorToken"):
                self._take()
            if self._next() == "ScalarToken":
                token = self._take()
                step, key_end = str(token.value), token.end_mark.index
        if self._next() != "ValueToken":
            return Member(step, start, key_end, None, Node("scalar", key_end, key_end))
        sign = self._take().end_mark.index
        return Member(step, start, key_end, sign, self._node())

    def _flow(self, *, is_list: bool) -> Node:
        opening = self._take()
        closing = "FlowSequenceEndToken" if is_list else "FlowMappingEndToken"
        node = Node("list" if is_list else "object", opening.start_mark.index, 0, flow=True)
        while self._next() != closing:
            if self._next() == "FlowEntryToken":
                node.members[-1].comma = self._take().end_mark.index
                continue
            node.members.append(self._item(len(node.members)) if is_list else self._flow_key())
        node.end = self._take().end_mark.index
        return node

    def _item(self, number: int) -> Member:
        pair = self._key()
        if pair is None:
            value = self._node()
        else:
            value = Node("object", pair.start, pair.end, flow=True, pair=True, members=[pair])
        return Member(number, value.start, value.start, value.start, value)

    def _flow_key(self) -> Member:
        """Return a member of an object in brackets, where a key may have no value."""
        found = self._key()
        if found is not None:
            return found
        token = self._take()
        end = token.end_mark.index
        return Member(str(token.value), token.start_mark.index, end, None, Node("scalar", end, end))
