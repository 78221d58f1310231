"""In what condition folders and files are: whose they are, who else may change them, what room there is."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import LoyaltyError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

ROOM = 64 * 1024
"""Bytes that a folder must be able to take."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO
_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Permissions(NamedTuple):
    """Of what exists: its mode, the user it belongs to where that is somebody else, and its kind.

    It is `shared` where others or the system count on it: it is not the user's own, it is sticky, or
    another file system begins there. Where the platform has no modes, nobody else may do anything with it.
    """

    mode: int
    other_owner: int | None
    is_file: bool
    is_folder: bool
    shared: bool

    @property
    def is_open(self) -> bool:
        """Whether others may do anything at all with it."""
        return bool(self.mode & OTHERS)

    @property
    def is_writable_by_others(self) -> bool:
        return bool(self.mode & _WRITE)


def permissions_of(path: Path) -> Permissions | None:
    """The condition of what is at `path`; None where nothing is. Raises OSError."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    kind = (stat.S_ISREG(found.st_mode), stat.S_ISDIR(found.st_mode))
    if os.name != "posix":
        return Permissions(0, None, *kind, shared=False)
    own = found.st_uid == os.geteuid()
    return Permissions(
        stat.S_IMODE(found.st_mode),
        None if own or found.st_uid == 0 else found.st_uid,
        *kind,
        shared=not own or bool(found.st_mode & stat.S_ISVTX) or path.is_mount(),
    )


def contains_only(folder: Path, names: Collection[str]) -> bool:
    """Whether nothing else lies in a folder than these, and what is beside them while they are written."""
    begins = tuple(prefix + name for name in names for prefix in ("", "."))
    return all(entry.name.startswith(begins) for entry in folder.iterdir())


def check_writable(folder: Path, variable: str) -> None:
    """Raise LoyaltyError unless the folder takes files, or can be made; `variable` names another one.

    A folder that is not there is not made.
    """
    try:
        if folder.exists():
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(ROOM))
                file.flush()
                os.fsync(file.fileno())
            return
        above = next(parent for parent in folder.parents if parent.exists())
        if not above.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(above, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, f"{os.strerror(errno.EACCES)}, or a read-only file system")
    except OSError as error:
        raise LoyaltyError(
            f"cannot write in {folder}: {error.strerror}",
            code="CANNOT_WRITE",
            hint=f"Make room there and let it be written, or name another folder: export {variable}=FOLDER",
        ) from None
