"""Generated files: help texts, man pages, completion scripts and words, README tables.

They are written by `python3 -m loyaltyctl.cli.docs` and never edited: the tests generate them again, and
compare.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from loyaltyctl.cli.completion import shell_scripts
from loyaltyctl.cli.docs import man_pages, order_exports, words
from loyaltyctl.cli.runtime.exit_codes import MEANINGS

if TYPE_CHECKING:
    from loyaltyctl.cli.docs.tree import Node

PACKAGE = Path(__file__).parent
TOP = PACKAGE.parents[2]
README = TOP / "README.md"
FOLDERS = (PACKAGE / "help", TOP / "man", TOP / "completions")
"""Folders with generated files only: all other files in them are removed."""


def texts(nodes: list[Node]) -> dict[Path, str]:
    """Return the text of each generated reference file, by path."""
    help_files = {PACKAGE / "help" / f"{node.words[-1]}.txt": node.help for node in nodes if node.is_group}
    pages = {TOP / "man" / f"{man_pages.name(node)}.1": man_pages.page(node) for node in nodes}
    scripts = {
        TOP / "completions" / name: shell_scripts.script(shell)
        for shell, name in shell_scripts.SCRIPTS.items()
    }
    completion = {PACKAGE.parent / "completion" / "words.tsv": words.text(nodes)}
    return help_files | pages | scripts | completion | {README: readme(README.read_text("utf-8"), nodes)}


def readme(text: str, nodes: list[Node]) -> str:
    """Return the README with its generated tables replaced: exports of orders, commands and exit codes."""
    exports = [(title.removesuffix("."), f"`{name}`") for name, title in order_exports.exports()]
    commands = [(f"`{' '.join(node.words)}`", node.summary) for node in nodes if not node.is_group]
    codes = [(str(int(code)), meaning) for code, meaning in MEANINGS.items()]
    text = _replace_readme_table(text, "exports", ("export", "name"), exports)
    text = _replace_readme_table(text, "commands", ("command", "what it does"), commands)
    return _replace_readme_table(text, "exit codes", ("code", "meaning"), codes)


def write(root: Node) -> None:
    """Write all generated reference files, and remove those of commands that no longer exist."""
    generated = texts([*root.walk()])
    for folder in FOLDERS:
        folder.mkdir(exist_ok=True)
        for path in {*folder.iterdir()} - generated.keys():
            path.unlink()
    for path, text in generated.items():
        path.write_text(text, encoding="utf-8")


def _replace_readme_table(text: str, name: str, header: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    """Return the README with a new Markdown table between the comments `name` and `end of name`."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    lines = [header, ("---", "---"), *rows]
    table = "".join(f"| {left} | {right} |\n" for left, right in lines)
    return re.sub(f"({begin}).*?({end})", lambda match: f"{match[1]}{table}{match[2]}", text, flags=re.DOTALL)
