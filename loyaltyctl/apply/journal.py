"""The journal of one bulk run: on disk before anything is sent, and again after every answer.

    planned ─► sending ─┬─► created     a rule's id is known
       ▲                ├─► failed      refused: by the API, or by the checks here
       └── not there ◄──┴─► (still sending: nobody knows; the site must be asked)

Each item keeps what it is, so that a file that was corrected since finds those that are
done; what is not in the file any more is kept without a number, and found when it comes
back. One run at a time: the journal stays locked while it is open, and a process that
dies lets go of it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from loyaltyctl.errors import Conflict, InvalidData, LoyaltyError
from loyaltyctl.intake import private_files
from loyaltyctl.intake.storage_failures import (
    CHECK_DISK,
    FREE_SPACE,
    Cause,
    cause_of,
    move_command,
    reason_of,
)
from loyaltyctl.model.bulk import ItemResult, ItemStatus
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from loyaltyctl.intake.values import JsonObject

    Refused: TypeAlias = Mapping[int, JsonObject]
    """Errors of items that will not be sent, by their number."""

_SCHEMA = """
create table if not exists run (key text primary key, value text not null);
create table if not exists items (
    number integer unique, content text not null, state text not null,
    tries integer not null default 0, sent real, id text, result text
);
create index if not exists contents on items (content);
"""


class State(StrEnum):
    """Where an item stands."""

    PLANNED = "planned"
    SENDING = "sending"
    CREATED = "created"
    FAILED = "failed"


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """What is written in the block is on disk after it, all of it or nothing."""
    db.execute("begin immediate")
    try:
        yield
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise


def path_for(folder: Path, target: Sequence[str], source: str) -> Path:
    """The journal of creating what `source` (a file, or a pipe) has on `target` (origin and site)."""
    identity = json.dumps([*target, source])
    return folder / f"bulk-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.sqlite3"


class Journal:
    """Opened with `open`, closed by leaving a `with`."""

    def __init__(self, path: Path | None) -> None:
        """Open and lock the file, or one in memory. Raises Conflict while another run has it."""
        self.path = path
        with self._trouble():
            if path is not None:
                private_files.make_folder(path.parent)
                private_files.make_file(path)
            self._db = _opened(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @property
    def begun(self) -> bool:
        """Whether there is a run in it."""
        return bool(self._rows("select 1 from run limit 1"))

    @property
    def finished(self) -> bool:
        """Whether every item of the run is created or failed."""
        return self.begun and not self.numbers(State.PLANNED) and not self.numbers(State.SENDING)

    def begin(self, contents: Sequence[str], baseline: Iterable[str], refused: Refused) -> None:
        """Plan items with these contents anew. `baseline` are the rules that were there before."""
        with self._trouble(), transaction(self._db):
            self._db.execute("delete from items")
            self._db.execute("replace into run values ('baseline', ?)", [json.dumps(sorted(baseline))])
            self._plan(contents, refused)

    def go_on(self, contents: Sequence[str], refused: Refused) -> None:
        """Plan items with these contents, but for those that the run has created, or may have."""
        with self._trouble(), transaction(self._db):
            self._db.execute("delete from items where state in (?, ?)", [State.PLANNED, State.FAILED])
            self._db.execute("update items set number = null")
            self._plan(contents, refused)

    def numbers(self, state: State, limit: int = -1) -> list[int]:
        """The items in a state, in their order."""
        rows = self._rows(
            "select number from items where state = ? and number is not null order by number limit ?",
            [state, limit],
        )
        return [number for (number,) in rows]

    def tries(self, number: int) -> int:
        """How often an item was sent."""
        return next(
            int(tries) for (tries,) in self._rows("select tries from items where number = ?", [number])
        )

    def last_sent(self) -> float:
        """When something was sent last, as a time of day; 0 for never."""
        return next(float(sent or 0) for (sent,) in self._rows("select max(sent) from items"))

    def known_rules(self) -> set[str]:
        """The rules that were there before, and those that this run has created."""
        baseline = next(set(json.loads(text)) for (text,) in self._rows("select value from run"))
        return baseline | {rule_id for (rule_id,) in self._rows("select id from items where id is not null")}

    def sending(self, numbers: Iterable[int], now: float) -> None:
        """Note that these items go out now; on disk when this returns."""
        with self._trouble(), transaction(self._db):
            for number in numbers:
                self._db.execute(
                    "update items set state = ?, tries = tries + 1, sent = ? where number = ?",
                    [State.SENDING, now, number],
                )

    def plan_again(self, numbers: Iterable[int]) -> None:
        """Note that these items surely did not take effect."""
        with self._trouble(), transaction(self._db):
            for number in numbers:
                self._db.execute("update items set state = ? where number = ?", [State.PLANNED, number])

    def record(self, results: Iterable[ItemResult]) -> None:
        """Note what is known now of items; those of unknown fate stay as they are."""
        with self._trouble(), transaction(self._db):
            for result in results:
                if result.status is ItemStatus.CREATED and result.item:
                    self._finish(result.index, State.CREATED, result.item.document, result.id)
                elif result.status is ItemStatus.FAILED:
                    self._finish(result.index, State.FAILED, result.error or {}, None)

    def results(self, titles: Sequence[str]) -> list[ItemResult]:
        """What is known of every item, in their order."""
        rows = self._rows("select number, state, result from items where number is not null order by number")
        with self._trouble():
            return [_result(number, State(state), result, titles[number]) for number, state, result in rows]

    def _plan(self, contents: Sequence[str], refused: Refused) -> None:
        """Give each content the number of its place: to an item without one that has it, or to a new one."""
        for number, content in enumerate(contents):
            if number in refused:
                state, result = State.FAILED, json.dumps(refused[number])
            else:
                state, result = State.PLANNED, None
                found = self._db.execute(
                    "update items set number = ? where rowid = "
                    "(select rowid from items where number is null and content = ? limit 1)",
                    [number, content],
                )
                if found.rowcount:
                    continue
            self._db.execute(
                "insert into items (number, content, state, result) values (?, ?, ?, ?)",
                [number, content, state, result],
            )

    def _finish(self, number: int, state: State, result: JsonObject, rule_id: str | None) -> None:
        self._db.execute(
            "update items set state = ?, result = ?, id = ? where number = ?",
            [state, json.dumps(result), rule_id, number],
        )

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._trouble():
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """Convert errors of SQLite to exceptions of `errors`."""
        try:
            yield
        except (OSError, sqlite3.Error, ValueError) as error:
            raise self._refusal(error) from None

    def _refusal(self, error: Exception) -> LoyaltyError:
        """The error for a journal that cannot be had or written."""
        cause = cause_of(error)
        if cause is Cause.IN_USE:
            return Conflict(
                "another run is creating the same rules at this moment",
                code="JOURNAL_IN_USE",
                hint=f"Wait for it to end. Its journal is {self.path}",
            )
        if cause is Cause.DAMAGED:
            return InvalidData(
                f"the journal {self.path} is damaged: {error}",
                code="DAMAGED",
                hint="It knew which rules were created. Compare the file with the site before you create any "
                "again: loyaltyctl rules list\n"
                f"To begin a new journal, move it away: {move_command(self.path)}",
            )
        steps = {
            Cause.FULL: f"{FREE_SPACE}; then repeat with --resume: what was created so far is known.",
            Cause.FAILING: f"{CHECK_DISK}; then repeat with --resume.",
            Cause.NO_ACCESS: "Check that you may write there, or set LOYALTYCTL_DATA_DIR to another folder.",
        }
        return LoyaltyError(
            f"cannot write the journal {self.path}: {reason_of(error)}",
            code="CANNOT_WRITE",
            hint=steps[cause],
        )


def _opened(path: Path | None) -> sqlite3.Connection:
    """The database, locked, with its tables."""
    db = sqlite3.connect(path or ":memory:", timeout=0, isolation_level=None)
    try:
        db.execute("pragma locking_mode = exclusive")
        db.execute("pragma synchronous = extra")
        db.executescript(f"begin exclusive; {_SCHEMA} commit;")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _result(number: int, state: State, result: str | None, title: str) -> ItemResult:
    stated: JsonObject = json.loads(result) if result else {}
    match state:
        case State.CREATED:
            return ItemResult(number, ItemStatus.CREATED, title, item=EarningRule(stated))
        case State.FAILED:
            return ItemResult(number, ItemStatus.FAILED, title, error=stated)
        case State.SENDING:
            error: JsonObject = {"code": "OUTCOME_UNKNOWN", "description": "sent, but never answered"}
            return ItemResult(number, ItemStatus.UNKNOWN, title, error=error)
        case State.PLANNED:
            error = {"code": "NOT_SENT", "description": "the run ended before it was sent"}
            return ItemResult(number, ItemStatus.UNSENT, title, error=error)
