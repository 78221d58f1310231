"""Quote values, names and paths for SQL text.

DuckDB takes no parameters for names and settings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def literal(text: str) -> str:
    """Return `text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(text: str) -> str:
    """Return `text` as a quoted SQL identifier, the name of a column or a table."""
    return '"' + text.replace('"', '""') + '"'


def path_literal(path: Path) -> str:
    """Return `path` as an SQL string literal for a DuckDB reader, with wildcards escaped.

    A reader expands wildcards, also in the name of a file such as `orders[1].csv`.
    """
    return literal(re.sub(r"([*?[])", r"[\1]", str(path)))
