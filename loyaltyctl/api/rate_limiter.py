"""Rate limit of the client: at most 200 calls in any 60 seconds for each site.

Concurrent and successive runs share the count through a small file for each site, with the times of the last
200 calls, unordered. If the file cannot be written, each run counts its own calls only.
Source: the vendor's page on rate limits (200 requests a minute for each instance).
"""

from __future__ import annotations

import contextlib
import os
from struct import Struct
from typing import TYPE_CHECKING

from loyaltyctl.api.hooks import Waiting
from loyaltyctl.intake import file_locks, private_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from loyaltyctl.api.hooks import Hook
    from loyaltyctl.transport.deadline import Clock

CALLS = 200
# Half a second longer than the vendor's window: a request takes some time to reach the server.
SECONDS = 60.5
TIMES = Struct(f"<{CALLS}d")


class RateLimiter:
    """Rate limiter: lets at most CALLS calls start in any SECONDS seconds."""

    def __init__(self, clock: Clock, hook: Hook, file: Path | None = None) -> None:
        """Open the file of call times of one site; without it, only the calls of this run are counted.

        `hook` is notified of each wait for the rate limit.
        """
        self._clock = clock
        self._notify = hook
        self._file = _open_call_times(file)
        self._own_call_times: Sequence[float] = [0.0] * CALLS

    def acquire(self) -> float:
        """Wait until the rate limit allows a call, and count the call; return the seconds waited."""
        waited = 0.0
        while (wait := self._try_count_call()) > 0:
            self._notify(Waiting(wait, f"the limit of {CALLS} calls a minute for one site"))
            self._clock.sleep(wait)
            waited += wait
        return waited

    def close(self) -> None:
        """Close the rate limiter's shared file of call times."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _try_count_call(self) -> float:
        """Count a call and return 0, or return the seconds until the rate limit allows one."""
        with self._locked_file():
            times = self._read_call_times()
            now = self._clock.time()
            # A time in the future was recorded before the clock was set back: it must not block calls.
            is_recent = [now - SECONDS < time <= now for time in times]
            if all(is_recent):
                return min(times) + SECONDS - now
            oldest = is_recent.index(False)
            self._write_call_times([*times[:oldest], now, *times[oldest + 1 :]])
            return 0.0

    @contextlib.contextmanager
    def _locked_file(self) -> Iterator[None]:
        """Lock the rate limiter's file of call times against other processes during the block."""
        if self._file is None:
            yield
            return
        if not file_locks.lock(self._file):
            self.close()
            yield
            return
        try:
            yield
        finally:
            if self._file is not None:
                file_locks.unlock(self._file)

    def _read_call_times(self) -> Sequence[float]:
        """Return the times of the last calls from the rate limiter's file.

        Return the times of this run's own calls if the file cannot be read.
        """
        data = b""
        if self._file is not None:
            with contextlib.suppress(OSError):
                data = os.pread(self._file, TIMES.size, 0)
        return TIMES.unpack(data) if len(data) == TIMES.size else self._own_call_times

    def _write_call_times(self, times: Sequence[float]) -> None:
        """Write the times of the last calls to the rate limiter's file; close the file if that fails."""
        self._own_call_times = times
        if self._file is None:
            return
        try:
            is_written = os.pwrite(self._file, TIMES.pack(*times), 0) == TIMES.size
        except OSError:
            is_written = False
        if not is_written:  # such as on a full disk: from now on, the run counts its own calls only
            self.close()


def _open_call_times(path: Path | None) -> int | None:
    """Open the file in which the rate limiter stores the times of calls.

    Returns None if there is no path, if the file cannot be opened, or on Windows, which cannot lock it.
    """
    if path is None or not file_locks.AVAILABLE:
        return None
    try:
        private_files.make_folder(path.parent)
        return os.open(private_files.make_file(path), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
