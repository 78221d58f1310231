"""Order files that are malformed, misleading, or written to exhaust time or memory, with the expected results.

Each is built when it is needed: `CASES[name].build()`.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import stat
import struct
import zipfile
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from tests.orders.containers.hostile_tables import TABLES
from tests.orders.containers.workbook_files import compound, xlsx, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

CSV = b"order,total\n1,10.50\n2,5.00\n"
ZSTD = b"\x28\xb5\x2f\xfd\x20" + bytes([len(CSV)]) + (len(CSV) << 3 | 1).to_bytes(3, "little") + CSV
"""Zstandard frame with one block that is not compressed."""
LIST = b'[{"order": 1},\n {"order": 2}]\n'
MIB = 1024 * 1024
DAMAGED_ZIP = "the zip data is damaged or cut off"
BOMB = "expands to more than 200 times its size"


class Case(NamedTuple):
    """An order file: how to build it, the suffix of its name, and a part of its error message or of its text."""

    build: Callable[[], bytes]
    message: str = ""
    text: str = ""
    suffix: str = ".csv"


def one(data: bytes, message: str = "", text: str = "", suffix: str = ".csv") -> Case:
    """Return a case with these bytes."""
    return Case(lambda: data, message, text, suffix)


def patched(data: bytes, place: int, replacement: bytes) -> bytes:
    """Return data with other bytes at a place, which is counted from the end if it is negative."""
    start = place % len(data)
    return data[:start] + replacement + data[start + len(replacement) :]


def entry_patched(replacement: bytes, local: int, central: int, name: str = "orders.csv") -> bytes:
    """Return a zip file with other bytes in the local and in the central header of its only file."""
    data = zipped({name: CSV})
    return patched(patched(data, local, replacement), data.index(b"PK\x01\x02") + central, replacement)


def zip_bomb(levels: int = 1) -> bytes:
    """Return a zip file that expands to 300 MiB, inside other zip files."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("orders.csv", "w") as file:
        for _ in range(300):
            file.write(b"1,1\n" * (MIB // 4))
    inner = data.getvalue()
    for _ in range(levels - 1):
        inner = zipped({"orders.zip": inner})
    return inner


def repeated(compress: Callable[[bytes], bytes]) -> bytes:
    """Return many compressed streams one after another, which expand to 300 MiB of a JSON list."""
    return compress(b"[" + b" " * 4095) + compress(b" " * MIB) * 300


def overlapping(count: int, names: str) -> bytes:
    """Return a zip file in which all files share the same data."""
    data = zipped({names.format(0): b"0" * MIB})
    start = data.index(b"PK\x01\x02")
    size = len(names.format(0))
    entries = b"".join(
        data[start : start + 46] + names.format(number).encode()[-size:].rjust(size, b"0")
        for number in range(count)
    )
    end = struct.pack("<HHIIH", count, count, len(entries), start, 0)
    return data[:start] + entries + b"PK\x05\x06" + bytes(4) + end


def symbolic_link() -> bytes:
    """Return a zip file with a symbolic link to a file outside."""
    data = BytesIO()
    link = zipfile.ZipInfo("orders.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return data.getvalue()


def twice_the_same_name() -> bytes:
    """Return a zip file with two files of one name."""
    return zipped({"orders.csv": CSV, "orders.cs_": CSV}).replace(b"orders.cs_", b"orders.csv")


ZIPS = {
    "a zip bomb": Case(zip_bomb, BOMB, suffix=".zip"),
    "a zip bomb in a zip": Case(partial(zip_bomb, 2), BOMB, suffix=".zip"),
    "a zip bomb in many zips": Case(partial(zip_bomb, 5), "more than 3 containers in each other", suffix=".zip"),
    "overlapping files": Case(partial(overlapping, 500, "orders{}.csv"), "has 500 files in it", suffix=".zip"),
    "too many files": Case(partial(overlapping, 20_000, "orders{:05}.csv"), "a zip of 20000 files", suffix=".zip"),
    "an empty zip": one(b"PK\x05\x06" + bytes(18), "is empty: there is no file in the zip", suffix=".zip"),
    "a zip with folders only": one(zipped({"a/": "", "__MACOSX/._a": ""}), "is empty: there is no file in the zip"),
    "a zip with an empty file": one(zipped({"orders.csv": ""}), "is empty", suffix=".zip"),
    "a zip with a symbolic link": Case(symbolic_link, "has only a symbolic link", suffix=".zip"),
    "a name twice in a zip": Case(twice_the_same_name, "has 2 files in it: orders.csv, orders.csv", suffix=".zip"),
    "a name with escapes": one(zipped({"\x1b[31mred\n.csv": CSV, "b": CSV}), 'has 2 files in it: "', suffix=".zip"),
    "a zip of a folder outside": one(zipped({"../../../../tmp/x.csv": CSV}), text="order,total", suffix=".zip"),
    "a zip of an absolute path": one(zipped({"/etc/passwd": CSV}), text="order,total", suffix=".zip"),
    "a very long name": one(zipped({"a/" * 30_000 + "b.csv": CSV}), text="order,total", suffix=".zip"),
    "an encrypted zip": one(entry_patched(b"\x01", 6, 8), "is an encrypted zip file", suffix=".zip"),
    "an unknown method": one(entry_patched(b"\x62", 8, 10), "packed in a way that cannot be read", suffix=".zip"),
    "damaged data of method LZMA": one(
        patched(zipped({"orders.csv": CSV * 9}, zipfile.ZIP_LZMA), 60, b"\xff\xff\xff"), DAMAGED_ZIP, suffix=".zip"
    ),
    "a wrong sum": one(entry_patched(b"\0\0\0\0", 14, 16), DAMAGED_ZIP, suffix=".zip"),
    "a wrong name": one(patched(zipped({"orders.csv": CSV}), 30, b"X"), DAMAGED_ZIP, suffix=".zip"),
    "a name that is not UTF-8": one(entry_patched(b"\0\x08", 6, 8, "a").replace(b"a", b"\xff"), DAMAGED_ZIP, suffix=".zip"),
    "a directory outside the zip": one(patched(zipped({"a": CSV}), -6, b"\xff\xff\xff\x7f"), DAMAGED_ZIP, suffix=".zip"),
    "a zip cut off in its data": one(zipped({"orders.csv": CSV})[:40], DAMAGED_ZIP, suffix=".zip"),
    "a zip cut off in its directory": one(zipped({"orders.csv": CSV})[:-30], DAMAGED_ZIP, suffix=".zip"),
    "a zip cut off at its end": one(zipped({"orders.csv": CSV})[:-1], DAMAGED_ZIP, suffix=".zip"),
    "a zip with zeros behind": one(zipped({"orders.csv": CSV}) + bytes(100), text="order,total", suffix=".zip"),
    "half of a first part": one(b"PK\x07\x08" + zipped({"a": CSV}), "a part of a zip archive of several parts"),
    "data that only begins as a zip": one(b"PK\x03\x04,total\n1,2\n", DAMAGED_ZIP),
}  # fmt: skip

COMPRESSED = {
    "a gzip bomb": Case(partial(repeated, partial(gzip.compress, mtime=0)), BOMB, suffix=".json.gz"),
    "a bzip2 bomb": Case(partial(repeated, bz2.compress), BOMB, suffix=".json.bz2"),
    "an xz bomb": Case(partial(repeated, partial(lzma.compress, preset=0)), BOMB, suffix=".json.xz"),
    "a damaged Zstandard file in a zip": one(
        zipped({"orders.csv.zst": ZSTD.replace(b"order", b"\xff" * 5)}), "the Zstandard data is damaged", suffix=".zip"
    ),
    "an empty gzip": one(gzip.compress(b""), "is empty", suffix=".gz"),
    "a gzip of blanks": one(gzip.compress(b" \n" * 9), "is empty", suffix=".gz"),
    "joined members": one(gzip.compress(LIST[:9]) + gzip.compress(LIST[9:]), text='{"order": 1}', suffix=".gz"),
    "gzip in gzip in gzip in gzip in gzip": one(
        gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(CSV))))), "more than 3 containers"
    ),
    "a gzip cut off in its header": one(gzip.compress(LIST)[:5], "the gzip data is cut off"),
    "a gzip cut off in its data": one(gzip.compress(LIST)[:20], "the gzip data is cut off"),
    "a gzip cut off in its sum": one(gzip.compress(LIST)[:-3], "the gzip data is cut off"),
    "a gzip with a wrong sum": one(patched(gzip.compress(LIST), -8, b"\0\0\0\0"), "the gzip data is damaged"),
    "a gzip with a wrong size": one(patched(gzip.compress(LIST), -4, b"\0\0\0\xff"), "the gzip data is damaged"),
    "a gzip with text behind": one(gzip.compress(LIST) + b"END", "the gzip data is damaged"),
    "a gzip with zeros behind": one(gzip.compress(LIST) + bytes(99), text='{"order": 1}'),
    "a gzip with a wrong method": one(b"\x1f\x8b\x01" + bytes(30), "the gzip data is damaged"),
    "only the first bytes of gzip": one(b"\x1f\x8b", "the gzip data is cut off"),
    "a bzip2 cut off": one(bz2.compress(CSV)[:-5], "the bzip2 data is cut off"),
    "a damaged bzip2": one(patched(bz2.compress(CSV), 20, b"\xff\xff\xff"), "the bzip2 data is damaged"),
    "only the first bytes of bzip2": one(bz2.compress(CSV)[:20], "the bzip2 data is cut off"),
    "an xz cut off": one(lzma.compress(CSV)[:-5], "the xz data is cut off"),
    "a damaged xz": one(patched(lzma.compress(CSV), 30, b"\xff\xff\xff"), "the xz data is damaged"),
    "a Zstandard file cut off": one(b"\x28\xb5\x2f\xfd\x04\x58\x51", "the Zstandard data is cut off", suffix=".zst"),
    "a damaged Zstandard file": one(b"\x28\xb5\x2f\xfd\x00\x58\x07\x00\x00", "the Zstandard data is damaged", suffix=".zst"),
    "a Zstandard file with text behind": one(ZSTD + b"1,2,3\n", "the Zstandard data is damaged", suffix=".zst"),
    "a Zstandard file with a skipped frame": one(b"\x50\x2a\x4d\x18\x02\0\0\0ab" + ZSTD, "is not text"),
    "joined Zstandard frames": one(ZSTD + ZSTD, text="order,total\n1,10.50", suffix=".zst"),
    "only the first bytes of Zstandard": one(b"\x28\xb5\x2f\xfd", "the Zstandard data is cut off", suffix=".zst"),
}  # fmt: skip

TEXTS = {
    "nothing": one(b"", "is empty"),
    "blank lines": one(b"\r\n \t\n" * 9, "is empty"),
    "only a byte order mark": one(b"\xef\xbb\xbf\n", "is empty"),
    "only a mark of UTF-16": one(b"\xff\xfe", "is empty"),
    "blank lines in UTF-16": one("\n\n".encode("utf-16"), "is empty"),
    "zeros": one(bytes(100_000), "is not text"),
    "random bytes": one(bytes((number * 167 + number // 7) % 256 for number in range(1, 5000)), "is not text"),
    "a NUL in a cell": one(b"order,total\n1,1\0\n2,20.00\n", text="1,1\0"),
    "half a character of UTF-16": one("order,total\n1,2\n".encode("utf-16") + b"1", "line 3: is not UTF-16"),
    "half a surrogate": one("order,total\n".encode("utf-16") + b"\x00\xd8\x0a\x00", "line 2: is not UTF-16"),
    "a line of 20 MB": Case(lambda: b"order,total\n" + b"1" * 20_000_000, text="order,total"),
    "a JSON list of 20 MB of brackets": Case(lambda: b"[{" + b"[" * 20_000_000, "a member has no name in quotes"),
    "deep JSON": Case(lambda: b'[{"a":' + b"[" * 1_000_000, "is nested too deep"),
    "deep objects": Case(lambda: b'{"a":\n' * 1_000_000, "is nested too deep"),
    "a text that never ends": Case(lambda: b'[{"a": "' + b"x" * 50_000_000, "a JSON value of more than 2000000"),
    "a number that never ends": Case(lambda: b'[{"a": ' + b"1" * 50_000_000, "a number of too many digits"),
    "many backslashes": Case(lambda: b'[{"a": "' + b"\\" * 30_000_000, "a JSON value of more than 2000000"),
    "many blanks": Case(lambda: b"[" + b" " * 100_000_000 + b"{}]", text="{}"),
    "many commas": Case(lambda: b"[{}" + b"," * 10_000_000, "an order is a single value"),
    "a million members": Case(lambda: json.dumps({f"o{n}": {"id": n} for n in range(200_000)}).encode(), "a JSON value of more than"),
    "many documents": Case(lambda: b'{"a":[{}]}' * 200_000, text="{}"),
    "an unpaired surrogate in an escape": one(b'[{"order": "\\ud800"}]', text="\\ud800"),
    "a NUL in JSON": one(b'[{"order": "a\0"}]', "invalid control character"),
    "JSON and then text": one(LIST + b"total: 2", "an order is a single value"),
    "JavaScript": one(b"[{order: 1}]", "a member has no name in quotes"),
    "JSON with a comment": one(b'[\n// orders\n{"order": 1}]', "line 2: malformed JSON", suffix=".json"),
    "single quotes": one(b"[{'order': 1}]", "a member has no name in quotes"),
    "brackets in a header": one(b"[order],[total]\n1,2\n", text="[order],[total]"),
    "a number in brackets in a title": one(b"[2025] Orders\norder,total\n1,2\n", text="[2025] Orders"),
    "a JSON name with other text": one(b"order,total\n1,2\n", "malformed JSON", suffix=".json"),
}  # fmt: skip

OTHERS = {
    "a PDF": one(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is a PDF document"),
    "an SQLite database": one(b"SQLite format 3\0" + bytes(99), "is an SQLite database"),
    "a PNG": one(b"\x89PNG\r\n\x1a\n" + bytes(99), "is an image"),
    "a JPEG": one(b"\xff\xd8\xff\xe0" + bytes(99), "is an image"),
    "a GIF": one(b"GIF89a" + bytes(99), "is an image"),
    "a program": one(b"\x7fELF" + bytes(300), "is an executable program"),
    "a Windows program": one(b"MZ".ljust(60, b"\0") + b"\x40\0\0\0PE\0\0" + bytes(99), "is an executable program"),
    **{
        f"a table whose first column is {name}": one(f"{name},total\n1,2\n".encode(), text=f"{name},total")
        for name in ("MZ", "PAR1", "PARENT_ORDER", "ORCHARD", "FEA1", "BZh9", "GIF89")
    },
    "a 7z archive": one(b"7z\xbc\xaf\x27\x1c" + bytes(99), "is a 7z archive"),
    "a RAR archive": one(b"Rar!\x1a\x07\x01\0" + bytes(99), "is a RAR archive"),
    "a tar archive": one(b"orders.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(999), "is a tar archive"),
    "a gzipped tar archive": one(
        gzip.compress(b"orders.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(999)), "is a tar archive", suffix=".tgz"
    ),
    "a Word document": one(zipped({"[Content_Types].xml": "", "word/document.xml": ""}), "is a Word document"),
    "a presentation": one(zipped({"[Content_Types].xml": "", "ppt/presentation.xml": ""}), "is a presentation"),
    "a text of OpenDocument": one(
        zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""}), "is an OpenDocument file, but no"
    ),
    "a Numbers document": one(zipped({"Index/Document.iwa": ""}), "is a Numbers document"),
    "a Java application": one(zipped({"META-INF/MANIFEST.MF": "", "A.class": ""}), "is an application"),
    "an old Word document": one(compound({"WordDocument": b"x"}), "the workbook is damaged"),
    "an encrypted Parquet file": one(b"PARE" + bytes(99), "is an encrypted Parquet file"),
    "an RTF document": one(b"{\\rtf1 orders}", "is an RTF document"),
    "a web archive": one(b"MIME-Version: 1.0\r\n\r\n", "is a web archive"),
    "an XML document": one(b'<?xml version="1.0"?><orders/>', "is an XML document"),
    "an error of an API": one(b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "is an XML document"),
    "a login form": one(b"<!DOCTYPE html><html><form>Log in</form></html>", "is an HTML page without a table"),
    "a workbook in a gzip in a zip": one(
        zipped({"a.gz": gzip.compress(xlsx([["order"], [1.0]]))}), text="order\n1", suffix=".zip"
    ),
}  # fmt: skip

CASES: dict[str, Case] = {
    **ZIPS,
    **COMPRESSED,
    **TEXTS,
    **OTHERS,
    **{name: Case(*values) for name, values in TABLES.items()},
}
