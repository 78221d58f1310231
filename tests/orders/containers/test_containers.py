"""The same orders are read from every container."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from pathlib import Path

import duckdb
import pytest

from loyaltyctl.errors import InvalidData, LoyaltyError, UsageError
from loyaltyctl.orders.containers.copies import copy_standard_input
from loyaltyctl.orders.containers.readable import HEAD
from tests.orders.containers.hostile import ZSTD
from tests.orders.containers.opened import decompress_zstd, opened, rows
from tests.orders.containers.workbook_files import (
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

HEADER = ("order", "customer", "total")
ORDERS = [("1", "Zoë, née Ött", "10.50"), ("2", 'a "b"', "1234.00")]
TABLE = [HEADER, *ORDERS]
ASCII = [HEADER, ("1", "a, b", "10.50"), ("2", "c", "1234.00")]
TEXT = 'order,customer,total\n1,"Zoë, née Ött",10.50\n2,"a ""b""",1234.00\n'
LINES = '{"order":"1","customer":"Zoë, née Ött","total":"10.50"}\n{"order":"2","customer":"a \\"b\\"","total":"1234.00"}\n'
LIST = f"[{LINES.strip().replace(chr(10), ',')}]"

CSV = TEXT.encode()
ZIPPED = zipped({"orders.csv": TEXT})

CONTAINERS = {
    "orders.csv": (CSV, "line", ()),
    "mark.csv": (b"\xef\xbb\xbf" + CSV, "line", ()),
    "orders.csv.gz": (gzip.compress(CSV), "line", ()),
    "joined.csv.gz": (gzip.compress(CSV[:30]) + gzip.compress(CSV[30:]), "line", ()),
    "orders.csv.bz2": (bz2.compress(CSV), "line", ()),
    "orders.csv.xz": (lzma.compress(CSV), "line", ()),
    "orders.zip": (ZIPPED, "line", ("the file orders.csv in it",)),
    "mac.zip": (
        zipped(
            {
                "a/": "",
                "a/orders.csv": TEXT,
                "__MACOSX/a/._orders.csv": "x",
                "a/.DS_Store": "x",
                "a/._b.csv": "x",
            }
        ),
        "line",
        ("the file orders.csv in it",),
    ),
    "outside.zip": (zipped({"../../etc/orders.csv": TEXT}), "line", ("the file orders.csv in it",)),
    "windows.zip": (zipped({"C:\\x\\orders.csv": TEXT}), "line", ("the file orders.csv in it",)),
    "twice.zip": (
        zipped({"orders.zip": ZIPPED}),
        "line",
        ("the file orders.zip in it", "the file orders.csv in it"),
    ),
    "gzip.zip": (zipped({"orders.csv.gz": gzip.compress(CSV)}), "line", ("the file orders.csv.gz in it",)),
    "utf16.csv": (TEXT.encode("utf-16"), "line", ("read as UTF-16",)),
    "utf16-be.csv": (b"\xfe\xff" + TEXT.encode("utf-16-be"), "line", ("read as UTF-16",)),
    "utf16-le-no-mark.csv": (TEXT.encode("utf-16-le"), "line", ("read as UTF-16",)),
    "utf16-be-no-mark.csv": (TEXT.encode("utf-16-be"), "line", ("read as UTF-16",)),
    "utf32.csv": (TEXT.encode("utf-32"), "line", ("read as UTF-32",)),
    "utf16.csv.gz": (gzip.compress(TEXT.encode("utf-16")), "line", ("read as UTF-16",)),
    "windows.csv": (TEXT.encode("cp1252"), "line", ("read as Windows-1252",)),
    "windows.csv.gz": (gzip.compress(TEXT.encode("cp1252")), "line", ("read as Windows-1252",)),
    "orders.xlsx": (xlsx(TABLE), "row", ('sheet "Orders"',)),
    "orders.xlsx.gz": (gzip.compress(xlsx(TABLE)), "row", ('sheet "Orders"',)),
    "workbook.zip": (zipped({"o.xlsx": xlsx(TABLE)}), "row", ("the file o.xlsx in it", 'sheet "Orders"')),
    "orders.ods": (ods(TABLE), "row", ('sheet "Orders"',)),
    "orders.xml": (xml_workbook(xml_rows(TABLE)), "row", ('sheet "Orders"',)),
    "orders.html": (html_table(TABLE), "row", ("the table in the HTML page",)),
    "html.xls": (
        html_table(TABLE),
        "row",
        ("read as an HTML page, although its name ends in .xls", "the table in the HTML page"),
    ),
    "text.xls": (CSV, "line", ("read as text, although its name ends in .xls",)),
    "gzip.csv": (gzip.compress(CSV), "line", ("read as gzip, although its name ends in .csv",)),
    "xlsx.csv": (
        xlsx(TABLE),
        "row",
        ("read as a workbook, although its name ends in .csv", 'sheet "Orders"'),
    ),
    "orders.jsonl": (LINES.encode(), "line", ()),
    "mark.jsonl": (b"\xef\xbb\xbf" + LINES.encode(), "line", ()),
    "orders.jsonl.gz": (gzip.compress(LINES.encode()), "line", ()),
    "orders.json": (LIST.encode(), "order", ()),
    "orders.json.gz": (gzip.compress(LIST.encode()), "order", ()),
    "utf16.json": (LIST.encode("utf-16"), "order", ("read as UTF-16",)),
    "list.csv": (LIST.encode(), "order", ("read as JSON, although its name ends in .csv",)),
    "no-suffix": (CSV, "line", ()),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_gives_the_same_orders(name: str, tmp_path: Path) -> None:
    data, unit, notes = CONTAINERS[name]
    path = tmp_path / name
    path.write_bytes(data)

    readable = opened(path, tmp_path)

    assert rows(readable) == ORDERS
    assert (readable.source, readable.unit, readable.notes) == (name, unit, notes)
    assert [*(tmp_path / "copies").iterdir()] == ([] if readable.path == path else [readable.path])


KINDS = {
    "workbook.zip": ("a zip file", "a workbook"),
    "orders.xlsx": ("a workbook",),
    "utf16.csv.gz": ("gzip", "text"),
    "twice.zip": ("a zip file", "a zip file", "text"),
}


@pytest.mark.parametrize("name", KINDS)
def test_the_kinds_of_containers_are_known_from_the_outer_one_on(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(CONTAINERS[name][0])

    assert opened(path, tmp_path).kinds == KINDS[name]


def test_an_old_workbook_gives_its_orders(tmp_path: Path) -> None:
    (tmp_path / "orders.xls").write_bytes(xls(ASCII))

    readable = opened(tmp_path / "orders.xls", tmp_path)

    assert rows(readable) == ASCII[1:]
    assert readable.unit == "row"


def test_zstandard_is_decompressed_by_the_given_function(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv.zst"
    table = "(VALUES ('1', 'Zoë, née Ött', '10.50'), ('2', 'a \"b\"', '1234.00')) AS t(\"order\", customer, total)"
    duckdb.connect().execute(f"COPY (FROM {table}) TO '{path}' (FORMAT csv, COMPRESSION zstd)")

    assert rows(opened(path, tmp_path)) == ORDERS


@pytest.mark.linux
def test_a_full_disk_is_not_taken_for_damaged_zstandard_data(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv.zst"
    path.write_bytes(ZSTD)

    with pytest.raises(LoyaltyError, match="the disk is full") as error:
        decompress_zstd(path, Path("/dev/full"), "orders.csv.zst")
    assert "set TMPDIR" in error.value.hint


def test_parquet_is_read_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    duckdb.connect().execute(f"COPY (SELECT 1 AS id, 10.50 AS total) TO '{path}'")

    readable = opened(path, tmp_path)

    assert (readable.path, readable.unit) == (path, "row")
    assert rows(readable) == [("1", "10.50")]


@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_of_a_plain_file_only_the_first_bytes_are_read(name: str, tmp_path: Path) -> None:
    data = b"order,total\n" + b"1,10.50\n" * HEAD + b"\xff\xff"
    path = tmp_path / name
    path.write_bytes(
        gzip.compress(data)[:-20] if name.endswith("gz") else data
    )  # cut off, which only the end tells

    readable = opened(path, tmp_path)

    assert (readable.path, readable.notes) == (path, ())


def test_a_zip_with_several_files_is_refused_with_their_names(tmp_path: Path) -> None:
    path = tmp_path / "orders.zip"
    path.write_bytes(zipped({"january.csv": TEXT, "february.csv": TEXT}))

    with pytest.raises(
        UsageError, match=r"orders\.zip has 2 files in it: january\.csv, february\.csv"
    ) as error:
        opened(path, tmp_path)
    assert "Unzip it" in error.value.hint


def test_containers_may_be_nested_three_levels_deep(tmp_path: Path) -> None:
    three = zipped({"twice.zip": zipped({"orders.zip": ZIPPED})})
    (tmp_path / "three.zip").write_bytes(three)
    (tmp_path / "four.zip").write_bytes(zipped({"three.zip": three}))

    assert rows(opened(tmp_path / "three.zip", tmp_path)) == ORDERS
    with pytest.raises(InvalidData, match="more than 3 containers in each other"):
        opened(tmp_path / "four.zip", tmp_path)


SHEETS = [
    ({"Empty": "", "Data": sheet_xml(TABLE)}, {}, 'sheet "Data" (not read: "Empty")'),
    ({"Data": sheet_xml(TABLE), "Empty": ""}, {}, 'sheet "Data" (not read: "Empty")'),
    ({"Secret": sheet_xml([["x"]]), "Data": sheet_xml(TABLE)}, {}, 'sheet "Data" (not read: "Secret")'),
    (
        {"Other": sheet_xml([["x"]]), "Data": sheet_xml(TABLE)},
        {"records": "data"},
        'sheet "Data" (not read: "Other")',
    ),
]


@pytest.mark.parametrize(("sheets", "options", "note"), SHEETS, ids=["second", "first", "hidden", "named"])
def test_the_first_visible_sheet_with_rows_is_read(
    sheets: dict[str, str], options: dict[str, str], note: str, tmp_path: Path
) -> None:
    path = tmp_path / "orders.xlsx"
    path.write_bytes(zipped(xlsx_parts(sheets, hidden=["Secret"])))

    readable = opened(path, tmp_path, **options)

    assert rows(readable) == ORDERS
    assert readable.notes == (note,)


NAMES = frozenset({"order", "total", "date"})
"""Normalized names of columns of orders."""
ORDER_HEADER = ["Order", "Date", "Total"]
JANUARY, FEBRUARY = (sheet_xml([ORDER_HEADER, [n, f"2025-0{n}-01", n]]) for n in (1, 2))


@pytest.mark.parametrize(
    ("sheets", "expected", "note"),
    [
        ({"Notes": sheet_xml([["Total"], [3]]), "Data": JANUARY}, [1], 'sheet "Data" (not read: "Notes")'),
        (
            {"Jan": JANUARY, "Feb": sheet_xml([["2025"], ORDER_HEADER, [2, "2025-02-01", 2]]), "Notes": sheet_xml([["x"]])},
            [1, 2],
            'sheets "Jan", "Feb", one after another: their rows are counted on (not read: "Notes")',
        ),
        ({"Jan": JANUARY, "Secret": FEBRUARY}, [1], 'sheet "Jan" (not read: "Secret")'),
    ],
)  # fmt: skip
def test_the_sheets_with_orders_are_found_by_their_headers(
    sheets: dict[str, str], expected: list[int], note: str, tmp_path: Path
) -> None:
    path = tmp_path / "orders.xlsx"
    path.write_bytes(zipped(xlsx_parts(sheets, hidden=["Secret"])))

    readable = opened(path, tmp_path, names=NAMES)

    assert [row[0] for row in rows(readable)] == [str(number) for number in expected]
    assert readable.notes == (note,)


@pytest.mark.parametrize(
    ("second", "what"),
    [
        (sheet_xml([ORDER_HEADER, [2, "2025-02-01", 2], [1, "2025-01-01", 1]]), "the same orders"),
        (sheet_xml([["Total", *ORDER_HEADER[:2]], [2, 2, "2025-02-01"]]), "orders in different columns"),
    ],
)
def test_sheets_of_which_it_is_not_clear_how_they_belong_together_are_refused(
    second: str, what: str, tmp_path: Path
) -> None:
    path = tmp_path / "orders.xlsx"
    path.write_bytes(zipped(xlsx_parts({"Jan": JANUARY, "All": second})))

    with pytest.raises(UsageError, match=f'the sheets "Jan" and "All" have {what}') as error:
        opened(path, tmp_path, names=NAMES)

    assert error.value.hint == "Name the sheet to read: --records Jan"
    assert [row[0] for row in rows(opened(path, tmp_path, names=NAMES, records="Jan"))] == ["1"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.234,56 €", "7,25"), ("EUR 12,5", "7,25"), ("1,234.56", "7.25"), ("Cup, 2 pieces", "7.25")],
)
def test_numbers_beside_texts_with_decimal_commas_get_one(text: str, number: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    path.write_bytes(zipped(xlsx_parts({"Data": sheet_xml([["id", "total"], [1, text], [2, 7.25]])})))

    assert rows(opened(path, tmp_path)) == [("1", text), ("2", number)]


XML_SHEETS = [
    ({}, [("1",)], 'sheet "Orders" (not read: "Other", "Empty")'),
    ({"records": "other"}, [("2",)], 'sheet "Other" (not read: "Orders", "Empty")'),
]


@pytest.mark.parametrize(("options", "expected", "note"), XML_SHEETS, ids=["first", "named"])
def test_a_sheet_of_an_xml_workbook_is_read(
    options: dict[str, str], expected: list[tuple[str]], note: str, tmp_path: Path
) -> None:
    path = tmp_path / "orders.xml"
    path.write_bytes(xml_workbook(xml_rows([["order"], ["1"]]), Other=xml_rows([["order"], ["2"]]), Empty=""))

    readable = opened(path, tmp_path, **options)

    assert rows(readable) == expected
    assert readable.notes == (note,)


SHEET_FILES = {
    "orders.xlsx": zipped(xlsx_parts({"Orders": sheet_xml(TABLE), "Empty": ""})),
    "orders.xml": xml_workbook(xml_rows(TABLE), Empty=""),
}


@pytest.mark.parametrize("name", SHEET_FILES)
def test_a_sheet_that_does_not_exist_is_refused_with_the_names_of_the_others(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(SHEET_FILES[name])

    with pytest.raises(UsageError, match='has no sheet "Sales"') as error:
        opened(path, tmp_path, records="Sales")
    assert error.value.hint == 'Its sheets: "Orders", "Empty".'


@pytest.mark.parametrize("name", SHEET_FILES)
def test_a_sheet_without_rows_is_refused_with_its_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(SHEET_FILES[name])

    with pytest.raises(InvalidData, match='is empty: its sheet "Empty" has no rows'):
        opened(path, tmp_path, records="Empty")


def test_row_n_of_a_sheet_is_line_n_of_its_copy(tmp_path: Path) -> None:
    blank = '<row r="2000"><c r="ZZ2000" s="1"/></row>'  # a format far below the orders
    sheet = (
        f'<row r="3"><c r="B3"><v>1</v></c></row><row r="5"><c r="C5" t="str"><v>a\nb</v></c></row>{blank}'
    )
    path = tmp_path / "orders.xlsx"
    path.write_bytes(zipped(xlsx_parts({"Orders": sheet})))

    text = opened(path, tmp_path).path.read_text()

    assert [line.strip(",") for line in text.splitlines()] == ["", "", "1", "", "a b"]
    assert len({line.count(",") for line in text.splitlines()}) == 1


def test_without_its_library_a_workbook_is_refused_with_the_command_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    path = tmp_path / "orders.xlsx"
    path.write_bytes(xlsx(TABLE))

    with pytest.raises(UsageError, match="workbooks need python-calamine") as error:
        opened(path, tmp_path)
    assert "pip install 'loyaltyctl[backtest]'" in error.value.hint


def test_modules_of_the_current_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python_calamine.py").write_text("raise SystemExit('imported')")
    (tmp_path / "csv.py").write_text("raise SystemExit('imported')")
    (tmp_path / "orders.xlsx").write_bytes(xlsx(TABLE))
    monkeypatch.chdir(tmp_path)

    assert rows(opened(tmp_path / "orders.xlsx", tmp_path)) == ORDERS


def test_standard_input_is_copied(tmp_path: Path) -> None:
    path = copy_standard_input(io.BytesIO(CSV * 100_000), tmp_path)

    assert path.read_bytes() == CSV * 100_000
    assert path.stat().st_mode & 0o077 == 0


def test_an_empty_standard_input_is_refused_and_leaves_no_copy(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="standard input is empty"):
        copy_standard_input(io.BytesIO(), tmp_path)
    assert [*tmp_path.iterdir()] == []
