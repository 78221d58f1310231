"""CSV with a header line (RFC 4180) and one delimiter."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from loyaltyctl.errors import InvalidData, Location
from loyaltyctl.intake.values import quoted

MAX_CELL = 64 * 1024
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets read the full-width forms too


class Row(NamedTuple):
    """A row: the line that it begins on, and its cells by column name, or the problem with them."""

    line: int
    cells: dict[str, str] | str


def loads(text: str, name: str, delimiter: str = ",") -> list[Row]:
    """Return the rows of `text` below its header.

    Cells are stripped of surrounding space, and of the quote that `escape_formula` puts before a formula.
    Empty cells are left out of a row.
    """
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    columns: list[str] | None = None
    before = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = header(cells, name, number)
                continue
            if len(cells) != len(columns):
                rows.append(Row(number, f"{len(cells)} cells, the header has {len(columns)}"))
                continue
            row = {
                column: unescape_formula(cell.strip()) for column, cell in zip(columns, cells, strict=True)
            }
            rows.append(Row(number, {column: cell for column, cell in row.items() if cell}))
    except csv.Error as error:
        raise InvalidData(f"{error}, in the row that begins here", at=Location(name, before + 1)) from None
    if not rows:
        raise InvalidData(f"{name} has a header line and nothing below it")
    return rows


def escape_formula(cell: str) -> str:
    """Return `cell` with a quote before it if it is a formula for a spreadsheet, or already escaped."""
    return f"'{cell}" if cell.lstrip("' \u00a0").startswith(FORMULA_STARTS) else cell


def unescape_formula(cell: str) -> str:
    """Return the text that `escape_formula` made `cell` from."""
    inner = cell[1:]
    return inner if cell[:1] == "'" and escape_formula(inner) == cell else cell


def header(cells: list[str], name: str, number: int) -> list[str]:
    """Return the column names of the header on line `number`. Raises InvalidData if they are not unique."""
    names = [cell.strip() for cell in cells]
    if len(names) == 1 and ";" in names[0]:
        raise InvalidData(
            "the columns are separated by semicolons",
            at=Location(name, number),
            hint="Save it with commas, or as .tsv with tabs.",
        )
    for column in names:
        if not column:
            raise InvalidData("a column has no name", at=Location(name, number))
        if names.count(column) > 1:
            raise InvalidData(f"the column {quoted(column)} appears twice", at=Location(name, number))
    return names
