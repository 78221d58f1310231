"""What is generated from the command tree: help files, man pages, the words of TAB, tables in the README.

    python3 -m loyaltyctl.cli.docs      writes them; the tests compare them

The tree is walked once. Nobody edits the results by hand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from loyaltyctl.cli.completion import shell_scripts
from loyaltyctl.cli.docs import man_pages as pages
from loyaltyctl.cli.docs import words as table
from loyaltyctl.cli.runtime.exit_codes import MEANINGS

if TYPE_CHECKING:
    from loyaltyctl.cli.docs.tree import Node

PACKAGE = Path(__file__).parent
TOP = PACKAGE.parents[2]
README = TOP / "README.md"
FOLDERS = (PACKAGE / "help", TOP / "man", TOP / "completions")
"""What is in them is generated, all of it."""


def texts(nodes: list[Node]) -> dict[Path, str]:
    """Every generated file with what is in it."""
    help_files = {PACKAGE / "help" / f"{node.words[-1]}.txt": node.help for node in nodes if node.is_group}
    man_pages = {TOP / "man" / f"{pages.name(node)}.1": pages.page(node) for node in nodes}
    scripts = {
        TOP / "completions" / name: shell_scripts.script(shell)
        for shell, name in shell_scripts.SCRIPTS.items()
    }
    words = {PACKAGE.parent / "completion" / "words.tsv": table.text(nodes)}
    return help_files | man_pages | scripts | words | {README: readme(README.read_text("utf-8"), nodes)}


def readme(text: str, nodes: list[Node]) -> str:
    """The README `text` with its tables made anew, each between two comments that name it."""
    commands = [(f"`{' '.join(node.words)}`", node.summary) for node in nodes if not node.is_group]
    codes = [(str(int(code)), meaning) for code, meaning in MEANINGS.items()]
    text = _replaced(text, "commands", ("command", "what it does"), commands)
    return _replaced(text, "exit codes", ("code", "meaning"), codes)


def write(root: Node) -> None:
    """Write all files for the command tree, and remove those that are no longer generated."""
    made = texts([*root.walk()])
    for folder in FOLDERS:
        folder.mkdir(exist_ok=True)
        for path in {*folder.iterdir()} - made.keys():
            path.unlink()
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")


def _replaced(text: str, name: str, header: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    lines = [header, ("---", "---"), *rows]
    table = "".join(f"| {left} | {right} |\n" for left, right in lines)
    return re.sub(f"({begin}).*?({end})", lambda match: f"{match[1]}{table}{match[2]}", text, flags=re.DOTALL)
