"""`loyaltyctl auth`, `config`, `version`, and what the shared flags mean everywhere."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl import __version__
from loyaltyctl.config.origins import DEFAULT_BASE_URL
from tests.conftest import KEY, NO_RULE, PURCHASE, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

LOGIN = f"auth login --api-key-stdin --site-id {SITE}"


class TestSigningIn:
    """auth login: checked, kept, and bound to its server."""

    def test_a_key_from_standard_input_is_checked_and_kept(
        self, run: Run, served: Served, home: Home
    ) -> None:
        signed_in = run(f"-p shop {LOGIN} --base-url {served.url}", stdin=KEY + "\n")

        assert [sent.method for sent in signed_in.sent] == ["GET"]
        assert stat.S_IMODE((home.config / "credentials.toml").stat().st_mode) == 0o600
        assert KEY not in (home.config / "config.toml").read_text()
        assert len(run("rules list --json").json()) == 7
        assert run("auth status --json").json() == {
            "profile": "shop", "kind": "API key", "credential": "…6789", "source": "profile shop", "server": served.url,
            "siteId": SITE, "accountId": None, "accepted": True,
        }  # fmt: skip

    def test_signing_in_again_keeps_the_server(self, run: Run, served: Served) -> None:
        run(f"-p shop {LOGIN} --offline", stdin="made-up-before", env={"LOYALTYCTL_BASE_URL": served.url})
        run("-p shop auth login --api-key-stdin", stdin=KEY)

        assert run("config get base-url").out == f"{served.url}\n"
        assert len(run("rules list --json").json()) == 7

    def test_a_key_that_is_refused_is_not_kept(self, run: Run, served: Served, home: Home) -> None:
        refused = run(f"{LOGIN} --base-url {served.url}", stdin="wrong-key", code=4)

        assert "401 UNAUTHENTICATED" in refused.err
        assert refused.err.endswith(
            "\nhint: Nothing was stored. The key or token is wrong, expired or revoked. Check the key or secret, and sign in again.\n"
        )
        assert not home.config.exists()

    @pytest.mark.parametrize("fault", ["html", "redirect=http://127.0.0.1:1/", "500", "403", "lost"])
    def test_a_server_that_does_not_accept_it_is_not_taken_for_another_one(
        self, fault: str, run: Run, serve: Callable[..., Served], home: Home
    ) -> None:
        refused = run(f"{LOGIN} --base-url {serve(fault).url}", stdin=KEY, code=None)

        assert "\nhint: Nothing was stored. " in refused.err
        assert "loyaltyctl " not in refused.err.partition("hint: ")[2]
        assert not home.config.exists()

    def test_it_is_not_asked_about_offline(self, run: Run) -> None:
        assert run(f"{LOGIN} --offline", stdin=KEY).sent == []
        assert run("auth status --offline --json").json()["accepted"] is None

    def test_a_key_may_come_from_a_file_or_the_environment(self, run: Run, home: Home) -> None:
        (home.work / "key").write_text(KEY)
        run(f"-p a auth login --api-key-file key --site-id {SITE} --offline")
        result = run(f"-p b auth login --site-id {SITE} --offline", env={"LOYALTYCTL_API_KEY": KEY})

        assert "taking the API key from LOYALTYCTL_API_KEY" in result.err
        assert (home.config / "credentials.toml").read_text().count(KEY) == 2

    def test_an_app_signs_in_with_its_secret(self, run: Run, served: Served, home: Home) -> None:
        run(
            f"-p app auth login --app-id app-1 --instance-id {SITE} --app-secret-stdin --base-url {served.url}",
            stdin=KEY,
        )

        assert [sent.method for sent in run("-p app rules list").sent] == ["GET"]
        assert "[tokens." in (home.config / "credentials.toml").read_text()
        assert run("-p app auth status --json").json()["kind"] == "app"

    def test_an_app_may_be_in_the_environment_alone(self, run: Run, served: Served) -> None:
        env = {
            "LOYALTYCTL_APP_ID": "a",
            "LOYALTYCTL_APP_SECRET": KEY,
            "LOYALTYCTL_INSTANCE_ID": SITE,
            "LOYALTYCTL_BASE_URL": served.url,
        }

        assert [sent.method for sent in run("rules list", env=env).sent] == ["POST", "GET"]
        assert [sent.method for sent in run("rules list", env=env).sent] == ["GET"]

    def test_a_site_is_one_site_however_its_id_is_spelled(self, run: Run, served: Served, home: Home) -> None:
        line = f"-p shop auth login --api-key-stdin --site-id {SITE.upper()} --base-url {served.url}"
        assert run(line, stdin=KEY).sent[0].headers["wix-site-id"] == SITE
        run("rules list")
        run("rules list", env={"LOYALTYCTL_SITE_ID": SITE.upper()})

        assert run("config get site-id").out == f"{SITE}\n"
        assert len([*(home.data / "calls").iterdir()]) == 1

    def test_an_account_may_stand_in_for_a_site(self, run: Run, served: Served) -> None:
        run(f"-p acc auth login --api-key-stdin --account-id {NO_RULE} --base-url {served.url}", stdin=KEY)

        assert run("-p acc rules list -v").sent[0].headers["wix-account-id"] == NO_RULE

    @pytest.mark.parametrize(("line", "stdin", "why"), [
        ("auth login", "", "there is no API key, and nobody can be asked"),
        (f"auth login --site-id {SITE} --api-key-stdin", "", "the API key is empty"),
        (f"auth login --site-id {SITE} --api-key-stdin", "a b", "the API key has characters"),
        ("auth login --api-key-stdin", KEY, "--site-id is missing"),
        ("auth login --api-key-stdin --site-id x", KEY, "a site id must be a GUID"),
        ("auth login --api-key-stdin --api-key-file x", KEY, "contradict each other"),
        ("auth login --api-key-file nothing", "", "cannot read the API key from its file: No such file"),
        (f"auth login --api-key-stdin --site-id {SITE} --base-url http://example.com", KEY, "plain http goes to this machine only"),
        ("-p sandbox auth login", "", "the profile sandbox is built in"),
        ("auth login --app-id a --app-secret-stdin", KEY, "--instance-id is missing"),
        ("auth login --app-id a --instance-id b", "", "there is no app secret"),
        ("-p a/b auth login", "", "a profile's name has letters"),
    ])  # fmt: skip
    def test_what_is_missing_or_wrong_is_said(
        self, line: str, stdin: str, why: str, run: Run, home: Home
    ) -> None:
        result = run(line, stdin=stdin, code=None)

        assert result.code in {2, 6}
        assert why in result.err
        assert not home.config.exists()


class TestStatus:
    """auth status: what is in use, and from where."""

    def test_nobody_is_signed_in(self, run: Run) -> None:
        error = run("auth status --json", code=4).error()

        assert error["code"] == "NO_CREDENTIALS"
        assert "auth login" in error["hint"]
        assert "-p sandbox" in error["hint"]

    def test_the_sandbox_needs_nothing(self, run: Run) -> None:
        assert run("-p sandbox auth status --json").json()["accepted"] is True

    def test_the_environment_is_named(self, run: Run, served: Served) -> None:
        assert (
            run("auth status --json", env=served.environ).json()["source"] == "environment LOYALTYCTL_API_KEY"
        )

    def test_a_key_that_the_api_refuses_is_shown_and_ends_with_four(self, run: Run, served: Served) -> None:
        refused = run("auth status --json", env=served.environ | {"LOYALTYCTL_API_KEY": "wrong"}, code=4)

        assert refused.json()["accepted"] is False
        assert refused.error()["httpStatus"] == 401

    def test_the_way_to_a_better_key_is_where_the_refused_one_comes_from(
        self, run: Run, served: Served, home: Home
    ) -> None:
        (home.work / "key").write_text("wrong")
        run(f"-p shop {LOGIN} --base-url {served.url} --offline", stdin="wrong")
        target = {"LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_BASE_URL": served.url}
        app = {"LOYALTYCTL_APP_ID": "a", "LOYALTYCTL_APP_SECRET": "wrong", "LOYALTYCTL_INSTANCE_ID": SITE}
        where = {
            "LOYALTYCTL_API_KEY": {"LOYALTYCTL_API_KEY": "wrong"},
            "LOYALTYCTL_API_KEY_FILE": {"LOYALTYCTL_API_KEY_FILE": "key"},
            "LOYALTYCTL_APP_SECRET": app,
        }

        for name, env in where.items():
            hint = run("rules list --json", env=target | env, code=4).error()["hint"]
            assert hint.endswith(f"revoked. Put a new one where it comes from: {name}")
        hint = run("-p shop rules list --json", code=4).error()["hint"]
        assert hint.endswith("revoked. Sign in again with: loyaltyctl -p shop auth login")

    def test_a_server_that_is_away_is_no_refusal(self, run: Run, served: Served) -> None:
        away = served.environ | {"LOYALTYCTL_BASE_URL": "http://127.0.0.1:1"}

        shown = run("auth status --retries 0 --json", env=away, code=7)
        assert shown.json()["source"] == "environment LOYALTYCTL_API_KEY"
        assert shown.json()["accepted"] is None


def test_signing_out_and_switching(run: Run) -> None:
    run(f"-p one {LOGIN} --offline", stdin=KEY)
    run(f"-p two {LOGIN} --offline", stdin=KEY)

    assert run("config get profile").out == "one\n"
    run("auth switch two")
    assert run("config get profile").out == "two\n"
    run("auth logout")
    run("auth status", code=4)
    assert "no credentials are stored" in run("auth logout").err
    assert run("-p one auth status --offline -o id").out == "one\n"
    run("auth switch sandbox")
    assert len(run("rules list --json").json()) == 7
    assert "known are one, two, sandbox" in run("auth switch nobody", code=3).err


def test_what_is_done_is_told_in_data_where_data_is_wanted(run: Run, home: Home) -> None:
    signed_in = run(f"-p one {LOGIN} --offline --json", stdin=KEY)
    assert signed_in.json() == {"profile": "one", "server": "https://www.wixapis.com", "inUse": True}
    assert run(f"-p two {LOGIN} --offline --json", stdin=KEY).json()["inUse"] is False
    assert run("auth switch two --json").json() == {"profile": "two"}
    assert run("auth logout --json").json() == {"profile": "two", "removed": True}
    assert run("sandbox reset -y --json").json() == {"database": str(home.data / "sandbox.sqlite3")}
    assert run("auth switch one").out == ""


def test_a_hint_is_for_the_profile_that_was_used(run: Run, served: Served) -> None:
    missing = run(f"-p sandbox rules pause {NO_RULE}", code=3)
    assert "hint: See: loyaltyctl -p sandbox rules list" in missing.err
    assert "hint: See: loyaltyctl rules list" in run(f"rules pause {NO_RULE}", env=served.environ, code=3).err


@pytest.mark.parametrize("value", ["0", "false", "No"])
def test_a_variable_can_say_no(value: str, run: Run) -> None:
    assert "> GET" not in run("-p sandbox rules list", env={"LOYALTYCTL_DEBUG": value}).err


def test_a_stored_key_never_goes_to_another_server(
    run: Run, served: Served, serve: Callable[..., Served]
) -> None:
    run(f"-p shop {LOGIN} --base-url {served.url}", stdin=KEY)
    other = serve()

    for line in ("rules list", f"rules get {PURCHASE}", "auth status"):
        refused = run(f"-p shop {line}", env={"LOYALTYCTL_BASE_URL": other.url}, code=4)
        assert f"was stored for {served.url} and is not sent to {other.url}" in refused.err
        assert refused.sent == []


class TestConfig:
    """config: settings, and where each comes from."""

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

    def test_a_site_and_an_account_take_each_others_place(self, run: Run) -> None:
        run(f"-p shop config set site-id {SITE}")
        run(f"-p shop config set account-id {NO_RULE}")

        assert run("-p shop config get site-id --json").json()["value"] is None
        assert run("-p shop config get account-id").out == f"{NO_RULE}\n"

    def test_the_list_says_where_each_comes_from(self, run: Run) -> None:
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
    def test_what_makes_no_sense_is_refused(self, line: str, code: int, run: Run, home: Home) -> None:
        assert run(line, code=code).err
        assert not (home.config / "config.toml").exists()

    def test_a_broken_file_is_named_by_every_command_that_reads_it(self, run: Run, home: Home) -> None:
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
    def test_a_broken_file_stops_nothing_that_needs_no_setting(self, text: str, run: Run, home: Home) -> None:
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
            told = run(line)
            assert told.out
            assert told.err.startswith(f"warning: {home.config / 'config.toml'}: ")
            assert told.err.count("\n") == 1
            assert run(f"{line} -o json").err == run(line, env={"LOYALTYCTL_OUTPUT": "json"}).err == ""
        for line in ("help", "completion bash", "version -q"):
            told = run(line)
            assert told.out
            assert told.err == ""
        assert run("version", env={"LOYALTYCTL_OUTPUT": "xml"}, code=2).out == ""

    def test_a_broken_file_is_told_before_credentials_are_kept(self, run: Run, home: Home) -> None:
        home.config.mkdir()
        (home.config / "config.toml").write_text("profile = ")
        line = f"-p shop auth login --api-key-stdin --offline --site-id {SITE} --base-url {DEFAULT_BASE_URL}"

        assert "config.toml" in run(f"{line} -o json", stdin=KEY, code=6).err
        assert not (home.config / "credentials.toml").exists()


class TestSharedFlags:
    """The same flags, before and after the command."""

    @pytest.mark.parametrize("line", [
        "-p sandbox --json rules list", "--json rules -p sandbox list", "rules list -p sandbox -o json", "rules --output=json list --profile sandbox",
        "-o csv -p sandbox rules list -o json", "-p nobody rules -p sandbox list --json",
    ])  # fmt: skip
    def test_they_stand_anywhere_and_the_nearest_one_counts(self, line: str, run: Run) -> None:
        assert len(run(line).json()) == 7

    def test_those_that_a_command_must_take_are_kept_for_it(self, run: Run, home: Home) -> None:
        (home.work / "rule.json").write_text('{"title": "A", "trigger": "events/Rsvp", "points": 1}')

        assert run("-f rule.json -p sandbox rules create --json").json()["title"] == "A"
        assert (
            run(f"--revision 1 -p sandbox rules update {PURCHASE} --title B --json").json()["revision"] == "2"
        )
        assert run("-n -p sandbox rules create -f rule.json").sent == []

    @pytest.mark.parametrize(("line", "flag"), [
        ("-f x -p sandbox rules list", "--file"), ("--revision 1 -p sandbox rules list", "--revision"), ("-n config set output json", "--dry-run"),
        ("--curl sandbox reset -y", "--curl"), ("-n auth login", "--dry-run"), ("-n rules triggers", "--dry-run"),
    ])  # fmt: skip
    def test_those_that_it_does_not_take_are_refused(self, line: str, flag: str, run: Run) -> None:
        assert f"takes no {flag}" in run(line, code=2).err

    def test_a_format_is_one_format(self, run: Run) -> None:
        run("rules triggers --json -o csv", code=2)
        assert run("rules triggers --json -o json").json()
        assert run("rules triggers", env={"LOYALTYCTL_OUTPUT": "json"}).json()
        assert (
            "output (environment LOYALTYCTL_OUTPUT)"
            in run("rules triggers", env={"LOYALTYCTL_OUTPUT": "xml"}, code=2).err
        )

    def test_quiet_verbose_and_debug(self, run: Run, served: Served) -> None:
        assert run("rules list -q", env=served.environ).err == ""
        assert "credentials: environment LOYALTYCTL_API_KEY" in run("rules list -v", env=served.environ).err
        traced = run("rules list --debug", env=served.environ).err
        assert f"> GET {served.url}/_api/loyalty-earning-rules/v1/earning-rules/rules" in traced
        assert "Authorization: …6789" in traced
        assert "< 200 after" in traced
        assert "X-Wix-Request-Id: " in traced

    def test_colours_are_wanted_or_not(self, run: Run) -> None:
        def table(line: str = "", **env: str) -> str:
            return run(f"rules triggers -o table {line}", env=env).out

        assert "\x1b[" not in table()
        assert "\x1b[" in table("--color always")
        assert "\x1b[" in table(FORCE_COLOR="1")
        assert "\x1b[" not in table(FORCE_COLOR="1", NO_COLOR="1")
        assert "\x1b[" not in table("--color never", FORCE_COLOR="1")
        assert "\x1b[" in table("--color always", NO_COLOR="1")
        assert "\x1b[" not in table(GITHUB_ACTIONS="true", CI="true")


class TestErrors:
    """Errors for people and for programs."""

    @pytest.mark.parametrize(("line", "code"), [
        ("--json rules list", 4), ("rules list --json", 4), ("rules lst --json", 2), ("rules list --limt 3 -o json", 2), ("rules list --json --limit x", 2),
        ("rules get --output=json", 2), ("-p sandbox rules list --fields titel --json", 2), (f"-p sandbox rules get {NO_RULE} --json", 3), ("-ojson rules nothing", 2),
    ])  # fmt: skip
    def test_they_are_one_object_under_json(self, line: str, code: int, run: Run) -> None:
        result = run(line, code=code)
        error = result.error()

        assert result.out == ""
        assert error["exitCode"] == code
        assert {"code", "message", "hint", "exitCode"} <= set(error)

    @pytest.mark.parametrize(("line", "message", "hint"), [
        ("rules lst", "no such command 'lst'", "loyaltyctl rules --help"),
        ("rules get", "missing argument 'ID...'", "loyaltyctl rules get --help"),
        ("rules list --status maybe", "'maybe' is not one of", "loyaltyctl rules list --help"),
    ])  # fmt: skip
    def test_a_slip_is_pointed_out_with_where_to_look(
        self, line: str, message: str, hint: str, run: Run
    ) -> None:
        result = run(line, code=2)

        assert message in result.err
        assert f"hint: See: {hint}" in result.err

    def test_an_api_error_has_its_violations_and_its_request_id(self, run: Run, served: Served) -> None:
        result = run(
            f"rules update {PURCHASE} --title {'x' * 51} --revision 1 --json", env=served.environ, code=2
        )
        assert result.sent == []
        conflict = run(f"rules delete {PURCHASE} -y --revision 7", env=served.environ, code=5)
        assert "(409 INVALID_REVISION)" in conflict.err
        assert "request id: " in conflict.err

    def test_a_hostile_message_is_harmless(self, run: Run, serve: Callable[..., Served]) -> None:
        body = json.dumps({"earningRules": [{"id": "\x1b[2J\u202e", "title": "\x1b]0;x\x07"}]})
        served = serve(f"body={body}@list")

        for line in (
            "rules list",
            "rules list -o table",
            "rules list -o csv",
            "rules list --json",
            "rules list --debug",
        ):
            result = run(line, env=served.environ)
            assert "\x1b" not in result.out + result.err
            assert "\u202e" not in result.out + result.err

    def test_many_problems_are_cut_on_a_screen_and_whole_in_json(self, run: Run) -> None:
        rows = "title,trigger,points\n" + "A,events/Rsvp,x\n" * 80

        assert "  and 30 more" in run("-p sandbox rules bulk-create -f -", stdin=rows, code=6).err
        assert (
            len(run("-p sandbox rules bulk-create -f - --json", stdin=rows, code=6).error()["details"]) == 80
        )


def test_groups_alone_print_their_help(run: Run) -> None:
    alone = run("rules", code=2)

    assert alone.out == ""
    assert "Usage: loyaltyctl rules" in alone.err
    assert "Usage: loyaltyctl [OPTIONS]" in run("-q").out
    assert run("-V rules list").out == f"loyaltyctl {__version__}\n"


def test_the_version_is_told_with_what_it_runs_on(run: Run) -> None:
    facts: Any = run("version --json").json()

    assert facts["version"] == __version__
    assert set(facts) == {"version", "python", "platform"}
    assert run("version").out.startswith(f"{__version__}\t")


@pytest.mark.parametrize(
    "line",
    [
        "config set timeout 9",
        "config unset timeout",
        "sandbox reset -y",
        "auth switch sandbox",
        "auth logout",
        f"{LOGIN} --offline",
    ],
)
@pytest.mark.parametrize("more", ["", "--json"])
def test_nothing_is_done_for_fields_that_are_none(line: str, more: str, run: Run, home: Home) -> None:
    refused = run(f"{line} --fields nope {more}", stdin=KEY, code=2)

    assert "nope" in refused.err
    assert not home.config.exists()
    assert not home.data.exists()


def test_what_is_done_is_not_called_a_wrong_use(run: Run) -> None:
    done = run(["config", "set", "timeout", "9", "--query", "abs(key)"], code=1)

    assert done.json() == {"key": "timeout", "value": "9"}
    assert "it is done" in done.err
