"""Rate limit of the client: at most 200 calls in any 60 seconds for each site.

Concurrent and successive runs share the count through a small file for each site, which holds the times
of the last 200 calls, in no order. If the file cannot be written, each run keeps its own count.
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
SECONDS = 60.5  # half a second more than the window, for the time of a request on its way to the server
TIMES = Struct(f"<{CALLS}d")


class RateLimiter:
    """Lets at most CALLS calls start in any SECONDS seconds."""

    def __init__(self, clock: Clock, hook: Hook, file: Path | None = None) -> None:
        self._clock = clock
        self._notify = hook
        self._file = _open(file)
        self._own: Sequence[float] = [0.0] * CALLS

    def acquire(self) -> float:
        """Wait until a call may start, and count it; return the seconds waited."""
        waited = 0.0
        while (wait := self._try_acquire()) > 0:
            self._notify(Waiting(wait, f"the limit of {CALLS} calls a minute for one site"))
            self._clock.sleep(wait)
            waited += wait
        return waited

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _try_acquire(self) -> float:
        """Count a call and return 0, or return the seconds until one may start."""
        with self._locked():
            times = self._read()
            now = self._clock.time()
            # A time in the future is that of a clock that was set back: it must not block calls.
            is_recent = [now - SECONDS < time <= now for time in times]
            if all(is_recent):
                return min(times) + SECONDS - now
            oldest = is_recent.index(False)
            self._write([*times[:oldest], now, *times[oldest + 1 :]])
            return 0.0

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock out other runs during the block."""
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

    def _read(self) -> Sequence[float]:
        data = b""
        if self._file is not None:
            with contextlib.suppress(OSError):
                data = os.pread(self._file, TIMES.size, 0)
        return TIMES.unpack(data) if len(data) == TIMES.size else self._own

    def _write(self, times: Sequence[float]) -> None:
        self._own = times
        if self._file is None:
            return
        try:
            is_written = os.pwrite(self._file, TIMES.pack(*times), 0) == TIMES.size
        except OSError:
            is_written = False
        if not is_written:  # a full disk costs the shared count, not the call
            self.close()


def _open(path: Path | None) -> int | None:
    """Open the shared file; None if there cannot be one."""
    if path is None or not file_locks.AVAILABLE:
        return None
    try:
        private_files.make_folder(path.parent)
        return os.open(private_files.make_file(path), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
