"""DuckDB session, which runs the SQL over order files: the only module that imports DuckDB.

The session may read the given files and no others, loads no extensions from the network, and has
a memory limit. DuckDB spills data beyond the limit to a temporary folder, which is removed on close.
"""

from __future__ import annotations

import atexit
import errno
import gc
import os
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, TypeVar

from loyaltyctl.errors import InvalidData, LoyaltyError, UsageError
from loyaltyctl.intake.storage_failures import FREE_SPACE
from loyaltyctl.orders.containers.copies import check_size
from loyaltyctl.orders.containers.readable import MAX_LINE, ZSTD
from loyaltyctl.orders.line_sql import LINE_FORMAT, lines
from loyaltyctl.orders.quoting import literal, path_literal
from loyaltyctl.orders.temporary_folders import TemporaryFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

Result = TypeVar("Result")
MAX_THREADS = 4
"""Maximum number of threads of DuckDB: each needs memory (see THREAD_MIB)."""
BASE_MIB, THREAD_MIB = 100, 60
"""Memory limit of DuckDB: a base, and more for each thread. DuckDB's default is 80 % of the memory."""
PARSED_AT_ONCE = 2048
"""Number of JSON objects that a thread of DuckDB parses before it converts them."""
PARSED_FACTOR = 4
"""Factor by which a parsed JSON object may be larger than its text."""
MAX_ROOM_MIB = 4096
"""Maximum memory for parsed JSON objects."""
POLL_SECONDS = 0.05
"""Interval at which the progress of a scan is read."""
_FULL = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))
"""Parts of DuckDB's messages about a full disk; its exceptions have no error number."""


class Unreadable(Exception):
    """DuckDB cannot read an order file. The error of DuckDB has no reliable line number."""


class Engine:
    """DuckDB session that may read the given order files, and no others."""

    def __init__(self, paths: Sequence[Path]) -> None:
        try:
            import duckdb
        except ImportError:
            raise UsageError(
                "backtests need DuckDB, which is not installed",
                code="NO_ENGINE",
                hint="Install it with: python3 -m pip install 'loyaltyctl[backtest]'",
            ) from None
        # `__main__` freezes all objects to skip the last garbage collection, but DuckDB's objects must be
        # collected before the interpreter exits.
        atexit.register(gc.unfreeze)
        self._duckdb = duckdb
        self._thread = ThreadPoolExecutor(1)
        self._running: Future[Any] | None = None
        self._threads = threads = min(MAX_THREADS, os.cpu_count() or 1)
        self._room = 0
        self._connection = duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": f"{BASE_MIB + THREAD_MIB * threads}MiB",
                # DuckDB would download and load extensions on demand; a backtest must work offline.
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                # Keeping the order of rows is slower and needs more memory; `prepare_scan` can turn it on.
                "preserve_insertion_order": "false",
            }
        )
        # DuckDB compares the text of a path with `allowed_paths`. Its readers check the plain path or, for
        # a name with wildcards, the escaped one, so both are allowed.
        allowed = ", ".join(f"{literal(str(path))}, {path_literal(path)}" for path in paths)
        self._temporary = TemporaryFolder()
        self.folder = self._temporary.path
        self._connection.execute(f"SET temp_directory = {literal(str(self.folder))}")
        for setting in (
            "enable_progress_bar_print = false",  # it would be printed to stdout, which is for data
            "TimeZone = 'UTC'",  # the month of an order must not depend on the machine
            f"allowed_paths = [{allowed}]",
            f"allowed_directories = [{literal(f'{self.folder}{os.sep}')}]",
            "enable_external_access = false",  # last: from here on the paths cannot be changed
        ):
            self._connection.execute(f"SET {setting}")

    def close(self) -> None:
        """Interrupt a running scan, close the DuckDB session and remove its temporary folder."""
        self._interrupt()
        self._thread.shutdown()
        self._connection.close()
        self._temporary.remove()

    def _interrupt(self) -> None:
        """Interrupt the statement of DuckDB that is running, if there is one, and wait for its end."""
        while self._running is not None and not self._running.done():
            self._connection.interrupt()  # again and again: a statement that has not begun ignores it
            wait([self._running], POLL_SECONDS)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a DuckDB query."""
        return [*self.stream(query)]

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a DuckDB query, fetched in batches."""
        result = self._awaited(self._connection.execute, query)
        while batch := self._awaited(result.fetchmany, 1000):
            yield from batch

    def _awaited(self, function: Callable[..., Result], *args: object) -> Result:
        """Call a function of DuckDB in the thread of the session, and return its result.

        DuckDB blocks the calling thread until the end, and Python handles Ctrl-C in the main thread only
        between two bytecodes.
        """
        running = self._thread.submit(function, *args)
        self._running = running
        while not wait([running], POLL_SECONDS).done:
            pass
        return self._result(running)

    def _result(self, running: Future[Result]) -> Result:
        """Return the result of a call of DuckDB that has ended. Raises its error, converted."""
        try:
            return running.result()
        except self._duckdb.Error as error:
            raise self._converted_error(error) from None

    def decompress(self, path: Path, target: Path, source: str) -> None:
        """Decompress a Zstandard file of text to a file in the folder of the DuckDB session.

        Its lines end in LF afterwards. Messages name the file `source`. Raises InvalidData if it is damaged,
        is not UTF-8 text, has a line of more than MAX_LINE bytes, or is a bomb.
        """
        self.prepare_scan(ordered=True)
        # A temporary file of DuckDB would hide from the check of its size.
        options = f"FORMAT csv, USE_TMP_FILE false, {LINE_FORMAT}"
        copy = f"COPY (FROM {lines(path, ZSTD)}) TO {literal(str(target))} ({options})"
        packed = path.stat().st_size
        running = self._thread.submit(self._connection.execute, copy)
        self._running = running
        try:
            while not wait([running], POLL_SECONDS).done:
                check_size(target.stat().st_size, packed, source)
            self._result(running)
        except Unreadable:
            raise InvalidData(
                f"{source}: the Zstandard data is damaged, is not UTF-8 text, or has a line of more than "
                f"{MAX_LINE:,} bytes",
                hint="Decompress it: zstd -d FILE",
            ) from None
        finally:
            self._interrupt()
        check_size(target.stat().st_size, packed, source)

    def make_room(self, size: int) -> None:
        """Raise the memory limit for orders of a size in bytes, of which each thread parses many at once."""
        room = min(MAX_ROOM_MIB, self._threads * size * PARSED_AT_ONCE * PARSED_FACTOR // 2**20)
        if room > max(self._room, THREAD_MIB * self._threads):
            self._room = room
            limit = BASE_MIB + THREAD_MIB * self._threads + room
            self._connection.execute(f"SET memory_limit = '{limit}MiB'")

    def prepare_scan(self, *, ordered: bool) -> None:
        """Prepare DuckDB for a scan: set whether it keeps the order of rows, and clear its rejected lines."""
        self._connection.execute(f"SET preserve_insertion_order = {str(ordered).lower()}")
        self._connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")

    def count_rejected_lines(self) -> int:
        """Return the number of malformed CSV lines that DuckDB skipped in the last scan."""
        if not self.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'"):
            return 0
        # DuckDB has a row for each error, and a line may have several.
        return int(self.rows("SELECT count(DISTINCT (scan_id, file_id, line)) FROM reject_errors")[0][0])

    def run(self, statement: str) -> Iterator[int]:
        """Run a DuckDB statement. Yield each step of its progress, in percent; the steps add up to 100."""
        running = self._thread.submit(self._connection.execute, statement)
        self._running = running
        shown = 0
        while not wait([running], POLL_SECONDS).done:
            done = int(self._connection.query_progress())
            if done > shown:
                yield done - shown
                shown = done
        self._result(running)
        yield 100 - shown

    def write(self, query: str, path: Path, options: str) -> Generator[int, None, int]:
        """Write the rows of a query to a file in the folder of the DuckDB session; yield the progress.

        Returns the number of rows. `options` are those of COPY, such as `FORMAT parquet`.
        """
        yield from self.run(f"COPY ({query}) TO {literal(str(path))} ({options})")
        row = self._connection.fetchone()
        return int(row[0]) if row else 0

    def _converted_error(self, error: Exception) -> Exception:
        """Return the error to raise for an exception of DuckDB."""
        if isinstance(error, self._duckdb.OutOfMemoryException):
            return LoyaltyError(
                "the orders need more memory than there is",
                code="OUT_OF_MEMORY",
                hint="Read fewer files at once, group by fewer keys, or set TMPDIR to a larger disk.",
            )
        if isinstance(error, self._duckdb.IOException) and any(text in str(error) for text in _FULL):
            return LoyaltyError(
                f"cannot write to {self.folder}: the disk is full",
                code="NO_COPY",
                hint=f"{FREE_SPACE}, or set TMPDIR to a folder on another disk.",
            )
        if isinstance(error, self._duckdb.OutOfRangeException):
            return InvalidData("the amounts and rates are too large to multiply")
        unreadable = (
            self._duckdb.InvalidInputException,
            self._duckdb.ConversionException,
            self._duckdb.IOException,
        )
        # The reader of Parquet raises the base class for damaged data: "TProtocolException: Invalid data".
        if isinstance(error, unreadable) or type(error) is self._duckdb.Error:
            return Unreadable()
        return error  # a defect of this program
