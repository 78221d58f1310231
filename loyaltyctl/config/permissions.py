"""Permissions of files and folders: mode, owner, kind, and whether a folder can be written to."""

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

MIN_SPACE = 64 * 1024
"""Free bytes that a writable folder must have."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Permissions(NamedTuple):
    """Mode, owner and kind of a file or folder. Without POSIX modes, others have no access.

    `other_owner` is the uid of an owner who is neither this user nor root. A folder is shared if others or
    the system rely on its permissions: another owner, the sticky bit, or a mount point.
    """

    mode: int
    other_owner: int | None
    is_file: bool
    is_folder: bool
    is_shared: bool

    @property
    def is_open(self) -> bool:
        """True if others have any access."""
        return bool(self.mode & _OTHERS)

    @property
    def is_writable_by_others(self) -> bool:
        return bool(self.mode & _OTHERS_WRITE)


def permissions_of(path: Path) -> Permissions | None:
    """Return the permissions of a file or folder, None if it does not exist. Raises OSError."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    kind = (stat.S_ISREG(found.st_mode), stat.S_ISDIR(found.st_mode))
    if os.name != "posix":
        return Permissions(0, None, *kind, is_shared=False)
    is_own = found.st_uid == os.geteuid()
    return Permissions(
        stat.S_IMODE(found.st_mode),
        None if is_own or found.st_uid == 0 else found.st_uid,
        *kind,
        is_shared=not is_own or bool(found.st_mode & stat.S_ISVTX) or path.is_mount(),
    )


def contains_only(folder: Path, names: Collection[str]) -> bool:
    """Return whether a folder holds only these files, and temporary or lock files named after them."""
    prefixes = tuple(prefix + name for name in names for prefix in ("", "."))
    return all(entry.name.startswith(prefixes) for entry in folder.iterdir())


def check_writable(folder: Path, variable: str) -> None:
    """Raise LoyaltyError unless files can be written to a folder, or it can be created.

    The folder is not created. The hint names the environment variable for another folder.
    """
    try:
        if folder.exists():
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(MIN_SPACE))
                file.flush()
                os.fsync(file.fileno())
            return
        parent = next(parent for parent in folder.parents if parent.exists())
        if not parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, f"{os.strerror(errno.EACCES)}, or a read-only file system")
    except OSError as error:
        raise LoyaltyError(
            f"cannot write in {folder}: {error.strerror}",
            code="CANNOT_WRITE",
            hint=f"Free some space and make it writable, or use another folder: export {variable}=FOLDER",
        ) from None
