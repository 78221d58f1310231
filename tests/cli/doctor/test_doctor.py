"""`loyaltyctl doctor`: results for any configuration, libraries, and shells."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.cli.commands.doctor.checks import Check, ok, run_checks
from tests.conftest import SITE, MemoryContext
from tests.scale import sample
from tests.tokens.keys import pair

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

    from tests.conftest import FakeClock, Home, Run, Served

from tests.cli.doctor.results import LOGIN, UNREACHABLE, error_names, results_by_name


class TestAnywhere:
    """Results for any configuration."""

    def test_a_new_machine_gets_a_first_step_and_no_files(self, run: Run, home: Home) -> None:
        result = run("doctor --json", code=4)

        assert error_names(result) == ["credentials"]
        assert "reachable" not in results_by_name(result)
        assert result.error()["code"] == "NO_CREDENTIALS"
        assert "auth login" in result.error()["hint"]
        assert "-p sandbox" in results_by_name(result)["credentials"]["next"]
        assert result.sent == []
        assert not home.config.exists()
        assert not home.data.exists()

    def test_the_sandbox_needs_no_credentials(self, run: Run) -> None:
        result = run("-p sandbox doctor --json")
        found = results_by_name(result)

        assert found["credentials"]["detail"] == "none needed in the sandbox"
        assert "7 rules" in found["permission"]["detail"]
        assert {"target", "proxy", "certificates", "clock", "key accepted"}.isdisjoint(found)

    def test_results_without_problems_are_counted(self, run: Run, served: Served) -> None:
        result = run("doctor --json", env=served.environ)
        summary = result.json()["summary"]
        found = results_by_name(result)

        assert [sent.method for sent in result.sent] == ["GET"]
        assert summary["errors"] == 0
        assert sum(summary.values()) == len(result.json()["checks"])
        assert found["credentials"]["detail"].startswith("API key …6789 (environment LOYALTYCTL_API_KEY)")
        assert found["target"]["detail"] == f"site {SITE} (environment LOYALTYCTL_SITE_ID)"
        assert found["server"]["detail"] == f"{served.url} (environment LOYALTYCTL_BASE_URL)"
        assert found["reachable"]["detail"].startswith("answered after ")
        assert {found[name]["status"] for name in ("key accepted", "permission", "clock")} == {"ok"}

    def test_every_warning_and_every_error_has_a_next_step(self, run: Run, home: Home) -> None:
        home.config.mkdir(mode=0o755)
        env = {
            "LOYALTYCTL_RETRIES": "99",
            "LOYALTYCTL_TIMEOUT": "-1",
            "LOYALTYCTL_PROFILE": "a/b",
            "SHELL": "zsh",
            "PATH": "/usr/bin",
        }
        result = run("doctor --json", env=env, code=2)

        assert all(("next" in check) == (check["status"] != "ok") for check in result.json()["checks"])
        assert error_names(result) == ["settings"] * 3

    def test_offline_nothing_is_sent(self, run: Run) -> None:
        result = run("doctor --offline --json", env=UNREACHABLE)

        assert result.sent == []
        assert "reachable" not in results_by_name(result)

    def test_a_table_has_the_next_step_below_each_problem(self, run: Run) -> None:
        result = run("doctor -o table --color always", env={"COLUMNS": "70"}, code=4)
        lines = result.out.splitlines()
        at = next(i for i, line in enumerate(lines) if "there are no credentials" in line)

        assert "\x1b[31merror" in lines[at]
        assert lines[at + 1].strip() == "next: Sign in with: loyaltyctl auth login"
        assert lines[at + 2].strip() == "Or try it without any, in the sandbox: -p sandbox"
        plain = run("doctor -o table", env={"COLUMNS": "70"}, code=4).out
        libraries = plain[plain.index("libraries") : plain.index("config folder")].splitlines()
        assert len(libraries) > 1
        assert max(map(len, libraries)) <= 70
        assert "1 error" in result.err

    def test_fields_and_queries_select_from_the_results(self, run: Run) -> None:
        assert run("-p sandbox doctor --query summary.errors").out == "0\n"
        assert "credentials\tok" in run("-p sandbox doctor --fields name,status").out.splitlines()
        assert "profile" in run("-p sandbox doctor -o id").out.splitlines()
        assert run("-p sandbox doctor --fields nope", code=2).out == ""

    def test_an_invalid_output_setting_is_reported_in_the_default_format(self, run: Run) -> None:
        result = run("-p sandbox doctor", env={"LOYALTYCTL_OUTPUT": "xml"}, code=2)

        assert "settings\terror\toutput (environment LOYALTYCTL_OUTPUT)" in result.out

    def test_an_invalid_option_is_a_usage_error(self, run: Run) -> None:
        assert "--timeout" in run("doctor --timeout x", code=2).err
        assert run("doctor --timeout x --json", code=2).out == ""

    def test_a_defect_of_one_check_does_not_hide_other_results(
        self, environ: dict[str, str], clock: FakeClock
    ) -> None:
        context = MemoryContext(environ, b"", clock)
        steps = [
            Check("broken", lambda _: 1 // 0),  # type: ignore[arg-type,return-value]  # the defect
            Check("unreadable", lambda _: [ok("size", str(Path("nowhere").stat()))]),
            Check("after it", lambda _: [ok("after it", "left out")], needs=("broken",)),
            Check("sound", lambda _: [ok("sound", "well")]),
        ]

        found = {check.name: check for check in run_checks(context, steps)}

        assert [*found] == ["broken", "unreadable", "sound"]
        assert "this is a defect of loyaltyctl: ZeroDivisionError" in found["broken"].detail
        assert "cannot read nowhere" in found["unreadable"].detail


class TestLibraries:
    """Installed libraries of other versions."""

    @pytest.mark.parametrize(("installed", "code", "expected"), [
        ("httpx-0.27.2", 1, b"httpx 0.27.2 is too old: httpx<1,>=0.28 is needed"), ("httpx-1.0", 0, b"httpx 1.0 is newer"), ("duckdb-1.4", 1, b"duckdb 1.4 is too old"),
        ("httpx-0.28", 0, b"httpx 0.28,"),
    ])  # fmt: skip
    def test_a_library_that_is_too_old_is_an_error_and_a_newer_one_a_warning(
        self,
        installed: str,
        code: int,
        expected: bytes,
        program: Callable[..., CompletedProcess[bytes]],
        home: Home,
    ) -> None:
        name, version = installed.split("-")
        folder = home.work / "site" / f"{installed}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        ended = program("-p sandbox doctor --offline", env={"PYTHONPATH": str(home.work / "site")})

        assert ended.returncode == code
        assert expected in ended.stdout
        assert code == 0 or f"Run: {sys.executable} -m pip install".encode() in ended.stdout


class TestShells:
    """Completion and man page, where each shell searches."""

    @pytest.mark.parametrize(("shell", "script"), [
        ("bash", ".local/share/bash-completion/completions/loyaltyctl"), ("fish", ".local/share/fish/vendor_completions.d/loyaltyctl.fish"),
        ("fish", ".config/fish/completions/loyaltyctl.fish"), ("zsh", "functions/_loyaltyctl"),
    ])  # fmt: skip
    def test_completion_is_found_where_the_shell_searches(
        self, shell: str, script: str, run: Run, home: Home
    ) -> None:
        env = {
            "SHELL": f"/bin/{shell}",
            "HOME": str(home.work),
            "FPATH": f"/nothing:{home.work / 'functions'}",
        }
        before = results_by_name(run("-p sandbox doctor --offline --json", env=env))["completion"]
        (home.work / script).parent.mkdir(parents=True)
        (home.work / script).write_text("")
        after = results_by_name(run("-p sandbox doctor --offline --json", env=env))["completion"]

        assert before["status"] == "warning"
        assert f"loyaltyctl completion {shell}" in before["next"]
        assert after["status"] == "ok"
        assert after["detail"] == f"{shell} finds it: {home.work / script}"

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_the_suggested_line_in_a_start_up_file_is_found(
        self, shell: str, run: Run, home: Home, capsys: pytest.CaptureFixture[str]
    ) -> None:
        env = {"SHELL": shell, "HOME": str(home.work)}
        next_step = results_by_name(run("-p sandbox doctor --offline --json", env=env))["completion"]["next"]
        file, _, line = next_step.removeprefix("Put this in ~/").partition(": ")
        (home.work / file).parent.mkdir(parents=True, exist_ok=True)

        for text, status in ((f"# before\n  # {line}\n", "warning"), (f"# before\n{line} # TAB\n", "ok")):
            (home.work / file).write_text(text)
            found = results_by_name(run("-p sandbox doctor --offline --json", env=env))["completion"]
            assert found["status"] == status
        run("completion --help")
        assert line in " ".join(capsys.readouterr().out.split())

    @pytest.mark.parametrize(
        ("shell", "variable", "file"),
        [("zsh", "ZDOTDIR", ".zshrc"), ("fish", "XDG_CONFIG_HOME", "fish/config.fish")],
    )
    def test_start_up_files_are_searched_where_the_environment_says(
        self, shell: str, variable: str, file: str, run: Run, home: Home
    ) -> None:
        start = home.work / "dots" / file
        start.parent.mkdir(parents=True)
        env = {"SHELL": shell, "HOME": str(home.work), variable: str(home.work / "dots")}
        before = results_by_name(run("-p sandbox doctor --offline --json", env=env))["completion"]["next"]
        start.write_text(before.removeprefix(f"Put this in {start}: "))
        after = results_by_name(run("-p sandbox doctor --offline --json", env=env))["completion"]

        assert after["detail"] == f"{shell} finds it: {start}"

    def test_data_folders_of_the_environment_are_searched(self, run: Run, home: Home) -> None:
        script = home.work / "share" / "bash-completion" / "completions" / "loyaltyctl"
        script.parent.mkdir(parents=True)
        script.write_text("")

        for variable in ("XDG_DATA_HOME", "XDG_DATA_DIRS"):
            env = {"SHELL": "bash", variable: str(home.work / "share")}
            assert (
                str(script)
                in results_by_name(run("-p sandbox doctor --offline --json", env=env))["completion"]["detail"]
            )

    @pytest.mark.parametrize("shell", ["", "/bin/sh"])
    def test_another_shell_needs_no_completion(self, shell: str, run: Run) -> None:
        assert (
            results_by_name(run("-p sandbox doctor --offline --json", env={"SHELL": shell}))["completion"][
                "status"
            ]
            == "ok"
        )

    def test_the_man_page_is_found_where_man_searches(self, run: Run, home: Home) -> None:
        (home.work / "bin").mkdir()
        (home.work / "bin" / "man").write_text("#!/bin/sh\n")
        (home.work / "bin" / "man").chmod(0o755)
        page = home.work / "share" / "man" / "man1" / "loyaltyctl.1"

        def found(**env: str) -> dict[str, Any]:
            line = "-p sandbox doctor --offline --json"
            return dict(results_by_name(run(line, env={"PATH": str(home.work / "bin"), **env}))["man page"])

        assert found()["next"] == "Read it with: loyaltyctl help --man | man -l -"
        page.parent.mkdir(parents=True)
        page.write_text("")
        assert found()["detail"] == f"man finds it: {page}"
        assert found(MANPATH="/nothing")["status"] == "warning"
        assert found(MANPATH="/nothing:")["status"] == "ok"
        assert found(MANPATH=str(home.work / "share" / "man"))["status"] == "ok"
        assert found(PATH="/nothing")["detail"] == "there is no man on this machine"


@pytest.mark.parametrize("mode", ["", "--json", "-o table --debug", "-v --offline", "-p sandbox --debug"])
def test_no_secret_is_shown(mode: str, run: Run, home: Home, served: Served) -> None:
    secret = "c4n4ry-0123456789abcdef-SECRET"  # noqa: S105 - made up
    run(f"-p shop {LOGIN} --base-url {served.url}", stdin=secret)
    (home.work / "key").write_text(secret)
    private = pair().to_pem()[0]
    (home.work / "private.pem").write_text(private)
    envs: list[dict[str, str]] = [
        {"LOYALTYCTL_API_KEY": secret}, {"LOYALTYCTL_API_KEY": f"{secret} {secret}"}, {"LOYALTYCTL_API_KEY_FILE": "key"},
        {"LOYALTYCTL_APP_ID": "a", "LOYALTYCTL_APP_SECRET": secret, "LOYALTYCTL_INSTANCE_ID": SITE},
        *({"LOYALTYCTL_BASE_URL": f"{scheme}://user:{secret}@{host}"} for scheme in ("https", "http", "ftp", "ht tp") for host in ("x", "x y", "[")),
        *({name: f"{scheme}://user:{secret}@127.0.0.1:1"} for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY") for scheme in ("http", "socks5", "ftp")),
        {"LOYALTYCTL_PUBLIC_KEY": private}, {"LOYALTYCTL_PUBLIC_KEY_FILE": "private.pem"},
    ]  # fmt: skip
    for env in sample(envs, least=8):
        for more in ({}, {"LOYALTYCTL_PROFILE": "shop"}):
            result = run(f"doctor --retries 0 {mode}", env=env | more, code=None)
            shown = result.out + result.err
            assert secret not in shown, env
            assert private.splitlines()[3] not in shown, env
    (home.config / "credentials.toml").write_text(f"api-key = {secret}\n")
    result = run(f"doctor {mode}", code=None)
    assert secret not in result.out + result.err
