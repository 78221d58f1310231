"""Parsers of money and points: plain digits with at most one decimal point.

Exponents, separators, signs other than a minus, spaces, NaN and non-ASCII digits are rejected.
"""

from __future__ import annotations

import re
from decimal import Decimal

WHOLE_DIGITS = 13
DECIMALS = 6
AMOUNT = rf"-?[0-9]{{1,{WHOLE_DIGITS}}}(\.[0-9]{{1,{DECIMALS}}})?"
"""Pattern of an amount, for the regular expressions of Python and of DuckDB."""

_AMOUNT = re.compile(AMOUNT, re.ASCII)
_NUMBER = re.compile(rf"[0-9]{{1,16}}(\.[0-9]{{1,{DECIMALS}}})?", re.ASCII)


def amount(text: str) -> Decimal | None:
    """Parse an amount of money, negative for a refund; None if `text` is not one."""
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def number(text: str) -> Decimal | None:
    """Parse a number of points or of money in a rule; None if `text` is not one."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None
