"""Tables and records for a terminal: the only place that speaks Rich."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

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

_UNITS = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "min"))


def to_table(columns: Sequence[Column[T]], values: Sequence[T], terminal: Terminal) -> str:
    """A table with a header in capitals; on a narrow terminal text is cut, ids are not."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(
            column.name,
            no_wrap=True,
            overflow="fold" if column.whole else "ellipsis",
            min_width=_floor(column, values),
        )
    for value in values:
        table.add_row(*(_text(column, value, terminal) for column in columns))
    return _painted(table, terminal)


def to_record(columns: Sequence[Column[T]], value: T, terminal: Terminal) -> str:
    """One value over several lines: a name and what stands for it."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for column in columns:
        if column.cell(value) not in (None, ""):
            grid.add_row(column.name, _text(column, value, terminal))
    return _painted(grid, terminal)


def ago(moment: datetime, now: float) -> str:
    """How long ago a moment was: `3 d ago`."""
    seconds = now - moment.timestamp()
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now" if seconds >= 0 else "in the future"


def _floor(column: Column[T], values: Sequence[T]) -> int | None:
    """The least width of a column that may not be cut."""
    return max((len(str(column.cell(value))) for value in values), default=None) if column.whole else None


def _text(column: Column[T], value: T, terminal: Terminal) -> Text:
    cell = column.cell(value)
    text = ago(cell, terminal.now) if isinstance(cell, datetime) else visible(cell_text(cell))
    return Text(text, style=column.tone(value) if column.tone else "")


def _painted(table: Table, terminal: Terminal) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=terminal.width,
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
