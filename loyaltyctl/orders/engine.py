"""DuckDB session: the only module that imports DuckDB.

It may read the given files and no others, loads no extensions from the network, and has a bound on
its memory; data beyond it goes to a temporary folder of its own, removed afterwards.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from loyaltyctl.errors import InvalidData, LoyaltyError, UsageError
from loyaltyctl.orders.sql import literal, path_literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_THREADS = 4
BASE_MIB, THREAD_MIB = 100, 60
"""Bound of the engine's memory: a base, and more for each thread."""
MAX_REASON = 200
"""Maximum length of a message of DuckDB that is passed on."""
POLL_SECONDS = 0.05


class Unreadable(Exception):
    """A file that DuckDB cannot split into rows; the message is DuckDB's, without a usable line."""


class Engine:
    """DuckDB session with access to some files."""

    def __init__(self, paths: Sequence[Path]) -> None:
        try:
            import duckdb
        except ImportError:
            raise UsageError(
                "backtests need DuckDB, which is not installed",
                code="NO_ENGINE",
                hint="Install it with: python3 -m pip install 'loyaltyctl[backtest]'",
            ) from None
        # `__main__` freezes all objects to skip the last collection; DuckDB's must be collected at exit.
        atexit.register(gc.unfreeze)
        self._duckdb = duckdb
        self._idle = Event()
        self._idle.set()
        threads = min(MAX_THREADS, os.cpu_count() or 1)
        self._connection = duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": f"{BASE_MIB + THREAD_MIB * threads}MiB",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "preserve_insertion_order": "false",
            }
        )
        # Readers name a file by its plain path, or with its wildcards escaped.
        allowed = ", ".join(f"{literal(str(path))}, {path_literal(path)}" for path in paths)
        self._folder = _temporary_folder()
        self._connection.execute(f"SET temp_directory = {literal(self._folder)}")
        for setting in (
            "enable_progress_bar_print = false",  # it would be printed to stdout, which is for data
            "TimeZone = 'UTC'",  # the month of an order must not depend on the machine
            f"allowed_paths = [{allowed}]",
            "enable_external_access = false",  # last: from here on the paths cannot be changed
        ):
            self._connection.execute(f"SET {setting}")

    def close(self) -> None:
        """Stop a running statement and remove the temporary folder."""
        if not self._idle.is_set():
            self._connection.interrupt()
            self._idle.wait()
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return [*self.stream(query)]

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query, fetched in batches."""
        try:
            result = self._connection.execute(query)
            while batch := result.fetchmany(1000):
                yield from batch
        except self._duckdb.Error as error:
            raise self._converted(error) from None

    def reset(self, *, ordered: bool) -> None:
        """Prepare another scan; one that keeps the order of the rows is slower."""
        self._connection.execute(f"SET preserve_insertion_order = {str(ordered).lower()}")
        self._connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")

    def rejected(self) -> int:
        """Return the number of lines of CSV that were skipped since, as they cannot be split into columns."""
        if not self.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'"):
            return 0
        return int(self.rows("SELECT count(DISTINCT (scan_id, file_id, line)) FROM reject_errors")[0][0])

    def run(self, statement: str) -> Iterator[int]:
        """Run a statement; yield the percent done since the last time."""
        errors: list[Exception] = []
        self._idle.clear()
        # In a thread of its own: DuckDB holds the caller until the end, and Ctrl-C must stop it at once.
        Thread(target=self._execute, args=(statement, errors)).start()
        shown = 0
        while not self._idle.wait(POLL_SECONDS):
            done = int(self._connection.query_progress())
            if done > shown:
                yield done - shown
                shown = done
        if errors:
            raise self._converted(errors[0])
        yield 100 - shown

    def _execute(self, statement: str, errors: list[Exception]) -> None:
        try:
            self._connection.execute(statement)
        except self._duckdb.Error as error:
            errors.append(error)
        finally:
            self._idle.set()

    def _converted(self, error: Exception) -> LoyaltyError | Unreadable:
        """Return an error of this program for one of DuckDB."""
        reason = str(error).partition("\n")[0].partition("Error: ")[2][:MAX_REASON]
        if isinstance(error, self._duckdb.OutOfMemoryException):
            return LoyaltyError(f"DuckDB ran out of memory: {reason}", code="OUT_OF_MEMORY")
        if isinstance(error, self._duckdb.OutOfRangeException):
            return InvalidData(f"the amounts and rates are too large to multiply: {reason}")
        unreadable = (
            self._duckdb.InvalidInputException,
            self._duckdb.ConversionException,
            self._duckdb.IOException,
        )
        if isinstance(error, unreadable):
            return Unreadable(reason)
        return LoyaltyError(f"DuckDB failed: {reason}", code="ENGINE")


def _temporary_folder() -> str:
    try:
        return tempfile.mkdtemp(prefix="loyaltyctl-")
    except OSError as error:
        raise LoyaltyError(
            f"cannot create a temporary folder: {error.strerror}",
            code="NO_TEMPORARY_FOLDER",
            hint="Set TMPDIR to a writable folder.",
        ) from None
