"""Storage failures: what keeps a file or an SQLite database from being read or written.

Errors of SQLite are known by their names, so that this module needs no SQLite. A full disk and a damaged
page need different steps, and neither is one to be tried again or to lose data over.
"""

from __future__ import annotations

import errno
import shlex
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Cause(Enum):
    """Cause that a file or a database cannot be used."""

    IN_USE = "in use"
    FULL = "full"
    FAILING = "failing"
    DAMAGED = "damaged"
    NO_ACCESS = "no access"


FREE_SPACE = "Make room on its disk, and check your quota"
CHECK_DISK = "Check its disk: free space, your quota, and the messages of the system"

_BY_NAME = {
    "SQLITE_BUSY": Cause.IN_USE,
    "SQLITE_LOCKED": Cause.IN_USE,
    "SQLITE_FULL": Cause.FULL,
    "SQLITE_IOERR": Cause.FAILING,  # also where a quota is used up, which SQLite does not tell apart
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
    """Return why `error` came: one of SQLite, of the system, or of content that cannot be read.

    Whatever else SQLite finds wrong, such as a table that is missing, is damage: the program's own statements
    fit the database that it has made.
    """
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0, Cause.NO_ACCESS)
    name = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
    return _BY_NAME.get(name, Cause.DAMAGED)


def reason_of(error: Exception) -> str:
    """Return the reason in words."""
    if cause_of(error) is Cause.FULL:
        return "the disk is full"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def move_command(path: Path | None) -> str:
    """Return the command that moves a damaged file away, which loses nothing of it."""
    return f"mv {shlex.quote(str(path))} {shlex.quote(f'{path}.damaged')}"
