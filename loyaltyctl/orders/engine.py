"""DuckDB, which does the reading and the summing: the only door to it.

It may read the files it was given and no others, loads nothing from the network, and
stays within a few hundred megabytes; what does not fit goes to a folder of its own,
which is gone afterwards.
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
"""What the engine may use: so much, and so much more for each thread."""
MAX_REASON = 200
POLL_SECONDS = 0.05


class Unreadable(Exception):
    """A file that the engine cannot split into rows, in its own words; the place is yet to be found."""


class Engine:
    """An engine for some files."""

    def __init__(self, paths: Sequence[Path]) -> None:
        try:
            import duckdb
        except ImportError:
            raise UsageError(
                "backtests need DuckDB, which is not installed",
                code="NO_ENGINE",
                hint="Install it with: python3 -m pip install 'loyaltyctl[backtest]'",
            ) from None
        atexit.register(gc.unfreeze)  # the library is to find its objects when the program ends
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
        allowed = ", ".join(f"{literal(str(path))}, {path_literal(path)}" for path in paths)
        self._folder = _own_folder()
        self._connection.execute(f"SET temp_directory = {literal(self._folder)}")
        for setting in (
            "enable_progress_bar_print = false",  # it would go to stdout, where only data may go
            "TimeZone = 'UTC'",  # a month is not to depend on where it is counted
            f"allowed_paths = [{allowed}]",
            "enable_external_access = false",
        ):
            self._connection.execute(f"SET {setting}")

    def close(self) -> None:
        """Leave nothing behind, and stop what still runs."""
        if not self._idle.is_set():
            self._connection.interrupt()
            self._idle.wait()
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows that a query finds."""
        return [*self.each(query)]

    def each(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows that a query finds, a few at a time."""
        try:
            found = self._connection.execute(query)
            while some := found.fetchmany(1000):
                yield from some
        except self._duckdb.Error as error:
            raise self._told(error) from None

    def begin(self, *, ordered: bool) -> None:
        """Begin anew; rows that must be in the order of their files take longer."""
        self._connection.execute(f"SET preserve_insertion_order = {str(ordered).lower()}")
        self._connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")

    def rejected(self) -> int:
        """How many lines were left out since, because they could not be split into columns."""
        if not self.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'"):
            return 0
        return int(self.rows("SELECT count(DISTINCT (scan_id, file_id, line)) FROM reject_errors")[0][0])

    def run(self, statement: str) -> Iterator[int]:
        """Run a statement; yields how many hundredths of it are done since the last time."""
        errors: list[Exception] = []
        self._idle.clear()
        Thread(target=self._work, args=(statement, errors)).start()
        shown = 0
        while not self._idle.wait(POLL_SECONDS):
            done = int(self._connection.query_progress())
            if done > shown:
                yield done - shown
                shown = done
        if errors:
            raise self._told(errors[0])
        yield 100 - shown

    def _work(self, statement: str, errors: list[Exception]) -> None:
        try:
            self._connection.execute(statement)
        except self._duckdb.Error as error:
            errors.append(error)
        finally:
            self._idle.set()

    def _told(self, error: Exception) -> LoyaltyError | Unreadable:
        """Convert an error of DuckDB to an exception of `errors`."""
        reason = str(error).partition("\n")[0].partition("Error: ")[2][:MAX_REASON]
        if isinstance(error, self._duckdb.OutOfMemoryException):
            return LoyaltyError(f"the engine ran out of memory: {reason}", code="OUT_OF_MEMORY")
        if isinstance(error, self._duckdb.OutOfRangeException):
            return InvalidData(f"the amounts and the rates are too large to be multiplied: {reason}")
        files = (
            self._duckdb.InvalidInputException,
            self._duckdb.ConversionException,
            self._duckdb.IOException,
        )
        if isinstance(error, files):
            return Unreadable(reason)
        return LoyaltyError(f"the engine stopped: {reason}", code="ENGINE")


def _own_folder() -> str:
    """A folder for what does not fit into memory."""
    try:
        return tempfile.mkdtemp(prefix="loyaltyctl-")
    except OSError as error:
        raise LoyaltyError(
            f"there is no place for temporary files: {error.strerror}",
            code="NO_TEMPORARY_FOLDER",
            hint="Set TMPDIR to a folder that can be written to.",
        ) from None
