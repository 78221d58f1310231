"""Listeners that end with the test."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.attacks.event_load import key
from tests.attacks.listeners import Listener
from tests.conftest import for_limited_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Home


@pytest.fixture
def listen(home: Home, environ: dict[str, str]) -> Iterator[Callable[..., Listener]]:
    """Starts listeners with the public key of the tests; none of them outlives the test."""
    (home.work / "test.pub.pem").write_text(key().to_pem()[1])
    running: list[subprocess.Popen[str]] = []

    def start(*options: str, stdout: Path | None = None, port: int = 0) -> Listener:
        program = [sys.executable, "-m", "loyaltyctl", "events", "listen", "--public-key", "test.pub.pem"]
        with stdout.open("w") if stdout else contextlib.nullcontext(subprocess.PIPE) as out:
            running.append(
                subprocess.Popen(
                    [*program, "--port", str(port), "-o", "jsonl", *options],
                    env=for_limited_files(environ),
                    stdout=out,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        return Listener(running[-1])

    yield start
    for process in running:
        process.kill()
        process.communicate()
