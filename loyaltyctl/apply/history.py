"""Run history of a site, read from its ledger: runs, their steps, and the rules before each run."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.apply.database import converting_storage_errors, damaged_ledger_error, open_database
from loyaltyctl.apply.targets import Target
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.errors import InvalidData, LoyaltyError
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from loyaltyctl.intake.values import JsonObject

ROLLBACK = "rules rollback"
"""Command of a rollback. Its source names a run: the rollback restores the rules from before that run."""
IN_DOUBT = (StepState.SENDING, StepState.UNKNOWN)
"""States of steps in doubt: they were sent, and may or may not have taken effect."""


class Step(NamedTuple):
    """Step of a run in the history: one change.

    `created` is the rule that the step created. Only bulk requests record it: it is None for other steps.
    """

    action: str
    id: str
    title: str
    fields: list[JsonObject]
    state: StepState
    sent: float | None
    requests: list[str]
    problem: str
    created: JsonObject | None = None


class Run(NamedTuple):
    """Run in the history of a site: one execution of a command that changes rules, with its steps."""

    id: str
    command: str
    source: str
    began: float
    ended: float | None
    target: Target
    steps: list[Step]

    @property
    def missing(self) -> list[Step]:
        """The steps of this run in the history that are not known to be done."""
        return [step for step in self.steps if step.state is not StepState.DONE]

    @property
    def finished(self) -> bool:
        """True if this run in the history was not interrupted, and all steps are done."""
        return self.ended is not None and not self.missing

    @property
    def in_doubt(self) -> bool:
        """True if any step of this run in the history was sent and may or may not have taken effect."""
        return any(step.state in IN_DOUBT for step in self.steps)

    def restores(self, run: Run) -> bool:
        """Return whether this run in the history is a rollback to the rules from before `run`."""
        return (self.command, self.source) == (ROLLBACK, rollback_source(run))

    def continues(self, before: Run) -> bool:
        """Return whether this run in the history executes the unfinished run `before` again.

        It does if both have the same command and source, and all of its steps are missing from `before`. Any
        other step means that the rules file has changed. The steps of a rollback need not be compared.
        """
        if before.finished or (self.command, self.source) != (before.command, before.source):
            return False
        left = {(step.action, step.title) for step in before.missing}
        return self.command == ROLLBACK or left.issuperset((step.action, step.title) for step in self.steps)


class History(NamedTuple):
    """History of a site: its runs, latest first, and for each run id a snapshot of the rules before the run.

    Only apply, copy and rollback record a snapshot.
    """

    runs: list[Run]
    snapshots: dict[str, list[EarningRule]]

    def to_restore(self, run_id: str | None) -> Restoration | None:
        """Return the part of the history that a rollback undoes: from the run with this id, or the last run.

        Without an id, an unfinished rollback is continued. If the last run is an unfinished run that was
        executed again, both are undone together. Only runs with a snapshot can be undone: None if there is
        no such run.
        """
        with_snapshot = [run for run in self.runs if run.id in self.snapshots]
        if not with_snapshot:
            return None
        last, *others = with_snapshot
        restored = None if last.finished else next(filter(last.restores, others), None)
        if run_id is None:
            goal = restored
        else:
            goal = next((run for run in with_snapshot if run.id == run_id), None)
            if goal is None:
                return None
        if goal is not None:
            return Restoration(goal, self._runs_after(goal), unfinished=last if goal is restored else None)
        while others and last.continues(others[0]):
            last, *others = others
        left = bool(others) and not others[0].finished and not last.restores(others[0])
        return Restoration(last, self._runs_after(last), left_unfinished=others[0] if left else None)

    def _runs_after(self, run: Run) -> list[Run]:
        """Return the later runs in the history that are undone together with `run`, oldest first.

        Runs that continue `run` are left out. So are unfinished rollbacks to the rules from before `run`.
        """
        found: list[Run] = []
        part: Run | None = run
        for later in reversed(self.runs[: self.runs.index(run)]):
            if later.id in self.snapshots:
                part = later if part and later.continues(part) else None
            is_part = later.id in self.snapshots and part is not None
            if not is_part and (later.finished or not later.restores(run)):
                found.append(later)
        return found

    def created_since(self, run_id: str) -> set[str]:
        """Return the ids of the rules that were created by a run in the history, or by a later run.

        Runs without a snapshot are left out.
        """
        ids = [run.id for run in self.runs]
        since = [run for run in self.runs[: ids.index(run_id) + 1] if run.id in self.snapshots]
        return {step.id.lower() for run in since for step in run.steps if step.action == "create" and step.id}


class Restoration(NamedTuple):
    """Part of the history that a rollback undoes: `run`, and the runs in `later`, oldest first.

    The rollback restores the rules from before `run`. If an earlier rollback to the same rules is to be
    continued, it is `unfinished`. If the run before `run` is unfinished, it is `left_unfinished`, and stays.
    """

    run: Run
    later: list[Run]
    unfinished: Run | None = None
    left_unfinished: Run | None = None


def rollback_source(run: Run) -> str:
    """Return the source that a rollback of `run` has in the history, such as `run 9e7f3459`."""
    return f"run {run.id}"


def read_history(path: Path) -> History:
    """Read the history in the ledger at `path`; it is empty if the ledger does not exist."""
    if not path.exists():
        return History([], {})
    try:
        with converting_storage_errors(path), contextlib.closing(open_database(path)) as db:
            target = db.execute("select profile, origin, site from target").fetchone()
            runs = _read_runs(db, Target(*target)) if target else []
            texts = db.execute("select id, snapshot from runs where snapshot is not null").fetchall()
        return History(runs, {run: [*map(EarningRule.read, json.loads(text))] for run, text in texts})
    except (ValueError, TypeError, InvalidData):
        raise damaged_ledger_error(path) from None


def read_histories(folder: Path) -> tuple[list[Run], list[LoyaltyError]]:
    """Read the history of every site: all runs, latest first, and an error for each unreadable ledger."""
    runs: list[Run] = []
    errors: list[LoyaltyError] = []
    for path in sorted(folder.glob("site-*.sqlite3")):
        try:
            runs += read_history(path).runs
        except LoyaltyError as error:
            errors.append(error)
    return sorted(runs, key=lambda run: run.began, reverse=True), errors


def _read_runs(db: sqlite3.Connection, target: Target) -> list[Run]:
    """Read the runs of the history of one site, latest first, with their steps."""
    rows = db.execute("select number, id, command, source, began, ended from runs order by number desc")
    return [
        Run(run_id, command, source, began, ended, target, read_steps(db, number))
        for number, run_id, command, source, began, ended in rows.fetchall()
    ]


def read_steps(db: sqlite3.Connection, run: int) -> list[Step]:
    """Read the steps of the history that belong to the run with the number `run`.

    Raises sqlite3.Error, or ValueError or TypeError for invalid values.
    """
    rows = db.execute(
        "select action, rule, title, fields, state, sent, requests, problem, created from steps "
        "where run = ? order by number",
        [run],
    )
    return [
        Step(
            action,
            rule,
            title,
            json.loads(fields),
            StepState(state),
            sent,
            json.loads(requests),
            problem,
            created and json.loads(created),
        )
        for action, rule, title, fields, state, sent, requests, problem, created in rows
    ]
