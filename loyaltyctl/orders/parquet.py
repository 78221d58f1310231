"""Columns of Parquet order files, also inside structs, as SQL over DuckDB's reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.orders.quoting import identifier, path_literal

if TYPE_CHECKING:
    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.files import OrderFile

MAX_DEPTH = 8
"""Maximum depth of structs in a Parquet order file whose members are columns."""


class ParquetColumn(NamedTuple):
    """Column of a Parquet order file: its path, such as `total.amount`, its SQL, and its SQL type."""

    path: str
    sql: str
    kind: str


def parquet_columns(engine: Engine, file: OrderFile) -> list[ParquetColumn]:
    """Return the columns of a Parquet order file; a struct has its members as columns, not itself.

    A list of structs, `STRUCT(…)[]`, is one column.
    """
    source = f"read_parquet([{path_literal(file.readable.path)}])"
    rows = engine.rows(f"DESCRIBE FROM {source}")
    found = [ParquetColumn(name, identifier(name), kind) for name, kind, *_ in rows]
    for _ in range(MAX_DEPTH):
        structs = {one for one in found if one.kind.startswith("STRUCT(") and not one.kind.endswith("]")}
        if not structs:
            break
        found = [
            member for one in found for member in (_members(engine, source, one) if one in structs else [one])
        ]
    return found


def _members(engine: Engine, source: str, struct: ParquetColumn) -> list[ParquetColumn]:
    """Return the members of a struct in a Parquet order file as columns."""
    rows = engine.rows(f"DESCRIBE SELECT unnest({struct.sql}) FROM {source}")
    return [
        ParquetColumn(f"{struct.path}.{name}", f"{struct.sql}.{identifier(name)}", kind)
        for name, kind, *_ in rows
    ]
