"""Detect the dialect of a CSV file of orders: its separator, the lines above its header, and its columns."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.containers.readable import MAX_LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SEPARATORS = ",;\t|"
"""Separators of cells that are detected, the most common one first."""
_ROWS = 60
"""Number of rows at the beginning of a CSV file in which its header is searched."""
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=([,;\t|])\"?[,;\t|]*\s*", re.IGNORECASE)
"""First line that some programs write for Excel. It says which separator the file has."""


class Dialect(NamedTuple):
    """Dialect of a CSV file: the separator of its cells, and the place and the cells of its header.

    `rows_before_header` counts rows as DuckDB does: a blank line is a row, and a quoted line break does not
    begin a row. `line` is the line of the header, counted from 1. `has_title` is true if there is text above
    the header, other than the line that names the separator.
    """

    separator: str
    rows_before_header: int
    line: int
    header: tuple[str, ...]
    has_title: bool


class _Row(NamedTuple):
    """Row at the beginning of a CSV file, and the number of the line on which it begins."""

    line: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        """Return whether the row has no text in any cell."""
        return not any(cell.strip(f" {SEPARATORS}") for cell in self.cells)


class _Candidate(NamedTuple):
    """Candidate for the dialect of a CSV file: a separator, the first rows, and the index of the header."""

    separator: str
    rows: Sequence[_Row]
    header: int
    known: int
    """Number of cells of the header that are names of columns of orders."""
    consistent: int
    """Number of rows after the header that have as many cells as the header."""
    is_valid: bool
    """If true, the first rows can be read with the separator."""

    @property
    def rank(self) -> tuple[int, int, int]:
        """Sort key of candidates for the dialect: the header with most known names and cells wins."""
        return self.known, self.consistent if self.width > 1 else 0, self.width

    @property
    def width(self) -> int:
        """Number of cells of the header."""
        return len(self.rows[self.header].cells)


def detect_dialect(
    text: str, name: str, is_known: Callable[[str], bool], *, skip_lines: int | None, whole: bool
) -> Dialect:
    """Detect the dialect of a CSV file of orders from its first characters.

    `is_known` tells whether a cell is a name of a column of orders. `skip_lines` is the number of lines above
    the header, if the user gave it; `whole` is true if `text` is the whole file. Raises InvalidData if there
    is no header, or if it cannot be read.
    """
    csv.field_size_limit(MAX_LINE)  # Python's default is less than DuckDB accepts
    named = _SEPARATOR_LINE.fullmatch(text.partition("\n")[0])
    separators = named[1] if named else SEPARATORS
    problems: list[str] = []
    found: list[_Candidate] = []
    for separator in separators:
        rows, problem = _first_rows(text, separator, whole=whole)
        if problem:
            problems.append(f"line {problem.line}: {problem.cells[0]}, in the row that begins here")
        candidate = _header_candidate(separator, rows[1:] if named else rows, is_known, skip_lines)
        if candidate:
            found.append(candidate._replace(is_valid=not problem))
    best = max(found, key=lambda one: one.rank, default=None)
    # Quoted cells that end in one separator are malformed with the others.
    if problems and not (best and (best.known or (best.is_valid and best.consistent and best.width > 1))):
        raise InvalidData(f"{name} {problems[0]}")
    if best is None:
        raise InvalidData(f"{name} has no header: its columns have no names")
    return _dialect_of(best, rows_skipped=1 if named else 0)


def _first_rows(text: str, separator: str, *, whole: bool) -> tuple[list[_Row], _Row | None]:
    """Read the first rows of a CSV file with a separator; return them, and the row that cannot be read.

    The last row is left out if it may be cut off. Instead of its cells, the row that cannot be read has the
    problem.
    """
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True)
    rows: list[_Row] = []
    line = 1
    try:
        for cells in islice(reader, _ROWS):
            rows.append(_Row(line, tuple(cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        return rows, _Row(line, (str(error),))
    if not whole and len(rows) < _ROWS and len(rows) > 1:
        rows.pop()
    return rows, None


def _header_candidate(
    separator: str, rows: Sequence[_Row], is_known: Callable[[str], bool], skip_lines: int | None
) -> _Candidate | None:
    """Find the header among the first rows of a CSV file; return None if all rows are blank.

    It is the row with most known names of columns. If no name is known, it is the first row with as many
    cells as most rows have. With `skip_lines`, it is the first row below these lines.
    """
    indexes = [i for i, row in enumerate(rows) if not row.is_blank and row.line > (skip_lines or 0)]
    if not indexes:
        return None
    known = {i: sum(map(is_known, rows[i].cells)) for i in indexes}
    if skip_lines is not None:
        header = indexes[0]
    elif best := max(known.values()):
        header = next(i for i in indexes if known[i] == best)
    else:
        widths = [len(rows[i].cells) for i in indexes]
        usual = max(widths, key=lambda width: (widths.count(width), width))
        header = next(i for i in indexes if len(rows[i].cells) == usual)
    width = len(rows[header].cells)
    consistent = sum(len(row.cells) == width for row in rows[header + 1 :])
    return _Candidate(separator, rows, header, known[header], consistent, is_valid=True)


def _dialect_of(found: _Candidate, rows_skipped: int) -> Dialect:
    """Return the dialect of a CSV file; its header gets as many cells as the other rows have.

    Some programs end the header in a separator and other rows not, or the other way round.
    """
    row = found.rows[found.header]
    data = [one.cells for one in found.rows[found.header + 1 :] if one.cells]
    header, widths = row.cells, {len(cells) for cells in data}
    if widths == {len(header) - 1} and not header[-1].strip():
        header = header[:-1]
    elif widths == {len(header) + 1} and not any(cells[-1].strip() for cells in data):
        header = (*header, "")
    has_title = not all(one.is_blank for one in found.rows[: found.header])
    return Dialect(found.separator, rows_skipped + found.header, row.line, header, has_title)
