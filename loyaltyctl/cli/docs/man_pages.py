r"""Man pages for the program and for each command, in the macros of man(7).

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
"""Length of the source lines: mandoc -T lint wants at most 80."""


def name(node: Node) -> str:
    """Return the name of a page, without its section."""
    return "-".join(node.words)


def page(node: Node) -> str:
    """Return the page of a command, or of the program."""
    return "".join(f"{line}\n" for line in _lines(node))


def _lines(node: Node) -> Iterator[str]:
    program = not node.words[1:]
    yield '.\\" Generated from the command tree: python3 -m loyaltyctl.cli.docs'
    yield f'.TH {_escaped(name(node).upper())} 1 {RELEASED} "loyaltyctl {__version__}" "loyaltyctl manual"'
    yield ".SH NAME"
    yield f"{_escaped(name(node))} \\-"
    yield from _prose(node.summary)
    yield from _section("SYNOPSIS", [])
    yield f"\\fB{_escaped(' '.join(node.words))}\\fR {_escaped(node.usage)}"
    if node.about:
        yield from _section("DESCRIPTION", node.about)
    if node.is_group:
        below = Terms([(f"{name(one)}(1)", f"{one.summary}.") for one in node.below()])
        yield from _section("COMMANDS", [below])
    yield from _options(node)
    if program:
        for topic in ("formats", "points", "webhooks"):
            yield from _section(topic.upper(), TOPICS[topic].blocks())
    yield from _section("EXIT STATUS", [Terms(CODES)])
    for topic in ("environment", "files"):
        title = topic.upper()
        blocks = TOPICS[topic].blocks() if program else [f"See {title} in loyaltyctl(1)."]
        yield from _section(title, blocks)
    if node.examples:
        yield from _section("EXAMPLES", [Lines(node.examples)])
    yield from _section("SEE ALSO", [])
    yield from _references(node)


def _options(node: Node) -> Iterator[str]:
    yield ".SH OPTIONS"
    for title, params in node.sections():
        rows = [record for param in params if (record := param.get_help_record(node.ctx)) is not None]
        if rows:
            yield f".SS {title}"
            yield from _block(Terms(rows))


def _references(node: Node) -> Iterator[str]:
    """Yield references to the pages of the groups above and the commands below."""
    above = ["-".join(node.words[:i]) for i in range(1, len(node.words))]
    below = [name(one) for one in node.below()]
    pages = [*above, *below]
    for i, one in enumerate(pages):
        yield f".BR {_escaped(one)} (1){',' if i + 1 < len(pages) else ''}"
    if not pages:
        yield "https://dev.wix.com/docs/rest"


def _section(title: str, blocks: Iterable[Block]) -> Iterator[str]:
    yield f".SH {title}"
    for i, block in enumerate(blocks):
        if i and not isinstance(block, Terms):
            yield ".PP"
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case str():
            yield from _prose(block)
        case Terms():
            for term, meaning in block.rows:
                yield ".TP"
                yield f"\\fB{_escaped(term)}\\fR"
                yield from _prose(meaning)
        case Lines():
            yield from (".RS 4", ".EX")
            for line in block.lines:
                yield " \\\n".join(
                    wrap(_escaped(line), WIDTH, break_on_hyphens=False, break_long_words=False)
                )
            yield from (".EE", ".RE")
        case _:
            assert_never(block)


def _prose(text: str) -> Iterator[str]:
    return map(_escaped, wrap(text, WIDTH, break_on_hyphens=False, break_long_words=False))


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha")
    plain = plain.replace("~", "\\(ti").replace("`", "\\(ga")
    coded = "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in plain)
    return f"\\&{coded}" if coded.startswith(".") else coded
