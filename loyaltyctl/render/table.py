"""Format values as tables and records for a terminal, with Rich."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loyaltyctl.render.selection import cell_text
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.render.terminal import Terminal
    from loyaltyctl.render.views import Column

T = TypeVar("T")

GAP = 2
MIN_RECORD = 60
"""Minimum width of a record: a single value with one line per field. An id fits on one line."""
READABLE = 14
"""Minimum width of a truncated column."""
CLOCK_SKEW = 60
"""Tolerance in seconds for a server clock that is ahead: a time within it is shown as `just now`."""
_UNITS = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "min"))


def to_table(columns: Sequence[Column[T]], values: Sequence[T], terminal: Terminal) -> str:
    """Format values as a table with a header; on a narrow terminal, columns are dropped or truncated."""
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    texts = [[_cell_as_rich_text(column, value, terminal) for value in values] for column in columns]
    widths = _column_widths(columns, texts, terminal.width)
    for number, width in widths.items():
        table.add_column(columns[number].name, width=width, no_wrap=True, overflow="ellipsis")
        table.columns[-1].justify = "right" if columns[number].right else "left"
    for row in zip(*(texts[number] for number in widths), strict=True):
        table.add_row(*row)
    return _print_to_text(table, terminal, sum(widths.values()) + GAP * len(widths))


def to_record(columns: Sequence[Column[T]], value: T, terminal: Terminal) -> str:
    """Format one value as a record, a table with a line for each column: its name and its cell."""
    grid = Table.grid(padding=(0, GAP, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for column in columns:
        if column.cell(value) not in (None, ""):
            grid.add_row(column.name, _cell_as_rich_text(column, value, terminal))
    return _print_to_text(grid, terminal, max(terminal.width, MIN_RECORD))


def relative_time(time: datetime, now: float) -> str:
    """Format a time for a cell of a table, relative to `now`: `3 d ago`."""
    seconds = now - time.timestamp()
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now" if seconds >= -CLOCK_SKEW else "in the future"


def _column_widths(
    columns: Sequence[Column[T]], texts: Sequence[Sequence[Text]], available: int
) -> dict[int, int]:
    """Choose the columns of a table that fit into `available` characters; return widths by column number.

    Columns with the highest rank are dropped first; then the widest columns are truncated.
    """
    # By number and not by name: two columns may have the same name.
    widths = {
        number: max(column.min_width, cell_len(column.name), *(text.cell_len for text in texts[number]))
        for number, column in enumerate(columns)
    }
    kept = [*widths]
    while (last := max(kept, key=lambda number: columns[number].rank, default=None)) is not None:
        least = sum(
            widths[number] if columns[number].whole else min(widths[number], READABLE) for number in kept
        )
        if not columns[last].rank or least + GAP * len(kept) <= available:
            break
        kept.remove(last)
    excess = sum(widths[number] + GAP for number in kept) - available
    for number in sorted(kept, key=lambda number: -widths[number]):
        if not columns[number].whole and excess > 0:
            cut = min(excess, max(widths[number] - max(READABLE, len(columns[number].name)), 0))
            widths[number] -= cut
            excess -= cut
    return {number: widths[number] for number in kept}


def _cell_as_rich_text(column: Column[T], value: T, terminal: Terminal) -> Text:
    """Return the cell of a table for a value, as Rich text in the color of the column."""
    cell = column.cell(value)
    text = relative_time(cell, terminal.now) if isinstance(cell, datetime) else visible(cell_text(cell))
    return Text(text, style=column.color(value) if column.color else "")


def _print_to_text(table: Table, terminal: Terminal, width: int) -> str:
    """Print a Rich table to text, without the spaces at the ends of lines."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=terminal.color,
        # The 16 standard colors follow the theme of the terminal; other colors would not.
        color_system="standard" if terminal.color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},  # Rich reads COLUMNS, NO_COLOR and others itself: `terminal` has already decided
    )
    console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())
