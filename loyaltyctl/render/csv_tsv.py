"""Format rows as CSV, TSV or ids: one line per value, never truncated."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING

from loyaltyctl.intake import timestamps
from loyaltyctl.intake.csv_text import escape_formula
from loyaltyctl.render.selection import cell_text
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.intake.values import Json
    from loyaltyctl.render.views import Cell


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Json]]) -> str:
    """Format rows as CSV with a header; text that a spreadsheet would run as a formula is escaped."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    # `visible` first: text that begins with an escape is no formula, and needs no quote.
    writer.writerow([escape_formula(visible(name)) for name in header])
    for row in rows:
        writer.writerow(
            escape_formula(visible(value)) if isinstance(value, str) else visible(cell_text(value))
            for value in row
        )
    return text.getvalue()


def to_tsv(rows: Iterable[Sequence[Cell | Json]]) -> str:
    """Format rows as TSV without a header, for `cut` and `awk`; times are RFC 3339 in UTC."""
    # `visible` escapes tabs and line breaks in cells: TSV has no quoting.
    return "".join("\t".join(visible(_tsv_cell(cell)) for cell in row) + "\n" for row in rows)


def _tsv_cell(cell: Cell | Json) -> str:
    """Format a cell of TSV, before hostile characters are escaped."""
    return tsv_time(cell) if isinstance(cell, datetime) else cell_text(cell)


def to_ids(ids: Iterable[str]) -> str:
    """Format ids for `-o id`, one per line as in TSV with one column; empty ids are left out."""
    return "".join(f"{visible(id_)}\n" for id_ in ids if id_)


def tsv_time(time: datetime) -> str:
    """Format a time for a cell of TSV: RFC 3339 in UTC, with as many fractional digits as it needs."""
    precision = "seconds"
    if time.microsecond:
        precision = "microseconds" if time.microsecond % 1000 else "milliseconds"
    try:
        return timestamps.format_utc(time, precision)
    except OverflowError:  # 9999-12-31 in a zone west of UTC is the year 10000 in UTC
        return time.isoformat(timespec=precision)
