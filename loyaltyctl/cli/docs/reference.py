"""Files generated from the command tree: help, man pages, completion, tables of the README.

`python3 -m loyaltyctl.cli.docs` writes them, and the tests compare them with the tree: never edit them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from loyaltyctl.cli.completion import shell_scripts
from loyaltyctl.cli.docs import man_pages, words
from loyaltyctl.cli.runtime.exit_codes import MEANINGS

if TYPE_CHECKING:
    from loyaltyctl.cli.docs.tree import Node

PACKAGE = Path(__file__).parent
TOP = PACKAGE.parents[2]
README = TOP / "README.md"
FOLDERS = (PACKAGE / "help", TOP / "man", TOP / "completions")
"""Folders of generated files only."""


def texts(nodes: list[Node]) -> dict[Path, str]:
    """Return the paths and contents of all generated files."""
    help_files = {PACKAGE / "help" / f"{node.words[-1]}.txt": node.help for node in nodes if node.is_group}
    pages = {TOP / "man" / f"{man_pages.name(node)}.1": man_pages.page(node) for node in nodes}
    scripts = {
        TOP / "completions" / name: shell_scripts.script(shell)
        for shell, name in shell_scripts.SCRIPTS.items()
    }
    completion = {PACKAGE.parent / "completion" / "words.tsv": words.text(nodes)}
    return help_files | pages | scripts | completion | {README: readme(README.read_text("utf-8"), nodes)}


def readme(text: str, nodes: list[Node]) -> str:
    """Return the README with new tables; each is between two comments that name it."""
    commands = [(f"`{' '.join(node.words)}`", node.summary) for node in nodes if not node.is_group]
    codes = [(str(int(code)), meaning) for code, meaning in MEANINGS.items()]
    text = _replaced(text, "commands", ("command", "what it does"), commands)
    return _replaced(text, "exit codes", ("code", "meaning"), codes)


def write(root: Node) -> None:
    """Write all files for the command tree, and remove those that are no longer generated."""
    generated = texts([*root.walk()])
    for folder in FOLDERS:
        folder.mkdir(exist_ok=True)
        for path in {*folder.iterdir()} - generated.keys():
            path.unlink()
    for path, text in generated.items():
        path.write_text(text, encoding="utf-8")


def _replaced(text: str, name: str, header: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    lines = [header, ("---", "---"), *rows]
    table = "".join(f"| {left} | {right} |\n" for left, right in lines)
    return re.sub(f"({begin}).*?({end})", lambda match: f"{match[1]}{table}{match[2]}", text, flags=re.DOTALL)
