"""Forms of amounts: decimal mark, thousands marks, signs, currencies, float noise and minor units."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Self, TypeAlias

from loyaltyctl.contract.inputs.order_source import AmountUnit
from loyaltyctl.contract.inputs.order_source import Decimal as DecimalMark
from loyaltyctl.intake import money
from loyaltyctl.orders.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from loyaltyctl.orders.forms.decisions import Contradiction, Undecided


class AmountForm(NamedTuple):
    """Form of the amounts in a column. The default form is that of plain amounts: `-1234.56`."""

    decimal: DecimalMark = DecimalMark.POINT
    grouped: bool = False
    """If true, thousands may be grouped by the mark that is not the decimal mark: `1,234.56`."""
    decorated: bool = False
    """If true, amounts may have signs and codes of currencies, blanks, parentheses, and other groups."""
    noise: bool = False
    """If true, the noise of binary floating-point numbers is rounded: 19.990000000000002 is 19.99."""
    minor: bool = False
    """If true, amounts are whole numbers of the minor unit of the currency: 1990 is 19.90."""

    def plain_sql(self, text: str, currency: str | None = None) -> str:
        """Return the SQL that converts an amount to plain text such as `-1234.56`, or to NULL if it is none.

        `text` is the SQL of the amount. `currency` is the SQL of the code of its currency, which may be
        blank; it matters for float noise and for minor units.
        """
        del currency
        return f"CASE WHEN regexp_full_match({text}, {literal(money.AMOUNT)}) THEN {text} END"

    def plain(self, text: str, currency: str = "") -> str | None:
        """Convert an amount to plain text as `plain_sql` does, or return None if it is no amount."""
        del currency
        return text if re.fullmatch(money.AMOUNT, text, re.ASCII) else None

    def described(self, example: str) -> str:
        """Describe the form of amounts for a message: `decimal comma, such as "1.234,56"`."""
        return f'plain amounts, such as "{example}"'


PLAIN = AmountForm()
"""Form of amounts that intake.money accepts."""


class AmountEvidence(NamedTuple):
    """Numbers of values in a column by the forms of amounts that they fit, with an example of each."""

    values: int = 0

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Self:
        """Count the texts of amounts by the forms that they fit."""
        return cls(sum(1 for _ in texts))

    @classmethod
    def sql(cls, text: str, is_text: str = "true") -> str:
        """Return the list of SQL aggregates that count the amounts of a column, for `from_row`.

        `text` is the SQL of the amount; `is_text` is the SQL condition that it is text. Where it is false,
        the amount is a number, in which a point is a decimal mark.
        """
        del text, is_text
        return "count(*)"

    @classmethod
    def from_row(cls, row: Sequence[object]) -> Self:
        """Return the evidence about amounts from the row that the aggregates of `sql` select."""
        return cls(*row)  # type: ignore[arg-type]  # the row has the types of the members

    def __add__(self, other: object) -> Self:
        """Return the evidence about the amounts of two columns, or of two files."""
        if not isinstance(other, AmountEvidence):
            return NotImplemented
        return type(self)(self.values + other.values)


AmountDecision: TypeAlias = "AmountForm | Undecided | Contradiction[AmountForm]"


def decide_amounts(
    evidence: AmountEvidence,
    *,
    usual: DecimalMark | None = None,
    required: DecimalMark | None = None,
    unit: AmountUnit = AmountUnit.MAJOR,
    currencies: Collection[str] = (),
) -> AmountDecision:
    """Decide the form of the amounts of a column.

    `usual` is the decimal mark of the source, which decides only if the values do not. `required` is the
    mark that the user chose, which decides alone. `currencies` are the codes of all currencies in the file.
    """
    del evidence, usual, currencies
    return AmountForm(required or DecimalMark.POINT, minor=unit is AmountUnit.MINOR)
