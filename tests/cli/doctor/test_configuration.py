"""`loyaltyctl doctor`: results for folders, files, settings, profiles and credentials."""

from __future__ import annotations

import os
import resource
import shlex
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import KEY, NO_RULE
from tests.tokens.keys import pair

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

    from tests.conftest import Home, Run, Served

from tests.cli.doctor.results import LOGIN, OWN_FOLDER, UNREACHABLE, error_names, results_by_name


class TestConfiguration:
    """Folders, files, settings, profiles, credentials."""

    def test_an_invalid_file_hides_only_its_own_settings(self, run: Run, home: Home) -> None:
        home.config.mkdir(mode=0o700)
        (home.config / "config.toml").write_text('profile = "shop\n')
        result = run("-p shop doctor --json", code=6)

        assert error_names(result) == ["config file"]
        assert str(home.config / "config.toml") in results_by_name(result)["config file"]["detail"]
        assert {"program", "data folder", "settings"} <= {*results_by_name(result)}
        assert {"profile", "credentials", "server"}.isdisjoint(results_by_name(result))

    def test_a_value_of_the_wrong_type_is_named(self, run: Run, home: Home) -> None:
        home.config.mkdir(mode=0o700)
        (home.config / "config.toml").write_text("timeout = true\n")

        assert "timeout must be text or a number" in run("doctor", code=6).err

    @pytest.mark.parametrize(("text", "expected"), [
        ("Timeout = 20", '"Timeout" is not a setting there and is ignored; did you mean timeout?'),
        ('site-id = "x"', '"site-id" is not a setting there and is ignored'),
        ("[profile-s.shop]", '"profile-s" is not a setting there and is ignored; did you mean profiles?'),
        ('[profiles.shop]\nsite_id = "x"', '"site_id" in profiles.shop is not a setting there and is ignored; did you mean site-id?'),
        ("[profiles.shop]\ntimeout = 3", '"timeout" in profiles.shop is not a setting there and is ignored'),
    ])  # fmt: skip
    def test_an_unknown_name_in_the_file_is_a_warning(
        self, text: str, expected: str, run: Run, home: Home
    ) -> None:
        home.config.mkdir(mode=0o700)
        (home.config / "config.toml").write_text(f"{text}\n")

        assert f"config file\twarning\t{expected}" in run("doctor --offline", code=None).out

    @pytest.mark.parametrize(("variable", "value"), [
        ("TIMEOUT", "soon"), ("RETRIES", "99"), ("PROFILE", "a/b"), ("SITE_ID", "x"), ("BASE_URL", "http://example.com"),
        ("PUBLIC_KEY", "x"),
    ])  # fmt: skip
    def test_an_invalid_setting_is_reported_with_its_source(
        self, variable: str, value: str, run: Run
    ) -> None:
        result = run("doctor --json", env={**UNREACHABLE, f"LOYALTYCTL_{variable}": value}, code=2)

        assert error_names(result) == ["settings"]
        assert f"environment LOYALTYCTL_{variable}" in results_by_name(result)["settings"]["detail"]
        assert result.sent == []

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
    def test_credentials_that_others_can_read_are_an_error_with_a_fix(
        self, mode: int, run: Run, home: Home, served: Served
    ) -> None:
        run(f"-p shop {LOGIN} --base-url {served.url}", stdin=KEY)
        path = home.config / "credentials.toml"
        path.chmod(mode)

        result = run("doctor --json", code=4)
        cure = results_by_name(result)["credentials file"]["next"]
        subprocess.run(shlex.split(cure.removeprefix("Run: ")), check=True)

        assert error_names(result) == ["credentials file"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert results_by_name(run("doctor --json"))["credentials file"]["detail"].endswith(
            "mode 0600; for shop"
        )

    @pytest.mark.parametrize(
        ("mode", "code", "status"),
        [(0o700, 0, "ok"), (0o755, 0, "warning"), (0o777, 4, "error"), (0o770, 4, "error")],
    )
    def test_a_config_folder_that_others_can_enter_is_a_problem(
        self, mode: int, code: int, status: str, run: Run, home: Home
    ) -> None:
        home.config.mkdir()
        home.config.chmod(mode)
        found = results_by_name(run("-p sandbox doctor --json", code=code))["config folder"]

        assert found["status"] == status
        assert status == "ok" or found["next"] == f"Run: chmod 700 {home.config}"

    def test_files_that_others_can_change_or_own_are_a_warning(self, run: Run, home: Home) -> None:
        for folder in (home.config, home.data):
            folder.mkdir()
        home.config.chmod(0o700)
        home.data.chmod(0o777)
        (home.config / "config.toml").write_text("")
        (home.config / "config.toml").chmod(0o666)
        if os.geteuid() == 0:
            os.chown(home.config, 4321, -1)
        found = results_by_name(run("-p sandbox doctor --json"))

        assert found["config file"]["next"] == f"Run: chmod 600 {home.config / 'config.toml'}"
        assert found["data folder"]["next"] == f"Run: chmod 700 {home.data}"
        next_steps = [
            check["next"]
            for check in run("-p sandbox doctor --json").json()["checks"]
            if "uid 4321" in check["detail"]
        ]
        assert next_steps == ([OWN_FOLDER] if os.geteuid() == 0 else [])

    def test_a_data_folder_that_others_can_read_is_a_warning(self, run: Run, home: Home) -> None:
        home.data.mkdir()
        home.data.chmod(0o755)

        found = results_by_name(run("-p sandbox doctor --json"))["data folder"]

        assert found["detail"] == f"{home.data} can be read by others (mode 0755)"
        assert found["next"] == f"Run: chmod 700 {home.data}"

    def test_a_data_folder_that_cannot_be_created_is_an_error(self, run: Run, home: Home) -> None:
        (home.work / "file").write_text("")

        for folder in (
            home.work / "file" / "data",
            home.work / "file",
            Path("/proc"),
        ):
            result = run(
                "-p sandbox doctor --offline --json", env={"LOYALTYCTL_DATA_DIR": str(folder)}, code=1
            )
            assert error_names(result) == ["data folder"]
            assert "LOYALTYCTL_DATA_DIR" in results_by_name(result)["data folder"]["next"]

    def test_a_full_disk_is_an_error(
        self, program: Callable[..., CompletedProcess[bytes]], home: Home
    ) -> None:
        home.data.mkdir()
        home.config.mkdir(mode=0o700)

        def full() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

        ended = program("-p sandbox doctor --offline", preexec_fn=full)
        assert ended.returncode == 1
        assert b"cannot write in" in ended.stderr
        assert f"config folder\twarning\tcannot write in {home.config}".encode() in ended.stdout

    def test_a_config_folder_that_is_a_file_is_an_error(self, run: Run, home: Home) -> None:
        home.config.write_text("")
        home.config.chmod(0o600)

        result = run("-p sandbox doctor --json", code=1)
        assert results_by_name(result)["config folder"]["detail"] == f"{home.config} is not a folder"
        assert results_by_name(result)["config folder"]["next"] == OWN_FOLDER

    @pytest.mark.parametrize("variable", ["CONFIG", "DATA"])
    def test_the_fix_for_a_shared_folder_is_another_folder(self, variable: str, run: Run, home: Home) -> None:
        sticky, full = home.work / "sticky", home.work / "full"
        for folder in (sticky, full):
            folder.mkdir()
        (full / "config.tom").write_text("")
        sticky.chmod(0o1777)
        full.chmod(0o777)

        for folder in (sticky, full, Path("/tmp"), Path("/")):  # noqa: S108 - the folder that everybody has
            env = {f"LOYALTYCTL_{variable}_DIR": str(folder)}
            result = run("-p sandbox doctor --offline --json", env=env, code=None)
            found = results_by_name(result)[f"{variable.lower()} folder"]
            assert found["status"] == "ok" or f"export LOYALTYCTL_{variable}_DIR=FOLDER" in found["next"]
            assert "chmod" not in str(result.json()["checks"])

    @pytest.mark.parametrize("name", ["config.toml", "credentials.toml"])
    @pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
    def test_a_file_of_another_kind_is_reported_without_opening_it(
        self, name: str, kind: str, run: Run, home: Home
    ) -> None:
        home.config.mkdir(mode=0o700)
        path = home.config / name
        match kind:
            case "folder":
                path.mkdir()
            case "pipe":
                os.mkfifo(path)
            case _:
                path.symlink_to("/dev/zero")
        result = run("-p shop doctor --json", code=6 if name == "config.toml" else None)
        found = results_by_name(result)[name.replace(".toml", " file")]

        assert found["detail"] == f"{path} is not a file"
        assert "LOYALTYCTL_CONFIG_DIR" in found["next"]
        assert f"{path} is not a file" in run("-p shop rules list", code=6).err
        assert f"{path} is not a file" in run(f"-p shop {LOGIN} --offline", stdin=KEY, code=6).err

    def test_an_unknown_profile_is_reported_with_the_known_ones(self, run: Run) -> None:
        run(f"-p shop {LOGIN}", stdin=KEY)
        result = run("-p shp doctor --json", code=3)

        assert error_names(result) == ["profile"]
        assert "did you mean shop?" in results_by_name(result)["profile"]["detail"]
        assert results_by_name(result)["profile"]["next"] == "Create it with: loyaltyctl -p shp auth login"

    def test_credentials_of_the_environment_need_no_profile(self, run: Run, served: Served) -> None:
        found = results_by_name(run("doctor --json", env=served.environ | {"LOYALTYCTL_PROFILE": "shp"}))

        assert found["profile"]["status"] == "warning"
        assert found["permission"]["status"] == "ok"

    def test_an_environment_that_overrides_a_profile_is_a_warning(self, run: Run, served: Served) -> None:
        run(f"-p shop {LOGIN} --base-url {served.url}", stdin="another-key")
        results = run("doctor --json", env={"LOYALTYCTL_API_KEY": KEY}).json()["checks"]

        assert [check["next"] for check in results if check["name"] == "credentials" and "next" in check] == [
            "To use the stored ones: -p shop, or: unset LOYALTYCTL_API_KEY"
        ]

    def test_a_key_for_another_server_is_not_sent(self, run: Run, served: Served) -> None:
        run(f"-p shop {LOGIN}", stdin=KEY)
        result = run("doctor --json", env={"LOYALTYCTL_BASE_URL": served.url}, code=4)

        assert error_names(result) == ["credentials"]
        assert "is for https://www.wixapis.com" in results_by_name(result)["credentials"]["detail"]
        assert result.sent == []

    @pytest.mark.parametrize(("env", "code", "name"), [
        ({"LOYALTYCTL_SITE_ID": ""}, 2, "target"), ({"LOYALTYCTL_ACCOUNT_ID": NO_RULE}, 2, "target"), ({"LOYALTYCTL_API_KEY": "two words"}, 6, "credentials"),
        ({"LOYALTYCTL_API_KEY": "", "LOYALTYCTL_API_KEY_FILE": "nothing"}, 2, "credentials"), ({"LOYALTYCTL_API_KEY": "", "LOYALTYCTL_APP_ID": "a"}, 2, "credentials"),
    ])  # fmt: skip
    def test_invalid_credentials_and_targets_are_errors(
        self, env: dict[str, str], code: int, name: str, run: Run
    ) -> None:
        assert error_names(run("doctor --json", env=UNREACHABLE | env, code=code)) == [name]

    def test_an_account_as_target_is_a_warning(self, run: Run) -> None:
        found = results_by_name(
            run(
                "doctor --offline --json",
                env=UNREACHABLE | {"LOYALTYCTL_SITE_ID": "", "LOYALTYCTL_ACCOUNT_ID": NO_RULE},
            )
        )

        assert found["target"]["status"] == "warning"

    def test_the_webhook_key_is_checked(self, run: Run, home: Home) -> None:
        (home.work / "rsa.pem").write_text(pair().to_pem()[1])
        (home.work / "rsa.key.pem").write_text(pair().to_pem()[0])
        found = results_by_name(
            run("-p sandbox doctor --offline --json", env={"LOYALTYCTL_PUBLIC_KEY_FILE": "rsa.pem"})
        )

        assert found["webhook key"]["detail"] == "RSA, 2048 bits (environment LOYALTYCTL_PUBLIC_KEY_FILE)"
        for name, code in (("rsa.key.pem", 6), ("nothing.pem", 2)):
            result = run(
                "-p sandbox doctor --offline --json", env={"LOYALTYCTL_PUBLIC_KEY_FILE": name}, code=code
            )
            assert error_names(result) == ["webhook key"]
