"""SQL that reads a file of text as lines: each line is one value, whatever is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.orders.containers.readable import MAX_LINE
from loyaltyctl.orders.quoting import literal, path_literal

if TYPE_CHECKING:
    from pathlib import Path

# A separator that no text has makes each line one cell. One of a single byte could be in a text.
_FORMAT = {"header": "false", "delim": r"E'\x01\x02\x03\x04'", "quote": "''", "escape": "''"}
LINE_FORMAT = ", ".join(f"{name} {value}" for name, value in _FORMAT.items())
"""Options of DuckDB's COPY that write each value of one column as a line."""


def lines(path: Path, compression: str, *, skip_unreadable: bool = False) -> str:
    """Return the SQL table function whose column `line` has the lines of a file of UTF-8 text.

    Lines that are longer than MAX_LINE, or are not UTF-8, are skipped or make the query fail.
    """
    options = {
        **_FORMAT,
        "columns": "{'line': 'VARCHAR'}",
        "auto_detect": "false",
        "strict_mode": "false",
        "ignore_errors": str(skip_unreadable).lower(),
        "max_line_size": str(MAX_LINE),
        "compression": literal(compression),
    }
    listed = ", ".join(f"{name}={value}" for name, value in options.items())
    return f"read_csv([{path_literal(path)}], {listed})"
