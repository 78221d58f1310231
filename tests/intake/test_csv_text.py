"""CSV with a header line, and escaped formulas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import csv_text
from loyaltyctl.intake.csv_text import escape_formula, unescape_formula
from loyaltyctl.render.csv_tsv import to_csv


def test_rows_have_their_columns_and_lines() -> None:
    text = 'title, points\r\n"A, or B",1\r\n\r\n"two\nlines",2\r\nC,\r\n'

    assert csv_text.loads(text, "rules.csv") == [
        (2, {"title": "A, or B", "points": "1"}),
        (4, {"title": "two\nlines", "points": "2"}),
        (6, {"title": "C"}),
    ]


def test_the_delimiter_may_be_a_tab() -> None:
    assert csv_text.loads("a\tb\n1,5\t2\n", "x.tsv", "\t") == [(2, {"a": "1,5", "b": "2"})]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,,b\n1,2,3\n", "line 1: a column has no name"),
        ("a,b,a\n1,2,3\n", 'line 1: the column "a" appears twice'),
        ("a;b\n1;2\n", "separated by semicolons"),
        ('a\nx\n"y\nz', "line 3: unexpected end of data, in the row that begins here"),
        ('a,b\n"x,y\n', "unexpected end of data"),
        ('a,b\n"x"y,z\n', "expected after"),
        (f'a\n"{"x" * 70_000}"\n', "field larger than field limit"),
    ],
)
def test_invalid_csv_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(InvalidData, match=r"^rules\.csv line") as refused:
        csv_text.loads(text, "rules.csv")

    assert why in refused.value.message


def test_a_header_alone_is_refused() -> None:
    with pytest.raises(InvalidData, match=r"x\.csv has a header line and nothing below it"):
        csv_text.loads("A,events/Rsvp,1\n", "x.csv")


def test_a_row_of_another_length_is_broken_and_those_around_it_are_not() -> None:
    assert csv_text.loads("a,b\n1\n1,2\n1,2,3\n", "x.csv") == [
        (2, "1 cells, the header has 2"),
        (3, {"a": "1", "b": "2"}),
        (4, "3 cells, the header has 2"),
    ]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\u00a0=1", "＝1", "-", "'=1"]
)
def test_a_formula_is_escaped(cell: str) -> None:
    assert escape_formula(cell) == f"'{cell}"


@given(st.text(st.characters(codec="utf-8")))
def test_an_escaped_cell_is_unescaped(cell: str) -> None:
    assert unescape_formula(escape_formula(cell)) == cell


@given(
    st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1), min_size=1)
)
def test_escaped_cells_are_read_back(cells: list[str]) -> None:
    rows = csv_text.loads(to_csv(["a"], [[cell] for cell in cells]), "x.csv")

    assert [row.cells for row in rows] == [{"a": unescape_formula(cell)} for cell in cells]
