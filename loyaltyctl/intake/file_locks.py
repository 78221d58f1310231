"""Exclusive file locks (flock), which the system releases when the process ends, even if it is killed.

The locked file may contain data, unlike the separate lock files of libraries such as filelock. Windows has no
flock: there, and on network file systems without locks, callers continue without a lock.
"""

from __future__ import annotations

try:
    import fcntl
except ImportError:  # Windows
    AVAILABLE = False
else:
    AVAILABLE = True


def lock(file: int, *, wait: bool = True) -> bool:
    """Lock an open file, given its descriptor; return False if file locks are not supported.

    Waits while another process holds the lock. With wait=False, raises BlockingIOError instead of waiting.
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
    """Release the file lock on an open file, given its descriptor; closing the file also releases it."""
    fcntl.flock(file, fcntl.LOCK_UN)
