"""Malformed order files, and some that only look malformed, each with the expected result."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = "order_id,created_at,tier_id,amount,currency"
GOOD = "1,2025-01-02T10:00:00Z,,10.00,USD"


class Case(NamedTuple):
    """An order file, and the expected result: its points, or a part of the error message."""

    name: str
    data: bytes
    message: str = ""
    suffix: str = ".csv"
    points: int | None = None
    skipped: int | None = None
    """Number of orders left out with --skip-bad-rows; None if that is an error too."""
    reason: str = "amount"
    """Reason to leave them out."""


def csv_file(*rows: str, header: str = HEADER, end: str = "\n") -> bytes:
    return "".join(f"{row}{end}" for row in (header, *rows)).encode()


def amounts() -> Iterator[Case]:
    """Yield texts that are not amounts."""
    for text in (
        "", " ", "abc", "1e5", "1E5", "1e999999", "-1e5", "NaN", "nan", "Infinity", "-inf", "inf", "+5", " 5", "5 ", "5.", ".5", "-.5", "-", "--5", "5-", "1.2.3", "5..0",
        "1_000", "1 000", "1'000", "0x10", "0b1", "$5", "5$", "5 USD", "€5", "5,0", "١٢", "５", "²", "½", "1\u00a0000", "1\u2009000", "\u22125", "5\u200b", "true", "null",
        "12345678901234", "99999999999999", "0.1234567", "1.0000000", "00000000000001", "9" * 400, "1" + "0" * 5000, "1/2", "10%", "(5)", "=5", "'5", "5;", "\\N", "5\\", "\x1b[31m5", "\u202e5",
    ):  # fmt: skip
        cell = f'"{text}"' if "," in text else text
        yield Case(
            f"amount {text[:20]!r} of {len(text)}",
            csv_file(GOOD, f"2,2025-01-02,,{cell},USD"),
            "line 3: amount: ",
            skipped=1,
        )


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
    yield Case(
        "semicolons", csv_file("1;2025;;10;USD", header=HEADER.replace(",", ";")), "separated by semicolons"
    )
    yield Case(
        "duplicate header",
        csv_file(GOOD, header="order_id,amount,tier_id,amount,currency"),
        'the column "amount" appears twice',
    )
    yield Case(
        "unnamed column", csv_file(GOOD, header="order_id,,tier_id,amount,currency"), "a column has no name"
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
    for name, raw in (
        ("latin-1", b"gr\xfcn,2025-01-02,,10.00,USD\n"),
        ("lone byte", b"\xff,2025-01-02,,10.00,USD\n"),
        ("overlong", b"\xc0\xaf,2025-01-02,,10.00,USD\n"),
        ("surrogate", b"\xed\xa0\x80,2025-01-02,,10.00,USD\n"),
        ("cut character", b"\xe2\x82,2025-01-02,,10.00,USD\n"),
    ):
        yield Case(
            name,
            csv_file(*[GOOD.replace("1,", f"{i},", 1) for i in range(10, 9000)]) + raw,
            "line 8992: is not UTF-8",
            skipped=1,
            reason="malformed line",
        )
        yield Case(f"{name} at once", csv_file() + raw, "is not UTF-8")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"):
        yield Case(encoding, csv_file(GOOD).decode().encode(encoding), "")
    yield Case("NUL in an amount", csv_file(GOOD, "2,2025-01-02,,10\0,USD"), "NUL character")
    yield Case("a line without end", csv_file(GOOD) + b"2,2025-01-02,," + b"1" * 3_000_000, "line 3")
    yield Case("a huge field", csv_file(GOOD, f'2,2025-01-02,"{"x" * 2_500_000}",10,USD'), "line 3")
    yield Case(
        "mixed line ends",
        csv_file(*[GOOD.replace("1,", f"{i},", 1) for i in range(4)], end="\r\n")
        + b"9,2025-01-02,,10.00,USD\n",
        "line ends differ",
    )
    yield Case("random bytes", zlib.compress(bytes(range(256)) * 100), "")
    yield Case("an executable", b"\x7fELF" + bytes(300), "")
    yield Case(
        "HTML", b"<!doctype html>\n<html><body>Not found, sorry</body></html>\n", "no column for the amount"
    )
    yield Case(
        "XML", b'<?xml version="1.0"?>\n<orders><order amount="5"/></orders>\n', "no column for the amount"
    )
    yield Case("a spreadsheet's separator line", b"sep=,\n" + csv_file(GOOD), "a column has no name")
    yield Case("a comment first", b"# orders of 2025\n" + csv_file(GOOD), "no column for the amount")
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
        "499 orders cannot be counted (the first 20 are listed)",
        skipped=499,
        reason="repeated id",
        points=20,
    )
    pairs = csv_file(*[GOOD.replace("1,", f"{i}-A,", 1) for i in range(1500)] * 2)
    message = "1500 orders cannot be counted (the first 20 are listed)"
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
        "30 orders cannot be counted (the first 20 are listed)",
        skipped=30,
        points=0,
    )
    for date in (
        "",
        "x",
        "2025",
        "2025-13-01",
        "2025-1-1",
        "01/02/2025",
        "20250102",
        "yesterday",
        "1735689600",
        "２０２５-01-01",
        "-2025-01-01",
    ):
        yield Case(
            f"date {date}",
            csv_file(GOOD, f"2,{date},,10.00,USD"),
            "line 3: created_at: ",
            skipped=1,
            points=20,
            reason="date",
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
    yield Case("columns that differ in case only", csv_file("A,1,10", header="ID,id,amount"), points=20)
    yield Case("no ids", csv_file(",2025-01-02,,5,USD", ",2025-01-02,,5,USD"), points=20)
    yield Case("a refund with its order's id", csv_file(GOOD, "1,2025-01-09,,-10.00,USD"), points=20)
    yield Case(
        "thirteen digits", csv_file("1,2025-01-02,,9999999999999.999999,USD"), points=19_999_999_999_998
    )
    yield Case("TSV", csv_file(GOOD).replace(b",", b"\t"), suffix=".tsv", points=20)
    yield Case("gzip", gzip.compress(csv_file(GOOD)), suffix=".csv.gz", points=20)
    yield Case("gzip without its suffix", gzip.compress(csv_file(GOOD)), points=20)
    yield Case("formulas", csv_file('1,2025-01-02,"=cmd|x",10.00,USD'), points=20)
    yield Case("SQL", csv_file("1,2025-01-02,'; DROP TABLE sums; --,10.00,USD"), points=20)
    yield Case("a backslash", csv_file("1,2025-01-02,a\\,10.00,USD"), points=20)


def packed() -> Iterator[Case]:
    """Yield packed files, damaged ones and bombs."""
    whole = gzip.compress(csv_file(*[GOOD.replace("1,", f"{i},", 1) for i in range(50_000)]))
    yield Case("cut gzip", whole[: len(whole) // 2], "gzip data is damaged", suffix=".csv.gz")
    yield Case("gzip without an end", whole[:-6], "gzip data is damaged", suffix=".csv.gz")
    yield Case("gzip of nothing", gzip.compress(b""), "is empty", suffix=".csv.gz")
    yield Case("a gzip header alone", b"\x1f\x8b\x08", "gzip data is damaged", suffix=".csv.gz")
    yield Case("rubbish in gzip", b"\x1f\x8b" + bytes(100), "gzip data is damaged", suffix=".csv.gz")
    yield Case("gzip in gzip", gzip.compress(gzip.compress(csv_file(GOOD))), "", suffix=".csv.gz")
    yield Case(
        "gzip bomb of zeros",
        gzip.compress(csv_file(GOOD)) + gzip.compress(bytes(10_000_000)) * 20,
        "",
        suffix=".csv.gz",
    )
    yield Case(
        "gzip bomb of one line",
        gzip.compress(csv_file(GOOD)) + gzip.compress(b"1," * 5_000_000) * 20,
        "line 3",
        suffix=".csv.gz",
    )
    for name, data in (("zip", b"PK\x03\x04"), ("zstd", b"\x28\xb5\x2f\xfd"), ("bzip2", b"BZh9")):
        yield Case(name, data + bytes(50), f"is packed ({name})")


def json_lines() -> Iterator[Case]:
    """Yield malformed JSONL."""
    one = '{"order_id": 1, "created_at": "2025-01-02", "amount": "10.00", "currency": "USD"}'
    for text in (
        "1e999999", "1e-9", "-1e30", "NaN", "Infinity", "-Infinity", "true", "false", "[]", "{}", "[10]", '{"a": 1}', '"1e5"', '"NaN"', '"5 "', '"0x1"', "12345678901234", "1234567890.5", "5000000000.000001",
        "0.1234567", "123456789012345678901234567890", '"\\u0661"', '""', '" "', '"1,5"', '"\\n5"', '"5\\u0000"', "1.0000000000000002",
    ):  # fmt: skip
        yield Case(
            f"JSON amount {text}",
            f'{one}\n{{"order_id": 2, "created_at": "2025-01-02", "amount": {text}}}\n'.encode(),
            "line 2",
            ".jsonl",
            skipped=1,
            points=20,
        )
    for name, line in (
        ("an array", "[1, 2]"), ("a number", "5"), ("text", '"x"'), ("true", "true"), ("no JSON", "amount=5"), ("cut", '{"amount": "5"'), ("single quotes", "{'amount': '5'}"), ("two on a line", f"{one} {one}"),
        ("no amount", '{"order_id": 3}'), ("null", '{"amount": null}'), ("half a surrogate pair", '{"amount": "5", "currency": "\\ud800"}'),
    ):  # fmt: skip
        reason = "amount" if name in ("no amount", "null") else "malformed line"
        data = f"{one}\n{line}\n".encode()
        yield Case(f"JSON {name}", data, "line 2", ".jsonl", skipped=1, points=20, reason=reason)
    yield Case(
        "JSON member twice",
        f'{one}\n{{"amount": "5", "amount": "6"}}\n'.encode(),
        'the member "amount" appears twice',
        ".jsonl",
    )
    yield Case("JSON array file", f"[{one}]".encode(), "is a JSON array", ".json")
    yield Case(
        "JSON deep",
        (one + "\n" + '{"amount": "5", "x": ' + "[" * 5000 + "]" * 5000 + "}\n").encode(),
        suffix=".jsonl",
        points=30,
    )
    yield Case("JSON raw control character", f'{one}\n{{"amount": "5\x01"}}\n'.encode(), "line 2", ".jsonl")
    yield Case(
        "JSON huge line",
        f'{one}\n{{"amount": "5", "x": "{"y" * 3_000_000}"}}\n'.encode(),
        suffix=".jsonl",
        points=30,
    )
    yield Case(
        "JSON not UTF-8", one.encode() + b'\n{"amount": "5", "currency": "\xff"}\n', "line 2", ".jsonl"
    )
    yield Case("JSON first line", b"oops\n", "", ".jsonl")
    other = one.replace("1,", "2,", 1).replace('"10.00"', "5")
    no_currency = '{"order_id": 2, "amount": 5, "currency": ""}'
    yield Case("JSON empty currency", f"{one}\n{no_currency}\n".encode(), suffix=".jsonl", points=30)
    yield Case("JSON good", f"{one}\n\n{other}\n".encode(), suffix=".jsonl", points=30)
    yield Case(
        "JSON inside",
        b'{"id": "a", "priceSummary": {"total": {"amount": "10.00"}}}\n',
        suffix=".jsonl",
        points=20,
    )
    yield Case(
        "JSON line separator",
        '{"amount": 10, "note": "a\u2028b\u0085"}\n'.encode(),
        suffix=".jsonl",
        points=20,
    )
    yield Case("JSON only an amount", b'{"amount": 10}\n{"amount": 2.5}\n', suffix=".jsonl", points=24)


def others() -> Iterator[Case]:
    """Yield malformed Parquet."""
    yield Case("Parquet cut", b"PAR1" + bytes(40), "is not a readable Parquet file", ".parquet")
    yield Case("Parquet in name alone", csv_file(GOOD), "", ".parquet", points=20)


CASES = [*amounts(), *structures(), *rows(), *good(), *packed(), *json_lines(), *others()]
