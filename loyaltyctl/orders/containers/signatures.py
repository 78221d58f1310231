"""Recognize the kind of an order file by its first bytes. The name of a file never decides."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """Kind of an order file by its first bytes; the value names it in notes."""

    TEXT = "text"
    JSON = "JSON"
    HTML = "an HTML page"
    XML = "an XML workbook"
    PARQUET = "Parquet"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "Zstandard"
    ZIP = "a zip file"
    WORKBOOK = "a workbook"


class Refused(NamedTuple):
    """Kind of file that cannot contain readable orders: its name with the article, and a hint."""

    name: str
    hint: str = "Export the orders as CSV, and give that file."


_MAGIC = (
    (b"PAR1", Kind.PARQUET),
    (b"\x1f\x8b", Kind.GZIP),
    (b"BZh", Kind.BZIP2),
    (b"\xfd7zXZ\0", Kind.XZ),
    (b"\x28\xb5\x2f\xfd", Kind.ZSTD),
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.WORKBOOK),
)
_WORDS = frozenset({b"PAR1", b"BZh", b"PARE", b"GIF8", b"ORC", b"FEA1"})
"""Signatures that a text may begin with, such as PARENT_ORDER: they count if there are control characters."""
_UNPACK = "Unpack it, and give the files with the orders."
_SAVE_CSV = "Open it and save the sheet as CSV or .xlsx."
_REFUSED = (
    (b"PARE", Refused("an encrypted Parquet file", "Write it again without encryption.")),
    (b"SQLite format 3\0", Refused("an SQLite database", "Export the table of orders as CSV.")),
    (b"%PDF-", Refused("a PDF document")),
    (b"\x89PNG\r\n", Refused("an image")),
    (b"\xff\xd8\xff", Refused("an image")),
    (b"GIF8", Refused("an image")),
    (b"\x7fELF", Refused("an executable program")),
    (b"\xcf\xfa\xed\xfe", Refused("an executable program")),
    (b"7z\xbc\xaf\x27\x1c", Refused("a 7z archive", _UNPACK)),
    (b"Rar!\x1a\x07", Refused("a RAR archive", _UNPACK)),
    (b"\x1f\x9d", Refused("packed with compress (.Z)", _UNPACK)),
    (b"\x04\x22\x4d\x18", Refused("packed with LZ4", _UNPACK)),
    (b"PK\x07\x08", Refused("a part of a zip archive of several parts", _UNPACK)),
    (b"Obj\x01", Refused("an Avro file", "Write the orders as Parquet or CSV.")),
    (b"ORC", Refused("an ORC file", "Write the orders as Parquet or CSV.")),
    (b"ARROW1\0\0", Refused("an Arrow file", "Write the orders as Parquet or CSV.")),
    (b"FEA1", Refused("a Feather file", "Write the orders as Parquet or CSV.")),
    (b"\x89HDF\r\n", Refused("an HDF5 file", "Write the orders as Parquet or CSV.")),
    (b"{\\rtf", Refused("an RTF document")),
    (b"%!PS", Refused("a PostScript document")),
    (b"\t\x08\x10\0\0\x06\x05\0", Refused("an old Excel workbook", _SAVE_CSV)),
    (b"\t\x04\x06\0", Refused("an old Excel workbook", _SAVE_CSV)),
    (b"\t\0\x04\0", Refused("an old Excel workbook", _SAVE_CSV)),
    (b"MIME-Version:", Refused("a web archive", _SAVE_CSV)),
    (b"-----BEGIN PGP", Refused("encrypted with PGP", "Decrypt it first.")),
    (b"age-encryption.org/", Refused("encrypted with age", "Decrypt it first.")),
)
_LATER_MAGIC = (
    (257, b"ustar", Refused("a tar archive", _UNPACK)),
    (8, b"DUCK", Refused("a DuckDB database", "Export the table of orders as Parquet or CSV.")),
)
"""Signatures that do not stand at the start: their offset, bytes, and the kind of file."""
_PE_OFFSET = 0x3C
"""Place in an executable of Windows that has the offset of the signature `PE`."""

# A list of numbers has no orders, but a title may be "[2025] Orders".
_JSON_START = re.compile(rb'\{\s*(?:["}]|$)|\[\s*(?:[\[{\]"]|true|false|null|$)')
_BLANKS = b" \t\r\n\x1e"
"""Bytes before the first character. JSON text sequences begin with U+001E."""
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta|style|!--)", re.IGNORECASE)
_XML_WORKBOOK = b"urn:schemas-microsoft-com:office:spreadsheet"
"""Namespace of the elements of a workbook in XML."""
_CONTROL = bytes([*range(9), *range(14, 27), *range(28, 32), 127])
_MAX_CONTROL = 0.05
"""Maximum share of control characters in text."""


def recognize(head: bytes) -> Kind | Refused:
    """Return the kind of an order file by its first bytes. Text must have been converted to UTF-8."""
    for magic, kind in _MAGIC:
        if _has_signature(head, magic):
            return kind
    return _refused(head) or _text_kind(head)


def _has_signature(head: bytes, magic: bytes) -> bool:
    """Return whether an order file begins with a signature, by its first bytes."""
    return head.startswith(magic) and (magic not in _WORDS or head.translate(None, _CONTROL) != head)


def _text_kind(head: bytes) -> Kind | Refused:
    """Return the kind of an order file that is text, by its first bytes in UTF-8."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANKS)
    if _JSON_START.match(start):
        return Kind.JSON
    if _HTML.match(start):
        return Kind.HTML
    if start.startswith(b"<"):
        return Kind.XML if _XML_WORKBOOK in head else Refused("an XML document")
    if len(head) - len(head.translate(None, _CONTROL)) > _MAX_CONTROL * len(head):
        return Refused("not text")
    return Kind.TEXT


def is_binary(head: bytes) -> bool:
    """Return whether the first bytes of an order file are those of a container or of another binary file."""
    return any(_has_signature(head, magic) for magic, _ in _MAGIC) or _refused(head) is not None


def _refused(head: bytes) -> Refused | None:
    """Return the kind of an order file that cannot be read, by its first bytes; None for other files."""
    for magic, refused in _REFUSED:
        if _has_signature(head, magic):
            return refused
    for offset, magic, refused in _LATER_MAGIC:
        if head.startswith(magic, offset):
            return refused
    if head.startswith(b"MZ"):
        offset = int.from_bytes(head[_PE_OFFSET : _PE_OFFSET + 4], "little")
        if head.startswith(b"PE\0\0", offset):
            return Refused("an executable program")
    return None


_KINDS_BY_SUFFIX = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), Kind.TEXT),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), Kind.JSON),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"), Kind.WORKBOOK),
    **dict.fromkeys((".html", ".htm"), Kind.HTML),
    ".xml": Kind.XML,
    ".parquet": Kind.PARQUET,
    ".gz": Kind.GZIP,
    ".bz2": Kind.BZIP2,
    ".xz": Kind.XZ,
    ".zst": Kind.ZSTD,
    ".zip": Kind.ZIP,
}


def mismatch_note(kind: Kind, suffix: str) -> tuple[str, ...]:
    """Return the note that an order file of this kind has the suffix of another kind, or no note."""
    if _KINDS_BY_SUFFIX.get(suffix, kind) is kind:
        return ()
    return (f"read as {kind.value}, although its name ends in {suffix}",)
