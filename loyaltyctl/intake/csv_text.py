"""CSV parser (RFC 4180) for files with a header line; escaping of spreadsheet formulas in cells."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from loyaltyctl.errors import InvalidData, Location
from loyaltyctl.intake.values import quoted

MAX_CELL = 64 * 1024
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets read the full-width forms too


class Row(NamedTuple):
    """Row of a CSV file: the number of its first line, and its cells by column name.

    A malformed row has the text of its problem in place of the cells.
    """

    line: int
    cells: dict[str, str] | str


def loads(text: str, name: str, delimiter: str = ",") -> list[Row]:
    """Parse CSV text, and return the rows below its header. Raises InvalidData.

    Cells are stripped of surrounding whitespace, and of the quote that `escape_formula` adds. Empty cells are
    omitted. A row with too few or too many cells has the text of the problem in place of its cells.
    """
    csv.field_size_limit(MAX_CELL)
    # newline="": a quoted cell keeps its own line ends. strict: by default Python accepts broken quotes.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    columns: list[str] | None = None
    last_line = 0
    try:
        for cells in reader:
            # A quoted cell may span lines: line_num is the last line of the row, and messages name the first.
            number, last_line = last_line + 1, reader.line_num
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
        raise InvalidData(f"{error}, in the row that begins here", at=Location(name, last_line + 1)) from None
    if not rows:
        raise InvalidData(f"{name} has a header line and nothing below it")
    return rows


def escape_formula(cell: str) -> str:
    """Return the text of a CSV cell, with a quote before it if a spreadsheet would run it as a formula.

    Text that looks escaped gets another quote, so that `unescape_formula` restores it: `'=1` -> `''=1`.
    """
    return f"'{cell}" if cell.lstrip("' \u00a0").startswith(FORMULA_STARTS) else cell


def unescape_formula(cell: str) -> str:
    """Return the text of a CSV cell without the quote that `escape_formula` added."""
    inner = cell[1:]
    return inner if cell[:1] == "'" and escape_formula(inner) == cell else cell


def header(cells: list[str], name: str, number: int) -> list[str]:
    """Return the column names of a CSV header on line `number`.

    Raises InvalidData for an empty name, a name given twice, or columns separated by semicolons.
    """
    # Excel writes semicolons where the decimal separator is a comma.
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
