"""What is generated from the command tree: help files, and the tables in the README.

    python -m loyaltyctl.cli.reference      writes them; the tests compare them

The tree is walked once. Nobody edits the results by hand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from typer.main import get_command

from loyaltyctl.cli.exits import MEANINGS
from loyaltyctl.cli.root import NAME, root

if TYPE_CHECKING:
    from collections.abc import Iterator

HELP_FOLDER = Path(__file__).parent / "help"
README = Path(__file__).parent.parent.parent / "README.md"


class Node(NamedTuple):
    """A command, or a group of them, and the words that name it."""

    words: tuple[str, ...]
    command: Any
    help: str

    @property
    def is_group(self) -> bool:
        return hasattr(self.command, "commands")

    @property
    def summary(self) -> str:
        """Its help in one sentence."""
        return str(self.command.help).partition("\n")[0].rstrip(".")


def tree() -> list[Node]:
    """The root, and all that is below it, in the order of the help."""
    command = get_command(root)
    return list(_walk(command, command.make_context(NAME, [], resilient_parsing=True), (NAME,)))


def help_files(nodes: list[Node]) -> dict[str, str]:
    """The help of the program and of its groups, by the name of its file."""
    return {f"{node.words[-1]}.txt": node.help for node in nodes if node.is_group}


def readme(text: str, nodes: list[Node]) -> str:
    """The README `text` with its tables made anew, each between two comments that name it."""
    commands = [(f"`{' '.join(node.words)}`", node.summary) for node in nodes if not node.is_group]
    codes = [(str(int(code)), meaning) for code, meaning in MEANINGS.items()]
    text = _replaced(text, "commands", ("command", "what it does"), commands)
    return _replaced(text, "exit codes", ("code", "meaning"), codes)


def main() -> None:
    """Write everything."""
    nodes = tree()
    HELP_FOLDER.mkdir(exist_ok=True)
    for name, text in help_files(nodes).items():
        (HELP_FOLDER / name).write_text(text, encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8"), nodes), encoding="utf-8")


def _walk(command: Any, ctx: Any, words: tuple[str, ...]) -> Iterator[Node]:
    yield Node(words, command, f"{command.get_help(ctx)}\n")
    for name in getattr(command, "commands", ()):
        below = command.commands[name]
        yield from _walk(
            below, below.make_context(name, [], parent=ctx, resilient_parsing=True), (*words, name)
        )


def _replaced(text: str, name: str, header: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    lines = [header, ("---", "---"), *rows]
    table = "".join(f"| {left} | {right} |\n" for left, right in lines)
    return re.sub(f"({begin}).*?({end})", lambda match: f"{match[1]}{table}{match[2]}", text, flags=re.DOTALL)


if __name__ == "__main__":
    main()
