"""What this machine changed on one site: every run, the rules as they were before it, and each of its steps.

    planned ─► sending ─┬─► done
       │                ├─► failed      refused, and certainly not done
       ▼                └─► unknown     nobody knows: the answer was lost
    (never sent)

A step is on disk before it is sent, and again when its answer is there. One run at a time
changes a site: the ledger is locked while it is open, and a process that dies lets go of
it. Anybody may read it meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import sqlite3
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from loyaltyctl.apply.plan_files import Target
from loyaltyctl.errors import Conflict, LoyaltyError
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from loyaltyctl.apply.planning import Change
    from loyaltyctl.intake.values import JsonObject

_SCHEMA = """
create table if not exists target (profile text not null, origin text not null, site text not null);
create table if not exists runs (
    number integer primary key autoincrement, id text unique not null, command text not null,
    source text not null, began real not null, ended real, snapshot text not null
);
create table if not exists steps (
    run integer not null references runs, number integer not null, action text not null, rule text not null,
    title text not null, fields text not null, state text not null, sent real,
    requests text not null default '[]', problem text not null default '', primary key (run, number)
);
"""
_OPEN_SECONDS = 5.0


class State(StrEnum):
    """Where a step stands."""

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Answered(NamedTuple):
    """What became of a step: its number, the id of its rule, the ids of its requests, what was wrong."""

    number: int
    state: State
    id: str
    requests: Sequence[str]
    problem: str


class Step(NamedTuple):
    """One change of a run."""

    action: str
    id: str
    title: str
    fields: list[JsonObject]
    state: State
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
        return [step for step in self.steps if step.state is not State.DONE]


def path_for(folder: Path, origin: str, site: str) -> Path:
    """The ledger of a site."""
    name = hashlib.sha256(json.dumps([origin, site]).encode()).hexdigest()[:16]
    return folder / f"site-{name}.sqlite3"


class Ledger:
    """Opened by making one, closed by leaving a `with`."""

    def __init__(self, path: Path) -> None:
        """Open the ledger and lock it. Raises Conflict while another run has it."""
        self.path = path
        with self._trouble():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _locked(path.with_suffix(".lock"))
            try:
                self._db = _opened(path)
            except BaseException:
                self._lock.close()
                raise
        self._run = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
        self._lock.close()

    def in_doubt_since(self) -> float | None:
        """When the last request was sent of which nobody knows what became; None for no such one."""
        [(sent,)] = self._rows(
            "select max(sent) from steps where state in (?, ?)", [State.SENDING, State.UNKNOWN]
        )
        return None if sent is None else float(sent)

    def begin(
        self, target: Target, command: str, source: str, now: float, snapshot: Iterable[EarningRule]
    ) -> str:
        """Note that a run begins, and what the rules are before it; returns the run's id."""
        run_id = secrets.token_hex(4)
        documents = [rule.document for rule in snapshot]
        with self._transaction():
            self._db.execute("delete from target")
            self._db.execute("insert into target values (?, ?, ?)", target)
            cursor = self._db.execute(
                "insert into runs (id, command, source, began, snapshot) values (?, ?, ?, ?, ?)",
                [run_id, command, source, now, json.dumps(documents)],
            )
        self._run = cursor.lastrowid or 0
        return run_id

    def plan(self, changes: Sequence[Change]) -> None:
        """Note what the run is to do."""
        with self._transaction():
            for number, change in enumerate(changes):
                fields = [field.document() for field in change.fields]
                self._db.execute(
                    "insert into steps (run, number, action, rule, title, fields, state) "
                    "values (?, ?, ?, ?, ?, ?, ?)",
                    [
                        self._run,
                        number,
                        change.action,
                        change.id,
                        change.rule.title,
                        json.dumps(fields),
                        State.PLANNED,
                    ],
                )

    def sending(self, numbers: Iterable[int], now: float) -> None:
        """Note that these steps go out now; on disk when this returns."""
        with self._transaction():
            for number in numbers:
                self._db.execute(
                    "update steps set state = ?, sent = ? where run = ? and number = ?",
                    [State.SENDING, now, self._run, number],
                )

    def record(self, answers: Iterable[Answered]) -> None:
        """Note what became of steps."""
        with self._transaction():
            for number, state, rule_id, requests, problem in answers:
                self._db.execute(
                    "update steps set state = ?, rule = ?, requests = ?, problem = ? "
                    "where run = ? and number = ?",
                    [state, rule_id, json.dumps([*requests]), problem, self._run, number],
                )

    def end(self, now: float) -> None:
        """Note that the run has ended by itself."""
        with self._transaction():
            self._db.execute("update runs set ended = ? where number = ?", [now, self._run])

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._trouble():
            return self._db.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._trouble():
            self._db.execute("begin immediate")
            try:
                yield
                self._db.execute("commit")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("rollback")
                raise

    @contextlib.contextmanager
    def _trouble(self) -> Iterator[None]:
        """SQLite's errors, and the system's, as errors of the house."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise _refusal(self.path, error) from None


class Past(NamedTuple):
    """What a ledger says of the runs so far, the latest first."""

    runs: list[Run]
    snapshots: dict[str, list[EarningRule]]

    def created_since(self, run_id: str) -> set[str]:
        """The ids of the rules that a run, and those after it, created."""
        ids = [run.id for run in self.runs]
        since = self.runs[: ids.index(run_id) + 1]
        return {step.id.lower() for run in since for step in run.steps if step.action == "create" and step.id}


def past(path: Path) -> Past:
    """What the ledger at `path` says; nothing where there is none."""
    if not path.exists():
        return Past([], {})
    try:
        with contextlib.closing(_opened(path)) as db:
            targets = [Target(*row) for row in db.execute("select profile, origin, site from target")]
            runs = [_run(db, row, targets[0]) for row in _runs(db)] if targets else []
            texts = dict(db.execute("select id, snapshot from runs").fetchall())
    except (OSError, sqlite3.Error) as error:
        raise _refusal(path, error) from None
    return Past(
        runs, {name: [EarningRule(rule) for rule in json.loads(text)] for name, text in texts.items()}
    )


def all_past(folder: Path) -> list[Run]:
    """The runs on every site, the latest first."""
    runs = [run for path in sorted(folder.glob("site-*.sqlite3")) for run in past(path).runs]
    return sorted(runs, key=lambda run: run.began, reverse=True)


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
        Step(action, rule, title, json.loads(fields), State(state), sent, json.loads(requests), problem)
        for action, rule, title, fields, state, sent, requests, problem in rows
    ]
    return Run(run_id, command, source, began, ended, target, steps)


def _locked(path: Path) -> sqlite3.Connection:
    """A lock that ends with the process: an open transaction on a database of its own."""
    db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        db.execute("begin exclusive")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_OPEN_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.executescript(_SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _refusal(path: Path, error: Exception) -> LoyaltyError:
    if "locked" in str(error):
        return Conflict(
            "another run is changing this site at this moment",
            code="SITE_IN_USE",
            hint=f"Wait for it to end. Its journal is {path}",
        )
    return LoyaltyError(
        f"cannot use the journal {path}: {error}",
        code="CANNOT_WRITE",
        hint="Make room, or set LOYALTYCTL_DATA_DIR to another folder; nothing is changed without a journal.",
    )
