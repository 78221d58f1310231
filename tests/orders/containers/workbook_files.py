"""Workbooks for tests, written part by part: .xlsx, .ods, .xls, XML of Excel 2003, and HTML tables."""

from __future__ import annotations

import io
import struct
import zipfile
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES = [0, 14, 22, 46, 21]
"""Number formats by style: general, date, date and time, duration, time."""


def zipped(parts: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file with these files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return data.getvalue()


def cell(value: str | float, place: str = "", style: int = 0) -> str:
    """Return the XML of a cell of an .xlsx sheet."""
    reference = f' r="{place}"' if place else ""
    if isinstance(value, str):
        return f'<c{reference} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c{reference} s="{style}"><v>{value!r}</v></c>'


def sheet_xml(rows: Sequence[Sequence[str | float]]) -> str:
    """Return the XML of the rows of an .xlsx sheet."""
    return "".join(f'<row r="{n}">{"".join(map(cell, row))}</row>' for n, row in enumerate(rows, start=1))


def xlsx_parts(
    sheets: Mapping[str, str], *, hidden: Sequence[str] = (), settings: str = ""
) -> dict[str, str]:
    """Return the parts of an .xlsx workbook. `sheets` maps the name of each sheet to the XML of its rows."""
    listed, relations, parts = "", "", {}
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        state = ' state="hidden"' if name in hidden else ""
        listed += f'<sheet name="{escape(name)}" sheetId="{number}" r:id="s{number}"{state}/>'
        relations += (
            f'<Relationship Id="s{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
    for kind in ("styles", "sharedStrings"):
        relations += f'<Relationship Id="{kind}" Type="{_OFFICE}/{kind}" Target="{kind}.xml"/>'
    formats = "".join(f'<xf numFmtId="{number}"/>' for number in _STYLES)
    document = f'<Relationship Id="d" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{document}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}">{settings}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs>{formats}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}" count="0" uniqueCount="0"></sst>',
        **parts,
    }


def xlsx(rows: Sequence[Sequence[str | float]], name: str = "Orders") -> bytes:
    """Return an .xlsx workbook with one sheet."""
    return zipped(xlsx_parts({name: sheet_xml(rows)}))


def ods(rows: Sequence[Sequence[str]]) -> bytes:
    """Return an .ods workbook with one sheet of texts."""
    office, table, text = (
        f"urn:oasis:names:tc:opendocument:xmlns:{one}:1.0" for one in ("office", "table", "text")
    )
    texts = [
        [
            f'<table:table-cell office:value-type="string"><text:p>{escape(one)}</text:p></table:table-cell>'
            for one in row
        ]
        for row in rows
    ]
    cells = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in texts)
    sheet = f'<table:table table:name="Orders">{cells}</table:table>'
    content = f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" xmlns:text="{text}"><office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body></office:document-content>'
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def xls(rows: Sequence[Sequence[str]]) -> bytes:
    """Return an .xls workbook (BIFF8 in a compound file) with one sheet of texts."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x1DBB, 0x7CC, 0, 6))

    end = record(0x0A, b"")
    name = b"\x06\0Orders"
    size = len(begin(5)) + 4 + 6 + len(name) + len(end)
    book = begin(5) + record(0x85, struct.pack("<IH", size, 0) + name) + end
    labels = b"".join(
        record(0x204, struct.pack("<HHHHB", y, x, 0, len(text), 0) + text.encode("latin-1"))
        for y, row in enumerate(rows)
        for x, text in enumerate(row)
    )
    return compound({"Workbook": book + begin(0x10) + labels + end})


def compound(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file (OLE) with one or two streams, each padded to the size of regular streams."""
    free, last, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    chains, body, entries = [table, last], b"", _entry("Root Entry", 5, last, 0, child=1)
    for number, (name, content) in enumerate(streams.items(), start=1):
        sectors = max(-(-len(content) // 512), 8)
        first = len(chains)
        chains += [*range(first + 1, first + sectors), last]
        body += content.ljust(sectors * 512, b"\0")
        right = number + 1 if number < len(streams) else free
        entries += _entry(name, 2, first, sectors * 512, right=right)
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    header += (
        struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, last, 0, last, 0)
        + struct.pack("<I", 0)
        + b"\xff" * 108 * 4
    )
    sectors_of_fat = struct.pack(f"<{len(chains)}I", *chains).ljust(512, b"\xff")
    return header + sectors_of_fat + entries.ljust(512, b"\0") + body


def _entry(name: str, kind: int, first: int, size: int, **links: int) -> bytes:
    """Return a directory entry of a compound file. `links` has its neighbor `right`, and its first `child`."""
    text = name.encode("utf-16-le")
    right, child = (links.get(one, 0xFFFFFFFF) for one in ("right", "child"))
    start = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, 0xFFFFFFFF, right, child)
    return start + bytes(36) + struct.pack("<IQ", first, size)


def xml_workbook(rows: str, before: str = "", **others: str) -> bytes:
    """Return a workbook in the XML format of Excel 2003 with the XML of the rows of its sheet, and of others."""
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    sheets = "".join(
        f'<Worksheet ss:Name="{name}"><Table>{content}</Table></Worksheet>'
        for name, content in {"Orders": rows, **others}.items()
    )
    return f'<?xml version="1.0"?>\n{before}<Workbook xmlns="{space}" xmlns:ss="{space}">{sheets}</Workbook>'.encode()


def xml_rows(rows: Sequence[Sequence[str]]) -> str:
    """Return the XML of rows of texts for `xml_workbook`."""
    cells = (
        "".join(f'<Cell><Data ss:Type="String">{escape(one)}</Data></Cell>' for one in row) for row in rows
    )
    return "".join(f"<Row>{one}</Row>" for one in cells)


def html_table(rows: Sequence[Sequence[str]]) -> bytes:
    """Return an HTML page with a table of texts."""
    cells = ("".join(f"<td>{escape(one)}</td>" for one in row) for row in rows)
    return f"<html><body><table>{''.join(f'<tr>{one}</tr>' for one in cells)}</table></body></html>".encode()
