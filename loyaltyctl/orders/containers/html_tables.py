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

    Raises InvalidData if there is no table: often the page is a login form or an error of the shop system.
    """
    if path.stat().st_size > MAX_BYTES:
        message = f"{source}: an HTML page of more than {MAX_BYTES // 1024**2} MiB"
        raise InvalidData(message, hint="Open it in a spreadsheet program and save it as CSV or .xlsx.")
    parser = _TableParser()
    with path.open(encoding="utf-8-sig") as file:
        while chunk := file.read(_CHUNK):
            parser.feed(chunk)
    parser.close()
    parser.end_table()
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
        self._span = 1
        self._hidden = False

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
            self._rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            span = dict(attrs).get("colspan") or ""
            self._span = int(span) if re.fullmatch("[1-9][0-9]{0,3}", span) else 1
            self._cell = []
        else:
            self._add(" " if tag in ("br", "p", "div") else "")

    def handle_endtag(self, tag: str) -> None:
        """Handle an end tag of the HTML page."""
        if tag == "table":
            if self._depth == 1:
                self.end_table()
            self._depth = max(self._depth - 1, 0)
        elif tag in ("script", "style"):
            self._hidden = False
        elif tag in ("td", "th", "tr") and self._depth <= 1:
            self._end_cell()

    def handle_data(self, data: str) -> None:
        """Collect the text of a cell of the HTML table."""
        if not self._hidden:
            self._add(data)

    def end_table(self) -> None:
        """End a table of the HTML page, and keep it if it is the largest so far."""
        self._end_cell()
        rows = [row for row in self._rows if row]
        self.largest = max(self.largest, rows, key=len)
        self._rows = []

    def _add(self, text: str) -> None:
        """Add text to the cell of the HTML table that is open."""
        if self._cell is not None:
            self._cell.append(text)

    def _end_cell(self) -> None:
        """End the cell of the HTML table that is open; one that spans columns is followed by blank ones."""
        if self._cell is not None:
            if not self._rows:
                self._rows.append([])
            self._rows[-1] += [" ".join("".join(self._cell).split()), *[""] * (self._span - 1)]
        self._cell = None
