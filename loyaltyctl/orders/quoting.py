"""Quote values, names and paths for SQL text.

DuckDB takes no parameters for names and settings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def literal(text: str) -> str:
    """Return `text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def is_one_of(expression: str, values: Iterable[str]) -> str:
    """Return the SQL condition that an expression has one of `values`, which are quoted; case is ignored."""
    # DuckDB converts both sides: upper() is not the same in Python, which makes two letters of `ß`.
    return f"lower({expression}) IN ({', '.join(f'lower({literal(value)})' for value in values)})"


def identifier(text: str) -> str:
    """Return `text` as a quoted SQL identifier, the name of a column or a table."""
    return '"' + text.replace('"', '""') + '"'


def path_literal(path: Path) -> str:
    """Return `path` as an SQL string literal for a DuckDB reader, with wildcards escaped.

    A reader expands wildcards, also in the name of a file such as `orders[1].csv`.
    """
    return literal(re.sub(r"([*?[])", r"[\1]", str(path)))
