"""Start-up: whole processes, compared with gh and HTTPie."""

from __future__ import annotations

import os
import shlex
import shutil
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.cli.commands.root import command_tree
from tests.conftest import KEY, SITE
from tests.project.test_examples import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Run, Served

ROUNDS = 25
IN_TABLE = 9
__all__ = ["files"]  # a fixture
ROOT = Path(__file__).parent.parent.parent
RULES = "/_api/loyalty-earning-rules/v1/earning-rules/rules"


def installed(folder: Path, *packages: str) -> Path:
    """The folder of programs of a new environment with these packages in it."""
    venv.create(folder, with_pip=True)
    programs = folder / "bin"
    subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", *packages], check=True)
    return programs


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, installed as a user would."""
    return installed(tmp_path_factory.mktemp("ours") / "venv", f"{ROOT}[backtest]") / "loyaltyctl"


@pytest.fixture(scope="module")
def httpie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HTTPie, in an environment of its own."""
    return installed(tmp_path_factory.mktemp("httpie") / "venv", "httpie") / "http"


@pytest.fixture(scope="module")
def gh() -> Path:
    """GitHub's command line."""
    found = shutil.which("gh")
    assert found, "install gh (Debian package gh) to run this"
    return Path(found)


def seconds(argv: list[str], environ: dict[str, str]) -> float:
    """Time of one run."""
    began = time.perf_counter()
    ended = subprocess.run(argv, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    took = time.perf_counter() - began
    assert ended.returncode == 0, ended.stderr
    return took


def ratio(one: list[str], other: list[str], environ: dict[str, str], rounds: int = ROUNDS) -> str:
    """The median of the ratios of runs in turn, with both medians."""
    for argv in (one, other):
        seconds(argv, environ)
    pairs = [(seconds(one, environ), seconds(other, environ)) for _ in range(rounds)]
    median = statistics.median(a / b for a, b in pairs)
    a, b = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    return f"{median:5.2f} x   {a:6.1f} ms : {b:6.1f} ms"


GOALS = {"--version": 1.0, "--help": 1.0} | dict.fromkeys(
    ("auth --help", "config --help", "rules --help", "points --help", "events --help", "sandbox --help"), 2.0
)
"""Maximum ratio of their time to that of `gh --version`."""
WRITES = (
    "create",
    "bulk-create",
    "create-custom",
    "update",
    "pause",
    "resume",
    "delete",
    "apply",
    "copy",
    "rollback",
)
OTHERWISE = {
    "auth login": "auth login --api-key-file key.txt --offline --site-id 3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10",
    "auth status": "-p sandbox auth status --offline",
    "rules rollback": "-p sandbox rules rollback --dry-run",
    "points backtest": "points backtest demo/orders.csv -f demo/now.yaml",
    "events keygen": "events keygen --help",
    "events sign": "events sign --type tier_created --key test.pem",
    "events send": "events send --help",
    "events replay": "events replay --help",
    "events listen": "events listen --help",
    "sandbox serve": "sandbox serve --help",
    "completion": "completion bash",
}
"""Instead of the first example, where that cannot be run again and again, or not at all."""


def lines() -> Iterator[tuple[str, float | None]]:
    """A line for each command, and the most that it should take, where there is a goal."""
    yield from GOALS.items()
    for node in command_tree().walk():
        name = " ".join(node.words[1:])
        if not node.is_group:
            line = OTHERWISE.get(name) or node.examples[0].removeprefix("loyaltyctl ")
            dry = " --dry-run" if name.partition(" ")[2] in WRITES and "--dry-run" not in line else ""
            yield line + dry, 2.0 if name == "points simulate" else None


def test_the_time_of_every_command_compared_with_gh(
    ours: Path, gh: Path, environ: dict[str, str], files: Callable[[str], None]
) -> None:
    files("what all examples read: rules apply plan.json --yes, rollback, --to live")
    environ |= {"HOME": environ["LOYALTYCTL_DATA_DIR"]}

    print("\ncompared with gh --version:")  # noqa: T201 - the result
    for line, goal in lines():
        measured = ratio([str(ours), *shlex.split(line)], [str(gh), "--version"], environ, IN_TABLE)
        print(f"{measured}   goal {goal or '-':<4} loyaltyctl {line}")  # noqa: T201 - the result


@pytest.mark.parametrize(
    "words", ["", "rules list --st", "-p sandbox rules get ", "rules get ", "events explain acc", "-p "]
)
def test_the_time_of_tab_compared_with_gh(
    words: str, ours: Path, gh: Path, environ: dict[str, str], run: Run
) -> None:
    run("-p sandbox rules list")
    environ |= {"HOME": environ["LOYALTYCTL_DATA_DIR"], "_LOYALTYCTL_COMPLETE": "zsh"}

    measured = ratio([str(ours), *words.split(" ")], [str(gh), "--version"], environ)

    print(f"\n{'TAB after loyaltyctl ' + words:40} / gh --version     {measured}   goal 2.0")  # noqa: T201 - the result


def test_the_time_of_a_list_compared_with_httpie(
    ours: Path, httpie: Path, environ: dict[str, str], serve: Callable[..., Served]
) -> None:
    served = serve()
    theirs = [
        str(httpie),
        "--ignore-stdin",
        "GET",
        f"{served.url}{RULES}",
        f"Authorization:{KEY}",
        f"wix-site-id:{SITE}",
    ]

    measured = ratio(
        [str(ours), "rules", "list", "--json"], theirs, {**os.environ, **environ, **served.environ}
    )

    print(f"\n{'loyaltyctl rules list --json':40} / http GET same URL {measured}   goal 0.6")  # noqa: T201 - the result


def test_the_time_of_the_version_compared_with_bare_python(ours: Path, environ: dict[str, str]) -> None:
    bare = [str(ours.parent / "python"), "-c", "pass"]

    measured = ratio([str(ours), "--version"], bare, environ)

    print(f"\n{'loyaltyctl --version':40} / python -c pass   {measured}   on {sys.version.split()[0]}")  # noqa: T201 - the result
