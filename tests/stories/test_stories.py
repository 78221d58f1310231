"""Stories, and the examples of the README: each command prints the expected output."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.intake import documents
from loyaltyctl.model import desired_rules, rule_files
from loyaltyctl.model.rule_sets import rule_set
from tests.schemas import ERROR, check
from tests.stories import picture, runner
from tests.stories.runner import matches, play, steps

if TYPE_CHECKING:
    from tests.conftest import Home, Run

FOLDER = Path(__file__).parent
README = FOLDER.parent.parent / "README.md"


def _console_blocks(text: str) -> str:
    return "\n".join(re.findall(r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


STORIES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.story"))} | {
    "README": _console_blocks(README.read_text())
}


def _copy_orders(folder: Path) -> None:
    """Put the orders to follow the README along into the folder of a story."""
    shutil.copy(FOLDER / "orders.csv", folder)


@pytest.mark.parametrize("name", STORIES)
def test_a_story_prints_its_expected_output(name: str, on_path: dict[str, str], home: Home) -> None:
    story = [*steps(STORIES[name])]
    _copy_orders(home.work)

    ended = play(story, on_path, home.work)

    assert story
    for step, end in zip(story, ended, strict=True):
        report = f"\n$ {step.command}\n{end.out}{end.err}? {end.code}\n\nexpected:\n" + "\n".join(step.lines)
        assert matches(step.lines, end), report
        assert end.code == step.code if step.code is not None else bool(end.code) == step.fails, report


@pytest.mark.parametrize("name", STORIES)
def test_the_json_output_of_a_story_conforms_to_the_schemas_and_has_every_format(
    name: str, environ: dict[str, str], home: Home
) -> None:
    story = [*steps(STORIES[name])]
    path = runner.on_path(home.work.parent / "bin", "tests.formats")
    _copy_orders(home.work)
    more = {"PATH": path, "PYTHONPATH": str(FOLDER.parent.parent), "PYTHONUTF8": "1"}

    ended = play(story, {**environ, **more, "LOYALTYCTL_OUTPUT": "json"}, home.work)

    checked = set()
    for step, end in zip(story, ended, strict=True):
        assert "Traceback" not in end.err, f"{step.command}\n{end.err}"
        errors = [json.loads(line) for line in end.err.splitlines() if line.startswith(ERROR)]
        check("error", errors)
        if end.out and (command := _in_plain_json(step.command)):
            check(command.replace(" ", "-"), [json.loads(end.out)])
            checked.add(command)
    assert len(checked) >= 3 or name == "script"  # whose outputs go through pipes


def _in_plain_json(line: str) -> str | None:
    """Return the command of a line whose output is plain JSON; None for pipes and lines with output options."""
    if re.search(r"[|<>;&()]|\s(-o|--fields|--query|--curl)\b", line):
        return None
    return next((command for command in COMMANDS if f" {command} " in f"{line} "), None)


COMMANDS = [
    " ".join(node.words[1:])
    for node in sorted(command_tree().walk(), key=lambda node: -len(node.words))
    if not node.is_group
]


def test_the_picture_in_the_readme_shows_the_current_output(tmp_path: Path) -> None:
    svg = picture.draw(picture.session(tmp_path))

    assert svg == picture.PICTURE.read_text(), "run: python -m tests.stories.picture"
    assert "](tests/stories/picture.svg)" in README.read_text()
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]


def test_the_first_two_blocks_of_the_readme_are_one_command_each() -> None:
    shell = re.findall(r"^```sh\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)

    assert shell[0].count("\n") == shell[1].count("\n") == 1
    assert "rules create" in shell[0]
    assert shell[0].rstrip().endswith("rules list -o table")
    assert shell[1].rstrip().endswith("python3 -m pytest -n auto")


YAML = re.findall(r"^```yaml\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)


def test_the_order_source_in_the_readme_reads_orders(run: Run, home: Home) -> None:
    [description] = [text for text in YAML if text.startswith("name: till")]
    (home.work / "till.yaml").write_text(description)
    (home.work / "till.csv").write_text(
        "Receipt;Closed at;Gross;Deposit;State;Returned\n"
        "1;03/04/2025;29,50;0,50;paid;\n1;03/04/2025;10,00;0,00;paid;10,00\n2;03/05/2025;10,00;0,00;open;\n"
    )

    ended = run("-q -p sandbox points backtest till.csv --source till.yaml --live --trigger stores/OrderPaid "
                "--by month --refunds deduct --json")  # fmt: skip

    [month] = ended.json()["groups"]
    assert month["month"] == "2025-04"
    assert month["orders"] == 1
    assert month["points"] == (39 - 10) * 20


def test_the_rules_file_in_the_readme_is_valid() -> None:
    text = YAML[0]
    document = documents.parse(text.encode(), "rules.yaml")

    for site, gold in (("staging", "7d4c3b2a"), ("live", "0b1a2c3d")):
        rules = rule_set(rule_files.entries(document, (site,)), desired_rules.validate_new_desired)
        assert (rules.problems, rules.warnings) == ([], [])
        assert [str(config.tier_id)[:8] for rule in rules.rules for config in rule.configs] == ["None", gold]
