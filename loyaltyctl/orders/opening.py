"""Open order files: containers, columns, and the roles of the columns; repair what DuckDB refuses to read."""

from __future__ import annotations

import re
import zlib
from itertools import islice
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.containers.copies import CHUNK, new_copy
from loyaltyctl.orders.containers.encodings import reencode
from loyaltyctl.orders.containers.opening import open_order_file
from loyaltyctl.orders.containers.readable import MAX_LINE, UNCOMPRESSED, Layout, Options
from loyaltyctl.orders.engine import Unreadable
from loyaltyctl.orders.files import HEAD, OrderFile, detect
from loyaltyctl.orders.json_members import with_all_members, with_late_names, with_members
from loyaltyctl.orders.parquet import parquet_columns
from loyaltyctl.orders.roles import known_names, match_columns, missing_names, normalized_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loyaltyctl.orders.containers.readable import Readable
    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.files import Location
    from loyaltyctl.orders.selection import Selection

_LISTED = 5
"""Maximum number of lines of a file that a note lists."""
_HEAD_LINES = 1000
"""Number of lines in which the header and what is above it are."""
_CRLF = re.compile(rb"\r+\n")
_CR = re.compile(rb"\r\n?")
_LINE_END = re.compile(rb"\r*\n|\r")


def open_files(engine: Engine, located: Iterable[Location], selection: Selection) -> list[OrderFile]:
    """Open the order files that were located, and return them with the roles of their columns.

    Raises InvalidData for a file that has no readable orders, or whose columns are not clear.
    """
    return [_with_roles(file, selection) for file in open_columns(engine, located, selection)]


def open_columns(engine: Engine, located: Iterable[Location], selection: Selection) -> list[OrderFile]:
    """Open the order files that were located, and return them with their columns, which have no roles yet.

    Raises InvalidData for a file that has no readable orders.
    """
    reading = selection.reading
    is_known = known_names(selection)
    options = Options(reading.encoding, reading.records, normalized_names(selection))
    files: list[OrderFile] = []
    for path, name in located:
        readable = open_order_file(path, name, engine.folder, options, engine.decompress)
        if readable.layout is Layout.CSV and _has_cr_line_ends(readable):
            # DuckDB reads such a file, but what locates its faults and its total line reads lines of LF.
            readable = _with_even_line_ends(engine, readable, _CR)
        file = detect(readable, is_known, reading.skip_lines)
        if file.layout is Layout.CSV and file.skip > 1 and _has_mixed_line_ends(file, _HEAD_LINES):
            # DuckDB does not reject such a file if the line ends differ in what it skips: it reads no rows.
            file = detect(_with_even_line_ends(engine, readable, _CRLF), is_known, reading.skip_lines)
        files.append(_with_columns(engine, file))
    return files


def _with_columns(engine: Engine, file: OrderFile) -> OrderFile:
    """Return an order file with all its columns: those of Parquet, or of later orders in JSONL, are read."""
    if file.layout is Layout.PARQUET:
        try:
            columns = parquet_columns(engine, file)
        except Unreadable:
            message = f"{file.name} is not a readable Parquet file: it is damaged"
            raise InvalidData(message, hint="Export or download it again.") from None
        names, expressions, types = (tuple(one) for one in zip(*columns, strict=True))
        return file._replace(names=names, expressions=expressions, types=types)
    if file.layout is Layout.JSONL:
        engine.make_room(_order_size(file))
        return with_members(engine, file)
    return file


def _order_size(file: OrderFile) -> int:
    """Return the mean size in bytes of the first orders of a JSONL file."""
    is_packed = file.readable.compression != UNCOMPRESSED
    known = HEAD if is_packed else min(HEAD, file.readable.path.stat().st_size)
    return known // len(file.sample) if file.sample else MAX_LINE


def _with_roles(file: OrderFile, selection: Selection) -> OrderFile:
    """Return an order file with the roles of its columns, and the names that later orders may have."""
    file = file._replace(roles=match_columns(file.names, selection, file.name))
    return with_late_names(file, missing_names(file.roles, selection))


def with_all_columns(engine: Engine, files: Sequence[OrderFile], selection: Selection) -> list[OrderFile]:
    """Return order files with the roles of all their columns, after the scan has found columns by `late`."""
    return [_with_all_columns(engine, file, selection) if file.late else file for file in files]


def _with_all_columns(engine: Engine, file: OrderFile, selection: Selection) -> OrderFile:
    """Return a large JSONL file with the roles of all its columns."""
    listed = with_all_members(engine, file)
    return listed._replace(roles=match_columns(listed.names, selection, file.name), late=())


def repaired(engine: Engine, files: Sequence[OrderFile], selection: Selection) -> list[OrderFile] | None:
    """Return the files with a copy of each that DuckDB refuses for its encoding or line ends.

    Returns None if no file can be repaired that way.
    """
    try:
        found = [_repaired(engine, file, selection) or file for file in files]
    except (OSError, EOFError, zlib.error):  # damaged data is located, not repaired
        return None
    return found if any(one is not file for one, file in zip(found, files, strict=True)) else None


def _repaired(engine: Engine, file: OrderFile, selection: Selection) -> OrderFile | None:
    """Return an order file as a copy that DuckDB reads; None if it needs none, or if there is none."""
    if file.layout is not Layout.CSV:
        return None
    options = Options(selection.reading.encoding, selection.reading.records)
    if copy := reencode(file.readable, engine.folder, options):
        return file._replace(readable=copy)
    if _has_mixed_line_ends(file):
        return file._replace(readable=_with_even_line_ends(engine, file.readable, _CRLF))
    return None


def _with_even_line_ends(engine: Engine, readable: Readable, end: re.Pattern[bytes]) -> Readable:
    """Return a CSV file of orders as a copy in which all lines end in LF; `end` matches their other ends."""
    with readable.open() as source, new_copy(engine.folder) as (path, target):
        while block := source.read(CHUNK):
            while block.endswith(b"\r") and (more := source.read(1)):
                block += more
            target.write(end.sub(b"\n", block))
    return readable._replace(path=path, compression=UNCOMPRESSED)


def _has_cr_line_ends(readable: Readable) -> bool:
    """Return whether the first line of a CSV file of orders ends in CR alone, as on the first Macs."""
    try:
        with readable.open() as source:
            end = _LINE_END.search(source.read(HEAD))
    except (OSError, EOFError, zlib.error):  # `detect` reports damaged data
        return False
    return end is not None and end[0] == b"\r"


def _has_mixed_line_ends(file: OrderFile, lines: int | None = None) -> bool:
    """Return whether lines of an order file do not all end in LF, or all in CRLF, as DuckDB needs it.

    Some programs convert the LF of CRLF once more, to CRCRLF. Only the first `lines` are examined; None is
    all.
    """
    with file.readable.open() as source:
        ends = {_line_end(line) for line in islice(source, lines) if line.endswith(b"\n")}
    return len(ends) > 1 or b"\r\r\n" in ends


def _line_end(line: bytes) -> bytes:
    """Return the end of a line that has one: LF, CRLF or CRCRLF."""
    return next(end for end in (b"\r\r\n", b"\r\n", b"\n") if line.endswith(end))


def notes(files: Sequence[OrderFile], split: int) -> Iterator[str]:
    """Yield what the user should know about how order files were opened.

    `split` is the number of orders with items in several files.
    """
    if split:
        yield f"orders with items in several files: {split:,}; an item that is in two files counts twice"
    for file in files:
        for note in file.readable.notes:
            yield f"{file.name}: {note}"
        if file.has_title:
            yield f"{file.name}: the header is in line {file.header_line}"
        if file.total_line:
            yield f"{file.name}: left out the last line, the sum {file.total_line.amount} of the others"
        yield from _notes_on_extra_lines(file)


def _notes_on_extra_lines(file: OrderFile) -> Iterator[str]:
    """Yield which lines of an order file were left out since they are no orders."""
    for lines, what in (
        (file.extra.sums, "sums of other lines"),
        (file.extra.notes, "notes and repeated headers"),
        ([line for line, _ in file.extra.unsummed], "totals that are not the sum of other lines"),
    ):
        if lines:
            more = f" and {len(lines) - _LISTED} more" if len(lines) > _LISTED else ""
            unit = file.readable.unit + ("s" if len(lines) > 1 else "")
            yield f"{file.name}: left out {what}: {unit} {', '.join(map(str, lines[:_LISTED]))}{more}"
