"""Files that are replaced whole: one appears at once and complete, or not at all.

A new file beside it is written, synced, and renamed over it, or over the link that stood
there. One that is new gets the mode that is asked for; one that is replaced keeps its own.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE = 0o600
SHARED = 0o666
"""Less what the umask takes away."""


def replace(path: Path, text: str, mode: int = PRIVATE) -> None:
    """Put `text` into the file at `path`. Raises OSError; the old file is there as it was then."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            if os.name == "posix":
                os.fchmod(file.fileno(), _mode(path, mode))
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - the one call that renames over a file everywhere
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - beside os.replace
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _mode(path: Path, wanted: int) -> int:
    if wanted == PRIVATE:
        return PRIVATE
    with contextlib.suppress(OSError):
        return stat.S_IMODE(path.stat().st_mode)
    taken = os.umask(0)
    os.umask(taken)
    return wanted & ~taken
