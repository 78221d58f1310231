"""Order file with the expected result, and helpers that write such files."""

from __future__ import annotations

from typing import NamedTuple

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
    note: str = ""
    """A part of the notes about how the file was read; empty if there are none."""


def csv_file(*rows: str, header: str = HEADER, end: str = "\n") -> bytes:
    return "".join(f"{row}{end}" for row in (header, *rows)).encode()
