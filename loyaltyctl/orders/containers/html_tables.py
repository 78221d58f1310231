"""Read the table of an HTML page, which old shop systems write as .xls.

Runs in a process of its own (`table_process`): malformed HTML can cost quadratic time.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.containers.workbooks import Table

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of an HTML page."""
_CHUNK = 1 << 20


def read_html_table(path: Path, source: str) -> Table:
    """Return the rows of the largest table of an HTML page. The file must be UTF-8, whatever it declares.

    Raises InvalidData if a table is cut off, or if there is none: often the page is a login form or an error
    of the shop system.
    """
    if path.stat().st_size > MAX_BYTES:
        message = f"{source}: an HTML page of more than {MAX_BYTES // 1024**2} MiB"
        raise InvalidData(message, hint="Open it in a spreadsheet program and save it as CSV or .xlsx.")
    parser = _TableParser()
    with path.open(encoding="utf-8-sig") as file:
        while chunk := file.read(_CHUNK):
            parser.feed(chunk)
    parser.close()
    if parser.is_open:
        message = f"{source}: the HTML page is cut off: its table has no end"
        hint = "Export it again, or open it in a spreadsheet program and save it as CSV or .xlsx."
        raise InvalidData(message, hint=hint)
    if not parser.largest:
        message = f"{source} is an HTML page without a table"
        raise InvalidData(message, hint="Open it: it may be a login form or an error. Then export again.")
    return Table(lambda: parser.largest, "the table in the HTML page")


class _TableParser(HTMLParser):
    """HTML parser that keeps the table with the most rows. A table inside a cell is text of the cell."""

    def __init__(self) -> None:
        super().__init__()
        self.largest: list[list[str]] = []
        self._rows: list[list[str]] = []
        self._depth = 0
        self._cell: list[str] | None = None
        self._width = self._height = 1
        """Numbers of columns and rows that the open cell spans."""
        self._taken: set[int] = set()
        """Columns of this row that cells of the rows above span."""
        self._below: dict[int, int] = {}
        """Number of the next rows that cells span, by column."""
        self._hidden = False

    @property
    def is_open(self) -> bool:
        """Whether a table of the HTML page has begun and not ended."""
        return self._depth > 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Handle a start tag of the HTML page."""
        if tag == "table":
            self._depth += 1
        elif tag in ("script", "style"):
            self._hidden = True
        if self._depth > 1:
            self._add(" ")
        elif tag == "tr":
            self._end_cell()
            self._begin_row()
        elif tag in ("td", "th"):
            self._end_cell()
            self._width, self._height = _span(attrs, "colspan"), _span(attrs, "rowspan")
            self._cell = []
        else:
            self._add(" " if tag in ("br", "p", "div") else "")

    def handle_endtag(self, tag: str) -> None:
        """Handle an end tag of the HTML page."""
        if tag in ("table", "body", "html"):
            depth = self._depth - 1 if tag == "table" else 0
            if depth <= 0:
                self._end_table()
            self._depth = max(depth, 0)
        elif tag in ("script", "style"):
            self._hidden = False
        elif tag in ("td", "th", "tr") and self._depth <= 1:
            self._end_cell()

    def handle_data(self, data: str) -> None:
        """Collect the text of a cell of the HTML table."""
        if not self._hidden:
            self._add(data)

    def _end_table(self) -> None:
        """End a table of the HTML page, and keep it if it is the largest so far."""
        self._end_cell()
        rows = [row for row in self._rows if row]
        self.largest = max(self.largest, rows, key=len)
        self._rows = []
        self._taken, self._below = set(), {}

    def _begin_row(self) -> None:
        """Begin a row of the HTML table."""
        self._rows.append([])
        self._taken = {*self._below}
        self._below = {column: rows - 1 for column, rows in self._below.items() if rows > 1}

    def _add(self, text: str) -> None:
        """Add text to the cell of the HTML table that is open."""
        if self._cell is not None:
            self._cell.append(text)

    def _end_cell(self) -> None:
        """End the cell of the HTML table that is open; the other cells that it spans are blank."""
        if self._cell is not None:
            if not self._rows:
                self._begin_row()
            row = self._rows[-1]
            while len(row) in self._taken:
                row.append("")
            if self._height > 1:
                spanned = range(len(row), len(row) + self._width)
                self._below |= dict.fromkeys(spanned, self._height - 1)
            row += [" ".join("".join(self._cell).split()), *[""] * (self._width - 1)]
        self._cell = None


def _span(attrs: list[tuple[str, str | None]], name: str) -> int:
    """Return the number of columns or rows that a cell of an HTML table spans, by the attribute `name`."""
    text = dict(attrs).get(name) or ""
    return int(text) if re.fullmatch("[1-9][0-9]{0,3}", text) else 1
