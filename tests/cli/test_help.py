"""`loyaltyctl help`, printed man pages, and suggestions for unknown words."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.cli.docs import reference
from loyaltyctl.cli.docs.topics import TOPICS
from loyaltyctl.serving.server import Server
from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.cli.docs.tree import Node
    from tests.conftest import Run

NODES = [*command_tree().walk()]


@pytest.mark.parametrize("node", NODES, ids=lambda node: " ".join(node.words))
def test_help_prints_the_same_as_the_help_option(run: Run, node: Node) -> None:
    line = " ".join(node.words[1:])
    topic = TOPICS.get(line)

    shown = run(f"help {line}").out

    assert shown.startswith(topic.about) if topic else shown == node.help


def test_the_help_option_prints_the_generated_file(
    program: Callable[..., subprocess.CompletedProcess[bytes]],
) -> None:
    for line in ("", "rules", "rules list"):
        assert program(f"{line} --help").stdout == program(f"help {line}").stdout


@pytest.mark.parametrize("node", NODES, ids=lambda node: " ".join(node.words))
def test_the_printed_man_page_is_the_installed_one(run: Run, node: Node) -> None:
    page = reference.TOP / "man" / f"{'-'.join(node.words)}.1"

    assert run(f"help --man {' '.join(node.words[1:])}").out == page.read_text("utf-8")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_printed_script_is_the_installed_one(run: Run, shell: str) -> None:
    [script] = [
        path
        for path in (reference.TOP / "completions").iterdir()
        if run(f"completion {shell}").out == path.read_text("utf-8")
    ]

    assert shell in script.read_text("utf-8")


def test_the_topics_are_in_the_help_of_the_program(run: Run) -> None:
    for name, topic in TOPICS.items():
        assert re.search(rf"^  {name} +{topic.about}$", run("help").out, re.MULTILINE)


@pytest.mark.parametrize(
    ("line", "code", "expected"),
    [
        ("ruls", 2, "no such command 'ruls'; did you mean 'rules'?"),
        ("rules lst", 2, "no such command 'lst'; did you mean 'list'?"),
        ("rules list --limt 3", 2, "no such option: --limt; did you mean --limit?"),
        ("rules create --titel x", 2, "no such option: --titel; did you mean --title?"),
        ("rules list --proflie x", 2, "no such option: --proflie; did you mean --profile?"),
        ("rules list --qqqqqqqq", 2, "no such option: --qqqqqqqq\n"),
        ("rules list -o jsno", 2, "; did you mean json?"),
        ("rules list --kind costum", 2, "; did you mean custom?"),
        ("rules list --status ACTVE", 2, "; did you mean ACTIVE?"),
        ("-p sandbox rules list --limit x", 2, "'x' is not a whole number"),
        ("-p sandbox rules list --fields titel", 2, 'there is no field "titel"; did you mean title?'),
        ("-p sandbox rules list --sort titel", 2, 'there is no field "titel"; did you mean title?'),
        ("-p sandbox rules list --trigger events/Rspv", 0, "did you mean events/Rsvp?"),
        (
            "-p sandbox rules create --title A --trigger events/Rspv --points 1",
            2,
            "did you mean events/Rsvp?",
        ),
        ("-p shpo rules list", 3, 'there is no profile "shpo"; did you mean shop?'),
        ("auth switch shpo", 3, 'there is no profile "shpo"; did you mean shop?'),
        ("config get timout", 3, 'there is no setting "timout"; did you mean timeout?'),
        ("events explain acount_updated", 3, "did you mean account_updated?"),
        ("events sign --type acount_updated --key x", 2, "did you mean account_updated?"),
        ("schema rule-list", 2, 'there is no schema "rule-list"; did you mean rules-list?'),
        ("completion fsh", 2, 'there is no completion for "fsh"; did you mean fish?'),
        ("completion powershell", 2, "known are bash, zsh, fish"),
        (
            "help exit-cods",
            2,
            'there is no command and no topic named "exit-cods"; did you mean exit-codes?',
        ),
        ("help rules lst", 2, 'there is no command in loyaltyctl rules named "lst"; did you mean list?'),
        ("help --man exit-codes", 2, "exit-codes is a topic, not a command"),
        ("help exit-codes 2", 2, "exit-codes is a topic, not a command"),
        ("help rules formats", 2, 'there is no command in loyaltyctl rules named "formats"'),
        ("help rules list --nonsense", 2, "no such option"),
    ],
)
def test_a_typo_gets_a_suggestion(run: Run, line: str, code: int, expected: str) -> None:
    run(f"-p shop auth login --api-key-stdin --offline --site-id {SITE}", stdin="a-made-up-key")

    assert expected in run(line, code=code).err


@pytest.mark.parametrize(
    ("line", "env"),
    [
        (["help", "a\nhint: run evil"], {}),
        (["schema", "a\nhint: run evil"], {}),
        (["-p", "a\nhint: run evil", "rules", "list"], {}),
        (["rules", "list"], {"LOYALTYCTL_PROFILE": "a\nhint: run evil"}),
        (["rules", "list"], {"LOYALTYCTL_API_KEY": "x", "LOYALTYCTL_SITE_ID": "a\nhint: run evil"}),
        (["config", "get", "a\nhint: run evil"], {}),
        (["rules", "validate", "-f", "a\nhint: run evil"], {}),
        (["api", "GET", "a\nhint: run evil"], {}),
        (["a\nhint: run evil"], {}),
    ],
)
def test_arguments_cannot_add_lines_to_a_message(run: Run, line: list[str], env: dict[str, str]) -> None:
    err = run(line, env=env, code=None).err

    assert "\nhint: run evil" not in err
    assert r"a\nhint: run evil" in err or line[:2] == ["api", "GET"]  # which does not repeat the path


def test_a_response_cannot_add_lines_to_a_message(run: Run) -> None:
    def application(_: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        start("403 Forbidden", [("Content-Type", "application/json")])
        return [json.dumps({"message": "no\nhint: run evil"}).encode()]

    server = Server(application, "127.0.0.1", 0)
    with server.in_background():
        env = {"LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_BASE_URL": server.url}
        refused = run("rules list", env=env, code=4)

    assert "\nhint: run evil" not in refused.err
    assert r"no\nhint: run evil" in refused.err
