"""Quote values, names and paths for SQL text.

DuckDB takes no parameters for names and settings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def literal(text: str) -> str:
    """Quote a text as an SQL string literal: `it's` becomes `'it''s'`."""
    return "'" + text.replace("'", "''") + "'"


def is_one_of(expression: str, values: Iterable[str]) -> str:
    """Return the SQL condition that an expression is one of `values`; quotes them, and ignores case."""
    # DuckDB converts both sides, since Python's lower() differs: it makes two characters of `İ`.
    return f"lower({expression}) IN ({', '.join(f'lower({literal(value)})' for value in values)})"


def identifier(text: str) -> str:
    """Quote the name of a column or a table as an SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def json_step(name: str) -> str:
    """Quote the name of a member as a step of a JSON path: `$.` and the steps, with dots between them."""
    return '"' + name.replace("\\", r"\\").replace('"', r"\"") + '"'


def path_literal(path: Path) -> str:
    """Quote a path as an SQL string literal for DuckDB's file readers, and escape its wildcards.

    The readers would expand wildcards, even in the name of an existing file such as `orders[1].csv`.
    """
    return literal(re.sub(r"([*?[])", r"[\1]", str(path)))


def select_list(columns: Mapping[str, str]) -> str:
    """Return the list after SELECT in SQL, from expressions by the names that they get."""
    return ", ".join(name if name == text else f"{text} AS {name}" for name, text in columns.items())
