"""Random YAML files of rules in many styles.

Everything is drawn from a `random.Random`, so that a seed names a file. Every comment knows the value that
it belongs to, and every member knows its text.
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
    """A comment, the value that it stands beside, above or in, and how.

    `below` is one below a key, above the first of several members.
    """

    text: str
    place: JsonPath
    above: bool = False
    below: bool = False


class File(NamedTuple):
    """A file: its bytes, its value, its comments, and the text of each rule."""

    data: bytes
    value: Any
    comments: list[Comment]
    chunks: dict[JsonPath, str]


class Hand:
    """Writes values as a person might."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.comments: list[Comment] = []
        self.chunks: dict[JsonPath, str] = {}
        self.often = chance.choice([0.0, 0.2, 0.5])
        self.flows = chance.choice([0.0, 0.1, 0.4])
        self.wild = chance.choice([0.0, 0.0, 0.15])
        self.dash = chance.choice(["", "  ", " "])
        self.step = chance.choice(["  ", "    ", " "])
        self.gap = chance.choice([" ", " ", "   "])

    def hit(self, probability: float) -> bool:
        return self.chance.random() < probability

    def remark(self, place: JsonPath, *, above: bool = False, below: bool = False) -> str:
        text = f"#{self.chance.choice([' ', ''])}c{len(self.comments) + 1:03}{self.chance.choice(REMARKS)}".rstrip()
        self.comments.append(Comment(text, place, above, below))
        return text

    def behind(self, place: JsonPath) -> str:
        """What stands behind a value: often nothing."""
        if self.hit(self.often):
            return self.chance.choice([" ", "  "]) + self.remark(place)
        return self.chance.choice(["", "", "  "]) if self.hit(self.wild) else ""

    def lines_above(self, place: JsonPath, column: int) -> list[str]:
        """Comments and blank lines above a member."""
        lines: list[str] = []
        while self.hit(self.often * 0.6):
            indent = self.chance.choice([column, column, 0, column + 2])
            lines.append(" " * indent + self.remark(place, above=True) if self.hit(0.5) else "")
        return lines

    # Scalars

    def scalar(self, value: Any, *, flow: bool = False) -> str:
        """A value on one line."""
        if value is None:
            return self.chance.choice(["null", "~", "Null", ""])
        if not isinstance(value, str):
            return json.dumps(value)
        forms = [self._double(value), "'" + value.replace("'", "''") + "'"]
        if _PLAIN.fullmatch(value) and value.lower() not in ("true", "false", "null"):
            forms += [value] * 4
        text = self.chance.choice(forms)
        return f"!!str {text}" if self.hit(self.wild * 0.3) and not flow else text

    def _double(self, value: str) -> str:
        text = json.dumps(value, ensure_ascii=False)
        return text.replace("A", "\\x41") if self.hit(self.wild) else text

    def key(self, name: str) -> str:
        text = name if _PLAIN.fullmatch(name) or name == "$schema" else json.dumps(name, ensure_ascii=False)
        if self.hit(self.wild):
            text = self.chance.choice([json.dumps(name, ensure_ascii=False), f"'{name}'"])
        return text

    # Collections in brackets

    def flow(self, value: Any, place: JsonPath, column: int | None) -> str:
        """A value in brackets, over several lines if there is a column for them."""
        if not isinstance(value, dict | list):
            return self.scalar(value, flow=True)
        members: Any = [*(value.items() if isinstance(value, dict) else enumerate(value))]
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        wide = column is not None and self.hit(0.4)
        parts: list[str] = []
        for step, item in members:
            here = (*place, step)
            text = self.flow(item, here, (column or 0) + 2 if wide else None)
            if isinstance(step, str):
                text = (
                    f"{self.key(step)}: {text}"
                    if text
                    else f"{self.key(step)}:{self.chance.choice([' ', '  '])}"
                )
            parts.append(text)
        if not wide:
            pad = self.chance.choice(["", "", " "])
            trailing = self.chance.choice(["", ",", ", "]) if parts and self.hit(self.wild) else ""
            return (
                opening + pad + self.chance.choice([", ", ", ", " , "]).join(parts) + trailing + pad + closing
            )
        indent = "\n" + " " * ((column or 0) + 2)
        lines = [opening + (self.behind((*place, "[")) if parts or self.hit(0.5) else "")]
        for i, (part, step) in enumerate(zip(parts, [step for step, _ in members], strict=True)):
            last = i == len(parts) - 1 and self.hit(0.6)
            above = [indent + self.remark((*place, step), above=True)] if self.hit(self.often * 0.4) else []
            lines += [*above, indent + part + ("" if last else ",") + self.behind((*place, step))]
        return "".join(lines) + "\n" + " " * ((column or 0) + self.chance.choice([1, 2])) + closing

    # Blocks

    def entry(self, head: str, value: Any, place: JsonPath, column: int) -> list[str]:
        """The lines of a key or a dash with its value; the first one begins without indentation."""
        in_list = not head.endswith(":")
        if isinstance(value, dict | list) and (not value or self.hit(self.flows)):
            text = self.flow(value, place, column)
            return (head + self.gap + text + self.behind(place)).split("\n")
        if isinstance(value, list) or (isinstance(value, dict) and not in_list):
            inner = column + len(self.step)
            if isinstance(value, list):
                inner = column + (2 if in_list else len(self.dash))
            below = [
                " " * inner + self.remark(place, below=True) for _ in range(2) if self.hit(self.often * 0.4)
            ]
            return [head + self.behind(place), *below, *self.block(value, place, inner)]
        if isinstance(value, dict):
            if self.hit(0.15):
                return [head + self.behind(place), *self.block(value, place, column + 2)]
            inner = column + 1 + len(self.gap)
            first, *others = self.block(value, place, inner, compact=True)
            return [head + self.gap + first.lstrip(), *others]
        return self._entry_of_scalar(head, value, place, column)

    def _entry_of_scalar(self, head: str, value: Any, place: JsonPath, column: int) -> list[str]:
        indent = " " * (column + 2)
        if isinstance(value, str) and self.hit(self.wild) and value == value.strip() and value:
            form = self.chance.randrange(4)
            if form == 0:
                return [head + " |-" + self.behind(place), indent + value]
            if form == 1:
                return [head + " >-" + self.behind(place), indent + value, *[""] * self.chance.randrange(2)]
            if form == 2 and len(words := value.split(" ")) > 1 and _PLAIN.fullmatch(value):
                return [f"{head} {words[0]}", indent + " ".join(words[1:]) + self.behind(place)]
            return [head + self.behind(place), indent + self.scalar(value) + self.behind(place)]
        text = self.scalar(value)
        return [f"{head}{self.gap if text else ''}{text}{self.behind(place)}"]

    def block(self, value: Any, place: JsonPath, column: int, *, compact: bool = False) -> list[str]:
        """The lines of an object or a list."""
        lines: list[str] = []
        members: Any = [*(value.items() if isinstance(value, dict) else enumerate(value))]
        for number, (step, item) in enumerate(members):
            here = (*place, step)
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


def rule(chance: random.Random, number: int) -> JsonObject:
    """A rule as a file states it; some of it odd."""
    value: JsonObject = {"title": f"{chance.choice(TITLES)} {number}", "trigger": "events/Rsvp"}
    value["earn"] = f"{chance.randrange(100)} points"
    if chance.random() < 0.4:
        value["tiers"] = {name: f"{chance.randrange(100)} points" for name in ("Gold", "Silver 2", "Ünï: 😀")[: chance.randrange(1, 4)]}  # fmt: skip
    if chance.random() < 0.3:
        value["status"] = chance.choice(["PAUSED", "ACTIVE", None])
    if chance.random() < 0.2:
        del value["earn"]
        tiers: list[Any] = [{"tierId": "Gold", "points": n} for n in range(chance.randrange(3))]
        value["fixedAmount"] = {"configs": [{"points": 1}, *tiers]}
    names = [*value]
    if chance.random() < 0.4:
        chance.shuffle(names)
    return {name: value[name] for name in names}


def random_file(chance: random.Random) -> File:
    """A file of rules, in some style."""
    hand = Hand(chance)
    rules = [rule(chance, i) for i in range(chance.randrange(6))]
    value: Any = rules
    if chance.random() < 0.8:
        value = {"$schema": "x.json"} if chance.random() < 0.5 else {}
        value |= {"tiers": {"Gold": "id-1", "Silver 2": "id-2"}} if chance.random() < 0.5 else {}
        value["rules"] = rules
        if chance.random() < 0.2:
            value = dict(reversed(value.items()))
    in_brackets = not value or hand.hit(0.1)
    lines = [hand.flow(value, (), 0)] if in_brackets else hand.block(value, (), 0)
    head = [*hand.lines_above((), 0), *(["---"] if hand.hit(0.2) else [])]
    if head == ["---"] and hand.hit(0.3):
        head = ["%YAML 1.2", "---"]
    foot = [hand.remark((), above=True)] if hand.hit(hand.often) else []
    foot += ["..."] if hand.hit(hand.wild) else []
    text = "\n".join([*head, *lines, *foot]) + ("" if hand.hit(0.15) else "\n")
    if hand.hit(0.2):
        text = text.replace("\n", "\r\n")
    mark = "\ufeff" if hand.hit(0.1) else ""
    comments = [
        comment for comment in hand.comments if comment.text in text
    ]  # of what was drawn, some is not used
    return File((mark + text).encode(), value, comments, hand.chunks)
