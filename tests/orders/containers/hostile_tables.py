"""Workbooks, XML workbooks and HTML tables that are malformed or written to exhaust time or memory.

Each is a tuple of the arguments of `hostile.Case`. Most of the workbooks are those of public bug reports about
readers of workbooks, rebuilt from their descriptions.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.orders.containers.workbook_files import (
    MAIN,
    cell,
    compound,
    html_table,
    ods,
    sheet_xml,
    xls,
    xlsx,
    xlsx_parts,
    xml_rows,
    xml_workbook,
    zipped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS: Sequence[Sequence[str]] = [("order", "total"), ("1", "10.50")]
GOOD = sheet_xml(ROWS)
TEXT = "order,total\n1,10.50"
DAMAGED = "the workbook is damaged"
CUT_OFF = "the zip data is damaged or cut off"
MEMORY = "the table needs too much memory"
SHEET = "xl/worksheets/sheet1.xml"

Table = tuple["Callable[[], bytes]", str, str, str]


def refused(build: Callable[[], bytes], message: str, suffix: str = ".xlsx") -> Table:
    """Return a table that is refused with this message."""
    return build, message, "", suffix


def read(build: Callable[[], bytes], text: str = TEXT, suffix: str = ".xlsx") -> Table:
    """Return a table that is read, with a part of its text."""
    return build, "", text, suffix


def sheet(rows: str) -> bytes:
    """Return an .xlsx workbook with the XML of the rows of its sheet."""
    return zipped(xlsx_parts({"Orders": rows}))


def workbook(**parts: str | None) -> bytes:
    """Return a good .xlsx workbook in which some parts, named without folder and suffix, are replaced or removed."""
    found = xlsx_parts({"Orders": GOOD})
    for name in list(found):
        short = name.rpartition("/")[2].partition(".")[0]
        if short in parts:
            if (replaced := parts[short]) is None:
                del found[name]
            else:
                found[name] = replaced
    return zipped(found)


def strings(declared: int, texts: Sequence[str]) -> str:
    """Return the shared strings of an .xlsx workbook that declares a number of them."""
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return f'<sst xmlns="{MAIN}" count="{declared}" uniqueCount="{declared}">{items}</sst>'


def shared(count: int) -> str:
    """Return the XML of a sheet with cells that all use the first shared string."""
    rows = '<row><c t="s"><v>0</v></c></row>' * count
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def with_part(name: str, content: bytes | str) -> bytes:
    """Return a good .xlsx workbook with one more part."""
    return zipped({**xlsx_parts({"Orders": GOOD}), name: content})


def many_sheets() -> bytes:
    """Return an .xlsx workbook that lists 100,000 sheets, all with the same part."""
    parts = xlsx_parts({"Orders": GOOD})
    listed = "".join(
        f'<sheet name="S{number}" sheetId="{number}" r:id="s1"/>' for number in range(1, 100_001)
    )
    book = parts["xl/workbook.xml"]
    start, end = book.index("<sheet "), book.index("</sheets>")
    return zipped({**parts, "xl/workbook.xml": book[:start] + listed + book[end:]})


def laughs(root: str) -> str:
    """Return a document type whose entities expand to a billion words."""
    uses = [f"&a{number};" * 10 for number in range(9)]
    entities = '<!ENTITY a0 "x">' + "".join(f'<!ENTITY a{n} "{use}">' for n, use in enumerate(uses, start=1))
    return f"<!DOCTYPE {root} [{entities}]>"


def laughing_sheet() -> bytes:
    """Return an .xlsx workbook with an entity bomb in its sheet."""
    parts = xlsx_parts({"Orders": "<row><c t='str'><v>&a9;</v></c></row>" + GOOD})
    return zipped({**parts, SHEET: laughs("worksheet") + parts[SHEET]})


def declared_bomb() -> bytes:
    """Return an .xlsx workbook with a part of 300 MiB of blanks, which is packed well."""
    return with_part("xl/media/image.bin", bytes(300 * 1024 * 1024))


def repeated_cells(attribute: str) -> bytes:
    """Return an .ods workbook in which a cell is repeated a billion times."""
    content = (
        '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet>'
        f'<table:table table:name="Orders"><table:table-row {attribute if "rows" in attribute else ""}><table:table-cell '
        f'office:value-type="string" {attribute if "columns" in attribute else ""}><text:p>1</text:p></table:table-cell>'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="m"/>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def old(place: int, replacement: bytes) -> bytes:
    """Return an .xls workbook with other bytes at a place."""
    data = xls(ROWS)
    return data[:place] + replacement + data[place + len(replacement) :]


WORKBOOKS: dict[str, Table] = {
    "a billion declared cells": read(
        lambda: workbook(sheet1=f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData>{GOOD}</sheetData></worksheet>')
    ),
    "dimensions from row 0": refused(
        lambda: workbook(sheet1=f'<worksheet xmlns="{MAIN}"><dimension ref="A0:B48943"/><sheetData>{GOOD}</sheetData></worksheet>'), DAMAGED
    ),
    "dimensions that are none": refused(
        lambda: workbook(sheet1=f'<worksheet xmlns="{MAIN}"><dimension ref="%%"/><sheetData>{GOOD}</sheetData></worksheet>'), DAMAGED
    ),
    "a cell at the very end": refused(
        lambda: sheet(f'<row r="1">{cell(1.0, "A1")}</row><row r="1048576">{cell(1.0, "XFD1048576")}</row>'), MEMORY
    ),
    "a row and a column full of cells": refused(
        lambda: sheet(f'<row r="1">{cell(1.0, "A1")}{cell(1.0, "XFD1")}</row><row r="3200">{cell(1.0, "A3200")}</row>'),
        MEMORY,
    ),
    "a row beyond the limits": refused(lambda: sheet(f'<row r="4294967295">{cell(1.0, "A4294967295")}</row>'), ""),
    "a column beyond the limits": read(lambda: sheet(f'<row r="1">{cell(1.0, "ZZZZZZZ1")}</row>'), "1"),
    "a cell in row 0": refused(lambda: sheet(f'<row r="0">{cell(1.0, "A0")}</row>'), ""),
    "a cell without a column": refused(lambda: sheet(f'<row r="1">{cell(1.0, "1")}</row>'), ""),
    "no places": read(lambda: sheet(GOOD)),
    "a million declared strings of which one exists": refused(
        lambda: workbook(sharedStrings=strings(9_999_999_999_999, ["x"])), MEMORY
    ),
    "a wrong number of strings": read(lambda: workbook(sharedStrings=strings(1_000, ["x"]))),
    "a string of 10 MB in 1,000 cells": refused(
        lambda: workbook(sharedStrings=strings(1, ["x" * 10_000_000]), sheet1=shared(1_000)), MEMORY
    ),
    "a string that does not exist": refused(
        lambda: workbook(sheet1=shared(1), sharedStrings=strings(0, [])), DAMAGED
    ),
    "no shared strings": read(lambda: workbook(sharedStrings=None)),
    "no styles": read(lambda: workbook(styles=None)),
    "no list of sheets": refused(lambda: workbook(workbook=f'<workbook xmlns="{MAIN}"/>'), DAMAGED),
    "no workbook part": refused(lambda: workbook(workbook=None), DAMAGED),
    "no sheet part": refused(lambda: workbook(sheet1=None), DAMAGED),
    "an empty sheet part": refused(lambda: workbook(sheet1=""), DAMAGED),
    "a sheet of blanks": refused(lambda: sheet('<row r="1"><c r="A1" s="1"/></row>'), "no sheet of the workbook has rows"),
    "a sheet of empty texts": refused(lambda: sheet(sheet_xml([["", ""], ["", ""]])), "has no values"),
    "100,000 sheets": refused(many_sheets, "a workbook of 100000 sheets"),
    "an entity bomb": refused(laughing_sheet, DAMAGED),
    "a part of 300 MiB": refused(declared_bomb, "the workbook expands to 0.3 GiB"),
    "macros": read(lambda: with_part("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not a project"), suffix=".xlsm"),
    "external links": read(
        lambda: with_part("xl/externalLinks/externalLink1.xml", '<externalLink r:id="http://example.com/orders.xlsx"/>')
    ),
    "a formula with a link": read(
        lambda: sheet(GOOD + '<row><c t="str"><f>WEBSERVICE("http://example.com")</f><v>kept</v></c></row>'), "kept"
    ),
    "deep XML": read(lambda: sheet(GOOD + "<row>" * 500_000)),
    "an attribute of 20 MB": read(lambda: sheet(f'<row spans="{"1" * 20_000_000}"/>{GOOD}')),
    "malformed XML": read(lambda: sheet(f"{GOOD}<row></cell>")),
    "a sheet part cut off": refused(lambda: workbook(sheet1=f'<worksheet xmlns="{MAIN}"><sheetData>{GOOD}<row><c'), DAMAGED),
    "text for a number": read(lambda: sheet("<row><c><v>abc</v></c></row>"), "abc"),
    "a number beyond all dates": read(lambda: sheet(f"<row>{cell(1e9, style=1)}{cell(-5.0, style=1)}</row>"), "1000000000"),
    "an infinite number": read(lambda: sheet("<row><c><v>1e400</v></c></row>"), "inf"),
    "an error in a cell": read(lambda: sheet(f'{GOOD}<row><c t="e"><v>#N/A</v></c><c><v>7</v></c></row>'), ",7"),
    "an unknown type of cell": refused(lambda: sheet('<row><c t="zz"><v>1</v></c></row>'), ""),
    "an encrypted workbook": refused(
        lambda: compound({"EncryptedPackage": bytes(9999), "EncryptionInfo": b"\4\0\4\0@\0\0\0<encryption/>"}), "encrypted"
    ),
    "a compound file of nothing": refused(lambda: compound({}), DAMAGED, ".xls"),
    "a compound file cut off in its header": refused(lambda: xls(ROWS)[:100], DAMAGED, ".xls"),
    "a compound file cut off in its data": refused(lambda: xls(ROWS)[:1600], "", ".xls"),
    "four billion sectors of a table": read(lambda: old(44, b"\xff\xff\xff\xff"), TEXT, ".xls"),
    "four billion sectors of tables": read(lambda: old(72, b"\xff\xff\xff\xff"), TEXT, ".xls"),
    "a chain of sectors in a circle": read(lambda: old(512 + 8, struct.pack("<I", 2)), TEXT, ".xls"),
    "a size of sectors of 2^255": refused(lambda: old(30, b"\xff\0"), DAMAGED, ".xls"),
    "a sheet outside the workbook": refused(lambda: xls(ROWS).replace(b"\x85\0\x0e\0", b"\x85\0\x0e\0\xff\xff\xff\x7f")[:-4], "", ".xls"),
    "a billion columns in .ods": read(lambda: repeated_cells('table:number-columns-repeated="1000000000"'), "1,1,1,1", ".ods"),
    "a billion rows in .ods": read(lambda: repeated_cells('table:number-rows-repeated="1000000000"'), "1\n1\n1\n", ".ods"),
    "an .ods cut off": refused(lambda: ods(ROWS)[:300], CUT_OFF, ".ods"),
    **{f"an .xlsx cut off at {share} %": refused(lambda share=share: (data := xlsx(ROWS))[: len(data) * share // 100], CUT_OFF) for share in (5, 50, 95, 99)},  # type: ignore[misc]  # mypy infers no type for the default of a lambda
}  # fmt: skip

XML: dict[str, Table] = {
    "an entity bomb in an XML workbook": refused(
        lambda: xml_workbook("<Row><Cell><Data>&a9;</Data></Cell></Row>", laughs("Workbook")), "a document type", ".xml"
    ),
    "an entity with a file": refused(
        lambda: xml_workbook("<Row/>", '<!DOCTYPE Workbook [<!ENTITY f SYSTEM "file:///etc/passwd">]>'), "a document type", ".xml"
    ),
    "a row far below": refused(lambda: xml_workbook('<Row ss:Index="99999999999"/>'), 'row "99999999999" does not exist', ".xml"),
    "the last row and the last column": refused(
        lambda: xml_workbook('<Row ss:Index="1048576"><Cell ss:Index="16384"><Data>1</Data></Cell></Row>'), "cells", ".xml"
    ),
    "many merged cells": refused(
        lambda: xml_workbook('<Row><Cell ss:MergeAcross="16384"/></Row>' * 50_000), "", ".xml"
    ),
    "an index that is no number": refused(lambda: xml_workbook('<Row ss:Index="-1"/>'), 'row "-1" does not exist', ".xml"),
    "an XML workbook cut off": refused(lambda: xml_workbook(xml_rows(ROWS))[:-20], "malformed XML", ".xml"),
    "an XML workbook without rows": refused(lambda: xml_workbook(""), "is empty", ".xml"),
    "deep XML in a workbook": refused(lambda: xml_workbook("<Row>" * 300_000), "", ".xml"),
    "text that never ends": read(lambda: xml_workbook(f"<Row><Cell><Data>{'x' * 20_000_000}</Data></Cell></Row>"), "xxxx", ".xml"),
    "a declared encoding that is another": read(
        lambda: xml_workbook(xml_rows([["Zoë"]])).replace(b'version="1.0"', b'version="1.0" encoding="ascii"'), "Zoë", ".xml"
    ),
}  # fmt: skip

HTML: dict[str, Table] = {
    "a comment without end": refused(lambda: b"<html><!--" + b"x" * 20_000_000, "", ".xls"),
    "many brackets": refused(lambda: b"<html>" + b"<" * 3_000_000, "", ".xls"),
    "many declarations": refused(lambda: b"<html>" + b"<!" * 1_000_000, "", ".xls"),
    "many tags without end": refused(lambda: b"<html>" + b"<a b=" * 500_000, "", ".xls"),
    "deep tables": refused(lambda: b"<html>" + b"<table>" * 1_000_000, "the HTML page is cut off", ".xls"),
    "wide cells": refused(lambda: b"<table>" + b"<tr><td colspan=9999>1" * 30_000, "", ".xls"),
    "a table cut off": refused(lambda: html_table(ROWS)[:-40], "the HTML page is cut off: its table has no end", ".xls"),
    "a page of 70 MB": refused(lambda: html_table(ROWS) + b" " * 70_000_000, "an HTML page of more than 64 MiB", ".xls"),
    "a script in a table": read(lambda: html_table(ROWS).replace(b"<td>1<", b"<td><script>x</script>1<"), TEXT, ".xls"),
}  # fmt: skip

TABLES = {**WORKBOOKS, **XML, **HTML}
