"""The rate limit, kept: at most 200 calls in any 60 seconds for each site.

Runs that follow one another, or go side by side, share the count through a small
file for each site; where that cannot be written, each run keeps its own count. The file
holds the times of the last 200 calls, in no order.
Source: the vendor's page on rate limits (200 requests a minute for each instance).
"""

from __future__ import annotations

import contextlib
import os
from struct import Struct
from typing import TYPE_CHECKING

from loyaltyctl.api.hooks import Waiting
from loyaltyctl.intake import private_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from loyaltyctl.api.hooks import Hook
    from loyaltyctl.transport.deadline import Clock

CALLS = 200
SECONDS = 60.5  # half a second more than the window, for what the way to the server adds
STAMPS = Struct(f"<{CALLS}d")


class RateLimiter:
    """Lets one call pass after the other; `turn` returns when the next one may go."""

    def __init__(self, clock: Clock, listener: Hook, file: Path | None = None) -> None:
        self._clock = clock
        self._listener = listener
        self._file = _opened(file)
        self._own: Sequence[float] = [0.0] * CALLS

    def turn(self) -> float:
        """Wait for a free place in the window and take it; returns the seconds waited."""
        waited = 0.0
        while (wait := self._take()) > 0:
            self._listener(Waiting(wait, f"the limit of {CALLS} calls a minute for one site"))
            self._clock.sleep(wait)
            waited += wait
        return waited

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self) -> float:
        """Take a place, or return the seconds until there is one."""
        with self._locked():
            stamps = self._read()
            now = self._clock.time()
            recent = [now - SECONDS < stamp <= now for stamp in stamps]
            if all(recent):
                return min(stamps) + SECONDS - now
            free = recent.index(False)
            self._write([*stamps[:free], now, *stamps[free + 1 :]])
            return 0.0

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other runs out as long as the block lasts."""
        if self._file is None:
            yield
            return
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError:  # some network disks have no locks
            self.close()
            yield
            return
        try:
            yield
        finally:
            if self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _read(self) -> Sequence[float]:
        data = b""
        if self._file is not None:
            with contextlib.suppress(OSError):
                data = os.pread(self._file, STAMPS.size, 0)
        return STAMPS.unpack(data) if len(data) == STAMPS.size else self._own

    def _write(self, stamps: Sequence[float]) -> None:
        self._own = stamps
        if self._file is None:
            return
        try:
            is_kept = os.pwrite(self._file, STAMPS.pack(*stamps), 0) == STAMPS.size
        except OSError:
            is_kept = False
        if not is_kept:  # a full disk costs the count that runs share, not the call
            self.close()


def _opened(path: Path | None) -> int | None:
    """The file; None where there can be none that is shared."""
    if path is None:
        return None
    try:
        import fcntl  # noqa: F401 - not on Windows

        private_files.make_folder(path.parent)
        return os.open(private_files.make_file(path), os.O_RDWR | os.O_CLOEXEC)
    except (ImportError, OSError):
        return None
