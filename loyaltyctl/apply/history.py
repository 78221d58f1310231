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
"""Command of a run that restores the rules from before another run; its source names that run."""
IN_DOUBT = (StepState.SENDING, StepState.UNKNOWN)
"""States of a step that was sent and may or may not have taken effect."""


class Step(NamedTuple):
    """One recorded change of a run; `created` is the created rule, which only bulk creations record."""

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
    """One recorded run of a command that changed a site, or was to change it."""

    id: str
    command: str
    source: str
    began: float
    ended: float | None
    target: Target
    steps: list[Step]

    @property
    def missing(self) -> list[Step]:
        """The steps of the run that are not known to be done."""
        return [step for step in self.steps if step.state is not StepState.DONE]

    @property
    def finished(self) -> bool:
        """True if the run ended without being interrupted, and all its steps are done."""
        return self.ended is not None and not self.missing

    @property
    def in_doubt(self) -> bool:
        """True if a step of the run was sent and may or may not have taken effect."""
        return any(step.state in IN_DOUBT for step in self.steps)

    def restores(self, run: Run) -> bool:
        """Return whether this run is a rollback that restored the rules from before `run`."""
        return (self.command, self.source) == (ROLLBACK, rollback_source(run))

    def continues(self, before: Run) -> bool:
        """Return whether this run continues `before`: the same command, run again after an interruption.

        A run with steps other than those missing from `before` does not continue it: the rules file has
        changed in between. A rollback may have more steps, since its goal, the earlier rules, cannot change.
        """
        if before.finished or (self.command, self.source) != (before.command, before.source):
            return False
        left = {(step.action, step.title) for step in before.missing}
        return self.command == ROLLBACK or left.issuperset((step.action, step.title) for step in self.steps)


class History(NamedTuple):
    """The runs in a ledger, latest first, and the rules before each run by run id (`snapshots`).

    apply, copy and rollback record a snapshot; bulk-create and commands that change one rule do not.
    """

    runs: list[Run]
    snapshots: dict[str, list[EarningRule]]

    def to_restore(self, run_id: str | None) -> Restoration | None:
        """Return what a rollback of a run (without an id: the last one) would restore; None if there is none.

        Without an id, an interrupted rollback is finished first. Otherwise a run that was interrupted and run
        again counts as one: all its parts are undone together.
        """
        with_snapshot = [run for run in self.runs if run.id in self.snapshots]
        if run_id is None:
            goal = next(
                (
                    run
                    for run in with_snapshot
                    if with_snapshot[0].restores(run) and not with_snapshot[0].finished
                ),
                None,
            )
        else:
            goal = next((run for run in with_snapshot if run.id == run_id), None)
        if goal is not None:
            unfinished = with_snapshot[0].restores(goal) and not with_snapshot[0].finished
            return Restoration(
                goal, self._runs_after(goal), unfinished=with_snapshot[0] if unfinished else None
            )
        if run_id is not None or not with_snapshot:
            return None
        last, *others = with_snapshot
        while others and last.continues(others[0]):
            last, *others = others
        left = bool(others) and not others[0].finished and not last.restores(others[0])
        return Restoration(last, self._runs_after(last), left_unfinished=others[0] if left else None)

    def _runs_after(self, run: Run) -> list[Run]:
        """Return the runs after `run`, oldest first, except its continuations and unfinished rollbacks."""
        later: list[Run] = []
        part: Run | None = run
        for one in reversed(self.runs[: self.runs.index(run)]):
            if one.id in self.snapshots:
                part = one if part and one.continues(part) else None
            if (one.id not in self.snapshots or part is None) and (one.finished or not one.restores(run)):
                later.append(one)
        return later

    def created_since(self, run_id: str) -> set[str]:
        """Return the ids of rules that a run and later runs created, without those of single commands."""
        ids = [run.id for run in self.runs]
        since = [run for run in self.runs[: ids.index(run_id) + 1] if run.id in self.snapshots]
        return {step.id.lower() for run in since for step in run.steps if step.action == "create" and step.id}


class Restoration(NamedTuple):
    """Target of a rollback: the rules from before `run`.

    `later` are the runs and single commands after `run`, oldest first; the rollback undoes them too.
    `unfinished` is an interrupted rollback to the same rules, which this rollback finishes. `left_unfinished`
    is an interrupted run before `run`, whose changes this rollback keeps.
    """

    run: Run
    later: list[Run]
    unfinished: Run | None = None
    left_unfinished: Run | None = None


def rollback_source(run: Run) -> str:
    """Return the source of a run in the history that is a rollback of `run`."""
    return f"run {run.id}"


def read_history(path: Path) -> History:
    """Read the run history in the ledger at `path`; without a ledger, the history is empty."""
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
    """Read the runs of all ledgers in `folder`, latest first, and the errors of unreadable ledgers."""
    runs: list[Run] = []
    errors: list[LoyaltyError] = []
    for path in sorted(folder.glob("site-*.sqlite3")):
        try:
            runs += read_history(path).runs
        except LoyaltyError as error:
            errors.append(error)
    return sorted(runs, key=lambda run: run.began, reverse=True), errors


def _read_runs(db: sqlite3.Connection, target: Target) -> list[Run]:
    """Read all runs of a ledger, latest first, with their steps."""
    rows = db.execute("select number, id, command, source, began, ended from runs order by number desc")
    return [
        Run(run_id, command, source, began, ended, target, read_steps(db, number))
        for number, run_id, command, source, began, ended in rows.fetchall()
    ]


def read_steps(db: sqlite3.Connection, run: int) -> list[Step]:
    """Read the steps of a run in the history, by its number. Raises sqlite3.Error, ValueError, TypeError."""
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
