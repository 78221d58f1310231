"""Format help topics as plain text for the terminal: 80 columns, also in a pipe."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, assert_never

from loyaltyctl.cli.docs.blocks import Lines, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.cli.docs.blocks import Block
    from loyaltyctl.cli.docs.topics import Topic

WIDTH = 80
MAX_TERM = 26
"""Maximum width of the column of terms; the definition of a longer term begins on the next line."""


def to_text(topic: Topic) -> str:
    """Return a help topic as plain text: its summary, then its blocks."""
    return "\n\n".join([topic.about, *map(_format_block, topic.blocks())]) + "\n"


def _format_block(block: Block) -> str:
    """Return a block of a help topic as indented plain text."""
    match block:
        case str():
            return fill(block, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        case Terms():
            return "\n".join(_format_terms(block))
        case Lines():
            return "\n".join(f"    {line}" for line in block.lines)
    assert_never(block)


def _format_terms(terms: Terms) -> Iterable[str]:
    """Yield each row of a definition list as plain text, with the definitions in one column."""
    indent = min(max(len(term) for term, _ in terms.rows), MAX_TERM) + 4
    for term, meaning in terms.rows:
        head = f"  {term}".ljust(indent) if len(term) <= MAX_TERM else f"  {term}\n{' ' * indent}"
        # Options such as --dry-run must not be broken: a reader copies them.
        text = fill(meaning, WIDTH - indent, break_on_hyphens=False, break_long_words=False)
        yield head + text.replace("\n", f"\n{' ' * indent}")
