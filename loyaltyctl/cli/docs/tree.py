"""Command tree: a node for each command and group, with its name and the parts of its help text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.cli.runtime.command import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Node(NamedTuple):
    """Node of the command tree: a command or group, with the Typer context that formats its help."""

    words: tuple[str, ...]
    command: Any
    ctx: Any

    @property
    def is_group(self) -> bool:
        """True if this node of the command tree is a group."""
        return hasattr(self.command, "commands")

    @property
    def help(self) -> str:
        """The text that --help prints for the command of this node."""
        return f"{self.command.get_help(self.ctx)}\n"

    @property
    def summary(self) -> str:
        """The first sentence of the command's help, without its period."""
        return str(self.command.help).partition("\n")[0].rstrip(".")

    @property
    def about(self) -> list[str]:
        """The paragraphs of the command's help after its first sentence, without the examples."""
        whole = str(self.command.help).partition(EXAMPLES)[0]
        return [" ".join(part.split()) for part in whole.split("\n\n")[1:] if part.strip()]

    @property
    def examples(self) -> list[str]:
        """The command lines under `Examples:` in the command's help."""
        lines = str(self.command.help).partition(EXAMPLES)[2].splitlines()
        return [line.strip() for line in lines if line.strip()]

    @property
    def usage(self) -> str:
        """The usage line of the command's help, without the command's name."""
        return " ".join(self.command.collect_usage_pieces(self.ctx))

    def sections(self) -> list[tuple[str, Sequence[Any]]]:
        """Return the sections of the command's help: headings, and the parameters below each."""
        return [(title, params) for title, params in self.command.sections(self.ctx) if params]

    def children(self) -> Iterator[Node]:
        """Yield the nodes directly below a group in the command tree. This imports each command."""
        for name in self.command.commands if self.is_group else ():
            command = self.command.commands[name]
            # resilient_parsing: no error for missing arguments, since nothing is run.
            ctx = command.make_context(name, [], parent=self.ctx, resilient_parsing=True)
            yield Node((*self.words, name), command, ctx)

    def walk(self) -> Iterator[Node]:
        """Yield this node of the command tree and all nodes below it, in the order of the help."""
        yield self
        for node in self.children():
            yield from node.walk()


def root_node(command: Any) -> Node:
    """Return the root node of the command tree."""
    return Node((command.name,), command, command.make_context(command.name, [], resilient_parsing=True))
