"""What a tier earns, in words: `50 points`, or `2 per 1` for two points for every 1 spent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json

FORMS = '"50 points" or "2 per 1"'
PATTERN = r"([^ ]+) points?|([^ ]+) (points? )?per ([^ ]+)"
_WORDS = re.compile(PATTERN)


class Earns(NamedTuple):
    """The two numbers of an award as they were written; a fixed one is per nothing."""

    points: str
    per: str | None


def read(text: Json) -> Earns | None:
    """What `text` says that is earned; None where it has neither form."""
    match = _WORDS.fullmatch(text) if isinstance(text, str) else None
    return None if match is None else Earns(match[1] or match[2], match[4])


def written(points: float, per: float | None) -> str:
    """The words for an award."""
    if per is None:
        return f"{points} {'point' if points == 1 else 'points'}"
    return f"{points} per {per}"
