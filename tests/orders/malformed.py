"""Malformed order files, and some that only look malformed, each with the expected result."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from tests.orders.malformed_containers import json_lines, packed
from tests.orders.order_cases import GOOD, HEADER, Case, csv_file

if TYPE_CHECKING:
    from collections.abc import Iterator


def amounts() -> Iterator[Case]:
    """Yield texts that are not amounts."""
    for text in (
        "", " ", "abc", "1e5", "1E5", "1e999999", "-1e5", "NaN", "nan", "Infinity", "-inf", "inf", "5.", ".5", "-.5", "-", "--5", "1.2.3", "5..0",
        "1_000", "0x10", "0b1", "5,0", "١٢", "５", "²", "½", "5\u200b", "true", "null", "1 00", "1 0000", "1''000", "$$5", "$", "5 XYZ", "($5", "5)", "-5-", "-(5)", "1,23", "1,2345",
        "12345678901234", "99999999999999", "0.1234567", "00000000000001", "9" * 400, "1" + "0" * 5000, "1/2", "10%", "=5", "5;", "\\N", "5\\", "\x1b[31m5", "\u202e5",
    ):  # fmt: skip
        cell = f'"{text}"' if "," in text else text
        yield Case(
            f"amount {text[:20]!r} of {len(text)}",
            csv_file(GOOD, f"2,2025-01-02,,{cell},USD"),
            "line 3: amount: ",
            skipped=1,
        )


def forms() -> Iterator[Case]:
    """Yield forms of amounts with one common reading, after an order of 10.00; refunds earn no points."""
    for text, points in {
        " 5": 30, "5 ": 30, "+5": 30, "5-": 20, "-5": 20, "(5)": 20, "\u22125": 20, "$5": 30, "5$": 30, "5 USD": 30, "usd 5": 30, "-$5": 20, "($5.50)": 20, "$1,234.50": 2488, "'5": 30,
        "1 000": 2020, "1'000": 2020, "1\u00a0000": 2020, "1\u2009000": 2020, "1,000": 2020, "1,234,567.5": 2_469_154, "1.0000000": 22, "5.550000000000001": 30, "4.999999999999999": 30,
    }.items():  # fmt: skip
        cell = f'"{text}"' if "," in text else text
        note = "" if text == "-5" else '"amount": decimal point, '
        yield Case(f"form {text!r}", csv_file(GOOD, f"2,2025-01-02,,{cell},USD"), points=points, note=note)
    yield Case(
        "decimal commas",
        csv_file('1,2025-01-02,,"1.234,50",USD', '2,2025-01-02,,"5,25",USD'),
        points=2478,
        note='"amount": decimal comma, thousands marks',
    )
    for text, mark in (("1,234", "comma"), ("1.234", "point")):
        yield Case(
            f"a {mark} of two meanings",
            csv_file(*[f'{i},2025-01-02,,"{text}",USD' for i in range(3)]),
            f'nothing in "amount" tells the decimal mark, such as "{text}"',
        )
    yield Case(
        "signs of two currencies",
        csv_file("1,$5", "2,€5", header="id,amount"),
        '"amount" has several currencies, such as "$5" and "€5"',
    )
    yield Case("one sign of a currency", csv_file("1,$5", "2,5", header="id,amount"), points=20, note='"$5"')


def structures() -> Iterator[Case]:
    """Yield malformed CSV, and other formats."""
    yield Case("empty", b"", "is empty")
    yield Case("blank", b"\n\n \n", "is empty")
    yield Case("a header of empty cells", b",,\n,,\n", "has no header")
    yield Case(
        "two columns for the amount",
        b"amount,Amount\n10,20\n",
        'the amount may be "amount", "Amount"',
    )
    yield Case("no header", csv_file(header="1,2025-01-02,gold,10.00,USD"), "no column for the amount")
    for name, mark in (("semicolons", ";"), ("tabs", "\t"), ("pipes", "|")):
        table = csv_file("1,2025-01-02,,10,USD").replace(b",", mark.encode())
        yield Case(name, table, points=20)
        yield Case(f"{name} that a first line names", f"sep={mark}\n".encode() + table, points=20)
    yield Case(
        "duplicate header",
        csv_file(GOOD, header="order_id,amount,tier_id,amount,currency"),
        'the column "amount" appears twice',
    )
    yield Case("unnamed column", csv_file(GOOD, header="order_id,,tier_id,amount,currency"), points=20)
    yield Case("unnamed first column", csv_file("0,1,10", header=",id,amount"), points=20)
    yield Case("an amount without a name", csv_file("1,10", header="id,"), "no column for the amount")
    yield Case(
        "names of one column twice",
        csv_file("A,1,10", header="ID,id,amount"),
        'the order id may be in "ID" (column 1) or "id" (column 2)',
    )
    yield Case("two amounts", csv_file("5,6", header="total,order_total"), "the amount may be")
    yield Case("no amount", csv_file("5,6", header="sum,product"), "no column for the amount")
    yield Case("open header", b'order_id,"amount\n1,2\n', "line 1: unexpected end of data")
    yield Case("long header", b"amount," + b"x" * 300_000 + b"\n1,2\n", "header")
    for name, wrong, message in (
        ("too many cells", f"{GOOD},more", "line 3: 6 cells, the header has 5"),
        ("too few cells", "2,2025-01-02", "line 3: 2 cells, the header has 5"),
        ("one cell", "x", "line 3: 1 cells, the header has 5"),
        ("open quote", '2,2025-01-02,,"10.00,USD', "line 3: "),
        ("text after a quote", '2,2025-01-02,,"10"x,USD', "line 3: "),
    ):
        yield Case(
            name,
            csv_file(GOOD, wrong),
            message,
            skipped=None if "quote" in name else 1,
            reason="malformed line",
        )
    # The scan reads no customers, but all columns are read to locate faults.
    customers = csv_file("1,Zoe,10.00", header="order_id,customer,amount") + b"2,\x81,10.00\n"
    yield Case("customer that is not UTF-8", customers, points=40)
    yield Case(
        "customer in a file with a repeated order", customers + b"2,Ann,10.00\n", "line 3: is not UTF-8"
    )
    many = [GOOD.replace("1,", f"{i},", 1) for i in range(10, 9000)]
    for name, raw in (
        ("latin-1", b"gr\xfcn,2025-01-02,,10.00,USD\n"),
        ("lone byte", b"\xff,2025-01-02,,10.00,USD\n"),
        ("overlong", b"\xc0\xaf,2025-01-02,,10.00,USD\n"),
        ("cut character", b"\xe2\x82,2025-01-02,,10.00,USD\n"),
    ):
        yield Case(name, csv_file(*many) + raw, points=179_820, note="read as Windows-1252")
        yield Case(f"{name} at once", csv_file() + raw, points=20, note="read as Windows-1252")
    for name, raw in (
        ("surrogate", b"\xed\xa0\x80,2025-01-02,,10.00,USD\n"),
        ("a byte of no encoding", b"\x81,2025-01-02,,10.00,USD\n"),
        ("a broken character after whole ones", "äöü".encode() + b"\xff,2025-01-02,,10.00,USD\n"),
    ):
        data = csv_file(*many) + raw
        yield Case(name, data, "line 8992: is not UTF-8", skipped=1, reason="malformed line")
        yield Case(f"{name} at once", csv_file() + raw, "is not UTF-8")
    for encoding, label in (
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
    ):
        data = csv_file(GOOD).decode().encode(encoding)
        yield Case(encoding, data, points=20, note=f"read as {label}")
    yield Case("cp037", csv_file(GOOD).decode().encode("cp037"), "")
    yield Case("NUL in an amount", csv_file(GOOD, "2,2025-01-02,,10\0,USD"), "line 3: amount: ", skipped=1)
    yield Case("a line without end", csv_file(GOOD) + b"2,2025-01-02,," + b"1" * 3_000_000, "line 3")
    yield Case("a huge field", csv_file(GOOD, f'2,2025-01-02,"{"x" * 2_500_000}",10,USD'), "line 3")
    yield Case(
        "mixed line ends",
        csv_file(*[GOOD.replace("1,", f"{i},", 1) for i in range(4)], end="\r\n")
        + b"9,2025-01-02,,10.00,USD\n",
        points=100,
    )
    yield Case("random bytes", zlib.compress(bytes(range(256)) * 100), "")
    yield Case("an executable", b"\x7fELF" + bytes(300), "")
    yield Case(
        "HTML",
        b"<!doctype html>\n<html><body>Not found, sorry</body></html>\n",
        "is an HTML page without a table",
    )
    yield Case(
        "XML",
        b'<?xml version="1.0"?>\n<orders><order amount="5"/></orders>\n',
        "is an XML document",
    )
    yield Case("a spreadsheet's separator line", b"sep=,\n" + csv_file(GOOD), points=20)
    yield Case(
        "a comment first",
        b"# orders of 2025\n" + csv_file(GOOD),
        points=20,
        note="the header is in line 2",
    )
    yield Case(
        "title lines",
        b"Orders\n\nAll, of 2025\n" + csv_file(GOOD),
        points=20,
        note="the header is in line 4",
    )
    yield Case(
        "a bad amount below title lines",
        b"Orders\n\nAll, of 2025\n" + csv_file(GOOD, "2,2025-01-02,,x,USD"),
        'line 6: amount: must be an amount of money, got "x"',
    )
    yield Case(
        "quotes in the header",
        csv_file(GOOD, header='order_id,"created""at",tier_id,"am""ount",currency'),
        points=20,
    )
    yield Case(
        "an escape in the header", csv_file(GOOD, header=HEADER.replace("tier_id", "\x1b[31mtier")), points=20
    )
    yield Case(
        "ten thousand columns",
        csv_file("1," * 10_000 + "5", header=",".join(f"c{i}" for i in range(10_000)) + ",amount"),
        points=10,
    )
    yield Case("YAML", b"orders:\n- amount: 5\n", "no column for the amount")


def rows() -> Iterator[Case]:
    """Yield orders that contradict each other, and unreadable dates."""
    twice = csv_file(GOOD, "1,2025-02-02,,20.00,USD")
    yield Case(
        "an id twice",
        twice,
        'line 3: order_id: repeats the id "1", first used at',
        skipped=1,
        points=20,
        reason="repeated id",
    )
    texts = csv_file(
        GOOD.replace("1,", "A-1,", 1), GOOD.replace("1,", "B,", 1), GOOD.replace("1,", "A-1,", 1)
    )
    yield Case("a text id twice", texts, "line 4: order_id: ", skipped=1, points=40, reason="repeated id")
    yield Case(
        "many ids twice",
        csv_file(*[GOOD] * 500),
        "499 orders cannot be counted (the first 20 faults are listed)",
        skipped=499,
        reason="repeated id",
        points=20,
    )
    pairs = csv_file(*[GOOD.replace("1,", f"{i}-A,", 1) for i in range(1500)] * 2)
    message = "1500 orders cannot be counted (the first 20 faults are listed)"
    yield Case(
        "more ids twice than are looked for",
        pairs,
        message,
        skipped=1500,
        points=30_000,
        reason="repeated id",
    )
    yield Case(
        "currencies",
        csv_file(GOOD, "2,2025-01-02,,10.00,EUR"),
        'line 3: currency: is "EUR", but the first order has "USD"',
    )
    yield Case(
        "thirty bad ones",
        csv_file(*[f"{i},2025-01-02,,x,USD" for i in range(30)]),
        "30 orders cannot be counted (the first 20 faults are listed)",
        skipped=30,
        points=0,
    )
    for date in (
        "", "x", "2025", "2025-13-01", "2025-02-30", "2025-1-32", "yesterday", "２０２５-01-01", "-2025-01-01", "20251301", "12", "32/01/2025", "Foo 3 2025", "45658", "31.13.2025",
    ):  # fmt: skip
        yield Case(
            f"date {date}",
            csv_file(GOOD, f"2,{date},,10.00,USD"),
            "line 3: created_at: ",
            skipped=1,
            points=20,
            reason="date",
        )
    for date, form in {
        "2025-1-1": "year first", "2025/01/31": "year first", "20250102": "digits alone", "1735689600": "Unix times", "1735689600000": "Unix times",
        "31/01/2025": "day first", "01/31/2025": "month first", "31.01.2025": "day first with points", "Jan 31 2025": "month as a word", "31-Jan-25": "month as a word", "31. Januar 2025": "month as a word",
    }.items():  # fmt: skip
        note = f'"created_at": ISO dates, {form}, such as "{date}"'
        yield Case(f"date {date}", csv_file(GOOD, f"2,{date},,10.00,USD"), points=40, note=note)
    yield Case(
        "date 01/02/2025",
        csv_file(GOOD, "2,01/02/2025,,10.00,USD"),
        'nothing in "created_at" tells the order of day and month, such as "01/02/2025"',
    )
    yield Case(
        "date 31/01/2025 among months first",
        csv_file(*[f"{i},01/{i}/2025,,10.00,USD" for i in range(13, 20)], "2,31/01/2025,,10.00,USD"),
        'line 9: created_at: must be a date such as 2026-01-31, got "31/01/2025"',
        skipped=1,
        reason="date",
    )
    yield Case(
        "a total line",
        csv_file(GOOD, "2,2025-01-03,,5.00,USD", "Total,,,15.00,"),
        points=30,
        note="left out the last line, the sum 15.00 of the others",
    )
    yield Case(
        "a total that is not the sum",
        csv_file(GOOD, "2,2025-01-03,,5.00,USD", "Total,,,15.01,"),
        'line 4: order_id: is "Total", but the amount is not the sum of the other lines',
    )


def good() -> Iterator[Case]:
    """Yield unusual files that are correct."""
    yield Case("byte order mark", b"\xef\xbb\xbf" + csv_file(GOOD), points=20)
    yield Case("CRLF", csv_file(GOOD, end="\r\n"), points=20)
    yield Case("no last line end", csv_file(GOOD).rstrip(), points=20)
    yield Case("blank lines", csv_file("", GOOD, "", ""), points=20)
    yield Case("blank lines before the header", b"\n\n" + csv_file(GOOD), points=20)
    yield Case("a row of empty cells before the header", b" ,\n" + csv_file(GOOD), points=20)
    yield Case("quotes", csv_file('"1","2025-01-02","","10.00","USD"'), points=20)
    yield Case(
        "a line end in a cell", csv_file('1,2025-01-02,"a\nb",10.00,USD', "2,2025-01-02,,5,USD"), points=30
    )
    yield Case("only a header", csv_file(), points=0)
    yield Case("lower case currency", csv_file(GOOD, "2,2025-01-02,,5,usd"), points=30)
    yield Case("numbers as ids", csv_file("10,2025-01-02,,5,USD", "010,2025-01-02,,5,USD"), points=20)
    yield Case("unused names in two cases", csv_file("1,a,b,10", header="id,Note,note,amount"), points=20)
    yield Case("an unused name twice", csv_file("1,a,b,10", header="id,note,note,amount"), points=20)
    yield Case("no ids", csv_file(",2025-01-02,,5,USD", ",2025-01-02,,5,USD"), points=20)
    yield Case("a refund with its order's id", csv_file(GOOD, "1,2025-01-09,,-10.00,USD"), points=20)
    yield Case(
        "thirteen digits", csv_file("1,2025-01-02,,9999999999999.999999,USD"), points=19_999_999_999_998
    )
    yield Case("TSV", csv_file(GOOD).replace(b",", b"\t"), suffix=".tsv", points=20)
    yield Case("gzip", gzip.compress(csv_file(GOOD)), suffix=".csv.gz", points=20)
    named = "read as gzip, although its name ends in .csv"
    yield Case("gzip without its suffix", gzip.compress(csv_file(GOOD)), points=20, note=named)
    yield Case("formulas", csv_file('1,2025-01-02,"=cmd|x",10.00,USD'), points=20)
    yield Case("SQL", csv_file("1,2025-01-02,'; DROP TABLE sums; --,10.00,USD"), points=20)
    yield Case("a backslash", csv_file("1,2025-01-02,a\\,10.00,USD"), points=20)


def others() -> Iterator[Case]:
    """Yield malformed Parquet."""
    yield Case("Parquet cut", b"PAR1" + bytes(40), "is not a readable Parquet file", ".parquet")
    yield Case(
        "Parquet in name alone", csv_file(GOOD), "", ".parquet", points=20, note="read as text, although"
    )


CASES = [*amounts(), *forms(), *structures(), *rows(), *good(), *packed(), *json_lines(), *others()]
