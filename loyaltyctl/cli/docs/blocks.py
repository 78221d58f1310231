"""Blocks of a documentation text: paragraph, definition list, literal lines.

plain_text.py formats them for the terminal, man_pages.py as roff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence


class Terms(NamedTuple):
    """Definition list in a documentation text: rows of a term and its definition."""

    rows: Sequence[tuple[str, str]]


class Lines(NamedTuple):
    """Literal lines in a documentation text, such as examples; never wrapped."""

    lines: Sequence[str]


Block: TypeAlias = str | Terms | Lines
"""Block of a documentation text; a string is a paragraph."""
