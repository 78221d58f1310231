"""Awards in words, as rules files write them: `50 points`, or `2 per 1` for two points per 1 spent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json

FORMS = '"50 points" or "2 per 1"'
"""Examples of both forms, for messages."""
PATTERN = r"([^ ]+) points?|([^ ]+) (points? )?per ([^ ]+)"
"""Pattern of both forms; the numbers are validated elsewhere."""
_match = re.compile(PATTERN).fullmatch


class AwardTexts(NamedTuple):
    """Numbers of an award as they are written; `per` is None for a fixed amount."""

    points: str
    per: str | None


def parse(text: Json) -> AwardTexts | None:
    """Return the numbers in an award in words; None if it has neither form."""
    match = _match(text) if isinstance(text, str) else None
    return None if match is None else AwardTexts(match[1] or match[2], match[4])


def format_award(points: float, per: float | None) -> str:
    """Return an award in words."""
    if per is None:
        return f"{points} {'point' if points == 1 else 'points'}"
    return f"{points} per {per}"
