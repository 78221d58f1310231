"""Format points as exact numbers: as a decimal if the decimals end, else as a fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


def format_exact(value: Fraction) -> str:
    """Format points exactly: as a decimal such as `49.9`, or as `10/3` if the decimals never end."""
    places = _decimal_places(value.denominator)
    return str(value) if places is None else format_rounded(value, max(places, 1))


def format_rounded(value: Fraction, places: int) -> str:
    """Format an exact number as the nearest decimal with at most `places` decimals; `places` is 1 or more.

    Halves are rounded away from zero. Trailing zeros are left out.
    """
    # Integers only: format() of a fraction needs Python 3.12, and Decimal rounds to 28 digits by default.
    unit = 10**places
    twice = 2 * abs(value.numerator) * unit + value.denominator
    digits = str(twice // (2 * value.denominator)).rjust(places + 1, "0")
    shown = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")
    return f"-{shown}" if value < 0 and shown != "0" else shown


def json_number(value: Fraction) -> int | float:
    """Return exact points as a JSON number: an integer if they are whole, else the nearest double."""
    return value.numerator if value.denominator == 1 else float(value)


def _decimal_places(denominator: int) -> int | None:
    """Return the number of decimals of an exact fraction in lowest terms; None if the decimals never end."""
    # The decimals end exactly if 2 and 5 are the only prime factors of the denominator.
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None
