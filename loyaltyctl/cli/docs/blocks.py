"""Blocks of a documentation text: paragraph, definition list, literal lines.

plain_text.py formats them for the terminal, man_pages.py as roff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence


class Terms(NamedTuple):
    """Block of a documentation text: a definition list, with rows of a term and its definition."""

    rows: Sequence[tuple[str, str]]


class Lines(NamedTuple):
    """Block of a documentation text: literal lines, such as examples, which are never wrapped."""

    lines: Sequence[str]


Block: TypeAlias = str | Terms | Lines
"""Block of a documentation text; a string is a paragraph."""
