"""Text of spreadsheet cells: exact, and in the one form that cannot be read in two ways."""

from __future__ import annotations

import re
from datetime import MAXYEAR, date, datetime, time, timedelta
from decimal import Decimal

Cell = int | float | str | bool | date | datetime | time | timedelta
"""Value of a cell of a workbook, as the reader of workbooks returns it."""

_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
"""A number without exponent. Most are, and to convert them to Decimal would double the time of a sheet."""
_DECIMAL_COMMA = re.compile(
    r"[^0-9A-Za-z]{0,5}([A-Za-z]{1,3}[^0-9A-Za-z]{0,3})?[0-9][0-9.\s'\u2019]{0,30},[0-9]{1,2}[^0-9]{0,8}"
)
_MAX_EXPONENT = 400
"""Largest exponent that is written out: that of a binary double is 308."""
GROUP_DIGITS = 3
"""Number of decimals with which a number would look like one with a thousands mark."""
_NOISE = 10_000
"""Microseconds by which a time of a workbook may miss a whole second: it is stored as a fraction of a day."""


def cell_text(value: Cell) -> str:
    """Return the text of a spreadsheet cell for a CSV copy, on one line."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number_text(repr(value))
    return _time_text(value)


def has_decimal_comma(text: str) -> bool:
    """Return whether the text of a cell is an amount with a decimal comma, such as `1.234,56 €`."""
    return _DECIMAL_COMMA.fullmatch(text) is not None


def _time_text(value: date | time | timedelta) -> str:
    """Return the text of a spreadsheet cell with a date, a time, or a duration: ISO 8601, or `36:00:00`."""
    match value:
        case datetime():
            return _rounded(value).isoformat()
        case date():
            return value.isoformat()
        case time():
            return value.replace(microsecond=0).isoformat()
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def one_line(text: str) -> str:
    """Return the text of a spreadsheet cell on one line, so that row n of the sheet is line n of its copy."""
    return " ".join(text.replace("\0", "").splitlines()) if not text.isprintable() else text


def number_text(number: str) -> str:
    """Return a number of a spreadsheet without exponent: `1001.0` becomes `1001`, `1e-05` becomes `0.00001`.

    Three decimals get a fourth, `1.234` becomes `1.2340`: the value is a number, and must not look like
    1,234 with another thousands mark. A text that is not a finite number is returned as it is.
    """
    plain = number if _PLAIN.fullmatch(number) else _without_exponent(number)
    if plain is None:
        return one_line(number)
    whole, _, decimals = plain.partition(".")
    decimals = decimals.rstrip("0")
    if len(decimals) == GROUP_DIGITS:
        decimals += "0"
    if decimals:
        return f"{whole}.{decimals}"
    return "0" if whole == "-0" else whole


def _without_exponent(number: str) -> str | None:
    """Return a number of a spreadsheet written without exponent, or None if it is not a finite number."""
    try:
        value = Decimal(number)
    except ArithmeticError:
        return None
    return f"{value:f}" if value.is_finite() and abs(value.adjusted()) <= _MAX_EXPONENT else None


def _rounded(value: datetime) -> datetime:
    """Return a time of a spreadsheet in whole seconds: 09:59:59.999 is 10:00, other fractions are cut off."""
    cut = value.replace(microsecond=0)
    is_noisy = value.microsecond >= 1_000_000 - _NOISE and value.year < MAXYEAR
    return cut + timedelta(seconds=1) if is_noisy else cut
