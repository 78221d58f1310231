"""Edit YAML text in place: each change replaces only the part of the text that it concerns.

A YamlChange has the changes inside its members in `nested`, so changes form a tree like that of the values.
Edits goes through this tree once and collects splices. Each splice begins and ends at a boundary of the
syntax: it replaces a whole value, removes a member with its lines, or inserts new lines after a member. The
splices of a nested change come before those of the change that contains it, so that insertions at one
position keep their order.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.render.json_yaml import to_yaml
from loyaltyctl.render.visible import HOSTILE
from loyaltyctl.render.yaml_fragments import (
    INDENT,
    yaml_after_indicator,
    yaml_block_lines,
    yaml_double_quoted,
    yaml_flow_text,
    yaml_item_lines,
)

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonPath
    from loyaltyctl.render.yaml_nodes import Member, Node, Tree


@dataclass(slots=True)
class YamlChange:
    """Change of one YAML value, an object or a list: the edits of its members."""

    values: dict[str | int, Json] = field(default_factory=dict)
    """New values of members."""
    nested: dict[str | int, YamlChange] = field(default_factory=dict)
    """Changes inside members."""
    removed: set[str | int] = field(default_factory=set)
    new: dict[str, Json] = field(default_factory=dict)
    """New members of an object."""
    items: list[Json] = field(default_factory=list)
    """New items of a list."""

    def at(self, path: JsonPath) -> YamlChange:
        """Return the change of the YAML value at a path inside this value; add it if it is missing."""
        found = self
        for step in path:
            found = found.nested.setdefault(step, YamlChange())
        return found

    def set(self, old: Any, step: str | int, value: Json) -> None:
        """Add an edit to the change: the member `step` of the YAML value `old` becomes `value`.

        An object that shares keys with the new object is edited member by member, which keeps its comments.
        """
        if isinstance(old, dict) and step not in old:
            self.new[str(step)] = value
            return
        before = old[step]
        if not (isinstance(before, dict) and isinstance(value, dict) and before.keys() & value.keys()):
            self.values[step] = value
            return
        inner = self.at((step,))
        inner.removed |= before.keys() - value.keys()
        for name, item in value.items():
            if name not in before or before[name] != item or type(before[name]) is not type(item):
                inner.set(before, name, item)

    def additions(self, node: Node) -> Json:
        """Return the items that the edits add to a YAML list, or the members that they add to an object."""
        return list(self.items) if node.kind == "list" else dict(self.new)


class Splice(NamedTuple):
    """Edit of YAML text: `text` replaces the part from `start` to `end`."""

    start: int
    end: int
    text: str


class Edits:
    """Editor of one YAML text: collects the splices for a change, then applies them.

    `gone` has the start and end of each removed member and replaced value; their comments go with them.
    """

    def __init__(self, tree: Tree, newline: str) -> None:
        """Start to edit the YAML text of a tree; `newline` ends each new line."""
        self.tree = tree
        self.splices: list[Splice] = []
        self.gone: list[tuple[int, int]] = []
        self._newline = newline

    def apply(self, change: YamlChange) -> str:
        """Return the YAML text with a change applied."""
        self._edit_node(None, self.tree.root, change, inside=False)
        parts: list[str] = []
        position = 0
        for start, end, new in sorted(self.splices, key=lambda splice: splice.start):
            parts += (self.tree.text[position:start], new)
            position = max(position, end)
        return "".join([*parts, self.tree.text[position:]])

    def _splice(self, start: int, end: int, text: str = "") -> None:
        """Collect an edit of the YAML text: replace the part from `start` to `end`, or remove it."""
        self.splices.append(Splice(start, end, text.replace("\n", self._newline)))

    def _edit_node(self, holder: Member | None, node: Node, change: YamlChange, *, inside: bool) -> None:
        """Collect the edits that change one YAML value.

        `holder` is the member that has the value, None at the root. `inside` is true within brackets.
        """
        left = [member for member in node.members if member.step not in change.removed]
        if node.flow and not node.members and not inside:
            self._fill_empty_brackets(holder, node, change)
            return
        for member in node.members:
            if member.step in change.nested and member.step not in change.removed:
                self._edit_node(member, member.value, change.nested[member.step], inside=node.flow)
            if member.step in change.values:
                replace = self._replace_in_brackets if node.flow else self._replace_in_block
                replace(member, change.values[member.step])
        if node.flow:
            self._edit_brackets(node, change, left)
        else:
            self._edit_block(holder, node, change, left)

    # Blocks

    def _edit_block(self, holder: Member | None, node: Node, change: YamlChange, left: list[Member]) -> None:
        """Remove members of a YAML block and add new ones; `left` are the members that stay."""
        tree, column = self.tree, self.tree.column(node.start)
        is_new = bool(change.new or change.items)
        if not left and not tree.is_first_on_line(node.start):  # the block begins after a dash
            self.gone.append((node.start, node.end))
            new = change.additions(node)
            self._splice(
                node.start,
                node.end,
                yaml_block_lines(new, column).lstrip(" ") if is_new else yaml_flow_text(new),
            )
            return
        if not left and not is_new:
            empty = "[]" if node.kind == "list" else "{}"
            if holder is None:
                where = tree.line_start(node.start)
                self._splice(where, where, f"{empty}\n")
            else:
                where = node.tag[1] if node.tag else holder.sign or holder.key_end
                self._splice(where, where, f" {empty}")
        self._remove_from_block(node, change, left)
        if not is_new:
            return
        where = tree.next_line_start(left[-1].end) if left else tree.line_start(node.start)
        if node.kind == "object":
            self._splice(where, where, yaml_block_lines(change.new, column))
            return
        apart = self._has_blank_lines(node)
        before = "\n" if apart and left else ""
        self._splice(where, where, before + yaml_item_lines(change.items, column, apart=apart))

    def _has_blank_lines(self, node: Node) -> bool:
        """Return whether blank lines separate the items of a YAML list; True for a single item."""
        text = self.tree.text[node.members[0].start : node.members[-1].start]
        return len(node.members) == 1 or "\n\n" in text.replace("\r", "")

    def _remove_from_block(self, node: Node, change: YamlChange, left: list[Member]) -> None:
        """Remove members of a YAML block with their lines.

        If the first member begins on the line of a dash, the next member moves to that line.
        """
        tree = self.tree
        own_lines = [
            # If no items are left, a comment above the first one may be about the list.
            self._whole_lines(member, member.end, with_comments=bool(left or member.step))
            for member in node.members
            if member.step in change.removed and tree.is_first_on_line(member.start)
        ]
        self.gone += own_lines
        for start, end in own_lines:
            self._splice(start, end)
        first = node.members[0]
        if first.step in change.removed and not tree.is_first_on_line(first.start):
            self._remove_after_dash(first, left[0], own_lines)

    def _remove_after_dash(self, first: Member, following: Member, gone: list[tuple[int, int]]) -> None:
        """Remove the first member of a YAML object that begins on the line of a dash, as in `- title: Shop`.

        Comments after its key and directly below it are kept: they may be about the whole item. `following`
        is the next member, `gone` are the lines that other removed members had.
        """
        tree = self.tree
        line, end = tree.next_line_start(first.start), tree.next_line_start(first.end)
        inner = tree.line_start(first.value.start)
        comment = tree.comment_in(first.start, line)
        between = [one for one in tree.comments if end <= one.start < following.start]
        if first.value.members and inner >= line and tree.comment_in(first.start, inner):
            start = comment.start if comment else line
            self._splice(first.start if comment else self._after_dash(first), start, "" if comment else "\n")
            self._splice(inner, end)
            self.gone.append((inner, end))
        elif comment is not None:
            self._splice(first.start, comment.start)
            if comment.end < first.end:
                self._splice(comment.end, end, "\n")
            self.gone.append((comment.end, end))
        elif any(not start <= one.start < stop for one in between for start, stop in gone or [(0, 0)]):
            self._splice(self._after_dash(first), end, "\n")
            self.gone.append((first.start, end))
        else:
            self._splice(first.start, following.start)
            self.gone.append((first.start, following.start))

    def _after_dash(self, first: Member) -> int:
        """Return the YAML position after the dash of an item; `first` is `title: Shop` in `- title: Shop`."""
        return len(self.tree.text[: first.start].rstrip(" "))

    def _whole_lines(self, member: Member, end: int, *, with_comments: bool = True) -> tuple[int, int]:
        """Return the start and end of the lines of a YAML member, to remove them.

        With `with_comments`, the comments directly above an item of a list are included. If there are blank
        lines both above and below, the one below is included: two in a row would stay otherwise.
        """
        tree = self.tree
        start, end = tree.line_start(member.start), tree.next_line_start(end)
        while isinstance(member.step, int) and with_comments and start:
            above = tree.line_start(start - 1)
            comment = tree.comment_in(above, start)
            if comment is None or tree.column(comment.start) != tree.column(member.start):
                break
            if not tree.is_first_on_line(comment.start):
                break
            start = above
        blank_before = not start or not tree.text[tree.line_start(start - 1) : start].strip()
        after = tree.next_line_start(end)
        if blank_before and end < after and not tree.text[end:after].strip():
            end = after
        return start, end

    def _replace_in_block(self, member: Member, value: Json) -> None:
        """Edit a YAML block: replace the value of a member."""
        tree, old = self.tree, member.value
        column = tree.column(member.start)
        inline, lines = yaml_after_indicator(value, in_list=isinstance(member.step, int))
        lines = textwrap.indent(lines, " " * column)
        if member.sign is None:  # a key after "?" without a value
            where = tree.next_line_start(member.key_end)
            self._splice(where, where, f"{' ' * column}:{inline}\n{lines}")
            return
        start = old.begin
        if old.members:
            self.gone.append((start, old.end))
        if old.flow and old.members and lines:
            self._splice(start, old.end, yaml_flow_text(value))
        elif start == old.end:
            self._splice(member.sign, member.sign, inline)
            self._insert_lines(member, lines)
        elif "\n" not in tree.text[member.sign : start]:
            self._replace_on_line(member, start, value, inline, lines)
        elif old.kind == "scalar" and not lines:
            self._splice(start, old.end, self._yaml_scalar_like(old, value))
        else:  # replace all lines of the old value; a comment after a scalar stays
            end = tree.next_line_start(old.end)
            comment = tree.comment_in(old.end, end) if old.kind == "scalar" else None
            if old.members:
                self.gone[-1] = (tree.line_start(start), end)
            self._splice(member.sign, member.sign, inline)
            self._splice(
                tree.line_start(start), comment.start if comment else end, " " * column if comment else ""
            )
            self._insert_lines(member, lines)

    def _replace_on_line(self, member: Member, start: int, value: Json, inline: str, lines: str) -> None:
        """Replace a member's YAML value that begins on the line of the colon or dash; keep the comment.

        `start` is the position of the old value. The new value as YAML consists of `inline`, the rest of that
        line, and of `lines`, the lines below it.
        """
        tree, old = self.tree, member.value
        comment = tree.comment_in(start, old.end) if old.kind == "scalar" else None
        kept = f"  {tree.text[comment.start : comment.end]}" if comment else ""
        if not lines:
            text = self._yaml_scalar_like(old, value) if old.kind == "scalar" else inline.lstrip(" ")
            self._splice(start, old.end, text + kept)
        elif old.kind != "scalar" and not old.flow:
            self._splice(start, old.end, yaml_block_lines(value, tree.column(start)).strip("\n").lstrip(" "))
        else:
            self._splice(member.sign or 0, old.end, kept)
            self._insert_lines(member, lines)

    def _insert_lines(self, member: Member, lines: str) -> None:
        """Edit the YAML text: insert lines below a member."""
        where = self.tree.next_line_start(member.end)
        self._splice(where, where, lines)

    def _yaml_scalar_like(self, old: Node, value: Json) -> str:
        """Return a value as YAML on one line, in the same quotes as the old value that it replaces."""
        if isinstance(value, dict | list):
            return yaml_flow_text(value)
        # Single quotes have no escapes, so they cannot contain a hostile character in escaped form.
        quote = self.tree.text[old.start : old.start + 1]
        if isinstance(value, str) and quote == '"':
            return yaml_double_quoted(value)
        if isinstance(value, str) and quote == "'" and not HOSTILE.search(value):
            return "'" + value.replace("'", "''") + "'"
        return to_yaml(value).strip()

    # Brackets

    def _fill_empty_brackets(self, holder: Member | None, node: Node, change: YamlChange) -> None:
        """Add members to an empty [] or {}, which becomes a YAML block unless it contains a comment."""
        tree, new = self.tree, change.additions(node)
        if tree.comment_in(node.start, node.end) is not None:
            self._splice(node.start + 1, node.start + 1, yaml_flow_text(new)[1:-1] + " ")
            return
        column = 0
        if holder is not None:
            in_list = isinstance(holder.step, int)
            column = tree.column(holder.start) + (INDENT if in_list or node.kind == "object" else 0)
        if node.kind == "list":
            lines = yaml_item_lines(change.items, column, apart=True)
        else:
            lines = yaml_block_lines(new, column)
        if holder is None:
            alone = tree.is_first_on_line(node.start)  # and not after a "---"
            start = tree.line_start(node.start) if alone else node.start
            self._splice(start, node.end, ("" if alone else "\n") + lines.rstrip("\n"))
        else:
            self._splice(holder.sign or 0, node.end)
            self._insert_lines(holder, lines)

    def _edit_brackets(self, node: Node, change: YamlChange, left: list[Member]) -> None:
        """Remove members of a YAML value in brackets and add new ones; `left` are the members that stay."""
        tree, new = self.tree, change.additions(node)
        if node.pair and (new or change.removed):
            kept = {member.step: tree.text[member.start : member.end] for member in left}
            text = ", ".join([*kept.values(), *([yaml_flow_text(new)[1:-1]] if new else [])])
            self._splice(node.start, node.end, f"{{{text}}}")
            return
        last = left[-1] if left else None
        end = (last.comma or last.end) if last else node.start
        wide = last is not None and tree.is_first_on_line(last.start) and tree.is_last_on_line(end)
        for number, member in enumerate(node.members):
            if member.step in change.removed:
                is_next = number and node.members[number - 1] is last
                self._remove_in_brackets(member, last.end if last and is_next and not wide else None)
        if not new:
            return
        text = yaml_flow_text(new)[1:-1]
        if last is None:
            self._splice(node.start + 1, node.start + 1, text)
            return
        gap = " " if last.sign is not None and last.value.start == last.value.end else ""
        if not wide:
            self._splice(last.end, last.end, f"{gap}, {text}")
            return
        if last.comma is None:
            self._splice(last.end, last.end, f"{gap},")
        comma = "," if node.members[-1].comma is not None else ""
        where = tree.next_line_start(end)
        indent = " " * tree.column(last.start)
        self._splice(where, where, f"{indent}{text}{comma}\n")

    def _remove_in_brackets(self, member: Member, before: int | None) -> None:
        """Remove a member of a YAML value in brackets, with the comma after it.

        `before` is the end of the previous member if the text between the two members is to be removed too,
        else None. A text with a comment stays.
        """
        tree = self.tree
        end = member.comma or member.end
        if tree.is_first_on_line(member.start) and tree.is_last_on_line(end):
            start, end = self._whole_lines(member, end)
        else:
            joined = before is not None and tree.comment_in(before, member.start) is None
            start = before if joined and before is not None else member.start
            end += len(tree.text[end:]) - len(tree.text[end:].lstrip(" ")) if member.comma else 0
        self.gone.append((start, end))
        self._splice(start, end)

    def _replace_in_brackets(self, member: Member, value: Json) -> None:
        """Edit a YAML value in brackets: replace the value of a member."""
        old = member.value
        if member.sign is None:
            self._splice(member.key_end, member.key_end, f": {yaml_flow_text(value)}")
            return
        start = old.begin
        self.gone.append((start, old.end))
        if start == old.end:
            self._splice(member.sign, member.sign, f" {yaml_flow_text(value)}")
        else:
            is_quoted = self.tree.text[old.start] in "\"'" and isinstance(value, str)
            self._splice(
                start, old.end, self._yaml_scalar_like(old, value) if is_quoted else yaml_flow_text(value)
            )
