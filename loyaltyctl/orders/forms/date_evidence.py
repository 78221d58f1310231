"""Evidence about the dates of a column: numbers of its values by classes, with an example of each.

A class is a kind of dates, or one of:

TRIPLE    dates in at least one order of day, month and year, such as 03/04/2025 and 31/12/2025
NOT_DMY   those of them that are no dates with the day first; NOT_MDY and NOT_YMD likewise
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Self

from loyaltyctl.orders.forms.date_form import DateForm
from loyaltyctl.orders.forms.date_kinds import PREFIX, DateKind
from loyaltyctl.orders.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TRIPLE_KINDS = (DateKind.DMY, DateKind.MDY, DateKind.YMD)
"""The kinds of dates that may be confused with each other."""
_MISSES = tuple(f"NOT_{kind.name}" for kind in TRIPLE_KINDS)
CLASSES = (*(kind.name for kind in DateKind), "TRIPLE", *_MISSES)
"""The names of the classes of dates."""
_IN_DIGITS = re.compile("[0-9]{1,4}[/.年-][0-9]", re.ASCII)
"""Beginning of texts that no kinds of dates take but SHORT ones, with at most PREFIX characters."""
_TIME = re.compile("(?<=[0-9])[ ,T(].*|(?<=日).*", re.DOTALL)
"""Text behind a date in digits, such as its time."""


class Values(NamedTuple):
    """Number of the dates of a class, and the one of them that sorts first; None if there is none."""

    number: int = 0
    example: str | None = None

    def plus(self, other: Values) -> Values:
        """Return the number and the example of these dates and others."""
        examples = [values.example for values in (self, other) if values.example is not None]
        return Values(self.number + other.number, min(examples, default=None))


class DateEvidence(NamedTuple):
    """Values of a column by the classes of dates that they are in."""

    by_class: Mapping[str, Values] = MappingProxyType(dict.fromkeys(CLASSES, Values()))

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Self:
        """Count the texts of dates by their classes."""
        found = dict.fromkeys(CLASSES, Values())
        for text in texts:
            key = text[:PREFIX] if _IN_DIGITS.match(text) else text
            for name in _classes(key):
                found[name] = found[name].plus(Values(1, key))
        return cls(found)

    @classmethod
    def sql(cls, text: str, number: str | None = None) -> str:
        """Return the list of SQL aggregates that count the dates of a column, for `from_row`.

        `text` is the SQL of the date. If each row stands for several dates with the same `key_sql`, `number`
        is the SQL of their number: a column has few keys, so counting them first is several times faster.
        """
        text = f"coalesce({text}, '')"
        counted = f"sum({number})" if number else "count(*)"
        conditions = _conditions_sql(text)
        return ", ".join(
            f"{aggregate} FILTER (WHERE {conditions[name]})"
            for name in CLASSES
            for aggregate in (counted, f"min({cls.key_sql(text)})")
        )

    @staticmethod
    def key_sql(text: str) -> str:
        """Return the SQL of the part of a date on which its classes depend."""
        in_digits = f"regexp_matches({text}, {literal(f'^{_IN_DIGITS.pattern}')})"
        return f"CASE WHEN {in_digits} THEN left({text}, {PREFIX}) ELSE {text} END"

    @classmethod
    def from_row(cls, row: Sequence[int | str | None]) -> Self:
        """Return the evidence about dates from the row that the aggregates of `sql` select."""
        pairs = zip(CLASSES, zip(row[::2], row[1::2], strict=True), strict=True)
        return cls(
            {
                name: Values(int(number or 0), None if example is None else str(example))
                for name, (number, example) in pairs
            }
        )

    def __add__(self, other: object) -> Self:
        """Return the evidence about the dates of two columns, or of two files."""
        if not isinstance(other, DateEvidence):
            return NotImplemented
        return type(self)({name: self.of(name).plus(other.of(name)) for name in CLASSES})

    def of(self, name: str) -> Values:
        """Return the dates of a class."""
        return self.by_class[name]

    def example(self, form: DateForm) -> str:
        """Return a date of the column in its form; blank if there is none."""
        examples = (self.of(kind.name).example for kind in reversed(form.kinds))
        return next((_without_time(example) for example in examples if example), "")


def _without_time(text: str) -> str:
    """Return a date in digits without the time, of which the evidence may have only a part: `1/5/2025 10`."""
    return _TIME.sub("", text) if _IN_DIGITS.match(text) else text


@lru_cache(maxsize=1000)
def _classes(text: str) -> tuple[str, ...]:
    """Return the names of the classes that a date is in."""
    kinds = [kind for kind in DateKind if DateForm((kind,)).month(text)]
    names = tuple(kind.name for kind in kinds)
    if not any(kind in TRIPLE_KINDS for kind in kinds):
        return names
    return (*names, "TRIPLE", *(f"NOT_{kind.name}" for kind in TRIPLE_KINDS if kind not in kinds))


def _conditions_sql(text: str) -> dict[str, str]:
    """Return the SQL conditions that a date is in each class, by the name of the class."""
    kinds = {kind: _is_kind_sql(kind, text) for kind in DateKind}
    triple = _any_sql(kinds[kind] for kind in TRIPLE_KINDS)
    return {
        **{kind.name: condition for kind, condition in kinds.items()},
        "TRIPLE": triple,
        **{f"NOT_{kind.name}": f"{triple} AND NOT {kinds[kind]}" for kind in TRIPLE_KINDS},
    }


def _is_kind_sql(kind: DateKind, text: str) -> str:
    """Return the SQL condition that a text is a date of a kind."""
    return f"({DateForm((kind,)).month_sql(text)} IS NOT NULL)"


def _any_sql(conditions: Iterable[str]) -> str:
    """Return the SQL condition that a date meets one of several conditions."""
    return f"({' OR '.join(conditions)})"
