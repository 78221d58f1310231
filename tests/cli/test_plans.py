"""Rules as files: `rules apply` with saved plans, `copy`, `rollback` and `history`, on one site and on several."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.terminal import Screen, on_terminal
from tests.cli.test_files import CONTROL, SITES, actions, put, shops
from tests.conftest import GOLD, KEY, NO_RULE, PURCHASE, RSVP, SESSION, SIGN_UP, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, ImpatientClock, Result, Run, Served

__all__ = ["shops"]

APPLY = "-p sandbox rules apply"
PLAN = "a7d0b3c5-2e4f-4c61-9d38-5f7b1e0c9a62"
WRITES = {"POST", "PUT", "DELETE", "PATCH"}

RULES = """\
rules:
- title: Purchase a product
  trigger: stores/OrderPaid
  earn: 30 per 1
- title: Book a session
  trigger: bookings/BookingConfirmed
- title: Tickets
  trigger: events/OrderConfirmed
  earn: 5 points
"""
"""An update, a rule that is as it should be, a new rule; with --prune also two pauses and a delete."""
AUTOMATED = """\
- {title: Again, trigger: wix_members-uou_signs_up, earn: 5 points}
- {title: Purchase a product, trigger: stores/OrderPaid, earn: 30 per 1}
"""
"""A rule that nobody can create, and an update."""


def site(run: Run, profile: str = "sandbox", env: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """The rules of a site, by title, without what each write changes."""
    own = {"revision", "updatedDate", "createdDate"}
    rules = run(f"{f'-p {profile} ' if profile else ''}rules list --json -q", env=env).json()
    return {rule["title"]: {name: value for name, value in rule.items() if name not in own} for rule in rules}


def writes(*results: Result) -> list[str]:
    return [sent.method for result in results for sent in result.sent if sent.method in WRITES]


def results(result: Result) -> list[tuple[str, str, str]]:
    """What became of the changes: action, title, result."""
    return [
        (one["action"], one["title"], one["result"]) for one in result.json()["changes"] if one.get("result")
    ]


@pytest.fixture
def rules(home: Home) -> str:
    """A file of rules."""
    return put(home, "rules.yaml", RULES)


class TestApplying:
    """apply: a site becomes what a file says."""

    def test_each_change_and_what_became_of_it(self, run: Run, rules: str) -> None:
        result = run(f"{APPLY} -f {rules} --prune -y --json")

        assert results(result) == [
            ("create", "Tickets", "done"), ("update", "Purchase a product", "done"), ("pause", "Sign up to the site", "done"),
            ("pause", "Order a plan", "done"), ("delete", "RSVP to an event", "done"),
        ]  # fmt: skip
        assert writes(result) == ["POST", "PUT", "PUT", "PUT", "DELETE"]
        assert result.json()["summary"] == {
            "create": 1, "update": 1, "pause": 2, "delete": 1, "unchanged": 1, "unmanaged": 2, "done": 5, "failed": 0, "unknown": 0, "skipped": 0,
        }  # fmt: skip
        there = site(run)
        [created] = [change["id"] for change in result.json()["changes"] if change["action"] == "create"]
        assert created == there["Tickets"]["id"]
        assert there["Purchase a product"]["conversionRate"]["configs"][0]["points"] == 30
        assert there["Sign up to the site"]["status"] == there["Order a plan"]["status"] == "PAUSED"
        assert "RSVP to an event" not in there

    def test_without_prune_nothing_is_paused_or_deleted(self, run: Run, rules: str) -> None:
        before = site(run)
        result = run(f"{APPLY} -f {rules} -y --json")

        assert writes(result) == ["POST", "PUT"]
        assert result.json()["summary"]["unmanaged"] == 5
        assert before.keys() < site(run).keys()

    def test_a_second_time_there_is_nothing_to_do(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} --prune -y")
        again = run(f"{APPLY} -f {rules} --prune -y")

        assert (again.out, writes(again)) == ("", [])
        assert "nothing to change" in run(f"{APPLY} -f {rules} --prune -v").err
        assert set(actions(run(f"{APPLY} -f {rules} --prune --json")).values()) == {"unchanged", "unmanaged"}

    def test_changes_are_told_in_the_same_order_before_and_after(self, run: Run, rules: str) -> None:
        before = actions(run(f"-p sandbox rules diff -f {rules} --prune --json"))
        after = actions(run(f"{APPLY} -f {rules} --prune -y --json"))

        assert list(after.items()) == list(before.items())

    def test_the_rules_come_from_standard_input_too(self, run: Run) -> None:
        assert len(results(run(f"{APPLY} -f - -y --json", stdin=RULES))) == 2

    def test_or_from_a_folder(self, run: Run, home: Home) -> None:
        for i, text in enumerate(RULES.removeprefix("rules:\n").split("- title")[1:]):
            put(home, f"folder/{i}.yaml", f"- title{text}")

        assert writes(run(f"{APPLY} -f folder -y")) == ["POST", "PUT"]

    def test_a_custom_rule_is_deleted_by_its_own_method(self, run: Run, rules: str) -> None:
        custom = run(
            "-p sandbox rules create-custom --type SOCIAL_MEDIA --title Follow --points 1 -o id"
        ).out.strip()
        result = run(f"{APPLY} -f {rules} --prune -y")

        [sent] = [sent for sent in result.sent if custom in sent.url]
        assert sent.method == "DELETE"
        assert sent.url.endswith(f"/automation-earning-rules/{custom}")
        assert (
            'warning: "Follow" is a custom rule of Wix Automations: it cannot be made again here'
            in result.err
        )

    @pytest.mark.parametrize("options", ["", "--prune", "--prune --to sandbox"])
    def test_an_empty_file_deletes_no_site(self, options: str, run: Run) -> None:
        before = site(run)
        result = run(f"{APPLY} -f - -y {options}", stdin="rules: []\n", code=6 if options else 0)

        assert (
            "standard input holds no rules: --prune would delete all rules of the site" in result.err
        ) == bool(options)
        assert (writes(result), site(run)) == ([], before)

    def test_more_than_a_hundred_rules_go_in_several_calls(self, run: Run) -> None:
        many = [{"title": f"Rule {i}", "trigger": "events/Rsvp", "earn": "1 points"} for i in range(150)]
        result = run(f"{APPLY} -f - -y --json", stdin=json.dumps(many))

        assert writes(result) == ["POST", "POST"]
        assert result.json()["summary"]["done"] == 150

    @pytest.mark.parametrize(("text", "code", "message"), [
        ("rules: {}", 6, "rules must be a list"), ("", 6, "is empty"), ("- {title: A, earn: x}", 6, "has 2 problems; nothing was sent"),
    ])  # fmt: skip
    def test_a_wrong_file_changes_nothing(self, text: str, code: int, message: str, run: Run) -> None:
        result = run(f"{APPLY} -f - -y", stdin=text, code=code)

        assert message in result.err
        assert (result.out, result.sent) == ("", [])

    @pytest.mark.parametrize(
        "line",
        ["", "plan.json -f rules.yaml", "-f nowhere.yaml", "nowhere.json", "-f rules.yaml --on-error maybe"],
    )
    def test_a_line_that_makes_no_sense_is_usage(self, line: str, run: Run, rules: str) -> None:
        assert rules
        assert run(f"{APPLY} {line}", code=2).sent == []


class TestWarnings:
    """What may not be wanted is said before the question."""

    def test_a_programme_that_would_pause_itself(self, run: Run) -> None:
        text = "- {title: Purchase a product, trigger: stores/OrderPaid, status: PAUSED}\n"

        for command in ("diff", "apply"):
            err = run(f"-p sandbox rules {command} -f - --prune", stdin=text, code=None).err
            assert "warning: no rule stays ACTIVE after this; a programme without one pauses itself" in err
            assert "ACTIVE" not in run(f"-p sandbox rules {command} -f -", stdin=text, code=None).err

    def test_a_rule_beside_one_that_awards_points_for_the_same(self, run: Run) -> None:
        beside = "- {title: Mine, trigger: stores/OrderPaid, earn: 2 per 1}\n"
        warned = f'"Mine" is created beside "Purchase a product", which has the same trigger: activities earn points by both. If it is to take its place, give it its id: {PURCHASE}'

        assert warned in run("-p sandbox rules diff -f -", stdin=beside).err
        assert "beside" not in run("-p sandbox rules diff -f - --prune", stdin=beside).err
        assert (
            "beside"
            not in run("-p sandbox rules diff -f -", stdin=beside.replace("}", ", status: PAUSED}")).err
        )
        assert (
            "beside"
            not in run("-p sandbox rules diff -f -", stdin=beside.replace("{", f"{{id: {PURCHASE}, ")).err
        )

    def test_quiet_says_neither_and_still_does_it(self, run: Run) -> None:
        beside = "- {title: Mine, trigger: stores/OrderPaid, earn: 2 per 1}\n"
        result = run(f"{APPLY} -f - -y -q", stdin=beside)

        assert (result.err, writes(result)) == ("", ["POST"])
        assert result.out.startswith("create\t")


class TestAsking:
    """Nothing is changed without a yes."""

    def screen(self, line: str, environ: dict[str, str], *answers: tuple[str, str]) -> Screen:
        return on_terminal(shlex.split(line), {**environ, "NO_COLOR": "1"}, answers, 120)

    def test_the_plan_is_shown_and_asked_for(self, environ: dict[str, str], run: Run, rules: str) -> None:
        before = site(run)
        declined = self.screen(f"{APPLY} -f {rules} --prune", environ, ("[y/N]", "n"))

        assert declined.code == 11
        for words in ("+ create  Tickets", "~ update  Purchase a product", "20 per 1", "30 per 1", "- delete  RSVP to an event", "1 to create, 1 to update, 2 to pause, 1 to delete", "Apply this to sandbox? [y/N]", "nothing was changed"):  # fmt: skip
            assert words in declined.text
        assert "Book a session" not in declined.text
        assert (site(run), run("rules history").out) == (before, "")
        agreed = self.screen(f"{APPLY} -f {rules} --prune", environ, ("[y/N]", "y"))
        assert agreed.code == 0
        assert "done: 5 of 5" in agreed.text
        assert agreed.text.index("[y/N]") < agreed.text.index("RESULT")
        assert run(f"-p sandbox rules diff -f {rules} --prune --exit-code").out == ""

    def test_nothing_to_do_is_not_asked_for(self, environ: dict[str, str], run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        shown = self.screen(f"{APPLY} -f {rules}", environ)

        assert shown.code == 0
        assert "[y/N]" not in shown.text
        assert "nothing to change" in shown.text

    def test_a_yes_beforehand_is_not_asked_for(self, environ: dict[str, str], rules: str) -> None:
        shown = self.screen(f"{APPLY} -f {rules} -y", environ)

        assert shown.code == 0
        assert "[y/N]" not in shown.text
        assert shown.text.count("+ create") == 1

    @pytest.mark.parametrize("variable", ["CI", "LOYALTYCTL_NO_INPUT"])
    def test_a_machine_is_not_asked_and_changes_nothing(
        self, variable: str, environ: dict[str, str], run: Run, rules: str
    ) -> None:
        shown = self.screen(f"{APPLY} -f {rules}", {**environ, variable: "true"})

        assert shown.code == 2
        assert "give -y" in shown.text
        assert "Tickets" not in site(run)

    def test_nor_is_a_pipe(self, run: Run, rules: str) -> None:
        result = run(f"{APPLY} -f {rules} --json", code=2)

        assert "Apply this to sandbox?" in result.error()["message"]
        assert "--yes" in result.error()["hint"]
        assert (result.out, writes(result)) == ("", [])


class TestOutput:
    """Every format says what became of the changes."""

    def test_tsv_is_what_changes_and_nothing_else(self, run: Run, rules: str) -> None:
        lines = [line.split("\t") for line in run(f"{APPLY} -f {rules} -y").out.splitlines()]

        assert [(line[0], line[2], line[4]) for line in lines] == [
            ("create", "Tickets", "done"), ("update", "Purchase a product", "done"),
        ]  # fmt: skip
        assert lines[1][1:4] == [PURCHASE, "Purchase a product", "earn: 20 per 1 → 30 per 1"]

    def test_csv_has_a_row_for_each_change(self, run: Run, rules: str) -> None:
        rows = [*csv.DictReader(run(f"{APPLY} -f {rules} -y -o csv").out.splitlines())]

        assert [(row["action"], row["title"], row["result"]) for row in rows] == [
            ("create", "Tickets", "done"), ("update", "Purchase a product", "done"),
        ]  # fmt: skip

    def test_jsonl_has_a_line_for_each_rule(self, run: Run, rules: str) -> None:
        lines = [json.loads(line) for line in run(f"{APPLY} -f {rules} -y -o jsonl").out.splitlines()]

        assert len(lines) == 8
        assert sum(line.get("result") == "done" for line in lines) == 2

    def test_ids_are_those_of_the_changed_rules(self, run: Run, rules: str) -> None:
        ids = run(f"{APPLY} -f {rules} -y -o id").out.split()

        assert ids == [site(run)["Tickets"]["id"], PURCHASE]

    def test_a_table_has_a_row_for_each_thing_that_differs(self, run: Run, rules: str) -> None:
        table = run(f"{APPLY} -f {rules} -y -o table", env={"COLUMNS": "100"}).out.splitlines()

        assert table[0].split() == ["CHANGE", "RULE", "FIELD", "IS", "WILL", "BE", "RESULT"]
        assert re.search(r"~ update +Purchase a product +earn +20 per 1 +30 per 1 +done", "\n".join(table))

    def test_ids_are_never_dropped_from_a_table(self, run: Run) -> None:
        text = f"- {{title: Purchase a product, trigger: stores/OrderPaid, earn: 30 per 1, tiers: {{{GOLD}: 40 per 1}}}}\n"
        table = run(f"{APPLY} -f - -y -o table", stdin=text, env={"COLUMNS": "100"}).out

        assert PURCHASE in table
        assert GOLD in table

    @pytest.mark.parametrize("wrong", ["--fields titel", "--query [", "-o csv --query changes", "-o xml"])
    def test_nothing_is_changed_that_could_not_be_shown(self, wrong: str, run: Run, rules: str) -> None:
        for line in (
            f"apply -f {rules}",
            f"apply -f {rules} --to sandbox",
            "rollback",
            "copy --from sandbox",
        ):
            assert run(f"-p sandbox rules {line} -y {wrong}", code=2).sent == []

    @pytest.mark.parametrize("option", ["--dry-run", "-n", "--curl"])
    def test_a_dry_run_shows_requests_and_sends_none(
        self, option: str, run: Run, rules: str, served: Served
    ) -> None:
        for line in (
            f"apply -f {rules} --prune",
            f"apply -f {rules} --to sandbox",
            "copy --from sandbox",
            "rollback",
        ):
            for env, profile in (({}, "-p sandbox"), (served.environ, "")):
                shown = run(f"{profile} rules {line} {option}", env=env)
                assert re.match("(curl -X )?GET ", shown.out)
                assert (shown.sent, KEY in shown.out + shown.err) == ([], False)
                assert "dry run: nothing is sent" in shown.err
        assert run("rules history").out == ""

    @pytest.mark.parametrize("format_", ["table", "tsv", "csv", "json", "yaml"])
    def test_hostile_titles_are_harmless(self, format_: str, run: Run) -> None:
        text = json.dumps([{"title": "a\x1b[2J\u202e\r\nb", "trigger": "events/Rsvp", "earn": "1 points"}])
        result = run(f"{APPLY} -f - -y -o {format_}", stdin=text)
        assert not CONTROL.search(result.out + result.err)
        run_id = run("rules history -o id").out.strip()
        shown = run(f"rules history {run_id} -o {format_}")
        assert not CONTROL.search(shown.out + shown.err)


class TestErrors:
    """--on-error: what happens to the rest."""

    def test_what_cannot_be_done_stops_everything_beforehand(self, run: Run) -> None:
        result = run(f"{APPLY} -f - -y --json", stdin=AUTOMATED, code=6)

        assert result.error()["code"] == "CANNOT_BE_DONE"
        [detail] = result.error()["details"]
        assert (
            detail["where"],
            "pre-installed and can be updated and paused, not created" in detail["message"],
        ) == ('"Again"', True)
        assert "--on-error continue" in result.error()["hint"]
        assert (result.out, writes(result)) == ("", [])

    def test_or_the_rest_is_done(self, run: Run) -> None:
        result = run(f"{APPLY} -f - -y --json --on-error continue", stdin=AUTOMATED, code=8)

        assert sorted(results(result)) == [
            ("create", "Again", "skipped"),
            ("update", "Purchase a product", "done"),
        ]
        assert result.error()["message"] == "1 of 2 changes were not made"

    def test_what_cannot_be_done_is_invalid_however_much_else_there_is(self, run: Run) -> None:
        run(f"{APPLY} -f - -y --on-error continue", stdin=AUTOMATED, code=8)
        again = run(f"{APPLY} -f - -y --json --on-error continue", stdin=AUTOMATED, code=None)

        assert results(again) == [("create", "Again", "skipped")]
        assert again.code in (6, 8)
        assert again.error()["code"] in ("CANNOT_BE_DONE", "INCOMPLETE")
        assert all(
            one["error"]["code"] == "CANNOT_BE_DONE" for one in again.json()["changes"] if one.get("error")
        )

    def test_after_a_refusal_nothing_more_is_tried(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@update*1").environ
        result = run(f"rules apply -f {rules} --prune -y --json", env=env, code=8)

        assert results(result) == [
            ("create", "Tickets", "done"), ("update", "Purchase a product", "failed"), ("pause", "Sign up to the site", "skipped"),
            ("pause", "Order a plan", "skipped"), ("delete", "RSVP to an event", "skipped"),
        ]  # fmt: skip
        assert writes(result) == ["POST", "PUT"]
        [failed] = [one for one in result.json()["changes"] if one.get("result") == "failed"]
        assert failed["error"]["code"] == "PERMISSION_DENIED"
        assert "4 of 5 changes were not made" in result.error()["message"]
        again = run(f"rules apply -f {rules} --prune -y", env=env)
        assert writes(again) == ["PUT", "PUT", "PUT", "DELETE"]

    def test_or_each_is_tried(self, run: Run, rules: str, serve: Callable[..., Served]) -> None:
        env = serve("403@update*2").environ
        result = run(f"rules apply -f {rules} --prune -y --json --on-error continue", env=env, code=8)

        assert [one[2] for one in results(result)] == ["done", "failed", "failed", "done", "done"]

    def test_the_only_change_that_fails_is_the_error(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@update").environ
        run(f"rules apply -f {rules} -y", env=env, code=8)

        error = run(f"rules apply -f {rules} -y --json", env=env, code=4).error()
        assert (error["code"], error["httpStatus"], bool(error["requestId"])) == (
            "PERMISSION_DENIED",
            403,
            True,
        )

    @pytest.mark.parametrize("fault", ["502-after@bulk-create", "lost@bulk-create*1", "502-after@update", "lost@update*1", "lost@delete*1", "429=1*3", "reordered@bulk-create"])  # fmt: skip
    def test_an_answer_that_is_lost_loses_and_doubles_nothing(
        self, fault: str, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve(fault).environ
        run(f"rules apply -f {rules} --prune -y", env=env, code=None)
        run(f"rules apply -f {rules} --prune -y", env=env)

        assert run(f"rules diff -f {rules} --prune --exit-code", env=env).out == ""
        titles = [rule["title"] for rule in run("rules list --json", env=env).json()]
        assert len(titles) == len(set(titles)) == 7

    def test_a_site_that_refuses_to_be_read_is_not_changed(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("401@list").environ

        assert writes(run(f"rules apply -f {rules} -y", env=env, code=4)) == []
        assert "rules apply" not in run("rules history").out

    def test_a_rule_that_changes_in_between_is_left_alone(
        self, run: Run, rules: str, served: Served, clock: ImpatientClock, serve: Callable[..., Served]
    ) -> None:
        assert served.url
        slow = serve("429=9@bulk-create*1")
        clock.when_slept(8, lambda: run(f"rules update {PURCHASE} --points 77", env=slow.environ))
        result = run(f"rules apply -f {rules} -y --json", env=slow.environ, code=8)

        [failed] = [one for one in result.json()["changes"] if one.get("result") == "failed"]
        assert (
            '"Purchase a product" was changed by somebody else: earn 20 per 1 → 77 per 1'
            in failed["error"]["message"]
        )
        assert (
            site(run, "", slow.environ)["Purchase a product"]["conversionRate"]["configs"][0]["points"] == 77
        )

    def test_two_runs_on_one_site_do_not_meet(
        self, run: Run, rules: str, serve: Callable[..., Served], clock: ImpatientClock
    ) -> None:
        env = serve("429=9@update*1").environ
        others: list[Result] = []
        clock.when_slept(8, lambda: others.append(run(f"rules apply -f {rules} -y --json", env=env, code=5)))
        run(f"rules apply -f {rules} -y", env=env)

        [other] = others
        assert (other.error()["code"], writes(other)) == ("SITE_IN_USE", [])


class TestPlans:
    """--out and apply PLAN: what was reviewed is what is applied, or nothing."""

    @pytest.fixture
    def plan(self, run: Run, rules: str) -> str:
        run(f"{APPLY} -f {rules} --prune --out plan.json")
        return "plan.json"

    def refused(
        self, run: Run, line: str, code: int, *, env: dict[str, str] | None = None, **more: Any
    ) -> Any:
        """The error of a plan that is not applied, and has sent nothing that writes."""
        result = run(f"{line} --json", code=code, env=env, **more)
        assert (result.out, writes(result)) == ("", [])
        assert "rules apply" not in run("rules history").out
        return result.error()

    def test_it_is_written_and_shown_and_nothing_is_changed(self, run: Run, rules: str, home: Home) -> None:
        before = site(run)
        result = run(f"{APPLY} -f {rules} --prune --out plan.json --json")

        assert (writes(result), site(run)) == ([], before)
        assert "rules apply" not in run("rules history").out
        assert "result" not in result.json()["changes"][0]
        written = json.loads((home.work / "plan.json").read_text())
        assert (written["plan"], written["profile"], written["source"]) == (1, "sandbox", "rules.yaml")
        assert KEY not in json.dumps(written)

    def test_the_way_on_is_told_for_the_same_profile(self, run: Run, rules: str) -> None:
        err = run(f"{APPLY} -f {rules} --out plan.json").err

        assert "wrote plan.json; apply it with: loyaltyctl -p sandbox rules apply plan.json" in err

    def test_it_is_applied_as_it_was_shown(self, run: Run, plan: str) -> None:
        result = run(f"{APPLY} {plan} -y --json")

        assert [one[2] for one in results(result)] == ["done"] * 5
        assert writes(result) == ["POST", "PUT", "PUT", "PUT", "DELETE"]

    def test_it_needs_a_yes_too(self, run: Run, plan: str) -> None:
        assert "Apply this to sandbox?" in self.refused(run, f"{APPLY} {plan}", 2)["message"]

    def test_a_dry_run_shows_every_request_of_it(self, run: Run, plan: str) -> None:
        shown = run(f"{APPLY} {plan} --dry-run --json")

        assert [one["method"] for one in shown.json()] == ["POST", "PUT", "PUT", "PUT", "DELETE"]
        assert shown.sent == []
        assert [line.split()[2] for line in run(f"{APPLY} {plan} --curl").out.splitlines()] == [
            "POST", "PUT", "PUT", "PUT", "DELETE",
        ]  # fmt: skip

    def test_applied_twice_it_does_nothing(self, run: Run, plan: str) -> None:
        run(f"{APPLY} {plan} -y")
        again = run(f"{APPLY} {plan} -y --json")

        assert (results(again), writes(again)) == ([], [])

    def test_what_was_done_by_half_is_finished(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@update*1").environ
        run(f"rules apply -f {rules} --prune --out plan.json", env=env)
        run("rules apply plan.json -y", env=env, code=8)
        again = run("rules apply plan.json -y", env=env)

        assert writes(again) == ["PUT", "PUT", "PUT", "DELETE"]
        assert run(f"rules diff -f {rules} --prune --exit-code", env=env).out == ""

    @pytest.mark.parametrize(("edit", "words"), [
        (f"update {PURCHASE} --points 21", '"Purchase a product" is at revision 2, the plan was made for 1 (earn 20 per 1 → 21 per 1)'),
        (f"update {SESSION} --title Sessions", '"Book a session" is at revision 2, the plan was made for 1 (title Book a session → Sessions)'),
        (f"update {SIGN_UP} --points 3", '"Sign up to the site" was changed: earn 50 points → 3 points'),
        (f"pause {PLAN}", ""),
        (f"delete {RSVP} -y", ""),
        (f"delete {PURCHASE} -y", '"Purchase a product" is not there any more'),
        ("create --title Tickets --trigger events/OrderConfirmed --points 6", '"Tickets" is there by now, and differs'),
        ("create --title Tickets --trigger events/OrderConfirmed --points 5", ""),
        ("create --title Other --trigger events/OrderConfirmed --points 5", ""),
    ])  # fmt: skip
    def test_what_others_changed_since_makes_it_stale_unless_it_is_what_is_wanted(
        self, edit: str, words: str, run: Run, plan: str
    ) -> None:
        run(f"-p sandbox rules {edit}")

        if words:
            error = self.refused(run, f"{APPLY} {plan} -y", 5)
            assert (error["code"], words in error["message"]) == ("STALE_PLAN", True)
        else:
            run(f"{APPLY} {plan} -y")

    def test_all_that_is_stale_is_listed(self, run: Run, plan: str) -> None:
        for rule in (PURCHASE, SESSION, RSVP):
            run(f"-p sandbox rules update {rule} --points 77")

        assert len(self.refused(run, f"{APPLY} {plan} -y", 5)["details"]) == 2

    def test_a_file_that_changed_makes_it_stale(self, run: Run, home: Home, plan: str) -> None:
        put(home, "rules.yaml", RULES + "\n# a comment\n")
        error = self.refused(run, f"{APPLY} {plan} -y", 5)

        assert (error["code"], error["message"]) == (
            "STALE_PLAN",
            "plan.json is stale: rules.yaml was changed after it was made",
        )
        assert error["hint"] == "Make the plan anew, as it was made."

    def test_a_file_that_is_not_there_does_not(self, run: Run, home: Home, plan: str) -> None:
        (home.work / "rules.yaml").unlink()

        run(f"{APPLY} {plan} -y")

    def test_one_that_was_edited_is_refused(self, run: Run, home: Home, plan: str) -> None:
        text = (home.work / plan).read_text()
        for old, new in (
            ('"points": 30', '"points": 31'),
            ('"sandbox"', '"elsewhere"'),
            ("rules.yaml", "other.yaml"),
        ):
            put(home, plan, text.replace(old, new))
            error = self.refused(run, f"{APPLY} {plan} -y", 6)
            assert (error["code"], error["message"]) == (
                "PLAN_EDITED", "plan.json was edited after it was made: its checksum does not fit",
            )  # fmt: skip

    def test_one_that_was_only_formatted_is_not(self, run: Run, home: Home, plan: str) -> None:
        put(home, plan, json.dumps(json.loads((home.work / plan).read_text())))

        run(f"{APPLY} {plan} -y")

    @pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9])
    def test_one_that_is_cut_off_is_refused(self, share: float, run: Run, home: Home, plan: str) -> None:
        text = (home.work / plan).read_text().rstrip()
        put(home, plan, text[: max(2, int(len(text) * share))])
        error = self.refused(run, f"{APPLY} {plan} -y", 6)

        assert (error["code"], error["message"]) == (
            "PLAN_TRUNCATED",
            "plan.json is cut off: the end of the plan is missing",
        )

    def test_one_that_is_cut_off_behind_a_brace_is_too(self, run: Run, home: Home, plan: str) -> None:
        text = (home.work / plan).read_text()
        put(home, plan, text[: text.index("},") + 1])

        assert self.refused(run, f"{APPLY} {plan} -y", 6)["code"] == "PLAN_TRUNCATED"

    def test_one_of_a_newer_version_is_refused(self, run: Run, home: Home, plan: str) -> None:
        put(home, plan, json.dumps(json.loads((home.work / plan).read_text()) | {"plan": 2}))
        error = self.refused(run, f"{APPLY} {plan} -y", 6)

        assert (error["code"], error["message"]) == (
            "PLAN_VERSION",
            "plan.json is a plan of version 2, this program reads version 1",
        )

    @pytest.mark.parametrize("text", [RULES, "[]", "{}", "", "null", '{"rules": []}', '[{"title": "A"}]'])
    def test_what_is_no_plan_is_refused_with_the_option_to_use(self, text: str, run: Run, home: Home) -> None:
        put(home, "x.json", text)
        error = self.refused(run, f"{APPLY} x.json -y", 6)

        assert "x.json is not a plan" in error["message"]
        assert "-f FILE" in error["hint"]

    @pytest.mark.parametrize("command", ["rules validate", APPLY, "-p sandbox rules diff"])
    def test_a_plan_given_as_a_file_of_rules_is_told_so(self, command: str, run: Run, plan: str) -> None:
        result = run(f"{command} -f {plan}", code=None)

        assert result.code in (2, 6)
        assert "is a plan" in result.out + result.err
        assert "is missing" not in result.out + result.err

    @pytest.mark.parametrize("option", ["--prune", "--to sandbox", "--out other.json"])
    def test_a_plan_says_itself_where_it_goes(self, option: str, run: Run, plan: str) -> None:
        assert "a plan says where it goes" in self.refused(run, f"{APPLY} {plan} -y {option}", 2)["message"]

    def test_one_for_another_site_is_refused(self, run: Run, rules: str, shops: Served) -> None:
        assert shops.url
        run(f"-p shop-a rules apply -f {rules} --out plan.json")
        error = self.refused(run, "-p shop-b rules apply plan.json -y", 2)

        assert error["code"] == "OTHER_SITE"
        assert SITES["shop-a"] in error["message"]
        assert SITES["shop-b"] in error["message"]
        assert "shop-a" in error["hint"]
        run("-p shop-a rules apply plan.json -y")

    def test_one_for_another_server_is_refused(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        here, there = serve(), serve()
        run(f"rules apply -f {rules} --out plan.json", env=here.environ)
        error = self.refused(run, "rules apply plan.json -y", 2, env=there.environ)

        assert error["code"] == "OTHER_SITE"
        assert here.url in error["message"]
        assert there.url in error["message"]

    def test_it_is_for_one_site(self, run: Run, rules: str, shops: Served, home: Home) -> None:
        assert shops.url
        assert (
            "a plan is for one site" in run(f"rules apply -f {rules} --to shop-* --out plan.json", code=2).err
        )
        assert not (home.work / "plan.json").exists()
        run(f"rules apply -f {rules} --to shop-b --out plan.json")
        run("-p shop-b rules apply plan.json -y")

    def test_one_that_cannot_be_written_is_said(self, run: Run, rules: str) -> None:
        assert (
            "cannot write nowhere/plan.json" in run(f"{APPLY} -f {rules} --out nowhere/plan.json", code=1).err
        )

    def test_it_comes_from_standard_input_too(self, run: Run, home: Home, plan: str) -> None:
        run(f"{APPLY} - -y", stdin=(home.work / plan).read_text())

    def test_it_may_be_made_from_standard_input(self, run: Run) -> None:
        run(f"{APPLY} -f - --out plan.json", stdin=RULES)
        run(f"{APPLY} plan.json -y")

    def test_one_is_written_over_another_one_and_over_nothing_else(
        self, run: Run, home: Home, plan: str
    ) -> None:
        put(home, "notes.txt", "Dear Ada\n")
        os.mkfifo(home.work / "pipe")
        for out, why in (
            ("rules.yaml", "it is the file that the plan is made from"), ("notes.txt", "it is there, and is no plan"),
            ("pipe", "a plan is written to a file"), (".", "a plan is written to a file"), ("-", "a plan is written to a file"),
        ):  # fmt: skip
            refused = run(f"{APPLY} -f rules.yaml --out {out}", code=2)
            assert why in refused.err
        assert (home.work / "rules.yaml").read_text() == RULES
        assert (home.work / "notes.txt").read_text() == "Dear Ada\n"
        run(f"{APPLY} -f rules.yaml --out {plan}")
        run(f"{APPLY} {plan} -y")

    def test_a_part_that_cannot_be_done_is_refused_as_without_a_plan(self, run: Run) -> None:
        run(f"{APPLY} -f - --out plan.json", stdin=AUTOMATED, code=6)
        run(f"{APPLY} -f - --out plan.json --on-error continue", stdin=AUTOMATED)

        assert self.refused(run, f"{APPLY} plan.json -y", 6)["code"] == "CANNOT_BE_DONE"
        assert writes(run(f"{APPLY} plan.json -y --on-error continue", code=8)) == ["PUT"]


class TestCopying:
    """copy: the rules of one site for another."""

    def test_a_site_becomes_like_another(self, run: Run, shops: Served) -> None:
        assert shops.url
        run(f"-p shop-a rules update {PURCHASE} --points 33")
        run(f"-p shop-a rules update {SIGN_UP} --points 66")
        run("-p shop-a rules create --title Mine --trigger events/Rsvp --points 1")
        run("-p shop-b rules create --title Theirs --trigger events/Rsvp --points 1")
        result = run("rules copy --from shop-a --to shop-b -y --json")

        [one] = result.json()["sites"]
        assert {change["title"]: change["result"] for change in one["changes"] if change.get("result")} == {
            "Mine": "done", "Purchase a product": "done", "Sign up to the site": "done",
        }  # fmt: skip
        assert "Theirs" in site(run, "shop-b")
        assert site(run, "shop-b")["Mine"]["id"] != site(run, "shop-a")["Mine"]["id"]
        run("rules copy --from shop-a --to shop-b --prune -y")
        assert "Theirs" not in site(run, "shop-b")
        assert run("rules diff --from shop-a --to shop-b --prune --exit-code").out == ""

    def test_it_goes_to_the_profile_in_use(self, run: Run, shops: Served) -> None:
        assert shops.url
        run(f"-p shop-a rules update {PURCHASE} --points 33")
        result = run("-p shop-b rules copy --from shop-a -y --json")

        assert results(result) == [("update", "Purchase a product", "done")]
        assert site(run, "shop-b")["Purchase a product"]["conversionRate"]["configs"][0]["points"] == 33

    def test_tiers_are_those_of_the_other_site(self, run: Run, shops: Served) -> None:
        assert shops.url
        mapped = run(f"rules copy --from shop-a --to shop-b --tier {GOLD}={NO_RULE} -y")
        assert "warning" not in mapped.err
        assert {
            one.get("tierId") for one in site(run, "shop-b")["Book a session"]["fixedAmount"]["configs"]
        } == {None, NO_RULE}
        plain = run("rules copy --from shop-a --to shop-b -y")
        assert (
            f"warning: tiers differ from site to site, and these are taken as they are: {GOLD}" in plain.err
        )
        run(f"rules copy --from shop-a --to shop-b --tier {GOLD} -y", code=2)

    def test_automated_rules_that_the_other_site_lacks_are_impossible(self, run: Run, shops: Served) -> None:
        with shops.store.site(SITES["shop-b"], writes=True) as there:
            there.delete(SIGN_UP)
        run(f"-p shop-a rules update {PURCHASE} --points 33")

        refused = run("rules copy --from shop-a --to shop-b -y --json", code=6)
        assert [detail["where"] for detail in refused.error()["details"]] == ['"Sign up to the site"']
        assert writes(refused) == []
        assert writes(run("rules copy --from shop-a --to shop-b -y --on-error continue", code=8)) == ["PUT"]

    @pytest.mark.parametrize(("line", "code"), [
        ("", 2), ("--from nope", 3), ("--from sandbox --to nope", 3), ("--from sandbox --to nope-*", 2), ("--from sandbox --to sandbox --tier x", 2),
    ])  # fmt: skip
    def test_a_line_that_makes_no_sense_sends_nothing(self, line: str, code: int, run: Run) -> None:
        result = run(f"-p sandbox rules copy {line} -y", code=code)

        assert result.sent == []

    def test_the_advice_names_options_that_it_has(self, run: Run) -> None:
        assert "-f FILE" not in run("-p sandbox rules copy -y", code=2).err


class TestManySites:
    """--to: one set of rules for several sites, and one summary."""

    @pytest.fixture
    def broken(self, run: Run, shops: Served, serve: Callable[..., Served]) -> Served:
        """A third profile, whose site refuses what a test says."""
        assert shops.url
        served = serve("401@update", "403@delete")
        run(f"-p shop-c auth login --api-key-stdin --site-id {SITE} --base-url {served.url}", stdin=KEY)
        return served

    @pytest.mark.parametrize(
        "to",
        ["--to shop-a --to shop-b", '--to "shop-*"', '--to "shop-*" --to shop-a', '--to "*-a" --to shop-b'],
    )
    def test_all_of_them_are_changed_and_told_in_one_document(
        self, to: str, run: Run, rules: str, shops: Served
    ) -> None:
        assert shops.url
        result = run(f"rules apply -f {rules} {to} --prune -y --json")

        document = result.json()
        assert document.keys() == {"sites", "summary"}
        assert [(one["profile"], one["site"], one["summary"]["done"]) for one in document["sites"]] == [
            (name, site_id, 5) for name, site_id in SITES.items()
        ]
        assert all(one["origin"] == shops.url for one in document["sites"])
        assert (document["summary"]["done"], document["summary"]["create"]) == (10, 2)
        for name in SITES:
            assert run(f"-p {name} rules diff -f {rules} --prune --exit-code").out == ""

    def test_they_are_told_in_the_order_in_which_they_were_named(
        self, run: Run, rules: str, shops: Served
    ) -> None:
        assert shops.url
        run(f"-p shop-a rules apply -f {rules} -y")
        sites = run(f"rules apply -f {rules} --to shop-a --to shop-b -y --json").json()["sites"]

        assert [one["profile"] for one in sites] == ["shop-a", "shop-b"]

    def test_a_table_has_a_row_for_each(self, run: Run, rules: str, shops: Served) -> None:
        assert shops.url
        header, *rows = run(f'rules apply -f {rules} --to "shop-*" -y -o table').out.splitlines()

        assert header.split() == [
            "PROFILE",
            "SITE",
            "CREATE",
            "UPDATE",
            "PAUSE",
            "DELETE",
            "UNCHANGED",
            "RESULT",
            "PROBLEM",
        ]
        assert [row.split() for row in rows] == [
            [name, site_id, "1", "1", "0", "0", "1", "2", "done"] for name, site_id in SITES.items()
        ]
        again = csv.DictReader(run(f'rules apply -f {rules} --to "shop-*" -y -o csv').out.splitlines())
        assert [row["result"] for row in again] == ["nothing to do"] * 2

    def test_where_one_cannot_be_read_none_is_changed(
        self, run: Run, rules: str, shops: Served, serve: Callable[..., Served]
    ) -> None:
        assert shops.url
        run(
            f"-p shop-0 auth login --api-key-stdin --offline --site-id {SITE} --base-url {serve('401@list').url}",
            stdin=KEY,
        )
        result = run(f'rules apply -f {rules} --to "shop-*" -y', code=4)
        assert writes(result) == []
        assert "shop-0: could not list the rules" in result.err
        error = run(f'rules apply -f {rules} --to "shop-*" -y --json', code=4).error()
        assert "shop-0" in json.dumps(error)
        assert "loyaltyctl -p shop-0 auth login" in error["hint"]

        others = run(f'rules apply -f {rules} --to "shop-*" -y --on-error continue', code=8)
        assert "error: 1 of 3 sites could not be changed\n  shop-0: could not list the rules" in others.err
        assert [line.split("\t")[-2] for line in others.out.splitlines()] == ["not tried", "2 done", "2 done"]

    def test_after_a_failure_no_other_site_is_begun_unless_told_to_continue(
        self, run: Run, rules: str, broken: Served
    ) -> None:
        assert broken.url
        result = run(f"rules apply -f {rules} --to shop-c --to shop-a -y --json --on-error continue", code=8)

        told = {one["profile"]: one["summary"] for one in result.json()["sites"]}
        assert (told["shop-c"]["failed"], told["shop-c"]["done"], told["shop-a"]["done"]) == (1, 1, 2)
        assert result.error()["code"] == "INCOMPLETE"
        stopped = run(f"rules apply -f {rules} --to shop-c --to shop-b -y --json", code=8).json()
        [failing] = [one for one in stopped["sites"] if one["profile"] == "shop-c"]
        assert [one["result"] for one in failing["changes"] if one.get("result")] == ["failed"]

    def test_what_cannot_be_done_on_one_is_done_on_none(self, run: Run, shops: Served) -> None:
        with shops.store.site(SITES["shop-b"], writes=True) as there:
            there.delete(SIGN_UP)
        text = "- {title: Sign up to the site, trigger: wix_members-uou_signs_up, earn: 9 points}\n"

        refused = run("rules apply -f - --to shop-a --to shop-b -y", stdin=text, code=6)
        assert "the plan for shop-b cannot be carried out; nothing was sent" in refused.err
        assert writes(refused) == []
        assert writes(
            run("rules apply -f - --to shop-a --to shop-b -y --on-error continue", stdin=text, code=8)
        ) == ["PUT"]

    def test_two_profiles_for_one_site_are_refused(self, run: Run, rules: str, shops: Served) -> None:
        run(
            f"-p twin auth login --api-key-stdin --site-id {SITES['shop-a']} --base-url {shops.url}",
            stdin=KEY,
        )
        result = run(f"rules apply -f {rules} --to shop-a --to twin -y", code=2)

        assert "the profiles shop-a and twin are both for the site" in result.err
        assert writes(result) == []
        overridden = run(f'rules apply -f {rules} --to "shop-*" -y', env={"LOYALTYCTL_SITE_ID": SITE}, code=2)
        assert writes(overridden) == []

    @pytest.mark.parametrize(("to", "code"), [("nope", 3), ("nope-*", 2), ("*", 2), ("", 2)])
    def test_profiles_must_be_there(self, to: str, code: int, run: Run, rules: str) -> None:
        result = run(["rules", "apply", "-f", rules, "--to", to, "-y"], code=code)

        assert bool(writes(result)) == (code == 0)
        assert (f'"{to}"' in result.err) == (code != 0)

    @pytest.mark.parametrize("key", [lambda name: name, SITES.__getitem__])
    def test_a_name_of_a_tier_stands_for_the_tier_of_each_site(
        self, key: Callable[[str], str], run: Run, shops: Served
    ) -> None:
        assert shops.url
        tiers = {"Gold": {key("shop-a"): GOLD, key("shop-b"): NO_RULE}}
        rule = {
            "title": "Book a session",
            "trigger": "bookings/BookingConfirmed",
            "earn": "100 points",
            "tiers": {"Gold": "150 points"},
        }
        text = json.dumps({"tiers": tiers, "rules": [rule]})
        sites = run("rules apply -f - --to shop-a --to shop-b -y --json", stdin=text).json()["sites"]

        assert {one["profile"]: one["summary"]["update"] for one in sites} == {"shop-a": 0, "shop-b": 1}
        assert {
            one.get("tierId") for one in site(run, "shop-b")["Book a session"]["fixedAmount"]["configs"]
        } == {None, NO_RULE}
        missing = run("-p sandbox rules apply -f - -y", stdin=text, code=6)
        assert "Gold" in missing.err
        assert writes(missing) == []

    def test_it_is_asked_for_once(self, run: Run, environ: dict[str, str], rules: str, shops: Served) -> None:
        assert shops.url
        declined = on_terminal(
            shlex.split(f'rules apply -f {rules} --to "shop-*"'),
            {**environ, "NO_COLOR": "1"},
            [("[y/N]", "n")],
            160,
        )

        assert declined.code == 11
        assert "Apply this to 2 sites? [y/N]" in declined.text
        assert "shop-a, shop-b:\nCHANGE" in declined.text
        assert "2 sites: 2 to create, 2 to update" in declined.text
        assert "Tickets" not in site(run, "shop-a")


class TestRollback:
    """rollback: as it was before."""

    def test_a_site_is_as_before_but_for_ids(self, run: Run, rules: str) -> None:
        before = site(run)
        run(f"{APPLY} -f {rules} --prune -y")
        applied = site(run)
        result = run("-p sandbox rules rollback -y --json")

        assert results(result) == [
            ("create", "RSVP to an event", "done"), ("update", "Sign up to the site", "done"), ("update", "Order a plan", "done"),
            ("update", "Purchase a product", "done"), ("delete", "Tickets", "done"),
        ]  # fmt: skip
        assert without_ids(site(run)) == without_ids(before)
        assert site(run)["RSVP to an event"]["id"] != RSVP
        run("-p sandbox rules rollback -y")
        assert without_ids(site(run)) == without_ids(applied)

    def test_an_earlier_run_undoes_those_after_it_too(self, run: Run, rules: str) -> None:
        before = site(run)
        run(f"{APPLY} -f {rules} -y")
        first = run("rules history -o id").out.strip()
        middle = site(run)
        run(f"{APPLY} -f - -y", stdin="- {title: Later, trigger: events/Rsvp, earn: 1 points}\n")
        run("-p sandbox rules rollback -y")
        assert without_ids(site(run)) == without_ids(middle)
        run(f"-p sandbox rules rollback {first} -y")
        assert without_ids(site(run)) == without_ids(before)

    def test_rules_of_others_stay(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        run("-p sandbox rules create --title Theirs --trigger events/Rsvp --points 1")
        run("-p sandbox rules rollback -y")

        assert "Theirs" in site(run)
        assert "Tickets" not in site(run)

    def test_a_rule_that_somebody_changed_since_is_set_back_and_shown(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        run(f"-p sandbox rules update {PURCHASE} --points 77")

        assert "earn: 77 per 1 → 20 per 1" in run("-p sandbox rules rollback -y").out

    def test_what_is_not_there_is_not_found(self, run: Run, rules: str) -> None:
        nothing = run("-p sandbox rules rollback -y --json", code=3)
        assert "nothing to undo: no run of apply, copy or rollback on sandbox" in nothing.error()["message"]
        run(f"{APPLY} -f {rules} -y")
        unknown = run("-p sandbox rules rollback 01234567 -y --json", code=3)
        assert "there is no run 01234567 of apply, copy or rollback" in unknown.error()["message"]
        assert "rules history" in unknown.error()["hint"]
        assert writes(nothing, unknown) == []

    def test_a_run_of_another_site_is_not_one_of_this(self, run: Run, rules: str, shops: Served) -> None:
        assert shops.url
        run(f"-p shop-a rules apply -f {rules} -y")
        run(f"-p shop-b rules apply -f {rules} -y")
        theirs = run("-p shop-a rules history -o id").out.strip()

        run(f"-p shop-b rules rollback {theirs} -y", code=3)

    def test_it_needs_a_yes(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")

        assert writes(run("-p sandbox rules rollback", code=2)) == []

    def test_a_custom_rule_that_was_deleted_is_said_to_be_gone(self, run: Run, rules: str) -> None:
        run("-p sandbox rules create-custom --type SOCIAL_MEDIA --title Follow --points 1")
        run(f"{APPLY} -f {rules} --prune -y")

        refused = run("-p sandbox rules rollback -y", code=6)
        assert '"Follow"' in refused.err
        assert "--on-error continue" in refused.err
        assert "Correct the file" not in refused.err
        run("-p sandbox rules rollback -y --on-error continue", code=8)
        assert "RSVP to an event" in site(run)


def without_ids(rules: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        title: {name: value for name, value in rule.items() if name != "id"} for title, rule in rules.items()
    }


class TestHistory:
    """history: what this machine changed, and by which requests."""

    def test_nothing_is_no_failure(self, run: Run) -> None:
        assert run("rules history").out == ""
        assert run("rules history --json").out == "[]\n"

    def test_runs_are_listed_the_latest_first(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        run("-p sandbox rules rollback -y")
        last, first = run("rules history --json").json()

        assert (first["command"], first["source"], first["profile"], first["site"]) == (
            "rules apply",
            "rules.yaml",
            "sandbox",
            "sandbox",
        )
        assert (last["command"], last["source"]) == ("rules rollback", f"run {first['run']}")
        assert first["began"] <= first["ended"] <= last["began"]
        assert [(step["action"], step["title"], step["state"]) for step in first["changes"]] == [
            ("create", "Tickets", "done"), ("update", "Purchase a product", "done"),
        ]  # fmt: skip
        assert run("rules history -o id --limit 1").out == f"{last['run']}\n"
        run("rules history --limit 0", code=2)

    def test_the_ids_of_requests_are_those_of_the_answers(self, run: Run, rules: str) -> None:
        traced = run(f"{APPLY} -f {rules} -y --debug").err
        answers = re.findall(r"X-Wix-Request-Id: (\S+)", traced)
        [applied] = run("rules history --json").json()

        told = [step["requestIds"] for step in applied["changes"]]
        assert all(told)
        assert [one for ids in told for one in ids] == answers[-2:]

    def test_the_steps_of_a_run(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        run_id = run("rules history -o id").out.strip()

        steps = [line.split("\t") for line in run(f"rules history {run_id}").out.splitlines()]
        assert [(step[0], step[2], step[3]) for step in steps] == [
            ("create", "Tickets", "done"), ("update", "Purchase a product", "done"),
        ]  # fmt: skip
        assert (
            run(f"rules history {run_id} --json").json() == run("rules history --json").json()[0]["changes"]
        )
        missing = run("rules history 01234567", code=3)
        assert "there is no run 01234567" in missing.err

    def test_times_are_the_same_in_every_format(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        began = run("rules history --json").json()[0]["began"]

        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", began)
        assert run("rules history").out.split("\t")[1] == began
        assert [row["began"] for row in csv.DictReader(run("rules history -o csv").out.splitlines())] == [
            began
        ]

    def test_a_profile_narrows_it(self, run: Run, rules: str, shops: Served) -> None:
        assert shops.url
        run(f'rules apply -f {rules} --to "shop-*" -y')
        run(f"{APPLY} -f {rules} -y")

        assert len(run("rules history -o id").out.split()) == 3
        for name in (*SITES, "sandbox"):
            assert [one["profile"] for one in run(f"-p {name} rules history --json").json()] == [name]
        assert run("-p nope rules history").out == ""

    def test_a_refusal_stands_in_it(self, run: Run, rules: str, serve: Callable[..., Served]) -> None:
        env = serve("403@update").environ
        run(f"rules apply -f {rules} --prune -y", env=env, code=8)
        [applied] = run("rules history --json").json()

        states = [step["state"] for step in applied["changes"]]
        assert states == ["done", "failed", "planned", "planned", "planned"]
        assert "403" in applied["changes"][1]["problem"]
        assert applied["changes"][1]["requestIds"]

    def test_a_run_that_was_interrupted_did_not_end_and_is_finished_by_another(
        self, run: Run, rules: str, serve: Callable[..., Served], clock: ImpatientClock
    ) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        env = serve("429=9@update*1").environ
        clock.when_slept(8, interrupt)
        interrupted = run(f"rules apply -f {rules} --prune -y", env=env, code=130)

        assert "interrupted. Run it again to finish it" in interrupted.err
        [applied] = run("rules history --json").json()
        assert applied["ended"] is None
        assert [step["state"] for step in applied["changes"]] == [
            "done",
            "sending",
            "planned",
            "planned",
            "planned",
        ]
        assert "did not end: " in run("rules history").out
        assert writes(run(f"rules apply -f {rules} --prune -y", env=env)) == ["PUT", "PUT", "PUT", "DELETE"]

    def test_what_changes_nothing_is_no_run(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        run(f"{APPLY} -f {rules} -y")
        run(f"{APPLY} -f {rules} --prune --out plan.json")

        assert len(run("rules history -o id").out.split()) == 1
