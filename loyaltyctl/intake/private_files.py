"""Creation of folders and files that only their owner may read or write, whatever the umask.

Existing folders and files keep their permissions.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_folder(folder: Path) -> None:
    """Create a folder with mode 0700, and its missing parents with the same mode. Raises OSError."""
    # Path.mkdir(parents=True) creates the parents with the permissions that the umask leaves.
    missing = [folder, *folder.parents]
    while missing and missing[-1].exists():
        missing.pop()
    for path in reversed(missing):
        _make_one(path)
    if not missing and not folder.is_dir():
        folder.mkdir()  # raises FileExistsError


def make_file(path: Path) -> Path:
    """Create an empty file with mode 0600 unless there is one, and return `path`. Raises OSError.

    For libraries that open files by name, such as SQLite: it creates a file with the permissions that the
    umask leaves, and the files beside it with those of the first.
    """
    # A link may point to a file that does not exist yet; O_EXCL fails on the link itself.
    target = Path(os.path.realpath(path))
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except FileExistsError:
        return path
    try:
        _restrict(handle, FILE_MODE)
    finally:
        os.close(handle)
    return path


def _make_one(folder: Path) -> None:
    try:
        folder.mkdir(mode=FOLDER_MODE)
    except FileExistsError:
        if not folder.is_dir():  # otherwise a concurrent run created it
            raise
        return
    if os.name == "posix":
        folder.chmod(FOLDER_MODE)  # the umask may have removed the permissions of the owner


def _restrict(handle: int, mode: int) -> None:
    if os.name == "posix":
        os.fchmod(handle, mode)
