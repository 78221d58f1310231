"""Read tokens and JSON from files, one per line or many in an array, as a stream.

A line is a token, with the quotes, the `Bearer` and the blanks that saved requests leave around it,
or JSON: an event, an array of events and tokens, or a line saved by `events listen`. JSON that
begins on the first line may span the whole file; so may a printed object, its comment and a
curl command, unless some line is a token by itself. tokens/extraction.py finds tokens in other text.
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
"""Maximum length in bytes of the first line of a token that is broken into lines."""
_BLANK = " \t\r\n"
_SCHEME = "bearer "
TOKEN = "token"  # noqa: S105 - the name of a member
"""Member of the lines saved by `events listen` that holds the token."""


class InputItem(NamedTuple):
    """A token or a JSON value read from input; or text that is neither, with the error as `problem`."""

    where: str
    token: str | None = None
    value: Json = None
    problem: LoyaltyError | None = None
    text: str | None = None


def read_items(file: BinaryIO, name: str) -> Iterator[InputItem]:
    """Yield everything in `file`; `name` begins the place of each item. Raises InvalidData if it is empty."""
    empty = True
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        where = f"{name} line {number}"
        if len(line) > MAX_LINE:
            _skip_line(file, line)
            yield InputItem(where, problem=InvalidData(f"longer than {MAX_LINE:,} bytes"))
            empty = False
        elif text := (_strip_bom(line, name) if number == 1 else line).strip():
            if empty and text[:1] in (b"{", b"[") and text[-1:] not in (b"}", b"]"):
                yield from _read_document(text + b"\n" + file.read(documents.MAX_BYTES + 1), name)
            elif empty and (_CONTINUES.search(text) or _may_be_broken(text)):
                whole = line + file.read(MAX_LINE) + file.readline(MAX_LINE)
                yield from _read_as_one(whole, name) or _read_lines(whole, name, number)
                number += whole.count(b"\n") - 1
            else:
                yield from _read_line(text, where)
            empty = False
    if empty:
        raise InvalidData(f"{name} is empty")


_CONTINUES = re.compile(rb"^(?:/?\*|//)|[{\[(\\]$")
"""First line of a printed object, of a comment that holds one, or of a command on several lines."""
_TOKEN_START = re.compile(rb"(?:eyJ|ZXlK)[A-Za-z0-9_.+/=-]{37,}")
"""A line that is the beginning of a token, or of base64 of one, and nothing else."""


def _may_be_broken(line: bytes) -> bool:
    """Return whether a first line may be the first of several that are one token."""
    is_start = len(line) <= _MAX_BROKEN and _TOKEN_START.fullmatch(line) is not None
    return is_start and not extraction.find_in_text(line.decode("ascii"))


def _read_as_one(data: bytes, name: str) -> list[InputItem]:
    """Return a file as one item if it holds one token or object, and no line is a token by itself."""
    text = data.decode(errors="replace")
    if any(extraction.is_token(strip_token(line)) for line in text.split("\n")):
        return []
    text = text.replace("\\\n", " ").replace("\\\r\n", " ")
    if not isinstance(extraction.find_in_text(text), extraction.Found):
        return []
    return [InputItem(name, problem=InvalidData(f"{name} is neither tokens nor JSON"), text=text)]


def _read_lines(data: bytes, name: str, first: int) -> Iterator[InputItem]:
    for number, line in enumerate(data.split(b"\n"), start=first):
        if text := line.strip():
            yield from _read_line(text, f"{name} line {number}")


def strip_token(text: str) -> str:
    """Remove what logs, quoting and saved requests put around a token."""
    text = text.strip(_BLANK)
    for quote in ('"', "'"):
        if len(text) > 1 and text.startswith(quote) and text.endswith(quote):
            text = text[1:-1].strip(_BLANK)
    if text[: len(_SCHEME)].lower() == _SCHEME:
        text = text[len(_SCHEME) :].strip(_BLANK)
    return text


def _strip_bom(line: bytes, name: str) -> bytes:
    """Remove the byte order mark of the first line. Raises InvalidData for a compressed or UTF-16 file."""
    if packed := documents.compression(line):
        raise InvalidData(f"{name} is packed ({packed})", hint="Unpack it first.")
    if line[:2] in (b"\xff\xfe", b"\xfe\xff"):
        strict_json.decode(line, name)  # raises with the name of the encoding
    return line.removeprefix(codecs.BOM_UTF8)


def _skip_line(file: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(MAX_LINE)


def _read_line(text: bytes, where: str) -> Iterator[InputItem]:
    if text[:1] not in (b"{", b"["):
        # Non-ASCII text is rejected as a token, however it is decoded here.
        yield InputItem(where, strip_token(text.decode(errors="replace")))
        return
    try:
        value = strict_json.loads(text, where)
    except InvalidData as error:
        yield InputItem(where, problem=error, text=text.decode(errors="replace"))
    else:
        yield from _items(value, where)


def _read_document(data: bytes, name: str) -> Iterator[InputItem]:
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
        yield from _items(value, name)


def _items(value: Json, where: str) -> Iterator[InputItem]:
    """Yield the items of an array, or the value as one item."""
    if not isinstance(value, list) or extraction.is_bytes(value):
        yield _item(value, where)
        return
    for number, item in enumerate(value, start=1):
        yield _item(item, f"{where} item {number}")


def _item(value: Json, where: str) -> InputItem:
    if isinstance(value, dict) and isinstance(value.get(TOKEN), str):
        value = value[TOKEN]
    if isinstance(value, str):
        return InputItem(where, strip_token(value))
    return InputItem(where, value=value)
