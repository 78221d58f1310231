"""Forms of dates: what each kind reads, in Python and in SQL, and which form a column has."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.contract.inputs.order_source import DateOrder
from loyaltyctl.orders.forms.date_kinds import DateKind
from loyaltyctl.orders.forms.dates import ISO, DateEvidence, DateForm, decide_dates
from loyaltyctl.orders.forms.decisions import Contradiction, Undecided
from loyaltyctl.orders.forms.month_words import MONTHS
from tests.orders.forms.sql import select

FORMS = [*(DateForm((kind,)) for kind in DateKind), DateForm((DateKind.ISO, DateKind.DOTTED, DateKind.DMY))]
PARTS = [
    *("0", "1", "9", "12", "29", "31", "02", "2025", "2024", "45658", "1735689600", "000", "T10:00", "Z"),
    *("/", "-", ".", ",", " ", "\n", "Jan", "Dez", "MÄRZ", "年", "月", "日", "juillet", "de ", "th", "Fri ", " 10:00 PM"),
    *("\u0130", "\u212a", "o\u017f", "\u0661", "x"),
]  # fmt: skip
RANDOM = st.lists(st.sampled_from(PARTS), max_size=8).map("".join)
NEARLY_DATES = st.builds(
    lambda parts, mark, tail: mark.join(parts) + tail,
    st.permutations(["2025", "2", "29"])
    | st.permutations(["24", "02", "31"])
    | st.permutations(["2024", "Feb", "29"]),
    st.sampled_from(["/", "-", ".", " ", ". "]),
    st.sampled_from(["", " 10:00", "T1", ", x", "z"]),
)
TEXTS = RANDOM | NEARLY_DATES

READ = [
    ("2025-01-02T03:04:05.678Z", DateKind.ISO, "2025-01-02"),
    ("2025-01-31T23:30:00-05:00", DateKind.ISO, "2025-01-31"),
    ("2022-01-11 04:32:31 -0500", DateKind.ISO, "2022-01-11"),
    ("2024-06-07 02:38", DateKind.ISO, "2024-06-07"),
    ("2026-07-18", DateKind.ISO, "2026-07-18"),
    ("2025-1-5", DateKind.YEAR_FIRST, "2025-01-05"),
    ("2025-01-5", DateKind.YEAR_FIRST, "2025-01-05"),
    ("2025/1/5 10:00", DateKind.YEAR_FIRST, "2025-01-05"),
    ("2025.01.31", DateKind.YEAR_FIRST, "2025-01-31"),
    ("2025年1月31日", DateKind.YEAR_FIRST, "2025-01-31"),
    ("2025年12月31日 10:00", DateKind.YEAR_FIRST, "2025-12-31"),
    ("2025年01月05日10時30分", DateKind.YEAR_FIRST, "2025-01-05"),
    ("2025年1月31日(金)", DateKind.YEAR_FIRST, "2025-01-31"),
    ("Dec 11, 2024", DateKind.WORDED, "2024-12-11"),
    ("September 10, 2024", DateKind.WORDED, "2024-09-10"),
    ("Feb 13, 2019 22:40:51 PM", DateKind.WORDED, "2019-02-13"),
    ("Fri, Dec 11 2020 10:00:00 GMT", DateKind.WORDED, "2020-12-11"),
    ("31 July, 2026", DateKind.WORDED, "2026-07-31"),
    ("31 Mar 2023", DateKind.WORDED, "2023-03-31"),
    ("20 Mar 2023", DateKind.WORDED, "2023-03-20"),
    ("10-Dez-25", DateKind.WORDED, "2025-12-10"),
    ("Jan-02-25", DateKind.WORDED, "2025-01-02"),
    ("Jan-02-2025 10:04:05", DateKind.WORDED, "2025-01-02"),
    ("20-Mar-20", DateKind.WORDED, "2020-03-20"),
    ("Mar 13th 2026", DateKind.WORDED, "2026-03-13"),
    ("1er janvier 2025", DateKind.WORDED, "2025-01-01"),
    ("31 de enero de 2025", DateKind.WORDED, "2025-01-31"),
    ("31. M\u00e4rz 2025 10:00", DateKind.WORDED, "2025-03-31"),
    ("5 AO\u00dbT 2025", DateKind.WORDED, "2025-08-05"),
    ("5 sept. 2025", DateKind.WORDED, "2025-09-05"),
    ("01/31/2025", DateKind.MDY, "2025-01-31"),
    ("8/22/2026 14:05", DateKind.MDY, "2026-08-22"),
    ("03/14/24", DateKind.MDY, "2024-03-14"),
    ("31/01/2025 10:00", DateKind.DMY, "2025-01-31"),
    ("31-01-2025", DateKind.DMY, "2025-01-31"),
    ("31/1/2025", DateKind.DMY, "2025-01-31"),
    ("31.01.2025", DateKind.DOTTED, "2025-01-31"),
    ("Mo, 03.02.2025", DateKind.WEEKDAY, "2025-02-03"),
    ("Dienstag 4.2.25 10:00", DateKind.WEEKDAY, "2025-02-04"),
    ("2025/2/4(火)", DateKind.YEAR_FIRST, "2025-02-04"),
    ("1.2.2025, 10:00", DateKind.DOTTED, "2025-02-01"),
    ("30. 1. 2025", DateKind.DOTTED, "2025-01-30"),
    ("31. 12. 2025", DateKind.DOTTED, "2025-12-31"),
    ("31. 12. 2025 10:00", DateKind.DOTTED, "2025-12-31"),
    ("29.02.2024", DateKind.DOTTED, "2024-02-29"),
    ("99/12/31", DateKind.YMD, "2099-12-31"),
    ("20250131", DateKind.COMPACT, "2025-01-31"),
    ("19990131T1000", DateKind.COMPACT, "1999-01-31"),
    ("20250131123000", DateKind.COMPACT, "2025-01-31"),
    ("1735689599", DateKind.EPOCH, "2024-12-31"),
    ("1735689600.5", DateKind.EPOCH, "2025-01-01"),
    ("1735689600000", DateKind.EPOCH, "2025-01-01"),
    ("1735689600000000", DateKind.EPOCH, "2025-01-01"),
    ("36526", DateKind.SERIAL, "2000-01-01"),
    ("45000", DateKind.SERIAL, "2023-03-15"),
    ("45658.5", DateKind.SERIAL, "2025-01-01"),
    ("73050", DateKind.SERIAL, "2099-12-31"),
]
NOT_READ = [
    "", " ", "never", "2025", "45", "36525", "73051", "123456", "2025-02-31", "2025-13-01", "2025-00-10", "2025-01-00", "2025-01x", "0000-01-01",
    "31/02/2025", "29.02.2023", "30 Feb 2023", "32.01.2025", "00/01/2025", "13/13/2025", "1/2", "1/2/3/4", "31.01.2025x", "31 Janvember 2025",
    "20251301", "20250231", "999999999", "4102444800", "17356896001", "Dec 2024", "11 Dec", " 2025-01-02", "\u0662\u0660\u0662\u0665-01-02", "apr\u0130l 1, 2025", "1/2/ 2025",
    "2025年2月30日", "2025年13月1日", "2025年1月", "2025年1月31", "1月31日", "2025年1月0日", "2025/1月31日",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "day"), READ)
def test_a_date_is_of_one_kind_alone(text: str, kind: DateKind, day: str) -> None:
    assert {form.kinds[0] for form in FORMS[:-1] if form.month(text)} == {kind}
    assert DateForm((kind,)).date(text) == date.fromisoformat(day)
    assert DateForm((kind,)).month(text) == day[:7]


@pytest.mark.parametrize("text", NOT_READ)
def test_impossible_dates_and_other_texts_are_no_dates_of_any_kind(text: str) -> None:
    assert [form for form in FORMS if form.month(text) or form.date(text)] == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [("2025-01", DateKind.ISO), ("01/2025", DateKind.MONTH_YEAR), ("1.2025", DateKind.MONTH_YEAR)],
)
def test_a_month_without_a_day_is_a_month_but_no_date(text: str, kind: DateKind) -> None:
    form = DateForm((kind,))
    assert (form.month(text), form.date(text)) == ("2025-01", None)
    assert select(f"{form.month_sql('text')}, {form.date_sql('text')}", [text]) == [("2025-01", None)]


def test_every_word_for_a_month_is_read_in_any_case() -> None:
    form = DateForm((DateKind.WORDED,))
    spellings = ("5 {0} 2025", "{1} 5, 2025", "05-{2}-25", "5. {0}. 2025 10:00")
    texts = {
        spelling.format(word, word.upper(), word.title()): date(2025, number, 5)
        for word, number in MONTHS.items()
        for spelling in spellings
    }
    assert {text: form.date(text) for text in texts} == texts
    assert select(form.date_sql("text"), [*texts]) == [(f"{day}",) for day in texts.values()]


@pytest.mark.parametrize(("first", "second"), [("01/02/2025", "2025-02-01"), ("05-06-25", "2025-06-05")])
def test_an_ambiguous_date_has_a_reading_by_each_order(first: str, second: str) -> None:
    day = date.fromisoformat(second)
    assert DateForm((DateKind.DMY,)).date(first) == day
    assert DateForm((DateKind.MDY,)).date(first) == day.replace(month=day.day, day=day.month)


def check_sql(form: DateForm, texts: list[str]) -> None:
    """Compare the SQL of a form with Python, for whole texts and for the prefixes of a form."""
    prefix = form.prefix_sql("text")
    days = [form.date(text) for text in texts]
    expected = [(form.month(text), day and f"{day}") for text, day in zip(texts, days, strict=True)]
    assert select(f"{form.month_sql('text')}, {form.date_sql('text')}", texts) == expected
    assert select(f"{form.month_sql(prefix)}, {form.date_sql(prefix)}", texts) == expected


@pytest.mark.parametrize("form", FORMS)
def test_python_and_sql_read_the_same_dates(form: DateForm) -> None:
    check_sql(form, [text for text, *_ in READ] + NOT_READ)


@given(st.lists(TEXTS, max_size=60), st.sampled_from(FORMS))
def test_python_and_sql_read_random_texts_alike(texts: list[str], form: DateForm) -> None:
    check_sql(form, texts)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(["/", "-"]))
def test_a_day_is_read_back_in_each_order(day: date, mark: str) -> None:
    for kind, parts in ((DateKind.DMY, "%d %m %Y"), (DateKind.MDY, "%m %d %y"), (DateKind.YMD, "%y %m %d")):
        assert DateForm((kind,)).date(day.strftime(parts).replace(" ", mark)) == day


DECIDED = [
    ([], ISO),
    (["never"], ISO),
    (["2025-01-02T10:00Z", "", "never"], ISO),
    (["31/01/2025", "03/04/2025"], DateForm((DateKind.DMY,))),
    (["01/31/2025", "03/04/2025"], DateForm((DateKind.MDY,))),
    (["01/31/2025", "31/02/2025"], DateForm((DateKind.MDY,))),
    (["03.04.2025"], DateForm((DateKind.DOTTED,))),
    (["2025-01-02", "31.12.2025"], DateForm((DateKind.ISO, DateKind.DOTTED))),
    (["99/12/31", "01/02/03"], DateForm((DateKind.YMD,))),
    (["2025-01-02", "13/01/2025"], DateForm((DateKind.ISO, DateKind.DMY))),
    (["45658", "45659.5"], DateForm((DateKind.SERIAL,))),
    (["45658", "2025-01-02"], ISO),
    (["Dec 11, 2024"], DateForm((DateKind.WORDED,))),
    (["2025-01", "01/2025"], DateForm((DateKind.ISO, DateKind.MONTH_YEAR))),
    (["03/04/2025", "05/06/2025"], Undecided("03/04/2025", (DateOrder.DMY, DateOrder.MDY))),
    (["25/01/13"], Undecided("25/01/13", (DateOrder.DMY, DateOrder.YMD))),
    (["01/31/2025", "31/01/2025"], Contradiction("orders of day and month", "31/01/2025", "01/31/2025", DateForm((DateKind.DMY,)))),
    (["01/31/2025", "31/01/2025", "02/28/2025"], Contradiction("orders of day and month", "01/31/2025", "31/01/2025", DateForm((DateKind.MDY,)))),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "form"), DECIDED)
def test_all_values_of_a_column_decide_its_form(texts: list[str], form: object) -> None:
    assert decide_dates(DateEvidence.from_texts(texts)) == form


def test_the_usual_order_decides_only_what_the_values_leave_open() -> None:
    either, sure = DateEvidence.from_texts(["03/04/2025"]), DateEvidence.from_texts(["31/01/2025"])
    for order, kind in ((DateOrder.DMY, DateKind.DMY), (DateOrder.MDY, DateKind.MDY)):
        assert decide_dates(either, usual=order) == DateForm((kind,))
        assert decide_dates(sure, usual=order) == DateForm((DateKind.DMY,))
    assert decide_dates(either, usual=DateOrder.YMD) == Undecided(
        "03/04/2025", (DateOrder.DMY, DateOrder.MDY)
    )


def test_the_required_order_decides_against_the_values() -> None:
    evidence = DateEvidence.from_texts(["31/01/2025", "2025-01-02"])
    form = decide_dates(evidence, required=DateOrder.MDY, usual=DateOrder.DMY)
    assert form == DateForm((DateKind.ISO, DateKind.MDY))
    assert form.date("31/01/2025") is None


def check_evidence(texts: list[str]) -> None:
    """Compare the evidence of SQL with that of Python, with and without keys that are counted first."""
    expected = DateEvidence.from_texts(texts)
    (row,) = select(DateEvidence.sql("text"), texts)
    assert DateEvidence.from_row(row) == expected
    keys = [key for (key,) in select(DateEvidence.key_sql("text"), texts)]
    (row,) = select(DateEvidence.sql("text", "2"), keys)
    assert DateEvidence.from_row(row) == expected + expected


def test_python_and_sql_count_the_same_evidence_of_usual_dates() -> None:
    check_evidence([text for text, *_ in READ] + NOT_READ)


@given(st.lists(TEXTS, max_size=40))
def test_python_and_sql_count_the_same_evidence(texts: list[str]) -> None:
    check_evidence(texts)


@pytest.mark.parametrize(
    ("texts", "described"),
    [
        (["2025-01-02T10:00:00Z"], 'ISO dates, such as "2025-01-02"'),
        (["31/01/2025 10:00"], 'day first, such as "31/01/2025"'),
        (["1/15/2025 10:00"], 'month first, such as "1/15/2025"'),
        (["30. 12. 2025 10:00"], 'day first with points, such as "30. 12. 2025 10:00"'),
        (["1.2.2025, 10:00"], 'day first with points, such as "1.2.2025"'),
        (["2025年1月5日10時30分"], 'year first, such as "2025年1月5日"'),
        (["2025-01-02", "31.01.2025"], 'ISO dates, day first with points, such as "31.01.2025"'),
        ([], "ISO dates"),
    ],
)
def test_a_form_is_described_with_an_example(texts: list[str], described: str) -> None:
    evidence = DateEvidence.from_texts(texts)
    form = decide_dates(evidence)
    assert isinstance(form, DateForm)
    assert form.described(evidence.example(form)) == described


def test_the_prefix_of_dates_in_digits_is_short() -> None:
    texts = ["31/01/2025 10:00", "31/01/2025 11:30"]
    assert len(set(select(DateForm((DateKind.DMY,)).prefix_sql("text"), texts))) == 1
    assert select(ISO.prefix_sql("text"), ["2025-01-02T10:00:00Z"]) == [("2025-01-02",)]


def test_dates_with_words_and_long_numbers_have_no_prefix() -> None:
    for kind, text in product(
        (DateKind.WORDED, DateKind.EPOCH, DateKind.COMPACT, DateKind.SERIAL),
        ["1735689600000", "September 10, 2024"],
    ):
        assert select(DateForm((kind,)).prefix_sql("text"), [text]) == [(text,)]
