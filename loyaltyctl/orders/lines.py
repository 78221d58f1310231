"""Lines of order files: the number and the text of a row, and the rows that are malformed.

DuckDB's parallel scan numbers the rows of a file, not its lines. A row may span lines, and a blank line is no
row. So the lines of the few rows that are reported are looked up afterwards.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.values import is_unicode, quoted
from loyaltyctl.orders.containers.readable import MAX_LINE, UNCOMPRESSED, Layout

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import BinaryIO

    from loyaltyctl.orders.files import OrderFile

_BLOCK = 1 << 20
"""Number of bytes of a CSV file that are examined at once for quotes and blank lines."""
_BLANK_LINE = re.compile(rb"\n\r?\n|^\r?\n")
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")


class MalformedRow(NamedTuple):
    """Malformed row of an order file: the line on which it begins, and the problem.

    `ends_file` is true if no row after it can be read: a quote is never closed, or the data is damaged.
    """

    line: int
    problem: str
    ends_file: bool = False


def malformed_rows(file: OrderFile) -> Iterator[MalformedRow]:
    """Yield the malformed rows of an order file in CSV or JSONL; the last one may end the file."""
    if file.layout is Layout.JSONL:
        yield from _malformed_json(file)
    elif file.layout is Layout.CSV:
        yield from (row for row in _csv_rows(file) if isinstance(row, MalformedRow))


def json_problem(line: bytes) -> str:
    """Return why a line of a JSONL file is not an order: it is not valid JSON, or no object; else empty."""
    try:
        order = strict_json.loads(line.strip())
    except InvalidData as error:
        return error.message.removeprefix("JSON line 1 ").removeprefix("JSON: ")
    if not isinstance(order, dict):
        return f"must be an object, got {quoted(order)}"
    # An escape such as \ud800 is valid JSON, but not text that can be printed or stored.
    return "" if is_unicode(order) else "has characters that are not Unicode text"


def _malformed_json(file: OrderFile) -> Iterator[MalformedRow]:
    """Yield the lines of a JSONL file that are not orders."""
    number = 0
    try:
        with file.readable.open() as source:
            for number, line in enumerate(iter(lambda: source.readline(MAX_LINE + 1), b""), start=1):
                if len(line) > MAX_LINE:
                    yield MalformedRow(number, str(_LineTooLongError()), ends_file=True)
                    return
                if line.strip() and (problem := json_problem(line.removeprefix(codecs.BOM_UTF8))):
                    yield MalformedRow(number, problem)
    except (OSError, EOFError, zlib.error) as error:
        yield _damaged(file, number + 1, error)


def _damaged(file: OrderFile, line: int, error: Exception) -> MalformedRow:
    """Return the malformed row for a file that cannot be read beyond a line."""
    is_packed = file.readable.compression != UNCOMPRESSED
    problem = f"the {file.readable.compression} data is damaged" if is_packed else "cannot be read"
    return MalformedRow(line, f"{problem}: {error}", ends_file=True)


def row_lines(file: OrderFile, numbers: Collection[int], *, has_malformed: bool) -> dict[int, int]:
    """Return the lines of rows of an order file, by the numbers of the rows, which begin at 1.

    With `has_malformed`, rows that are malformed have no numbers, as in a scan that skips them. A row of a
    Parquet file, or of a copy whose lines are rows, is its own line.
    """
    if file.layout is Layout.PARQUET or not numbers:
        return {number: number for number in numbers}
    if file.layout is Layout.JSONL:
        return _json_lines(file, numbers)
    return _csv_lines(file, numbers) if has_malformed else _clean_csv_lines(file, numbers)


def _json_lines(file: OrderFile, numbers: Collection[int]) -> dict[int, int]:
    """Return the lines of orders in a JSONL file: a line that is not blank is an order."""
    found: dict[int, int] = {}
    row, last = 0, max(numbers)
    with file.readable.open() as source:
        for line, content in enumerate(source, start=1):
            if content.strip():
                row += 1
                if row in numbers:
                    found[row] = line
                if row >= last:
                    break
    return found


def _clean_csv_lines(file: OrderFile, numbers: Collection[int]) -> dict[int, int]:
    """Return the lines of rows in a CSV file without malformed rows.

    Whole blocks of the file are counted at once, as long as they have no quotes and no blank lines.
    """
    wanted = sorted(numbers)
    found: dict[int, int] = {}
    row, line = 0, 0  # of the last line that was counted
    with file.readable.open() as source:
        for skipped in _skip_header(file, source):
            line = skipped
        while wanted and (block := source.read(_BLOCK)):
            block += source.readline()
            count = block.count(b"\n") + (not block.endswith(b"\n"))  # the last line may have no end
            is_simple = b'"' not in block and not _BLANK_LINE.search(block)
            if is_simple and row + count < wanted[0]:
                row, line = row + count, line + count
                continue
            for content, lines in _rows_in_block(block, source):
                if content.strip(b"\r\n") or len(file.names) == 1:
                    row += 1
                    if wanted and row == wanted[0]:
                        found[wanted.pop(0)] = line + 1
                line += lines
    return found


def _skip_header(file: OrderFile, source: BinaryIO) -> Iterator[int]:
    """Read a CSV file up to its first row after the header; yield the number of each line that was read."""
    line = 0
    rows = 0
    while rows < file.skip and (content := source.readline()):
        line += 1
        while content.count(b'"') % 2 and (more := source.readline()):
            content += more
            line += 1
        rows += 1
        yield line


def _rows_in_block(block: bytes, source: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield the rows in a block of a CSV file, each with its number of lines; complete the last row."""
    pending, lines = b"", 0
    for content in io.BytesIO(block):
        pending, lines = pending + content, lines + 1
        if pending.count(b'"') % 2 == 0:
            yield pending, lines
            pending, lines = b"", 0
    while pending and (more := source.readline()):
        pending, lines = pending + more, lines + 1
        if pending.count(b'"') % 2 == 0:
            break
    if pending:
        yield pending, lines


def _csv_lines(file: OrderFile, numbers: Collection[int]) -> dict[int, int]:
    """Return the lines of rows in a CSV file, counting only rows that are not malformed."""
    found: dict[int, int] = {}
    row, last = 0, max(numbers)
    for line in _csv_rows(file):
        if isinstance(line, int):
            row += 1
            if row in numbers:
                found[row] = line
            if row >= last:
                break
    return found


def _csv_rows(file: OrderFile) -> Iterator[int | MalformedRow]:
    """Yield the line of each row of a CSV file after its header, or the row itself if it is malformed."""
    csv.field_size_limit(MAX_LINE)  # the limit of DuckDB; Python's default is lower
    width, line = len(file.names), 1
    try:
        with file.readable.open() as source:
            reader = csv.reader(_decoded_lines(source), delimiter=file.separator, strict=True)
            try:
                for number, cells in enumerate(reader):
                    if number >= file.skip and (cells or width == 1):
                        yield _checked_row(line, cells, width)
                    line = reader.line_num + 1  # a row may span lines, and is located by its first
            except csv.Error as error:
                unclosed = "unexpected end" in str(error)
                problem = (
                    "a quote that opens in this row is never closed"
                    if unclosed
                    else f"{error}, in the row that begins here"
                )
                yield MalformedRow(line, problem, ends_file=True)
            except _LineTooLongError as error:
                yield MalformedRow(line, str(error), ends_file=True)
    except (OSError, EOFError, zlib.error) as error:
        yield _damaged(file, line, error)


def _checked_row(line: int, cells: list[str], width: int) -> int | MalformedRow:
    """Return the line of a row of a CSV file, or the row itself if it is malformed."""
    if len(cells) != width:
        return MalformedRow(line, f"{len(cells)} cells, the header has {width}")
    if any(not cell.isascii() and _NOT_UTF_8.search(cell) for cell in cells):
        return MalformedRow(line, "is not UTF-8")
    return line


class _LineTooLongError(Exception):
    """A line of an order file is longer than MAX_LINE: no row can be read from it."""

    def __str__(self) -> str:
        return f"the line is longer than {MAX_LINE} bytes"


def _decoded_lines(source: BinaryIO) -> Iterator[str]:
    """Yield the lines of an order file, decoded; bytes that are not UTF-8 become lone surrogates."""
    encoding = "utf-8-sig"  # Excel and PayPal write a byte order mark
    while line := source.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise _LineTooLongError
        yield line.decode(encoding, errors="surrogateescape")
        encoding = "utf-8"
