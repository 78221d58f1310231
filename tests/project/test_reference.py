"""Generated files match the command tree, and are complete and valid."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import loyaltyctl
from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.cli.completion.candidates import CompletionLine
from loyaltyctl.cli.completion.shell_scripts import SCRIPTS
from loyaltyctl.cli.docs import man_pages as pages
from loyaltyctl.cli.docs import reference
from loyaltyctl.cli.docs.topics import TOPICS, VARIABLES

if TYPE_CHECKING:
    from loyaltyctl.cli.docs.tree import Node
    from tests.conftest import Run

NODES = [*command_tree().walk()]
COMMANDS = [node for node in NODES if not node.is_group]
AGAIN = "run: python3 -m loyaltyctl.cli.docs"

ALL_TOOLS = "LOYALTYCTL_TEST_TOOLS"
"""Set if all optional programs for these tests must be installed."""


def tools(*names: str) -> list[str]:
    """Return the installed programs; all of them if the variable is set."""
    return [name for name in names if os.environ.get(ALL_TOOLS) or shutil.which(name)]


def named(node: Node) -> str:
    return " ".join(node.words)


def test_generated_files_match_the_command_tree() -> None:
    made = reference.texts(NODES)

    assert {path: path.read_text("utf-8") for path in made} == made, AGAIN
    for folder in reference.FOLDERS:
        assert {*folder.iterdir()} <= made.keys(), AGAIN


def test_the_tables_of_the_readme_match_the_command_tree() -> None:
    text = reference.README.read_text("utf-8")

    assert "| `loyaltyctl rules list` | List earning rules |" in text
    assert "| 130 | interrupted (Ctrl-C) |" in text


@pytest.mark.parametrize("node", NODES, ids=named)
def test_help_fits_in_eighty_columns_explains_every_option_and_truncates_nothing(node: Node) -> None:
    text = node.help.partition("\nExamples:\n")[0]

    assert max(map(len, text.splitlines())) <= 80
    assert all(param.help for param in node.command.params)
    assert not re.search(r"\w\.\.\.$", text.replace("ARGS]...", ""), re.MULTILINE)


@pytest.mark.parametrize("node", COMMANDS, ids=named)
def test_every_command_has_two_examples(node: Node) -> None:
    assert len(node.examples) >= 2


@pytest.mark.parametrize("node", NODES, ids=named)
def test_every_option_is_in_the_man_page_and_is_completed(node: Node) -> None:
    options = [
        param for _, params in node.sections() for param in params if param.param_type_name == "option"
    ]
    page = pages.page(node).replace("\\-", "-")
    offered = [value for value, _ in CompletionLine([*node.words[1:], "--"], {}).candidates()]

    assert options
    for option in options:
        by_length = sorted(option.opts, key=len)
        names = ", ".join(by_length)
        assert re.search(rf"^\\fB{re.escape(names)}( \S+)?\\fR$", page, re.MULTILINE), names
        assert by_length[-1] in offered


@pytest.mark.parametrize("node", NODES, ids=named)
def test_a_man_page_has_the_usual_sections(node: Node) -> None:
    sections = re.findall(r"^\.SH (.*)$", pages.page(node), re.MULTILINE)

    for title in ("NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"):
        assert title in sections
    assert ("EXAMPLES" in sections) == bool(node.examples)
    assert ("COMMANDS" in sections) == node.is_group


@pytest.mark.parametrize("lint", tools("groff", "mandoc"))
def test_man_pages_pass_the_linters_of_the_formatters(lint: str) -> None:
    argv = {"groff": ["groff", "-man", "-ww", "-z"], "mandoc": ["mandoc", "-Tlint"]}[lint]
    man = sorted(map(str, (reference.TOP / "man").iterdir()))

    ended = [subprocess.run([*argv, page], capture_output=True, text=True, check=False) for page in man]

    assert len(man) == len(NODES)
    assert [
        (one.returncode, one.stdout, one.stderr)
        for one in ended
        if one.returncode or one.stdout or one.stderr
    ] == []


@pytest.mark.parametrize("shell", tools(*SCRIPTS))
def test_a_completion_script_is_valid_in_its_shell(shell: str) -> None:
    script = reference.TOP / "completions" / SCRIPTS[shell]

    assert subprocess.run([shell, "-n", script], check=False).returncode == 0


def test_the_environment_topic_lists_every_variable_that_the_program_reads() -> None:
    documented = {name for names, _ in VARIABLES for name in names.split(", ")}
    package = reference.PACKAGE.parent
    texts = [path.read_text("utf-8") for path in package.rglob("*.py") if "sandbox" not in path.parts]
    read = {name for text in texts for name in re.findall(r'"(LOYALTYCTL_[A-Z_]+)"', text)}
    shown_in_dry_runs = {"LOYALTYCTL_ACCESS_TOKEN"}

    assert read - shown_in_dry_runs <= documented


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_fits_in_eighty_columns(name: str, run: Run) -> None:
    text = run(f"help {name}").out

    assert text.startswith(TOPICS[name].about)
    assert max(len(line) for line in text.splitlines() if not line.startswith("    ")) <= 80


def test_the_release_date_is_that_of_the_changelog() -> None:
    text = (reference.TOP / "CHANGELOG.md").read_text("utf-8")

    assert f"## {loyaltyctl.__version__} - {loyaltyctl.RELEASED}\n" in text
