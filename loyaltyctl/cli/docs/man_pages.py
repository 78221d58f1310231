r"""Generate man pages for the program and for each command, with the macros of man(7).

A hyphen is written `\-`: otherwise groff prints a Unicode hyphen, which can be neither searched for nor
pasted into a shell. Characters outside ASCII are written as codes, so that every locale can show them.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, assert_never

from loyaltyctl import RELEASED, __version__
from loyaltyctl.cli.docs.blocks import Lines, Terms
from loyaltyctl.cli.docs.topics import CODES, TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loyaltyctl.cli.docs.blocks import Block
    from loyaltyctl.cli.docs.tree import Node

WIDTH = 70
"""Length of the source lines before escaping: `mandoc -T lint` warns about lines over 80."""

_ESCAPES = str.maketrans({"\\": "\\e", "-": "\\-", "'": "\\(aq", "^": "\\(ha", "~": "\\(ti", "`": "\\(ga"})
"""Escapes of roff; without them, groff prints ' ^ ~ and ` as typographic characters."""


def name(node: Node) -> str:
    """Return the name of a command's man page, such as `loyaltyctl-rules-list`."""
    return "-".join(node.words)


def page(node: Node) -> str:
    """Return the man page of a command, or of the program, as roff source."""
    return "".join(f"{line}\n" for line in _page_lines(node))


def _page_lines(node: Node) -> Iterator[str]:
    """Yield the roff lines of a man page, section by section."""
    program = not node.words[1:]
    yield '.\\" Generated from the command tree: python3 -m loyaltyctl.cli.docs'
    title = _roff_escaped(name(node).upper())
    yield f'.TH {title} 1 {RELEASED} "loyaltyctl {__version__}" "loyaltyctl manual"'
    yield ".SH NAME"
    yield f"{_roff_escaped(name(node))} \\-"
    yield from _wrapped_roff(node.summary)
    yield from _roff_section("SYNOPSIS", [])
    yield f"\\fB{_roff_escaped(' '.join(node.words))}\\fR {_roff_escaped(node.usage)}"
    if node.about:
        yield from _roff_section("DESCRIPTION", node.about)
    if node.is_group:
        pages = Terms([(f"{name(one)}(1)", f"{one.summary}.") for one in node.children()])
        yield from _roff_section("COMMANDS", [pages])
    yield from _options_section(node)
    if program:
        for topic in ("formats", "points", "webhooks"):
            yield from _roff_section(topic.upper(), TOPICS[topic].blocks())
    yield from _roff_section("EXIT STATUS", [Terms(CODES)])
    for topic in ("environment", "files"):
        title = topic.upper()
        blocks = TOPICS[topic].blocks() if program else [f"See {title} in loyaltyctl(1)."]
        yield from _roff_section(title, blocks)
    if node.examples:
        yield from _roff_section("EXAMPLES", [Lines(node.examples)])
    yield from _roff_section("SEE ALSO", [])
    yield from _see_also(node)


def _options_section(node: Node) -> Iterator[str]:
    """Yield the roff lines of the OPTIONS section, with a subsection for each heading of the help."""
    yield ".SH OPTIONS"
    for title, params in node.sections():
        rows = [record for param in params if (record := param.get_help_record(node.ctx)) is not None]
        if rows:
            yield f".SS {title}"
            yield from _roff_block(Terms(rows))


def _see_also(node: Node) -> Iterator[str]:
    """Yield the roff lines of SEE ALSO: the man pages of parent groups and of subcommands."""
    above = ["-".join(node.words[:i]) for i in range(1, len(node.words))]
    children = [name(one) for one in node.children()]
    pages = [*above, *children]
    for i, one in enumerate(pages):
        yield f".BR {_roff_escaped(one)} (1){',' if i + 1 < len(pages) else ''}"
    if not pages:
        yield "https://dev.wix.com/docs/rest"


def _roff_section(title: str, blocks: Iterable[Block]) -> Iterator[str]:
    """Yield the roff lines of a section of a man page."""
    yield f".SH {title}"
    for i, block in enumerate(blocks):
        # .TP begins a paragraph itself; mandoc warns about .PP before it.
        if i and not isinstance(block, Terms):
            yield ".PP"
        yield from _roff_block(block)


def _roff_block(block: Block) -> Iterator[str]:
    """Yield the roff lines of one block of a man page: paragraph, definition list or literal lines."""
    match block:
        case str():
            yield from _wrapped_roff(block)
        case Terms():
            for term, meaning in block.rows:
                yield ".TP"
                yield f"\\fB{_roff_escaped(term)}\\fR"
                yield from _wrapped_roff(meaning)
        case Lines():
            yield from (".RS 4", ".EX")  # .EX keeps the lines as they are; \ at a line's end joins two
            for line in block.lines:
                yield " \\\n".join(
                    wrap(_roff_escaped(line), WIDTH, break_on_hyphens=False, break_long_words=False)
                )
            yield from (".EE", ".RE")
        case _:
            assert_never(block)


def _wrapped_roff(text: str) -> Iterator[str]:
    """Yield the roff lines of a paragraph of a man page."""
    return map(_roff_escaped, wrap(text, WIDTH, break_on_hyphens=False, break_long_words=False))


def _roff_escaped(text: str) -> str:
    """Escape text of a man page for roff."""
    escaped = text.translate(_ESCAPES)
    coded = "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in escaped)
    return f"\\&{coded}" if coded.startswith(".") else coded  # a leading dot would start a macro
