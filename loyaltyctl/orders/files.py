"""Files of orders: which ones are meant, and what each one is, told by its first bytes."""

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
from loyaltyctl.intake.documents import packing
from loyaltyctl.intake.values import Json, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from loyaltyctl.orders.fields import OrderField

HEAD = 256 * 1024
"""Bytes that are enough to tell what a file is, and which columns it has."""
MAX_LINE = 2_000_000
"""Bytes of a line, or of an order over several; the engine's limit."""
GZIP = "gzip"
_PARQUET = b"PAR1"
REPLACED = "\N{REPLACEMENT CHARACTER}"


class Layout(StrEnum):
    """How orders are written."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"


_SUFFIXES = {".csv": Layout.CSV, ".tsv": Layout.TSV, ".jsonl": Layout.JSONL, ".ndjson": Layout.JSONL}
SEPARATORS = {Layout.CSV: ",", Layout.TSV: "\t"}


class OrderFile(NamedTuple):
    """A file of orders: its layout, the names of its columns, and what they say of an order.

    Of Parquet the engine knows the columns, and their types.
    """

    path: Path
    layout: Layout
    packed: bool = False
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    columns: tuple[tuple[OrderField, str], ...] = ()

    @property
    def alike(self) -> OrderFile:
        """The same for all files that can be read as one."""
        return self._replace(path=Path())

    def open(self) -> BinaryIO:
        """The file's bytes, unpacked."""
        return cast("BinaryIO", gzip.open(self.path) if self.packed else self.path.open("rb"))


def find(patterns: Sequence[str]) -> list[OrderFile]:
    """The files that paths and patterns such as `orders/*.csv` stand for, each once.

    Raises UsageError where there is none, InvalidData where one is no file of orders.
    """
    paths = {path.resolve(): path for pattern in patterns for path in _matching(pattern)}
    return [_told(path) for path in paths.values()]


def _matching(pattern: str) -> list[Path]:
    path = Path(pattern)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        found = sorted(map(Path, glob.glob(pattern, recursive=True))) if "\0" not in pattern else []  # noqa: PTH207 - the pattern may be absolute
        if found and found != [path]:  # a link that leads nowhere is found by its own name
            return [path for one in found for path in _matching(str(one))]
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {quoted(pattern)}: {reason.lower()}") from None
    if stat.S_ISDIR(mode):
        raise UsageError(
            f"{quoted(pattern)} is a folder", hint=f"Give its files, such as '{pattern.rstrip('/')}/*.csv'."
        )
    if not stat.S_ISREG(mode):
        raise UsageError(f"{quoted(pattern)} is not a file on disk", hint="Save the orders to a file first.")
    return [path]


def _told(path: Path) -> OrderFile:
    """What the file at `path` is."""
    name = str(path)
    with path.open("rb") as file:
        head = file.read(HEAD)
    packed = packing(head)
    if head.startswith(_PARQUET):
        return OrderFile(path, Layout.PARQUET)
    if packed not in (None, GZIP):
        raise InvalidData(f"{name} is packed ({packed})", hint="Unpack it, or pack it with gzip.")
    if packed:
        head = _unpacked(path)
    text = _decoded(head, name)
    if not text.strip():
        raise InvalidData(f"{name} is empty")
    suffix = Path(path.stem if packed else name).suffix.lower()
    layout = _SUFFIXES.get(suffix) or (Layout.JSONL if text.lstrip()[0] in "{[" else Layout.CSV)
    names = _fields(text, name) if layout is Layout.JSONL else _header(text, name, SEPARATORS[layout])
    return OrderFile(path, layout, packed is not None, tuple(names))


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read(HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidData(f"{path}: the gzip data is damaged: {error}") from None


def _decoded(head: bytes, name: str) -> str:
    """The text of the first bytes; lines that are not UTF-8 are for the scan to find."""
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
    if any(REPLACED in cell for cell in cells):
        raise InvalidData(f"{name} line 1 is not UTF-8")
    return csv_text.header(cells, name, reader.line_num)


def _fields(text: str, name: str) -> list[str]:
    """The names of fields in the first lines, those inside objects as `outer.inner`."""
    if text.lstrip()[0] == "[":
        raise InvalidData(
            f"{name} is a JSON array, not an order a line", hint="Make it JSONL: jq -c '.[]' FILE"
        )
    lines = text.splitlines()
    orders: list[Json] = []
    for number, line in enumerate(lines, start=1):
        if line.strip() and (number < len(lines) or number == 1):
            try:
                orders.append(strict_json.loads(line))
            except InvalidData as error:
                if number == 1:
                    raise InvalidData(f"{name} line 1 is not an order: {error.message}") from None
    return list(dict.fromkeys(path for order in orders for path in paths(order)))


def paths(value: Json, before: str = "") -> Iterator[str]:
    """The paths of everything in `value` that is not an object itself."""
    if not isinstance(value, dict):
        if before:
            yield before
        return
    for name, inner in value.items():
        yield from paths(inner, f"{before}.{name}" if before else name)
