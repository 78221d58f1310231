"""Parts of a reference text; plain_text.py and man_pages.py format them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence


class Terms(NamedTuple):
    """Definition list."""

    rows: Sequence[tuple[str, str]]


class Lines(NamedTuple):
    """Literal lines, such as examples."""

    lines: Sequence[str]


Block: TypeAlias = str | Terms | Lines
"""A str is a paragraph."""
