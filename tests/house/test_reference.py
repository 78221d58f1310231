"""What is generated is what the command tree says, and what the help says is true."""

from __future__ import annotations

import json
import time
from functools import cache
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.backtest import example
from loyaltyctl.cli import reference
from loyaltyctl.cli.command import EXAMPLES
from loyaltyctl.events import signing
from loyaltyctl.events.keys import PrivateKey
from loyaltyctl.model.events import making
from loyaltyctl.model.events.names import find
from tests.conftest import SITE
from tests.model.examples import GOLDEN

if TYPE_CHECKING:
    from tests.conftest import Home, Run

NODES = reference.tree()
COMMANDS = [node for node in NODES if not node.is_group]
AGAIN = "run: python -m loyaltyctl.cli.reference"


def test_the_help_files_are_those_of_the_tree() -> None:
    there = {path.name: path.read_text() for path in reference.HELP_FOLDER.iterdir()}

    assert there == reference.help_files(NODES), AGAIN


def test_the_readme_has_the_tables_of_the_tree() -> None:
    text = reference.README.read_text()

    assert text == reference.readme(text, NODES), AGAIN
    assert "| `loyaltyctl rules list` | List earning rules |" in text
    assert "| 130 | interrupted (Ctrl-C) |" in text


@pytest.mark.parametrize("node", NODES, ids=lambda node: " ".join(node.words))
def test_help_fits_on_eighty_columns_and_explains_every_option(node: reference.Node) -> None:
    assert max(map(len, node.help.partition(EXAMPLES)[0].splitlines())) <= 80
    assert all(param.help for param in node.command.params)


@pytest.mark.parametrize("node", COMMANDS, ids=lambda node: " ".join(node.words))
def test_every_command_has_two_examples(node: reference.Node) -> None:
    assert len(_examples(node)) >= 2


ENDLESS = ("sandbox serve", "events listen")
"""Serve until they are stopped: tests/cli/test_process.py, tests/attacks/test_listen.py."""
TO_SOMEBODY = ("events send", "events replay")
"""Need an endpoint that answers: tests/cli/test_events.py."""
RUNNABLE = [
    (line.strip(), node)
    for node in COMMANDS
    for line in (node.command.help or "").partition(EXAMPLES)[2].splitlines()
    if " ".join(node.words[1:]) not in (*ENDLESS, *TO_SOMEBODY)
]


@cache
def event_files() -> dict[str, str]:
    """What the examples of events read: a pair of keys, a token, saved events, what a Velo handler got."""
    key = PrivateKey.made()
    private, public = key.pems()
    claims = making.claims(making.sample(find("program_updated"), time.time()))
    token = signing.sign(claims, key)
    velo = GOLDEN / "events" / "velo_program_updated.json"
    return {
        "test.pem": private,
        "test.pub.pem": public,
        "token.jwt": token,
        "events.jsonl": f"{json.dumps({'token': token})}\n",
        "velo.json": velo.read_text(),
    }


@pytest.mark.parametrize(("line", "node"), RUNNABLE, ids=[line for line, _ in RUNNABLE])
def test_every_example_runs(line: str, node: reference.Node, run: Run, home: Home) -> None:
    (home.work / "rules.csv").write_text("title,trigger,points,per\nTickets,events/OrderConfirmed,2,1\n")
    (home.work / "rule.json").write_text('{"title": "RSVP", "trigger": "events/Rsvp", "points": 5}')
    (home.work / "body.json").write_text('{"earningRule": {"title": "RSVP"}}')
    (home.work / "key.txt").write_text("a-made-up-key\n")
    if "events" in node.words and "keygen" not in node.words:
        for name, text in event_files().items():
            (home.work / name).write_text(text)
    if "--example" not in line:
        (home.work / "demo").mkdir()
        for name, text in example.files().items():
            (home.work / "demo" / name).write_text(text)
    home.config.mkdir()
    (home.config / "config.toml").write_text('profile = "shop"\n[profiles.shop]\n')
    if "rules" in node.words:
        prepare_rule_files(home, run, line)

    run(line.removeprefix("loyaltyctl "), stdin="a-made-up-key", code=10 if "--exit-code" in line else 0)

    assert line.startswith("loyaltyctl ")
    assert " ".join(node.words[1:]) in line


def prepare_rule_files(home: Home, run: Run, line: str) -> None:
    """What the examples of rules as files read: a file, an older one, a plan, a run to undo, another profile."""
    for name, earn in (("rules.yaml", "2 per 1"), ("old.yaml", "1 per 1")):
        text = f"rules:\n- title: Tickets\n  trigger: events/OrderConfirmed\n  earn: {earn}\n"
        (home.work / name).write_text(text)
    if "export" in line:
        (home.work / "rules.yaml").unlink()
    if "plan.json --yes" in line:
        run("-p sandbox rules apply -f rules.yaml --out plan.json")
    if "rollback" in line:
        run("-p sandbox rules apply -f rules.yaml --yes")
    if "--to" in line:
        run(f"-p live auth login --api-key-stdin --offline --site-id {SITE}", stdin="a-made-up-key")


def _examples(node: reference.Node) -> list[str]:
    return [line for line in node.help.partition(EXAMPLES)[2].splitlines() if line.strip()]
