"""Start-up: whole processes, beside gh and HTTPie."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Served

ROUNDS = 25
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
    return installed(tmp_path_factory.mktemp("ours") / "venv", str(ROOT)) / "loyaltyctl"


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
    """How long one run takes."""
    began = time.perf_counter()
    ended = subprocess.run(argv, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    took = time.perf_counter() - began
    assert ended.returncode == 0, ended.stderr
    return took


def ratio(one: list[str], other: list[str], environ: dict[str, str]) -> str:
    """The median of the ratios of runs in turn, with both medians."""
    for argv in (one, other):
        seconds(argv, environ)
    pairs = [(seconds(one, environ), seconds(other, environ)) for _ in range(ROUNDS)]
    median = statistics.median(a / b for a, b in pairs)
    a, b = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    return f"{median:5.2f} x   {a:6.1f} ms : {b:6.1f} ms"


@pytest.mark.parametrize(
    ("line", "goal"),
    [
        ("--version", 1.0),
        ("--help", 1.0),
        ("rules --help", 2.0),
        ("auth --help", 2.0),
        ("config --help", 2.0),
        ("sandbox --help", 2.0),
        ("points simulate --amount 100 --per 1 --points 2", 2.0),
        ("rules list --help", None),
        ("rules triggers --json", None),
        ("version", None),
        ("-p sandbox rules list", None),
    ],
)
def test_beside_gh(line: str, goal: float | None, ours: Path, gh: Path, environ: dict[str, str]) -> None:
    home = {"HOME": environ["LOYALTYCTL_DATA_DIR"]}

    measured = ratio([str(ours), *line.split()], [str(gh), "--version"], environ | home)

    print(f"\n{'loyaltyctl ' + line:40} / gh --version     {measured}   goal {goal or '-'}")  # noqa: T201 - the result


def test_beside_httpie(
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


def test_beside_bare_python(ours: Path, environ: dict[str, str]) -> None:
    bare = [str(ours.parent / "python"), "-c", "pass"]

    measured = ratio([str(ours), "--version"], bare, environ)

    print(f"\n{'loyaltyctl --version':40} / python -c pass   {measured}   on {sys.version.split()[0]}")  # noqa: T201 - the result
