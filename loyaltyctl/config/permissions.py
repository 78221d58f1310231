"""Permissions of configuration files and folders: mode, owner, kind, and whether a folder is writable."""

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
_ANY_ACCESS_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_WRITE_ACCESS_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class Permissions(NamedTuple):
    """Permissions of a file or folder. On systems without POSIX modes, the mode is 0: private to this user.

    `other_owner` is the uid of the owner; None if the owner is this user or root. `is_shared` is True if
    other users may need the permissions as they are: another user owns the folder, the folder is a mount
    point, or it has the sticky bit, as /tmp does.
    """

    mode: int
    other_owner: int | None
    is_file: bool
    is_folder: bool
    is_shared: bool

    @property
    def is_open(self) -> bool:
        """True if the permissions give other users any access."""
        return bool(self.mode & _ANY_ACCESS_BY_OTHERS)

    @property
    def is_writable_by_others(self) -> bool:
        """True if the permissions let other users write. In such a folder they can replace private files."""
        return bool(self.mode & _WRITE_ACCESS_BY_OTHERS)


def permissions_of(path: Path) -> Permissions | None:
    """Return the permissions of a file or folder; None if it does not exist.

    Raises OSError if the permissions cannot be read.
    """
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
    """Return whether a configuration folder contains only `names`: its permissions then affect nothing else.

    Temporary files and lock files for `names` are allowed too, such as `.config.toml.lock`.
    """
    prefixes = tuple(prefix + name for name in names for prefix in ("", "."))
    return all(entry.name.startswith(prefixes) for entry in folder.iterdir())


def check_writable(folder: Path, variable: str) -> None:
    """Raise LoyaltyError unless the permissions and the disk allow writing in a configuration folder.

    A folder that does not exist is not created, but it must be possible to create it. The hint names the
    environment `variable` that selects another folder.
    """
    try:
        if folder.exists():
            # A full disk or an exhausted quota may fail only when the bytes are synced.
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
