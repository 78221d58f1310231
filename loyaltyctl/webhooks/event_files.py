"""What a file brings: tokens and JSON, one a line or many in an array, read as they come.

A line is a token, with the quotes, the `Bearer` and the spaces that saved requests leave
around it, or JSON: an event, an array of events and tokens, or a line that `events listen`
saved. JSON that begins on the first line may go on over all of them; so may an object that
was printed, its comment, and a curl command, unless some line is a token by itself.
What else may stand around a token is the affair of extraction.py.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from loyaltyctl.errors import InvalidData, LoyaltyError
from loyaltyctl.intake import documents, strict_json
from loyaltyctl.tokens import extraction
from loyaltyctl.tokens.parser import MAX_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.intake.values import Json

MAX_LINE = 16 * MAX_TOKEN
_MAX_BROKEN = 1024
"""Bytes of a line that a longer text may have been broken into."""
_BLANK = " \t\r\n"
_SCHEME = "bearer "
TOKEN = "token"  # noqa: S105 - the name of a member
"""The member in which `events listen` saves what it received."""


class InputItem(NamedTuple):
    """One thing that came in: a token, or a JSON value; or a text, and why it is neither."""

    where: str
    token: str | None = None
    value: Json = None
    problem: LoyaltyError | None = None
    text: str | None = None
    """A text that could not be read; `problem` has the reason."""


def read_items(file: BinaryIO, name: str) -> Iterator[InputItem]:
    """Everything in `file`, in its order; `name` says where that is. Raises InvalidData where it is empty."""
    empty = True
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        where = f"{name} line {number}"
        if len(line) > MAX_LINE:
            _skip_line(file, line)
            yield InputItem(where, problem=InvalidData(f"longer than {MAX_LINE:,} bytes"))
            empty = False
        elif text := (_unmarked(line, name) if number == 1 else line).strip():
            if empty and text[:1] in (b"{", b"[") and text[-1:] not in (b"}", b"]"):
                yield from _document(text + b"\n" + file.read(documents.MAX_BYTES + 1), name)
            elif empty and (_GOES_ON.search(text) or _is_broken(text)):
                whole = line + file.read(MAX_LINE) + file.readline(MAX_LINE)
                yield from _printed(whole, name) or _lines(whole, name, number)
                number += whole.count(b"\n") - 1
            else:
                yield from _arrived(text, where)
            empty = False
    if empty:
        raise InvalidData(f"{name} is empty")


_GOES_ON = re.compile(rb"^(?:/?\*|//)|[{\[(\\]$")
"""The first line of an object that was printed, of a comment with one, or of a command on several lines."""


_BEGINS = re.compile(rb"(?:eyJ|ZXlK)[A-Za-z0-9_.+/=-]{37,}")
"""A line that begins as a token does, or base64 of one, and has nothing else in it."""


def _is_broken(line: bytes) -> bool:
    """Whether a first line may be the first of several that are one token."""
    may_be = len(line) <= _MAX_BROKEN and _BEGINS.fullmatch(line) is not None
    return may_be and not extraction.find(line.decode("ascii"))


def _printed(data: bytes, name: str) -> list[InputItem]:
    """The whole of a file as one text, where it holds one thing and no line is a token by itself."""
    text = data.decode(errors="replace")
    if any(extraction.is_token(strip_token(line)) for line in text.split("\n")):
        return []
    text = text.replace("\\\n", " ").replace("\\\r\n", " ")
    if not isinstance(extraction.find(text), extraction.Found):
        return []
    return [InputItem(name, problem=InvalidData(f"{name} is neither tokens nor JSON"), text=text)]


def _lines(data: bytes, name: str, first: int) -> Iterator[InputItem]:
    """The lines of a text, each by itself."""
    for number, line in enumerate(data.split(b"\n"), start=first):
        if text := line.strip():
            yield from _arrived(text, f"{name} line {number}")


def strip_token(text: str) -> str:
    """A token without what logs, quotes and saved requests put around it."""
    text = text.strip(_BLANK)
    for quote in ('"', "'"):
        if len(text) > 1 and text.startswith(quote) and text.endswith(quote):
            text = text[1:-1].strip(_BLANK)
    if text[: len(_SCHEME)].lower() == _SCHEME:
        text = text[len(_SCHEME) :].strip(_BLANK)
    return text


def _unmarked(line: bytes, name: str) -> bytes:
    """The first line without a byte order mark."""
    if packed := documents.compression(line):
        raise InvalidData(f"{name} is packed ({packed})", hint="Unpack it first.")
    if line[:2] in (b"\xff\xfe", b"\xfe\xff"):
        strict_json.decode(line, name)  # says what is wrong with it
    return line.removeprefix(codecs.BOM_UTF8)


def _skip_line(file: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(MAX_LINE)


def _arrived(text: bytes, where: str) -> Iterator[InputItem]:
    if text[:1] not in (b"{", b"["):
        # What is not ASCII is refused for it, so how it is decoded makes no difference.
        yield InputItem(where, strip_token(text.decode(errors="replace")))
        return
    try:
        value = strict_json.loads(text, where)
    except InvalidData as error:
        yield InputItem(where, problem=error, text=text.decode(errors="replace"))
    else:
        yield from _listed(value, where)


def _document(data: bytes, name: str) -> Iterator[InputItem]:
    if len(data) > documents.MAX_BYTES:
        raise InvalidData(
            f"{name} is larger than {documents.MAX_BYTES // 1024 // 1024} MiB",
            hint="Write its events one a line: lines are read one after the other, however many there are.",
        )
    try:
        value = strict_json.loads(data, name)
    except InvalidData as error:
        yield InputItem(name, problem=error, text=data.decode(errors="replace"))
    else:
        yield from _listed(value, name)


def _listed(value: Json, where: str) -> Iterator[InputItem]:
    if not isinstance(value, list) or extraction.is_bytes(value):
        yield _told(value, where)
        return
    for number, item in enumerate(value, start=1):
        yield _told(item, f"{where} item {number}")


def _told(value: Json, where: str) -> InputItem:
    if isinstance(value, dict) and isinstance(value.get(TOKEN), str):
        value = value[TOKEN]
    if isinstance(value, str):
        return InputItem(where, strip_token(value))
    return InputItem(where, value=value)
