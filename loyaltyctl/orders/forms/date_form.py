"""Forms of dates: the kinds of dates in a column, as SQL and in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.forms.date_kinds import DOTTED_PREFIX, PREFIX, READINGS, SHORT, DateKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from loyaltyctl.orders.forms.date_readings import Reading


class DateForm(NamedTuple):
    """Form of the dates in a column: the kinds of dates that are accepted, in the sequence to try.

    The day is the written one, and what follows it is ignored. Numbers since 1970 are read in UTC.
    """

    kinds: tuple[DateKind, ...] = (DateKind.ISO,)

    @property
    def has_prefix(self) -> bool:
        """Whether the first few characters of a date decide in this form, see `prefix_sql`."""
        return SHORT.issuperset(self.kinds)

    def prefix_sql(self, text: str) -> str:
        """Return the SQL of the part of a date that decides: all SQL of this form takes it instead of a date.

        A column has few different prefixes. Grouped by the prefix, only these need to be converted.
        """
        if self.kinds == (DateKind.ISO,):
            return f"left({text}, {PREFIX - 1})"
        length = DOTTED_PREFIX if DateKind.DOTTED in self.kinds else PREFIX
        return f"left({text}, {length})" if self.has_prefix else text

    def month_sql(self, text: str) -> str:
        """Return the SQL that converts a date to its month, `2025-01`, or to NULL if it is no date."""
        return f"left({self._first_sql(text, self._readings())}, 7)"

    def date_sql(self, text: str) -> str:
        """Return the SQL that converts a date to `2025-01-31`, or to NULL if it is none or has no day."""
        return self._first_sql(text, (reading for reading in self._readings() if reading.has_day))

    def month(self, text: str) -> str | None:
        """Convert a date to its month as `month_sql` does, or return None if it is no date."""
        found = (day for reading in self._readings() if (day := reading.date(text)))
        return next((f"{day:%Y-%m}" for day in found), None)

    def date(self, text: str) -> date | None:
        """Convert a date as `date_sql` does, or return None if it is none or has no day."""
        with_day = (reading for reading in self._readings() if reading.has_day)
        return next((day for reading in with_day if (day := reading.date(text))), None)

    @property
    def words(self) -> str:
        """The form of dates in words: `day first`."""
        return ", ".join(kind.value for kind in self.kinds)

    def described(self, example: str) -> str:
        """Describe the form of dates for a message: `day first, such as "31/01/2025"`."""
        return f"{self.words}, such as {quoted(example)}" if example else self.words

    def _readings(self) -> Iterator[Reading]:
        """Yield the readings of dates that the form accepts."""
        for kind in self.kinds:
            yield from READINGS[kind]

    def _first_sql(self, text: str, readings: Iterator[Reading]) -> str:
        """Return the SQL that converts a date by the first of several readings that accepts it."""
        return f"coalesce({', '.join([*(reading.date_sql(text) for reading in readings), 'NULL::VARCHAR'])})"


ISO = DateForm()
"""Form of dates that begin as ISO 8601 dates do."""
