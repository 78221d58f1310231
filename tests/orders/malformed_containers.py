"""Malformed compressed order files and JSONL, and some that only look malformed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from typing import TYPE_CHECKING

from tests.orders.order_cases import GOOD, Case, csv_file

if TYPE_CHECKING:
    from collections.abc import Iterator


def packed() -> Iterator[Case]:
    """Yield packed files, damaged ones and bombs."""
    whole = gzip.compress(csv_file(*[GOOD.replace("1,", f"{i},", 1) for i in range(50_000)]))
    yield Case("cut gzip", whole[: len(whole) // 2], "gzip data is damaged", suffix=".csv.gz")
    yield Case("gzip without an end", whole[:-6], "gzip data is damaged", suffix=".csv.gz")
    yield Case("gzip of nothing", gzip.compress(b""), "is empty", suffix=".csv.gz")
    yield Case("a gzip header alone", b"\x1f\x8b\x08", "gzip data is cut off", suffix=".csv.gz")
    yield Case("rubbish in gzip", b"\x1f\x8b" + bytes(100), "gzip data is damaged", suffix=".csv.gz")
    twice = gzip.compress(gzip.compress(csv_file(GOOD)))
    yield Case("gzip in gzip", twice, suffix=".csv.gz", points=20, note="read as gzip")
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
    # A frame of 32,000 lines of 8 KiB, each a repeated byte.
    bomb = b"\x28\xb5\x2f\xfd\0\x38" + 32_000 * b"\x02\0\x01x\x08\0\0\n" + b"\x01\0\0"
    yield Case("Zstandard bomb", bomb, "orders.csv.zst expands to more than 200 times", suffix=".csv.zst")
    inner = zipped("orders.csv.zst", bomb)
    yield Case("Zstandard bomb in a zip", inner, "orders.zip expands to more than 200 times", suffix=".zip")
    for name, data, problem in (
        ("zip", b"PK\x03\x04", "the zip data is damaged or cut off"),
        ("zstd", b"\x28\xb5\x2f\xfd", "the Zstandard data is cut off"),
        ("bzip2", b"BZh9", "the bzip2 data is damaged"),
        ("xz", b"\xfd7zXZ\0", "the xz data is damaged"),
    ):
        yield Case(f"rubbish in {name}", data + bytes(50), problem)
    text = csv_file(*[GOOD.replace("1,", f"{i},", 1) for i in range(1000)])
    yield Case("zip", zipped("orders.csv", text), suffix=".zip", points=20_000, note="orders.csv in it")
    for name, packed, suffix in (
        ("bzip2", bz2.compress(text), ".csv.bz2"),
        ("xz", lzma.compress(text), ".csv.xz"),
    ):
        yield Case(name, packed, suffix=suffix, points=20_000)
        yield Case(f"cut {name}", packed[:-20], f"the {name} data is cut off", suffix=suffix)


def zipped(name: str, data: bytes) -> bytes:
    """Return a zip file with one file in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(name, data)
    return file.getvalue()


def json_lines() -> Iterator[Case]:
    """Yield malformed JSONL."""
    one = '{"order_id": 1, "created_at": "2025-01-02", "amount": "10.00", "currency": "USD"}'
    for text in (
        "1e999999", "1e-9", "-1e30", "NaN", "Infinity", "-Infinity", "true", "false", "[]", "{}", "[10]", '{"a": 1}', '"1e5"', '"NaN"', '"0x1"', "12345678901234", "1234567890.123", "5000000000.000001",
        "0.1234567", "123456789012345678901234567890", '"\\u0661"', '""', '" "', '"1,5"', '"\\n5"', '"5\\u0000"',
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
    for amount, points, note in (
        ('"5 "', 30, '"amount": decimal point, currencies, blanks, parentheses or signs'),
        ('"$5"', 30, '"amount": decimal point, currencies, blanks, parentheses or signs'),
        ("1.0000000000000002", 22, '"amount": decimal point, rounded floating-point numbers'),
        ("19.990000000000002", 58, '"amount": decimal point, rounded floating-point numbers'),
        ("1.234", 22, ""),
    ):
        data = f'{one}\n{{"order_id": 2, "created_at": "2025-01-02", "amount": {amount}}}\n'.encode()
        yield Case(f"JSON form {amount}", data, suffix=".jsonl", points=points, note=note)
    for name, document, note in (
        ("an array", f"[{one}]", ""),
        ("an array over lines", f"[\n  {one}\n]\n", ""),
        ("an envelope", f'{{"orders": [{one}]}}', 'orders from the member "orders"'),
        ("an object over lines", one.replace(", ", ",\n  "), ""),
    ):
        yield Case(f"JSON file with {name}", document.encode(), suffix=".json", points=20, note=note)
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
    yield Case("JSON first line", b"oops\n", "line 1 is not JSON", ".jsonl")
    lines = "".join(f"{one.replace('1,', f'{i},', 1)}\n" for i in range(50_000)).encode()
    yield Case("JSON in a cut gzip", gzip.compress(lines)[:-3000], "gzip data is damaged", ".jsonl.gz")
    name = r'{"amount": "5", "a\"b\\c": {"d": 1}, "e\"": [{"\"": 1}]}'
    yield Case("JSON quotes in names", f"{one}\n{name}\n".encode(), suffix=".jsonl", points=30)
    yield Case(
        "JSON half a surrogate pair in a name",
        f'{one}\n{{"amount": "5", "\\ud800": {{"a": 1}}}}\n'.encode(),
        "line 2: has characters that are not Unicode text",
        ".jsonl",
        skipped=1,
        reason="malformed line",
    )
    for name, line in (
        ("no JSON", "oops"),
        ("cut", '{"amount": "5"'),
        ("a text that is cut", '{"amount": "5'),
    ):
        yield Case(
            f"JSON first line of several: {name}",
            f"{line}\n{one}\n".encode(),
            "line 1",
            ".jsonl",
            skipped=1,
            points=20,
            reason="malformed line",
        )
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
