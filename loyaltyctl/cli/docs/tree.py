"""Command tree: commands and groups, each with the words that name it and the parts of its help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.cli.runtime.command import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Section(NamedTuple):
    """Arguments or options under one heading of the help."""

    title: str
    params: Sequence[Any]


class Node(NamedTuple):
    """A command or group: its words, its Typer command, and the context that formats its help."""

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
        """The paragraphs after the first sentence of its help."""
        whole = str(self.command.help).partition(EXAMPLES)[0]
        return [" ".join(part.split()) for part in whole.split("\n\n")[1:] if part.strip()]

    @property
    def examples(self) -> list[str]:
        """Commands of its help that can be run."""
        lines = str(self.command.help).partition(EXAMPLES)[2].splitlines()
        return [line.strip() for line in lines if line.strip()]

    @property
    def usage(self) -> str:
        """The usage line without the name of the command."""
        return " ".join(self.command.collect_usage_pieces(self.ctx))

    def sections(self) -> list[Section]:
        """Return its arguments and options by the headings of its help."""
        return [Section(title, params) for title, params in self.command.sections(self.ctx) if params]

    def below(self) -> Iterator[Node]:
        """Yield the commands of a group."""
        for name in self.command.commands if self.is_group else ():
            command = self.command.commands[name]
            ctx = command.make_context(name, [], parent=self.ctx, resilient_parsing=True)
            yield Node((*self.words, name), command, ctx)

    def walk(self) -> Iterator[Node]:
        """Yield this command and all commands below it, in the order of the help."""
        yield self
        for node in self.below():
            yield from node.walk()


def top(command: Any) -> Node:
    """Return the node of the root command."""
    return Node((command.name,), command, command.make_context(command.name, [], resilient_parsing=True))
