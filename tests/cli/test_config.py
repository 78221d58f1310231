"""`loyaltyctl config`: list, get, set, unset and path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl import __version__
from loyaltyctl.config.base_url import DEFAULT_BASE_URL
from tests.conftest import KEY, NO_RULE, SITE

if TYPE_CHECKING:
    from tests.conftest import Home, Run


class TestConfig:
    """Settings and their sources."""

    def test_settings_are_stored_and_removed(self, run: Run) -> None:
        run("config set timeout 5")
        run("config set output json")
        run(f"-p shop config set site-id {SITE}")

        assert run("config get timeout -o tsv").out == "5\n"
        assert run("config get timeout").json() == {
            "key": "timeout", "value": "5", "origin": "config config.toml",
        }  # fmt: skip
        assert run("-p shop config get site-id -o tsv --show-origin").out == f"{SITE}\tprofile shop\n"
        assert run("rules triggers").out.startswith("[{")
        run("config unset output")
        assert not run("rules triggers").out.startswith("[")

    def test_setting_a_site_removes_the_account_and_the_reverse(self, run: Run) -> None:
        run(f"-p shop config set site-id {SITE}")
        run(f"-p shop config set account-id {NO_RULE}")

        assert run("-p shop config get site-id --json").json()["value"] is None
        assert run("-p shop config get account-id").out == f"{NO_RULE}\n"

    def test_the_list_shows_the_source_of_each_setting(self, run: Run) -> None:
        lines = run("config list --show-origin --retries 5", env={"LOYALTYCTL_TIMEOUT": "9"}).out.splitlines()

        assert "timeout\t9\tenvironment LOYALTYCTL_TIMEOUT" in lines
        assert "retries\t5\tflag --retries" in lines
        assert "base-url\thttps://www.wixapis.com\tdefault" in lines

    def test_paths_are_printed(self, run: Run, home: Home) -> None:
        assert run("config path --json").json()["config"] == str(home.config / "config.toml")
        assert run("sandbox path").out == f"{home.data / 'sandbox.sqlite3'}\n"

    @pytest.mark.parametrize(("line", "code"), [
        ("config get nothing", 3), ("config set nothing x", 3), ("config unset nothing", 3), ("config set output xml", 2), ("config set timeout 0", 2),
        (f"config set site-id {SITE}", 2), (f"-p sandbox config set site-id {SITE}", 2), ("-p shop config set site-id x", 2), ("config set", 2), ("config get", 2),
    ])  # fmt: skip
    def test_invalid_settings_are_rejected(self, line: str, code: int, run: Run, home: Home) -> None:
        assert run(line, code=code).err
        assert not (home.config / "config.toml").exists()

    def test_an_invalid_value_is_an_error_that_names_the_setting(self, run: Run) -> None:
        assert "error: output: must be one of table json" in run("config set output xml", code=2).err

    def test_an_invalid_file_is_an_error_of_every_command_that_reads_it(self, run: Run, home: Home) -> None:
        home.config.mkdir()
        (home.config / "config.toml").write_text("profile = ")

        for line in (
            "rules list",
            "-p sandbox rules list",
            "config list",
            "config get output",
            "config set output json",
            "points simulate --rule x --amount 5",
        ):
            assert "config.toml" in run(line, code=6).err
        assert run("--version").out == f"loyaltyctl {__version__}\n"

    @pytest.mark.parametrize("text", ["profile = ", "profiles = 3\n", "output = true\n"])
    def test_an_invalid_file_does_not_stop_commands_without_settings(
        self, text: str, run: Run, home: Home
    ) -> None:
        home.config.mkdir()
        (home.config / "config.toml").write_text(text)

        for line in (
            "version",
            "schema",
            "schema rules-file",
            "config path",
            "events types",
            "points simulate --amount 5 --per 1 --points 10",
        ):
            result = run(line)
            assert result.out
            assert result.err.startswith(f"warning: {home.config / 'config.toml'}: ")
            assert result.err.count("\n") == 1
            assert run(f"{line} -o json").err == run(line, env={"LOYALTYCTL_OUTPUT": "json"}).err == ""
        for line in ("help", "completion bash", "version -q"):
            result = run(line)
            assert result.out
            assert result.err == ""
        assert run("version", env={"LOYALTYCTL_OUTPUT": "xml"}, code=2).out == ""

    def test_an_invalid_file_is_reported_before_credentials_are_stored(self, run: Run, home: Home) -> None:
        home.config.mkdir()
        (home.config / "config.toml").write_text("profile = ")
        line = f"-p shop auth login --api-key-stdin --offline --site-id {SITE} --base-url {DEFAULT_BASE_URL}"

        assert "config.toml" in run(f"{line} -o json", stdin=KEY, code=6).err
        assert not (home.config / "credentials.toml").exists()


class TestPublicKeyFile:
    """config set public-key-file: a readable file, stored by its absolute path."""

    def test_a_tilde_is_the_home_folder(self, run: Run, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(home.work))
        run("events keygen --out mine")
        run(["-p", "shop", "config", "set", "public-key-file", "~/mine.pub.pem"])

        assert run("-p shop config get public-key-file").out == f"{home.work}/mine.pub.pem\n"

    def test_a_file_may_hold_the_keys_of_several_apps(self, run: Run, home: Home) -> None:
        run("events keygen --out a")
        run("events keygen --out b")
        both = "".join((home.work / f"{name}.pub.pem").read_text() for name in "ab")
        (home.work / "both.pem").write_text(both)

        run("-p shop config set public-key-file both.pem")
        assert run("-p shop config get public-key-file").out == f"{home.work}/both.pem\n"

    @pytest.mark.parametrize("name", ["nothing.pem", "~/nothing.pem", "~nobody-here/k.pem", "mine.pem", "", ".", "-", "x" * 300, "empty", "a\0b"])  # fmt: skip
    def test_an_invalid_public_key_is_an_error_when_it_is_set(self, name: str, run: Run, home: Home) -> None:
        run("events keygen --out mine")
        (home.work / "empty").write_text("")

        code = 6 if name in {"mine.pem", "empty"} else 2
        refused = run(["-p", "shop", "config", "set", "public-key-file", name], code=code)
        assert refused.err.startswith("error: ")
        assert not (home.config / "config.toml").exists()
