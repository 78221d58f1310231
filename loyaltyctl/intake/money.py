"""Parsers for amounts of money and numbers of points, written as plain digits with a decimal point.

Exponents, thousands separators, a plus sign, spaces, NaN and non-ASCII digits are rejected. Decimal would
accept most of them: `1e5`, `1_000`, `+1`, ` 1 `.
"""

from __future__ import annotations

import re
from decimal import Decimal

WHOLE_DIGITS = 13
DECIMALS = 6
AMOUNT = rf"-?[0-9]{{1,{WHOLE_DIGITS}}}(\.[0-9]{{1,{DECIMALS}}})?"
"""Pattern of an amount of money, valid in the regular expressions of both Python and DuckDB."""

_AMOUNT = re.compile(AMOUNT, re.ASCII)
_AWARD_NUMBER = re.compile(rf"[0-9]{{1,16}}(\.[0-9]{{1,{DECIMALS}}})?", re.ASCII)


def parse_amount(text: str) -> Decimal | None:
    """Parse the amount of money of an order, which is negative for a refund; None if it is invalid."""
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def parse_award_number(text: str) -> Decimal | None:
    """Parse an amount of money or number of points that is not negative; None if it is invalid."""
    return Decimal(text) if _AWARD_NUMBER.fullmatch(text) else None
