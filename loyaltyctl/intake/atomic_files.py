"""Replace files atomically, and only if no other program has changed them since they were read.

A temporary file beside the old one is written, synced and read back, then renamed over it. A symbolic link
stays: the file that it points to is replaced. With several files, all temporary files are on the disk before
the first is renamed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Conflict, LoyaltyError, UsageError
from loyaltyctl.intake.private_files import FILE_MODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

PRIVATE = FILE_MODE
"""Mode of files with secrets; never wider, whatever the umask."""
SHARED = 0o666
"""Mode of other files, before the umask is applied."""
_ANY = b"\0"
"""Value of `before` that allows any content; no text file contains a NUL."""
_MAX_PREFIX = 60
"""Maximum number of characters of a file's name in the name of its temporary file.

A file name may have 255 bytes, and a character up to four.
"""


class NewFile(NamedTuple):
    """New text of a file that is to be replaced atomically.

    `before` is the content of the file when it was read, or None if it did not exist. A file with other
    content is not overwritten. A created file gets `mode`. A replaced file keeps its mode and owner, unless
    `mode` is PRIVATE.
    """

    path: Path
    text: str
    mode: int = PRIVATE
    before: bytes | None = _ANY


def replace(path: Path, text: str, mode: int = PRIVATE, before: bytes | None = _ANY) -> None:
    """Replace one file atomically, as NewFile describes. Raises OSError, or Conflict if it has changed."""
    replace_all([NewFile(path, text, mode, before)])


def replace_all(files: Sequence[NewFile], removed: Sequence[tuple[Path, bytes]] = ()) -> None:
    """Replace files atomically, and delete others: `removed` has their paths and their expected contents.

    Raises OSError, or Conflict if a file does not have the expected content. No file is changed before all
    new texts are on the disk.
    """
    with contextlib.ExitStack() as stack:
        targets = [resolve_target(file.path) for file in files]
        ready = [
            (file, target, stack.enter_context(_temporary_file(file, target)))
            for file, target in zip(files, targets, strict=True)
        ]
        for path, before in removed:
            _check_unchanged(path, path, before)
        for file, path, _ in ready:
            _check_unchanged(file.path, path, file.before)
        for file, path, new in ready:
            _check_unchanged(file.path, path, file.before)  # again, just before the rename
            os.replace(new, path)  # noqa: PTH105 - replaces an existing file on Windows too
            _sync_folder(path.parent)
        for path, before in removed:
            _check_unchanged(path, path, before)
            path.unlink()


def replace_by_copy(path: Path, source: Path, *, may_exist: bool) -> None:
    """Replace one file atomically by a copy of another, which may be on another disk.

    The file gets the mode PRIVATE. Raises OSError, or Conflict if it exists although it may not.
    """
    target = resolve_target(path)

    def write(file: BinaryIO) -> None:
        with source.open("rb") as data:
            shutil.copyfileobj(data, file)

    with _file_beside(target, PRIVATE, write) as name:
        if not may_exist and os.path.lexists(target):
            raise Conflict(
                f"{path} was created by another program; nothing was written to it",
                code="FILE_CHANGED",
                hint="Give another name.",
            )
        os.replace(name, target)  # noqa: PTH105 - replaces an existing file on Windows too
        _sync_folder(target.parent)


def resolve_target(path: Path) -> Path:
    """Return the path of the file to replace, after following symbolic links; the file need not exist.

    Raises OSError for a loop of links or a read-only file, and UsageError for a folder or a device.
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
    """In a `with` block that replaces files, convert OSError to the LoyaltyError "cannot write to NAME"."""
    try:
        yield
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or "a text in it is not Unicode"
        raise LoyaltyError(f"cannot write to {name}: {reason}", code="CANNOT_WRITE") from None


@contextlib.contextmanager
def _temporary_file(new: NewFile, path: Path) -> Iterator[str]:
    """Write the new text of the file at `path` to a temporary file beside it, and yield its name.

    The temporary file is deleted at the end, unless it was renamed.
    """
    data = new.text.encode()

    def write(file: BinaryIO) -> None:
        file.write(data)
        file.flush()
        file.seek(0)
        if file.read() != data:  # a failing disk or file system: the old file is still intact
            raise LoyaltyError(f"{path} cannot be written: reading it back returned another text")

    with _file_beside(path, new.mode, write) as name:
        yield name


@contextlib.contextmanager
def _file_beside(path: Path, mode: int, write: Callable[[BinaryIO], None]) -> Iterator[str]:
    """Create a temporary file beside the file at `path`, call `write` with it, and yield its name.

    The temporary file is deleted at the end, unless it was renamed.
    """
    # In the same folder: a rename is atomic only within one file system.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_MAX_PREFIX]}.")
    try:
        with os.fdopen(handle, "w+b") as file:
            if os.name == "posix":
                _set_mode(file.fileno(), path, mode)
            write(file)
            file.flush()
            os.fsync(file.fileno())
        yield name
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - beside os.replace


def _check_unchanged(named: Path, path: Path, before: bytes | None) -> None:
    """Raise Conflict if the content of the file to replace is not `before`.

    If `before` is None, the file must not exist. The error shows `named`, the path before links are followed.
    """
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
            hint="Run the command again: it reads the file as it is now.",
        )


def _set_mode(handle: int, path: Path, mode: int) -> None:
    """Set the mode of a temporary file: that of the file that it replaces, unless `mode` is PRIVATE.

    The file also gets the owner of the replaced file, if that is permitted. A new file gets `mode`, less the
    umask.
    """
    if mode == PRIVATE:
        os.fchmod(handle, PRIVATE)
        return
    try:
        old = path.stat()
    except OSError:
        umask = os.umask(0)  # the only portable way to read the umask is to set it
        os.umask(umask)
        os.fchmod(handle, mode & ~umask)
        return
    with contextlib.suppress(OSError):
        os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode))  # after fchown, which may clear the setuid bits


def _sync_folder(folder: Path) -> None:
    """Sync a folder to the disk, so that the rename of a replaced file in it survives a crash."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
