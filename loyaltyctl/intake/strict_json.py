"""Strict JSON parser: UTF-8, no duplicate members, no NaN, limited depth and length of numbers.

Python's parser is more lenient: it silently keeps the last of two members with one name, accepts NaN and
Infinity, and detects UTF-16. On deep nesting it fails with RecursionError.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from typing import cast

from loyaltyctl.errors import InvalidData, Location
from loyaltyctl.intake.values import Json, JsonObject, JsonPath, Position, is_unicode, quoted

MAX_DEPTH = 64
MAX_DIGITS = 20
"""Maximum length of a whole number: revisions are unsigned 64-bit numbers."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)', re.DOTALL)
"""A string. The closing quote may be missing: else the search for it would take quadratic time."""
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_NOT_A_BRACKET = re.compile(r"[^\[\]{}]+")


def loads(data: bytes | str, name: str = "JSON") -> Json:
    """Parse JSON strictly. Raises InvalidData, in most cases with line and column in the file `name`."""
    text = data if isinstance(data, str) else decode(data, name)
    # Count first: most texts have so few brackets that they cannot be nested too deep.
    if text.count("[") + text.count("{") > MAX_DEPTH and _nesting_depth(text) > MAX_DEPTH:
        raise InvalidData(f"nested more than {MAX_DEPTH} levels deep", at=Location(name))
    try:
        return cast("Json", _DECODER.decode(text))
    except json.JSONDecodeError as error:
        problem = error.msg.lower().removesuffix(" at")
        raise InvalidData(problem, at=Location(name, error.lineno, error.colno)) from None
    except _RejectedJson as error:
        raise InvalidData(str(error), at=Location(name)) from None


def loads_unicode(data: bytes | str) -> Json:
    """Parse JSON strictly. Raises InvalidData also for an unpaired surrogate, which UTF-8 cannot encode."""
    value = loads(data)
    escape = b"\\u" if isinstance(data, bytes) else "\\u"
    if escape in data and not is_unicode(value):  # type: ignore[operator]  # both are bytes, or both text
        raise InvalidData("a text has an unpaired surrogate, which UTF-8 cannot encode")
    return value


def positions(text: str) -> dict[JsonPath, Position]:
    """Return the line and column of each value in a strict JSON text, by the path of the value.

    `text` must be one that the strict JSON parser has accepted.
    """
    ends = [match.start() for match in re.finditer("\n", text)]
    tokens = _TOKEN.finditer(text)
    found: dict[JsonPath, Position] = {}

    def add_positions(place: JsonPath, token: re.Match[str]) -> None:
        """Add the positions of the JSON value that begins with `token`, and of all values inside it."""
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
            add_positions((*place, step), value)
            count += 1

    add_positions((), next(tokens))
    return found


def decode(data: bytes, name: str) -> str:
    """Decode UTF-8 as strictly as the JSON parser does, for other text too; a byte order mark is removed.

    Raises InvalidData for invalid UTF-8, for UTF-16 and for a NUL character.
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
    """Problem in JSON that Python's parser would accept and the strict parser rejects."""


def _object_without_duplicates(pairs: list[tuple[str, Json]]) -> JsonObject:
    """Return the members of an object in strict JSON. Raises _RejectedJson if two have the same name."""
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RejectedJson(f"the member {quoted(key)} appears twice in one object")
            seen.add(key)
    return members


def _reject_constant(text: str) -> Json:
    """Raise _RejectedJson for NaN, Infinity and -Infinity, which strict JSON does not have."""
    raise _RejectedJson(f"{text} is not a JSON number")


def _limited_integer(text: str) -> int:
    """Parse a whole number of strict JSON. Raises _RejectedJson if it has more than MAX_DIGITS digits."""
    if (digits := len(text.removeprefix("-"))) > MAX_DIGITS:
        raise _RejectedJson(f"a number of {digits} digits, the limit is {MAX_DIGITS}")
    return int(text)


def _finite_float(text: str) -> float:
    """Parse a number of strict JSON with decimals or an exponent. Raises _RejectedJson if it is too large."""
    number = float(text)
    if math.isinf(number):
        raise _RejectedJson(f"the number {quoted(text)} is too large")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object_without_duplicates,
    parse_constant=_reject_constant,
    parse_int=_limited_integer,
    parse_float=_finite_float,
)


def _nesting_depth(text: str) -> int:
    """Return the nesting depth of a JSON text.

    The result for unbalanced brackets does not matter: the parser rejects them.
    """
    brackets = _NOT_A_BRACKET.sub("", _STRING.sub("", text))
    depth = deepest = 0
    for bracket in brackets:
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest
