"""Ledger of a site: every run that changes it, each step recorded before it is sent and after its response.

    planned ─► sending ─┬─► done
       ▲                ├─► failed      refused, and certainly without effect
       │                ▼
       └─ not there ◄─ unknown          the response was lost; only the site can tell

A process that dies leaves its steps as they were, and releases its lock. Any process may read the ledger
meanwhile. Single commands record what they changed without a lock.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from loyaltyctl.apply.database import acquire, connect, damaged, storage_errors, transaction
from loyaltyctl.apply.history import IN_DOUBT, Step, read_steps
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.intake import private_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from loyaltyctl.apply.database import Lock
    from loyaltyctl.apply.plan import Change
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.rules import EarningRule


class StepResult(NamedTuple):
    """Result of a step; `created` is the rule that a creation made."""

    number: int
    state: StepState
    id: str = ""
    requests: Sequence[str] = ()
    problem: str = ""
    created: JsonObject | None = None


class Ledger:
    """Open ledger; steps are those of its current run, and numbered from 0 in the order of the plan."""

    def __init__(self, path: Path, lock: Lock | None = None, run: int = 0) -> None:
        """Open the ledger at `path`, and hold `lock` until it is closed. Raises Conflict if it is taken.

        `run` is the number of the current run, if it began earlier.
        """
        self.path = path
        self._run = run
        with storage_errors(path):
            private_files.make_folder(path.parent)
            self._lock = acquire(lock) if lock else None
            try:
                self._db = connect(path)
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
        """Commit everything that the block writes, or nothing."""
        with storage_errors(self.path), transaction(self._db):
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
        """Record that a run begins, and the steps it is to make; return its number.

        `snapshot` are the rules before the run, for a rollback; `known` are only their ids.
        """
        with self.transaction():
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
            self._insert((number, planned(change)) for number, change in enumerate(changes))
        return self._run

    def add(self, number: int, step: Step) -> None:
        """Record a step that was not planned."""
        with self.transaction():
            self._insert([(number, step)])

    def reopen(self, command: str, source: str) -> bool:
        """Make the last run of `command` from `source` the current one; return whether there is one."""
        rows = self._rows("select max(number) from runs where (command, source) = (?, ?)", [command, source])
        self._run = rows[0][0] or 0
        return bool(self._run)

    @property
    def has_open_steps(self) -> bool:
        """True if a step is neither done nor failed; steps that the file lacks by now do not count."""
        return bool(
            self._rows(
                "select 1 from steps where run = ? and number >= 0 and state not in (?, ?) limit 1",
                [self._run, StepState.DONE, StepState.FAILED],
            )
        )

    def steps(self) -> list[Step]:
        """Return the steps of the run."""
        try:
            with storage_errors(self.path):
                return read_steps(self._db, self._run)
        except (ValueError, TypeError):
            raise damaged(self.path) from None

    def known(self) -> set[str]:
        """Return the ids of the rules from before the run, and of those that it created."""
        [(known,)] = self._rows("select known from runs where number = ?", [self._run])
        rows = self._rows("select rule from steps where run = ? and rule != ''", [self._run])
        try:
            return {*json.loads(known), *(rule for (rule,) in rows)}
        except (ValueError, TypeError):
            raise damaged(self.path) from None

    def replan(self, steps: Mapping[int, Step]) -> None:
        """Replace the steps of the run, which goes on."""
        with self.transaction():
            self._db.execute("delete from steps where run = ?", [self._run])
            self._db.execute("update runs set ended = null where number = ?", [self._run])
            self._insert(steps.items())

    def in_doubt_since(self) -> float | None:
        """Return when the last request of any run was sent whose effect is not known."""
        [(sent,)] = self._rows("select max(sent) from steps where state in (?, ?)", IN_DOUBT)
        return None if sent is None else float(sent)

    def record_created(self, run_id: str, number: int, rule: str) -> None:
        """Record that a step of an earlier run created this rule."""
        self._write(
            "update steps set state = ?, rule = ? "
            "where run = (select number from runs where id = ?) and number = ?",
            [(StepState.DONE, rule, run_id, number)],
        )

    def sending(self, numbers: Iterable[int], now: float) -> None:
        """Record that steps are sent now; on disk when this returns."""
        self._write(
            "update steps set state = ?, sent = ? where run = ? and number = ?",
            [(StepState.SENDING, now, self._run, number) for number in numbers],
        )

    def record(self, results: Iterable[StepResult]) -> None:
        """Record results of steps."""
        self._write(
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
        """Record that the run ended by itself."""
        self._write("update runs set ended = ? where number = ?", [(now, self._run)])

    def _insert(self, steps: Iterable[tuple[int, Step]]) -> None:
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

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute a statement for each row; a single one needs no transaction around it."""
        with storage_errors(self.path):
            if len(rows) == 1:
                self._db.execute(statement, rows[0])
            elif rows:
                with transaction(self._db):
                    self._db.executemany(statement, rows)

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with storage_errors(self.path):
            return self._db.execute(statement, values).fetchall()


def planned(change: Change) -> Step:
    """Return the step that makes a change; one that has a problem has failed."""
    fields = [field._asdict() for field in change.fields]
    state = StepState.FAILED if change.problem else StepState.PLANNED
    return Step(change.action, change.id, change.rule.title, fields, state, None, [], change.problem)


def _json_or_null(document: JsonObject | None) -> str | None:
    return None if document is None else json.dumps(document)
