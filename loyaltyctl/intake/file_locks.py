"""Exclusive locks on open files; the system releases them when the process ends, however it ends.

The file that is locked may hold data, which lock libraries that make files of their own do not allow. Windows
has no such locks: there, and on network disks without locks, callers go on without one.
"""

from __future__ import annotations

try:
    import fcntl
except ImportError:  # Windows
    AVAILABLE = False
else:
    AVAILABLE = True


def lock(file: int, *, wait: bool = True) -> bool:
    """Lock an open file, by its descriptor; return whether it is locked.

    Raises BlockingIOError if another process has the lock, and this one is not to `wait` for it.
    """
    if not AVAILABLE:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def unlock(file: int) -> None:
    """Release the lock on an open file; closing the file does so too."""
    fcntl.flock(file, fcntl.LOCK_UN)
