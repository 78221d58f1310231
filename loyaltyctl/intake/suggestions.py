"""Suggestions of a similar value in messages about an unknown one: "did you mean X?"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(text: str, known: Iterable[str], otherwise: str = "", cutoff: float = 0.6) -> str:
    """Return the suggestion of a similar value that follows a quoted, unknown value: "; did you mean X?".

    If no known value is similar, returns "; " and the text `otherwise`, or "" if `otherwise` is empty.
    """
    from difflib import get_close_matches

    near = get_close_matches(text, [*known], n=1, cutoff=cutoff)
    advice = f"did you mean {near[0]}?" if near else otherwise
    return f"; {advice}" if advice else ""
