"""Readings of dates: ways to write a date, each defined once for Python and for SQL."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.orders.forms.month_words import MONTH_WORD, MONTHS
from loyaltyctl.orders.forms.texts import TextClass, compiled, full_match
from loyaltyctl.orders.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable


class Reading(NamedTuple):
    """Way to write a date: the texts, and how they are converted to `year-month-day` without padding."""

    texts: TextClass
    written_sql: Callable[[str], str]
    """Returns the SQL that converts the SQL of a date; evaluated only for the texts."""
    written: Callable[[str], str]
    """Converts a date in Python."""
    has_day: bool = True
    """If false, the day that is written is the first of the month, for lack of one."""

    def date_sql(self, text: str) -> str:
        """Return the SQL that converts a date to `2025-01-31`, or to NULL if it is none."""
        converted = f"TRY_CAST({self.written_sql(text)} AS DATE)::VARCHAR"
        return f"CASE WHEN {self.texts.sql(text)} THEN {converted} END"

    def date(self, text: str) -> date | None:
        """Convert a date as `date_sql` does, or return None if it is none, such as February 30th."""
        if not self.texts.has(text):
            return None
        year, month, day = map(int, self.written(text).split("-"))
        try:
            return date(year, month, day)
        except ValueError:
            return None


def leading(pattern: str) -> Reading:
    """Return the reading of texts that begin with a date in ISO 8601."""
    return Reading(TextClass(pattern), lambda text: f"left({text}, 10)", lambda text: text[:10])


def sliced(pattern: str, year: int, month: int, day: int) -> Reading:
    """Return the reading of dates with fixed positions of a year of four digits, a month and a day of two."""
    widths = {year: 4, month: 2, day: 2}
    parts = (f"substr({{text}}, {start + 1}, {width})" for start, width in widths.items())
    sql = f"concat_ws('-', {', '.join(parts)})"
    return Reading(
        TextClass(pattern),
        lambda text: sql.replace("{text}", text),
        lambda text: "-".join(text[start : start + width] for start, width in widths.items()),
    )


def arranged(pattern: str, template: str, *, has_day: bool = True) -> Reading:
    r"""Return the reading of dates whose parts are groups of a pattern: the template is like `20\3-\2-\1`."""
    whole = literal(f"^(?:{pattern})$")
    return Reading(
        TextClass(pattern),
        lambda text: f"regexp_replace({text}, {whole}, {literal(template)})",
        lambda text: found.expand(template) if (found := full_match(pattern, text)) else "",
        has_day,
    )


def worded(pattern: str, year: str, year_sql: str) -> Reading:
    """Return the reading of dates with a word for the month.

    The day is the first number. `year` is the pattern of the year, and `year_sql` is the SQL that converts
    it: both are searched for in the text, since groups of a large pattern would take five times as long.
    """
    numbers = ", ".join(f"{literal(word)}: '{number}'" for word, number in MONTHS.items())

    def written_sql(text: str) -> str:
        """Return the SQL that converts a date with a word for the month."""
        word = f"regexp_extract({text}, {literal(MONTH_WORD)})"
        return (
            f"concat({year_sql.replace('{text}', text)}, '-', MAP {{{numbers}}}[lower({word})], '-', "
            f"regexp_extract({text}, '[0-9]+'))"
        )

    def written(text: str) -> str:
        """Convert a date with a word for the month."""
        month = MONTHS[_first(MONTH_WORD, text).lower()]
        return f"20{_first(year, text)[-2:]}-{month}-{_first('[0-9]+', text)}"

    return Reading(TextClass(pattern), written_sql, written)


def counted(pattern: str, start: date, width: int, unit: int) -> Reading:
    """Return the reading of numbers that count from a day: the first `width` digits, `unit` of them a day."""
    return Reading(
        TextClass(pattern),
        lambda text: f"(DATE '{start}' + (TRY_CAST(left({text}, {width}) AS BIGINT) // {unit})::INTEGER)",
        lambda text: f"{start + timedelta(days=int(text[:width]) // unit)}",
    )


def _first(pattern: str, text: str) -> str:
    """Return the first part of a date that matches a pattern. The text has one."""
    found = compiled(pattern).search(text)
    return found[0] if found else ""
