"""A text of the manual for the terminal: 80 columns, in a pipe too."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, assert_never

from loyaltyctl.cli.docs.blocks import Lines, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.cli.docs.blocks import Block
    from loyaltyctl.cli.docs.topics import Topic

WIDTH = 80
LONG = 26
"""A term that is longer has its meaning on the next line."""


def to_text(topic: Topic) -> str:
    """What it is about, and what it says."""
    return "\n\n".join([topic.about, *map(_block, topic.blocks())]) + "\n"


def _block(block: Block) -> str:
    match block:
        case str():
            return fill(block, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        case Terms():
            return "\n".join(_terms(block))
        case Lines():
            return "\n".join(f"    {line}" for line in block.lines)
    assert_never(block)


def _terms(terms: Terms) -> Iterable[str]:
    room = min(max(len(term) for term, _ in terms.rows), LONG) + 4
    for term, meaning in terms.rows:
        beside = f"  {term}".ljust(room) if len(term) <= LONG else f"  {term}\n{' ' * room}"
        text = fill(meaning, WIDTH - room, break_on_hyphens=False, break_long_words=False)
        yield beside + text.replace("\n", f"\n{' ' * room}")
