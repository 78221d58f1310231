"""`rules apply`: changes, warnings, the prompt and the output."""

from __future__ import annotations

import csv
import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.cli.rules.files import CONTROL, actions, put
from tests.cli.rules.plans import APPLY, RULES, results, site, writes
from tests.cli.terminal import Screen, on_terminal
from tests.conftest import GOLD, KEY, PURCHASE

if TYPE_CHECKING:
    from tests.conftest import Home, Run, Served


class TestChanges:
    """The site matches the file afterwards."""

    def test_every_kind_of_change_is_made_and_shown(self, run: Run, rules: str) -> None:
        result = run(f"{APPLY} -f {rules} --prune -y --json")

        assert results(result) == [
            ("create", "Tickets", "done"), ("update", "Purchase a product", "done"), ("pause", "Sign up to the site", "done"),
            ("pause", "Order a plan", "done"), ("delete", "RSVP to an event", "done"),
        ]  # fmt: skip
        assert writes(result) == ["POST", "PUT", "PUT", "PUT", "DELETE"]
        assert result.json()["summary"] == {
            "create": 1, "update": 1, "pause": 2, "delete": 1, "unchanged": 1, "unmanaged": 2, "unmanagedTiers": 0, "done": 5, "failed": 0, "unknown": 0, "skipped": 0,
        }  # fmt: skip
        after = site(run)
        [created] = [change["id"] for change in result.json()["changes"] if change["action"] == "create"]
        assert created == after["Tickets"]["id"]
        assert after["Purchase a product"]["conversionRate"]["configs"][0]["points"] == 30
        assert after["Sign up to the site"]["status"] == after["Order a plan"]["status"] == "PAUSED"
        assert "RSVP to an event" not in after

    def test_without_prune_nothing_is_paused_or_deleted(self, run: Run, rules: str) -> None:
        before = site(run)
        result = run(f"{APPLY} -f {rules} -y --json")

        assert writes(result) == ["POST", "PUT"]
        assert result.json()["summary"]["unmanaged"] == 5
        assert before.keys() < site(run).keys()

    def test_a_second_run_has_nothing_to_do(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} --prune -y")
        again = run(f"{APPLY} -f {rules} --prune -y")

        assert (again.out, writes(again)) == ("", [])
        assert "nothing to change" in run(f"{APPLY} -f {rules} --prune -v").err
        assert set(actions(run(f"{APPLY} -f {rules} --prune --json")).values()) == {"unchanged", "unmanaged"}

    def test_changes_are_in_the_same_order_in_diff_and_apply(self, run: Run, rules: str) -> None:
        before = actions(run(f"-p sandbox rules diff -f {rules} --prune --json"))
        after = actions(run(f"{APPLY} -f {rules} --prune -y --json"))

        assert list(after.items()) == list(before.items())

    def test_rules_are_read_from_standard_input(self, run: Run) -> None:
        assert len(results(run(f"{APPLY} -f - -y --json", stdin=RULES))) == 2

    def test_rules_are_read_from_a_folder(self, run: Run, home: Home) -> None:
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
            'warning: "Follow" is a custom rule of Wix Automations: it cannot be created again here'
            in result.err
        )

    @pytest.mark.parametrize("options", ["", "--prune", "--prune --to sandbox"])
    def test_an_empty_file_does_not_delete_all_rules(self, options: str, run: Run) -> None:
        before = site(run)
        result = run(f"{APPLY} -f - -y {options}", stdin="rules: []\n", code=6 if options else 0)

        assert (
            "standard input has no rules: --prune would delete all rules of the site" in result.err
        ) == bool(options)
        assert (writes(result), site(run)) == ([], before)

    def test_more_than_a_hundred_rules_are_sent_in_several_calls(self, run: Run) -> None:
        many = [{"title": f"Rule {i}", "trigger": "events/Rsvp", "earn": "1 points"} for i in range(150)]
        result = run(f"{APPLY} -f - -y --json", stdin=json.dumps(many))

        assert writes(result) == ["POST", "POST"]
        assert result.json()["summary"]["done"] == 150

    @pytest.mark.parametrize(("text", "code", "message"), [
        ("rules: {}", 6, "rules must be a list"), ("", 6, "is empty"), ("- {title: A, earn: x}", 6, "has 2 problems; nothing was sent"),
    ])  # fmt: skip
    def test_an_invalid_file_changes_nothing(self, text: str, code: int, message: str, run: Run) -> None:
        result = run(f"{APPLY} -f - -y", stdin=text, code=code)

        assert message in result.err
        assert (result.out, result.sent) == ("", [])

    @pytest.mark.parametrize(
        "line",
        ["", "plan.json -f rules.yaml", "-f nowhere.yaml", "nowhere.json", "-f rules.yaml --on-error maybe"],
    )
    def test_a_command_line_without_one_clear_source_is_a_usage_error(
        self, line: str, run: Run, rules: str
    ) -> None:
        assert rules
        assert run(f"{APPLY} {line}", code=2).sent == []


class TestWarnings:
    """Warnings before the prompt."""

    def test_a_program_that_would_pause_itself_is_warned_of(self, run: Run) -> None:
        text = "- {title: Purchase a product, trigger: stores/OrderPaid, status: PAUSED}\n"

        for command in ("diff", "apply"):
            err = run(f"-p sandbox rules {command} -f - --prune", stdin=text, code=None).err
            assert "warning: no rule stays ACTIVE after this; a program without one pauses itself" in err
            assert "stays ACTIVE" not in run(f"-p sandbox rules {command} -f -", stdin=text, code=None).err

    def test_a_second_rule_for_a_trigger_is_warned_of(self, run: Run) -> None:
        beside = "- {title: Mine, trigger: stores/OrderPaid, earn: 2 per 1}\n"
        warned = f'"Mine" is created beside "Purchase a product", which has the same trigger: activities earn points by both. To replace that rule, give its id in the file: {PURCHASE}'

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

    def test_quiet_hides_warnings_and_messages(self, run: Run) -> None:
        beside = "- {title: Mine, trigger: stores/OrderPaid, earn: 2 per 1}\n"
        result = run(f"{APPLY} -f - -y -q", stdin=beside)

        assert (result.err, writes(result)) == ("", ["POST"])
        assert result.out.startswith("create\t")


class TestPrompt:
    """Nothing is changed without a confirmation."""

    def screen(self, line: str, environ: dict[str, str], *answers: tuple[str, str]) -> Screen:
        return on_terminal(shlex.split(line), {**environ, "NO_COLOR": "1"}, answers, 120)

    def test_the_plan_is_shown_before_the_prompt(self, environ: dict[str, str], run: Run, rules: str) -> None:
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

    def test_there_is_no_prompt_if_nothing_changes(
        self, environ: dict[str, str], run: Run, rules: str
    ) -> None:
        run(f"{APPLY} -f {rules} -y")
        shown = self.screen(f"{APPLY} -f {rules}", environ)

        assert shown.code == 0
        assert "[y/N]" not in shown.text
        assert "nothing to change" in shown.text

    def test_there_is_no_prompt_with_yes(self, environ: dict[str, str], rules: str) -> None:
        shown = self.screen(f"{APPLY} -f {rules} -y", environ)

        assert shown.code == 0
        assert "[y/N]" not in shown.text
        assert shown.text.count("+ create") == 1

    @pytest.mark.parametrize("variable", ["CI", "LOYALTYCTL_NO_INPUT"])
    def test_nothing_is_changed_where_prompts_are_switched_off(
        self, variable: str, environ: dict[str, str], run: Run, rules: str
    ) -> None:
        shown = self.screen(f"{APPLY} -f {rules}", {**environ, variable: "true"})

        assert shown.code == 2
        assert "give -y" in shown.text
        assert "Tickets" not in site(run)

    def test_without_a_terminal_on_standard_input_nothing_is_changed(self, run: Run, rules: str) -> None:
        result = run(f"{APPLY} -f {rules} --json", code=2)

        assert "Apply this to sandbox?" in result.error()["message"]
        assert "--yes" in result.error()["hint"]
        assert (result.out, writes(result)) == ("", [])


class TestOutput:
    """Results in every format."""

    def test_tsv_has_the_changes_only(self, run: Run, rules: str) -> None:
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

    def test_a_table_has_a_row_for_each_differing_field(self, run: Run, rules: str) -> None:
        table = run(f"{APPLY} -f {rules} -y -o table", env={"COLUMNS": "100"}).out.splitlines()

        assert table[0].split() == ["CHANGE", "RULE", "FIELD", "IS", "WILL", "BE", "RESULT"]
        assert re.search(r"~ update +Purchase a product +earn +20 per 1 +30 per 1 +done", "\n".join(table))

    def test_ids_are_never_dropped_from_a_table(self, run: Run) -> None:
        text = f"- {{title: Purchase a product, trigger: stores/OrderPaid, earn: 30 per 1, tiers: {{{GOLD}: 40 per 1}}}}\n"
        table = run(f"{APPLY} -f - -y -o table", stdin=text, env={"COLUMNS": "100"}).out

        assert PURCHASE in table
        assert GOLD in table

    @pytest.mark.parametrize("wrong", ["--fields titel", "--query [", "-o csv --query changes", "-o xml"])
    def test_output_options_are_checked_before_anything_is_changed(
        self, wrong: str, run: Run, rules: str
    ) -> None:
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
    def test_control_characters_in_titles_are_never_printed(self, format_: str, run: Run) -> None:
        text = json.dumps([{"title": "a\x1b[2J\u202e\r\nb", "trigger": "events/Rsvp", "earn": "1 points"}])
        result = run(f"{APPLY} -f - -y -o {format_}", stdin=text)
        assert not CONTROL.search(result.out + result.err)
        run_id = run("rules history -o id").out.strip()
        shown = run(f"rules history {run_id} -o {format_}")
        assert not CONTROL.search(shown.out + shown.err)
