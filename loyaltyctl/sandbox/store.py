"""SQLite store of the sandbox: sites, earning rules and access tokens. Several processes may use it.

rules    site · number (the order of creation) · id · document (JSON)
sites    sites whose seed rules have been inserted
tokens   access tokens of apps
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
"""Maximum time to wait for a lock of the database."""
_RETRY_SECONDS = 0.02
"""Time between attempts to set the journal mode."""
_OTHER_FOLDER = "another folder: export LOYALTYCTL_DATA_DIR=FOLDER"


class Store:
    """SQLite store of the sandbox: the rules of each site, and access tokens."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the store in a database file; without `path`, in memory."""
        self._path = path
        self._lock = threading.Lock()
        if path is not None:
            _make_database_folder(path.parent)
        with self._converted_errors():
            self._db = _open_database(path)

    @contextlib.contextmanager
    def site(self, name: str, *, writes: bool = False) -> Iterator[Site]:
        """Access a site of the store in a `with` block, which is one transaction. An error rolls it back.

        A site that the store does not have yet first gets the seed rules.
        """
        # The seeds are inserted in their own transaction: the transaction of the block may only read.
        with self._transaction(writes=True):
            if self._db.execute("insert or ignore into sites values (?)", [name]).rowcount:
                for document in seeds():
                    Site(self._db, name).insert(document)
        with self._transaction(writes=writes):
            yield Site(self._db, name)

    def issue_token(self, token: str, site: str, expires: float) -> None:
        """Add an app's access token for a site to the store; `expires` is in seconds since 1970."""
        with self._transaction(writes=True):
            self._db.execute("insert into tokens values (?, ?, ?)", [token, site, expires])

    def site_of_token(self, token: str, now: float) -> str | None:
        """Return the site of an app's access token in the store; None if it is unknown or expired."""
        with self._transaction(writes=False):
            found = self._db.execute("select site from tokens where token = ? and expires > ?", [token, now])
            return next((str(site) for (site,) in found), None)

    def counts(self) -> dict[str, int]:
        """Return the number of rules of each site in the store, including sites without rules."""
        with self._transaction(writes=False):
            return self._rule_counts()

    def reset(self) -> dict[str, int]:
        """Delete all sites, rules and tokens of the store; return the number of deleted rules of each site.

        A site gets the seed rules again when it is next used.
        """
        with self._transaction(writes=True):
            deleted = self._rule_counts()
            for table in ("rules", "sites", "tokens"):
                self._db.execute(f"delete from {table}")  # noqa: S608 - the table names are constants
        return deleted

    def _rule_counts(self) -> dict[str, int]:
        """Return the number of rules of each site in the store, inside a transaction."""
        rows = self._db.execute(
            "select site, (select count(*) from rules where rules.site = sites.site) from sites order by site"
        )
        return {str(site): int(count) for site, count in rows}

    def close(self) -> None:
        """Close the store's database. It stays open if a call that timed out still uses it in its thread."""
        if self._lock.acquire(blocking=False):
            self._db.close()

    @contextlib.contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[None]:
        """Run a `with` block as one transaction of the store's database. An error rolls it back."""
        with self._lock, self._converted_errors():
            # "immediate" takes the write lock now. With "begin", the first write would fail at once, without
            # the timeout, if another process has written since this transaction first read.
            self._db.execute("begin immediate" if writes else "begin")
            try:
                yield
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:  # after a full disk, SQLite has rolled it back itself
                    self._db.execute("rollback")
                raise

    @contextlib.contextmanager
    def _converted_errors(self) -> Iterator[None]:
        """Convert to LoyaltyError in a `with` block: errors of SQLite, and JSON errors of damaged rules."""
        try:
            yield
        except (sqlite3.Error, json.JSONDecodeError) as error:
            raise _database_error(self._path, error) from None


class Site:
    """Rules of one site in the sandbox's store, inside a transaction."""

    def __init__(self, db: sqlite3.Connection, name: str) -> None:
        """Access a site in the store's database; `name` is the id of the site."""
        self._db = db
        self._name = name

    def rules(self) -> list[JsonObject]:
        """Return all rules of the site from the store, in the order of their creation."""
        rows = self._db.execute("select document from rules where site = ? order by number", [self._name])
        return [_parse_document(text) for (text,) in rows]

    def rule(self, rule_id: str) -> JsonObject | None:
        """Return the rule with this id from the store, ignoring case; None if there is none."""
        rows = self._db.execute(
            "select document from rules where site = ? and id = ?", [self._name, rule_id.lower()]
        )
        return next((_parse_document(text) for (text,) in rows), None)

    def insert(self, document: JsonObject) -> None:
        """Add a rule to the sandbox's store, after the other rules of the site."""
        self._db.execute(
            "insert into rules (site, id, document) values (?, ?, ?)",
            [self._name, document["id"], json.dumps(document)],
        )

    def replace(self, document: JsonObject) -> None:
        """Replace the rule in the store that has the same id as `document`; its place stays the same."""
        self._db.execute(
            "update rules set document = ? where site = ? and id = ?",
            [json.dumps(document), self._name, document["id"]],
        )

    def delete(self, rule_id: str) -> None:
        """Delete a rule from the sandbox's store; an unknown id is ignored."""
        self._db.execute("delete from rules where site = ? and id = ?", [self._name, rule_id.lower()])


def _database_error(path: Path | None, error: Exception) -> LoyaltyError:
    """Return the error for a store whose database cannot be used, with a hint for the cause."""
    database = f"the sandbox's database {path}"
    cause = cause_of(error)
    if cause is Cause.IN_USE:
        return TryLater(f"{database} is in use by another program")
    if cause is Cause.DAMAGED:
        return LoyaltyError(
            f"{database} cannot be used: it is damaged ({error})",
            code="DATABASE_DAMAGED",
            hint=f"To start a new one, rename it ({move_command(path)}). It holds made-up rules only.",
        )
    if cause is Cause.NO_ACCESS:
        return LoyaltyError(
            f"{database} cannot be used: {error}", code="CANNOT_WRITE", hint=f"Use {_OTHER_FOLDER}"
        )
    return LoyaltyError(
        f"{database} cannot be used: {reason_of(error)}",
        code="DATABASE_FULL" if cause is Cause.FULL else "CANNOT_WRITE",
        hint=f"{FREE_SPACE if cause is Cause.FULL else CHECK_DISK}. Or use {_OTHER_FOLDER}",
    )


def _make_database_folder(folder: Path) -> None:
    """Create the folder of the store's SQLite database, unless it exists. Only the user has access.

    Raises LoyaltyError if the folder cannot be created.
    """
    try:
        private_files.make_folder(folder)
    except OSError as error:
        is_file = isinstance(error, FileExistsError)
        reason = "is not a folder" if is_file else f"cannot be created: {error.strerror}"
        raise LoyaltyError(
            f"the data folder {folder} {reason}", code="CANNOT_WRITE", hint=f"Use {_OTHER_FOLDER}"
        ) from None


def _open_database(path: Path | None) -> sqlite3.Connection:
    """Open the SQLite database of the store, and create its tables; without `path`, it is in memory.

    Any thread may use the connection: Store._lock admits one thread at a time.
    """
    if path is not None:
        # An OSError is ignored: SQLite then fails for the same reason, and its error is converted.
        with contextlib.suppress(OSError):
            private_files.make_file(path)
    db = sqlite3.connect(
        path or ":memory:", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            db.execute("pragma journal_mode = wal")
            db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            # SQLite's timeout does not apply here: while another process sets the mode, this fails at once.
            if cause_of(error) is Cause.IN_USE and time.monotonic() < deadline:
                time.sleep(_RETRY_SECONDS)
                continue
            db.close()
            raise
        return db


def _parse_document(text: str) -> JsonObject:
    """Parse the JSON of a rule in the store."""
    return cast("JsonObject", json.loads(text))
