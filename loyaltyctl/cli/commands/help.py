"""`loyaltyctl help`: print a help topic, or the help or man page of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.cli.docs import man_pages, plain_text
from loyaltyctl.cli.docs.topics import TOPICS
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from loyaltyctl.cli.docs.tree import Node

Words = Annotated[
    list[str] | None,
    Argument(metavar="[COMMAND|TOPIC]...", help="A command, or a topic.", show_default=False),
]
Man = Annotated[bool, Option("--man", help="Print the man page, for man -l -.")]


def help_(ctx: Context, words: Words = None, man: Man = False) -> None:
    """Show the help of a command or topic.

    Topics are exit-codes, environment, formats, points, orders, webhooks and files. --man
    prints the man page of a command, for systems without the installed page: pipe it to
    man -l -.

    Examples:
      loyaltyctl help exit-codes
      loyaltyctl help rules list
      loyaltyctl help --man rules apply
    """
    command = words or []
    if man:
        text = man_pages.page(_find_command(command))
    elif topic := TOPICS.get(" ".join(command)):
        text = plain_text.to_text(topic)
    else:
        text = _find_command(command).help
    ctx.output.write(text)


def _find_command(words: list[str]) -> Node:
    """Return the command with these words, for its help. Raises UsageError if there is none."""
    node = command_tree()
    for word in words:
        children = {one.words[-1]: one for one in node.children()}
        if word not in children:
            below_root = bool(node.words[1:])
            if word in TOPICS and not below_root:
                raise UsageError(f"{word} is a topic, not a command", hint=f"See: loyaltyctl help {word}")
            known = [*children, *(() if below_root else TOPICS)]
            what = f"in {' '.join(node.words)}" if below_root else "and no topic"
            raise UsageError(
                f"there is no command {what} named {quoted(word)}{did_you_mean(word, known)}",
                hint=f"See: {' '.join(node.words)} --help",
            )
        node = children[word]
    return node
