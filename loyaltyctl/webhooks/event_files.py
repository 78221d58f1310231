"""Read event files: stream the tokens and JSON values in them.

A line of an event file is a token, or JSON: an event, an array of events and tokens, or a line that
`events listen` has saved. The whole file may also be one item on several lines: JSON, an object that
console.log printed, a comment with such an object, a token broken into lines, or a curl command.
For any other text, the reader searches for a token in it with tokens/extraction.py.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from loyaltyctl.errors import InvalidData, Location, LoyaltyError
from loyaltyctl.intake import documents, strict_json
from loyaltyctl.tokens import extraction
from loyaltyctl.tokens.parser import MAX_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.intake.values import Json

MAX_LINE = 16 * MAX_TOKEN
"""Maximum length of a line of an event file, in bytes."""
_MAX_BROKEN_LINE = 1024
"""Maximum length in bytes of the first line of a token that is broken into lines."""
TOKEN = "token"  # noqa: S105 - the name of a member
"""Member with the token in the lines that `events listen` saves."""


class InputItem(NamedTuple):
    """Item of an event file: a token, a JSON value, or `text` that is neither.

    `problem` is the error if it is neither. `where` is the location for error messages: the name of the
    file, the line, and the number in an array, such as `events.jsonl line 3 item 2`.
    """

    where: str
    token: str | None = None
    value: Json = None
    problem: LoyaltyError | None = None
    text: str | None = None


def read_items(file: BinaryIO, name: str) -> Iterator[InputItem]:
    """Yield the items of an event file, which messages call `name`.

    Raises InvalidData if the file is empty, compressed, in UTF-16, or one JSON document that is too large.
    """
    empty = True
    number = 0
    # A line that is too long is not read as a whole: one byte more than the limit is enough to notice it.
    while line := file.readline(MAX_LINE + 1):
        number += 1
        where = f"{name} line {number}"
        if number == 1:
            line = _strip_bom(line, name)
        if len(line) > MAX_LINE:
            _skip_line(file, line)
            yield InputItem(where, problem=InvalidData(f"longer than {MAX_LINE:,} bytes"))
            empty = False
        elif text := line.strip():
            if empty and (end := _JSON_ENDS.get(text[:1])) and not text.endswith(end):
                yield from _read_json_document(text + b"\n" + file.read(documents.MAX_BYTES + 1), name)
            elif empty and (_MULTILINE_START.search(text) or _may_be_broken_token(text)):
                whole = line + file.read(MAX_LINE) + file.readline(MAX_LINE)
                yield from _read_as_one_item(whole, name) or _read_lines(whole, name, number)
                number += whole.count(b"\n") - 1
            else:
                yield from _read_line(text, where)
            empty = False
    if empty:
        raise InvalidData(f"{name} is empty")


_JSON_ENDS = {b"{": b"}", b"[": b"]"}
"""Brackets that begin JSON, with those that end it.

A first line that begins with a bracket, but does not end with the other, begins JSON on several lines.
"""
_MULTILINE_START = re.compile(rb"^(?:/?\*|//)|[{\[(\\]$")
"""First line of a printed object, of a comment with one, or of a shell command on several lines.

It matches a comment mark at the beginning of the line, or an open bracket or backslash at the end.
"""
_TOKEN_START = re.compile(rb"(?:eyJ|ZXlK)[A-Za-z0-9_.+/=-]{37,}")
"""A line that consists of the beginning of a token or of its base64."""


def _may_be_broken_token(line: bytes) -> bool:
    """Return whether the first line of an event file may begin a token that is broken into lines."""
    is_start = len(line) <= _MAX_BROKEN_LINE and _TOKEN_START.fullmatch(line) is not None
    return is_start and not extraction.find_in_text(line.decode("ascii"))


def _read_as_one_item(data: bytes, name: str) -> list[InputItem]:
    """Return an event file as one item if it is one token or object on several lines.

    Returns [] if it is not, or if one of its lines is a token by itself.
    """
    text = data.decode(errors="replace")
    if any(extraction.is_token(extraction.strip_token(line)) for line in text.split("\n")):
        return []
    text = text.replace("\\\n", " ").replace("\\\r\n", " ")
    if not isinstance(extraction.find_in_text(text), extraction.FoundToken):
        return []
    return [InputItem(name, problem=InvalidData(f"{name} is neither tokens nor JSON"), text=text)]


def _read_lines(data: bytes, name: str, first: int) -> Iterator[InputItem]:
    """Yield the items in the lines of an event file; `data` begins with the line number `first`."""
    for number, line in enumerate(data.split(b"\n"), start=first):
        if text := line.strip():
            yield from _read_line(text, f"{name} line {number}")


def _strip_bom(line: bytes, name: str) -> bytes:
    """Remove the byte order mark from the first line of an event file.

    Raises InvalidData if the file is compressed or in UTF-16.
    """
    if packed := documents.compression(line):
        raise InvalidData(f"{name} is packed ({packed})", hint="Unpack it first.")
    if line[:2] in (b"\xff\xfe", b"\xfe\xff"):
        strict_json.decode(line, name)  # raises InvalidData that names the encoding
    return line.removeprefix(codecs.BOM_UTF8)


def _skip_line(file: BinaryIO, line: bytes) -> None:
    """Skip the rest of an event file's line that is too long. It is read in parts, to save memory."""
    while line and not line.endswith(b"\n"):
        line = file.readline(MAX_LINE)


def _read_line(text: bytes, where: str) -> Iterator[InputItem]:
    """Yield the items in a line of an event file: one, or several if the line is a JSON array."""
    if text[:1] not in (b"{", b"["):
        # Invalid UTF-8 may be replaced: the token parser rejects all non-ASCII text.
        yield InputItem(where, extraction.strip_token(text.decode(errors="replace")))
        return
    try:
        value = strict_json.loads(text, where)
    except InvalidData as error:
        if error.at:
            error.at = Location(where, column=error.at.column)  # `where` names the line already
        yield InputItem(where, problem=error, text=text.decode(errors="replace"))
    else:
        yield from _input_items(value, where)


def _read_json_document(data: bytes, name: str) -> Iterator[InputItem]:
    """Yield the tokens and JSON values in an event file that is one JSON document."""
    if len(data) > documents.MAX_BYTES:
        raise InvalidData(
            f"{name} is larger than {documents.MAX_BYTES // 1024 // 1024} MiB",
            hint="Write its events one per line: lines are read one by one, in files of any size.",
        )
    try:
        value = strict_json.loads(data, name)
    except InvalidData as error:
        yield InputItem(name, problem=error, text=data.decode(errors="replace"))
    else:
        yield from _input_items(value, name)


def _input_items(value: Json, where: str) -> Iterator[InputItem]:
    """Yield the items in a JSON value of an event file: those of an array, or the value itself."""
    if not isinstance(value, list) or extraction.is_token_bytes(value):
        yield _input_item(value, where)
        return
    for number, item in enumerate(value, start=1):
        yield _input_item(item, f"{where} item {number}")


def _input_item(value: Json, where: str) -> InputItem:
    """Return a JSON value of an event file as an input item.

    If `events listen` has saved the event with its token, the item is the token.
    """
    if isinstance(value, dict) and isinstance(value.get(TOKEN), str):
        value = value[TOKEN]
    if isinstance(value, str):
        return InputItem(where, extraction.strip_token(value))
    return InputItem(where, value=value)
