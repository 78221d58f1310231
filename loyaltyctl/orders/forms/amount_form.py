"""Forms of amounts: decimal mark, thousands marks, signs of currencies, float noise and minor units."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.inputs.order_source import Decimal as DecimalMark
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.forms import amount_texts as texts
from loyaltyctl.orders.forms import currencies
from loyaltyctl.orders.forms.texts import compiled, full_match
from loyaltyctl.orders.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXACT = Context(prec=60)
"""Context in which no amount is rounded by accident: a float in text may have 37 digits."""
_FLOAT_TYPE = f"DECIMAL(38, {texts.FLOAT_DECIMALS})"
_BLANKS_AT_SIGN = (" ", "\u00a0", "")
"""Blanks between the sign of a currency and an amount."""


class AmountForm(NamedTuple):
    """Form of the amounts in a column. The default form is that of plain amounts: `-1234.56`."""

    decimal: DecimalMark = DecimalMark.POINT
    grouped: bool = False
    """If true, thousands may be grouped by the mark that is not the decimal mark: `1,234.56`."""
    decorated: bool = False
    """If true, amounts may be any DECORATED ones: with signs of currencies, blanks, parentheses, a plus."""
    noise: bool = False
    """If true, the noise of binary floating-point numbers is rounded: 19.990000000000002 is 19.99."""
    minor: bool = False
    """If true, amounts are whole numbers of the minor unit of the currency: 1990 is 19.90."""
    sign: str | None = None
    """The only sign or code of a currency that decorated amounts have, in upper case; None if any is one."""

    def plain_sql(self, text: str, currency: str | None = None) -> str:
        """Return the SQL that converts an amount to plain text such as `-1234.56`, or to NULL if it is none.

        `text` is the SQL of the amount. `currency` is the SQL of the code of its currency, which may be
        blank or NULL; it matters for float noise, for minor units, and for the sign of another currency.
        """
        arms = " ".join(f"WHEN {condition} THEN {result}" for condition, result in self._arms(text, currency))
        return _major_sql(f"CASE {arms} END", currency) if self.minor else f"CASE {arms} END"

    def plain(self, text: str, currency: str = "") -> str | None:
        """Convert an amount to plain text as `plain_sql` does, or return None if it is no amount."""
        digits = currencies.digits(currency)
        plain = self._plain(text, 0 if self.minor else digits, currency)
        if plain is None or not self.minor:
            return plain
        whole = full_match(texts.WHOLE, plain)
        return f"{Decimal(whole[1]).scaleb(-digits):f}" if whole else None

    @property
    def words(self) -> str:
        """The form of amounts in words: `decimal comma, thousands marks`."""
        properties = {
            f"decimal {self.decimal}": True,
            "thousands marks": self.grouped,
            "currencies, blanks, parentheses or signs": self.decorated,
            "rounded floating-point numbers": self.noise,
            "minor units": self.minor,
        }
        return ", ".join(name for name, holds in properties.items() if holds)

    def described(self, example: str) -> str:
        """Describe the form of amounts for a message: `decimal comma, such as "1.234,56"`.

        The example may be blank.
        """
        return f"{self.words}, such as {quoted(example)}" if example else self.words

    def _arms(self, text: str, currency: str | None) -> Iterator[tuple[str, str]]:
        """Yield the SQL conditions for the texts that are amounts, each with the SQL of the plain text."""
        mark = self.decimal
        point = text if mark is DecimalMark.POINT else f"replace({text}, ',', '.')"
        if self.grouped:  # includes ungrouped amounts: one pattern is faster than two
            yield texts.GROUPED[mark].sql(text), _ungrouped_sql(text, mark)
        else:
            yield texts.UNGROUPED[mark].sql(text), point
        if self.decorated and self.sign and currency is None:
            # Nearly all decorated amounts are so; the patterns of the others are slow.
            bare = _without_sign_sql(text, self.sign)
            yield texts.GROUPED[mark].sql(bare), _ungrouped_sql(bare, mark)
        if self.decorated:
            condition = texts.decorated(mark, self.sign).sql(text)
            if currency is not None:
                condition += f" AND {currencies.is_sign_of_sql(texts.sign_sql(text), currency)}"
            yield condition, _bare_sql(text, mark)
        if self.noise:
            yield texts.TRAILING_ZEROS[mark].sql(text), _without_zeros_sql(point)
            for digits, condition in _digits_conditions(currency, minor=self.minor).items():
                rounded = f"round(TRY_CAST({point} AS {_FLOAT_TYPE}), {digits})::VARCHAR"
                yield f"{texts.NOISE[mark, digits].sql(text)} AND {condition}", _amount_sql(rounded)
        if self.noise or self.decorated:
            yield texts.NEGLIGIBLE[mark].sql(text), "'0'"
            exact = _without_zeros_sql(f"TRY_CAST({point} AS {_FLOAT_TYPE})::VARCHAR")
            yield texts.EXPONENT[mark].sql(text), _amount_sql(exact)

    def _plain(self, text: str, digits: int, currency: str) -> str | None:
        """Convert an amount to plain text as `_arms` does, with noise rounded to `digits` decimals."""
        mark = self.decimal
        if (texts.GROUPED if self.grouped else texts.UNGROUPED)[mark].has(text):
            return _ungrouped(text, mark)
        decorated = self.decorated and texts.decorated(mark, self.sign).has(text)
        if decorated and currencies.is_sign_of(texts.sign(text), currency):
            return _bare(text, mark)
        if self.noise and (rounded := _rounded(text, mark, digits)):
            return rounded
        return _expanded(text, mark) if self.noise or self.decorated else None


PLAIN = AmountForm()
"""Form of the amounts that intake.money accepts."""


def _ungrouped_sql(text: str, mark: DecimalMark) -> str:
    """Return the SQL that removes the thousands marks of an amount, and makes its decimal mark a point."""
    if mark is DecimalMark.POINT:
        return f"replace({text}, ',', '')"
    return f"replace(replace({text}, '.', ''), ',', '.')"


def _ungrouped(text: str, mark: DecimalMark) -> str:
    """Remove the thousands marks of an amount, and make its decimal mark a point."""
    return text.replace(texts.GROUP_MARKS[mark], "").replace(texts.MARKS[mark], ".")


def _without_sign_sql(text: str, sign: str) -> str:
    """Return the SQL that removes a sign of a currency at one end of an amount; NULL if none is there."""
    arms: list[str] = []
    for spelled, blank in product(texts.spellings(sign), _BLANKS_AT_SIGN):
        length = len(spelled + blank)
        arms += [
            f"WHEN starts_with({text}, {literal(spelled + blank)}) THEN substr({text}, {length + 1})",
            f"WHEN ends_with({text}, {literal(blank + spelled)}) THEN left({text}, {-length})",
        ]
    return f"CASE {' '.join(arms)} END"


def _bare_sql(text: str, mark: DecimalMark) -> str:
    """Return the SQL that removes all but the digits, the decimal mark and the minus from an amount."""
    # A sign such as "Rs." has a point, so only the part between the digits is searched for marks.
    body = f"regexp_extract({text}, {literal(texts.BODY)})"
    digits = f"regexp_replace({body}, '[^0-9{texts.MARKS[mark]}]', '', 'g')"
    minus = f"CASE WHEN regexp_matches({text}, {literal(texts.NEGATIVE)}) THEN '-' ELSE '' END"
    return f"{minus} || replace({digits}, '{texts.MARKS[mark]}', '.')"


def _bare(text: str, mark: DecimalMark) -> str:
    """Remove all but the digits, the decimal mark and the minus from a DECORATED amount."""
    body = compiled(texts.BODY).search(text)
    digits = compiled(f"[^0-9{texts.MARKS[mark]}]").sub("", body[0] if body else "")
    minus = "-" if compiled(texts.NEGATIVE).search(text) else ""
    return minus + digits.replace(texts.MARKS[mark], ".")


def _rounded(text: str, mark: DecimalMark, digits: int) -> str | None:
    """Return the plain text of an amount with long decimals, or None if it has none or they are no noise."""
    point = text.replace(texts.MARKS[mark], ".")
    if texts.TRAILING_ZEROS[mark].has(text):
        return _without_zeros(point)
    if not texts.NOISE[mark, digits].has(text):
        return None
    rounded = Decimal(point).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _EXACT)
    return _amount(abs(rounded) if rounded == 0 else rounded)


def _expanded(text: str, mark: DecimalMark) -> str | None:
    """Return the plain text of an amount with an exponent, or None if it has none or is too long."""
    if texts.NEGLIGIBLE[mark].has(text):
        return "0"
    if not texts.EXPONENT[mark].has(text):
        return None
    number = Decimal(text.replace(texts.MARKS[mark], "."))
    decimals = f"{number or abs(number):.{texts.FLOAT_DECIMALS}f}"
    return _amount(Decimal(_without_zeros(decimals)))


def _without_zeros_sql(point: str) -> str:
    """Return the SQL that removes the last zeros of an amount with decimals."""
    return f"rtrim(rtrim({point}, '0'), '.')"


def _without_zeros(point: str) -> str:
    """Remove the last zeros of an amount with decimals."""
    return point.rstrip("0").rstrip(".")


def _amount_sql(number: str) -> str:
    """Return the SQL of a number that was calculated for an amount, or NULL if it has too many digits."""
    return f"CASE WHEN {texts.UNGROUPED[DecimalMark.POINT].sql(number)} THEN {number} END"


def _amount(number: Decimal) -> str | None:
    """Return the text of a number that was calculated for an amount, or None if it has too many digits."""
    text = f"{number:f}"
    return text if texts.UNGROUPED[DecimalMark.POINT].has(text) else None


def _digits_conditions(currency: str | None, *, minor: bool) -> dict[int, str]:
    """Return the SQL condition that an amount has a number of digits after the decimal mark, by the number.

    `currency` is the SQL of the currency, or None; amounts in the `minor` unit have no digits there.
    """
    if minor or currency is None:
        return {0 if minor else currencies.USUAL_DIGITS: "true"}
    return {
        digits: f"coalesce({_is_among(currency, digits)}, {str(digits == currencies.USUAL_DIGITS).lower()})"
        for digits in texts.NOISE_DIGITS
    }


def _is_among(currency: str, digits: int) -> str:
    """Return the SQL condition that a currency has `digits` digits in its minor unit; NULL without one."""
    usual = digits == currencies.USUAL_DIGITS
    codes = (code for code, number in currencies.DIGITS.items() if usual or number == digits)
    return f"upper({currency}) {'NOT ' * usual}IN ({', '.join(map(literal, codes))})"


def _major_sql(plain: str, currency: str | None) -> str:
    """Return the SQL that converts a whole number of the minor unit to an amount, and others to NULL."""
    whole = f"nullif(regexp_extract({plain}, {literal(f'^{texts.WHOLE}$')}, 1), '')"
    shifted = {digits: _shifted_sql(whole, digits) for digits in texts.NOISE_DIGITS}
    conditions = _digits_conditions(currency, minor=False)
    arms = " ".join(f"WHEN {condition} THEN {shifted[digits]}" for digits, condition in conditions.items())
    return f"CASE {arms} END"


def _shifted_sql(whole: str, digits: int) -> str:
    """Return the SQL that puts a decimal point before the last `digits` digits of a whole number."""
    # A zero for each decimal is put in front, and zeros that are too many are removed.
    padded = f"regexp_replace({whole}, '^-?', '\\0{'0' * digits}')"
    parts = f"'^(-?)0*([0-9]+)([0-9]{{{digits}}})$', '\\1\\2{'.' if digits else ''}\\3'"
    return f"regexp_replace({padded}, {parts})"
