"""Exact numbers as text: a decimal where there is one, else a fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


def text(value: Fraction) -> str:
    """A decimal where there is one: `49.9`; else a fraction, as `Fraction` reads it: `10/3`."""
    places = _places(value.denominator)
    return str(value) if places is None else rounded(value, max(places, 1))


def number(value: Fraction) -> int | float:
    """The number for JSON: a whole one, or the double that is nearest."""
    return value.numerator if value.denominator == 1 else float(value)


def rounded(value: Fraction, places: int) -> str:
    """The decimal nearest to `value` with this many places, without zeros at its end."""
    unit = 10**places
    twice = 2 * abs(value.numerator) * unit + value.denominator
    digits = str(twice // (2 * value.denominator)).rjust(places + 1, "0")
    shown = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")
    return f"-{shown}" if value < 0 and shown != "0" else shown


def _places(denominator: int) -> int | None:
    """How many decimals a fraction has; None where they never end."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None
