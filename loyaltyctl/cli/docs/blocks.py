"""What the texts of the manual are made of; plain.py and pages.py write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence


class Terms(NamedTuple):
    """Words, each with what it means."""

    rows: Sequence[tuple[str, str]]


class Lines(NamedTuple):
    """Lines as they are: examples, formulas."""

    lines: Sequence[str]


Block: TypeAlias = str | Terms | Lines
"""A paragraph, or one of these."""
