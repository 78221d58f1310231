"""Ledger of a site: records every run that changes the site, and each step before and after its request.

    planned ─► sending ─┬─► done
       ▲                ├─► failed         refused, certainly without effect
       │                └─► unknown        the response was lost
       │                      ├─► done     the rules of the site show the effect
       └──────────────────────┘            they show that there is none

If a process dies, its steps stay in their states, and its lock is released. Any process may read the ledger
at any time. Commands that change one rule record the change without a lock.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from loyaltyctl.apply.database import (
    converting_storage_errors,
    damaged_ledger_error,
    open_database,
    transaction,
)
from loyaltyctl.apply.history import IN_DOUBT, Step, read_steps
from loyaltyctl.apply.locks import acquire_lock
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.intake import private_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from loyaltyctl.apply.locks import Lock
    from loyaltyctl.apply.plan import Change
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.rules import EarningRule


class StepResult(NamedTuple):
    """Result of a step to record in the ledger; `created` is the rule that a creation returned."""

    number: int
    state: StepState
    id: str = ""
    requests: Sequence[str] = ()
    problem: str = ""
    created: JsonObject | None = None


class Ledger:
    """Open ledger with a current run, whose steps are numbered from 0 in the order of the plan."""

    def __init__(self, path: Path, lock: Lock | None = None, run: int = 0) -> None:
        """Open the ledger at `path`, and hold `lock` until the ledger is closed.

        Raises Conflict if another process holds the lock. `run` is the number of the current run; 0 if none
        has begun.
        """
        self.path = path
        self._run = run
        with converting_storage_errors(path):
            private_files.make_folder(path.parent)
            self._lock = acquire_lock(lock) if lock else None
            try:
                self._db = open_database(path)
            except BaseException:
                if self._lock:
                    self._lock.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
        if self._lock:
            self._lock.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in a transaction: all of its writes get into the ledger, or none."""
        with converting_storage_errors(self.path), transaction(self._db):
            yield

    def begin(  # noqa: PLR0913 - the columns of a run
        self,
        target: Target,
        command: str,
        source: str,
        now: float,
        changes: Sequence[Change] = (),
        *,
        snapshot: Iterable[EarningRule] | None = None,
        known: Iterable[str] | None = None,
    ) -> int:
        """Record in the ledger that a run begins, with its planned steps; return the number of the run.

        `snapshot` are the rules before the run, which a rollback needs. A bulk creation records only their
        ids, in `known`.
        """
        with self.transaction():
            # One row: another profile may lead to the same site, and history shows the one that was used
            # last.
            self._db.execute("delete from target")
            self._db.execute("insert into target values (?, ?, ?)", target)
            cursor = self._db.execute(
                "insert into runs (id, command, source, began, snapshot, known) values (?, ?, ?, ?, ?, ?)",
                [
                    secrets.token_hex(4),
                    command,
                    source,
                    now,
                    None if snapshot is None else json.dumps([rule.document for rule in snapshot]),
                    None if known is None else json.dumps(sorted(known)),
                ],
            )
            self._run = cursor.lastrowid or 0
            self._insert_steps((number, planned_step(change)) for number, change in enumerate(changes))
        return self._run

    def add(self, number: int, step: Step) -> None:
        """Add a step to the ledger's current run."""
        with self.transaction():
            self._insert_steps([(number, step)])

    def reopen(self, command: str, source: str) -> bool:
        """Make the last run of `command` from the rules file `source` the current run of the ledger.

        Return False if the ledger has no such run.
        """
        rows = self._read_rows(
            "select max(number) from runs where (command, source) = (?, ?)", [command, source]
        )
        self._run = rows[0][0] or 0
        return bool(self._run)

    @property
    def has_open_steps(self) -> bool:
        """True if a step of the ledger's current run is neither done nor failed.

        Steps with negative numbers do not count, since their rules are no longer in the rules file.
        """
        return bool(
            self._read_rows(
                "select 1 from steps where run = ? and number >= 0 and state not in (?, ?) limit 1",
                [self._run, StepState.DONE, StepState.FAILED],
            )
        )

    def steps(self) -> list[Step]:
        """Return the steps of the ledger's current run."""
        try:
            with converting_storage_errors(self.path):
                return read_steps(self._db, self._run)
        except (ValueError, TypeError):
            raise damaged_ledger_error(self.path) from None

    def known_ids(self) -> set[str]:
        """Return the ids of all rules that the ledger's current run knows.

        They are the rules that were on the site before the run, and the rules that the run created.
        """
        [(known,)] = self._read_rows("select known from runs where number = ?", [self._run])
        rows = self._read_rows("select rule from steps where run = ? and rule != ''", [self._run])
        try:
            return {*json.loads(known), *(rule for (rule,) in rows)}
        except (ValueError, TypeError):
            raise damaged_ledger_error(self.path) from None

    def replan(self, steps: Mapping[int, Step]) -> None:
        """Replace the steps of the ledger's current run, and record that the run has not ended."""
        with self.transaction():
            self._db.execute("delete from steps where run = ?", [self._run])
            self._db.execute("update runs set ended = null where number = ?", [self._run])
            self._insert_steps(steps.items())

    def delete_runs(self, run_ids: Iterable[str]) -> None:
        """Delete runs and their steps from the ledger."""
        rows = [(run_id,) for run_id in run_ids]
        with self.transaction():
            self._write_rows("delete from steps where run = (select number from runs where id = ?)", rows)
            self._write_rows("delete from runs where id = ?", rows)

    def in_doubt_since(self) -> float | None:
        """Return when the ledger's latest step in doubt was sent; None if no step is in doubt."""
        [(sent,)] = self._read_rows("select max(sent) from steps where state in (?, ?)", IN_DOUBT)
        return None if sent is None else float(sent)

    def record_created(self, run_id: str, number: int, rule: str) -> None:
        """Record in the ledger that a creation in doubt is done; `rule` is the id of the created rule."""
        self._write_rows(
            "update steps set state = ?, rule = ? "
            "where run = (select number from runs where id = ?) and number = ?",
            [(StepState.DONE, rule, run_id, number)],
        )

    def sending(self, numbers: Iterable[int], now: float) -> None:
        """Record in the ledger that steps are sent now. The record is on disk when this returns."""
        self._write_rows(
            "update steps set state = ?, sent = ? where run = ? and number = ?",
            [(StepState.SENDING, now, self._run, number) for number in numbers],
        )

    def record(self, results: Iterable[StepResult]) -> None:
        """Record the results of steps in the ledger's current run."""
        self._write_rows(
            "update steps set state = ?, rule = ?, requests = ?, problem = ?, created = ? "
            "where run = ? and number = ?",
            [
                (
                    result.state,
                    result.id,
                    json.dumps([*result.requests]),
                    result.problem,
                    _json_or_null(result.created),
                    self._run,
                    result.number,
                )
                for result in results
            ],
        )

    def end(self, now: float) -> None:
        """Record that the ledger's current run ended without being interrupted."""
        self._write_rows("update runs set ended = ? where number = ?", [(now, self._run)])

    def _insert_steps(self, steps: Iterable[tuple[int, Step]]) -> None:
        """Insert steps with these numbers into the ledger's current run."""
        self._db.executemany(
            "insert into steps "
            "(run, number, action, rule, title, fields, state, sent, requests, problem, created) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    self._run,
                    number,
                    *step[:3],
                    json.dumps(step.fields),
                    step.state,
                    step.sent,
                    json.dumps(step.requests),
                    step.problem,
                    _json_or_null(step.created),
                )
                for number, step in steps
            ),
        )

    def _write_rows(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute an SQL statement on the ledger once for each row of values, in one transaction."""
        if rows:
            with self.transaction():
                self._db.executemany(statement, rows)

    def _read_rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of the ledger that an SQL query selects."""
        with converting_storage_errors(self.path):
            return self._db.execute(statement, values).fetchall()


def planned_step(change: Change) -> Step:
    """Return the step that the ledger records for a planned change: failed if the change has a problem."""
    fields = [field._asdict() for field in change.fields]
    state = StepState.FAILED if change.problem else StepState.PLANNED
    return Step(change.action, change.id, change.rule.title, fields, state, None, [], change.problem)


def _json_or_null(document: JsonObject | None) -> str | None:
    """Return a rule as JSON for a column of the ledger; None if there is no rule."""
    return None if document is None else json.dumps(document)
