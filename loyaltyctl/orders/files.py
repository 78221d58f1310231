"""Files of orders: expand patterns, and detect the layout and the columns of each file by its first bytes."""

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
"""Number of bytes from which layout and columns are detected."""
MAX_LINE = 2_000_000
"""Maximum number of bytes of a line, or of an order over several lines; DuckDB's default for CSV."""
GZIP = "gzip"
_PARQUET = b"PAR1"
_REPLACED = "\N{REPLACEMENT CHARACTER}"


class Layout(StrEnum):
    """Layout of a file of orders."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"


_SUFFIXES = {".csv": Layout.CSV, ".tsv": Layout.TSV, ".jsonl": Layout.JSONL, ".ndjson": Layout.JSONL}
SEPARATORS = {Layout.CSV: ",", Layout.TSV: "\t"}


class OrderFile(NamedTuple):
    """File of orders: its layout, its columns, and the column of each field of an order.

    The columns of a Parquet file, and their types, are filled in by DuckDB.
    """

    path: Path
    layout: Layout
    packed: bool = False
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    columns: tuple[tuple[OrderField, str], ...] = ()

    @property
    def without_path(self) -> OrderFile:
        """Equal for all files that one query can read."""
        return self._replace(path=Path())

    def open(self) -> BinaryIO:
        """Open the file for its unpacked bytes."""
        return cast("BinaryIO", gzip.open(self.path) if self.packed else self.path.open("rb"))


def find(patterns: Sequence[str]) -> list[OrderFile]:
    """Return the files for paths and patterns such as `orders/*.csv`, each file once.

    Raises UsageError for a path that is no file, InvalidData for a file that has no orders.
    """
    paths = {path.resolve(): path for pattern in patterns for path in _matching(pattern)}
    return [_detected(path) for path in paths.values()]


def _matching(pattern: str) -> list[Path]:
    path = Path(pattern)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        found = sorted(map(Path, glob.glob(pattern, recursive=True))) if "\0" not in pattern else []  # noqa: PTH207 - the pattern may be absolute
        if found and found != [path]:  # a broken link matches its own name
            return [path for one in found for path in _matching(str(one))]
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {quoted(pattern)}: {reason.lower()}") from None
    if stat.S_ISDIR(mode):
        hint = f"Give its files, such as '{pattern.rstrip('/')}/*.csv'."
        raise UsageError(f"{quoted(pattern)} is a folder", hint=hint)
    if not stat.S_ISREG(mode):
        raise UsageError(f"{quoted(pattern)} is not a regular file", hint="Save the orders to a file first.")
    return [path]


def _detected(path: Path) -> OrderFile:
    name = str(path)
    with path.open("rb") as file:
        head = file.read(HEAD)
    packed = compression(head)
    if head.startswith(_PARQUET):
        return OrderFile(path, Layout.PARQUET)
    if packed not in (None, GZIP):
        raise InvalidData(f"{name} is packed ({packed})", hint="Unpack it, or pack it with gzip.")
    if packed:
        head = _unpacked_head(path)
    text = _decoded(head, name)
    if not text.strip():
        raise InvalidData(f"{name} is empty")
    suffix = Path(path.stem if packed else name).suffix.lower()
    layout = _SUFFIXES.get(suffix) or (Layout.JSONL if text.lstrip()[0] in "{[" else Layout.CSV)
    names = _members(text, name) if layout is Layout.JSONL else _header(text, name, SEPARATORS[layout])
    return OrderFile(path, layout, packed is not None, tuple(names))


def _unpacked_head(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read(HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidData(f"{path}: the gzip data is damaged: {error}") from None


def _decoded(head: bytes, name: str) -> str:
    """Return the text of the first bytes, with replaced bytes that are not UTF-8: the scan reports them."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return strict_json.decode(head, name)
    return strict_json.decode(head.decode(errors="replace").encode(), name)


def _header(text: str, name: str, separator: str) -> list[str]:
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        cells = next(row for row in reader if any(cell.strip() for cell in row))
    except (csv.Error, StopIteration) as error:
        raise InvalidData(f"{name} line 1: {error}, in the header that begins here") from None
    if reader.line_num == 1 and len(text) == HEAD and "\n" not in text:
        raise InvalidData(f"{name}: the header line is longer than {HEAD // 1024} KiB")
    if any(_REPLACED in cell for cell in cells):
        raise InvalidData(f"{name} line 1 is not UTF-8")
    return csv_text.header(cells, name, reader.line_num)


def _members(text: str, name: str) -> list[str]:
    """Return the members of the objects in the first lines, those of nested objects as `outer.inner`."""
    if text.lstrip()[0] == "[":
        hint = "Convert it to JSONL: jq -c '.[]' FILE"
        raise InvalidData(f"{name} is a JSON array; orders must be one JSON object per line", hint=hint)
    lines = text.splitlines()
    orders: list[Json] = []
    for number, line in enumerate(lines, start=1):
        if line.strip() and (number < len(lines) or number == 1):  # the last line may be cut off
            try:
                orders.append(strict_json.loads(line))
            except InvalidData as error:
                if number == 1:
                    raise InvalidData(f"{name} line 1 is not an order: {error.message}") from None
    return list(dict.fromkeys(path for order in orders for path in _paths(order)))


def _paths(value: Json, before: str = "") -> Iterator[str]:
    """Yield the paths of all values that are no objects."""
    if not isinstance(value, dict):
        if before:
            yield before
        return
    for name, inner in value.items():
        yield from _paths(inner, f"{before}.{name}" if before else name)
