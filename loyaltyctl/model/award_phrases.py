"""Award phrases of rules files: parse and format `50 points`, or `2 per 1` for two points per 1 spent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json

FORMS = '"50 points" or "2 per 1"'
"""Examples of both kinds of award phrase, for messages."""
PATTERN = r"([^ ]+) points?|([^ ]+) (points? )?per ([^ ]+)"
"""Pattern of both award phrases. Any text may stand for a number: the numbers are validated later."""
_match_phrase = re.compile(PATTERN).fullmatch


class AwardTexts(NamedTuple):
    """Numbers in an award phrase, as texts. `per` is None for a fixed amount."""

    points: str
    per: str | None


def parse_phrase(text: Json) -> AwardTexts | None:
    """Parse an award phrase such as "1 point per 10"; return None if `text` is not an award phrase."""
    match = _match_phrase(text) if isinstance(text, str) else None
    return None if match is None else AwardTexts(match[1] or match[2], match[4])


def format_phrase(points: float, per: float | None) -> str:
    """Format an award phrase: `50 points` if `per` is None, else `2 per 1`."""
    if per is None:
        return f"{points} {'point' if points == 1 else 'points'}"
    return f"{points} per {per}"
