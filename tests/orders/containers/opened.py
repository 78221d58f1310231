"""Open order files in tests, and read what DuckDB reads of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.containers.opening import open_order_file
from loyaltyctl.orders.containers.readable import Layout, Options, Readable
from loyaltyctl.orders.quoting import literal

if TYPE_CHECKING:
    from pathlib import Path

_ZSTD_OPTIONS = (
    "columns={'line': 'VARCHAR'}, auto_detect=false, header=false, delim='\x01\x02\x03\x04', quote='', escape='', "
    "compression='zstd', strict_mode=false, parallel=false, force_not_null=['line']"
)


def decompress_zstd(source: Path, target: Path) -> None:
    """Decompress lines of UTF-8 by DuckDB: line ends become LF, and all other bytes stay as they are.

    Raises InvalidData if the data is damaged.
    """
    lines = f"SELECT line FROM read_csv({literal(str(source))}, {_ZSTD_OPTIONS})"
    options = "FORMAT csv, header false, quote '', escape '', delim '\x01\x02\x03\x04'"
    try:
        duckdb.connect().execute(f"COPY ({lines}) TO {literal(str(target))} ({options})")
    except duckdb.Error:
        raise InvalidData("the Zstandard data is damaged", hint="Export it again.") from None


def opened(path: Path, folder: Path, **options: str) -> Readable:
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
