"""Causes of failures to read or write a file or an SQLite database, by the step that they need.

Errors of SQLite are recognized by name, so that importing this module does not load SQLite. A full disk and
a damaged database need different steps; neither is fixed by a retry, or by deleting the file.
"""

from __future__ import annotations

import errno
import shlex
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Cause(Enum):
    """Cause of a failure."""

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
    "SQLITE_IOERR": Cause.FAILING,  # also an exhausted quota, which SQLite reports in the same way
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
    """Return the cause of an error of SQLite, of the operating system, or of invalid content.

    Other errors of SQLite, such as a missing table, are damage: the program's own statements fit the database
    that it created.
    """
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0, Cause.NO_ACCESS)
    name = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
    return _BY_NAME.get(name, Cause.DAMAGED)


def reason_of(error: Exception) -> str:
    """Return the reason for a message."""
    if cause_of(error) is Cause.FULL:
        return "the disk is full"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def move_command(path: Path | None) -> str:
    """Return the shell command that renames a damaged file, which keeps its content."""
    return f"mv {shlex.quote(str(path))} {shlex.quote(f'{path}.damaged')}"
