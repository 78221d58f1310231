"""The program as a process: terminals and pipes, prompts and signals, and a poor environment."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.cli.sandbox import A_SITE
from tests.cli.terminal import Screen, on_terminal
from tests.conftest import KEY, PURCHASE, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

LIST = "-p sandbox rules list"
DELETE = f"-p sandbox rules delete {PURCHASE}"
ME = [sys.executable, "-m", "loyaltyctl"]


def screen(line: str, environ: dict[str, str], *answers: tuple[str, str], **more: Any) -> Screen:
    return on_terminal(shlex.split(line), environ, answers, **more)


class TestOnATerminal:
    """Tables, colours, prompts and bars are for people."""

    def test_a_list_is_a_table_in_colours(self, environ: dict[str, str]) -> None:
        shown = screen(LIST, environ)

        assert shown.code == 0
        assert "\x1b[1mID" in shown.text
        assert "\x1b[32mACTIVE" in shown.text
        assert PURCHASE in shown.text
        assert "y ago" not in screen(LIST, environ, columns=60).text

    @pytest.mark.parametrize("plain", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
    def test_without_colours_where_they_are_not_wanted(
        self, plain: dict[str, str], environ: dict[str, str]
    ) -> None:
        assert "\x1b[" not in screen(LIST, environ | plain).text

    def test_json_is_indented(self, environ: dict[str, str]) -> None:
        assert '\n    "id": ' in screen(f"{LIST} --json", environ).text

    def test_help_is_the_same_as_in_a_pipe(
        self, environ: dict[str, str], program: Callable[..., subprocess.CompletedProcess[bytes]]
    ) -> None:
        for line in ("--help", "rules --help", "rules list --help"):
            assert screen(line, environ).text == program(line).stdout.decode()
            assert (
                program(line, env={"GITHUB_ACTIONS": "true", "FORCE_COLOR": "1"}).stdout
                == program(line).stdout
            )

    @pytest.mark.parametrize(
        ("answer", "code", "left"),
        [
            ("y", 0, 6),
            ("yes", 0, 6),
            ("YES", 0, 6),
            ("n", 11, 7),
            ("", 11, 7),
            ("^D", 11, 7),
            ("maybe", 11, 7),
        ],
    )
    def test_a_delete_asks(
        self, answer: str, code: int, left: int, environ: dict[str, str], run: Run
    ) -> None:
        asked = screen(DELETE, environ, ("[y/N]", answer))

        assert 'Delete "Purchase a product" from sandbox? [y/N]' in asked.text
        assert asked.code == code
        assert len(run(f"{LIST} --json").json()) == left

    @pytest.mark.parametrize("quiet", [{"CI": "true"}, {"LOYALTYCTL_NO_INPUT": "1"}])
    def test_nobody_is_asked_where_that_is_not_wanted(
        self, quiet: dict[str, str], environ: dict[str, str]
    ) -> None:
        assert screen(DELETE, environ | quiet).code == 2
        assert screen(f"{DELETE} --no-input", environ).code == 2

    def test_signing_in_asks_without_showing_the_key(
        self, environ: dict[str, str], served: Served, home: Home
    ) -> None:
        signed_in = screen(
            f"auth login --base-url {served.url}", environ, ("not shown", KEY), ("Site id", SITE)
        )

        assert signed_in.code == 0
        assert f"{served.url} is on this machine" in signed_in.text
        assert "Wix dashboard" not in signed_in.text
        assert KEY not in signed_in.text
        assert SITE in signed_in.text
        assert "signed in; the profile default is used when -p names no other" in signed_in.text
        assert KEY in (home.config / "credentials.toml").read_text()

    def test_signing_in_says_where_key_and_site_are_found_and_takes_the_dashboards_address(
        self, environ: dict[str, str], home: Home
    ) -> None:
        address = f"https://manage.wix.com/dashboard/{SITE}/home?x=1"

        signed_in = screen("auth login --offline", environ, ("not shown", KEY), ("Site id", address))

        assert "Two things are needed" in signed_in.text
        assert "API Keys Manager" in signed_in.text
        assert "what follows /dashboard/" in signed_in.text
        assert "Next: loyaltyctl rules list" in signed_in.text
        assert f'site-id = "{SITE}"' in (home.config / "config.toml").read_text()

    def test_enter_instead_of_a_key_leads_to_the_sandbox(self, environ: dict[str, str], home: Home) -> None:
        declined = screen("auth login", environ, ("not shown", ""))

        assert declined.code == 11
        assert declined.text.endswith("in the sandbox: loyaltyctl -p sandbox rules list\n")
        assert "error" not in declined.text
        assert not home.config.exists()

    def test_nothing_typed_is_nothing_done(self, environ: dict[str, str]) -> None:
        assert screen("auth login", environ, ("not shown", "^D")).code == 11

    def test_a_wrong_site_id_is_asked_for_again(self, environ: dict[str, str]) -> None:
        wrong = (
            ("not shown", KEY),
            ("Site id", "nonsense"),
            ("the site id is what follows", "https://x.example/"),
        )
        asked = screen("auth login --offline", environ, *wrong, ("the site id is what follows", SITE.upper()))
        in_vain = screen(
            "-p b auth login", environ, *wrong, ("the site id is what follows", "https://x/dashboard/y")
        )

        assert asked.code == 0
        assert asked.text.count("Site id, or the address") == 3
        assert in_vain.code == 2
        assert "hint: Give it with: --site-id ID" in in_vain.text

    @pytest.mark.parametrize("said", [
        f"'{SITE}'", f"{{{SITE}}}", f'  "{SITE.upper()}",', f"https://manage.wix.com/dashboard/{SITE}", f"manage.wix.com/dashboard/{SITE}?ref=x#y",
        f'"https://manage.wix.com/en/dashboard/{SITE}"', f"https://x.example/y?to=dashboard/{SITE}&z=1",
    ])  # fmt: skip
    def test_a_site_id_may_be_typed_as_it_is_found(
        self, said: str, environ: dict[str, str], home: Home
    ) -> None:
        assert screen("auth login --offline", environ, ("not shown", KEY), ("Site id", said)).code == 0
        assert f'site-id = "{SITE}"' in (home.config / "config.toml").read_text()

    def test_what_is_given_is_not_called_needed(self, environ: dict[str, str]) -> None:
        signed_in = screen(f"auth login --offline --site-id {SITE}", environ, ("not shown", KEY))

        assert signed_in.code == 0
        assert "An API key is needed, from the Wix dashboard" in signed_in.text
        assert "Two things" not in signed_in.text

    def test_a_key_for_standard_input_is_not_shown_on_a_terminal(
        self, environ: dict[str, str], home: Home
    ) -> None:
        line = f"auth login --offline --api-key-stdin --site-id {SITE}"
        signed_in = screen(line, environ | {"LOYALTYCTL_API_KEY": "another"}, ("not shown", KEY))

        assert signed_in.code == 0
        assert KEY not in signed_in.text
        assert KEY in (home.config / "credentials.toml").read_text()
        assert "hint: Pipe it in with --api-key-stdin" in screen(f"{line} --no-input", environ).text

    def test_many_rules_have_a_progress_bar(
        self, environ: dict[str, str], home: Home, serve: Callable[..., Served]
    ) -> None:
        served = serve("delay=0.8@bulk-create")
        (home.work / "rules.csv").write_text(
            "title,trigger,points\n" + "".join(f"R{i},events/Rsvp,1\n" for i in range(250))
        )
        shown = screen("rules bulk-create -f rules.csv", environ | served.environ)

        assert shown.code == 0
        assert "creating rules" in shown.text
        assert "250/250" in shown.text
        assert "250 created" in shown.text

    def test_a_file_may_be_typed(self, environ: dict[str, str]) -> None:
        typed = screen(
            "-p sandbox rules create -f -",
            environ,
            ("end with Ctrl-D", '{"title":"A","trigger":"events/Rsvp","points":1}'),
            ("points", "^D"),
        )

        assert typed.code == 0
        assert 'created "A"' in typed.text

    def test_an_interruption_is_no_failure_of_the_program(
        self, environ: dict[str, str], serve: Callable[..., Served]
    ) -> None:
        served = serve("delay=3@list")
        for line, prompt in (("rules list --debug", "> GET"), ("auth login", "API key")):
            stopped = screen(line, environ | (served.environ if "list" in line else {}), (prompt, "^C"))
            assert stopped.code == 130
            assert "interrupted" in stopped.text
            assert "Traceback" not in stopped.text

    def test_an_empty_list_says_so(self, environ: dict[str, str]) -> None:
        assert "nothing found" in screen(f"{LIST} --kind custom", environ).text


def shell(line: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A line of bash, in which `loyaltyctl` is the program."""
    script = f'set -o pipefail; loyaltyctl() {{ {shlex.join(ME)} "$@"; }}; {line}'
    return subprocess.run(
        ["/bin/bash", "-c", script], env=environ, capture_output=True, text=True, timeout=60, check=False
    )


class TestInAPipe:
    """Readers that go away, full disks, closed streams."""

    @pytest.mark.parametrize(
        "line", ["loyaltyctl -q -p sandbox rules list -o jsonl", "loyaltyctl rules triggers"]
    )
    def test_a_reader_that_goes_away_ends_it_without_a_word(
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

    def test_a_long_list_into_a_closed_pipe_is_141(self, environ: dict[str, str], home: Home) -> None:
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

    def test_the_ready_made_help_takes_a_closed_pipe_too(self, environ: dict[str, str]) -> None:
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


class TestInAPoorEnvironment:
    """No home, no right to write, no patience."""

    def test_without_a_home_the_sandbox_says_where_it_cannot_go(self, tmp_path: object) -> None:
        ended = subprocess.run(
            [*ME, *LIST.split()],
            env={"HOME": "/dev/null", "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )

        assert ended.returncode == 1
        assert "LOYALTYCTL_DATA_DIR" in ended.stderr
        assert tmp_path

    def test_an_empty_environment_is_enough_for_what_needs_none(self) -> None:
        for line in ("--version", "rules triggers --json", "version"):
            assert (
                subprocess.run([*ME, *line.split()], env={}, capture_output=True, check=False).returncode == 0
            )

    def test_a_folder_that_cannot_be_written_costs_no_call(
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
        assert b"cannot write the journal" in refused.stderr

    @pytest.mark.parametrize(
        ("number", "code"), [(signal.SIGTERM, -15), (signal.SIGINT, 130), (signal.SIGHUP, -1)]
    )
    def test_signals_end_it_at_once(
        self, number: signal.Signals, code: int, serve: Callable[..., Served], environ: dict[str, str]
    ) -> None:
        served = serve("delay=4@list")
        process = subprocess.Popen(
            [*ME, "rules", "list", "--debug"],
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
        assert time.monotonic() - began < 2
        assert b"Traceback" not in err

    def test_a_bulk_run_that_is_interrupted_says_how_to_go_on(
        self, serve: Callable[..., Served], environ: dict[str, str], home: Home
    ) -> None:
        served = serve("delay=4@bulk-create")
        (home.work / "rules.csv").write_text("title,trigger,points\nA,events/Rsvp,1\n")
        process = subprocess.Popen(
            [*ME, "rules", "bulk-create", "-f", "rules.csv", "--debug"],
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
    def test_a_server_that_hangs_is_left_at_the_time_limit(
        self,
        seconds: str,
        serve: Callable[..., Served],
        program: Callable[..., subprocess.CompletedProcess[bytes]],
    ) -> None:
        served = serve("delay=4")
        began = time.monotonic()

        ended = program(f"rules list --timeout {seconds}", env=served.environ)
        assert ended.returncode == 7
        assert time.monotonic() - began < float(seconds) + 1.5


def test_the_sandbox_serves_until_it_is_stopped(environ: dict[str, str], home: Home) -> None:
    process = subprocess.Popen(
        [
            *ME,
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
    assert sign_in == A_SITE
    env = {**environ, "LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_BASE_URL": url}

    created = subprocess.run(
        [*ME, "rules", "create", "--title", "A", "--trigger", "events/Rsvp", "--points", "1", "-o", "id"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "not sure whether this took effect" in created.stderr
    listed = subprocess.run(
        [*ME, "rules", "list", "-o", "id"], env=env, capture_output=True, text=True, check=True
    )
    assert created.stdout.strip() in listed.stdout
    second = subprocess.run(
        [*ME, "sandbox", "serve", "--port", url.rpartition(":")[2]],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert "cannot listen on" in second.stderr
    process.send_signal(signal.SIGINT)

    assert process.communicate(timeout=10)[1] == ""
    assert process.returncode == 0
    assert (home.data / "sandbox.sqlite3").exists()


@pytest.mark.parametrize(
    "spec",
    ["lost", "429=5@list*2%50", "delay=0.5@create-custom", 'body={"a":1}@get', "no-plain-path", "drip="],
)
def test_faults_are_read(spec: str) -> None:
    from loyaltyctl.sandbox.faults import Fault

    assert Fault.parse(spec).kind == spec.partition("=")[0].partition("@")[0].partition("*")[0]
