"""Create private folders and files, which only their owner may read or write, whatever the umask.

Existing folders and files keep their permissions.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_folder(folder: Path) -> None:
    """Create a private folder (mode 0700), and its missing parents with the same mode. Raises OSError."""
    # Path.mkdir(parents=True) creates the parents with the permissions that the umask leaves.
    missing = [folder, *folder.parents]
    while missing and missing[-1].exists():
        missing.pop()
    for path in reversed(missing):
        _make_private_folder(path)
    if not missing and not folder.is_dir():
        folder.mkdir()  # raises FileExistsError


def make_file(path: Path) -> Path:
    """Create an empty private file (mode 0600) unless it exists, and return `path`. Raises OSError.

    Call it before a library opens the file by name: SQLite, for example, would create the file with the
    permissions that the umask allows. SQLite's journal gets the permissions of the database file.
    """
    # The target of a link may not exist yet. O_EXCL would fail on the link, so the target is opened.
    target = Path(os.path.realpath(path))
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except FileExistsError:
        return path
    try:
        if os.name == "posix":
            os.fchmod(handle, FILE_MODE)  # the umask may have removed the permissions of the owner
    finally:
        os.close(handle)
    return path


def _make_private_folder(folder: Path) -> None:
    """Create one private folder, unless a concurrent run has just created it."""
    try:
        folder.mkdir(mode=FOLDER_MODE)
    except FileExistsError:
        if not folder.is_dir():
            raise
        return
    if os.name == "posix":
        folder.chmod(FOLDER_MODE)  # the umask may have removed the permissions of the owner
