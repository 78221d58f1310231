"""`rules history` and `rules rollback`: the runs on a site, and the rules from before them."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

from tests.cli.rules.files import SITES
from tests.cli.rules.plans import APPLY, results, site, writes
from tests.conftest import PURCHASE, RSVP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FakeClock, Run, Served


class TestRollback:
    """rollback: the rules from before a run."""

    def test_the_rules_are_as_before_but_for_ids(self, run: Run, rules: str) -> None:
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

    def test_an_earlier_run_is_undone_with_those_after_it(self, run: Run, rules: str) -> None:
        before = site(run)
        run(f"{APPLY} -f {rules} -y")
        first = run("rules history -o id").out.strip()
        middle = site(run)
        run(f"{APPLY} -f - -y", stdin="- {title: Later, trigger: events/Rsvp, earn: 1 points}\n")
        run("-p sandbox rules rollback -y")
        assert without_ids(site(run)) == without_ids(middle)
        run(f"-p sandbox rules rollback {first} -y")
        assert without_ids(site(run)) == without_ids(before)

    def test_rules_of_single_commands_are_kept(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        run("-p sandbox rules create --title Theirs --trigger events/Rsvp --points 1")
        run("-p sandbox rules rollback -y")

        assert "Theirs" in site(run)
        assert "Tickets" not in site(run)

    def test_a_rule_that_was_changed_since_is_reset(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        run(f"-p sandbox rules update {PURCHASE} --points 77")

        assert "earn: 77 per 1 → 20 per 1" in run("-p sandbox rules rollback -y").out

    def test_an_unknown_run_is_not_found(self, run: Run, rules: str) -> None:
        nothing = run("-p sandbox rules rollback -y --json", code=3)
        assert "nothing to undo: no run of apply, copy or rollback on sandbox" in nothing.error()["message"]
        run(f"{APPLY} -f {rules} -y")
        unknown = run("-p sandbox rules rollback 01234567 -y --json", code=3)
        assert "there is no run 01234567 of apply, copy or rollback" in unknown.error()["message"]
        assert "rules history" in unknown.error()["hint"]
        assert 'there is no run "" of' in run(["-p", "sandbox", "rules", "rollback", "", "-y"], code=3).err
        assert writes(nothing, unknown) == []

    def test_a_run_on_another_site_is_not_found(self, run: Run, rules: str, served_sites: Served) -> None:
        assert served_sites.url
        run(f"-p shop-a rules apply -f {rules} -y")
        run(f"-p shop-b rules apply -f {rules} -y")
        theirs = run("-p shop-a rules history -o id").out.strip()

        run(f"-p shop-b rules rollback {theirs} -y", code=3)

    def test_a_rollback_asks_for_confirmation(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")

        assert writes(run("-p sandbox rules rollback", code=2)) == []

    def test_a_deleted_custom_rule_cannot_be_restored(self, run: Run, rules: str) -> None:
        run("-p sandbox rules create-custom --type SOCIAL_MEDIA --title Follow --points 1")
        run(f"{APPLY} -f {rules} --prune -y")

        refused = run("-p sandbox rules rollback -y", code=6)
        assert '"Follow"' in refused.err
        assert "--on-error continue" in refused.err
        assert " file" not in refused.err
        run("-p sandbox rules rollback -y --on-error continue", code=8)
        assert "RSVP to an event" in site(run)


def without_ids(rules: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        title: {name: value for name, value in rule.items() if name != "id"} for title, rule in rules.items()
    }


class TestHistory:
    """history: the runs from this machine, and their requests."""

    def test_an_empty_history_is_no_error(self, run: Run) -> None:
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

    def test_request_ids_are_those_of_the_responses(self, run: Run, rules: str) -> None:
        traced = run(f"{APPLY} -f {rules} -y --debug").err
        responses = re.findall(r"X-Wix-Request-Id: (\S+)", traced)
        [applied] = run("rules history --json").json()

        recorded = [step["requestIds"] for step in applied["changes"]]
        assert all(recorded)
        assert [one for ids in recorded for one in ids] == responses[-2:]

    def test_the_steps_of_a_run_are_listed(self, run: Run, rules: str) -> None:
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

    def test_a_profile_selects_its_runs(self, run: Run, rules: str, served_sites: Served) -> None:
        assert served_sites.url
        run(f'rules apply -f {rules} --to "shop-*" -y')
        run(f"{APPLY} -f {rules} -y")

        assert len(run("rules history -o id").out.split()) == 3
        for name in (*SITES, "sandbox"):
            assert [one["profile"] for one in run(f"-p {name} rules history --json").json()] == [name]
        assert 'no profile "nope"' in run("-p nope rules history", code=3).err

    def test_a_refused_change_is_recorded(self, run: Run, rules: str, serve: Callable[..., Served]) -> None:
        env = serve("403@update").environ
        run(f"rules apply -f {rules} --prune -y", env=env, code=8)
        [applied] = run("rules history --json").json()

        states = [step["state"] for step in applied["changes"]]
        assert states == ["done", "failed", "planned", "planned", "planned"]
        assert "403" in applied["changes"][1]["problem"]
        assert applied["changes"][1]["requestIds"]

    def test_an_interrupted_run_is_shown_as_such_and_finished_by_another_one(
        self, run: Run, rules: str, serve: Callable[..., Served], clock: FakeClock
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

    def test_a_run_without_changes_is_not_recorded(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        run(f"{APPLY} -f {rules} -y")
        run(f"{APPLY} -f {rules} --prune --out plan.json")

        assert len(run("rules history -o id").out.split()) == 1

    def test_a_bulk_creation_is_recorded_rule_by_rule(
        self, run: Run, serve: Callable[..., Served], clock: FakeClock
    ) -> None:
        env = serve("502@bulk-create*1").environ
        rules = "title,trigger,points\nA,events/Rsvp,1\nB,events/Rsvp,x\n"
        run("rules bulk-create -f - --on-error continue", stdin=rules, env=env, code=8)
        [shown] = run("rules history --json", env=env).json()

        assert (shown["command"], shown["source"]) == ("rules bulk-create", "-")
        assert [(step["title"], step["state"]) for step in shown["changes"]] == [
            ("A", "unknown"), ("B", "failed"),
        ]  # fmt: skip
        assert shown["changes"][0]["requestIds"]
        assert 'points: must be a whole number, got "x"' in shown["changes"][1]["problem"]
        resumed = run(
            "rules bulk-create -f - --resume --on-error continue --json", stdin=rules, env=env, code=8
        )
        [after] = run("rules history --json", env=env).json()
        assert (after["run"], after["changes"][0]["state"]) == (shown["run"], "done")
        assert after["changes"][0]["id"] == resumed.json()["results"][0]["itemMetadata"]["id"]
        assert sum(clock.slept) > 20  # the first request might still arrive

    def test_a_single_creation_in_doubt_does_not_stop_a_run(
        self, run: Run, rules: str, serve: Callable[..., Served], clock: FakeClock
    ) -> None:
        env = serve("504@create").environ
        run("rules create --title A --trigger events/Rsvp --points 1", env=env, code=8)
        clock.slept.clear()
        run(f"rules apply -f {rules} -y", env=env)

        assert sum(clock.slept) > 20
        assert [one["command"] for one in run("rules history --json", env=env).json()] == [
            "rules apply",
            "rules create",
        ]
