"""Forms of amounts: what each form reads, in Python and in SQL, and which form a column has."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.contract.inputs.order_source import AmountUnit
from loyaltyctl.contract.inputs.order_source import Decimal as DecimalMark
from loyaltyctl.intake import money
from loyaltyctl.orders.forms.amounts import PLAIN, AmountEvidence, AmountForm, decide_amounts
from loyaltyctl.orders.forms.decisions import Contradiction, Undecided
from tests.orders.forms.sql import select

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA
FORMS = [
    AmountForm(mark, grouped, decorated, noise, minor, sign)
    for mark in DecimalMark
    for grouped, decorated, noise, minor in product([False, True], repeat=4)
    for sign in ((None, "", "$", "KR", "EUR", "$USD") if decorated else (None,))
]
PARTS = [
    *("0", "1", "5", "9", "12", "123", "456", "00000002", "9999999", ".00", "000000000", "1234567890123"),
    *(".", ",", "-", "\u2212", "+", "\u2013", ",-", " ", "\u00a0", "\u202f", "\t", "\n", "'", "\u2019", '="', '"', "(", ")"),
    *("$", "CA$", "€", "USD", "usd", "Usd", "kr.", "Rs", "e", "E+", "e-07", "e-3", "x", "\u0665", "\uff15"),
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PARTS), max_size=7).map("".join)

READ = [
    # as a column of its own; with a decimal point; with a decimal comma
    ("69.94", "69.94", None),
    ("-1234", "-1234", "-1234"),
    ("1,234.56", "1234.56", None),
    ("1.234,56", None, "1234.56"),
    ("69,94", None, "69.94"),
    ("1 234,56", None, "1234.56"),
    ("1\u00a0234,5", None, "1234.5"),
    ("1\u202f234,56", None, "1234.56"),
    ("\u200e49.90\u00a0\u20aa\u200f", "49.90", None),
    ("1'234.56", "1234.56", None),
    ("1\u2019234.56", "1234.56", None),
    ("1,23,456.78", "123456.78", None),
    ("1,234", "1234", "1.234"),
    ("1.234", "1.234", "1234"),
    ("1,234,567", "1234567", None),
    ("0,123", None, "0.123"),
    ("0.123", "0.123", None),
    ("1234.567", "1234.567", None),
    ("$12", "12", "12"),
    ("CA$4.42", "4.42", None),
    ("-CA$4.42", "-4.42", None),
    ("29,00 €", None, "29.00"),
    ("12 USD", "12", "12"),
    ("12.50- USD", "-12.50", None),
    ("(12) USD", "-12", "-12"),
    ("(12)) USD", None, None),
    ("$12.00 USD", "12.00", None),
    ("Rs. 1,500.50", "1500.50", None),
    ("12,50 kr.", None, "12.50"),
    ("12,50 Euro", None, "12.50"),
    ("1,234円", "1234", "1.234"),
    ("\\1,234,567", "1234567", None),
    ("-$22.50", "-22.50", None),
    ("$-22.50", "-22.50", None),
    ("($33.62)", "-33.62", None),
    ("$(33.62)", "-33.62", None),
    ("22.50-", "-22.50", None),
    ("\u221222.50", "-22.50", None),
    ("$1,149.00 ", "1149.00", None),
    ("'2759", "2759", "2759"),
    ('="001"', "001", "001"),
    ("+10.00", "10.00", None),
    ("+5", "5", "5"),
    ("+ €1.234,50", None, "1234.50"),
    ("€+5", "5", "5"),
    ("10,-", None, "10"),
    ("10,--", None, "10"),
    ("10.-", "10", None),
    ("10.\u2013", "10", None),
    ("10.\u2014", "10", None),
    ("10,\u2212", None, "10"),
    ("CHF 10.\u2013", "10", None),
    ("Fr. 1'234.--", "1234", None),
    ("1.234,- €", None, "1234"),
    ("€ 1.234,-", None, "1234"),
    ("-10,-", None, "-10"),
    ("\u2212CHF 10.-", "-10", None),
    ("(10,-)", None, "-10"),
    ("Rs.-5", "-5", "-5"),
    ("5 kr.-", "-5", "-5"),
    ("19.990000000000002", "19.99", None),
    ("19,990000000000002", None, "19.99"),
    ("36.989999999999995", "36.99", None),
    ("-0.0000000001", "0.00", None),
    ("1.50000000", "1.5", None),
    ("1.0000000", "1", None),
    ("1e-07", "0", "0"),
    ("1.23457E+12", "1234570000000", None),
    ("5.5e-05", "0.000055", None),
]
NOT_READ = [
    "", " ", "-", "--", "N/A", "nan", "NULL", "abc", "5.", ".5", "--5", "-5-", "-(5)", "(5", "5)", '="5', '5"', "1.2.3", "5..0", "1_000", "12 34",
    "1,2345,678", "0,123,456", "1.234,567,890", "++5", "+-5", "-+5", "(+5)", "+5-", "5+", "10,- -", "10,-€-", "10,---", "10-,", "10,-5",
    "-10-", "10 -,", "5--", "5 -€-", "1.234.-", ",-", "10\u2013", "10.5-,", "10,\u2013-\u2013", "10%", "x5", "5x", "12 Usd", "5 XXY", "$$5", "\u0665", "\uff15", "\u00bd", "5\u200b", "5\n", "1/2", "=5",
    "12345678901234", "0.1234567", "19.123000000000002", "1e13", "1e-5x", "0x10", "1.5e", "1" + "0" * 5000, " " * 5000 + "5",
]  # fmt: skip


@pytest.mark.parametrize(("text", "by_point", "by_comma"), READ)
def test_an_amount_has_one_reading_by_each_decimal_mark(
    text: str, by_point: str | None, by_comma: str | None
) -> None:
    assert AmountForm(POINT, grouped=True, decorated=True, noise=True).plain(text) == by_point
    assert AmountForm(COMMA, grouped=True, decorated=True, noise=True).plain(text) == by_comma


@pytest.mark.parametrize("text", NOT_READ)
def test_other_texts_are_no_amounts_in_any_form(text: str) -> None:
    assert [form for form in FORMS if form.plain(text) is not None] == []


@pytest.mark.parametrize("form", FORMS)
def test_python_and_sql_read_the_same_amounts(form: AmountForm) -> None:
    texts = [text for text, *_ in READ] + NOT_READ
    for code in ("", "usd", "JPY", "KWD"):
        found = select(form.plain_sql("text", "currency"), texts, [code] * len(texts))
        assert [plain for (plain,) in found] == [form.plain(text, code) for text in texts]
    assert [plain for (plain,) in select(form.plain_sql("text"), texts)] == [*map(form.plain, texts)]


@given(st.lists(TEXTS, max_size=60), st.sampled_from(FORMS), st.sampled_from(["", "USD", "krw", "KWD"]))
def test_python_and_sql_read_random_amounts_alike(texts: list[str], form: AmountForm, code: str) -> None:
    found = select(form.plain_sql("text", "currency"), texts, [code] * len(texts))
    assert [plain for (plain,) in found] == [form.plain(text, code) for text in texts]


@given(TEXTS, st.sampled_from(FORMS))
def test_each_reading_is_a_plain_amount(text: str, form: AmountForm) -> None:
    plain = form.plain(text)
    assert plain is None or money.parse_amount(plain) is not None


@given(TEXTS)
def test_the_plain_form_reads_exactly_the_amounts_of_intake(text: str) -> None:
    assert PLAIN.plain(text) == (text if money.parse_amount(text) is not None else None)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2), st.sampled_from(DecimalMark))
def test_a_number_keeps_its_value_with_thousands_marks(number: Decimal, mark: DecimalMark) -> None:
    text = f"{number:,}" if mark is POINT else f"{number:,}".translate({44: ".", 46: ","})
    plain = AmountForm(mark, grouped=True).plain(text)
    assert plain is not None
    assert Decimal(plain) == number


@given(st.integers(min_value=-(10**9), max_value=10**9))
def test_the_noise_of_binary_floats_is_rounded_to_the_cent(cents: int) -> None:
    noisy = cents / 100 + 0.1 + 0.2 - 0.3
    plain = AmountForm(noise=True).plain(repr(noisy))
    assert plain is not None
    assert Decimal(plain) == Decimal(cents) / 100


@pytest.mark.parametrize(
    ("text", "currency", "plain"),
    [
        ("1990", "USD", "19.90"),
        ("1990", "", "19.90"),
        ("1990", "nonsense", "19.90"),
        ("1990", "jpy", "1990"),
        ("1990", "KWD", "1.990"),
        ("-5", "EUR", "-0.05"),
        ("0", "EUR", "0.00"),
        ("007", "JPY", "7"),
        ("1990.0", "EUR", "19.90"),
        ("1990.5", "EUR", None),
        ("x", "EUR", None),
    ],
)
def test_minor_units_are_those_of_the_currency(text: str, currency: str, plain: str | None) -> None:
    form = AmountForm(minor=True)
    assert form.plain(text, currency) == plain
    assert select(form.plain_sql("text", "currency"), [text], [currency]) == [(plain,)]


def test_noise_is_rounded_to_the_digits_of_the_currency() -> None:
    form = AmountForm(noise=True)
    assert form.plain("1.2340000000000002", "KWD") == "1.234"
    assert form.plain("1.2340000000000002", "USD") is None
    assert form.plain("1980.0000000000002", "JPY") == "1980"


DECIDED = [
    ("10.00 20.50", PLAIN),
    ("10 20", PLAIN),
    ("", PLAIN),
    ("abc", PLAIN),
    ("abc 10.00", PLAIN),
    ("1e5 10.00", PLAIN),
    ("0.123", PLAIN),
    ("1.234 12.5", PLAIN),
    ("69,94", AmountForm(COMMA)),
    ("1,234 0,5", AmountForm(COMMA)),
    ("1.234,56", AmountForm(COMMA, grouped=True)),
    ("1.234 12,5", AmountForm(COMMA, grouped=True)),
    ("1,234 12.5", AmountForm(grouped=True)),
    ("1,234,567", AmountForm(grouped=True)),
    ("10.00 $5", AmountForm(decorated=True, sign="$")),
    ("10.00 (5)", AmountForm(decorated=True, sign="")),
    ("€1.234,50 12", AmountForm(COMMA, decorated=True, sign="EUR")),
    ("+10.00 5", AmountForm(decorated=True, sign="")),
    ("10,- 5", AmountForm(COMMA, decorated=True, sign="")),
    ("10.- 1.234", AmountForm(decorated=True, sign="")),
    ("10.- 7,5", Contradiction("decimal marks", "10.-", "7,5", AmountForm(decorated=True, sign=""))),
    ("1,23,456", AmountForm(decorated=True, sign="")),
    ("19.990000000000002 5.0", AmountForm(noise=True)),
    ("1.50000000", AmountForm(noise=True)),
    ("₩1,234 ₩500", AmountForm(decorated=True, sign="KRW")),
    ("1,234", Undecided("1,234")),
    ("1.234 5", Undecided("1.234")),
    ("1.234 2,345", Undecided("1.234")),
    ("$1,234 abc", Undecided("$1,234")),
    ("10.00 20.00 5,0", Contradiction("decimal marks", "10.00", "5,0", PLAIN)),
    ("10.00 5,0", Contradiction("decimal marks", "10.00", "5,0", PLAIN)),
    ("10.00 5,0 6,0", Contradiction("decimal marks", "5,0", "10.00", AmountForm(COMMA))),
    ("$12 €5", Contradiction("currencies", "$12", "€5", AmountForm(decorated=True))),
    ("$12 5USD", Contradiction("currencies", "$12", "5USD", AmountForm(decorated=True))),
]


@pytest.mark.parametrize(("values", "form"), DECIDED)
def test_all_values_of_a_column_decide_its_form(values: str, form: object) -> None:
    assert decide_amounts(AmountEvidence.from_texts(values.split())) == form


@pytest.mark.parametrize(
    ("values", "same", "others"),
    [
        ("$5", ["$6", "6", "-$6", "(6)"], ["CA$6", "6 USD", "€6"]),
        ("CA$5", ["CA$6", "C$6", "6", "6 CAD"], ["$6", "A$6"]),
        ("5usd", ["6 USD", "usd 6", "US$6", "6"], ["$6", "6 EUR"]),
        ("$5USD", ["$6 USD", "$6", "6 USD"], ["€6", "6 AUD"]),
        ("Rs.5", ["Rs 6", "Rs. 6"], ["₹6"]),
        ("(5)", ["6", "6-"], ["$6"]),
    ],
)
def test_a_decided_form_reads_amounts_in_one_currency(
    values: str, same: list[str], others: list[str]
) -> None:
    form = decide_amounts(AmountEvidence.from_texts(values.split()))
    assert isinstance(form, AmountForm)
    assert [text for text in [*same, *others] if form.plain(text) is not None] == same


@pytest.mark.parametrize(
    ("values", "form"),
    [("1,234", AmountForm(grouped=True)), ("1.234 5", AmountForm(COMMA, grouped=True))],
)
def test_a_mark_groups_thousands_in_a_currency_without_decimals(values: str, form: AmountForm) -> None:
    evidence = AmountEvidence.from_texts(values.split())
    assert decide_amounts(evidence, currencies=["JPY", "krw"]) == form
    assert isinstance(decide_amounts(evidence, currencies=["JPY", "USD"]), Undecided)
    assert isinstance(decide_amounts(evidence, currencies=["KWD"]), Undecided)
    assert decide_amounts(evidence, unit=AmountUnit.MINOR) == form._replace(minor=True)


def test_the_usual_mark_decides_only_what_the_values_leave_open() -> None:
    either, sure = AmountEvidence.from_texts(["1,234"]), AmountEvidence.from_texts(["12.5"])
    assert decide_amounts(either, usual=COMMA) == AmountForm(COMMA)
    assert decide_amounts(either, usual=POINT) == AmountForm(grouped=True)
    assert decide_amounts(sure, usual=COMMA) == PLAIN


def test_the_required_mark_decides_against_the_values() -> None:
    form = decide_amounts(AmountEvidence.from_texts(["12.5", "7,5"]), required=COMMA, usual=POINT)
    assert form == AmountForm(COMMA)
    assert form.plain("7,5") == "7.5"
    assert form.plain("12.5") is None


def test_a_number_with_three_decimals_decides_nothing() -> None:
    row = select(AmountEvidence.sql("text", "currency <> ''"), ["1.234", "2.5"], ["", ""])[0]
    assert decide_amounts(AmountEvidence.from_row(row)) == PLAIN
    row = select(AmountEvidence.sql("text", "currency <> ''"), ["1.234"], [""])[0]
    assert decide_amounts(AmountEvidence.from_row(row)) == PLAIN
    row = select(AmountEvidence.sql("text", "currency <> ''"), ["1.234"], ["text"])[0]
    assert decide_amounts(AmountEvidence.from_row(row)) == Undecided("1.234")


@given(st.lists(TEXTS, max_size=40))
def test_python_and_sql_count_the_same_evidence(texts: list[str]) -> None:
    (row,) = select(AmountEvidence.sql("text"), texts)
    assert AmountEvidence.from_row(row) == AmountEvidence.from_texts(texts)


def test_python_and_sql_count_the_same_evidence_of_usual_amounts() -> None:
    texts = [text for text, *_ in READ] + NOT_READ
    (row,) = select(AmountEvidence.sql("text"), texts)
    evidence = AmountEvidence.from_texts(texts)
    assert AmountEvidence.from_row(row) == evidence
    assert evidence.none == 7
    assert evidence.values == len(texts)


@given(st.lists(TEXTS, max_size=20), st.lists(TEXTS, max_size=20))
def test_evidence_of_two_columns_adds_up(first: list[str], second: list[str]) -> None:
    parts = AmountEvidence.from_texts(first) + AmountEvidence.from_texts(second)
    assert parts == AmountEvidence.from_texts(first + second)


@given(st.lists(TEXTS, min_size=1, max_size=20), st.sampled_from(DecimalMark))
def test_the_decided_form_reads_all_amounts_that_have_its_mark(texts: list[str], mark: DecimalMark) -> None:
    form = decide_amounts(AmountEvidence.from_texts(texts), required=mark)
    widest = AmountForm(mark, grouped=True, decorated=True)
    decided = form.form if isinstance(form, Contradiction) else form
    assert isinstance(decided, AmountForm)
    bare = [text for text in texts if "e" not in text.lower() or "usd" in text.lower()]
    assert [decided.plain(text) for text in bare if widest.plain(text)] == [
        plain for plain in map(widest.plain, bare) if plain
    ]


@pytest.mark.parametrize(
    ("values", "described"),
    [
        ("69,94", 'decimal comma, such as "69,94"'),
        ("1.234,56 5", 'decimal comma, thousands marks, such as "1.234,56"'),
        ("$5.50", 'decimal point, currencies, blanks, parentheses or signs, such as "$5.50"'),
        ("1.2000000000000002", 'decimal point, rounded floating-point numbers, such as "1.2000000000000002"'),
        ("5", "decimal point"),
    ],
)
def test_a_form_is_described_with_an_example(values: str, described: str) -> None:
    evidence = AmountEvidence.from_texts(values.split())
    form = decide_amounts(evidence)
    assert isinstance(form, AmountForm)
    assert form.described(evidence.example(form)) == described


@pytest.mark.parametrize(
    ("text", "currency", "plain"),
    [
        ("€5", "EUR", "5"),
        ("€5", "eur", "5"),
        ("€5", "", "5"),
        ("€5", "USD", None),
        ("5 EUR", "USD", None),
        ("5 eur", "EUR", "5"),
        ("$5", "CAD", "5"),
        ("$5", "USD", "5"),
        ("$5", "EUR", None),
        ("£5", "EGP", "5"),
        ("£5", "EUR", None),
        ("CA$5", "USD", None),
        ("US$5", "USD", "5"),
        ("kr 5", "SEK", "5"),
        ("kr 5", "EUR", None),
        ("5 zł", "PLN", "5"),
        ("5 zł", "CZK", None),
    ],
)
def test_an_amount_with_the_sign_of_another_currency_is_none(
    text: str, currency: str, plain: str | None
) -> None:
    form = AmountForm(decorated=True)
    query = f"SELECT {form.plain_sql('t', 'c')} FROM (VALUES (?, ?)) AS v(t, c)"  # noqa: S608 - ours

    assert form.plain(text, currency) == plain
    assert duckdb.execute(query, [text, currency]).fetchall() == [(plain,)]


def test_a_sign_and_the_code_of_its_currency_are_one_currency() -> None:
    form = decide_amounts(AmountEvidence.from_texts(["€5.50", "6.50 EUR"]))
    assert form == AmountForm(decorated=True, sign="EUR")
    assert isinstance(decide_amounts(AmountEvidence.from_texts(["$5.50", "6.50 EUR"])), Contradiction)
