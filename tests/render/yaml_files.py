"""Random YAML files of rules in many styles.

All choices come from a `random.Random`, so that a seed reproduces a file. Every comment records the value that
it belongs to, and every member its text.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import random

    from loyaltyctl.intake.values import JsonObject, JsonPath

TITLES = ["Orders", "A b", "RSVP: yes", "it's #1", 'say "hi"', "Ünï 😀", "10", "true", "- x", "a, b", "{x}", "[y]", "two  spaces", "null", "end:"]  # fmt: skip
REMARKS = ["", ": with a colon", ' "quoted" {', " 😀 Ünï", " - dash", " # twice", "\ttab", " [x]: }", "'"]
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9./]*([ _-][A-Za-z0-9./]+)*")


class Comment(NamedTuple):
    """A comment, and its position relative to a value.

    `below` is one below a key, above the first of several members.
    """

    text: str
    path: JsonPath
    above: bool = False
    below: bool = False


class File(NamedTuple):
    """A file: bytes, value, comments, and the text of each rule."""

    data: bytes
    value: Any
    comments: list[Comment]
    chunks: dict[JsonPath, str]


class StyleWriter:
    """Writes values in random styles."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.comments: list[Comment] = []
        self.chunks: dict[JsonPath, str] = {}
        self.often = rng.choice([0.0, 0.2, 0.5])
        self.flows = rng.choice([0.0, 0.1, 0.4])
        self.wild = rng.choice([0.0, 0.0, 0.15])
        self.dash = rng.choice(["", "  ", " "])
        self.step = rng.choice(["  ", "    ", " "])
        self.gap = rng.choice([" ", " ", "   "])

    def hit(self, probability: float) -> bool:
        return self.rng.random() < probability

    def remark(self, path: JsonPath, *, above: bool = False, below: bool = False) -> str:
        text = f"#{self.rng.choice([' ', ''])}c{len(self.comments) + 1:03}{self.rng.choice(REMARKS)}".rstrip()
        self.comments.append(Comment(text, path, above, below))
        return text

    def behind(self, path: JsonPath) -> str:
        """Return the text after a value: usually none, else spaces or a comment."""
        if self.hit(self.often):
            return self.rng.choice([" ", "  "]) + self.remark(path)
        return self.rng.choice(["", "", "  "]) if self.hit(self.wild) else ""

    def lines_above(self, path: JsonPath, column: int) -> list[str]:
        """Return comments and blank lines above a member."""
        lines: list[str] = []
        while self.hit(self.often * 0.6):
            indent = self.rng.choice([column, column, 0, column + 2])
            lines.append(" " * indent + self.remark(path, above=True) if self.hit(0.5) else "")
        return lines

    # Scalars

    def scalar(self, value: Any, *, flow: bool = False) -> str:
        """Return a value on one line."""
        if value is None:
            return self.rng.choice(["null", "~", "Null", ""])
        if not isinstance(value, str):
            return json.dumps(value)
        forms = [self._double(value), "'" + value.replace("'", "''") + "'"]
        if _PLAIN.fullmatch(value) and value.lower() not in ("true", "false", "null"):
            forms += [value] * 4
        text = self.rng.choice(forms)
        return f"!!str {text}" if self.hit(self.wild * 0.3) and not flow else text

    def _double(self, value: str) -> str:
        text = json.dumps(value, ensure_ascii=False)
        return text.replace("A", "\\x41") if self.hit(self.wild) else text

    def key(self, name: str) -> str:
        text = name if _PLAIN.fullmatch(name) or name == "$schema" else json.dumps(name, ensure_ascii=False)
        if self.hit(self.wild):
            text = self.rng.choice([json.dumps(name, ensure_ascii=False), f"'{name}'"])
        return text

    # Collections in brackets

    def flow(self, value: Any, path: JsonPath, column: int | None) -> str:
        """Return a value in brackets, over several lines if a column is given."""
        if not isinstance(value, dict | list):
            return self.scalar(value, flow=True)
        members: Any = [*(value.items() if isinstance(value, dict) else enumerate(value))]
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        wide = column is not None and self.hit(0.4)
        parts: list[str] = []
        for step, item in members:
            here = (*path, step)
            text = self.flow(item, here, (column or 0) + 2 if wide else None)
            if isinstance(step, str):
                text = (
                    f"{self.key(step)}: {text}"
                    if text
                    else f"{self.key(step)}:{self.rng.choice([' ', '  '])}"
                )
            parts.append(text)
        if not wide:
            pad = self.rng.choice(["", "", " "])
            trailing = self.rng.choice(["", ",", ", "]) if parts and self.hit(self.wild) else ""
            return opening + pad + self.rng.choice([", ", ", ", " , "]).join(parts) + trailing + pad + closing
        indent = "\n" + " " * ((column or 0) + 2)
        lines = [opening + (self.behind((*path, "[")) if parts or self.hit(0.5) else "")]
        for i, (part, step) in enumerate(zip(parts, [step for step, _ in members], strict=True)):
            last = i == len(parts) - 1 and self.hit(0.6)
            above = [indent + self.remark((*path, step), above=True)] if self.hit(self.often * 0.4) else []
            lines += [*above, indent + part + ("" if last else ",") + self.behind((*path, step))]
        return "".join(lines) + "\n" + " " * ((column or 0) + self.rng.choice([1, 2])) + closing

    # Blocks

    def entry(self, head: str, value: Any, path: JsonPath, column: int) -> list[str]:
        """Return the lines of a key or dash with its value; the first one without indentation."""
        in_list = not head.endswith(":")
        if isinstance(value, dict | list) and (not value or self.hit(self.flows)):
            text = self.flow(value, path, column)
            return (head + self.gap + text + self.behind(path)).split("\n")
        if isinstance(value, list) or (isinstance(value, dict) and not in_list):
            inner = column + len(self.step)
            if isinstance(value, list):
                inner = column + (2 if in_list else len(self.dash))
            below = [
                " " * inner + self.remark(path, below=True) for _ in range(2) if self.hit(self.often * 0.4)
            ]
            return [head + self.behind(path), *below, *self.block(value, path, inner)]
        if isinstance(value, dict):
            if self.hit(0.15):
                return [head + self.behind(path), *self.block(value, path, column + 2)]
            inner = column + 1 + len(self.gap)
            first, *others = self.block(value, path, inner, compact=True)
            return [head + self.gap + first.lstrip(), *others]
        return self._entry_of_scalar(head, value, path, column)

    def _entry_of_scalar(self, head: str, value: Any, path: JsonPath, column: int) -> list[str]:
        indent = " " * (column + 2)
        if isinstance(value, str) and self.hit(self.wild) and value == value.strip() and value:
            form = self.rng.randrange(4)
            if form == 0:
                return [head + " |-" + self.behind(path), indent + value]
            if form == 1:
                return [head + " >-" + self.behind(path), indent + value, *[""] * self.rng.randrange(2)]
            if form == 2 and len(words := value.split(" ")) > 1 and _PLAIN.fullmatch(value):
                return [f"{head} {words[0]}", indent + " ".join(words[1:]) + self.behind(path)]
            return [head + self.behind(path), indent + self.scalar(value) + self.behind(path)]
        text = self.scalar(value)
        return [f"{head}{self.gap if text else ''}{text}{self.behind(path)}"]

    def block(self, value: Any, path: JsonPath, column: int, *, compact: bool = False) -> list[str]:
        """Return the lines of an object or a list."""
        lines: list[str] = []
        members: Any = [*(value.items() if isinstance(value, dict) else enumerate(value))]
        for number, (step, item) in enumerate(members):
            here = (*path, step)
            if number or not compact:
                lines += self.lines_above(here, column)
            pad = " " * column
            if isinstance(value, list):
                entry = self.entry("-", item, here, column)
            elif self.hit(self.wild * 0.3) and not isinstance(item, dict | list):
                key, *rest = self.entry(":", item, here, column)
                entry = [f"? {self.key(str(step))}", pad + key, *rest]
            else:
                entry = self.entry(self.key(str(step)) + ":", item, here, column)
            lines += [pad + entry[0], *entry[1:]]
            self.chunks[here] = "\n".join(entry).strip()
        return lines


def rule(rng: random.Random, number: int) -> JsonObject:
    """Return a random rule of a rules file, with some unusual values."""
    value: JsonObject = {"title": f"{rng.choice(TITLES)} {number}", "trigger": "events/Rsvp"}
    value["earn"] = f"{rng.randrange(100)} points"
    if rng.random() < 0.4:
        value["tiers"] = {name: f"{rng.randrange(100)} points" for name in ("Gold", "Silver 2", "Ünï: 😀")[: rng.randrange(1, 4)]}  # fmt: skip
    if rng.random() < 0.3:
        value["status"] = rng.choice(["PAUSED", "ACTIVE", None])
    if rng.random() < 0.2:
        del value["earn"]
        tiers: list[Any] = [{"tierId": "Gold", "points": n} for n in range(rng.randrange(3))]
        value["fixedAmount"] = {"configs": [{"points": 1}, *tiers]}
    names = [*value]
    if rng.random() < 0.4:
        rng.shuffle(names)
    return {name: value[name] for name in names}


def random_file(rng: random.Random) -> File:
    """Return a random rules file."""
    writer = StyleWriter(rng)
    rules = [rule(rng, i) for i in range(rng.randrange(6))]
    value: Any = rules
    if rng.random() < 0.8:
        value = {"$schema": "x.json"} if rng.random() < 0.5 else {}
        value |= {"tiers": {"Gold": "id-1", "Silver 2": "id-2"}} if rng.random() < 0.5 else {}
        value["rules"] = rules
        if rng.random() < 0.2:
            value = dict(reversed(value.items()))
    in_brackets = not value or writer.hit(0.1)
    lines = [writer.flow(value, (), 0)] if in_brackets else writer.block(value, (), 0)
    head = [*writer.lines_above((), 0), *(["---"] if writer.hit(0.2) else [])]
    if head == ["---"] and writer.hit(0.3):
        head = ["%YAML 1.2", "---"]
    foot = [writer.remark((), above=True)] if writer.hit(writer.often) else []
    foot += ["..."] if writer.hit(writer.wild) else []
    text = "\n".join([*head, *lines, *foot]) + ("" if writer.hit(0.15) else "\n")
    if writer.hit(0.2):
        text = text.replace("\n", "\r\n")
    mark = "\ufeff" if writer.hit(0.1) else ""
    comments = [
        comment for comment in writer.comments if comment.text in text
    ]  # some generated comments are not used
    return File((mark + text).encode(), value, comments, writer.chunks)
