"""Classify failures to read or write a file or an SQLite database by their cause: disk full, damaged, in use.

Each cause needs another remedy, which the hint of the error names: free space for a full disk, a new file for
a damaged one. SQLite errors are recognized by name, so that this module does not import SQLite.
"""

from __future__ import annotations

import errno
import shlex
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Cause(Enum):
    """Cause of a storage failure: a file or database could not be read or written."""

    IN_USE = "in use"
    FULL = "full"
    FAILING = "failing"
    DAMAGED = "damaged"
    NO_ACCESS = "no access"


FREE_SPACE = "Free space on its disk, and check your quota"
CHECK_DISK = "Check its disk: free space, your quota, and the messages of the system"

_BY_NAME = {
    "SQLITE_BUSY": Cause.IN_USE,
    "SQLITE_LOCKED": Cause.IN_USE,
    "SQLITE_FULL": Cause.FULL,
    "SQLITE_IOERR": Cause.FAILING,  # SQLite reports an exhausted quota as an I/O error too
    "SQLITE_CANTOPEN": Cause.NO_ACCESS,
    "SQLITE_READONLY": Cause.NO_ACCESS,
    "SQLITE_PERM": Cause.NO_ACCESS,
    "SQLITE_AUTH": Cause.NO_ACCESS,
}
_BY_NUMBER = {
    errno.ENOSPC: Cause.FULL,
    errno.EDQUOT: Cause.FULL,
    errno.EFBIG: Cause.FULL,
    errno.EIO: Cause.FAILING,
}


def cause_of(error: Exception) -> Cause:
    """Return the cause of a storage failure: of an OSError, an SQLite error, or an error in a file's content.

    An SQLite error that _BY_NAME does not list means that the database is damaged. An example is "no such
    table": this program creates the tables that it uses, so a missing table was lost.
    """
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0, Cause.NO_ACCESS)
    name = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
    return _BY_NAME.get(name, Cause.DAMAGED)


def reason_of(error: Exception) -> str:
    """Return the reason of a storage failure for error messages, such as "the disk is full"."""
    if cause_of(error) is Cause.FULL:
        return "the disk is full"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def move_command(path: Path | None) -> str:
    """Return the shell command that renames a damaged file, for the hint of a storage failure."""
    return f"mv {shlex.quote(str(path))} {shlex.quote(f'{path}.damaged')}"
