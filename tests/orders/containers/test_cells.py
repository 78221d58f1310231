"""Texts of spreadsheet cells."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.containers.cells import cell_text
from tests.orders.containers.opened import opened
from tests.orders.containers.workbook_files import cell, html_table, xlsx_parts, xml_workbook, zipped

if TYPE_CHECKING:
    from pathlib import Path

    from loyaltyctl.orders.containers.cells import Cell

TEXTS: list[tuple[Cell, str]] = [
    (1001.0, "1001"), (1001, "1001"), (10.5, "10.5"), (0.1, "0.1"), (-3.25, "-3.25"), (0.0, "0"), (-0.0, "0"),
    (19.990000000000002, "19.990000000000002"), (1.234, "1.2340"), (1234.567, "1234.5670"), (-0.125, "-0.1250"),
    (1e20, "100000000000000000000"), (1.5e-7, "0.00000015"), (1e-3, "0.0010"), (1e-05, "0.00001"),
    (float("inf"), "inf"), (float("nan"), "nan"), (True, "true"), (False, "false"), ("", ""), ("1.234", "1.234"),
    ("a\nb", "a b"), ("a\r\nb\u2028c\x85d", "a b c d"), ("a\0b\n", "ab"), (" a  b ", " a  b "), ("é\u00a0x", "é\u00a0x"),
    (date(2025, 12, 31), "2025-12-31"), (datetime(2025, 12, 31, 10, 0), "2025-12-31T10:00:00"),  # noqa: DTZ001 - sheets have no time zones
    (datetime(2024, 12, 31, 23, 59, 59, 999_000), "2025-01-01T00:00:00"),  # noqa: DTZ001 - as above
    (datetime(2024, 12, 31, 23, 59, 59, 700_000), "2024-12-31T23:59:59"),  # noqa: DTZ001 - as above
    (datetime(9999, 12, 31, 23, 59, 59, 999_000), "9999-12-31T23:59:59"),  # noqa: DTZ001 - as above
    (time(9, 5), "09:05:00"), (timedelta(hours=36, minutes=5), "36:05:00"), (timedelta(seconds=59.9999), "0:01:00"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), TEXTS, ids=[repr(case[0])[:40] for case in TEXTS])
def test_each_cell_has_one_text(value: Cell, expected: str) -> None:
    assert cell_text(value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_is_exact_and_never_looks_like_a_thousands_group(value: float) -> None:
    text = cell_text(value)

    assert float(text) == value
    assert Decimal(text) == Decimal(repr(value))
    assert "e" not in text.lower()
    assert len(text.partition(".")[2]) != 3


@given(st.text())
def test_the_text_of_a_cell_is_one_line(text: str) -> None:
    assert len(cell_text(text).splitlines()) <= 1


def test_dates_and_numbers_of_a_workbook_keep_their_values(tmp_path: Path) -> None:
    cells = [
        cell(45658, style=1),
        cell(45658.4166666667, style=2),
        cell(45657.99999999, style=2),
        cell(1.5, style=3),
    ]
    parts = xlsx_parts({"Orders": f"<row>{''.join([*cells, cell(1.234), cell(45658)])}</row>"})
    dates_of_1904 = xlsx_parts({"Orders": f"<row>{cells[0]}</row>"}, settings='<workbookPr date1904="1"/>')
    (tmp_path / "a.xlsx").write_bytes(zipped(parts))
    (tmp_path / "b.xlsx").write_bytes(zipped(dates_of_1904))

    found = opened(tmp_path / "a.xlsx", tmp_path).path.read_text()

    assert found == "2025-01-01,2025-01-01T10:00:00,2025-01-01T00:00:00,36:00:00,1.2340,45658\n"
    assert opened(tmp_path / "b.xlsx", tmp_path).path.read_text() == "2029-01-02\n"


def test_types_and_places_of_an_xml_workbook_are_kept(tmp_path: Path) -> None:
    row = (
        '<Cell><Data ss:Type="Number">1001.0</Data></Cell><Cell ss:Index="3"><Data ss:Type="Number">1.234</Data></Cell>'
        '<Cell ss:MergeAcross="1"><Data ss:Type="DateTime">2025-12-31T00:00:00.000</Data></Cell>'
        '<Cell><Data ss:Type="DateTime">2025-12-31T10:00:00.000</Data></Cell><Cell><Data ss:Type="Boolean">1</Data></Cell>'
        '<Cell><Data ss:Type="String">a\nb &amp; <B xmlns="http://www.w3.org/TR/REC-html40">c</B></Data></Cell>'
        '<Cell><Data ss:Type="Number">NaN</Data></Cell><Cell/>'
    )
    path = tmp_path / "orders.xml"
    path.write_bytes(xml_workbook(f'<Row ss:Index="2">{row}</Row>'))

    assert opened(path, tmp_path).path.read_text() == (
        ",,,,,,,,\n1001,,1.2340,2025-12-31,,2025-12-31T10:00:00,true,a b & c,NaN\n"
    )


PAGES = {
    "spans": ("<table><tr><td colspan=2>a<td>b<tr><td>c</table>", "a,,b\nc,,\n"),
    "a table inside a cell": ("<table><tr><td>a<table><tr><td>x</td><td>y</td></tr></table></td><td>b</table>", "a x y,b\n"),
    "the largest table": ("<table><tr><td>menu</table><table><tr><th>id<tr><td>1<tr><td>2</table>", "id\n1\n2\n"),
    "breaks and entities": ("<table><tr><td>a<br>b &amp; &euro;&nbsp;c<script>x()</script></table>", "a b & € c\n"),
    "no end of the table": ("<html><table><tr><td>a<td>b</html>", "a,b\n"),
    "rows that a cell spans": (
        "<table><tr><td rowspan=2>a<td>b<td rowspan=3>c<tr><td>d<tr><td>e<td>f<tr><td>g<td>h<td>i</table>",
        "a,b,c\n,d,\ne,f,\ng,h,i\n",
    ),
    "a block that a cell spans": ("<table><tr><td>a<td rowspan=2 colspan=2>b<tr><td>c<td>d</table>", "a,b,,\nc,,,d\n"),
    "absurd spans": ("<table><tr><td colspan=99999999999>a<td colspan=-1>b<td colspan=x>c</table>", "a,b,c\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_the_table_of_an_html_page_is_read(name: str, tmp_path: Path) -> None:
    content, expected = PAGES[name]
    path = tmp_path / "orders.xls"
    path.write_text(content)

    assert opened(path, tmp_path).path.read_text() == expected


def test_an_html_page_without_a_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(html_table([]).replace(b"table", b"form"))

    with pytest.raises(InvalidData, match="is an HTML page without a table") as error:
        opened(path, tmp_path)
    assert "login form" in error.value.hint
