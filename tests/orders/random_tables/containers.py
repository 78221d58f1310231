"""Sheets as files: CSV of any dialect, JSON, Parquet, workbooks; plain or compressed."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from random import Random

    from tests.orders.random_tables.sheets import Cell, Sheet

_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
TITLES = ("Orders", "Report of 2026", "My shop; all orders", "Exported by ann", "")


class CsvDialect(NamedTuple):
    """Dialect of a CSV file."""

    separator: str = ","
    encoding: str = "utf-8"
    ends: Sequence[str] = ("\n",)
    """The ends of lines; of several, any line has one."""
    titles: Sequence[str] = ()
    names_separator: bool = False
    quotes_all: bool = False
    trailing: str = ""
    """Which lines end in a separator: `header`, `rows`, `all` or none."""
    final_end: bool = True
    blank_lines: bool = False


def random_csv_dialect(sheet: Sheet, chance: Random) -> CsvDialect:
    """Return a random dialect in which a sheet can be written."""
    text = "".join([*sheet.names, *(cell.text for row in sheet.rows for cell in row)])
    encodings = ["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
    encodings += ["cp1252"] * 2 if _fits(text, "cp1252") else []
    return CsvDialect(
        chance.choice([",", ",", ";", ";", "\t", "|"]),
        chance.choice(encodings),
        chance.choice([["\n"], ["\n"], ["\r\n"], ["\n", "\r\n"]]),
        chance.sample(TITLES, chance.randint(1, 3)) if chance.random() < 0.15 else (),
        names_separator=chance.random() < 0.1,
        quotes_all=chance.random() < 0.2,
        trailing=chance.choice([*[""] * 8, "header", "rows", "all"]),
        final_end=chance.random() < 0.8,
        blank_lines=chance.random() < 0.05,
    )


def _fits(text: str, encoding: str) -> bool:
    """Return whether a text can be encoded."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def csv_file(sheet: Sheet, dialect: CsvDialect, chance: Random) -> bytes:
    """Return a sheet as a CSV file."""
    lines = [f"sep={dialect.separator}"] if dialect.names_separator else []
    lines += [_csv_line([title], dialect) for title in dialect.titles]
    lines.append(
        _csv_line(sheet.names, dialect) + dialect.separator * (dialect.trailing in ("header", "all"))
    )
    stray = dialect.separator * (dialect.trailing in ("rows", "all"))
    for row in sheet.rows:
        lines += [""] * (dialect.blank_lines and len(row) > 1 and chance.random() < 0.2)
        lines.append(_csv_line([cell.text for cell in row], dialect) + stray)
    ended = [line + chance.choice(dialect.ends) for line in lines]
    text = "".join(ended) if dialect.final_end else "".join(ended[:-1]) + lines[-1]
    marked = "\ufeff" + text if dialect.encoding == "utf-16-be" else text
    return marked.encode(dialect.encoding)


def _csv_line(cells: Sequence[str], dialect: CsvDialect) -> str:
    """Return cells as a line of a CSV file."""
    target = io.StringIO(newline="")
    writer = csv.writer(
        target,
        delimiter=dialect.separator,
        quoting=csv.QUOTE_ALL if dialect.quotes_all else csv.QUOTE_MINIMAL,
    )
    writer.writerow(cells)
    return target.getvalue().removesuffix("\r\n")


# JSON


def json_orders(sheet: Sheet, chance: Random, *, typed: bool) -> list[dict[str, Any]]:
    """Return the rows of a sheet as JSON objects, nested by the points in names; blank cells may be missing."""
    blank = chance.choice(["missing", "null", ""])
    # A member that no order has is no column.
    never = [not any(cell.text for cell in cells) for cells in zip(*sheet.rows, strict=True)]
    orders: list[dict[str, Any]] = []
    for row in sheet.rows:
        order: dict[str, Any] = {}
        for name, cell, is_always_blank in zip(sheet.names, row, never, strict=True):
            value = _json_value(cell, typed=typed)
            if name and not (value == "" and blank == "missing" and not is_always_blank):
                _put(order, name.split("."), None if value == "" and blank == "null" else value)
        orders.append(order)
    if chance.random() < 0.1:
        orders = [{"lineItems": [{"sku": "a", "quantity": 1}], **order} for order in orders]
    return orders


def _json_value(cell: Cell, *, typed: bool) -> str | int | float:
    """Return a cell as a JSON value."""
    if typed and cell.text and isinstance(cell.value, Decimal):
        return float(cell.value) if cell.value % 1 else int(cell.value)
    return cell.text


def _put(order: dict[str, Any], path: Sequence[str], value: object) -> None:
    """Set the member of a JSON object at a path."""
    *outer, last = path
    for step in outer:
        order = order.setdefault(step, {})
    order[last] = value


def json_file(orders: Sequence[dict[str, Any]], shape: str, chance: Random) -> bytes:
    """Return JSON objects as a file of a shape: `lines`, `list`, or an object around the list."""
    plain = chance.random() < 0.5
    if shape == "lines":
        return "\n".join(json.dumps(order, ensure_ascii=plain) for order in orders).encode()
    document = orders if shape == "list" else {"count": len(orders), shape: orders}
    return json.dumps(document, ensure_ascii=plain, indent=chance.choice([None, 2])).encode()


# Parquet


def parquet_file(sheet: Sheet, path: Path, chance: Random, *, typed: bool) -> None:
    """Write a sheet to a Parquet file; names with points are members of structs."""
    lines = path.with_suffix(".lines")
    cells = ([_stored_text(cell, typed=typed) for cell in row] for row in sheet.rows)
    lines.write_text(
        "".join(json.dumps({f"c{i}": text or None for i, text in enumerate(row)}) + "\n" for row in cells)
    )
    columns = {f"c{i}": "VARCHAR" for i in range(len(sheet.names))}
    types = {
        "amount": ["DECIMAL(18,3)", "DECIMAL(30,9)", "DOUBLE"],
        "date": ["DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_MS"],
    }
    types["refund"] = types["amount"]
    tree: dict[str, Any] = {}
    for i, (field, name) in enumerate(zip(sheet.fields, sheet.names, strict=True)):
        kind = chance.choice(types[field]) if typed and field in types else "VARCHAR"
        _put(tree, (name or f"column{i}").split("."), f"c{i}::{kind}")
    selected = ", ".join(f"{_struct(value)} AS {_identifier(name)}" for name, value in tree.items())
    source = f"read_json('{lines}', columns = {columns}, format = 'newline_delimited')"
    duckdb.execute(f"COPY (SELECT {selected} FROM {source}) TO '{path}' (FORMAT parquet)")  # noqa: S608 - names are quoted
    lines.unlink()


def _stored_text(cell: Cell, *, typed: bool) -> str:
    """Return the text of a cell that is converted to its type in a Parquet file."""
    if not typed or not cell.text or cell.value is None:
        return cell.text
    return str(cell.value) if isinstance(cell.value, Decimal) else f"{cell.value:%Y-%m-%d %H:%M:%S}"


def _struct(value: str | dict[str, Any]) -> str:
    """Return the SQL of a column, or of a struct."""
    if isinstance(value, str):
        return value
    members = ", ".join(f"{_identifier(name)} := {_struct(inner)}" for name, inner in value.items())
    return f"struct_pack({members})"


def _identifier(name: str) -> str:
    """Return a name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


# Workbooks


def xlsx_file(sheet: Sheet, titles: Sequence[str], *, typed: bool) -> bytes:
    """Return a sheet as a minimal workbook."""
    rows = [[f'<c t="inlineStr"><is><t>{escape(title)}</t></is></c>'] for title in titles]
    rows.append([f'<c t="inlineStr"><is><t>{escape(name)}</t></is></c>' for name in sheet.names])
    rows += [[_xlsx_cell(cell, typed=typed) for cell in row] for row in sheet.rows]
    data = "".join(f"<row>{''.join(row)}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{kind}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{kind}"><sheets><sheet name="Orders" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{kind}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{kind}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{data}</sheetData></worksheet>',
    }
    return _zip(parts)


def _xlsx_cell(cell: Cell, *, typed: bool) -> str:
    """Return a cell of a workbook."""
    if typed and cell.text and isinstance(cell.value, Decimal):
        return f"<c><v>{float(cell.value)!r}</v></c>"
    if typed and cell.text and isinstance(cell.value, datetime):
        return f'<c s="1"><v>{(cell.value - _DAY_ZERO).total_seconds() / 86400!r}</v></c>'
    return (
        f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell.text)}</t></is></c>'
        if cell.text
        else "<c/>"
    )


def ods_file(sheet: Sheet, titles: Sequence[str], *, typed: bool) -> bytes:
    """Return a sheet as a minimal OpenDocument spreadsheet."""
    rows = [[_ods_text(title)] for title in titles]
    rows.append([_ods_text(name) for name in sheet.names])
    rows += [[_ods_cell(cell, typed=typed) for cell in row] for row in sheet.rows]
    data = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="Orders">'
        f"{data}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return _zip({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def _ods_text(text: str) -> str:
    """Return a cell of a spreadsheet with a text."""
    if not text:
        return "<table:table-cell/>"
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.splitlines())
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


def _ods_cell(cell: Cell, *, typed: bool) -> str:
    """Return a cell of a spreadsheet."""
    if typed and cell.text and isinstance(cell.value, Decimal):
        return f'<table:table-cell office:value-type="float" office:value="{cell.value}"/>'
    if typed and cell.text and isinstance(cell.value, datetime):
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{cell.value:%Y-%m-%dT%H:%M:%S}"/>'
        )
    return _ods_text(cell.text)


# Compression


def compressed(data: bytes, kind: str, name: str) -> bytes:
    """Return data compressed as the suffix of a file says, such as `.gz` or `.zip`."""
    if kind == ".zip":
        return _zip({name: data})
    return _COMPRESS[kind](data) if kind else data


def _zip(parts: dict[str, Any]) -> bytes:
    """Return files as a zip archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()


def _zstandard(data: bytes) -> bytes:
    """Return data as a Zstandard frame of blocks that are not compressed."""
    size = 1 << 17
    blocks = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    frame = b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little")
    for number, block in enumerate(blocks, start=1):
        frame += (len(block) << 3 | (number == len(blocks))).to_bytes(3, "little") + block
    return frame


_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": _zstandard,
}
