"""Zip files: find the one file in a zip, tell workbooks and other documents that are zips, and extract."""

from __future__ import annotations

import errno
import lzma
import stat
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.orders.containers.copies import CHUNK, copy_decompressed, is_bomb, shown
from loyaltyctl.orders.containers.signatures import Kind, Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

MAX_FILES = 10_000
"""Maximum number of files in a zip, and so of parts of a workbook."""
MAX_WORKBOOK = 1024**3
"""Maximum size of all parts of a workbook, decompressed: the reader of workbooks needs them in memory."""
_LISTED = 10
"""Maximum number of files of a zip that an error lists."""
_ENCRYPTED = 0x1
"""Flag of an encrypted file in a zip."""
_IGNORED_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_OPEN_DOCUMENT = frozenset({"content.xml", "mimetype"})
"""Files in every OpenDocument file: the second one has the kind of document."""
_OPEN_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_DOCUMENTS = (
    ("word/document.xml", Refused("a Word document")),
    ("ppt/presentation.xml", Refused("a presentation")),
    ("index/document.iwa", Refused("a Numbers document", "Export it from Numbers as CSV.")),
    ("androidmanifest.xml", Refused("an application")),
    ("meta-inf/manifest.mf", Refused("an application")),
)
"""Other documents that are zip files, by the lower-case name of a file in them."""


def kind_of(path: Path, source: str) -> Kind | Refused:
    """Return the kind of an order file that is a zip: a workbook (.xlsx, .xlsb, .ods), a document, or a zip.

    Raises InvalidData for a workbook that is too large to open, or damaged.
    """
    with _opened(path, source) as archive:
        entries = {entry.filename.replace("\\", "/").lower(): entry for entry in archive.infolist()}
        if entries.keys() >= _OPEN_DOCUMENT:
            with archive.open(entries["mimetype"]) as file:
                if file.read(len(_OPEN_SPREADSHEET)) != _OPEN_SPREADSHEET:
                    return Refused("an OpenDocument file, but no spreadsheet")
        elif not _is_excel_workbook(entries):
            return next((document for name, document in _DOCUMENTS if name in entries), Kind.ZIP)
        size = sum(entry.file_size for entry in archive.infolist())
    if size > MAX_WORKBOOK or is_bomb(size, path.stat().st_size):
        raise InvalidData(
            f"{source}: the workbook expands to {size / 1024**3:.1f} GiB, too much to open",
            hint="Save the sheet with the orders as CSV.",
        )
    return Kind.WORKBOOK


def _is_excel_workbook(names: Collection[str]) -> bool:
    """Return whether a zip is a workbook of Excel, by the lower-case names of its files."""
    return "[content_types].xml" in names and any(name.startswith(("xl/", "/xl/")) for name in names)


def extract(path: Path, source: str, folder: Path) -> tuple[str, Path]:
    """Extract the one file of a zip to a copy; return the last part of its name, and the path of the copy.

    The name in the zip is never used as a path. Raises UsageError if there are several files, InvalidData if
    there is none, or if the zip is encrypted, damaged or a bomb.
    """
    with _opened(path, source) as archive:
        entry = _only_file(archive, source)
        if entry.flag_bits & _ENCRYPTED:
            raise InvalidData(f"{source} is an encrypted zip file", hint="Unzip it, and give the file in it.")
        with archive.open(entry) as member:
            chunks = iter(lambda: member.read(CHUNK), b"")
            copy = copy_decompressed(chunks, folder, source, path.stat().st_size)
    return PurePosixPath(entry.filename.replace("\\", "/")).name, copy


@contextmanager
def _opened(path: Path, source: str) -> Iterator[zipfile.ZipFile]:
    """Open an order file that is a zip; its damages raise InvalidData in the block."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MAX_FILES:
                message = f"{source}: a zip of {len(archive.infolist())} files, the limit is {MAX_FILES}"
                raise InvalidData(message, hint="Unzip it, and give the files with the orders.")
            yield archive
    except NotImplementedError:
        message = f"{source}: the zip is packed in a way that cannot be read here"
        raise InvalidData(message, hint="Unzip it, and give the file in it.") from None
    # Damaged headers raise other errors, too: for an offset before the file, or a name that does not decode.
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        ValueError,
        UnicodeError,
        RuntimeError,
        OSError,
    ) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        message = f"{source}: the zip data is damaged or cut off"
        raise InvalidData(message, hint="Export or download it again.") from None


def _only_file(archive: zipfile.ZipFile, source: str) -> zipfile.ZipInfo:
    """Return the one file with orders in a zip. Raises UsageError if there are several."""
    files = [entry for entry in archive.infolist() if not _is_ignored(entry)]
    if not files:
        raise InvalidData(f"{source} is empty: there is no file in the zip")
    if len(files) > 1:
        names = [shown(entry.filename) for entry in files[:_LISTED]]
        more = [f"{len(files) - _LISTED} more"] if len(files) > _LISTED else []
        raise UsageError(
            f"{source} has {len(files)} files in it: {', '.join(names + more)}",
            hint="Unzip it, and give the files with orders: files of the same kind are read together.",
        )
    if stat.S_ISLNK(files[0].external_attr >> 16):
        raise InvalidData(f"{source}: the zip has only a symbolic link in it", hint="Zip the file itself.")
    return files[0]


def _is_ignored(entry: zipfile.ZipInfo) -> bool:
    """Return whether a part of a zip is no file of the user's: a folder, or data of a file manager."""
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    name = parts[-1].lower() if parts else ""
    is_system = "__MACOSX" in parts or name in _IGNORED_NAMES or name[:2] in ("", "._")
    return entry.is_dir() or is_system
