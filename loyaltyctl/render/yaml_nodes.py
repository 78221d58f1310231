"""Parse YAML text into a tree of nodes with the positions of values, keys, indicators, commas and comments.

The text is scanned with ruamel.yaml's scanner, whose tokens have exact positions (its round-trip loader does
not keep all formatting). Between two tokens there are only white space and comments, so all comments are
found there. Positions are indexes into the text, in code points; a line ends with a line feed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMMENT = re.compile(r"#[^\r\n]*")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+(#[^\r\n]*)")
_TAIL = re.compile(r"(?:[ \t]*\r?\n)*[ \t]*\Z")


@dataclass(slots=True)
class Node:
    """Node of a YAML text: a value with its position. Its kind is "scalar", "object" or "list".

    `flow` is true for a value in brackets. A missing value, as in `key:`, is an empty scalar, which starts
    where it ends. Comments and blank lines after a value are not part of it.
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
        """The start of the YAML node: of its tag or anchor, or of the value if it has none."""
        return self.tag[0] if self.tag else self.start


@dataclass(slots=True)
class Member:
    """Member of a YAML object, or item of a YAML list, with the position of its node.

    It starts with its key, its "?" or its dash. `sign` is the end of its colon or dash, `comma` is the end of
    the comma after it; each is None if the text has none.
    """

    step: str | int
    start: int
    key_end: int
    sign: int | None
    value: Node
    comma: int | None = None

    @property
    def end(self) -> int:
        """The end of the YAML member: the end of the node that is its value.

        A member without a value ends where its key, colon or dash ends.
        """
        return max(self.value.end, self.key_end, self.sign or 0)


class Comment(NamedTuple):
    """YAML comment: the positions of its start and end."""

    start: int
    end: int


class Tree:
    """Tree of the nodes of a valid YAML text, with its comments; parsed by recursive descent."""

    def __init__(self, text: str) -> None:
        """Scan the tokens of a YAML text, and parse them to nodes."""
        from ruamel.yaml import YAML

        self.text = text
        self._tokens: list[Any] = [*YAML(typ="safe", pure=True).scan(text)]
        self._at = 0
        self._last = 0
        self.comments = [*self._find_comments()]
        while self._next_kind() in ("StreamStartToken", "DirectiveToken", "DocumentStartToken"):
            self._take_token()
        self.root = self._parse_node()

    def line_start(self, index: int) -> int:
        """Return where the line starts that contains the position `index` in the text of the YAML nodes."""
        return self.text.rfind("\n", 0, index) + 1

    def next_line_start(self, index: int) -> int:
        """Return where the next line after the position `index` starts in the text of the YAML nodes."""
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end + 1

    def column(self, index: int) -> int:
        """Return the column of a position in the text of the YAML nodes, starting at 0."""
        return index - self.line_start(index)

    def is_first_on_line(self, index: int) -> bool:
        """Return whether only white space is before a position on its line in the text of the YAML nodes."""
        return not self.text[self.line_start(index) : index].strip()

    def is_last_on_line(self, index: int) -> bool:
        """Return whether only white space or a comment follows on the line of YAML, from `index` on."""
        rest = self.text[index : self.next_line_start(index)].lstrip()
        return not rest or rest.startswith("#")

    def comment_in(self, start: int, end: int) -> Comment | None:
        """Return the first comment that starts between two positions of the YAML nodes; None without one."""
        return next((comment for comment in self.comments if start <= comment.start < end), None)

    def _find_comments(self) -> Iterator[Comment]:
        """Yield all comments of the YAML nodes: between tokens, and after `|` or `>`: `key: | # comment`."""
        before = 0
        for token in self._tokens:
            start, end = token.start_mark.index, token.end_mark.index
            for found in _COMMENT.finditer(self.text, before, start):
                yield Comment(found.start(), found.end())
            header = _BLOCK_HEADER.match(self.text, start, end)
            if header and self._token_kind(token) == "ScalarToken":
                yield Comment(*header.span(1))
            before = max(before, end)

    # Recursive descent over the tokens

    @staticmethod
    def _token_kind(token: Any) -> str:
        """Return the kind of a YAML token: the name of its class in ruamel.yaml."""
        return type(token).__name__

    def _next_kind(self) -> str:
        """Return the kind of the next YAML token for the parser of nodes, without moving on."""
        return self._token_kind(self._tokens[self._at])

    def _take_token(self) -> Any:
        """Return the next YAML token for the parser of nodes, and move on to the token after it."""
        token = self._tokens[self._at]
        self._at += 1
        # An empty value stands at the end of the last token with text; tokens of these two kinds have none.
        if self._token_kind(token) not in ("BlockEndToken", "KeyToken"):
            self._last = token.end_mark.index
        return token

    def _parse_node(self) -> Node:
        """Parse the node that the next YAML tokens represent."""
        tag = None
        while self._next_kind() in ("TagToken", "AnchorToken"):
            token = self._take_token()
            tag = (tag[0] if tag else token.start_mark.index, token.end_mark.index)
        match self._next_kind():
            case "BlockMappingStartToken":
                self._take_token()
                node = self._parse_block("object", self._parse_entries(self._parse_pair))
                self._take_token()
            case "BlockSequenceStartToken":
                self._take_token()
                node = self._parse_block("list", self._parse_entries(self._parse_block_item))
                self._take_token()
            case "BlockEntryToken":  # a list at the column of its key
                node = self._parse_block("list", self._parse_entries(self._parse_block_item))
            case "FlowMappingStartToken" | "FlowSequenceStartToken" as kind:
                node = self._parse_flow(is_list=kind == "FlowSequenceStartToken")
            case "ScalarToken":
                token = self._take_token()
                start, end = token.start_mark.index, token.end_mark.index
                node = Node("scalar", start, self._scalar_end(start, end))
            case _:
                node = Node("scalar", self._last, self._last)
        node.tag = tag
        return node

    def _scalar_end(self, start: int, end: int) -> int:
        """Return the end of the node of a YAML scalar, without the blank lines that are not part of it.

        Blank lines after a block scalar belong to it only with `+`, as in `|+`.
        """
        if self.text[start] not in "|>":
            return end
        if "+" in self.text[start : self.next_line_start(start)].partition("#")[0]:
            return end - 1 if self.text[end - 1 : end] == "\n" else end
        tail = _TAIL.search(self.text, start, end)
        return tail.start() if tail else end

    def _parse_block(self, kind: str, members: Iterator[Member]) -> Node:
        """Return the node of a YAML block, from its first member to its last."""
        found = [*members]
        return Node(kind, found[0].start, found[-1].end, members=found)

    def _parse_entries(self, parse: Callable[[int], Member | None]) -> Iterator[Member]:
        """Yield the members of a YAML block node; `parse` returns the next member, and None at the end."""
        number = 0
        while (member := parse(number)) is not None:
            yield member
            number += 1

    def _parse_block_item(self, number: int) -> Member | None:
        """Parse the next `- item` of a YAML list to a member of its node; return None at the end."""
        if self._next_kind() != "BlockEntryToken":
            return None
        token = self._take_token()
        end = token.end_mark.index
        return Member(number, token.start_mark.index, end, end, self._parse_node())

    def _parse_pair(self, _: int = 0) -> Member | None:
        """Parse the next `key: value` of a YAML object to a member of its node; return None at the end."""
        if self._next_kind() not in ("KeyToken", "ValueToken"):
            return None
        start = self._tokens[self._at].start_mark.index
        step = ""
        key_end = start
        if self._next_kind() == "KeyToken":
            self._take_token()
            while self._next_kind() in ("TagToken", "AnchorToken"):
                self._take_token()
            if self._next_kind() == "ScalarToken":
                token = self._take_token()
                step, key_end = str(token.value), token.end_mark.index
        if self._next_kind() != "ValueToken":
            return Member(step, start, key_end, None, Node("scalar", key_end, key_end))
        sign = self._take_token().end_mark.index
        return Member(step, start, key_end, sign, self._parse_node())

    def _parse_flow(self, *, is_list: bool) -> Node:
        """Parse the node of a YAML list or object in brackets."""
        opening = self._take_token()
        closing = "FlowSequenceEndToken" if is_list else "FlowMappingEndToken"
        node = Node("list" if is_list else "object", opening.start_mark.index, 0, flow=True)
        while self._next_kind() != closing:
            if self._next_kind() == "FlowEntryToken":
                node.members[-1].comma = self._take_token().end_mark.index
                continue
            node.members.append(
                self._parse_flow_item(len(node.members)) if is_list else self._parse_flow_pair()
            )
        node.end = self._take_token().end_mark.index
        return node

    def _parse_flow_item(self, number: int) -> Member:
        """Parse an item of a YAML list in brackets for its node; the item in `[a: b]` is an object."""
        pair = self._parse_pair()
        if pair is None:
            value = self._parse_node()
        else:
            value = Node("object", pair.start, pair.end, flow=True, pair=True, members=[pair])
        return Member(number, value.start, value.start, value.start, value)

    def _parse_flow_pair(self) -> Member:
        """Parse a member of a YAML object in brackets for its node; a key may have no colon: `{a, b}`."""
        found = self._parse_pair()
        if found is not None:
            return found
        token = self._take_token()
        end = token.end_mark.index
        return Member(str(token.value), token.start_mark.index, end, None, Node("scalar", end, end))
