"""CSV, TSV and ids: a line a value, nothing cut."""

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
    """A header and a line a row; text that a spreadsheet would take for a formula is quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([visible(escape_formula(name)) for name in header])
    for row in rows:
        cells = (escape_formula(value) if isinstance(value, str) else cell_text(value) for value in row)
        writer.writerow([visible(cell) for cell in cells])
    return text.getvalue()


def to_tsv(rows: Iterable[Sequence[Cell | Json]]) -> str:
    """A line a row, no header; times are RFC 3339 in UTC."""
    return "".join("\t".join(visible(_plain(cell)) for cell in row) + "\n" for row in rows)


def to_ids(ids: Iterable[str]) -> str:
    """A line an id; what has none has no line."""
    return "".join(f"{visible(one)}\n" for one in ids if one)


def _plain(cell: Cell | Json) -> str:
    return utc(cell) if isinstance(cell, datetime) else cell_text(cell)


def utc(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC, as precisely as it is known."""
    precision = "seconds"
    if moment.microsecond:
        precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    try:
        return timestamps.format_utc(moment, precision)
    except OverflowError:  # at the end of time, in a zone that is not there yet
        return moment.isoformat(timespec=precision)
