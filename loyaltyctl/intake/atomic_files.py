"""Atomic replacement of files.

A new file beside the old one is written, synced and read back, then renamed over it. Links are followed, so
that a link still leads to the file. No file is renamed before all new files are on the disk, and none over
a file that another program has changed meanwhile.
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
"""Before the umask is applied."""
_ANY = b"\0"
"""Any content; no text has a NUL."""
_MAX_PREFIX = 60
"""Characters of a file's name in the name of the new file beside it: names have at most 255 bytes."""


class NewFile(NamedTuple):
    """File to be written.

    `before` is its content when it was read, None if it did not exist: other content is not overwritten. A
    new file gets `mode`; a replaced one keeps its mode and group, unless `mode` is PRIVATE.
    """

    path: Path
    text: str
    mode: int = PRIVATE
    before: bytes | None = _ANY


def replace(path: Path, text: str, mode: int = PRIVATE, before: bytes | None = _ANY) -> None:
    """Write one file. Raises OSError, or Conflict if it was changed; then the old file is kept."""
    replace_all([NewFile(path, text, mode, before)])


def replace_all(files: Sequence[NewFile], removed: Sequence[tuple[Path, bytes]] = ()) -> None:
    """Write files, and remove others if their content is unchanged.

    Raises OSError or Conflict. No file is changed before all are ready to be renamed.
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
    """Return the file that a path leads to through links; it need not exist.

    Raises OSError for a loop of links or a read-only file, and UsageError for a folder, a device or the like.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return Path(os.path.realpath(path))
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is not a regular file", hint="Give the name of a file, or a new name.")
    if not os.access(path, os.W_OK):  # renaming over a file does not need this permission
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return Path(os.path.realpath(path))


@contextlib.contextmanager
def convert_errors(name: str | Path) -> Iterator[None]:
    """Convert an OSError in the block to a LoyaltyError that names the file."""
    try:
        yield
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or "a text in it is not Unicode"
        raise LoyaltyError(f"cannot write to {name}: {reason}", code="CANNOT_WRITE") from None


@contextlib.contextmanager
def _beside(new: NewFile) -> Iterator[str]:
    """Write the text to a new file beside the one that it replaces; remove it unless it was renamed."""
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
    """Give a new file the mode of the one that it replaces, and its owner if that is allowed."""
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
    """Sync a folder, so that a rename survives a crash; a folder that cannot be opened is skipped."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
