"""The `sh` blocks of the README: they run with the server, endpoint or terminal that they need."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.terminal import on_terminal, screen
from tests.conftest import GOLD, KEY, SITE
from tests.project.test_examples import event_files
from tests.stories.test_stories import README

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Served, Started

BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
PLANS, SENDS, SIGNS_IN, PIPES_IN, COMPLETES, SERVES, LOOKS = STARTS = (
    "loyaltyctl -p live rules apply",
    "loyaltyctl events send",
    "loyaltyctl auth login",
    "loyaltyctl -p shop auth login",
    "eval",
    "loyaltyctl sandbox serve --api-key made-up",
    "loyaltyctl -p local auth login",
)
"""Beginnings of the code blocks below."""


@pytest.fixture
def block(request: pytest.FixtureRequest) -> str:
    """Return the block that begins with these words."""
    [found] = [block for block in BLOCKS if block.startswith(request.param)]
    return str(found)


def run(lines: str, environ: dict[str, str], home: Home) -> subprocess.CompletedProcess[bytes]:
    """Run lines in a shell until one fails."""
    return subprocess.run(
        ["/bin/bash", "-e", "-c", lines], env=environ, cwd=home.work, capture_output=True, check=False, timeout=60
    )  # fmt: skip


@pytest.mark.parametrize("block", [PLANS], indirect=True)
def test_a_plan_is_saved_and_applied(block: str, on_path: dict[str, str], home: Home, served: Served) -> None:
    sign_in = f"echo {KEY} | loyaltyctl -p live auth login --api-key-stdin --base-url {served.url} --site-id {SITE}\n"
    export = "loyaltyctl -p live rules export --out rules.yaml; sed -i 's/20 per 1/25 per 1/' rules.yaml\n"

    ended = run(sign_in + export + block, on_path, home)

    assert ended.returncode == 0, ended.stderr
    assert run("loyaltyctl -p live rules diff -f rules.yaml --exit-code", on_path, home).returncode == 0


@pytest.mark.parametrize("block", [SENDS], indirect=True)
def test_an_endpoint_is_tested(
    block: str, on_path: dict[str, str], home: Home, start: Callable[[str], Started]
) -> None:
    for name, text in event_files().items():
        (home.work / name).write_text(text)
    endpoint = start("loyaltyctl events listen --public-key test.pub.pem --dedupe -o jsonl")

    ended = run(block.replace("http://localhost:3000", endpoint.url), on_path, home)

    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("block", [SIGNS_IN], indirect=True)
def test_a_user_signs_in_at_a_prompt(block: str, environ: dict[str, str], served: Served) -> None:
    [words] = [line.split()[1:] for line in block.splitlines()]

    signed_in = on_terminal(
        words, environ | {"LOYALTYCTL_BASE_URL": served.url}, [("not shown", KEY), ("Site id", SITE)]
    )

    assert signed_in.code == 0, signed_in.text


@pytest.mark.parametrize("block", [PIPES_IN], indirect=True)
def test_a_script_signs_in(block: str, on_path: dict[str, str], home: Home, served: Served) -> None:
    (home.work / "key.txt").write_text(KEY)
    lines = block.replace("API_KEY=…", f"API_KEY={KEY}").replace("SITE_ID=…", f"SITE_ID={SITE}")

    ended = run(
        lines.replace("--site-id SITE", f"--site-id {SITE}"),
        on_path | {"LOYALTYCTL_BASE_URL": served.url},
        home,
    )

    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("block", [COMPLETES], indirect=True)
def test_bash_completes(block: str, on_path: dict[str, str], home: Home) -> None:
    ended = run(f"{block}complete -p loyaltyctl", on_path, home)

    assert ended.stdout == b"complete -F _loyaltyctl loyaltyctl\n"


@pytest.mark.parametrize("block", [LOOKS], indirect=True)
def test_the_served_sandbox_accepts_the_sign_in_of_the_readme(
    block: str, on_path: dict[str, str], start: Callable[[str], Started]
) -> None:
    serving = start(SERVES)
    first, *others = block.replace("http://127.0.0.1:8787", serving.url).splitlines()

    signed_in = screen(["/bin/bash", "-c", first], on_path, [("not shown", "made-up")])

    assert signed_in.code == 0, signed_in.text
    serving.wait_for(f"({re.escape(first)}\n)")
    for line in others:
        assert subprocess.run(["/bin/bash", "-c", line], env=on_path, check=False).returncode == 0


def test_every_shell_block_of_the_readme_is_run() -> None:
    """CI runs the first two."""
    assert [next((start for start in STARTS if block.startswith(start)), block) for block in BLOCKS[2:]] == [
        *STARTS
    ]


def test_the_output_of_each_command_leads_a_new_user_to_the_next_one(
    on_path: dict[str, str], home: Home, start: Callable[[str], Started]
) -> None:
    """Each command but the first is in what the one before it printed; the program is on the PATH already."""
    bare = run("loyaltyctl", on_path, home).stdout.decode()
    examples = [line.strip() for line in bare.partition("Examples:\n")[2].splitlines()]
    lists, creates, _ = examples
    assert run(lists, on_path, home).stdout.count(b"\n") == 7
    assert run(creates, on_path, home).returncode == 0

    refused = run(lists.replace(" -p sandbox", ""), on_path, home)
    assert refused.returncode == 4
    [login] = re.findall(r"hint: Sign in with: (.*)", refused.stderr.decode())

    serving = start(SERVES)
    local = serving.wait_for(r"(loyaltyctl .* auth login .*)\n")
    assert login.split()[-2:] == ["auth", "login"]
    signed_in = screen(["/bin/bash", "-c", local], on_path, [("not shown", "made-up")])
    [following] = re.findall(r"Next: (.*)", signed_in.text.replace("\r", ""))

    assert GOLD not in following
    assert run(following, on_path, home).stdout.count(b"\n") == 7
