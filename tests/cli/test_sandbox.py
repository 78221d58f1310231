"""`loyaltyctl sandbox`: the messages of serve, and reset."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.cli.commands.sandbox.serve import _login_message
from loyaltyctl.sandbox.store import Store
from tests.conftest import SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Started


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
def test_the_login_command_that_serve_prints_works(
    host: str, address: str, start: Callable[[str], Started], on_path: dict[str, str]
) -> None:
    login = start(f"loyaltyctl sandbox serve --host {host}").wait_for(r"(?m)^(loyaltyctl .*)\n")
    line = f"{login} --api-key-stdin"
    signed_in = subprocess.run(["/bin/bash", "-c", line], input=b"any-key", env=on_path, check=False)

    assert signed_in.returncode == 0
    assert f"http://{address}:" in line
    assert "'http://[" in line or "[" not in line


def test_an_address_that_cannot_be_served_is_an_error(run: Run) -> None:
    nowhere = run("sandbox serve --host nowhere.invalid", code=2)
    assert 'cannot listen on "nowhere.invalid" port 8787: there is no such host\n' in nowhere.err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(f"sandbox serve --port {port}", code=2)
    assert (
        f'"127.0.0.1" port {port}: Address already in use\nhint: Use another port with --port N'
        in refused.err
    )
    assert "hint" not in run("sandbox serve --host 192.0.2.1", code=2).err


def test_serve_prints_no_login_command_for_an_address_without_https() -> None:
    message = _login_message("http://192.0.2.1:8787", "any key")

    assert (
        message
        == "sandbox: loyaltyctl cannot sign in at this address: plain http goes to this machine only, not to 192.0.2.1"
    )


class TestReset:
    """`sandbox reset`: names what it will delete."""

    def test_the_question_names_the_sites_and_their_numbers_of_rules(
        self, run: Run, start: Callable[[str], Started], home: Home
    ) -> None:
        started = start("loyaltyctl sandbox serve")
        local = {"LOYALTYCTL_BASE_URL": started.url, "LOYALTYCTL_API_KEY": "any", "LOYALTYCTL_SITE_ID": SITE}
        run("rules create --title A --trigger events/Rsvp --points 1", env=local)
        run("-p sandbox rules list")

        refused = run("sandbox reset", code=2)

        sites = f"15 rules of 2 sites ({SITE}: 8, sandbox: 7)"
        shared = "A running `sandbox serve` that uses this database loses them too."
        assert f"Delete {sites} from {home.data / 'sandbox.sqlite3'}? {shared}" in refused.err
        assert len(run("rules list --json", env=local).json()) == 8
        assert f"sandbox reset: deleted {sites}" in run("sandbox reset -y -v").err
        assert len(run("rules list --json", env=local).json()) == 7

    def test_an_empty_sandbox_is_reset_without_a_question(self, run: Run) -> None:
        assert "nothing to delete" in run("sandbox reset -v").err
        run("-p sandbox rules list")
        run("sandbox reset -y")
        assert run("sandbox reset --json").json()["rules"] == 0

    def test_the_question_names_only_some_of_many_sites(self, run: Run, home: Home) -> None:
        home.data.mkdir()
        store = Store(home.data / "sandbox.sqlite3")
        for i in range(9):
            with store.site(f"site-{i}\x1b[2J"):
                pass
        store.close()

        refused = run("sandbox reset", code=2)

        assert "63 rules of 9 sites (site-0\\x1b[2J: 7, " in refused.err
        assert "site-4\\x1b[2J: 7, 4 more)" in refused.err
