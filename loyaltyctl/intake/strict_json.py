"""Strict JSON parser: UTF-8, no duplicate members, no NaN, limited depth and length of numbers.

Python's parser is more lenient: it silently keeps the last of two members with one name, accepts NaN and
Infinity, detects UTF-16, and fails with RecursionError on deep nesting.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import cast

from loyaltyctl.errors import InvalidData, Location
from loyaltyctl.intake.values import Json, JsonObject, JsonPath, Position, is_unicode, quoted

MAX_DEPTH = 64
MAX_DIGITS = 20
"""Maximum length of a whole number: revisions are unsigned 64-bit numbers."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)', re.DOTALL)
"""A string, also an unterminated one: otherwise each quote in it would start a new search."""
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_NOT_A_BRACKET = re.compile(r"[^\[\]{}]+")


def loads(data: bytes | str, name: str = "JSON") -> Json:
    """Parse JSON strictly. Raises InvalidData with line and column in the file `name`."""
    text = data if isinstance(data, str) else decode(data, name)
    # Counting brackets is fast, and rules out deep nesting for most texts.
    if text.count("[") + text.count("{") > MAX_DEPTH and _nesting_depth(text) > MAX_DEPTH:
        raise InvalidData(f"nested more than {MAX_DEPTH} levels deep", at=Location(name))
    try:
        return _decode_json(text)
    except json.JSONDecodeError as error:
        what = error.msg.lower().removesuffix(" at")
        raise InvalidData(what, at=Location(name, error.lineno, error.colno)) from None
    except _RejectedJson as refused:
        raise InvalidData(str(refused), at=Location(name)) from None


def loads_unicode(data: bytes | str) -> Json:
    """Parse JSON strictly, and raise InvalidData for an unpaired surrogate, which UTF-8 cannot encode."""
    value = loads(data)
    escape = b"\\u" if isinstance(data, bytes) else "\\u"
    if escape in data and not is_unicode(value):  # type: ignore[operator]  # both are bytes, or both text
        raise InvalidData("half of a surrogate pair")
    return value


def positions(text: str) -> dict[JsonPath, Position]:
    """Return the line and column of each value in JSON text that the strict parser accepted, by path."""
    ends = [match.start() for match in re.finditer("\n", text)]
    tokens = _TOKEN.finditer(text)
    found: dict[JsonPath, Position] = {}

    def walk(place: JsonPath, token: re.Match[str]) -> None:
        line = bisect_right(ends, token.start())
        found[place] = Position(line + 1, token.start() - (ends[line - 1] if line else -1))
        if token[0] not in "[{":
            return
        count = 0
        for inner in tokens:
            if inner[0] in "]}":
                return
            if inner[0] == ",":
                continue
            step: str | int = count
            value = inner
            if token[0] == "{":
                step, value = json.loads(inner[0]), next(token for token in tokens if token[0] != ":")
            walk((*place, step), value)
            count += 1

    walk((), next(tokens))
    return found


def decode(data: bytes, name: str) -> str:
    """Decode the bytes of JSON or other text strictly as UTF-8, and remove a byte order mark.

    Raises InvalidData.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InvalidData(
            "this is UTF-16, only UTF-8 is supported",
            at=Location(name),
            hint="Save it as UTF-8 and try again.",
        )
    try:
        text = data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InvalidData(
            f"byte {error.start} is not UTF-8", at=Location(name), hint="Save it as UTF-8 and try again."
        ) from None
    if "\0" in text:
        raise InvalidData(f"there is a NUL character at position {text.index(chr(0))}", at=Location(name))
    return text


class _RejectedJson(ValueError):
    """Raised for JSON that Python's parser accepts and this one rejects."""


def _object_without_duplicates(pairs: list[tuple[str, Json]]) -> JsonObject:
    """Return the members of a JSON object. Raises _RejectedJson if two have the same name."""
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RejectedJson(f"the member {quoted(key)} appears twice in one object")
            seen.add(key)
    return members


def _reject_constant(text: str) -> Json:
    raise _RejectedJson(f"{text} is not a JSON number")


def _limited_integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _RejectedJson(f"a number of {len(text)} digits, the limit is {MAX_DIGITS}")
    return int(text)


def _finite_float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _RejectedJson(f"the number {quoted(text)} is too large")
    return number


def _decode_json(text: str) -> Json:
    """Decode a JSON text. `raw_decode` is faster, but its errors lack the positions that `decode` reports."""
    try:
        value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError:
        value, end = None, -1
    return cast("Json", value if end == len(text) else _DECODER.decode(text))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object_without_duplicates,
    parse_constant=_reject_constant,
    parse_int=_limited_integer,
    parse_float=_finite_float,
)


def _nesting_depth(text: str) -> int:
    """Return the nesting depth of a JSON text; unbalanced brackets are an error that the parser reports."""
    brackets = _NOT_A_BRACKET.sub("", _STRING.sub("", text))
    depth = deepest = 0
    for bracket in brackets:
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest
