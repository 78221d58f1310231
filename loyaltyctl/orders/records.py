"""Orders one by one, with the line on which each stands: to say what is wrong, and where.

The scan only counts what it cannot read. This is slower, and knows the place.
"""

from __future__ import annotations

import csv
import json
import re
import zlib
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail, InvalidData
from loyaltyctl.intake import money, strict_json
from loyaltyctl.intake.values import is_unicode, quoted
from loyaltyctl.orders.fields import OrderField
from loyaltyctl.orders.files import MAX_LINE, SEPARATORS, Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from loyaltyctl.intake.values import Json
    from loyaltyctl.orders.files import OrderFile

MONTH = "[0-9]{4}-(0[1-9]|1[0-2])"
JSON_NUMBER = rf"-?[0-9]{{1,9}}(\.[0-9]{{1,{money.DECIMALS}}})?|-?[0-9]{{1,{money.WHOLE_DIGITS}}}"
"""A number of JSON that may be an amount. One with a point becomes a double, as in most readers of JSON, and
that holds 15 digits; an amount of more must be text."""

_MONTH = re.compile(MONTH, re.ASCII)
_is_amount = re.compile(money.AMOUNT, re.ASCII).fullmatch
_JSON_NUMBER = re.compile(JSON_NUMBER, re.ASCII)


class Reason(StrEnum):
    """Reason that an order is left out."""

    LINE = "malformed line"
    AMOUNT = "amount"
    REPEATED = "repeated id"
    DATE = "date"


_REASONS = {
    OrderField.AMOUNT: Reason.AMOUNT,
    OrderField.ORDER_ID: Reason.REPEATED,
    OrderField.DATE: Reason.DATE,
}


class Place(NamedTuple):
    """Place of an order: the line of a file, or the row of a Parquet file."""

    file: str
    line: int
    is_row: bool = False

    def __str__(self) -> str:
        return f"{self.file} {'row' if self.is_row else 'line'} {self.line}"


class Fault(NamedTuple):
    """One thing that is wrong with an order: where it is, and in which column."""

    place: Place
    role: OrderField | None
    column: str
    message: str


class Record(NamedTuple):
    """One order: its line or row, what its columns say by their role, or why that cannot be told."""

    line: int
    texts: Mapping[OrderField, str]
    problem: str = ""
    blamed: OrderField | None = None
    """The column to which the problem belongs, where it is not the whole line."""


class Expected(NamedTuple):
    """What is asked of every order that counts; `repeated` are the ids that stand more than once."""

    months: bool = False
    currency: str | None = None
    repeated: frozenset[str] = frozenset()
    counting: Mapping[OrderField, Sequence[str]] = {}
    """What orders must say, in capitals, to count at all."""


def problems(
    files: Iterable[OrderFile], expected: Expected, rows: Callable[[OrderFile, Expected], Iterator[Record]]
) -> Iterator[Detail]:
    """What is wrong, order by order. `rows` reads the files that have no lines."""
    for fault in _faults(files, expected, rows):
        yield Detail(fault.message, fault.column, str(fault.place))


def places(
    files: Iterable[OrderFile],
    expected: Expected,
    rows: Callable[[OrderFile, Expected], Iterator[Record]],
    wanted: Mapping[Reason, int],
) -> dict[Reason, list[Place]]:
    """Return the first places, as many as are `wanted`, of the orders left out for each reason.

    An order is left out for the first thing that is wrong with it. The files are read as far as needed.
    """
    found: dict[Reason, list[Place]] = {reason: [] for reason in wanted}
    last: Place | None = None
    for fault in _faults(files, expected, rows):
        reason = Reason.LINE if fault.role is None else _REASONS.get(fault.role)
        if fault.place != last and reason in found and len(found[reason]) < wanted[reason]:
            found[reason].append(fault.place)
            if all(len(found[one]) == count for one, count in wanted.items()):
                break
        last = fault.place
    return found


def _faults(
    files: Iterable[OrderFile], expected: Expected, rows: Callable[[OrderFile, Expected], Iterator[Record]]
) -> Iterator[Fault]:
    seen: dict[str, Place] = {}
    for file in files:
        columns = dict(file.columns)
        has_rows = file.layout is Layout.PARQUET
        for record in rows(file, expected) if has_rows else _records(file, expected):
            place = Place(str(file.path), record.line, has_rows)
            for role, message in _wrong(record, expected, seen, place):
                yield Fault(place, role, columns[role] if role else "", message)


def _wrong(
    record: Record, expected: Expected, seen: dict[str, Place], where: Place
) -> Iterator[tuple[OrderField | None, str]]:
    """The faults of one order, each with its column; the one that it would be left out for comes first."""
    if record.problem:
        yield record.blamed, record.problem
        return
    texts = record.texts
    amount, date, order = (
        texts[OrderField.AMOUNT],
        texts.get(OrderField.DATE, ""),
        texts.get(OrderField.ORDER_ID, ""),
    )
    currency = texts.get(OrderField.CURRENCY, "").upper()
    if any(texts.get(role, "").upper() not in values for role, values in expected.counting.items()):
        return
    if not _is_amount(amount):
        yield OrderField.AMOUNT, f"must be an amount of money, got {quoted(amount)}" if amount else "is empty"
    elif order in expected.repeated and not amount.startswith("-"):
        if order in seen:
            yield OrderField.ORDER_ID, f"the order {quoted(order)} stands already at {seen[order]}"
        seen.setdefault(order, where)
    if expected.months and not _MONTH.fullmatch(date[:7]):
        yield (
            OrderField.DATE,
            f"must be a date such as 2026-01-31, got {quoted(date)}" if date else "is empty",
        )
    if expected.currency and currency not in ("", expected.currency):
        yield OrderField.CURRENCY, f"is {quoted(currency)}, the first order has {quoted(expected.currency)}"


def _records(file: OrderFile, expected: Expected) -> Iterator[Record]:
    """The orders of a file of text; of CSV those that may be wrong."""
    number = 0
    try:
        with file.open() as source:

            def lines() -> Iterator[str]:
                nonlocal number
                for line in _lines(source):
                    number += 1
                    yield line

            if file.layout is Layout.JSONL:
                yield from _json_lines(file, lines())
            else:
                yield from _rows(file, lines(), _right(file, expected))
    except (OSError, EOFError, zlib.error) as error:
        what = "the gzip data is damaged" if file.packed else "cannot be read"
        yield Record(number + 1, {}, f"{what}: {error}")


class _TooLong(Exception):
    """A line that is too long to be held in memory."""

    def __str__(self) -> str:
        return f"the line is longer than {MAX_LINE} bytes"


def _lines(source: BinaryIO) -> Iterator[str]:
    """The lines of a file; bytes that are not UTF-8 become halves of surrogate pairs."""
    encoding = "utf-8-sig"
    while line := source.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise _TooLong
        yield line.decode(encoding, errors="surrogateescape")
        encoding = "utf-8"


def _json_lines(file: OrderFile, lines: Iterator[str]) -> Iterator[Record]:
    number = 0
    try:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _json_line(file, number, line)
    except _TooLong as error:
        yield Record(number + 1, {}, str(error))


def _json_line(file: OrderFile, number: int, line: str) -> Record:
    try:
        order = strict_json.loads(line.strip().encode(errors="surrogateescape"))
    except InvalidData as error:
        problem = error.message.removeprefix("JSON line 1 ").removeprefix("JSON: ")
        return Record(number, {}, problem, OrderField.AMOUNT if _is_lenient_object(line) else None)
    if not isinstance(order, dict):
        return Record(number, {}, f"must be an object, got {quoted(order)}")
    if not (line.isascii() and "\\u" not in line) and not is_unicode(order):
        return Record(number, {}, "has characters that are not Unicode text")
    return Record(number, {role: _text(role, _at(order, name)) for role, name in file.columns})


def _is_lenient_object(line: str) -> bool:
    """Whether a line is an object for a reader that takes NaN and numbers of any length, as the scan does."""
    try:
        return isinstance(json.loads(line, parse_float=str, parse_int=str), dict)
    except (ValueError, RecursionError):
        return False


def _text(role: OrderField, value: Json) -> str:
    """A field of JSON as the scan takes it; a number that can be no amount is marked as one."""
    if value is None or isinstance(value, str):
        return value or ""
    text = str(value) if type(value) is int else quoted(value)  # the usual case needs no encoder
    wrong = role is OrderField.AMOUNT and not _JSON_NUMBER.fullmatch(text)
    return f"{text} as a number of JSON" if wrong else text


def _at(value: Json, path: str) -> Json:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _right(file: OrderFile, expected: Expected) -> Callable[[list[str]], bool]:
    """Return a quick test for rows in which nothing is wrong: of millions, all but a few."""
    at = {role: file.names.index(name) for role, name in file.columns}
    width, amount = len(file.names), at[OrderField.AMOUNT]
    date = at.get(OrderField.DATE) if expected.months else None
    order = at.get(OrderField.ORDER_ID) if expected.repeated else None
    currency = at.get(OrderField.CURRENCY) if expected.currency else None
    currencies = {"", expected.currency, (expected.currency or "").lower()}
    is_month = _MONTH.fullmatch

    def test(cells: list[str]) -> bool:
        return (
            len(cells) == width
            and _is_amount(cells[amount]) is not None
            and (date is None or is_month(cells[date][:7]) is not None)
            and (order is None or cells[order] not in expected.repeated)
            and (currency is None or cells[currency] in currencies)
            and "".join(cells).isascii()
        )

    return test


def _rows(file: OrderFile, lines: Iterator[str], is_right: Callable[[list[str]], bool]) -> Iterator[Record]:
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(lines, delimiter=SEPARATORS[file.layout], strict=True)
    under_header = False
    line = 1
    try:
        for cells in reader:
            if cells and under_header and not is_right(cells):
                yield _row(file, line, cells)
            elif not under_header:
                under_header = any(cell.strip() for cell in cells)
            line = reader.line_num + 1
    except (csv.Error, _TooLong) as error:
        yield Record(line, {}, f"{error}, in the row that begins here")


def _row(file: OrderFile, line: int, cells: list[str]) -> Record:
    if len(cells) != len(file.names):
        return Record(line, {}, f"{len(cells)} cells, the header has {len(file.names)}")
    if any(not cell.isascii() and re.search("[\udc80-\udcff]", cell) for cell in cells):
        return Record(line, {}, "is not UTF-8")
    said = dict(zip(file.names, cells, strict=True))
    return Record(line, {role: said[name] for role, name in file.columns})


def mixed_line(file: OrderFile) -> int | None:
    """The first line that ends in another way than the first one does, if there is one."""
    with file.open() as source:
        lines = (line.endswith(b"\r\n") for line in source if line.endswith(b"\n"))
        first = next(lines, None)
        return next((number for number, ending in enumerate(lines, start=2) if ending is not first), None)
