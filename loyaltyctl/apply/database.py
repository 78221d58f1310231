"""SQLite database of a ledger: schema, connection, transactions and storage errors."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from loyaltyctl.errors import Conflict, InvalidData, LoyaltyError
from loyaltyctl.intake import private_files
from loyaltyctl.intake.file_names import hash_name
from loyaltyctl.intake.storage_failures import (
    CHECK_DISK,
    FREE_SPACE,
    Cause,
    cause_of,
    move_command,
    reason_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LEDGER_SCHEMA = """
create table if not exists target (profile text not null, origin text not null, site text not null);
create table if not exists runs (
    number integer primary key autoincrement, id text unique not null, command text not null,
    source text not null, began real not null, ended real, snapshot text, known text
);
create table if not exists steps (
    run integer not null references runs, number integer not null, action text not null, rule text not null,
    title text not null, fields text not null, state text not null, sent real,
    requests text not null default '[]', problem text not null default '', created text,
    primary key (run, number)
);
"""
_COLUMNS_SINCE_0_1 = (("runs", "known"), ("steps", "created"))
"""Columns that ledger databases of version 0.1.0 lack."""
_BUSY_SECONDS = 5.0
"""Longest wait for the write transaction of another process."""


def ledger_path(folder: Path, origin: str, site: str) -> Path:
    """Return the path of the SQLite database for a site; `folder` has the ledger databases of all sites."""
    # A hash, since origins have characters that file names must not have on Windows. Later versions must
    # compute the same name: with another one, they would not find the history of any site.
    return folder / f"site-{hash_name(origin, site)}.sqlite3"


def open_database(path: Path) -> sqlite3.Connection:
    """Open or create the ledger database at `path`, and add columns that it lacks.

    Raises OSError or sqlite3.Error.
    """
    private_files.make_file(path)  # before SQLite, which would create it with the mode of the umask
    # isolation_level=None: `transaction` begins and commits. Those that sqlite3 begins would be deferred.
    db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("pragma journal_mode = wal")  # readers do not wait for a run, nor a run for readers
        db.execute("pragma synchronous = full")  # a step must be on disk before its request is sent
        db.executescript(_LEDGER_SCHEMA)
        _add_missing_columns(db)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _add_missing_columns(db: sqlite3.Connection) -> None:
    """Add to a ledger database the columns that version 0.1.0 did not create."""
    if _missing_columns(db):
        with transaction(db):
            for table, column in _missing_columns(db):  # read again: another process may have added them
                db.execute(f"alter table {table} add column {column} text")


def _missing_columns(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return the table and the name of each column that a ledger database lacks."""
    return [
        (table, column)
        for table, column in _COLUMNS_SINCE_0_1
        if (column,) not in db.execute("select name from pragma_table_info(?)", [table]).fetchall()
    ]


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Run the block in a transaction of a ledger database, which commits all writes or none.

    A block inside another one is part of the outer transaction.
    """
    nested = db.in_transaction  # a variable: mypy does not know that `execute` changes `in_transaction`
    if nested:
        yield
        return
    # Immediate: a transaction that reads first and writes later would fail with SQLITE_BUSY at once if
    # another process wrote in between, without the wait of _BUSY_SECONDS.
    db.execute("begin immediate")
    try:
        yield
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise


@contextlib.contextmanager
def converting_storage_errors(path: Path) -> Iterator[None]:
    """Convert SQLite and system errors in the block to a LoyaltyError about the ledger database at `path`."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise _ledger_storage_error(path, error) from None


def damaged_ledger_error(path: Path) -> LoyaltyError:
    """Return the error for a ledger that is not an SQLite database, or has invalid values."""
    return InvalidData(
        f"the ledger {path} is damaged",
        code="DAMAGED",
        hint="It recorded which rules were created: compare the site (loyaltyctl rules list) with your file "
        f"before you create any again. To start a new ledger, move it away: {move_command(path)}",
    )


def _ledger_storage_error(path: Path, error: Exception) -> LoyaltyError:
    """Return the error that explains an SQLite or system error of a ledger database."""
    cause = cause_of(error)
    if cause is Cause.IN_USE:
        return Conflict(
            f"another run keeps the ledger {path} busy", code="SITE_IN_USE", hint="Wait for it to end."
        )
    if cause is Cause.DAMAGED:
        return damaged_ledger_error(path)
    steps = {
        Cause.FULL: FREE_SPACE,
        Cause.FAILING: CHECK_DISK,
        Cause.NO_ACCESS: "Check that you may write there, or set LOYALTYCTL_DATA_DIR to another folder",
    }
    return LoyaltyError(
        f"cannot use the ledger {path}: {reason_of(error)}",
        code="CANNOT_WRITE",
        hint=f"{steps[cause]}; then run the command again (rules bulk-create with --resume). "
        "Nothing is changed without a ledger.",
    )
