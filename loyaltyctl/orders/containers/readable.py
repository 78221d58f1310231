"""Types of this package: a readable order file, its layout, and the options to open it."""

from __future__ import annotations

import gzip
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

HEAD = 256 * 1024
"""Number of bytes of an order file that are read to recognize its container and encoding."""
MAX_LINE = 2_000_000
"""Maximum size in bytes of a line of an order file, or of a CSV row that spans lines.

It is the default of DuckDB's CSV reader. The readers in Python have the same limit, so that both reject the
same rows; for an order in a JSON file that is not JSONL, it is in characters.
"""
GZIP = "gzip"
ZSTD = "zstd"
UNCOMPRESSED = "uncompressed"


class Layout(StrEnum):
    """Layout of a readable order file. CSV stands for any separator."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class Options(NamedTuple):
    """Options of the command line that concern how order files are opened."""

    encoding: str | None = None
    """Name of a Python codec; None to detect the encoding."""
    records: str | None = None
    """Path of the list of orders in a JSON file, such as `data.orders`, or the sheet of a workbook."""
    names: frozenset[str] = frozenset()
    """Normalized names of columns of orders, by which the sheets with orders are found in a workbook."""


class Readable(NamedTuple):
    """A file that DuckDB reads: the order file itself, or a converted copy of it."""

    source: str
    """The order file as the user named it, for messages."""
    path: Path
    layout: Layout
    compression: str = UNCOMPRESSED
    """DuckDB's name of the compression: `uncompressed` or `gzip`."""
    unit: str = "line"
    """Unit of the numbers of records in messages: `line`, `row` (Parquet, sheets) or `order` (JSON lists)."""
    notes: tuple[str, ...] = ()
    """Clauses for the user about the way in which the file was read."""
    kinds: tuple[str, ...] = ()
    """The kinds of the containers in each other, the outer one first: `gzip`, `text`."""
    encoding: str | None = None
    """The encoding of the text; None if the file has none, as Parquet."""

    def open(self) -> BinaryIO:
        """Open the file to read its bytes, decompressed."""
        return cast("BinaryIO", gzip.open(self.path) if self.compression == GZIP else self.path.open("rb"))
