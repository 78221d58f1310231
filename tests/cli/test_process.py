"""The process: pipes, signals, full disks, and missing environment."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.__main__ import _generated_help
from loyaltyctl.cli.commands.sandbox.serve import EXAMPLE_SITE
from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Served

LIST = "-p sandbox rules list"
PROGRAM = [sys.executable, "-m", "loyaltyctl"]


def shell(line: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `loyaltyctl` is the program."""
    script = f'set -o pipefail; loyaltyctl() {{ {shlex.join(PROGRAM)} "$@"; }}; {line}'
    return subprocess.run(
        ["/bin/bash", "-c", script], env=environ, capture_output=True, text=True, timeout=60, check=False
    )


class TestStreams:
    """Closed pipes, full disks, closed streams, encodings."""

    @pytest.mark.parametrize(
        "line", ["loyaltyctl -q -p sandbox rules list -o jsonl", "loyaltyctl rules triggers"]
    )
    def test_a_closed_output_pipe_ends_it_silently(
        self, line: str, environ: dict[str, str], home: Home
    ) -> None:
        (home.work / "rules.csv").write_text(
            "title,trigger,points\n" + "".join(f"R{i},events/Rsvp,1\n" for i in range(900))
        )
        shell("loyaltyctl -q -p sandbox rules bulk-create -f rules.csv", environ)
        ended = shell(f"{line} --debug 2>err | true; echo ${{PIPESTATUS[0]}}", environ)

        assert ended.stdout in {"141\n", "0\n"}
        assert "Traceback" not in (home.work / "err").read_text()
        assert "Exception" not in (home.work / "err").read_text()

    def test_a_closed_output_pipe_is_exit_code_141(self, environ: dict[str, str], home: Home) -> None:
        (home.work / "rules.csv").write_text(
            "title,trigger,points\n" + "".join(f"R{i},events/Rsvp,1\n" for i in range(900))
        )
        shell("loyaltyctl -q -p sandbox rules bulk-create -f rules.csv", environ)
        ended = shell(
            "loyaltyctl -q -p sandbox rules list --json | head -c 1; s=${PIPESTATUS[0]}; echo; echo $s",
            environ,
        )

        assert ended.stdout == "[\n141\n"
        assert ended.stderr == ""

    @pytest.mark.parametrize(
        ("redirect", "code"), [(">/dev/full", 1), (">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&- <&-", 0)]
    )
    def test_streams_may_be_full_or_closed(self, redirect: str, code: int, environ: dict[str, str]) -> None:
        for line in (
            "loyaltyctl rules triggers",
            "loyaltyctl -p sandbox rules list --json",
            "loyaltyctl -p sandbox rules list --debug",
        ):
            ended = shell(f"{line} {redirect}", environ)
            assert ended.returncode == code, ended
            assert "Traceback" not in ended.stderr
            assert "Exception" not in ended.stderr

    def test_the_name_of_the_program_is_no_group_with_generated_help(self) -> None:
        assert _generated_help(["loyaltyctl", "--help"]) is None
        assert _generated_help(["--help"]) is not None
        assert _generated_help(["rules", "-h"]) is not None

    def test_the_generated_help_ends_silently_with_a_closed_pipe(self, environ: dict[str, str]) -> None:
        assert shell("loyaltyctl --help | true; echo ${PIPESTATUS[0]}", environ).stdout in {"0\n", "141\n"}
        assert shell("loyaltyctl --help >/dev/full", environ).returncode == 1
        assert shell("loyaltyctl --version >&-", environ).returncode == 0

    @pytest.mark.parametrize(
        "locale",
        [
            {"LC_ALL": "C"},
            {"LC_ALL": "POSIX"},
            {"PYTHONIOENCODING": "ascii"},
            {"PYTHONIOENCODING": "latin-1"},
        ],
    )
    def test_output_is_utf8_whatever_the_locale(
        self, locale: dict[str, str], program: Callable[..., subprocess.CompletedProcess[bytes]]
    ) -> None:
        rule = '{"title":"Käse 奶酪 👩‍🚀","trigger":"events/Rsvp","points":1}'.encode()

        made = program("-q -p sandbox rules create -f - --json", stdin=rule, env=locale)
        assert "Käse 奶酪 👩‍🚀".encode() in made.stdout
        assert (
            program(
                "-q -p sandbox rules create --title Käse --trigger events/Rsvp --points 1 -o tsv", env=locale
            ).returncode
            == 0
        )


class TestEnvironment:
    """No home folder, read-only folders, signals, hanging servers."""

    def test_without_a_home_folder_the_sandbox_is_an_error_with_its_path(self, tmp_path: object) -> None:
        ended = subprocess.run(
            [*PROGRAM, *LIST.split()],
            env={"HOME": "/dev/null", "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )

        assert ended.returncode == 1
        assert "LOYALTYCTL_DATA_DIR" in ended.stderr
        assert tmp_path

    def test_offline_commands_work_in_an_empty_environment(self) -> None:
        for line in ("--version", "rules triggers --json", "version"):
            assert (
                subprocess.run([*PROGRAM, *line.split()], env={}, capture_output=True, check=False).returncode
                == 0
            )

    def test_a_read_only_folder_fails_no_api_call(
        self,
        served: Served,
        environ: dict[str, str],
        program: Callable[..., subprocess.CompletedProcess[bytes]],
    ) -> None:
        assert (
            program(
                "rules list",
                env=served.environ
                | {"LOYALTYCTL_DATA_DIR": "/proc/nothing", "LOYALTYCTL_CONFIG_DIR": "/proc/nothing"},
            ).returncode
            == 0
        )
        refused = program(
            "rules bulk-create -f -",
            stdin=b'[{"title":"A","trigger":"events/Rsvp","points":1}]',
            env=environ | served.environ | {"LOYALTYCTL_DATA_DIR": "/proc/nothing"},
        )
        assert refused.returncode == 1
        assert b"cannot use the ledger" in refused.stderr

    @pytest.mark.parametrize(
        ("number", "code"), [(signal.SIGTERM, -15), (signal.SIGINT, 130), (signal.SIGHUP, -1)]
    )
    def test_signals_end_it_immediately(
        self, number: signal.Signals, code: int, serve: Callable[..., Served], environ: dict[str, str]
    ) -> None:
        served = serve("delay=60@list")
        process = subprocess.Popen(
            [*PROGRAM, "rules", "list", "--debug"],
            env=environ | served.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stderr
        process.stderr.readline()
        began = time.monotonic()
        process.send_signal(number)
        err = process.communicate()[1]

        assert process.returncode == code
        assert time.monotonic() - began < 30  # the response would take 60
        assert b"Traceback" not in err

    def test_an_interrupted_bulk_run_prints_how_to_resume(
        self, serve: Callable[..., Served], environ: dict[str, str], home: Home
    ) -> None:
        served = serve("delay=60@bulk-create")
        (home.work / "rules.csv").write_text("title,trigger,points\nA,events/Rsvp,1\n")
        process = subprocess.Popen(
            [*PROGRAM, "rules", "bulk-create", "-f", "rules.csv", "--debug"],
            env=environ | served.environ,
            cwd=home.work,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr
        while "> POST" not in process.stderr.readline():  # the first line about it is that of the journal
            pass
        process.send_signal(signal.SIGINT)

        assert process.communicate()[1].endswith("interrupted. Finish it with --resume\n")
        assert process.returncode == 130

    @pytest.mark.parametrize("seconds", ["0.5", "1.5"])
    def test_a_hanging_server_is_left_at_the_time_limit(
        self,
        seconds: str,
        serve: Callable[..., Served],
        program: Callable[..., subprocess.CompletedProcess[bytes]],
    ) -> None:
        served = serve("delay=60")
        began = time.monotonic()

        ended = program(f"rules list --timeout {seconds}", env=served.environ)
        assert ended.returncode == 7
        assert f"no response within {seconds} s" in ended.stderr.decode()
        assert time.monotonic() - began < 30  # the response would take 60


def test_the_sandbox_serves_until_it_is_stopped(environ: dict[str, str], home: Home) -> None:
    process = subprocess.Popen(
        [
            *PROGRAM,
            "sandbox",
            "serve",
            "--port",
            "0",
            "--api-key",
            KEY,
            "--fault",
            "lost@create*1",
            "--rate-limit",
            "50",
        ],
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    url, _, sign_in = (process.stderr.readline().strip().rpartition(" ")[2] for _ in range(3))
    assert sign_in == EXAMPLE_SITE
    env = {**environ, "LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_BASE_URL": url}

    created = subprocess.run(
        [
            *PROGRAM,
            "rules",
            "create",
            "--title",
            "A",
            "--trigger",
            "events/Rsvp",
            "--points",
            "1",
            "-o",
            "id",
        ],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "checking on the site whether this took effect" in created.stderr
    listed = subprocess.run(
        [*PROGRAM, "rules", "list", "-o", "id"], env=env, capture_output=True, text=True, check=True
    )
    assert created.stdout.strip() in listed.stdout
    second = subprocess.run(
        [*PROGRAM, "sandbox", "serve", "--port", url.rpartition(":")[2]],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert "cannot listen on" in second.stderr
    process.send_signal(signal.SIGINT)

    assert "error" not in process.communicate(timeout=10)[1]
    assert process.returncode == 0
    assert (home.data / "sandbox.sqlite3").exists()


@pytest.mark.parametrize(
    "spec",
    ["lost", "429=5@list*2%50", "delay=0.5@create-custom", 'body={"a":1}@get', "no-plain-path", "drip="],
)
def test_faults_are_parsed(spec: str) -> None:
    from loyaltyctl.sandbox.faults import Fault

    assert Fault.parse(spec).kind == spec.partition("=")[0].partition("@")[0].partition("*")[0]
