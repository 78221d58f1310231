"""Tables and records for a terminal, laid out by Rich."""

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
LEAST = 60
"""A record is never narrower, so that an id stays on one line."""
ROOMY = 14
"""A column this wide can still be read; what is beyond it may be cut."""
CLOCKS_DIFFER = 60
"""Seconds by which the server's clock may be ahead without anybody wondering."""
_UNITS = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "min"))


def to_table(columns: Sequence[Column[T]], values: Sequence[T], terminal: Terminal) -> str:
    """A table with a header in capitals; on a narrow terminal text is cut, ids are not."""
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    texts = [[_text(column, value, terminal) for value in values] for column in columns]
    widths = _widths(columns, texts, terminal.width)
    for number, width in widths.items():
        table.add_column(columns[number].name, width=width, no_wrap=True, overflow="ellipsis")
        table.columns[-1].justify = "right" if columns[number].right else "left"
    for row in zip(*(texts[number] for number in widths), strict=True):
        table.add_row(*row)
    return _painted(table, terminal, sum(widths.values()) + GAP * len(widths))


def to_record(columns: Sequence[Column[T]], value: T, terminal: Terminal) -> str:
    """One value over several lines: a name and what stands for it."""
    grid = Table.grid(padding=(0, GAP, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for column in columns:
        if column.cell(value) not in (None, ""):
            grid.add_row(column.name, _text(column, value, terminal))
    return _painted(grid, terminal, max(terminal.width, LEAST))


def ago(moment: datetime, now: float) -> str:
    """How long ago a moment was: `3 d ago`."""
    seconds = now - moment.timestamp()
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now" if seconds >= -CLOCKS_DIFFER else "in the future"


def _widths(columns: Sequence[Column[T]], texts: Sequence[Sequence[Text]], room: int) -> dict[int, int]:
    """The width of each column that has a place, by its number: two columns may have the same name.

    The less important ones are left out, and wide ones cut.
    """
    widths = {
        number: max(column.least, cell_len(column.name), *(text.cell_len for text in texts[number]))
        for number, column in enumerate(columns)
    }
    kept = [*widths]
    while (last := max(kept, key=lambda number: columns[number].rank, default=None)) is not None:
        least = sum(
            widths[number] if columns[number].whole else min(widths[number], ROOMY) for number in kept
        )
        if not columns[last].rank or least + GAP * len(kept) <= room:
            break
        kept.remove(last)
    excess = sum(widths[number] + GAP for number in kept) - room
    for number in sorted(kept, key=lambda number: -widths[number]):
        if not columns[number].whole and excess > 0:
            cut = min(excess, max(widths[number] - max(ROOMY, len(columns[number].name)), 0))
            widths[number] -= cut
            excess -= cut
    return {number: widths[number] for number in kept}


def _text(column: Column[T], value: T, terminal: Terminal) -> Text:
    cell = column.cell(value)
    text = ago(cell, terminal.now) if isinstance(cell, datetime) else visible(cell_text(cell))
    return Text(text, style=column.tone(value) if column.tone else "")


def _painted(table: Table, terminal: Terminal, width: int) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=terminal.color,
        color_system="standard" if terminal.color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())
