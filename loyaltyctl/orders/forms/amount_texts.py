"""Classes of the texts of amounts, by decimal mark. Each text of a class is one amount, with one reading.

UNGROUPED        1234,56
GROUPED          1.234,56            and all UNGROUPED ones
DECORATED        -29,00 € , (1 234) , +5 , CHF 10,-  and all GROUPED ones
TRAILING_ZEROS   1,50000000
NOISE            19,990000000000002  a floating-point number next to one with the digits of a currency
EXPONENT         1,5E+3
NEGLIGIBLE       1,5E-17             the noise of 0
"""

from __future__ import annotations

import re
from functools import cache

from loyaltyctl.contract.inputs.order_source import Decimal as DecimalMark
from loyaltyctl.intake.money import AMOUNT, DECIMALS, WHOLE_DIGITS
from loyaltyctl.orders.forms.currencies import SIGN, SIGNS, sign_code
from loyaltyctl.orders.forms.texts import TextClass, compiled
from loyaltyctl.orders.quoting import literal

MARKS = {DecimalMark.POINT: ".", DecimalMark.COMMA: ","}
"""The character of each decimal mark of amounts."""
GROUP_MARKS = {DecimalMark.POINT: ",", DecimalMark.COMMA: "."}
"""The character that groups thousands in amounts, by the decimal mark."""
FLOAT_DECIMALS = 24
"""Maximum number of decimals of a floating-point number in text: 17 digits, and zeros before them."""
NOISE_DIGITS = (0, 2, 3)
"""Digits of minor units to which float noise may be rounded."""

_MINUS = "[-\u2212]"
_BLANK = "[ \t\u00a0\u2009\u202f\u200e\u200f\u202a-\u202c\u2066-\u2069]"
"""Pattern of a blank, or of an invisible mark of direction; not of one that reverses the digits."""
# At most two: Python would take too long for a cell with thousands of blanks, which could be divided between
# the optional parts in too many ways.
_BLANKS = f"{_BLANK}{{0,2}}"
_APOSTROPHE = "['\u2019]"
_DIGITS = f"[0-9]{{1,{WHOLE_DIGITS}}}"

_DASHES = "[-\u2013\u2014\u2212]{1,2}"
"""Pattern of the dashes that stand for no cents behind a decimal mark: `10,-`."""
_BEHIND = "[0-9]([^0-9.,][^0-9]*)?"
"""Pattern of the last digit and what follows it before a minus, so that the dashes for no cents are none."""
_ONE_SIGN = "[-\u2212(+]"
"""Pattern of a character of which a DECORATED amount has one at most, but for the dashes for no cents."""
NEGATIVE = f"^[^0-9]*[-\u2212(]|{_BEHIND}{_MINUS}"
"""Pattern of the part of a DECORATED amount that makes it negative."""
BODY = "[0-9].*[0-9]|[0-9]"
"""Pattern of the part of a DECORATED amount from its first digit to its last one."""
NOT_SIGN = f'{_MINUS}|{_BLANK}|{_APOSTROPHE}|[0-9.,()="+\u2013\u2014]'
"""Pattern of a character of a DECORATED amount that is not part of the sign of a currency."""
WHOLE = r"(-?[0-9]{1,13})(?:\.0+)?"
"""Pattern of a plain amount that is a whole number: its first group."""


def _escaped(mark: DecimalMark) -> str:
    """Return the pattern of the character of a decimal mark."""
    return f"[{MARKS[mark]}]"


def _decimals(mark: DecimalMark) -> str:
    """Return the pattern of the decimals of an amount, which may be missing."""
    return f"({_escaped(mark)}[0-9]{{1,{DECIMALS}}})?"


def _by_thousands(group: str) -> str:
    """Return the pattern of the digits of an amount in groups of three; `group` is the pattern of the mark.

    A leading zero is not grouped: `0,123` has a decimal comma.
    """
    return f"[1-9][0-9]{{0,2}}({group}[0-9]{{3}}){{1,3}}|[1-9]({group}[0-9]{{3}}){{4}}"


def _decorated(mark: DecimalMark, sign: str = SIGN) -> TextClass:
    """Return the class of amounts with signs of currencies, blanks, parentheses and unusual groups.

    `sign` is the pattern of the signs; blank if there are none.
    """
    groups = [_by_thousands(group) for group in (f"[{GROUP_MARKS[mark]}]", _BLANK, _APOSTROPHE)]
    if mark is DecimalMark.POINT:
        groups.append("[1-9][0-9]?(,[0-9]{2}){1,4},[0-9]{3}")  # India: 1,23,456.78
    body = f"({_DIGITS}|{'|'.join(groups)})({_decimals(mark)}|{_escaped(mark)}{_DASHES})"
    wrapper, plus_or_minus = """('|=")?""", "[-\u2212+]?"
    leading, trailing = (f"({sign}{_BLANKS})?", f"({sign})?") if sign else ("", "")
    before = f"{_BLANKS}{wrapper}{_BLANKS}[(]?{plus_or_minus}{_BLANKS}{leading}[(]?{plus_or_minus}{_BLANKS}"
    after = f'{_BLANKS}{_MINUS}?[)]?{_BLANKS}{trailing}{_BLANKS}{_MINUS}?[)]?"?{_BLANKS}'
    return TextClass(f"{before}{body}{after}", _UNBALANCED)


_UNBALANCED = "|".join(
    (
        f"[^0-9]*{_ONE_SIGN}[^0-9]*{_ONE_SIGN}.*",
        f"[^0-9]*{_ONE_SIGN}.*{_BEHIND}{_MINUS}.*",
        f".*{_BEHIND}{_MINUS}[^0-9]*{_MINUS}.*",
        f".*[0-9][.,]({_DASHES}[^0-9]*[^-\u2013\u2014\u22120-9]|[-\u2013\u2014\u2212]{{2}}){_MINUS}.*",
        "[^(]*[)].*",
        ".*[)].*[)].*",
        ".*[(][^)]*",
        '[^=]*".*',
        '=[^"]*"[^"]*',
    )
)
"""Pattern of DECORATED amounts to exclude: two signs of the same kind, or a single one of a pair."""

UNGROUPED = {
    DecimalMark.POINT: TextClass(AMOUNT),
    DecimalMark.COMMA: TextClass(f"-?{_DIGITS}{_decimals(DecimalMark.COMMA)}"),
}
GROUPED = {
    mark: TextClass(f"-?({_DIGITS}|{_by_thousands(f'[{group}]')}){_decimals(mark)}")
    for mark, group in GROUP_MARKS.items()
}
DECORATED = {mark: _decorated(mark) for mark in DecimalMark}
TRAILING_ZEROS = {
    mark: TextClass(f"-?{_DIGITS}{_escaped(mark)}[0-9]{{{DECIMALS}}}0{{1,18}}") for mark in DecimalMark
}
# Less than a millionth away: the decimals from those of the currency to the sixth are all 0 or all 9.
NOISE = {
    (mark, digits): TextClass(
        f"-?{_DIGITS}{_escaped(mark)}[0-9]{{{digits}}}"
        f"(0{{{DECIMALS - digits}}}|9{{{DECIMALS - digits}}})[0-9]{{1,{FLOAT_DECIMALS - DECIMALS}}}"
    )
    for mark in DecimalMark
    for digits in NOISE_DIGITS
}
EXPONENT = {
    mark: TextClass(f"-?[0-9]({_escaped(mark)}[0-9]{{1,17}})?[eE]([+]?(0?[0-9]|1[0-2])|-0?[1-6])")
    for mark in DecimalMark
}
NEGLIGIBLE = {
    mark: TextClass(f"-?[0-9]({_escaped(mark)}[0-9]{{1,17}})?[eE]-(0?[7-9]|[1-9][0-9])")
    for mark in DecimalMark
}
LONG = {
    mark: TextClass("|".join([TRAILING_ZEROS[mark].pattern, *(NOISE[mark, k].pattern for k in NOISE_DIGITS)]))
    for mark in DecimalMark
}
"""Amounts with more decimals than money has, which are nevertheless amounts."""
FITTING = {
    mark: TextClass(f"{DECORATED[mark].pattern}|{LONG[mark].pattern}", _UNBALANCED) for mark in DecimalMark
}
"""All amounts with a decimal mark, but for exponents: these do not tell how a column is written."""
HAS_POINT = TextClass(".*[0-9][.][0-9].*")
HAS_COMMA = TextClass(".*[0-9],[0-9].*")
NO_AMOUNT = TextClass(r"\s*(-{0,3}|[nN]/?[aA]|[nN][aA][nN]|[nN][uU][lL]{2}|[nN][oO][nN][eE])\s*")
"""Texts that tell that there is no amount."""
ANY_DECORATED = TextClass("|".join(DECORATED[mark].pattern for mark in DecimalMark), _UNBALANCED)
"""DECORATED amounts with either decimal mark."""


def sign(text: str) -> str:
    """Return the sign or code of the currency in a DECORATED amount, in upper case; empty if it has none."""
    return compiled(NOT_SIGN).sub("", text).upper()


def sign_sql(text: str) -> str:
    """Return the SQL for the sign or code of the currency in an amount, as `sign` does."""
    return f"upper(regexp_replace({text}, {literal(NOT_SIGN)}, '', 'g'))"


@cache
def decorated(mark: DecimalMark, code: str | None) -> TextClass:
    """Return the class of the DECORATED amounts in one currency, with its sign or without one.

    `code` is the code of the currency, or else the sign; None is any currency.
    """
    if code is None:
        return DECORATED[mark]
    found = spellings(code)
    return _decorated(mark, f"({'|'.join(map(re.escape, found))})" if found else "")


@cache
def spellings(code: str) -> tuple[str, ...]:
    """Return the signs and codes of a currency as they are written; `code` is that of `decorated`."""
    found = tuple(spelled for spelled in SIGNS if sign_code(sign(spelled)) == code)
    if found:
        return found
    # One sign is before the number and another one behind it: $12.00 USD
    parts = {part for i in range(len(code)) for part in (code[:i], code[i:])}
    return tuple(spelled for spelled in SIGNS if code and sign(spelled) in parts)
