"""Shared flags, error messages, and the version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl import __version__
from tests.conftest import KEY, NO_RULE, PURCHASE, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

LOGIN = f"auth login --api-key-stdin --site-id {SITE}"


class TestSharedFlags:
    """Shared flags before and after the command."""

    @pytest.mark.parametrize("line", [
        "-p sandbox --json rules list", "--json rules -p sandbox list", "rules list -p sandbox -o json", "rules --output=json list --profile sandbox",
        "-o csv -p sandbox rules list -o json", "-p nobody rules -p sandbox list --json",
    ])  # fmt: skip
    def test_flags_are_accepted_anywhere_and_the_last_one_counts(self, line: str, run: Run) -> None:
        assert len(run(line).json()) == 7

    def test_optional_flags_before_a_command_are_passed_to_it(self, run: Run, home: Home) -> None:
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
    def test_optional_flags_are_refused_by_other_commands(self, line: str, flag: str, run: Run) -> None:
        assert f"takes no {flag}" in run(line, code=2).err

    def test_two_formats_are_an_error(self, run: Run) -> None:
        run("rules triggers --json -o csv", code=2)
        assert run("rules triggers --json -o json").json()
        assert run("rules triggers", env={"LOYALTYCTL_OUTPUT": "json"}).json()
        assert (
            "output (environment LOYALTYCTL_OUTPUT)"
            in run("rules triggers", env={"LOYALTYCTL_OUTPUT": "xml"}, code=2).err
        )

    def test_quiet_verbose_and_debug_select_the_messages(self, run: Run, served: Served) -> None:
        assert run("rules list -q", env=served.environ).err == ""
        assert "credentials: environment LOYALTYCTL_API_KEY" in run("rules list -v", env=served.environ).err
        refused = run("rules list -v", env={"LOYALTYCTL_API_KEY": KEY}, code=2)
        assert refused.err.startswith("error: an API key needs the id of a site\n")
        traced = run("rules list --debug", env=served.environ).err
        assert f"> GET {served.url}/_api/loyalty-earning-rules/v1/earning-rules/rules" in traced
        assert "Authorization: …6789" in traced
        assert "< 200 after" in traced
        assert "X-Wix-Request-Id: " in traced

    def test_color_follows_flags_and_environment(self, run: Run) -> None:
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
    def test_errors_are_one_object_with_json(self, line: str, code: int, run: Run) -> None:
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
    def test_a_usage_error_has_a_hint_at_the_help(self, line: str, message: str, hint: str, run: Run) -> None:
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

    def test_control_characters_in_a_message_are_escaped(
        self, run: Run, serve: Callable[..., Served]
    ) -> None:
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

    def test_many_problems_are_truncated_as_text_and_complete_in_json(self, run: Run) -> None:
        rows = "title,trigger,points\n" + "A,events/Rsvp,x\n" * 80

        assert "  and 30 more" in run("-p sandbox rules bulk-create -f -", stdin=rows, code=6).err
        assert (
            len(run("-p sandbox rules bulk-create -f - --json", stdin=rows, code=6).error()["details"]) == 80
        )


def test_a_group_without_a_command_prints_its_help(run: Run) -> None:
    alone = run("rules", code=2)

    assert alone.out == ""
    assert "Usage: loyaltyctl rules" in alone.err
    assert "Usage: loyaltyctl [OPTIONS]" in run("-q").out
    assert run("-V rules list").out == f"loyaltyctl {__version__}\n"


def test_version_prints_python_and_platform(run: Run) -> None:
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
def test_nothing_is_changed_for_unknown_fields(line: str, more: str, run: Run, home: Home) -> None:
    refused = run(f"{line} --fields nope {more}", stdin=KEY, code=2)

    assert "nope" in refused.err
    assert not home.config.exists()
    assert not home.data.exists()


def test_a_change_that_cannot_be_shown_is_not_a_usage_error(run: Run) -> None:
    done = run(["config", "set", "timeout", "9", "--query", "abs(key)"], code=1)

    assert done.json() == {"key": "timeout", "value": "9"}
    assert "it is done" in done.err
