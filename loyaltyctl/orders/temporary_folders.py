"""Temporary folders for copies of order files, removed on close, or by a later run if the process was killed.

The process holds a lock on its folder, which the system releases when the process ends. A folder that is not
locked was left behind. Folders without locks (Windows, some network file systems) are never removed later.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from loyaltyctl.errors import LoyaltyError
from loyaltyctl.intake import file_locks

PREFIX = "loyaltyctl-orders-"
"""Beginning of the names of the folders."""
MIN_AGE = 600
"""Seconds since the last change of a folder that is removed: a new one is not locked yet."""


class TemporaryFolder:
    """Temporary folder of this process: `path`. Creating one removes those that killed processes left."""

    def __init__(self) -> None:
        """Create and lock a folder. Raises LoyaltyError if that is not possible."""
        try:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        except OSError as error:
            raise LoyaltyError(
                f"cannot create a temporary folder: {error.strerror}",
                code="NO_TEMPORARY_FOLDER",
                hint="Set TMPDIR to a writable folder.",
            ) from None
        self._descriptor = _locked(self.path)
        if self._descriptor is not None:
            for folder in self.path.parent.glob(f"{PREFIX}*"):
                _remove_if_left(folder)

    def remove(self) -> None:
        """Remove the folder and its files."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _locked(folder: Path) -> int | None:
    """Lock a folder; return the descriptor that holds the lock, or None if it cannot be locked."""
    if not file_locks.AVAILABLE:
        return None
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        if file_locks.lock(descriptor, wait=False):
            return descriptor
    except BlockingIOError:  # its process is running
        pass
    os.close(descriptor)
    return None


def _remove_if_left(folder: Path) -> None:
    """Remove a folder of this user whose process no longer runs."""
    try:
        status = folder.lstat()
    except OSError:  # its process has just removed it
        return
    if status.st_uid != os.getuid() or time.time() - status.st_mtime < MIN_AGE:
        return
    descriptor = _locked(folder)
    if descriptor is not None:
        shutil.rmtree(folder, ignore_errors=True)  # refuses symbolic links
        os.close(descriptor)
