"""Text encodings of order files: detect UTF-16, Windows-1252 and Mac Roman, and convert a file to UTF-8."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData, Location, UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.containers.copies import CHUNK, new_copy
from loyaltyctl.orders.containers.readable import UNCOMPRESSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from loyaltyctl.orders.containers.readable import Options, Readable

UTF_8 = "utf-8"
WINDOWS_1252 = "cp1252"
MAC_ROMAN = "mac_roman"
_LABELS = {
    MAC_ROMAN: "Mac Roman",
    WINDOWS_1252: "Windows-1252",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
}
"""Names of the detected encodings in notes."""
_EXAMPLES = "Examples: utf-8, utf-16, windows-1252, iso-8859-2, shift_jis."

_BOMS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = frozenset(
    {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
)
"""Codecs of Python that do not decode the text of files, though Python lists them as text encodings."""
_UNASSIGNED = b"\x81\x8d\x8f\x90\x9d"
"""Bytes that Windows-1252 does not assign."""
_HIGH = re.compile(rb"[\x80-\xff]+")
"""Bytes beyond ASCII in a row."""
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
"""A character beyond ASCII in UTF-8; overlong forms and surrogates are not excluded."""
_LINE_END = 65536
"""Number of bytes within which the end of a line is looked for, to cut the data there."""


class _Bytes(NamedTuple):
    """Counts of the bytes beyond ASCII in an order file, to tell its encoding."""

    characters: int = 0
    """Byte sequences that are characters in UTF-8."""
    others: int = 0
    """Other bytes: those in a row count as one, such as the rest of a character that is cut off."""
    unassigned: int = 0
    """Bytes that Windows-1252 does not assign."""

    def add(self, data: bytes) -> _Bytes:
        """Return the counts after more data of an order file."""
        rest, characters = _MULTIBYTE.subn(b" ", data)
        return _Bytes(
            self.characters + characters,
            self.others + len(_HIGH.findall(rest)),
            self.unassigned + len(data) - len(data.translate(None, _UNASSIGNED)),
        )

    @property
    def are_windows_1252(self) -> bool:
        """Whether the bytes are probably Windows-1252, and not damaged UTF-8.

        A few bytes of Windows-1252 may form UTF-8 by chance: a capital U umlaut before a closing quote.
        """
        return not self.unassigned and self.others > self.characters


def check_name(encoding: str) -> str:
    """Return Python's name of the encoding that the user gave for order files, or raise UsageError."""
    try:
        found = codecs.lookup(encoding)
    except (LookupError, ValueError):
        found = None
    is_text = getattr(found, "_is_text_encoding", False)
    if found is None or not is_text or found.name in _NOT_TEXT or found.incrementaldecoder is None:
        raise UsageError(f"{quoted(encoding)} is not a text encoding", hint=_EXAMPLES)
    return UTF_8 if found.name == "utf-8-sig" else found.name


def detect(head: bytes, *, whole: bool) -> str:
    """Detect the encoding of an order file by its first bytes. `whole` tells that they are the whole file.

    The result is UTF-8 too if no other encoding fits: the scan then reports the first line that is not UTF-8.
    """
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head and (encoding := _utf_16(head)):
        return encoding
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(head, final=whole)
    except UnicodeDecodeError:
        # The last bytes may be the beginning of a character in UTF-8: they do not count.
        counts = _Bytes().add(head if whole else head[:-3])
        # Excel for Macintosh writes its CSV so, with the line ends of the first Macs.
        if b"\r" in head and b"\n" not in head and counts.others > counts.characters:
            return MAC_ROMAN
        return WINDOWS_1252 if counts.are_windows_1252 else UTF_8
    return UTF_8


def _utf_16(head: bytes) -> str:
    """Return the byte order of UTF-16 text without a mark, by the first bytes of an order file, or ""."""
    half = len(head) // 2
    # Nearly every character of an order file is ASCII, whose first or second byte is NUL.
    zeros = [head[place::2].count(0) / max(half, 1) for place in (0, 1)]
    for zero, other, encoding in ((zeros[1], zeros[0], "utf-16-le"), (zeros[0], zeros[1], "utf-16-be")):
        if zero > 0.4 and other < 0.05:  # noqa: PLR2004 - shares: far from those of other text and of binary files
            return encoding
    return ""


def note(encoding: str) -> str:
    """Return the note that an order file was read in an encoding."""
    return f"read as {label(encoding)}"


def label(encoding: str) -> str:
    """Return the name of an encoding of order files for people, such as Windows-1252."""
    return _LABELS.get(encoding, encoding)


def convert(file: BinaryIO, source: str, folder: Path, encoding: str) -> Path:
    """Write a copy of an order file in UTF-8, and return its path.

    Raises InvalidData, with the line, for a byte that does not fit the encoding.
    """
    with new_copy(folder) as (path, copy):
        for text in _decoded(file, source, encoding):
            copy.write(text.encode())
    return path


def _decoded(file: BinaryIO, source: str, encoding: str) -> Iterator[str]:
    """Yield the text of an order file. Raises InvalidData for a byte that does not fit the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    final = False
    mark = "\ufeff"  # a byte order mark that the codec keeps; it can only come first
    while not final:
        data = file.read(CHUNK)
        final = not data
        try:
            text = decoder.decode(data, final)
            text.encode()  # UTF-7 and others yield unpaired surrogates
        except UnicodeError as error:
            line = lines + _line_ends_before(error, encoding)
            named = label(encoding)
            hint = f"Give another --encoding. {_EXAMPLES}"
            raise InvalidData(f"is not {named}", at=Location(source, line), hint=hint) from None
        lines += text.count("\n")
        yield text.removeprefix(mark)
        mark = mark if not text else ""


def _line_ends_before(error: UnicodeError, encoding: str) -> int:
    """Return the number of line ends of an order file in the data before the byte that does not fit."""
    if not isinstance(error, UnicodeDecodeError):
        return 0
    if encoding in ("utf-16", "utf-32"):  # only the first data have the mark that tells the order of bytes
        encoding = error.encoding
    return error.object[: error.start].decode(encoding, "replace").count("\n")


def reencode(readable: Readable, folder: Path, options: Options) -> Readable | None:
    """Return an order file converted to UTF-8 if the whole of it is Windows-1252, else None.

    The scan calls it for a file that turned out not to be UTF-8 beyond its first bytes.
    """
    if options.encoding:
        return None
    with readable.open() as file:
        counts = _Bytes()
        for piece in _pieces(file):
            counts = counts.add(piece)
    if not counts.are_windows_1252:
        return None
    with readable.open() as file:
        path = convert(file, readable.source, folder, WINDOWS_1252)
    notes = (*readable.notes, note(WINDOWS_1252))
    encoding = label(WINDOWS_1252)
    return readable._replace(path=path, compression=UNCOMPRESSED, notes=notes, encoding=encoding)


def _pieces(file: BinaryIO) -> Iterable[bytes]:
    """Yield the data of an order file, cut at line ends where possible: a cut could split a character."""
    while data := file.read(CHUNK):
        yield data + file.readline(_LINE_END)
