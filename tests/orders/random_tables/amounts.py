"""Ways to write amounts, and whether the texts of a column have two readings."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "KRW": "₩", "PLN": "zł", "CHF": "Fr."}
_BLANKS = (" ", "\u00a0", "\u202f")
_INDIAN = "indian"


class AmountStyle(NamedTuple):
    """Way to write the amounts of a column; the default is the plain one: `-1234.50`."""

    mark: str = "."
    group: str = ""
    digits: int = 2
    """Digits behind the mark."""
    trims: bool = False
    """If true, zeros at the end are left out: 12.5."""
    sign: str = ""
    template: str = "{}"
    """Template with the place of the sign: `{1}` is the sign, and `{0}` is the amount."""
    negative: str = "-{}"
    noise: bool = False
    minor: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the program reads the amounts without a word."""
        return self == AmountStyle(digits=self.digits, trims=self.trims)

    def body(self, amount: Decimal) -> str:
        """Return the digits and marks of an amount without its sign."""
        if self.minor:
            return f"{abs(amount).scaleb(self.digits):.0f}"
        if self.noise:
            return _noisy(abs(amount)).replace(".", self.mark)
        whole, _, decimals = f"{abs(amount):.{self.digits}f}".partition(".")
        decimals = decimals.rstrip("0") if self.trims else decimals
        return _grouped(whole, self.group) + (self.mark + decimals if decimals else "")

    def text(self, amount: Decimal) -> str:
        """Return the text of an amount."""
        if "{1}" not in self.negative and amount < 0:
            return self.template.format(self.negative.format(self.body(amount)), self.sign)
        written = self.negative if amount < 0 else self.template
        return written.format(self.body(amount), self.sign)


def random_style(chance: Random, currency: str, digits: int) -> AmountStyle:
    """Return a random way to write amounts in a currency."""
    if chance.random() < 0.2:
        return AmountStyle(digits=digits, trims=chance.random() < 0.4)
    if chance.random() < 0.1:
        return AmountStyle(mark=chance.choice(".,"), digits=digits, noise=True)
    if chance.random() < 0.05:
        return AmountStyle(digits=digits, minor=True)
    mark = chance.choice(".,")
    other = "," if mark == "." else "."
    groups = ["", "", other, other, other, *_BLANKS, "'", "\u2019", *([_INDIAN] if mark == "." else [])]
    style = AmountStyle(mark, chance.choice(groups), digits, chance.random() < 0.25)
    if chance.random() < 0.4:
        sign = chance.choice([SIGNS.get(currency, currency), currency, currency.lower()])
        style = style._replace(
            sign=sign, template=chance.choice(["{1}{0}", "{1} {0}", "{0} {1}", "{0}\u00a0{1}", "{0}{1}"])
        )
        if chance.random() < 0.4:
            return style._replace(negative=chance.choice(["-{1}{0}", "{1}-{0}", "({1}{0})", "\u2212{1}{0}"]))
    style = style._replace(negative=chance.choice(["-{}", "-{}", "({})", "{}-", "\u2212{}"]))
    if chance.random() < 0.05 and not style.sign:
        return style._replace(template=chance.choice(['="{}"', "'{}", " {}", "{} "]))
    return style


def has_two_readings(bodies: Sequence[str]) -> bool:
    """Return whether all amounts can be read with a decimal point and with a decimal comma, differently."""
    return all(_reads(body, ".", ",") and _reads(body, ",", ".") for body in bodies) and any(
        "." in body or "," in body for body in bodies
    )


def _reads(body: str, mark: str, other: str) -> bool:
    """Return whether an amount can be read with a decimal mark."""
    groups = "|".join(
        rf"[1-9]\d{{0,2}}({group}\d{{3}})+" for group in (f"\\{other}", f"[{''.join(_BLANKS)}]", "['\u2019]")
    )
    indian = r"|[1-9]\d?(,\d{2})+,\d{3}" if mark == "." else ""
    return re.fullmatch(rf"(\d+|{groups}{indian})(\{mark}\d+)?", body) is not None


def _grouped(whole: str, group: str) -> str:
    """Return the whole part of an amount with marks between its thousands."""
    if not group:
        return whole
    if group != _INDIAN:
        return f"{int(whole):,}".replace(",", group)
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail])


def _noisy(amount: Decimal) -> str:
    """Return the text of a floating-point number next to an amount, if that has the noise of one."""
    text = repr(math.nextafter(float(amount), math.inf))
    is_noise = (
        "e" not in text and len(text.partition(".")[2]) > 7 and abs(Decimal(text) - amount) < Decimal("1e-6")
    )
    return text if is_noise else f"{amount}"
