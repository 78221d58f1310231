"""Format points as exact numbers: a decimal if it ends, else a fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


def format_exact(value: Fraction) -> str:
    """Return an exact decimal such as `49.9`, or a fraction such as `10/3` if the decimals never end."""
    places = _decimal_places(value.denominator)
    return str(value) if places is None else format_rounded(value, max(places, 1))


def format_rounded(value: Fraction, places: int) -> str:
    """Return the nearest decimal with at most `places` decimals, without trailing zeros; halves round up."""
    # Integers only: format() of a fraction needs Python 3.12, and Decimal rounds to 28 digits by default.
    unit = 10**places
    twice = 2 * abs(value.numerator) * unit + value.denominator
    digits = str(twice // (2 * value.denominator)).rjust(places + 1, "0")
    shown = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")
    return f"-{shown}" if value < 0 and shown != "0" else shown


def json_number(value: Fraction) -> int | float:
    """Return points as a JSON number: an integer if they are whole, else the nearest double."""
    return value.numerator if value.denominator == 1 else float(value)


def _decimal_places(denominator: int) -> int | None:
    """Return the number of decimals of a fraction in lowest terms; None if they never end."""
    # They end exactly if 2 and 5 are the only prime factors of the denominator.
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None
