"""Ways to write dates, and whether the texts of a column have two readings."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

_GERMAN = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
_SPANISH = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
_FRENCH = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
_DAY_ZERO = date(1899, 12, 30)


class DateStyle(NamedTuple):
    """Way to write the dates of a column. `order` is dmy, mdy or ymd if others could be read from a text."""

    name: str
    text: Callable[[datetime], str]
    order: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether the program reads the dates without a word."""
        return self.name.startswith("ISO")


def _ordinal(day: int) -> str:
    """Return a day with its English ending."""
    return f"{day}{'th' if 10 < day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _seconds(moment: datetime) -> int:
    """Return the seconds since 1970 of a time in UTC."""
    return int(moment.timestamp())


STYLES = (
    DateStyle("ISO day", lambda d: f"{d:%Y-%m-%d}"),
    DateStyle("ISO time", lambda d: f"{d:%Y-%m-%dT%H:%M:%S}.678Z"),
    DateStyle("ISO offset", lambda d: f"{d:%Y-%m-%d %H:%M:%S} -0500"),
    DateStyle("ISO minutes", lambda d: f"{d:%Y-%m-%d %H:%M}"),
    DateStyle("ISO month", lambda d: f"{d:%Y-%m}"),
    DateStyle("English", lambda d: f"{d:%b} {d.day}, {d.year}"),
    DateStyle("English long", lambda d: f"{d:%B %d, %Y %I:%M %p}"),
    DateStyle("English odd clock", lambda d: f"{d:%b} {d.day}, {d:%Y %H:%M:%S %p}"),
    DateStyle("English day first", lambda d: f"{d.day} {d:%B}, {d.year}"),
    DateStyle("English abbreviated", lambda d: f"{d:%d %b %Y}"),
    DateStyle("two digits and word", lambda d: f"{d:%d-%b-%y}"),
    DateStyle("ordinal", lambda d: f"{d:%b} {_ordinal(d.day)} {d.year}"),
    DateStyle("RFC 2822", lambda d: f"{d:%a, %d %b %Y %H:%M:%S} GMT"),
    DateStyle("German", lambda d: f"{d.day}. {_GERMAN[d.month - 1]} {d.year}"),
    DateStyle("Spanish", lambda d: f"{d.day} de {_SPANISH[d.month - 1]} de {d.year}"),
    DateStyle("French", lambda d: f"{d.day} {_FRENCH[d.month - 1]} {d.year}"),
    DateStyle("year first", lambda d: f"{d:%Y/%m/%d %H:%M}"),
    DateStyle("year first short", lambda d: f"{d.year}/{d.month}/{d.day}"),
    DateStyle("points", lambda d: f"{d:%d.%m.%Y}"),
    DateStyle("points short", lambda d: f"{d.day}.{d.month}.{d:%y}"),
    DateStyle("points time", lambda d: f"{d:%d.%m.%Y %H:%M}"),
    DateStyle("compact", lambda d: f"{d:%Y%m%d}"),
    DateStyle("month and year", lambda d: f"{d:%m/%Y}"),
    DateStyle("seconds", lambda d: f"{_seconds(d)}"),
    DateStyle("milliseconds", lambda d: f"{_seconds(d)}123"),
    DateStyle("microseconds", lambda d: f"{_seconds(d)}123456"),
    DateStyle("serial", lambda d: f"{(d.date() - _DAY_ZERO).days}"),
    DateStyle("serial time", lambda d: f"{(d.date() - _DAY_ZERO).days}.5"),
    DateStyle("day first", lambda d: f"{d:%d/%m/%Y}", "dmy"),
    DateStyle("day first short", lambda d: f"{d.day}/{d.month}/{d.year} {d:%H:%M}", "dmy"),
    DateStyle("day first hyphens", lambda d: f"{d:%d-%m-%Y}", "dmy"),
    DateStyle("day first two digits", lambda d: f"{d:%d/%m/%y}", "dmy"),
    DateStyle("month first", lambda d: f"{d:%m/%d/%Y}", "mdy"),
    DateStyle("month first short", lambda d: f"{d.month}/{d.day}/{d.year} {d:%I:%M %p}", "mdy"),
    DateStyle("month first two digits", lambda d: f"{d:%m/%d/%y}", "mdy"),
    DateStyle("year first two digits", lambda d: f"{d:%y-%m-%d}", "ymd"),
)  # fmt: skip


def has_two_readings(texts: Sequence[str]) -> bool:
    """Return whether all dates with day and month in digits fit two orders of day, month and year."""
    triples = [tuple(map(int, re.split("[/-]", text.split(" ")[0]))) for text in texts]
    has_long_years = any(len(part) == 4 for part in re.split("[/ -]", texts[0]))
    orders = [(2, 1, 0), (2, 0, 1), *([] if has_long_years else [(0, 1, 2)])]
    return sum(all(_is_date(*(triple[i] for i in order)) for triple in triples) for order in orders) > 1


def _is_date(year: int, month: int, day: int) -> bool:
    """Return whether there is such a date."""
    try:
        date(year + (0 if year > 100 else 2000), month, day)
    except ValueError:
        return False
    return True
