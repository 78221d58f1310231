"""Check that a Zstandard file of orders is complete: DuckDB reads one that was cut off without an error.

The sizes of all frames and blocks are read, and nothing is decompressed (RFC 8878):

    frame   magic, descriptor, window, dictionary, content size, blocks, sum
    block   3 bytes: last (1 bit), type (2 bits), size (21 bits); then the data
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_FRAME = b"\x28\xb5\x2f\xfd"
_SKIPPED_FRAME = b"\x2a\x4d\x18"
"""Magic number of a frame with data of other programs, behind its first byte (0x50 to 0x5f)."""
_ONE_SEGMENT, _HAS_SUM = 0x20, 0x04
"""Flags of the descriptor of a frame."""
_DICTIONARY_SIZES = (0, 1, 2, 4)
_CONTENT_SIZES = (0, 2, 4, 8)
_REPEATED_BYTE, _RESERVED = 1, 3
"""Types of blocks: one byte that is repeated, and a type that does not exist."""


def check_complete(path: Path, source: str) -> None:
    """Check that all frames of a Zstandard file of orders are complete. Raises InvalidData if not."""
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            while file.tell() < size:
                _skip_frame(file)
        except ValueError as error:
            message = f"{source}: the Zstandard data {error}"
            raise InvalidData(message, hint="Export or download it again.") from None
        if file.tell() > size:
            message = f"{source}: the Zstandard data is cut off"
            raise InvalidData(message, hint="Export or download it again.")


def _skip_frame(file: BinaryIO) -> None:
    """Move behind a frame of a Zstandard file. Raises ValueError if it is malformed or ends in a header."""
    magic = _read(file, 4)
    if magic[1:] == _SKIPPED_FRAME and magic[0] >> 4 == 0x5:  # noqa: PLR2004 - 0x50 to 0x5f
        file.seek(int.from_bytes(_read(file, 4), "little"), 1)
        return
    if magic != _FRAME:
        raise ValueError("is damaged")
    descriptor = _read(file, 1)[0]
    one_segment = bool(descriptor & _ONE_SEGMENT)
    content_size = _CONTENT_SIZES[descriptor >> 6] or int(one_segment)
    file.seek(int(not one_segment) + _DICTIONARY_SIZES[descriptor & 3] + content_size, 1)
    is_last = False
    while not is_last:
        block = int.from_bytes(_read(file, 3), "little")
        is_last, kind, size = bool(block & 1), block >> 1 & 3, block >> 3
        if kind == _RESERVED:
            raise ValueError("is damaged")
        file.seek(1 if kind == _REPEATED_BYTE else size, 1)
    file.seek(4 if descriptor & _HAS_SUM else 0, 1)


def _read(file: BinaryIO, size: int) -> bytes:
    """Read bytes of a Zstandard file. Raises ValueError if it ends before."""
    if len(data := file.read(size)) < size:
        raise ValueError("is cut off")
    return data
