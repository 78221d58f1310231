"""`rules rollback`: the run that is undone, later changes, the prompt, and interrupted runs."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.cli.rules.plans import APPLY, site, writes
from tests.cli.rules.test_history import without_ids
from tests.cli.terminal import on_terminal
from tests.conftest import PURCHASE, RSVP, SESSION, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FakeClock, Home, Run, Served

ROLLBACK = "-p sandbox rules rollback"
LATER = "- {title: Later, trigger: events/Rsvp, earn: 1 points}\n"


def last_run(run: Run) -> str:
    return run("rules history -o id --limit 1").out.strip()


class TestMessages:
    """Messages about the run, and about later changes, before the prompt."""

    def test_the_prompt_names_the_run_its_command_and_its_time(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        [applied] = run("rules history --json").json()
        prompt = run(ROLLBACK, code=2).err

        named = f"{applied['run']} (rules apply rules.yaml, {applied['began']})"
        assert f"Restore the rules of sandbox from before run {named}?" in prompt

    def test_later_changes_of_single_commands_are_named(self, run: Run, rules: str) -> None:
        before = site(run)
        run(f"{APPLY} -f {rules} -y")
        applied = last_run(run)
        run(f"-p sandbox rules delete {RSVP} -y")
        deleted = last_run(run)
        run(f"-p sandbox rules pause {SESSION}")
        paused = last_run(run)
        run("-p sandbox rules create --title Theirs --trigger events/Rsvp --points 1")
        created = last_run(run)
        prompt = run(ROLLBACK, code=2).err

        assert re.search(
            rf"later changes are undone too: {deleted} \(rules delete, \S+\); {paused} \(rules pause, \S+\)\n",
            prompt,
        )
        assert f"later changes of single commands are kept: {created} (rules create, " in prompt
        assert f"from before run {applied} " in prompt
        assert "and undo 2 later changes with it?" in prompt
        run(f"{ROLLBACK} -y")
        restored = without_ids(site(run))
        assert restored.pop("Theirs")
        assert restored == without_ids(before)

    def test_changes_that_were_made_elsewhere_are_named(self, run: Run, rules: str, served: Served) -> None:
        run(f"rules apply -f {rules} -y", env=served.environ)
        with served.store.site(SITE, writes=True) as rows:
            for rule_id in (PURCHASE, SESSION):
                document = rows.rule(rule_id)
                assert document is not None
                rows.replace(document | {"title": f"Theirs {rule_id[:1]}", "revision": "9"})
            rows.delete(RSVP)
        prompt = run("rules rollback", env=served.environ, code=2).err

        assert 'changes made elsewhere to "RSVP to an event", "Theirs b", "Theirs 3"' in prompt
        assert "and undo a later change with it?" in prompt

    def test_later_changes_that_are_not_undone_are_not_named(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        run(f"-p sandbox rules update {SESSION} --title Other")
        run(f"-p sandbox rules update {SESSION} --title 'Book a session'")

        assert "later changes" not in run(ROLLBACK, code=2).err
        assert "later change" not in run(f"{ROLLBACK} -y").err

    def test_runs_after_the_given_one_are_undone_with_it(self, run: Run, rules: str) -> None:
        run(f"{APPLY} -f {rules} -y")
        first = last_run(run)
        run(f"{APPLY} -f - -y", stdin=LATER)
        second = last_run(run)
        prompt = run(f"{ROLLBACK} {first}", code=2).err

        assert f"later changes are undone too: {second} (rules apply -, " in prompt
        assert f"from before run {first} " in prompt

    def test_quiet_does_not_hide_what_the_prompt_is_about(
        self, run: Run, rules: str, environ: dict[str, str]
    ) -> None:
        run(f"{APPLY} -f {rules} -y")
        run(f"-p sandbox rules update {SESSION} --title Other")
        shown = on_terminal(["-q", *ROLLBACK.split()], environ, [("[y/N]", "n")], 200)

        assert shown.code == 11
        assert "later changes are undone too: " in shown.text
        assert "rules update" in shown.text

    def test_single_commands_alone_are_not_covered(self, run: Run) -> None:
        run(f"-p sandbox rules pause {PURCHASE}")
        paused = last_run(run)

        nothing = run(f"{ROLLBACK} -y", code=3).err
        assert "nothing to undo" in nothing
        assert "single commands are not covered: rules pause" in nothing
        assert "single commands are not covered: rules pause" in run(f"{ROLLBACK} {paused} -y", code=3).err


class TestInterrupted:
    """Runs that did not finish, and runs after them."""

    def test_an_apply_after_an_interrupted_rollback_is_undone_first(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@delete*1").environ
        before = without_ids(site(run, "", env))
        run(f"rules apply -f {rules} -y", env=env)
        applied = last_run(run)
        run("rules rollback -y", env=env, code=8)
        run("rules apply -f - -y", stdin=LATER, env=env)
        middle = last_run(run)
        prompt = run("rules rollback", env=env, code=2).err

        assert f"from before run {middle} " in prompt
        assert f"to finish it instead: loyaltyctl rules rollback {applied}" in prompt
        run(f"rules rollback {applied} -y", env=env)
        assert without_ids(site(run, "", env)) == before

    def test_an_interrupted_rollback_is_undone_if_it_is_given(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@delete*1").environ
        run(f"rules apply -f {rules} -y", env=env)
        applied = without_ids(site(run, "", env))
        run("rules rollback -y", env=env, code=8)
        half = last_run(run)
        prompt = run("rules rollback", env=env, code=2).err
        assert f"run {half} (rules rollback" in prompt
        assert "did not finish; this finishes it" in prompt

        run(f"rules rollback {half} -y", env=env)
        assert without_ids(site(run, "", env)) == applied

    def test_an_interrupted_rollback_that_had_made_all_changes_counts_as_finished(
        self, run: Run, rules: str, home: Home
    ) -> None:
        before = without_ids(site(run))
        run(f"{APPLY} -f {rules} -y")
        applied = without_ids(site(run))
        run(f"{ROLLBACK} -y")
        [ledger] = (home.data / "journals").glob("site-*.sqlite3")
        with (
            closing(sqlite3.connect(ledger)) as db,
            db,
        ):  # as after a kill behind the last request
            db.execute("update steps set state = 'sending' where run = 2 and number = 1")
            db.execute("update runs set ended = null where number = 2")

        again = run(f"{ROLLBACK} -y")
        assert writes(again) == []
        assert "had already made all changes" in again.err
        assert without_ids(site(run)) == before
        assert "nothing was left to do" in run("rules history").out
        run(f"{ROLLBACK} -y")
        assert without_ids(site(run)) == applied

    def test_a_rule_whose_creation_was_not_recorded_is_deleted(
        self, run: Run, rules: str, home: Home
    ) -> None:
        before = without_ids(site(run))
        run(f"{APPLY} -f {rules} -y")
        [ledger] = (home.data / "journals").glob("site-*.sqlite3")
        with closing(sqlite3.connect(ledger)) as db, db:
            db.execute("update steps set state = 'sending', rule = '' where action = 'create'")
            db.execute("update runs set ended = null")

        run(f"{ROLLBACK} -y")
        assert without_ids(site(run)) == before

    def test_an_earlier_run_that_did_not_finish_is_not_undone_with_another_one(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@update*1").environ
        run(f"rules apply -f {rules} -y", env=env, code=8)
        first = last_run(run)
        half = without_ids(site(run, "", env))
        run("rules apply -f - -y", stdin=LATER, env=env)
        prompt = run("rules rollback", env=env, code=2).err

        assert f"to undo that one too: loyaltyctl rules rollback {first}" in prompt
        run("rules rollback -y", env=env)
        assert without_ids(site(run, "", env)) == half

    def test_a_run_with_more_changes_does_not_continue_an_interrupted_one(
        self, run: Run, rules: str, home: Home, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@update*1").environ
        run(f"rules apply -f {rules} -y", env=env, code=8)
        half = without_ids(site(run, "", env))
        (home.work / rules).write_text((home.work / rules).read_text() + LATER)
        run(f"rules apply -f {rules} -y", env=env)
        run("rules rollback -y", env=env)

        assert without_ids(site(run, "", env)) == half

    def test_a_rollback_is_refused_while_another_run_changes_the_site(
        self, run: Run, rules: str, serve: Callable[..., Served], clock: FakeClock
    ) -> None:
        env = serve("429=9@update*1").environ
        others: list[str] = []
        clock.when_slept(
            8, lambda: others.append(run("rules rollback -y --json", env=env, code=5).error()["code"])
        )
        run(f"rules apply -f {rules} -y", env=env)

        assert others == ["SITE_IN_USE"]
