"""What was done on a site so far: the runs in its ledger, their steps, and the rules before each."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.apply.targets import Target
from loyaltyctl.errors import Conflict, InvalidData, LoyaltyError
from loyaltyctl.intake import private_files
from loyaltyctl.intake.storage_failures import CHECK_DISK, ROOM, Cause, cause_of, move_away, reason_of
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from pathlib import Path

    from loyaltyctl.intake.values import JsonObject

_SCHEMA = """
create table if not exists target (profile text not null, origin text not null, site text not null);
create table if not exists runs (
    number integer primary key autoincrement, id text unique not null, command text not null,
    source text not null, began real not null, ended real, snapshot text
);
create table if not exists steps (
    run integer not null references runs, number integer not null, action text not null, rule text not null,
    title text not null, fields text not null, state text not null, sent real,
    requests text not null default '[]', problem text not null default '', primary key (run, number)
);
"""
_OPEN_SECONDS = 5.0
ROLLBACK = "rules rollback"
"""The command of a run that restored the rules from before another one, which its source names."""


class StepState(StrEnum):
    """Where a step stands."""

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Step(NamedTuple):
    """One change of a run."""

    action: str
    id: str
    title: str
    fields: list[JsonObject]
    state: StepState
    sent: float | None
    requests: list[str]
    problem: str


class Run(NamedTuple):
    """One run that changed, or was to change, a site."""

    id: str
    command: str
    source: str
    began: float
    ended: float | None
    target: Target
    steps: list[Step]

    @property
    def missing(self) -> list[Step]:
        """What it was to do, and is not known to have done."""
        return [step for step in self.steps if step.state is not StepState.DONE]

    @property
    def finished(self) -> bool:
        """Whether it came to its end, and did all that it was to do."""
        return self.ended is not None and not self.missing

    @property
    def in_doubt(self) -> bool:
        """Whether there are requests of which nobody knows what became."""
        return any(step.state in (StepState.SENDING, StepState.UNKNOWN) for step in self.steps)

    def restores(self, run: Run) -> bool:
        """Whether it is a rollback to the rules from before `run`."""
        return (self.command, self.source) == (ROLLBACK, rollback_source(run))

    def continues(self, before: Run) -> bool:
        """Whether it is the second half of the run before it: the same command, run again to finish it.

        A run that does more than what was left belongs to itself: something else was wanted
        by then. A rollback that does more still leads to the same rules.
        """
        if before.finished or (self.command, self.source) != (before.command, before.source):
            return False
        left = {(step.action, step.title) for step in before.missing}
        return self.command == ROLLBACK or left.issuperset((step.action, step.title) for step in self.steps)


def path_for(folder: Path, origin: str, site: str) -> Path:
    """The ledger of a site."""
    name = hashlib.sha256(json.dumps([origin, site]).encode()).hexdigest()[:16]
    return folder / f"site-{name}.sqlite3"


class History(NamedTuple):
    """What a ledger says of the runs so far, the latest first; snapshots are kept by runs of many steps."""

    runs: list[Run]
    snapshots: dict[str, list[EarningRule]]

    def to_restore(self, run_id: str | None) -> Restoration | None:
        """The restoration that undoes the run with this id, or the last one.

        A rollback that did not finish is finished by the next one. Otherwise the halves of a
        run that was interrupted and run again are undone together. None where no run keeps
        the rules from before it.
        """
        kept = [run for run in self.runs if run.id in self.snapshots]
        if run_id is None:
            goal = next((run for run in kept if kept[0].restores(run) and not kept[0].finished), None)
        else:
            goal = next((run for run in kept if run.id == run_id), None)
        if goal is not None:
            unfinished = kept[0].restores(goal) and not kept[0].finished
            return Restoration(goal, self._after(goal), unfinished=kept[0] if unfinished else None)
        if run_id is not None or not kept:
            return None
        last, *others = kept
        while others and last.continues(others[0]):
            last, *others = others
        left = bool(others) and not others[0].finished and not last.restores(others[0])
        return Restoration(last, self._after(last), left_unfinished=others[0] if left else None)

    def _after(self, run: Run) -> list[Run]:
        """The runs after `run`, but for its second halves and rollbacks of it that did not finish."""
        later: list[Run] = []
        half: Run | None = run
        for one in reversed(self.runs[: self.runs.index(run)]):
            if one.id in self.snapshots:
                half = one if half and one.continues(half) else None
            if (one.id not in self.snapshots or half is None) and (one.finished or not one.restores(run)):
                later.append(one)
        return later

    def created_since(self, run_id: str) -> set[str]:
        """The ids of the rules that a run, and those after it, created."""
        ids = [run.id for run in self.runs]
        since = [run for run in self.runs[: ids.index(run_id) + 1] if run.id in self.snapshots]
        return {step.id.lower() for run in since for step in run.steps if step.action == "create" and step.id}


class Restoration(NamedTuple):
    """The target of a rollback: the rules from before `run`.

    `later` are the runs and single commands after it, the oldest first. `unfinished` is the
    rollback to the same rules that this one finishes, `left_unfinished` a run before `run`
    that nobody finished.
    """

    run: Run
    later: list[Run]
    unfinished: Run | None = None
    left_unfinished: Run | None = None


def rollback_source(run: Run) -> str:
    """The source that the ledger records for a rollback of `run`."""
    return f"run {run.id}"


def read_history(path: Path) -> History:
    """What the ledger at `path` says; nothing where there is none."""
    if not path.exists():
        return History([], {})
    try:
        with contextlib.closing(opened(path)) as db:
            targets = [Target(*row) for row in db.execute("select profile, origin, site from target")]
            runs = [_run(db, row, targets[0]) for row in _runs(db)] if targets else []
            texts = dict(db.execute("select id, snapshot from runs where snapshot is not null").fetchall())
        snapshots = {name: [*map(EarningRule.read, json.loads(text))] for name, text in texts.items()}
    except (OSError, sqlite3.Error) as error:
        raise refusal(path, error) from None
    except (ValueError, TypeError, InvalidData):
        raise damaged(path) from None
    return History(runs, snapshots)


def read_all(folder: Path) -> tuple[list[Run], list[LoyaltyError]]:
    """The runs on every site, the latest first; and what keeps those on some from being read."""
    runs: list[Run] = []
    errors: list[LoyaltyError] = []
    for path in sorted(folder.glob("site-*.sqlite3")):
        try:
            runs += read_history(path).runs
        except LoyaltyError as error:
            errors.append(error)
    return sorted(runs, key=lambda run: run.began, reverse=True), errors


def _runs(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return db.execute(
        "select number, id, command, source, began, ended from runs order by number desc"
    ).fetchall()


def _run(db: sqlite3.Connection, row: tuple[Any, ...], target: Target) -> Run:
    number, run_id, command, source, began, ended = row
    rows = db.execute(
        "select action, rule, title, fields, state, sent, requests, problem from steps "
        "where run = ? order by number",
        [number],
    )
    steps = [
        Step(action, rule, title, json.loads(fields), StepState(state), sent, json.loads(requests), problem)
        for action, rule, title, fields, state, sent, requests, problem in rows
    ]
    return Run(run_id, command, source, began, ended, target, steps)


def opened(path: Path) -> sqlite3.Connection:
    """The ledger at `path`, with its tables."""
    private_files.make_file(path)
    db = sqlite3.connect(path, timeout=_OPEN_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.executescript(_SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def damaged(path: Path) -> LoyaltyError:
    """The error for a ledger that is none, or not whole."""
    return InvalidData(
        f"the journal {path} is damaged",
        code="DAMAGED",
        hint=f"What was changed is on the site. To begin a new journal, move it away: {move_away(path)}",
    )


def refusal(path: Path, error: Exception) -> LoyaltyError:
    """The error for a ledger that cannot be had or written."""
    cause = cause_of(error)
    if cause is Cause.IN_USE:
        return Conflict(
            "another run is changing this site at this moment",
            code="SITE_IN_USE",
            hint=f"Wait for it to end. Its journal is {path}",
        )
    if cause is Cause.DAMAGED:
        return damaged(path)
    steps = {
        Cause.FULL: ROOM,
        Cause.FAILING: CHECK_DISK,
        Cause.NO_ACCESS: "Check that you may write there, or set LOYALTYCTL_DATA_DIR to another folder",
    }
    return LoyaltyError(
        f"cannot use the journal {path}: {reason_of(error)}",
        code="CANNOT_WRITE",
        hint=f"{steps[cause]}; nothing is changed without a journal.",
    )
