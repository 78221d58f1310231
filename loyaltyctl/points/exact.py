"""A number that is exact: one integer over another, without a common factor."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal


class Exact(NamedTuple):
    """`above` over `below`; `below` is positive."""

    above: int
    below: int = 1

    @classmethod
    def of(cls, number: Decimal) -> Exact:
        """The same number; a Decimal is a number of tenths, hundredths and so on."""
        return cls(*number.as_integer_ratio())

    @classmethod
    def reduced(cls, above: int, below: int) -> Exact:
        """One integer over another, in its smallest terms."""
        factor = gcd(above, below)
        return cls(above // factor, below // factor)

    def plus(self, other: Exact) -> Exact:
        return Exact.reduced(self.above * other.below + other.above * self.below, self.below * other.below)

    def times(self, other: Exact) -> Exact:
        return Exact.reduced(self.above * other.above, self.below * other.below)

    def over(self, other: Exact) -> Exact:
        """The quotient; `other` is positive."""
        return Exact.reduced(self.above * other.below, self.below * other.above)

    def negated(self) -> Exact:
        return Exact(-self.above, self.below)

    def floor(self) -> Exact:
        return Exact(self.above // self.below)

    def ceiling(self) -> Exact:
        return Exact(-(-self.above // self.below))

    def less_than(self, other: Exact) -> bool:
        return self.above * other.below < other.above * self.below

    @property
    def is_whole(self) -> bool:
        return self.below == 1

    def number(self) -> int | float:
        """The number for JSON: a whole one, or the double that is nearest."""
        return self.above if self.is_whole else self.above / self.below

    def rounded(self, places: int) -> str:
        """The decimal nearest to it with this many places, without zeros at its end."""
        unit = 10**places
        twice = 2 * abs(self.above) * unit + self.below
        digits = str(twice // (2 * self.below)).rjust(places + 1, "0")
        text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")
        return f"-{text}" if self.above < 0 and text != "0" else text

    def __str__(self) -> str:
        """A decimal where there is one: `49.9`; else a fraction: `10/3`."""
        places = _places(self.below)
        return f"{self.above}/{self.below}" if places is None else self.rounded(max(places, 1))


def _places(below: int) -> int | None:
    """How many decimals a fraction over `below` has; None where they never end."""
    twos = fives = 0
    while below % 2 == 0:
        below, twos = below // 2, twos + 1
    while below % 5 == 0:
        below, fives = below // 5, fives + 1
    return max(twos, fives) if below == 1 else None
