"""Locks of runs that change a site: lock files beside the ledger of the site."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Conflict
from loyaltyctl.intake import private_files
from loyaltyctl.intake.file_names import hash_name
from loyaltyctl.intake.storage_failures import Cause, cause_of

if TYPE_CHECKING:
    from pathlib import Path


class Lock(NamedTuple):
    """A lock of a run: its lock file, and the message and code of the error if another run has it."""

    path: Path
    problem: str
    code: str


def site_lock(ledger: Path) -> Lock:
    """Return the lock of a site: one apply, copy or rollback at a time.

    Its lock file is beside the ledger at the path `ledger`.
    """
    return Lock(
        ledger.with_suffix(".lock"), "another run is changing this site at this moment", "SITE_IN_USE"
    )


def creation_lock(ledger: Path, source: str) -> Lock:
    """Return the lock of `rules bulk-create` for a rules file: one run of the file at a time.

    `source` identifies the rules file. The lock file is beside the ledger at the path `ledger`.
    """
    return Lock(
        ledger.with_name(f"{ledger.stem}-{hash_name(source)}.lock"),
        "another run is creating the same rules at this moment",
        "JOURNAL_IN_USE",
    )


def acquire_lock(lock: Lock) -> sqlite3.Connection:
    """Acquire a lock. Raises Conflict if another process has it.

    Closing the returned connection releases the lock. The lock is an exclusive transaction on an empty SQLite
    database, since SQLite locks files on every platform. The system releases the locks of a killed process.
    """
    private_files.make_file(lock.path)
    db = sqlite3.connect(lock.path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        db.execute("begin exclusive")
    except sqlite3.Error as error:
        db.close()
        if cause_of(error) is Cause.IN_USE:
            raise Conflict(lock.problem, code=lock.code, hint="Wait for it to end.") from None
        raise
    return db
