"""Total lines: a last line of an order file that is not an order, but the sum of the others."""

from __future__ import annotations

import csv
import zlib
from os import SEEK_END
from typing import TYPE_CHECKING

from loyaltyctl.orders.batches import order_query
from loyaltyctl.orders.containers.readable import UNCOMPRESSED, Layout
from loyaltyctl.orders.extra_lines import with_extra_lines
from loyaltyctl.orders.file_sql import Reader
from loyaltyctl.orders.files import ExtraLines, TotalLine
from loyaltyctl.orders.quoting import literal, path_literal, select_list
from loyaltyctl.orders.total_words import is_alike_sql, is_total_label, is_total_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.file_sql import ReadMode
    from loyaltyctl.orders.files import OrderFile

TAIL = 64 * 1024
"""Number of bytes at the end of an order file in which its last line is searched."""


def with_total_lines(engine: Engine, files: Sequence[OrderFile], mode: ReadMode) -> list[OrderFile]:
    """Return order files with the total line and the extra lines of each, so that a scan leaves them out."""
    # A line that was found before was left out, and would not be found again.
    whole = [file._replace(total_line=None, extra=ExtraLines()) for file in files]
    summed = (file._replace(total_line=total_line(engine, file, mode)) for file in whole)
    return [with_extra_lines(engine, file, mode) for file in summed]


def total_line(engine: Engine, file: OrderFile, mode: ReadMode) -> TotalLine | None:
    """Return the last line of an order file if it is the sum of the others, and not an order.

    Its id, or in a file without ids its date, is blank or a word for a total.
    """
    reader = Reader([file], mode)
    label = reader.label()
    amount = file.roles.amount[0].position
    if label is None or file.layout is Layout.JSONL:
        return None
    cells = _last_csv_row(file) if file.layout is Layout.CSV else _last_parquet_row(engine, reader)
    if cells is None or not is_total_label(cells[label]) or not cells[amount]:
        return None
    found = TotalLine(cells[label], cells[amount])
    text = f"coalesce({reader.text(label)}, '')"
    columns = {
        "number": reader.number(amount),
        "labeled": is_alike_sql(text, found.label),
        "last": f"{text} = {literal(found.label)} AND {reader.text(amount)} = {literal(found.amount)}",
    }
    ((total, own, labeled),) = engine.rows(
        "SELECT sum(number), max(number) FILTER (last), count_if(labeled) "
        f"FROM (SELECT {select_list(columns)} FROM {reader.source()})"
    )
    # Where several lines have the same label, it is not the mark of a total.
    if own is None or labeled > 1:
        return None
    used = {*reader.positions()} - {label, *(term.position for term in file.roles.amount_terms)}
    if own == 0 and not is_total_word(found.label) and any(cells[i].strip() for i in used):
        return None  # an order of nothing, without an id
    if total != 2 * own and file.roles.is_grouped:  # the amounts of orders are on each of their lines
        ((total,),) = engine.rows(f"SELECT sum(amount) FROM ({order_query(reader).orders()})")
    return found if total == 2 * own else None


def _last_csv_row(file: OrderFile) -> Sequence[str] | None:
    """Return the cells of the last row of a CSV file that is not blank; None if it cannot be told."""
    tail = b""
    try:
        with file.readable.open() as source:
            if file.readable.compression == UNCOMPRESSED:
                size = source.seek(0, SEEK_END)
                source.seek(max(0, size - TAIL))
            while block := source.read(TAIL):
                tail = (tail + block)[-2 * TAIL :]
    except (OSError, EOFError, zlib.error):  # the scan reports damaged data
        return None
    lines = tail.decode("utf-8-sig", errors="replace").splitlines()
    # A row with a line break in a cell is no total line, so the last line is a whole row.
    last = next((line for line in reversed(lines) if line.strip(f" {file.separator}")), "")
    try:
        cells = next(csv.reader([last], delimiter=file.separator, strict=True), [])
    except csv.Error:
        return None
    return cells if len(cells) == len(file.names) else None


def _last_parquet_row(engine: Engine, reader: Reader) -> Sequence[str] | None:
    """Return the texts of the last row of a Parquet file, one for each column that is read."""
    path = path_literal(reader.file.readable.path)
    positions = reader.positions()
    label = reader.label()
    if label is not None and label not in positions:
        positions = [*positions, label]
    texts = ", ".join(f"coalesce({reader.text(position)}, '')" for position in positions)
    rows = engine.rows(
        f"SELECT {texts} FROM read_parquet({path}, file_row_number=true) WHERE file_row_number = "
        f"(SELECT sum(num_rows) - 1 FROM parquet_file_metadata({path}))"
    )
    if not rows:
        return None
    found = dict(zip(positions, rows[0], strict=True))
    return [found.get(i, "") for i in range(len(reader.file.names))]
