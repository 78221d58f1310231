"""Copies of order files: private files in the temporary folder of a run, with a limit against bombs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from loyaltyctl.errors import InvalidData, LoyaltyError
from loyaltyctl.intake import private_files
from loyaltyctl.intake.storage_failures import FREE_SPACE, Cause, cause_of, reason_of
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

CHUNK = 1 << 20
"""Number of bytes that are copied at once."""
FREE_BYTES = 200 * 1024 * 1024
"""Size up to which decompressed data may be any multiple of the compressed data."""
MAX_RATIO = 200
"""Maximum ratio of larger decompressed data to the compressed data. Text of orders reaches 5 to 30."""


@contextmanager
def new_copy(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Create a file for a copy of an order file; yield its path and the open file.

    Removes the file again if the block fails. Raises LoyaltyError if it cannot be written.
    """
    path = folder / uuid4().hex
    try:
        private_files.make_file(path)
        with path.open("wb") as file:
            yield path, file
    except BaseException as error:
        path.unlink(missing_ok=True)
        if not isinstance(error, OSError) or error.errno is None:  # bz2 raises OSError for damaged data
            raise
        space = f"{FREE_SPACE}, or set TMPDIR to a folder on another disk."
        hint = space if cause_of(error) is Cause.FULL else "Set TMPDIR to a writable folder."
        message = f"cannot write a copy of the orders to {folder}: {reason_of(error)}"
        raise LoyaltyError(message, code="NO_COPY", hint=hint) from None


def copy_decompressed(chunks: Iterator[bytes], folder: Path, source: str, packed: int) -> Path:
    """Write the decompressed data of an order file to a copy, and return its path.

    `packed` is the number of compressed bytes. Raises InvalidData if the data expands without a limit.
    """
    written = 0
    with new_copy(folder) as (path, file):
        for chunk in chunks:
            file.write(chunk)
            written += len(chunk)
            check_size(written, packed, source)
    return path


def check_size(unpacked: int, packed: int, source: str) -> None:
    """Check the number of bytes that were decompressed of an order file. Raises InvalidData for a bomb."""
    if is_bomb(unpacked, packed):
        raise InvalidData(
            f"{source} expands to more than {MAX_RATIO} times its size, so it is not unpacked",
            hint="If the orders are genuine, unpack the file yourself and give the result.",
        )


def is_bomb(unpacked: int, packed: int) -> bool:
    """Return whether decompressed data of an order file is too large for its number of compressed bytes."""
    return unpacked > FREE_BYTES and unpacked > MAX_RATIO * packed


def copy_standard_input(stream: BinaryIO, folder: Path) -> Path:
    """Copy the order file on standard input to a file, since it is read several times; return its path.

    Raises InvalidData if nothing comes.
    """
    with new_copy(folder) as (path, file):
        size = 0
        while chunk := stream.read(CHUNK):
            size += file.write(chunk)
        if not size:
            raise InvalidData("standard input is empty", hint="Give the path of an order file instead of -.")
    return path


def shown(name: str) -> str:
    """Return a name from inside an order file for a note: as it is, or quoted if it is not a plain name."""
    return name if name.isprintable() and len(name) <= 60 and '"' not in name else quoted(name)  # noqa: PLR2004 - the limit of `quoted`
