"""`loyaltyctl doctor`: what is wrong is told, each thing by itself, with what to do next."""

from __future__ import annotations

import http.server
import os
import re
import resource
import shlex
import ssl
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loyaltyctl.api.environment import proxy_for
from loyaltyctl.cli.doctor.checks import Exam, Step, examine, fine
from loyaltyctl.errors import UsageError
from loyaltyctl.serving.server import Server
from tests.conftest import KEY, NO_RULE, SITE, TestDesk
from tests.events.keys import pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from subprocess import CompletedProcess
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from tests.conftest import Home, ImpatientClock, Result, Run, Served

LOGIN = f"auth login --api-key-stdin --offline --site-id {SITE}"
OWN_FOLDER = "Name a folder of your own: export LOYALTYCTL_CONFIG_DIR=FOLDER"
AWAY = {"LOYALTYCTL_BASE_URL": "http://127.0.0.1:1", "LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE}


def checks(result: Result) -> dict[str, Any]:
    """The checks by their names, of which each one stands once unless several things are wrong with it."""
    return {check["name"]: check for check in result.json()["checks"]}


def wrong(result: Result) -> list[str]:
    """The names of the checks that found an error."""
    return [check["name"] for check in result.json()["checks"] if check["status"] == "error"]


class TestAnywhere:
    """What is told of any set-up."""

    def test_a_new_machine_is_told_where_to_begin_and_left_as_it_is(self, run: Run, home: Home) -> None:
        result = run("doctor --json", code=4)

        assert wrong(result) == ["credentials"]
        assert "reachable" not in checks(result)
        assert result.error()["code"] == "NO_CREDENTIALS"
        assert "auth login" in result.error()["hint"]
        assert "-p sandbox" in checks(result)["credentials"]["next"]
        assert result.sent == []
        assert not home.config.exists()
        assert not home.data.exists()

    def test_the_sandbox_needs_nothing(self, run: Run) -> None:
        result = run("-p sandbox doctor --json")
        found = checks(result)

        assert found["credentials"]["detail"] == "none are needed in the sandbox"
        assert "7 rules" in found["permission"]["detail"]
        assert {"target", "proxy", "certificates", "clock", "key accepted"}.isdisjoint(found)

    def test_all_is_well_and_is_counted(self, run: Run, served: Served) -> None:
        result = run("doctor --json", env=served.environ)
        summary = result.json()["summary"]
        found = checks(result)

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
        assert wrong(result) == ["settings"] * 3

    def test_nothing_is_asked_offline(self, run: Run) -> None:
        result = run("doctor --offline --json", env=AWAY)

        assert result.sent == []
        assert "reachable" not in checks(result)

    def test_a_person_reads_a_table_with_the_next_step_below(self, run: Run) -> None:
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

    def test_programs_get_the_fields_that_they_ask_for(self, run: Run) -> None:
        assert run("-p sandbox doctor --query summary.errors").out == "0\n"
        assert "credentials\tok" in run("-p sandbox doctor --fields name,status").out.splitlines()
        assert "profile" in run("-p sandbox doctor -o id").out.splitlines()
        assert run("-p sandbox doctor --fields nope", code=2).out == ""

    def test_a_format_that_is_none_is_told_in_the_usual_one(self, run: Run) -> None:
        result = run("-p sandbox doctor", env={"LOYALTYCTL_OUTPUT": "xml"}, code=2)

        assert "settings\terror\toutput (environment LOYALTYCTL_OUTPUT)" in result.out

    def test_a_wrong_flag_is_a_wrong_flag(self, run: Run) -> None:
        assert "--timeout" in run("doctor --timeout x", code=2).err
        assert run("doctor --timeout x --json", code=2).out == ""

    def test_a_defect_of_one_check_hides_none_of_the_others(
        self, environ: dict[str, str], clock: ImpatientClock
    ) -> None:
        exam = Exam(TestDesk(environ, b"", clock))
        steps = [
            Step("broken", lambda _: 1 // 0),  # type: ignore[arg-type,return-value]  # the defect
            Step("unreadable", lambda _: [fine("size", str(Path("nowhere").stat()))]),
            Step("after it", lambda _: [fine("after it", "left out")], needs=("broken",)),
            Step("sound", lambda _: [fine("sound", "well")]),
        ]

        found = {check.name: check for check in examine(exam, steps)}

        assert [*found] == ["broken", "unreadable", "sound"]
        assert "this is a defect of loyaltyctl: ZeroDivisionError" in found["broken"].detail
        assert "cannot look at nowhere" in found["unreadable"].detail


class TestSetUp:
    """Folders, files, settings, profiles, credentials."""

    def test_a_file_that_cannot_be_parsed_hides_nothing_but_what_it_says(self, run: Run, home: Home) -> None:
        home.config.mkdir(mode=0o700)
        (home.config / "config.toml").write_text('profile = "shop\n')
        result = run("-p shop doctor --json", code=6)

        assert wrong(result) == ["config file"]
        assert str(home.config / "config.toml") in checks(result)["config file"]["detail"]
        assert {"program", "data folder", "settings"} <= {*checks(result)}
        assert {"profile", "credentials", "server"}.isdisjoint(checks(result))

    def test_a_value_of_the_wrong_kind_is_named(self, run: Run, home: Home) -> None:
        home.config.mkdir(mode=0o700)
        (home.config / "config.toml").write_text("timeout = true\n")

        assert "timeout must be text or a number" in run("doctor", code=6).err

    @pytest.mark.parametrize(("variable", "value"), [
        ("TIMEOUT", "soon"), ("RETRIES", "99"), ("PROFILE", "a/b"), ("SITE_ID", "x"), ("BASE_URL", "http://example.com"),
        ("PUBLIC_KEY", "x"),
    ])  # fmt: skip
    def test_a_setting_that_is_wrong_is_told_with_its_source(
        self, variable: str, value: str, run: Run
    ) -> None:
        result = run("doctor --json", env={**AWAY, f"LOYALTYCTL_{variable}": value}, code=2)

        assert wrong(result) == ["settings"]
        assert f"environment LOYALTYCTL_{variable}" in checks(result)["settings"]["detail"]
        assert result.sent == []

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
    def test_credentials_that_others_may_read_are_an_error_with_its_cure(
        self, mode: int, run: Run, home: Home, served: Served
    ) -> None:
        run(f"-p shop {LOGIN} --base-url {served.url}", stdin=KEY)
        path = home.config / "credentials.toml"
        path.chmod(mode)

        result = run("doctor --json", code=4)
        cure = checks(result)["credentials file"]["next"]
        subprocess.run(shlex.split(cure.removeprefix("Run: ")), check=True)

        assert wrong(result) == ["credentials file"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert checks(run("doctor --json"))["credentials file"]["detail"].endswith("mode 0600; for shop")

    @pytest.mark.parametrize(
        ("mode", "code", "status"),
        [(0o700, 0, "ok"), (0o755, 0, "warning"), (0o777, 4, "error"), (0o770, 4, "error")],
    )
    def test_a_config_folder_that_others_may_enter_is_told(
        self, mode: int, code: int, status: str, run: Run, home: Home
    ) -> None:
        home.config.mkdir()
        home.config.chmod(mode)
        found = checks(run("-p sandbox doctor --json", code=code))["config folder"]

        assert found["status"] == status
        assert status == "ok" or found["next"] == f"Run: chmod 700 {home.config}"

    def test_files_that_others_may_change_or_own_are_told(self, run: Run, home: Home) -> None:
        for folder in (home.config, home.data):
            folder.mkdir()
        home.config.chmod(0o700)
        home.data.chmod(0o777)
        (home.config / "config.toml").write_text("")
        (home.config / "config.toml").chmod(0o666)
        if os.geteuid() == 0:
            os.chown(home.config, 4321, -1)
        found = checks(run("-p sandbox doctor --json"))

        assert found["config file"]["next"] == f"Run: chmod 600 {home.config / 'config.toml'}"
        assert found["data folder"]["next"] == f"Run: chmod 700 {home.data}"
        told = [
            check["next"]
            for check in run("-p sandbox doctor --json").json()["checks"]
            if "uid 4321" in check["detail"]
        ]
        assert told == ([OWN_FOLDER] if os.geteuid() == 0 else [])

    def test_a_data_folder_that_cannot_be_had_is_an_error(self, run: Run, home: Home) -> None:
        (home.work / "file").write_text("")

        for folder in (
            home.work / "file" / "data",
            home.work / "file",
            Path("/proc"),
        ):
            result = run(
                "-p sandbox doctor --offline --json", env={"LOYALTYCTL_DATA_DIR": str(folder)}, code=1
            )
            assert wrong(result) == ["data folder"]
            assert "LOYALTYCTL_DATA_DIR" in checks(result)["data folder"]["next"]

    def test_a_disk_without_room_is_an_error(
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

    def test_a_config_folder_that_is_a_file_is_told(self, run: Run, home: Home) -> None:
        home.config.write_text("")
        home.config.chmod(0o600)

        result = run("-p sandbox doctor --json", code=1)
        assert checks(result)["config folder"]["detail"] == f"{home.config} is not a folder"
        assert checks(result)["config folder"]["next"] == OWN_FOLDER

    @pytest.mark.parametrize("variable", ["CONFIG", "DATA"])
    def test_a_folder_that_serves_others_is_not_to_be_closed(
        self, variable: str, run: Run, home: Home
    ) -> None:
        sticky, full = home.work / "sticky", home.work / "full"
        for folder in (sticky, full):
            folder.mkdir()
        (full / "config.tom").write_text("")
        sticky.chmod(0o1777)
        full.chmod(0o777)

        for folder in (sticky, full, Path("/tmp"), Path("/")):  # noqa: S108 - the folder that everybody has
            env = {f"LOYALTYCTL_{variable}_DIR": str(folder)}
            result = run("-p sandbox doctor --offline --json", env=env, code=None)
            found = checks(result)[f"{variable.lower()} folder"]
            assert found["status"] == "ok" or f"export LOYALTYCTL_{variable}_DIR=FOLDER" in found["next"]
            assert "chmod" not in str(result.json()["checks"])

    @pytest.mark.parametrize("name", ["config.toml", "credentials.toml"])
    @pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
    def test_what_is_no_file_is_told_at_once(self, name: str, kind: str, run: Run, home: Home) -> None:
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
        found = checks(result)[name.replace(".toml", " file")]

        assert found["detail"] == f"{path} is not a file"
        assert "LOYALTYCTL_CONFIG_DIR" in found["next"]
        assert f"{path} is not a file" in run("-p shop rules list", code=6).err
        assert f"{path} is not a file" in run(f"-p shop {LOGIN} --offline", stdin=KEY, code=6).err

    def test_a_profile_that_does_not_exist_is_told_with_those_that_do(self, run: Run) -> None:
        run(f"-p shop {LOGIN}", stdin=KEY)
        result = run("-p shp doctor --json", code=3)

        assert wrong(result) == ["profile"]
        assert "did you mean shop?" in checks(result)["profile"]["detail"]
        assert checks(result)["profile"]["next"] == "Make it with: loyaltyctl -p shp auth login"

    def test_credentials_of_the_environment_need_no_profile(self, run: Run, served: Served) -> None:
        found = checks(run("-p shp doctor --json", env=served.environ))

        assert found["profile"]["status"] == "warning"
        assert found["permission"]["status"] == "ok"

    def test_the_environment_that_wins_over_a_profile_is_told(self, run: Run, served: Served) -> None:
        run(f"-p shop {LOGIN} --base-url {served.url}", stdin="another-key")
        told = run("doctor --json", env={"LOYALTYCTL_API_KEY": KEY}).json()["checks"]

        assert [check["next"] for check in told if check["name"] == "credentials" and "next" in check] == [
            "If that is not wanted: unset LOYALTYCTL_API_KEY"
        ]

    def test_a_key_for_another_server_is_not_sent(self, run: Run, served: Served) -> None:
        run(f"-p shop {LOGIN}", stdin=KEY)
        result = run("doctor --json", env={"LOYALTYCTL_BASE_URL": served.url}, code=4)

        assert wrong(result) == ["credentials"]
        assert "was stored for https://www.wixapis.com" in checks(result)["credentials"]["detail"]
        assert result.sent == []

    @pytest.mark.parametrize(("env", "code", "name"), [
        ({"LOYALTYCTL_SITE_ID": ""}, 2, "target"), ({"LOYALTYCTL_ACCOUNT_ID": NO_RULE}, 2, "target"), ({"LOYALTYCTL_API_KEY": "two words"}, 6, "credentials"),
        ({"LOYALTYCTL_API_KEY": "", "LOYALTYCTL_API_KEY_FILE": "nothing"}, 2, "credentials"), ({"LOYALTYCTL_API_KEY": "", "LOYALTYCTL_APP_ID": "a"}, 2, "credentials"),
    ])  # fmt: skip
    def test_credentials_and_targets_that_are_none_are_told(
        self, env: dict[str, str], code: int, name: str, run: Run
    ) -> None:
        assert wrong(run("doctor --json", env=AWAY | env, code=code)) == [name]

    def test_an_account_is_a_doubtful_target(self, run: Run) -> None:
        found = checks(
            run(
                "doctor --offline --json",
                env=AWAY | {"LOYALTYCTL_SITE_ID": "", "LOYALTYCTL_ACCOUNT_ID": NO_RULE},
            )
        )

        assert found["target"]["status"] == "warning"

    def test_the_webhook_key_is_read(self, run: Run, home: Home) -> None:
        (home.work / "rsa.pem").write_text(pair().pems()[1])
        (home.work / "rsa.key.pem").write_text(pair().pems()[0])
        found = checks(
            run("-p sandbox doctor --offline --json", env={"LOYALTYCTL_PUBLIC_KEY_FILE": "rsa.pem"})
        )

        assert found["webhook key"]["detail"] == "RSA, 2048 bits (environment LOYALTYCTL_PUBLIC_KEY_FILE)"
        for name, code in (("rsa.key.pem", 6), ("nothing.pem", 2)):
            result = run(
                "-p sandbox doctor --offline --json", env={"LOYALTYCTL_PUBLIC_KEY_FILE": name}, code=code
            )
            assert wrong(result) == ["webhook key"]


class TestLibraries:
    """The libraries, as another environment has them."""

    @pytest.mark.parametrize(("installed", "code", "said"), [
        ("httpx-0.27.2", 1, b"httpx 0.27.2 is too old: httpx<1,>=0.28 is needed"), ("httpx-1.0", 0, b"httpx 1.0 is newer"), ("duckdb-1.4", 1, b"duckdb 1.4 is too old"),
        ("httpx-0.28", 0, b"httpx 0.28,"),
    ])  # fmt: skip
    def test_one_that_is_too_old_is_an_error(
        self,
        installed: str,
        code: int,
        said: bytes,
        program: Callable[..., CompletedProcess[bytes]],
        home: Home,
    ) -> None:
        name, version = installed.split("-")
        folder = home.work / "site" / f"{installed}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        ended = program("-p sandbox doctor --offline", env={"PYTHONPATH": str(home.work / "site")})

        assert ended.returncode == code
        assert said in ended.stdout
        assert code == 0 or f"Run: {sys.executable} -m pip install".encode() in ended.stdout


def answering(status: str, skew: float | None = 0) -> WSGIApplication:
    """An application that gives this answer to everything, by a clock that goes wrong; None is no time."""

    def application(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        date = "soon" if skew is None else formatdate(time.time() + skew, usegmt=True)
        start_response(status, [("Date", date), ("Content-Type", "application/json")])
        return [b'{"earningRules": []}']

    return application


class TestAnswers:
    """What one call tells."""

    def test_a_key_that_is_refused(self, run: Run, served: Served) -> None:
        result = run("doctor --json", env=served.environ | {"LOYALTYCTL_API_KEY": "wrong-key"}, code=4)

        assert wrong(result) == ["key accepted"]
        assert checks(result)["reachable"]["status"] == checks(result)["clock"]["status"] == "ok"
        assert "LOYALTYCTL_API_KEY" in checks(result)["key accepted"]["next"]
        assert result.error()["httpStatus"] == 401

    def test_a_stored_key_that_is_refused(self, run: Run, served: Served) -> None:
        run(f"-p shop {LOGIN} --base-url {served.url}", stdin="wrong-key")

        assert "auth login" in checks(run("doctor --json", code=4))["key accepted"]["next"]

    def test_the_causes_of_a_missing_permission_are_those_that_are_left(
        self, run: Run, serve: Callable[..., Served]
    ) -> None:
        served = serve("403")
        app = {
            "LOYALTYCTL_API_KEY": "",
            "LOYALTYCTL_APP_ID": "a",
            "LOYALTYCTL_APP_SECRET": KEY,
            "LOYALTYCTL_INSTANCE_ID": SITE,
        }
        account = {"LOYALTYCTL_SITE_ID": "", "LOYALTYCTL_ACCOUNT_ID": NO_RULE}
        token = serve("403@list")

        by_key = run("doctor --json", env=served.environ, code=4)
        by_account = run("doctor --json", env=served.environ | account, code=4)
        by_app = run("doctor --json", env=token.environ | app, code=4)

        assert wrong(by_key) == wrong(by_account) == wrong(by_app) == ["permission"]
        assert checks(by_key)["permission"]["next"].count("\n") == 2
        assert SITE in checks(by_key)["permission"]["next"]
        assert "earning rules belong to a site" in checks(by_account)["permission"]["next"]
        assert "no longer installed" in checks(by_app)["permission"]["next"]
        assert checks(by_app)["target"]["detail"].endswith(SITE)

    @pytest.mark.parametrize(("fault", "code", "name", "following"), [
        ("500", 7, "answer", "Try again"), ("html", 7, "answer", "What answers is not the API"), ("redirect=http://127.0.0.1:1/", 1, "answer", "base URL"),
        ("refused", 7, "reachable", "network"), ("delay=3", 7, "reachable", "--timeout"), ("429=0", 7, "answer", "200 requests"),
    ])  # fmt: skip
    def test_what_a_server_does_is_told_apart(  # noqa: PLR0913, PLR0917 - one case of the table
        self, fault: str, code: int, name: str, following: str, run: Run, serve: Callable[..., Served]
    ) -> None:
        timeout = "--timeout 1" if "delay" in fault else ""
        result = run(f"doctor --json --retries 0 {timeout}", env=serve(fault).environ, code=code)

        assert wrong(result) == [name]
        assert following in checks(result)[name]["next"]
        assert "permission" not in checks(result)

    def test_another_server_is_told_as_one(self, run: Run) -> None:
        server = Server(answering("404 Not Found"), "127.0.0.1", 0)
        with server.in_background():
            result = run("doctor --json", env=AWAY | {"LOYALTYCTL_BASE_URL": server.url}, code=3)

        assert "base URL" in checks(result)["answer"]["next"]

    def test_a_call_that_is_not_taken_is_not_to_be_repeated(self, run: Run) -> None:
        server = Server(answering("400 Bad Request"), "127.0.0.1", 0)
        with server.in_background():
            result = run("doctor --json", env=AWAY | {"LOYALTYCTL_BASE_URL": server.url}, code=6)

        assert wrong(result) == ["answer"]
        assert "loyaltyctl config list --show-origin" in checks(result)["answer"]["next"]
        assert "again" not in checks(result)["answer"]["next"]

    def test_a_server_that_is_away(self, run: Run) -> None:
        result = run("doctor --json --retries 0", env=AWAY, code=7)

        assert wrong(result) == ["reachable"]
        assert "cannot be reached" in checks(result)["reachable"]["detail"]
        assert {"key accepted", "permission", "clock"}.isdisjoint(checks(result))

    @pytest.mark.parametrize(
        ("skew", "status", "way", "figure"),
        [
            (0, "ok", "", ""),
            (-200, "warning", "ahead of", "3 min( [0-9]+ s)?"),
            (-600, "warning", "ahead of", "10 min( [0-9]+ s)?|9 min 5[0-9] s"),
            (7200, "warning", "behind", "2 h( [0-9]+ s)?|1 h 59 min"),
            (86390, "warning", "behind", "23 h 59 min"),
            (200000, "warning", "behind", "2 days 7 h"),
        ],
    )
    def test_a_clock_that_is_wrong_is_told_with_the_figure(
        self, skew: int, status: str, way: str, figure: str, run: Run
    ) -> None:
        server = Server(answering("200 OK", skew), "127.0.0.1", 0)
        with server.in_background():
            result = run("doctor --json", env=AWAY | {"LOYALTYCTL_BASE_URL": server.url})
        found = checks(result)["clock"]

        assert found["status"] == status
        assert bool(re.search(rf"clock is ({figure}) {way} the server's", found["detail"])) == bool(figure)

    def test_a_server_that_does_not_tell_the_time(self, run: Run) -> None:
        server = Server(answering("200 OK", None), "127.0.0.1", 0)
        with server.in_background():
            result = run("doctor --json", env=AWAY | {"LOYALTYCTL_BASE_URL": server.url})

        assert checks(result)["clock"]["detail"] == "the server does not tell the time"


class _Silent(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"earningRules":[]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def over_tls(folder: Path, *, until: timedelta = timedelta(days=1)) -> Iterator[tuple[str, Path]]:
    """A server on this machine with a certificate that signs itself: its URL, and the certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + until)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own, private = folder / "server.pem", folder / "server.key"
    own.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, private)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Silent)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # callers that do not trust it go away
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", own
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestTls:
    """Certificates, and where they are looked for."""

    def test_a_certificate_that_is_not_trusted_is_told_with_the_way_to_trust_it(
        self, run: Run, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        with over_tls(home.work) as (url, certificate):
            env = AWAY | {"LOYALTYCTL_BASE_URL": url}
            untrusted = run("doctor --json --retries 0", env=env, code=7)
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            trusted = run("doctor --json", env=env | {"SSL_CERT_FILE": str(certificate)})

        assert untrusted.error()["code"] == "CERTIFICATE_NOT_TRUSTED"
        assert "self" in checks(untrusted)["reachable"]["detail"]
        assert "export SSL_CERT_FILE=FILE" in checks(untrusted)["reachable"]["next"]
        assert checks(trusted)["reachable"]["detail"].endswith("over TLS 1.3")
        assert (
            checks(trusted)["certificates"]["detail"] == f"those of {certificate} are trusted (SSL_CERT_FILE)"
        )

    def test_a_certificate_that_is_out_of_date_leads_to_the_clock(
        self, run: Run, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with over_tls(home.work, until=-timedelta(days=2)) as (url, certificate):
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            result = run("doctor --json --retries 0", env=AWAY | {"LOYALTYCTL_BASE_URL": url}, code=7)

        assert "expired" in checks(result)["reachable"]["detail"]
        assert "clock" in checks(result)["reachable"]["next"]

    @pytest.mark.parametrize(("variable", "name", "why"), [
        ("SSL_CERT_FILE", "nothing.pem", "No such file"), ("SSL_CERT_FILE", "empty.pem", "no certificate in PEM"), ("SSL_CERT_DIR", "nothing", "no such folder"),
    ])  # fmt: skip
    def test_certificates_that_are_not_there_are_told(
        self, variable: str, name: str, why: str, run: Run, home: Home
    ) -> None:
        (home.work / "empty.pem").write_text("")
        env = AWAY | {"LOYALTYCTL_BASE_URL": "", variable: name}
        result = run("doctor --json", env=env, code=2)

        assert wrong(result) == ["certificates"]
        assert why in checks(result)["certificates"]["detail"]
        assert checks(result)["certificates"]["next"] == f"Correct it, or: unset {variable}"

    def test_a_folder_of_certificates_is_named(self, run: Run, home: Home) -> None:
        env = AWAY | {"LOYALTYCTL_BASE_URL": "", "SSL_CERT_DIR": str(home.work)}

        assert str(home.work) in checks(run("doctor --offline --json", env=env))["certificates"]["detail"]


class TestProxies:
    """Proxies of the environment."""

    @pytest.mark.parametrize(("environ", "variable", "address"), [
        ({"HTTPS_PROXY": "http://proxy:3128"}, "HTTPS_PROXY", "http://proxy:3128"), ({"https_proxy": "proxy:3128", "HTTPS_PROXY": "http://x"}, "https_proxy", "http://proxy:3128"),
        ({"ALL_PROXY": "http://[::1]:1"}, "ALL_PROXY", "http://[::1]:1"), ({"HTTPS_PROXY": "http://me:secret@proxy"}, "HTTPS_PROXY", "http://proxy"),
        ({"HTTPS_PROXY": "http://x", "NO_PROXY": "example.com, other.example"}, "HTTPS_PROXY", "http://x"),
    ])  # fmt: skip
    def test_the_one_that_applies_is_told_without_its_password(
        self, environ: dict[str, str], variable: str, address: str
    ) -> None:
        found = proxy_for("https://www.wixapis.com", environ)

        assert found is not None
        assert (found.variable, found.address) == (variable, address)

    @pytest.mark.parametrize("environ", [
        {}, {"HTTP_PROXY": "http://x"}, {"HTTPS_PROXY": ""}, {"https_proxy": "", "HTTPS_PROXY": "http://x"}, {"HTTPS_PROXY": "http://x", "NO_PROXY": "*"},
        {"HTTPS_PROXY": "http://x", "NO_PROXY": "a, .wixapis.com"}, {"HTTPS_PROXY": "http://x", "no_proxy": "WIXAPIS.com"},
    ])  # fmt: skip
    def test_none_applies(self, environ: dict[str, str]) -> None:
        assert proxy_for("https://www.wixapis.com", environ) is None

    def test_plain_http_goes_to_this_machine_and_takes_none(self) -> None:
        assert proxy_for("http://127.0.0.1:8787", {"ALL_PROXY": "http://x", "HTTP_PROXY": "http://x"}) is None

    @pytest.mark.parametrize(
        "text",
        [
            "ftp://me:secret@x",
            "http://me:secret@x:port",
            "http://",
            "socks5://me:secret@x",
            "http://[me:secret",
        ],
    )
    def test_one_that_is_none_is_told_without_its_value(self, text: str, run: Run) -> None:
        with pytest.raises(UsageError):
            proxy_for("https://www.wixapis.com", {"HTTPS_PROXY": text})
        result = run("doctor --json", env=AWAY | {"LOYALTYCTL_BASE_URL": "", "HTTPS_PROXY": text}, code=2)

        assert wrong(result) == ["proxy"]
        assert "secret" not in result.out + result.err

    def test_one_that_is_away_makes_the_server_unreachable(
        self, program: Callable[..., CompletedProcess[bytes]]
    ) -> None:
        env = AWAY | {"LOYALTYCTL_BASE_URL": "", "HTTPS_PROXY": "http://me:secret@127.0.0.1:1"}
        ended = program("doctor --retries 0 --debug", env=env)

        assert ended.returncode == 7
        assert b"http://127.0.0.1:1 (HTTPS_PROXY), with a name and a password" in ended.stdout
        assert b"secret" not in ended.stdout + ended.stderr


class TestShells:
    """Completion and man page: where each shell looks, and nowhere else."""

    @pytest.mark.parametrize(("shell", "script"), [
        ("bash", ".local/share/bash-completion/completions/loyaltyctl"), ("fish", ".local/share/fish/vendor_completions.d/loyaltyctl.fish"),
        ("fish", ".config/fish/completions/loyaltyctl.fish"), ("zsh", "functions/_loyaltyctl"),
    ])  # fmt: skip
    def test_completion_is_found_where_the_shell_looks(
        self, shell: str, script: str, run: Run, home: Home
    ) -> None:
        env = {
            "SHELL": f"/bin/{shell}",
            "HOME": str(home.work),
            "FPATH": f"/nothing:{home.work / 'functions'}",
        }
        before = checks(run("-p sandbox doctor --offline --json", env=env))["completion"]
        (home.work / script).parent.mkdir(parents=True)
        (home.work / script).write_text("")
        after = checks(run("-p sandbox doctor --offline --json", env=env))["completion"]

        assert before["status"] == "warning"
        assert f"loyaltyctl completion {shell}" in before["next"]
        assert after["status"] == "ok"
        assert after["detail"] == f"{shell} finds it: {home.work / script}"

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_the_next_step_that_is_told_is_taken_for_one_that_was_made(
        self, shell: str, run: Run, home: Home, capsys: pytest.CaptureFixture[str]
    ) -> None:
        env = {"SHELL": shell, "HOME": str(home.work)}
        told = checks(run("-p sandbox doctor --offline --json", env=env))["completion"]["next"]
        file, _, line = told.removeprefix("Put this in ~/").partition(": ")
        (home.work / file).parent.mkdir(parents=True, exist_ok=True)

        for text, status in ((f"# before\n  # {line}\n", "warning"), (f"# before\n{line} # TAB\n", "ok")):
            (home.work / file).write_text(text)
            found = checks(run("-p sandbox doctor --offline --json", env=env))["completion"]
            assert found["status"] == status
        run("completion --help")
        assert line in " ".join(capsys.readouterr().out.split())

    @pytest.mark.parametrize(
        ("shell", "variable", "file"),
        [("zsh", "ZDOTDIR", ".zshrc"), ("fish", "XDG_CONFIG_HOME", "fish/config.fish")],
    )
    def test_start_up_files_lie_where_the_environment_says(
        self, shell: str, variable: str, file: str, run: Run, home: Home
    ) -> None:
        start = home.work / "dots" / file
        start.parent.mkdir(parents=True)
        env = {"SHELL": shell, "HOME": str(home.work), variable: str(home.work / "dots")}
        before = checks(run("-p sandbox doctor --offline --json", env=env))["completion"]["next"]
        start.write_text(before.removeprefix(f"Put this in {start}: "))
        after = checks(run("-p sandbox doctor --offline --json", env=env))["completion"]

        assert after["detail"] == f"{shell} finds it: {start}"

    def test_data_folders_of_the_environment_are_looked_in(self, run: Run, home: Home) -> None:
        script = home.work / "share" / "bash-completion" / "completions" / "loyaltyctl"
        script.parent.mkdir(parents=True)
        script.write_text("")

        for variable in ("XDG_DATA_HOME", "XDG_DATA_DIRS"):
            env = {"SHELL": "bash", variable: str(home.work / "share")}
            assert (
                str(script)
                in checks(run("-p sandbox doctor --offline --json", env=env))["completion"]["detail"]
            )

    @pytest.mark.parametrize("shell", ["", "/bin/sh"])
    def test_another_shell_has_none(self, shell: str, run: Run) -> None:
        assert (
            checks(run("-p sandbox doctor --offline --json", env={"SHELL": shell}))["completion"]["status"]
            == "ok"
        )

    def test_the_man_page_is_found_where_man_looks(self, run: Run, home: Home) -> None:
        (home.work / "bin").mkdir()
        (home.work / "bin" / "man").write_text("#!/bin/sh\n")
        (home.work / "bin" / "man").chmod(0o755)
        page = home.work / "share" / "man" / "man1" / "loyaltyctl.1"

        def found(**env: str) -> dict[str, Any]:
            line = "-p sandbox doctor --offline --json"
            return dict(checks(run(line, env={"PATH": str(home.work / "bin"), **env}))["man page"])

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
    private = pair().pems()[0]
    (home.work / "private.pem").write_text(private)
    envs: list[dict[str, str]] = [
        {"LOYALTYCTL_API_KEY": secret}, {"LOYALTYCTL_API_KEY": f"{secret} {secret}"}, {"LOYALTYCTL_API_KEY_FILE": "key"},
        {"LOYALTYCTL_APP_ID": "a", "LOYALTYCTL_APP_SECRET": secret, "LOYALTYCTL_INSTANCE_ID": SITE},
        *({"LOYALTYCTL_BASE_URL": f"{scheme}://user:{secret}@{host}"} for scheme in ("https", "http", "ftp", "ht tp") for host in ("x", "x y", "[")),
        *({name: f"{scheme}://user:{secret}@127.0.0.1:1"} for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY") for scheme in ("http", "socks5", "ftp")),
        {"LOYALTYCTL_PUBLIC_KEY": private}, {"LOYALTYCTL_PUBLIC_KEY_FILE": "private.pem"},
    ]  # fmt: skip
    for env in envs:
        for more in ({}, {"LOYALTYCTL_PROFILE": "shop"}):
            result = run(f"doctor --retries 0 {mode}", env=env | more, code=None)
            shown = result.out + result.err
            assert secret not in shown, env
            assert private.splitlines()[3] not in shown, env
    (home.config / "credentials.toml").write_text(f"api-key = {secret}\n")
    result = run(f"doctor {mode}", code=None)
    assert secret not in result.out + result.err
