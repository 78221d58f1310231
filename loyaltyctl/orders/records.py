"""Read records: the orders of a CSV or JSONL file one by one, with line numbers.

DuckDB is faster, but its parallel scan has no reliable line numbers. So records are read only after
a scan that counted faults, to locate them.
"""

from __future__ import annotations

import csv
import json
import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.json_paths import value_at
from loyaltyctl.intake.values import is_unicode, quoted
from loyaltyctl.orders.checks import JSON_NUMBER
from loyaltyctl.orders.files import MAX_LINE, SEPARATORS, Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from loyaltyctl.intake.values import Json
    from loyaltyctl.orders.files import OrderFile

_is_json_amount = re.compile(JSON_NUMBER, re.ASCII).fullmatch


class Record(NamedTuple):
    """Record of one order in a file: the number of its line, and the text of each field.

    An order that cannot be read has a problem instead of texts. For a Parquet file, `line` is the number
    of the row.
    """

    line: int
    texts: Mapping[OrderField, str]
    problem: str = ""
    field: OrderField | None = None
    """The field that the problem is reported for; None for the whole line."""


def read_records(file: OrderFile, is_clean: Callable[[Sequence[str]], bool]) -> Iterator[Record]:
    """Yield a record for each order of a text file. Rows of a CSV file are skipped if `is_clean` is true.

    If the file cannot be read to its end, the last record has the problem.
    """
    number = 0
    try:
        with file.open() as source:

            def lines() -> Iterator[str]:
                """Yield the decoded lines of the records, and count them."""
                nonlocal number
                for line in _decoded_lines(source):
                    number += 1
                    yield line

            if file.layout is Layout.JSONL:
                yield from _json_records(file, lines())
            else:
                yield from _csv_records(file, lines(), is_clean)
    except (OSError, EOFError, zlib.error) as error:
        problem = "the gzip data is damaged" if file.gzipped else "cannot be read"
        yield Record(number + 1, {}, f"{problem}: {error}")


def line_with_mixed_ending(file: OrderFile) -> int | None:
    """Read the line number of the first record that ends unlike line 1; None if all lines end alike.

    DuckDB rejects a file of orders with both LF and CRLF, without naming a line.
    """
    with file.open() as source:
        ends = (line.endswith(b"\r\n") for line in source if line.endswith(b"\n"))
        first = next(ends, None)
        return next((number for number, end in enumerate(ends, start=2) if end is not first), None)


class _LineTooLongError(Exception):
    """A line is longer than MAX_LINE: no record can be read from it."""

    def __str__(self) -> str:
        return f"the line is longer than {MAX_LINE} bytes"


def _decoded_lines(source: BinaryIO) -> Iterator[str]:
    """Yield the lines of a file of records, decoded; bytes that are not UTF-8 become lone surrogates."""
    encoding = "utf-8-sig"  # Excel and PayPal write a byte order mark
    while line := source.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise _LineTooLongError
        yield line.decode(encoding, errors="surrogateescape")
        encoding = "utf-8"


# JSONL


def _json_records(file: OrderFile, lines: Iterator[str]) -> Iterator[Record]:
    """Yield the record of each line of a JSONL file that is not blank."""
    number = 0
    try:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _json_record(file, number, line)
    except _LineTooLongError as error:
        yield Record(number + 1, {}, str(error))


def _json_record(file: OrderFile, number: int, line: str) -> Record:
    """Return the record of a line of a JSONL file; it has a problem if the line is not a valid object."""
    try:
        order = strict_json.loads(line.strip().encode(errors="surrogateescape"))
    except InvalidData as error:
        problem = error.message.removeprefix("JSON line 1 ").removeprefix("JSON: ")
        # DuckDB reads some of these lines, and counts them as orders with an unreadable amount. Here, they
        # get the same reason: the number and the locations that are reported for it must agree.
        field = OrderField.AMOUNT if _is_lenient_object(line) else None
        return Record(number, {}, problem, field)
    if not isinstance(order, dict):
        return Record(number, {}, f"must be an object, got {quoted(order)}")
    # An escape such as \ud800 is valid JSON, but not text that can be printed or stored.
    if not (line.isascii() and "\\u" not in line) and not is_unicode(order):
        return Record(number, {}, "has characters that are not Unicode text")
    return Record(number, {field: _json_text(field, value_at(order, name)) for field, name in file.columns})


def _is_lenient_object(line: str) -> bool:
    """Return whether DuckDB reads a JSONL line as a record.

    DuckDB accepts some objects that `strict_json` rejects, such as those with NaN or very long numbers.
    """
    try:
        return isinstance(json.loads(line, parse_float=str, parse_int=str), dict)
    except (ValueError, RecursionError):
        return False


def _json_text(field: OrderField, value: Json) -> str:
    """Return the text of a record's field from its JSON value: null becomes empty, true becomes `true`.

    An amount that JSON_NUMBER does not match gets a note: 1e-07 becomes `1e-07 as a JSON number`. With the
    note, it is not a valid amount in the check of amounts.
    """
    if value is None or isinstance(value, str):
        return value or ""
    # An integer is the common case, and does not need the slow encoder.
    text = str(value) if type(value) is int else quoted(value)
    wrong = field is OrderField.AMOUNT and not _is_json_amount(text)
    return f"{text} as a JSON number" if wrong else text


# CSV


def _csv_records(
    file: OrderFile, lines: Iterator[str], is_clean: Callable[[Sequence[str]], bool]
) -> Iterator[Record]:
    """Yield the record of each row of a CSV file for which `is_clean` is false; skip the header."""
    csv.field_size_limit(MAX_LINE)  # the limit of DuckDB; Python's default is lower
    reader = csv.reader(lines, delimiter=SEPARATORS[file.layout], strict=True)
    after_header = False
    line = 1
    try:
        for cells in reader:
            if cells and after_header and not is_clean(cells):
                yield _csv_record(file, line, cells)
            elif not after_header:
                after_header = any(cell.strip() for cell in cells)
            line = reader.line_num + 1  # a row may span lines, and is located by its first
    except (csv.Error, _LineTooLongError) as error:
        yield Record(line, {}, f"{error}, in the row that begins here")


def _csv_record(file: OrderFile, line: int, cells: list[str]) -> Record:
    """Return the record of a CSV row that begins on `line`; it has a problem if the row is malformed."""
    if len(cells) != len(file.names):
        return Record(line, {}, f"{len(cells)} cells, the header has {len(file.names)}")
    if any(not cell.isascii() and re.search("[\udc80-\udcff]", cell) for cell in cells):
        return Record(line, {}, "is not UTF-8")
    texts = dict(zip(file.names, cells, strict=True))
    return Record(line, {field: texts[name] for field, name in file.columns})
