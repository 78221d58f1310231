"""Find the one token in what servers and logs leave around it.

    parsed bodies   {"0":"e","1":"y",…}  {"eyJ…":""}  {"body":"eyJ…"}  {"type":"Buffer","data":[101,121,…]}
    gateways        {"isBase64Encoded":true,"body":"ZXlK…"}
    texts           JWT=eyJ…, a log line, a curl command, base64 of a token, lines of one length
    printed         an object as console.log prints it, also as a comment

Nothing is guessed: one that holds two different tokens is refused. A token must have the form
that the gate takes, and a header with an algorithm; whether it is genuine is checked after that.
"""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64decode
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData, InvalidToken
from loyaltyctl.intake import javascript, strict_json
from loyaltyctl.tokens import parser
from loyaltyctl.tokens.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.intake.values import Json, JsonObject

MAX_NESTED = 5
"""Texts inside texts, such as JSON inside the base64 of a gateway."""
MAX_PARTS = 100_000
"""Values that are searched; more of them are no request's body."""
MAX_STARTS = 4
"""Brackets at which JSON behind other text is tried to begin: that of a log may have some of its own."""

_RUN = re.compile(r"[A-Za-z0-9_.-]+")
_QUOTES = "“”„‘’‚«»"  # noqa: RUF001 - those of text processors
_BEFORE = frozenset(_QUOTES + " \t\r\n\"'`<>()[]{},;:=|&?@#*!$/\\")
_AFTER = frozenset(_QUOTES + " \t\r\n\"'`<>()[]{},;:|&?#*!\\")
"""The characters that may stand beside a token: any other one could be a part of it."""
_NAMED = re.compile(r"(?:^|[\s:;,&?\"'])([A-Za-z_][A-Za-z0-9_-]{0,39})=$", re.ASCII)
_BEGIN = re.compile(r"[{\[]|<Buffer(?= )")
_CLOSE = re.compile(r"[}\]>]")
_HIDING = re.compile(
    r"""[{,\s]['"]?0['"]?\s*:\s*(?:['"]|\d{2,3}\s*,\s*['"]?1['"]?\s*:)"""  # characters, one a member
    r"""|(?:\d{2,3}\s*,\s*){20}|<Buffer\s|['"`]\s*\+\s*['"`]"""  # bytes; a text in parts
)
"""Forms in which a token may be hidden from a search of the text; if one is there, nothing is picked."""
_CUT = re.compile(
    r"(?<![A-Za-z0-9_.+/-])(?:eyJ|ZXlK)[A-Za-z0-9_.+/-]{37,}+={0,2}"
    r"(?=[ \t]*(?:\r?\n|(?:\\r)?\\n)[ \t]*[A-Za-z0-9_.+/=-])"
)
"""The first line of what may be a token that is broken over lines, also in JSON that is not parsed."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
"""Escape sequences of terminals for colors, cleared lines (grep writes these) and links."""
_SPACED = re.compile(r"\[(\d{1,3}(?: \d{1,3}){39,})\]", re.ASCII)
"""Bytes as Go prints them."""
_LINE = re.compile(r"[A-Za-z0-9_.+/=-]+", re.ASCII)
_MARK = re.compile(r"^[ \t]*(?:/\*+|\*+/|\*+|//+|#+)", re.MULTILINE)
_PACKED = re.compile(r"ZXlK[A-Za-z0-9+/_-]{20,}={0,2}")
"""Base64 of a text that begins with eyJ, as tokens do."""
_LEAST_HEADER = 14
"""Characters of the shortest header with an algorithm."""
LEAST = 40
"""Characters. Nothing that is shorter holds a token of RS256."""
_BYTE = range(256)

RAW = "Pass on the raw text of the request's body, not what was parsed of it."
ALONE = "Give the token alone."


class Found(NamedTuple):
    """A token, or a JSON value that was printed; where it was, and how to pass it on right."""

    where: str
    step: str
    token: str | None = None
    value: Json = None


class Ambiguous(NamedTuple):
    """More than one token."""

    number: int


def find(text: str) -> Found | Ambiguous | None:
    """Return what stands in a text that is neither a token nor JSON by itself."""
    search = _Search()
    return search.one(search.in_text(text, 0)) or search.printed(text)


def find_in(value: Json) -> Found | Ambiguous | None:
    """Return the token in a JSON value that is not an event by itself."""
    search = _Search()
    return search.one(search.in_value(value, 0))


# Bodies that were parsed


class Wrapper(NamedTuple):
    """A shape that a body gets when it is parsed: what it is called, and the text that is in it."""

    where: str
    text_of: Callable[[JsonObject], str | None]
    step: str = RAW


def _characters(value: JsonObject) -> str | None:
    items = [value.get(str(i)) for i in range(len(value))]
    if not items or None in items:
        return None
    if all(isinstance(item, str) and len(item) == 1 for item in items):
        return "".join(map(str, items))
    return _bytes([*items])


def _buffer(value: JsonObject) -> str | None:
    data = value.get("data")
    return _bytes(data) if value.get("type") == "Buffer" and isinstance(data, list) else None


def is_bytes(value: Json) -> bool:
    """Whether a JSON value is a list of bytes that can be a token."""
    return isinstance(value, list) and len(value) >= LEAST and _bytes(value) is not None


def _bytes(items: list[Json]) -> str | None:
    if not all(type(item) is int and item in _BYTE for item in items):
        return None
    return bytes(items).decode("latin-1")  # type: ignore[arg-type]  # each of them is a byte


def _gateway(value: JsonObject) -> str | None:
    body = value.get("body")
    return _decoded(body) if value.get("isBase64Encoded") is True and isinstance(body, str) else None


WRAPPERS = (
    Wrapper("a body that was parsed as JSON, character by character", _characters),
    Wrapper("a Buffer that was written as JSON", _buffer),
    Wrapper("the base64 in the body of a gateway's request", _gateway, "Decode the base64 of body first."),
)
"""Objects that are a text in another form. Every other object is looked through, member by member."""


def _placed(found: Iterator[Found] | list[Found], where: str, step: str) -> Iterator[Found]:
    for one in found:
        yield one._replace(where=where, step=step)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


class _Search:
    """One search: every token that there is, in at most MAX_PARTS values."""

    def __init__(self) -> None:
        self._parts = 0
        self._value: Json = None
        self._is_whole = True

    def one(self, found: Iterator[Found]) -> Found | Ambiguous | None:
        """The one that was found. None too where not everything could be searched."""
        every = [*found]
        tokens = {one.token for one in every}
        if not every or self._parts > MAX_PARTS or not self._is_whole:
            return None
        return Ambiguous(len(tokens)) if len(tokens) > 1 else every[0]

    def in_value(self, value: Json, depth: int, path: str = "") -> Iterator[Found]:
        """The tokens in a JSON value."""
        self._parts += 1
        if self._parts > MAX_PARTS:
            return
        if isinstance(value, str) and len(value) >= LEAST:
            where = f"the member {path}" if path else "a JSON text"
            yield from _placed(self.in_text(value, depth + 1), where, RAW)
        elif isinstance(value, list) and value:
            if (text := _bytes(value)) is not None:
                yield from _placed(self.in_text(text, depth + 1), "a list of bytes", RAW)
                return
            for number, item in enumerate(value):
                yield from self.in_value(item, depth, f"{path}[{number}]")
        elif isinstance(value, dict):
            yield from self._in_object(value, depth, path)

    def _in_object(self, value: JsonObject, depth: int, path: str) -> Iterator[Found]:
        for wrapper in WRAPPERS:
            if (text := wrapper.text_of(value)) is not None:
                yield from _placed(self.in_text(text, depth + 1), wrapper.where, wrapper.step)
                return
        for name, item in value.items():
            named = [*self.in_text(name, MAX_NESTED)] if len(name) >= LEAST else []
            yield from _placed(named, "the name of a member: a body that was parsed as a form", RAW)
            # A name that is a token is shown nowhere: it may be secret.
            is_shown = not named and len(name) <= parser.MAX_NAME
            yield from self.in_value(item, depth, _joined(path, name) if is_shown else "…")

    def in_text(self, text: str, depth: int) -> Iterator[Found]:
        """The tokens in a text."""
        text = _ESCAPES.sub(" ", text).strip()
        if is_token(text):
            yield Found("text around it", ALONE, text)
            return
        joined, length = _joined_lines(text)
        if joined:
            in_lines = f"lines of {length} characters"
            yield from _placed(self.in_text(joined, MAX_NESTED), in_lines, "Give it alone, on one line.")
            return
        if depth < MAX_NESTED:
            for match in _SPACED.finditer(text):
                if (data := _bytes([*map(int, match[1].split())])) is not None:
                    yield from _placed(self.in_text(data, depth + 1), "a list of bytes", RAW)
            value, rest = _value(text)
            self._value = value if depth == 0 else self._value
            self._is_whole &= not (_HIDING.search(rest) or _has_cut(rest))
            if value is not None:
                yield from self.in_value(value, depth + 1)
        yield from _standing(text)

    def printed(self, text: str) -> Found | Ambiguous | None:
        """The object in a text that was searched, or in its lines without the marks of a comment."""
        step = "Log the token itself, or JSON.stringify(event)."
        if self._value is not None:
            return Found("an object that was printed", step, value=self._value)
        without = _MARK.sub("", text)
        if without == text:
            return None
        where = "an object in a comment"
        inner = _Search()
        found = inner.one(inner.in_text(without, 0))
        if isinstance(found, Found):
            return found._replace(where=where, step=step)
        return found or (None if inner._value is None else Found(where, step, value=inner._value))


# Texts


def _standing(text: str) -> Iterator[Found]:
    """The tokens, and the base64 of tokens, that stand in a text as they are."""
    for match in _RUN.finditer(text):
        run = match[0]
        if run.count(".") == 2 and _stands_alone(text, match) and is_token(run):  # noqa: PLR2004 - three parts
            yield Found(_around(text, match), ALONE, run)
    for match in _PACKED.finditer(text):
        unpacked = _decoded(match[0])
        if unpacked is not None and is_token(unpacked):
            yield Found("base64 of a token", "Decode the base64 first.", unpacked)


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return (not before or before in _BEFORE) and (not after or after in _AFTER)


def _joined_lines(text: str) -> tuple[str, int]:
    """Return what was broken into lines of one length, and that length; nothing where it was not.

    Lines that differ in length may belong to two tokens, and are not joined.
    """
    lines = [line.strip() for line in text.splitlines()]
    length = len(lines[0]) if lines else 0
    if len(lines) < 2 or length < LEAST or len(lines[-1]) > length:  # noqa: PLR2004 - one is not broken
        return "", 0
    if any(len(line) != length for line in lines[:-1]) or not all(map(_LINE.fullmatch, lines)):
        return "", 0
    if any(is_token(line) or _is_packed(line) for line in lines):
        return "", 0
    return "".join(lines), length


def _has_cut(text: str) -> bool:
    """Whether a line in a text ends within what may be a token."""
    return any(not (is_token(cut[0]) or _is_packed(cut[0])) for cut in _CUT.finditer(text))


def _is_packed(text: str) -> bool:
    """Whether a text is base64 of a whole token."""
    return _PACKED.fullmatch(text) is not None and (inner := _decoded(text)) is not None and is_token(inner)


def _around(text: str, match: re.Match[str]) -> str:
    if text.startswith("curl "):
        return "a curl command"
    before, after = text[: match.start()].strip(), text[match.end() :].strip()
    if named := _NAMED.search(before[-42:]):
        return f"the value behind {named[1]}="
    sides = [name for name, side in (("before", before), ("after", after)) if side]
    return f"a line with text {' and '.join(sides)} it"


def is_token(text: str) -> bool:
    """Whether a text is a token by itself: its form is right, and its header names an algorithm."""
    if len(text) > parser.MAX_TOKEN or text.find(".") < _LEAST_HEADER:
        return False
    try:
        parts = parser.split(text)
        return "alg" in parser.parse_object(parts.header, "header", Reason.BAD_HEADER)
    except InvalidToken:
        return False


def _decoded(text: str) -> str | None:
    """The text that base64 holds, in either alphabet, with or without its padding."""
    packed = "".join(text.split()).rstrip("=")
    padded = packed + "=" * (-len(packed) % 4)
    try:
        data = urlsafe_b64decode(padded) if {*packed} & {*"-_"} else b64decode(padded, validate=True)
        return data.decode("ascii").strip()
    except ValueError:
        return None


# Objects in a text


def _value(text: str) -> tuple[Json, str]:
    """The object or list in a text, as JSON or as JavaScript prints it, and the rest of the text.

    None where there is none, or more than one.
    """
    end = max(text.rfind(sign) for sign in "}]>") + 1
    start = 0
    for _ in range(MAX_STARTS):
        begin = _BEGIN.search(text, start, end)
        if begin is None:
            break
        for loads in (strict_json.loads, javascript.loads):
            try:
                value = loads(text[begin.start() : end])
            except InvalidData:
                continue
            if isinstance(value, dict | list) and value:
                return value, f"{text[: begin.start()]} {text[end:]}"
        close = _CLOSE.search(text, begin.end(), end)
        if close is None or close.end() - begin.start() > LEAST:
            break  # a token may be hidden in what would be left out
        start = close.end()
    return None, text
