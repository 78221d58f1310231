"""Classes of texts, defined once for Python and for SQL: regular expressions that match the whole text."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from loyaltyctl.orders.quoting import literal


class TextClass(NamedTuple):
    """Class of texts: those that match a pattern, and do not match another one."""

    pattern: str
    excluded: str = ""

    def has(self, text: str) -> bool:
        """Return whether a text belongs to the class."""
        return full_match(self.pattern, text) is not None and not (
            self.excluded and full_match(self.excluded, text)
        )

    def sql(self, text: str) -> str:
        """Return the SQL condition that a text belongs to the class."""
        condition = f"regexp_full_match({text}, {literal(self.pattern)})"
        if not self.excluded:
            return condition
        return f"({condition} AND NOT regexp_full_match({text}, {literal(self.excluded)}))"


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile the pattern of a class of texts on its first use: few of the patterns are needed in a run."""
    return re.compile(pattern, re.ASCII)


def full_match(pattern: str, text: str) -> re.Match[str] | None:
    """Match a whole text with the pattern of a class."""
    return compiled(pattern).fullmatch(text)
