"""Money and points as text: plain digits, at most one point, nothing guessed.

Exponents, separators, signs other than a minus, spaces, NaN and the digits of other
scripts are not read.
"""

from __future__ import annotations

import re
from decimal import Decimal

WHOLE_DIGITS = 13
DECIMALS = 6
AMOUNT = rf"-?[0-9]{{1,{WHOLE_DIGITS}}}(\.[0-9]{{1,{DECIMALS}}})?"
"""The pattern of an amount, for Python's and for DuckDB's regular expressions."""

_AMOUNT = re.compile(AMOUNT, re.ASCII)
_NUMBER = re.compile(rf"[0-9]{{1,16}}(\.[0-9]{{1,{DECIMALS}}})?", re.ASCII)


def amount(text: str) -> Decimal | None:
    """The amount of money that `text` spells, negative for a refund; None where it spells none."""
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def number(text: str) -> Decimal | None:
    """The number of a rule that `text` spells, of points or of money; None where it spells none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None
