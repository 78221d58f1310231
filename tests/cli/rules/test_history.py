"""`rules history` and `rules rollback`: what runs did, and a site as it was before them."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

from tests.cli.rules.files import SITES
from tests.cli.rules.plans import APPLY, results, site, writes
from tests.conftest import PURCHASE, RSVP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import ImpatientClock, Run, Served


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
        assert 'there is no run "" of' in run(["-p", "sandbox", "rules", "rollback", "", "-y"], code=3).err
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
        assert 'no profile "nope"' in run("-p nope rules history", code=3).err

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
