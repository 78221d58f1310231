"""What this machine changed on one site: every run, the rules as they were before it, and each of its steps.

    planned ─► sending ─┬─► done
       │                ├─► failed      refused, and certainly not done
       ▼                └─► unknown     nobody knows: the answer was lost
    (never sent)

A step is on disk before it is sent, and again when its answer is there. One run at a time
changes a site: the ledger is locked while it is open, and a process that dies lets go of
it. Anybody may read it meanwhile. What single commands change is noted too, without a lock.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from loyaltyctl.apply.history import StepState, opened, refusal
from loyaltyctl.apply.journal import transaction
from loyaltyctl.apply.recorder import begun
from loyaltyctl.intake import private_files, timestamps
from loyaltyctl.model import comparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from loyaltyctl.apply.plan import Change
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.model.rules import EarningRule

NEAR = 300.0
"""Seconds by which the server's clock, and the wait before it answers, may differ from ours."""


class Answered(NamedTuple):
    """What became of a step: its number, the id of its rule, the ids of its requests, what was wrong."""

    number: int
    state: StepState
    id: str
    requests: Sequence[str]
    problem: str


class Ledger:
    """Opened by making one, closed by leaving a `with`."""

    def __init__(self, path: Path) -> None:
        """Open the ledger and lock it. Raises Conflict while another run has it."""
        self.path = path
        with self._trouble():
            private_files.make_folder(path.parent)
            self._lock = _locked(path.with_suffix(".lock"))
            try:
                self._db = opened(path)
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
            "select max(sent) from steps where state in (?, ?)", [StepState.SENDING, StepState.UNKNOWN]
        )
        return None if sent is None else float(sent)

    def begin(  # noqa: PLR0913, PLR0917 - what is known of a run when it begins
        self,
        target: Target,
        command: str,
        source: str,
        now: float,
        snapshot: Iterable[EarningRule],
        changes: Sequence[Change],
    ) -> None:
        """Note that a run begins, what the rules are before it, and what it is to do."""
        documents = json.dumps([rule.document for rule in snapshot])
        with self._trouble(), transaction(self._db):
            self._run = begun(self._db, target, (command, source, now, documents))
            self._db.executemany(
                "insert into steps (run, number, action, rule, title, fields, state) "
                "values (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        self._run,
                        number,
                        change.action,
                        change.id,
                        change.rule.title,
                        json.dumps([one.document() for one in change.fields]),
                        StepState.PLANNED,
                    )
                    for number, change in enumerate(changes)
                ],
            )

    def settle(self, rules: Sequence[EarningRule]) -> None:
        """Note of rules that were being created when a run ended, that they are there."""
        rows = self._rows(
            "select steps.run, steps.number, steps.fields, steps.sent, runs.snapshot from steps "
            "join runs on runs.number = steps.run where steps.action = 'create' and steps.state in (?, ?)",
            [StepState.SENDING, StepState.UNKNOWN],
        )
        found: list[tuple[Any, ...]] = []
        claimed = {str(rule) for (rule,) in self._rows("select rule from steps where rule != ''")}
        for run, number, fields, sent, snapshot in rows:
            before = {str(rule.get("id")) for rule in json.loads(snapshot)}
            said = {field["path"]: field["new"] for field in json.loads(fields)}
            for rule in rules:
                if (
                    rule.id not in before | claimed
                    and said == comparison.comparable(rule)
                    and _near(rule, sent)
                ):
                    found.append((StepState.DONE, rule.id, run, number))
                    claimed.add(rule.id)
                    break
        self._write("update steps set state = ?, rule = ? where run = ? and number = ?", found)

    def sending(self, numbers: Iterable[int], now: float) -> None:
        """Note that these steps go out now; on disk when this returns."""
        self._write(
            "update steps set state = ?, sent = ? where run = ? and number = ?",
            [(StepState.SENDING, now, self._run, number) for number in numbers],
        )

    def record(self, answers: Iterable[Answered]) -> None:
        """Note what became of steps."""
        self._write(
            "update steps set state = ?, rule = ?, requests = ?, problem = ? where run = ? and number = ?",
            [
                (state, rule_id, json.dumps([*requests]), problem, self._run, number)
                for number, state, rule_id, requests, problem in answers
            ],
        )

    def end(self, now: float) -> None:
        """Note that the run has ended by itself."""
        self._write("update runs set ended = ? where number = ?", [(now, self._run)])

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """One change, or several at once; a single one needs no transaction around it."""
        if len(rows) == 1:
            with self._trouble():
                self._db.execute(statement, rows[0])
            return
        with self._trouble(), transaction(self._db):
            self._db.executemany(statement, rows)

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._trouble():
            return self._db.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def _trouble(self) -> Iterator[None]:
        """Convert errors of SQLite and of the system to exceptions of `errors`."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise refusal(self.path, error) from None


def _near(rule: EarningRule, sent: float) -> bool:
    """Whether a rule was created about when a request was sent."""
    created = timestamps.parse(rule.created_date)
    return created is not None and abs(created.timestamp() - sent) <= NEAR


def _locked(path: Path) -> sqlite3.Connection:
    """A lock that ends with the process: an open transaction on a database of its own."""
    private_files.make_file(path)
    db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        db.execute("begin exclusive")
    except sqlite3.Error:
        db.close()
        raise
    return db
