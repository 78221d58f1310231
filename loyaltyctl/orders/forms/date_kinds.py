"""Kinds of dates, with the readings of each. A text is a date of at most one kind, but for day and month."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import TYPE_CHECKING

from loyaltyctl.orders.forms.date_readings import arranged, counted, leading, sliced, worded
from loyaltyctl.orders.forms.month_words import MONTH_WORD

if TYPE_CHECKING:
    from loyaltyctl.orders.forms.date_readings import Reading


class DateKind(Enum):
    """Kind of dates. The value describes it in messages."""

    ISO = "ISO dates"
    YEAR_FIRST = "year first"
    DOTTED = "day first with points"
    WEEKDAY = "day first with points, behind a weekday"
    DMY = "day first"
    MDY = "month first"
    YMD = "year first with two digits"
    WORDED = "month as a word"
    COMPACT = "digits alone"
    MONTH_YEAR = "month and year"
    EPOCH = "Unix times"
    SERIAL = "day numbers of a spreadsheet"


_DAY, _MONTH, _YEAR = "(0?[1-9]|[12][0-9]|3[01])", "(0?[1-9]|1[0-2])", "(?:20)?([0-9]{2})"
_DD, _MM, _YYYY = "(0[1-9]|[12][0-9]|3[01])", "(0[1-9]|1[0-2])", "((?:19|20)[0-9]{2})"
_TAIL = "([ T,(](?s:.*))?"
"""Pattern of the time behind a date, which is ignored, and so is any zone: the day is as written."""
_WEEKDAY = "((Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?[.,]{0,2} )?"
_WORD = f"({MONTH_WORD})[.]?"
_MONTH_FIRST = f"{_WEEKDAY}{_WORD} [0-3]?[0-9](st|nd|rd|th)?,? 20[0-9]{{2}}{_TAIL}"
_MONTH_HYPHEN = f"{_WORD}-[0-3]?[0-9]-"
_DAY_FIRST = (
    f"{_WEEKDAY}[0-3]?[0-9]([.]|st|nd|rd|th|er|[\u00ba\u00aa])?[ /-](de |of )?{_WORD},?[ /-](de |del )?"
)
_YEAR_WORDED = "20[0-9][0-9]"
_EPOCH = "([1-3][0-9]{9}|40[0-9]{8}|410[01][0-9]{6})([0-9]{3}|[0-9]{6})?([.][0-9]+)?"
# 36526 is 2000-01-01, and 73050 is 2099-12-31.
_SERIAL = (
    "3652[6-9]|365[3-9][0-9]|36[6-9][0-9]{2}|3[7-9][0-9]{3}|[4-6][0-9]{4}|7[0-2][0-9]{3}|730[0-4][0-9]|73050"
)

READINGS: dict[DateKind, tuple[Reading, ...]] = {
    DateKind.ISO: (
        leading(f"[1-9][0-9]{{3}}-{_MM}-{_DD}(?s:.*)"),
        arranged(f"([1-9][0-9]{{3}})-{_MM}", r"\1-\2-1", has_day=False),
    ),
    DateKind.YEAR_FIRST: (
        arranged(f"{_YYYY}[/.]{_MONTH}[/.]{_DAY}{_TAIL}", r"\1-\2-\3"),
        arranged(f"{_YYYY}-([1-9])-{_DAY}{_TAIL}", r"\1-\2-\3"),
        arranged(f"{_YYYY}-{_MM}-([1-9]){_TAIL}", r"\1-\2-\3"),
        arranged(f"{_YYYY}年{_MONTH}月{_DAY}日(?s:.*)", r"\1-\2-\3"),
    ),
    DateKind.DOTTED: (
        sliced(f"{_DD}[.]{_MM}[.]{_YYYY}{_TAIL}", 6, 3, 0),
        arranged(f"{_DAY}[.] ?{_MONTH}[.] ?{_YEAR}{_TAIL}", r"20\3-\2-\1"),
    ),
    DateKind.WEEKDAY: (
        arranged(f"[^0-9 .,]{{2,12}}[.,]{{0,2}} {_DAY}[.] ?{_MONTH}[.] ?{_YEAR}{_TAIL}", r"20\3-\2-\1"),
    ),
    DateKind.DMY: (
        sliced(f"{_DD}[/-]{_MM}[/-]{_YYYY}{_TAIL}", 6, 3, 0),
        arranged(f"{_DAY}[/-]{_MONTH}[/-]{_YEAR}{_TAIL}", r"20\3-\2-\1"),
    ),
    DateKind.MDY: (
        sliced(f"{_MM}[/-]{_DD}[/-]{_YYYY}{_TAIL}", 6, 0, 3),
        arranged(f"{_MONTH}[/-]{_DAY}[/-]{_YEAR}{_TAIL}", r"20\3-\1-\2"),
    ),
    DateKind.YMD: (arranged(f"([0-9]{{2}})[/-]{_MONTH}[/-]{_DAY}{_TAIL}", r"20\1-\2-\3"),),
    DateKind.WORDED: (
        worded(
            f"{_MONTH_FIRST}|({_DAY_FIRST}|{_MONTH_HYPHEN})20[0-9]{{2}}{_TAIL}",
            _YEAR_WORDED,
            f"regexp_extract({{text}}, '{_YEAR_WORDED}')",
        ),
        worded(f"({_DAY_FIRST}|{_MONTH_HYPHEN})[0-9]{{2}}", "[0-9]{2}$", "concat('20', right({text}, 2))"),
    ),
    DateKind.COMPACT: (sliced(f"(19|20)[0-9]{{2}}{_MM}{_DD}([0-9]{{4}}|[0-9]{{6}}|[ T](?s:.*))?", 0, 4, 6),),
    DateKind.MONTH_YEAR: (arranged(f"{_MONTH}[/.-](20[0-9]{{2}})", r"\2-\1-1", has_day=False),),
    DateKind.EPOCH: (counted(_EPOCH, date(1970, 1, 1), 10, 86400),),
    DateKind.SERIAL: (counted(f"({_SERIAL})([.][0-9]+)?", date(1899, 12, 30), 5, 1),),
}
SHORT = frozenset(DateKind) - {
    *(DateKind.WEEKDAY, DateKind.WORDED, DateKind.COMPACT, DateKind.EPOCH, DateKind.SERIAL),
}
"""Kinds of dates that are decided by the first characters of a text."""
PREFIX = 11
"""Number of characters that a date in digits has, with the one behind it."""
DOTTED_PREFIX = 13
"""The same number for dates that may have blanks behind the points: `31. 12. 2025`."""
