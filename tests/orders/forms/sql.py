"""Evaluation of the SQL of forms in DuckDB, for comparison with Python."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence


@cache
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def select(expressions: str, texts: Sequence[str], currencies: Sequence[str] | None = None) -> list[Any]:
    """Return the rows of a query over a table with the columns `text` and `currency`."""
    rows = [[*texts], [*(currencies or [""] * len(texts))]]
    source = "(SELECT unnest(?::VARCHAR[]) AS text, unnest(?::VARCHAR[]) AS currency)"
    return connection().execute(f"SELECT {expressions} FROM {source}", rows).fetchall()  # noqa: S608 - ours
