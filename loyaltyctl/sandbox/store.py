"""The sandbox's rules on SQLite: one row a rule, durable, safe with several processes at once.

rules    site · number (the order of creation) · id · document (JSON)
sites    those that were given their seeds
tokens   of apps that signed in
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, cast

from loyaltyctl.errors import LoyaltyError, TryLater
from loyaltyctl.intake import private_files
from loyaltyctl.intake.storage_failures import (
    CHECK_DISK,
    FREE_SPACE,
    Cause,
    cause_of,
    move_command,
    reason_of,
)
from loyaltyctl.sandbox.seeds import seeds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loyaltyctl.intake.values import JsonObject

_SCHEMA = """
create table if not exists sites (site text primary key);
create table if not exists rules (
    number integer primary key autoincrement, site text not null, id text not null, document text not null,
    unique (site, id)
);
create table if not exists tokens (token text primary key, site text not null, expires real not null);
"""
_BUSY_SECONDS = 10.0
_PAUSE_SECONDS = 0.02
_FOLDER = "a folder that takes one: export LOYALTYCTL_DATA_DIR=FOLDER"


class Store:
    """Sites and their rules in one database file."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the file, or a database in memory that ends with the process."""
        self._path = path
        self._lock = threading.Lock()
        if path is not None:
            _make(path.parent)
        with self._trouble():
            self._db = _opened(path)

    @contextlib.contextmanager
    def site(self, name: str, *, writes: bool = False) -> Iterator[Site]:
        """The rules of one site, in one transaction that an error undoes."""
        with self._transaction(writes=True):
            if self._db.execute("insert or ignore into sites values (?)", [name]).rowcount:
                for document in seeds():
                    Site(self._db, name).insert(document)
        with self._transaction(writes=writes):
            yield Site(self._db, name)

    def issue_token(self, token: str, site: str, expires: float) -> None:
        """Remember a token that an app was given."""
        with self._transaction(writes=True):
            self._db.execute("insert into tokens values (?, ?, ?)", [token, site, expires])

    def site_of_token(self, token: str, now: float) -> str | None:
        """The site that a token is for; None for one that is unknown or expired."""
        with self._transaction(writes=False):
            found = self._db.execute("select site from tokens where token = ? and expires > ?", [token, now])
            return next((str(site) for (site,) in found), None)

    def counts(self) -> dict[str, int]:
        """The number of rules of each site that was ever asked for."""
        with self._transaction(writes=False):
            return self._counts()

    def reset(self) -> dict[str, int]:
        """Delete everything, and return the number of rules that each site had.

        Each site gets its seeds again when it is next asked for.
        """
        with self._transaction(writes=True):
            deleted = self._counts()
            for table in ("rules", "sites", "tokens"):
                self._db.execute(f"delete from {table}")  # noqa: S608 - the names stand above
        return deleted

    def _counts(self) -> dict[str, int]:
        rows = self._db.execute(
            "select site, (select count(*) from rules where rules.site = sites.site) from sites order by site"
        )
        return {str(site): int(count) for site, count in rows}

    def close(self) -> None:
        """Close the database, unless a thread that nobody waits for any more is still in it."""
        if self._lock.acquire(blocking=False):
            self._db.close()

    @contextlib.contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[None]:
        with self._lock, self._trouble():
            self._db.execute("begin immediate" if writes else "begin")
            try:
                yield
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:  # SQLite itself undoes one that a full disk ends
                    self._db.execute("rollback")
                raise

    @contextlib.contextmanager
    def _trouble(self) -> Iterator[None]:
        """Convert errors of SQLite, and stored rules that are not JSON, to exceptions of `errors`."""
        try:
            yield
        except (sqlite3.Error, json.JSONDecodeError) as error:
            raise _failure(self._path, error) from None


class Site:
    """The rules of one site, inside a transaction."""

    def __init__(self, db: sqlite3.Connection, name: str) -> None:
        self._db = db
        self._name = name

    def rules(self) -> list[JsonObject]:
        """All rules, oldest first."""
        rows = self._db.execute("select document from rules where site = ? order by number", [self._name])
        return [_document(text) for (text,) in rows]

    def rule(self, rule_id: str) -> JsonObject | None:
        """One rule; its id is compared without regard to case."""
        rows = self._db.execute(
            "select document from rules where site = ? and id = ?", [self._name, rule_id.lower()]
        )
        return next((_document(text) for (text,) in rows), None)

    def insert(self, document: JsonObject) -> None:
        """Add a rule."""
        self._db.execute(
            "insert into rules (site, id, document) values (?, ?, ?)",
            [self._name, document["id"], json.dumps(document)],
        )

    def replace(self, document: JsonObject) -> None:
        """Put `document` in the place of the rule with its id."""
        self._db.execute(
            "update rules set document = ? where site = ? and id = ?",
            [json.dumps(document), self._name, document["id"]],
        )

    def delete(self, rule_id: str) -> None:
        """Remove a rule."""
        self._db.execute("delete from rules where site = ? and id = ?", [self._name, rule_id.lower()])


def _failure(path: Path | None, error: Exception) -> LoyaltyError:
    """Return the error for a database that cannot be used, with the step that its cause needs."""
    database = f"the sandbox's database {path}"
    cause = cause_of(error)
    if cause is Cause.IN_USE:
        return TryLater(f"{database} is in use by another program")
    if cause is Cause.DAMAGED:
        return LoyaltyError(
            f"{database} cannot be used, it is damaged: {error}",
            code="DATABASE_DAMAGED",
            hint=f"To begin a new one, move it away ({move_command(path)}). It holds made-up rules only.",
        )
    if cause is Cause.NO_ACCESS:
        return LoyaltyError(
            f"{database} cannot be used: {error}", code="CANNOT_WRITE", hint=f"Name {_FOLDER}"
        )
    return LoyaltyError(
        f"{database} cannot be used: {reason_of(error)}",
        code="DATABASE_FULL" if cause is Cause.FULL else "CANNOT_WRITE",
        hint=f"{FREE_SPACE if cause is Cause.FULL else CHECK_DISK}. Or name {_FOLDER}",
    )


def _make(folder: Path) -> None:
    """Make the folder of the database, unless it is there."""
    try:
        private_files.make_folder(folder)
    except OSError as error:
        taken = isinstance(error, FileExistsError)
        why = "is not a folder" if taken else f"cannot be made: {error.strerror}"
        raise LoyaltyError(
            f"the data folder {folder} {why}", code="CANNOT_WRITE", hint=f"Name {_FOLDER}"
        ) from None


def _opened(path: Path | None) -> sqlite3.Connection:
    """The database, with its tables; threads take turns at it."""
    if path is not None:
        with contextlib.suppress(OSError):  # SQLite fails for the same reason, in words that are handled
            private_files.make_file(path)
    db = sqlite3.connect(
        path or ":memory:", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            db.execute("pragma journal_mode = wal")
            db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            # Who changes the journal mode does not wait for others who do, whatever the time-out.
            if cause_of(error) is Cause.IN_USE and time.monotonic() < until:
                time.sleep(_PAUSE_SECONDS)
                continue
            db.close()
            raise
        return db


def _document(text: str) -> JsonObject:
    return cast("JsonObject", json.loads(text))
