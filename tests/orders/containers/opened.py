"""Open order files in tests, and read what DuckDB reads of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from loyaltyctl.orders.containers.opening import open_order_file
from loyaltyctl.orders.containers.readable import Layout, Options, Readable
from loyaltyctl.orders.engine import Engine
from loyaltyctl.orders.quoting import literal

if TYPE_CHECKING:
    from pathlib import Path


def decompress_zstd(path: Path, target: Path, source: str) -> None:
    """Decompress a Zstandard file of text by a DuckDB session."""
    engine = Engine([path, target])
    try:
        engine.decompress(path, target, source)
    finally:
        engine.close()


def opened(path: Path, folder: Path, **options: Any) -> Readable:
    """Open an order file; copies are written to the folder `copies` in `folder`."""
    copies = folder / "copies"
    copies.mkdir(exist_ok=True)
    return open_order_file(path, path.name, copies, Options(**options), decompress_zstd)


def rows(readable: Readable) -> list[tuple[Any, ...]]:
    """Return the rows that DuckDB reads from an opened order file, all columns as text."""
    path, compression = literal(str(readable.path)), literal(readable.compression)
    reader = {
        Layout.CSV: f"read_csv({path}, all_varchar=true, header=true, compression={compression})",
        Layout.JSONL: f"read_json({path}, format='newline_delimited', compression={compression})",
        Layout.PARQUET: f"read_parquet({path})",
    }[readable.layout]
    return duckdb.connect().execute(f"SELECT columns(*)::VARCHAR FROM {reader}").fetchall()
