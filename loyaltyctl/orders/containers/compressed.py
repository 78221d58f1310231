"""Decompress order files: gzip, bzip2 and xz by the standard library."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.containers.copies import CHUNK, copy_decompressed
from loyaltyctl.orders.containers.readable import HEAD
from loyaltyctl.orders.containers.signatures import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO


def decompressed_head(path: Path, source: str) -> bytes:
    """Return the first bytes of a gzipped order file, decompressed. Raises InvalidData if it is damaged."""
    with _open(path, Kind.GZIP, source) as file:
        return file.read(HEAD)


def decompress(path: Path, kind: Kind, source: str, folder: Path) -> Path:
    """Write the decompressed data of an order file to a copy, and return its path.

    Raises InvalidData if the data is damaged, cut off, or a bomb.
    """
    return copy_decompressed(_chunks(path, kind, source), folder, source, path.stat().st_size)


def _chunks(path: Path, kind: Kind, source: str) -> Iterator[bytes]:
    """Yield the decompressed data of an order file. Raises InvalidData if it is damaged."""
    with _open(path, kind, source) as file:
        yield from iter(lambda: file.read(CHUNK), b"")


@contextmanager
def _open(path: Path, kind: Kind, source: str) -> Iterator[BinaryIO]:
    """Open a compressed order file to read decompressed bytes; its damages raise InvalidData in the block."""
    try:
        with path.open("rb") as packed:
            yield _decompressor(packed, kind)
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        problem = "is cut off" if isinstance(error, EOFError) else "is damaged"
        raise InvalidData(f"{source}: the {kind.value} data {problem}", hint="Export it again.") from None
    except OSError as error:
        if error.errno is not None:  # an error of the disk
            raise
        # bz2 raises a plain OSError for invalid data.
        raise InvalidData(f"{source}: the {kind.value} data is damaged", hint="Export it again.") from None


def _decompressor(packed: BinaryIO, kind: Kind) -> BinaryIO:
    """Return the file of decompressed bytes for a compressed order file."""
    if kind is Kind.GZIP:
        return cast("BinaryIO", gzip.GzipFile(fileobj=packed))
    if kind is Kind.BZIP2:
        return cast("BinaryIO", bz2.BZ2File(packed))
    return cast("BinaryIO", lzma.LZMAFile(packed))
