"""Find order files by path or pattern, and detect the layout and columns of each from its first bytes."""

from __future__ import annotations

import codecs
import csv
import glob
import gzip
import io
import stat
import zlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake import csv_text, strict_json
from loyaltyctl.intake.documents import compression
from loyaltyctl.intake.values import Json, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from loyaltyctl.contract.order_fields import OrderField

HEAD = 256 * 1024
"""Number of bytes of an order file that are read to detect its layout and columns."""
MAX_LINE = 2_000_000
"""Maximum size in bytes of a line of an order file, or of a CSV row that spans lines.

It is the default of DuckDB's CSV reader. `records` has the same limit, so that both reject the same rows.
"""
GZIP = "gzip"
_PARQUET = b"PAR1"
"""First bytes of a Parquet file."""
_REPLACED = "\N{REPLACEMENT CHARACTER}"


class Layout(StrEnum):
    """Layout of an order file, plain or gzipped."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"


_SUFFIXES = {".csv": Layout.CSV, ".tsv": Layout.TSV, ".jsonl": Layout.JSONL, ".ndjson": Layout.JSONL}
SEPARATORS = {Layout.CSV: ",", Layout.TSV: "\t"}


class OrderFile(NamedTuple):
    """Order file: its path, its layout, its columns, and the column of each field of an order.

    `OrderTable` fills in the names and types of the columns of a Parquet file: only DuckDB can read them.
    """

    path: Path
    layout: Layout
    gzipped: bool = False
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    columns: tuple[tuple[OrderField, str], ...] = ()
    lines_before_header: int = 0
    """Number of blank lines before the header of a CSV file."""

    @property
    def without_path(self) -> OrderFile:
        """The order file with an empty path. One query reads all files that differ only in their paths."""
        return self._replace(path=Path())

    def open(self) -> BinaryIO:
        """Open the order file to read its bytes, decompressed."""
        return cast("BinaryIO", gzip.open(self.path) if self.gzipped else self.path.open("rb"))


def find(patterns: Sequence[str]) -> list[OrderFile]:
    """Return the order files for paths and patterns such as `orders/*.csv`, each file once.

    Raises UsageError for a path that is not a regular file, InvalidData for a file that is empty or does
    not begin as an order file.
    """
    # Two patterns or links may find the same file. Paths are resolved, so that its orders count only once.
    paths = {path.resolve(): path for pattern in patterns for path in _matching(pattern)}
    return [_detected(path) for path in paths.values()]


def _matching(pattern: str) -> list[Path]:
    """Return the paths of the order files that a pattern matches; a path that exists matches only itself."""
    # The path itself comes first: a file may be named `orders[1].csv`, as browsers name a second download.
    path = Path(pattern)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        found = sorted(map(Path, glob.glob(pattern, recursive=True))) if "\0" not in pattern else []  # noqa: PTH207 - the pattern may be absolute
        if found and found != [path]:  # a broken symbolic link matches its own name: endless recursion
            return [path for one in found for path in _matching(str(one))]
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {quoted(pattern)}: {reason.lower()}") from None
    if stat.S_ISDIR(mode):
        hint = f"Give its files, such as '{pattern.rstrip('/')}/*.csv'."
        raise UsageError(f"{quoted(pattern)} is a folder", hint=hint)
    # A pipe can be read only once, but an order file is read several times: to detect its layout, by the
    # scan, and to locate faults.
    if not stat.S_ISREG(mode):
        raise UsageError(f"{quoted(pattern)} is not a regular file", hint="Save the orders to a file first.")
    return [path]


def _detected(path: Path) -> OrderFile:
    """Detect the layout and the columns of the order file at `path`, and return the file with them."""
    name = str(path)
    with path.open("rb") as file:
        head = file.read(HEAD)
    method = compression(head)
    if head.startswith(_PARQUET):
        return OrderFile(path, Layout.PARQUET)
    if method not in (None, GZIP):
        raise InvalidData(f"{name} is packed ({method})", hint="Unpack it, or pack it with gzip.")
    if method:
        head = _decompressed_head(path)
    text = _decoded(head, name)
    if not text.strip():
        raise InvalidData(f"{name} is empty")
    suffix = Path(path.stem if method else name).suffix.lower()
    layout = _SUFFIXES.get(suffix) or (Layout.JSONL if text.lstrip()[0] in "{[" else Layout.CSV)
    found = OrderFile(path, layout, method is not None)
    if layout is Layout.JSONL:
        return found._replace(names=tuple(_json_columns(text, name)))
    names, lines_before = _csv_header(text, name, SEPARATORS[layout])
    return found._replace(names=tuple(names), lines_before_header=lines_before)


def _decompressed_head(path: Path) -> bytes:
    """Return the first bytes of a gzipped order file, decompressed."""
    try:
        with gzip.open(path, "rb") as file:
            return file.read(HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidData(f"{path}: the gzip data is damaged: {error}") from None


def _decoded(head: bytes, name: str) -> str:
    """Decode the first bytes of an order file.

    Bytes that are not UTF-8 are replaced, since the scan reports them with their line. Raises InvalidData
    for UTF-16.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return strict_json.decode(head, name)  # raises the error for UTF-16
    return strict_json.decode(head.decode(errors="replace").encode(), name)


def _csv_header(text: str, name: str, separator: str) -> tuple[list[str], int]:
    """Detect the columns of a CSV order file from its first bytes, and count the lines before its header.

    The header is the first row that is not blank.
    """
    # Python's default limit is 131,072 characters per cell, less than DuckDB accepts.
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines_before = 0
    try:
        cells = next(reader)
        while not any(map(str.strip, cells)):
            lines_before = reader.line_num
            cells = next(reader)
    except csv.Error as error:
        line = lines_before + 1
        raise InvalidData(f"{name} line {line}: {error}, in the header that begins here") from None
    except StopIteration:
        raise InvalidData(f"{name} has no header: its columns have no names") from None
    if reader.line_num == 1 and len(text) == HEAD and "\n" not in text:
        raise InvalidData(f"{name}: the header line is longer than {HEAD // 1024} KiB")
    if any(_REPLACED in cell for cell in cells):
        raise InvalidData(f"{name} line {lines_before + 1} is not UTF-8")
    return csv_text.header(cells, name, reader.line_num), lines_before


def _json_columns(text: str, name: str) -> list[str]:
    """Detect the columns of a JSONL order file from its first bytes, such as `outer.inner`."""
    if text.lstrip()[0] == "[":
        hint = "Convert it to JSONL: jq -c '.[]' FILE"
        raise InvalidData(f"{name} is a JSON array; orders must be one JSON object per line", hint=hint)
    orders: list[Json] = []
    # Not splitlines(): a JSON text may contain other line separators, such as U+2028.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                orders.append(strict_json.loads(line))
            except InvalidData as error:
                # In later lines this is ignored: the scan reports malformed lines, and the last line may be
                # cut off after HEAD bytes.
                if number == 1:
                    raise InvalidData(f"{name} line 1 is not an order: {error.message}") from None
    return list(dict.fromkeys(path for order in orders for path in _json_member_paths(order)))


def _json_member_paths(value: Json, before: str = "") -> Iterator[str]:
    """Detect the columns in one of the first orders of a JSONL order file: `{"a": {"b": 1}} -> "a.b"`."""
    if not isinstance(value, dict):
        if before:
            yield before
        return
    for name, inner in value.items():
        yield from _json_member_paths(inner, f"{before}.{name}" if before else name)
