"""Permissions: every folder and file that the program creates for itself is private, in every command."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.intake import private_files
from tests.conftest import KEY, PURCHASE, SITE

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Home, Run, Served, Started

UMASKS = (0o000, 0o022, 0o077, 0o777)
IN_SANDBOX = [
    "rules list", f"rules pause {PURCHASE}", "rules bulk-create -f rules.csv", "rules apply -f rules.yaml --yes",
    f"rules delete {PURCHASE} --yes", "rules create --title A --trigger events/Rsvp --points 1", "sandbox reset --yes",
    "points simulate --amount 5 --live", "doctor",
]  # fmt: skip
ON_A_SERVER = [
    "rules list",
    f"rules update {PURCHASE} --title New",
    "rules apply -f rules.yaml --yes",
    "doctor",
]
SETTINGS = ["config set output json", "-p shop config set site-id " + SITE, "auth switch sandbox"]


@pytest.fixture(params=UMASKS, ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """The umask during the test."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture(autouse=True)
def inputs(home: Home) -> None:
    (home.work / "rules.csv").write_text("title,trigger,points\nOne,events/Rsvp,1\n")
    (home.work / "rules.yaml").write_text("rules:\n- {title: A, trigger: events/Rsvp, earn: 5 points}\n")


def modes(folder: Path) -> dict[str, str]:
    """Return the permissions of a folder and its content that are not private."""
    found = {}
    for path in (folder, *sorted(folder.rglob("*"))):
        expected = 0o700 if path.is_dir() else 0o600
        if (mode := stat.S_IMODE(path.lstat().st_mode)) != expected:
            found[str(path)] = oct(mode)
    return found


def deep(home: Home) -> dict[str, str]:
    """Variables with folders whose parents do not exist."""
    return {
        "LOYALTYCTL_CONFIG_DIR": str(home.config / "a" / "b"),
        "LOYALTYCTL_DATA_DIR": str(home.data / "a" / "b"),
    }


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("line", IN_SANDBOX)
def test_files_that_a_command_in_the_sandbox_creates_are_private(line: str, run: Run, home: Home) -> None:
    run(f"-p sandbox {line}", env=deep(home), code=None)

    assert (home.data / "a" / "b" / "sandbox.sqlite3").exists() or line == "points simulate --amount 5 --live"
    assert modes(home.data) == {} if home.data.exists() else True


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("line", ON_A_SERVER)
def test_files_that_a_call_to_a_server_creates_are_private(
    line: str, run: Run, home: Home, served: Served
) -> None:
    run(line, env=served.environ | deep(home))

    assert [*home.data.rglob("calls/*")]
    assert [*home.data.rglob("known_rules/*")]
    assert modes(home.data) == {}


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("line", SETTINGS)
def test_stored_settings_are_private(line: str, run: Run, home: Home) -> None:
    run(line, env=deep(home))

    assert modes(home.config) == {}


@pytest.mark.usefixtures("umask")
def test_credentials_are_private(run: Run, home: Home) -> None:
    run(f"auth login --api-key-stdin --offline --site-id {SITE}", stdin=KEY, env=deep(home))

    assert modes(home.config) == {}


def test_an_open_database_and_the_files_beside_it_are_private(
    start: Callable[[str], Started], run: Run, home: Home
) -> None:
    before = os.umask(0)
    try:
        started = start("loyaltyctl sandbox serve")
        local = {"LOYALTYCTL_BASE_URL": started.url, "LOYALTYCTL_API_KEY": "any", "LOYALTYCTL_SITE_ID": SITE}
        run("rules create --title A --trigger events/Rsvp --points 1", env=local)
    finally:
        os.umask(before)

    assert {path.name for path in home.data.glob("sandbox*")} == {
        "sandbox.sqlite3",
        "sandbox.sqlite3-shm",
        "sandbox.sqlite3-wal",
    }
    assert modes(home.data) == {}


def test_the_folders_of_the_platform_are_private_too(
    program: Callable[..., subprocess.CompletedProcess[bytes]], home: Home
) -> None:
    usual = {
        "LOYALTYCTL_CONFIG_DIR": "",
        "LOYALTYCTL_DATA_DIR": "",
        "HOME": str(home.data),
        "XDG_DATA_HOME": "",
    }
    home.data.mkdir(mode=0o700)

    program("-p sandbox rules list", env=usual | {"XDG_CONFIG_HOME": ""}, umask=0)
    program("config set output json", env=usual | {"XDG_CONFIG_HOME": ""}, umask=0)

    assert {path.name for path in home.data.rglob("*")} >= {"sandbox.sqlite3", "config.toml"}
    assert modes(home.data) == {}


def test_existing_files_keep_their_permissions(run: Run, home: Home, served: Served) -> None:
    run("-p sandbox rules list")
    run("rules list", env=served.environ)
    run("config set output json")
    everything = [*home.data.rglob("*"), home.data, home.config]
    for path in everything:
        path.chmod(0o755 if path.is_dir() else 0o644)

    run("-p sandbox rules list")
    run("rules list", env=served.environ)
    run("config set output yaml")

    kept = [path for path in everything if path.suffix != ".tsv"]  # which is replaced, not changed
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept if path.is_dir()} == {0o755}
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept if path.is_file()} == {0o644}


class TestPrivateFiles:
    """The functions that create private folders and files."""

    def test_a_link_to_a_file_that_does_not_exist_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "file")

        private_files.make_file(tmp_path / "link")

        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600

    @pytest.mark.parametrize("what", ["file", "file/below", "loop"])
    def test_a_path_through_a_file_is_an_error(self, what: str, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        (tmp_path / "loop").symlink_to("loop")

        with pytest.raises(OSError, match=r"file|loop"):
            private_files.make_folder(tmp_path / what)

    def test_several_threads_may_create_a_folder_at_once(self, tmp_path: Path) -> None:
        errors: list[Exception] = []

        def make() -> None:
            try:
                private_files.make_folder(tmp_path / "a" / "b" / "c" / "d")
                private_files.make_file(tmp_path / "a" / "b" / "c" / "d" / "file")
            except OSError as error:
                errors.append(error)

        threads = [threading.Thread(target=make) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert errors == []
        assert modes(tmp_path / "a") == {}
