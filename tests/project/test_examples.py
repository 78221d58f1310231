"""Every example of the help and of the topics runs."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import subprocess
import time
from functools import cache
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.backtest import example
from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.cli.docs.blocks import Lines
from loyaltyctl.cli.docs.topics import TOPICS
from loyaltyctl.model.events import samples
from loyaltyctl.model.events.names import find_event_type
from loyaltyctl.tokens import signing
from loyaltyctl.tokens.keys import PrivateKey
from tests.cli.terminal import screen
from tests.conftest import KEY, SITE
from tests.model.examples import GOLDEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served, Started

SERVING = ("sandbox serve", "events listen")
"""Commands that run until they are stopped."""
SENDING = ("events send", "events replay")
"""Commands that need an endpoint."""
ASKING = ("loyaltyctl auth login",)
"""Commands that prompt."""
BY_COMMAND = [(" ".join(node.words[1:]), line) for node in command_tree().walk() for line in node.examples]
UNATTENDED = [one for one in BY_COMMAND if one[0] not in (*SERVING, *SENDING) and one[1] not in ASKING]
IN_A_SHELL = re.compile(r"[|>]")


@cache
def event_files() -> dict[str, str]:
    """Return the files for examples of events: key pair, token, saved events, Velo handler argument."""
    key = PrivateKey.generate()
    private, public = key.to_pem()
    claims = samples.to_claims(samples.create_sample(find_event_type("program_updated"), time.time()))
    token = signing.sign(claims, key)
    velo = GOLDEN / "events" / "velo_program_updated.json"
    return {
        "test.pem": private,
        "test.pub.pem": public,
        "token.jwt": token,
        "events.jsonl": f"{json.dumps({'token': token})}\n",
        "velo.json": velo.read_text(),
    }


@pytest.fixture
def files(home: Home, run: Run) -> Callable[[str], None]:
    """Create the files that an example reads, and none that it writes."""

    def prepare(line: str) -> None:
        texts = {
            "rules.csv": "title,trigger,points,per\nTickets,events/OrderConfirmed,2,1\n",
            "rule.json": '{"title": "RSVP", "trigger": "events/Rsvp", "points": 5}',
            "body.json": '{"earningRule": {"title": "RSVP"}}',
            "key.txt": "a-made-up-key\n",
        }
        for name, earn in (("rules.yaml", "2 per 1"), ("old.yaml", "1 per 1")):
            texts[name] = f"rules:\n- title: Tickets\n  trigger: events/OrderConfirmed\n  earn: {earn}\n"
        if "export" in line:
            del texts["rules.yaml"]
        if "keygen" not in line:
            texts |= event_files()
        for name, text in texts.items():
            (home.work / name).write_text(text)
        if "--example" not in line:
            (home.work / "demo").mkdir()
            for name, text in example.files().items():
                (home.work / "demo" / name).write_text(text)
        home.config.mkdir()
        (home.config / "config.toml").write_text('profile = "shop"\n[profiles.shop]\n')
        prepare_runs(run, line)

    return prepare


def prepare_runs(run: Run, line: str) -> None:
    """Create the state that an example needs: a plan, a run to roll back, another profile."""
    if "plan.json --yes" in line:
        run("-p sandbox rules apply -f rules.yaml --out plan.json")
    if "rollback" in line:
        run("-p sandbox rules apply -f rules.yaml --yes")
    if re.search(r"--to \W?live", line):
        run(f"-p live auth login --api-key-stdin --offline --site-id {SITE}", stdin="a-made-up-key")


def of(*commands: str) -> list[str]:
    return [line for command, line in BY_COMMAND if command in commands]


@pytest.mark.parametrize(("command", "line"), UNATTENDED)
@pytest.mark.sampled
def test_an_example_of_a_command_runs(
    command: str, line: str, files: Callable[[str], None], run: Run, on_path: dict[str, str]
) -> None:
    files(line)

    if IN_A_SHELL.search(line):
        ended = subprocess.run(["/bin/bash", "-c", line], env=on_path, capture_output=True, check=False)
        assert ended.returncode == 0, ended.stderr
    else:
        run_example(run, line)

    assert line.startswith("loyaltyctl ")
    assert command in line


@pytest.mark.parametrize("output", ["json", "jsonl"])
@pytest.mark.parametrize("line", [line for _, line in UNATTENDED if not IN_A_SHELL.search(line)])
@pytest.mark.sampled
def test_the_json_output_of_an_example_matches_its_schema(
    line: str, output: str, files: Callable[[str], None], run: Run
) -> None:
    files(line)

    run_example(run, line, {"LOYALTYCTL_OUTPUT": output})  # the runner compares each output with its schema


def run_example(run: Run, line: str, env: dict[str, str] | None = None) -> None:
    """Run an example, and check its exit code."""
    code = 10 if "--exit-code" in line else 0
    run(line.removeprefix("loyaltyctl "), stdin="a-made-up-key", code=code, env=env)


@pytest.mark.parametrize("line", ASKING)
def test_an_example_that_prompts_runs_with_answers(
    line: str, files: Callable[[str], None], on_path: dict[str, str], served: Served
) -> None:
    files(line)
    answers = (("API key (not shown)", KEY), ("Site id", SITE))

    ended = screen(line.split(), on_path | {"LOYALTYCTL_BASE_URL": served.url}, answers)

    assert ended.code == 0, ended.text
    assert "signed in; " in ended.text
    assert line in dict.fromkeys(line for _, line in BY_COMMAND)


@pytest.mark.parametrize("topic", TOPICS)
def test_the_examples_of_a_topic_run_one_after_the_other(
    topic: str, on_path: dict[str, str], home: Home
) -> None:
    """Run them in a folder with only a rules file, unless the first example writes it."""
    blocks = TOPICS[topic].blocks()
    lines = [
        line for block in blocks if isinstance(block, Lines) for line in block.lines if "loyaltyctl" in line
    ]
    if "export" not in lines[0]:
        (home.work / "rules.yaml").write_text("[]\n")

    ended = subprocess.run(
        ["/bin/bash", "-e", "-c", "\n".join(lines)], env=on_path, cwd=home.work, capture_output=True, check=False
    )  # fmt: skip

    assert lines
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("line", of(*SERVING))
def test_an_example_that_serves_runs_until_it_is_interrupted(
    line: str,
    files: Callable[[str], None],
    start: Callable[[str], Started],
) -> None:
    files(line)

    started = start(line)
    address = started.url.removeprefix("http://")
    with contextlib.closing(http.client.HTTPConnection(address, timeout=20)) as caller:
        caller.request("GET", "/")
        assert caller.getresponse().status >= 400
    started.process.send_signal(signal.SIGINT)

    assert started.process.wait(20) == 0


@pytest.mark.parametrize("line", of(*SENDING))
def test_an_example_that_sends_events_runs_with_an_endpoint(
    line: str,
    files: Callable[[str], None],
    on_path: dict[str, str],
    start: Callable[[str], Started],
) -> None:
    files(line)
    endpoint = start("loyaltyctl events listen --public-key test.pub.pem -q --no-input -o jsonl")

    ended = subprocess.run(
        ["/bin/bash", "-c", line.replace("http://localhost:3000", endpoint.url)], env=on_path, capture_output=True, check=False
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    assert "http://localhost:3000" in line
