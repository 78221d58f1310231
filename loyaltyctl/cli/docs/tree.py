"""The command tree, walked once: every command with the words that name it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from typer.main import get_command

from loyaltyctl.cli.commands.root import NAME, root
from loyaltyctl.cli.runtime.command import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Section(NamedTuple):
    """Options or arguments that stand under one heading of the help."""

    title: str
    params: Sequence[Any]


class Node(NamedTuple):
    """A command, or a group of them, and the words that name it; `ctx` is what its help is made in."""

    words: tuple[str, ...]
    command: Any
    ctx: Any

    @property
    def is_group(self) -> bool:
        return hasattr(self.command, "commands")

    @property
    def help(self) -> str:
        """Its help, as it is printed."""
        return f"{self.command.get_help(self.ctx)}\n"

    @property
    def summary(self) -> str:
        """Its help in one sentence."""
        return str(self.command.help).partition("\n")[0].rstrip(".")

    @property
    def about(self) -> list[str]:
        """What follows the sentence, by paragraphs."""
        whole = str(self.command.help).partition(EXAMPLES)[0]
        return [" ".join(part.split()) for part in whole.split("\n\n")[1:] if part.strip()]

    @property
    def examples(self) -> list[str]:
        """Lines that run."""
        lines = str(self.command.help).partition(EXAMPLES)[2].splitlines()
        return [line.strip() for line in lines if line.strip()]

    @property
    def usage(self) -> str:
        """What follows the program's name in the line of its usage."""
        return " ".join(self.command.collect_usage_pieces(self.ctx))

    def sections(self) -> list[Section]:
        """Its arguments and options, as its help groups them."""
        return [Section(title, params) for title, params in self.command.sections(self.ctx) if params]

    def below(self) -> Iterator[Node]:
        """The commands of a group."""
        for name in self.command.commands if self.is_group else ():
            command = self.command.commands[name]
            ctx = command.make_context(name, [], parent=self.ctx, resilient_parsing=True)
            yield Node((*self.words, name), command, ctx)


def top() -> Node:
    """The root."""
    command = get_command(root)
    return Node((NAME,), command, command.make_context(NAME, [], resilient_parsing=True))


def tree() -> list[Node]:
    """The root, and all that is below it, in the order of the help."""
    return list(_walk(top()))


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for below in node.below():
        yield from _walk(below)
