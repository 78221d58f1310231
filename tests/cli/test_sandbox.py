"""`loyaltyctl sandbox serve`: what it says to whoever starts it."""

from __future__ import annotations

import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.cli.sandbox import _sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Run, Started


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - a sandbox of made-up rules
        ("0", "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
    ],
)
def test_the_line_that_a_served_sandbox_says_signs_in(
    host: str, address: str, start: Callable[[str], Started], on_path: dict[str, str]
) -> None:
    started = start(f"loyaltyctl sandbox serve --host {host}")
    while not (lines := [line for line in started.told().splitlines() if line.startswith("loyaltyctl ")]):
        time.sleep(0.02)
    line = f"{lines[0]} --api-key-stdin"
    signed_in = subprocess.run(["/bin/bash", "-c", line], input=b"any-key", env=on_path, check=False)

    assert signed_in.returncode == 0
    assert f"http://{address}:" in line
    assert "'http://[" in line or "[" not in line


def test_where_a_sandbox_cannot_be_served_is_said_in_words(run: Run) -> None:
    nowhere = run("sandbox serve --host nowhere.invalid", code=2)
    assert 'cannot listen on "nowhere.invalid" port 8787: there is no such host\n' in nowhere.err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(f"sandbox serve --port {port}", code=2)
    assert (
        f'"127.0.0.1" port {port}: Address already in use\nhint: Take another port with --port N'
        in refused.err
    )
    assert "hint" not in run("sandbox serve --host 192.0.2.1", code=2).err


def test_a_sandbox_that_is_no_place_to_send_a_key_to_says_so() -> None:
    said = _sign_in("http://192.0.2.1:8787", "any key")

    assert (
        said
        == "sandbox: loyaltyctl itself cannot sign in here: plain http goes to this machine only, not to 192.0.2.1"
    )
