"""Causes of errors of SQLite and of the operating system."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.intake.storage_failures import Cause, cause_of, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLE = "create table t (x)"


def full(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(TABLE)
        db.execute("pragma max_page_count = 2")
        db.execute("insert into t values (?)", ["x" * 99_999])


def locked(path: Path) -> None:
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as one,
        closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other,
    ):
        one.execute("begin exclusive")
        other.execute(TABLE)


def damaged(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(TABLE)
        db.execute("insert into t values (?)", ["x" * 99_999])
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 120_000)
    with closing(sqlite3.connect(path)) as db:
        db.execute("select * from t").fetchall()


def no_database(path: Path) -> None:
    path.write_bytes(b"no database " * 999)
    with closing(sqlite3.connect(path)) as db:
        db.execute(TABLE)


def no_folder(path: Path) -> None:
    sqlite3.connect(path / "x" / "y").close()


def read_only(path: Path) -> None:
    sqlite3.connect(path).close()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.execute(TABLE)


def no_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("select * from t")


@pytest.mark.parametrize(
    ("do", "cause"),
    [
        (full, Cause.FULL),
        (locked, Cause.IN_USE),
        (damaged, Cause.DAMAGED),
        (no_database, Cause.DAMAGED),
        (no_folder, Cause.NO_ACCESS),
        (read_only, Cause.NO_ACCESS),
        (no_table, Cause.DAMAGED),
    ],
)
def test_errors_of_sqlite_have_their_cause(do: Callable[[Path], None], cause: Cause, tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error) as raised:
        do(tmp_path / "db")

    assert cause_of(raised.value) is cause
    assert reason_of(raised.value)


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENOSPC, Cause.FULL),
        (errno.EDQUOT, Cause.FULL),
        (errno.EFBIG, Cause.FULL),
        (errno.EIO, Cause.FAILING),
        (errno.EACCES, Cause.NO_ACCESS),
        (errno.EROFS, Cause.NO_ACCESS),
        (errno.ENOTDIR, Cause.NO_ACCESS),
    ],
)
def test_errors_of_the_operating_system_have_their_cause(number: int, cause: Cause) -> None:
    assert cause_of(OSError(number, "text")) is cause
    assert reason_of(OSError(number, "text")) == ("the disk is full" if cause is Cause.FULL else "text")


def test_invalid_content_is_damage() -> None:
    assert cause_of(ValueError("x")) is Cause.DAMAGED
    assert cause_of(sqlite3.ProgrammingError("x")) is Cause.DAMAGED
    assert reason_of(OSError()) == ""
