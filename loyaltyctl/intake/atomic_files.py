"""Replace files as a whole: each one appears at once and complete, or not at all.

A new file beside the old one is written, synced and read back, and renamed over it. A link
is followed, so that it still leads to the file. Nothing is renamed before all new files are
on the disk, and none over a file that another program has changed meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Conflict, LoyaltyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PRIVATE = 0o600
SHARED = 0o666
"""Less what the umask takes away."""
_ANY = b"\0"
"""Stands for content that does not matter; no text has a NUL."""
_MAX_PREFIX = 60
"""Characters of a file's name in that of the new file beside it; names end at 255 bytes."""


class NewFile(NamedTuple):
    """A file to be written.

    `before` is its content when it was read, None if it did not exist: another content is not
    overwritten. A file that is new gets `mode`; one that is replaced keeps its own mode and
    group, unless the new one is to be private.
    """

    path: Path
    text: str
    mode: int = PRIVATE
    before: bytes | None = _ANY


def replace(path: Path, text: str, mode: int = PRIVATE, before: bytes | None = _ANY) -> None:
    """Write one file. Raises OSError, or Conflict for one that was changed; the old one stays then."""
    replace_all([NewFile(path, text, mode, before)])


def replace_all(files: Sequence[NewFile], removed: Sequence[tuple[Path, bytes]] = ()) -> None:
    """Write files, and remove others whose content is still the one given.

    Raises OSError or Conflict; until all of them are ready to be renamed, none is changed.
    """
    with contextlib.ExitStack() as stack:
        ready = [(one, resolve_target(one.path), stack.enter_context(_beside(one))) for one in files]
        for path, before in removed:
            _check_unchanged(path, path, before)
        for one, path, _ in ready:
            _check_unchanged(one.path, path, one.before)
        for one, path, new in ready:
            _check_unchanged(one.path, path, one.before)  # again, as close to the renaming as it can be
            os.replace(new, path)  # noqa: PTH105 - the one call that renames over a file everywhere
            _sync(path.parent)
        for path, before in removed:
            _check_unchanged(path, path, before)
            path.unlink()


def resolve_target(path: Path) -> Path:
    """The file that a path leads to, which may be new.

    Raises OSError for a loop of links or a read-only file, and UsageError for a folder, a device or the like.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return Path(os.path.realpath(path))
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is not a regular file", hint="Give the name of a file, or a new name.")
    if not os.access(path, os.W_OK):  # renaming over a file would not ask for this
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return Path(os.path.realpath(path))


@contextlib.contextmanager
def convert_errors(name: str | Path) -> Iterator[None]:
    """Raise LoyaltyError, which names the file, for an OSError in the block."""
    try:
        yield
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or "a text in it is not Unicode"
        raise LoyaltyError(f"cannot write to {name}: {reason}", code="CANNOT_WRITE") from None


@contextlib.contextmanager
def _beside(new: NewFile) -> Iterator[str]:
    """The text in a new file beside the one that it is to replace; removed unless it was renamed."""
    path = resolve_target(new.path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_MAX_PREFIX]}.")
    try:
        data = new.text.encode()
        with os.fdopen(handle, "w+b") as file:
            if os.name == "posix":
                _give_mode(file.fileno(), path, new.mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            if file.read() != data:
                raise LoyaltyError(f"{path} cannot be written: its new text does not read back")
        yield name
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - beside os.replace


def _check_unchanged(named: Path, path: Path, before: bytes | None) -> None:
    if before is _ANY:
        return
    try:
        same = path.read_bytes() == before
    except FileNotFoundError:
        same = before is None
    if not same:
        raise Conflict(
            f"{named} was changed by another program after it was read; nothing was written to it",
            code="FILE_CHANGED",
            hint="Run it again: it will read the file as it is now.",
        )


def _give_mode(handle: int, path: Path, mode: int) -> None:
    """Give a new file the mode of the one that it replaces, and its owner where that is allowed."""
    if mode == PRIVATE:
        os.fchmod(handle, PRIVATE)
        return
    try:
        old = path.stat()
    except OSError:
        taken = os.umask(0)
        os.umask(taken)
        os.fchmod(handle, mode & ~taken)
        return
    with contextlib.suppress(OSError):
        os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _sync(folder: Path) -> None:
    """Make a renaming last; a folder that cannot be opened for it is left to the system."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
