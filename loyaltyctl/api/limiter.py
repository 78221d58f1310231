"""The rate limit, kept: at most 200 calls in any 60 seconds for each site.

Runs that follow one another, or go side by side, share the count through a small
file for each site; where that cannot be written, each run keeps its own count.
Source: the vendor's page on rate limits (200 requests a minute for each instance).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TextIO

from loyaltyctl.api.facts import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loyaltyctl.api.calls import Clock
    from loyaltyctl.api.facts import Listener

CALLS = 200
SECONDS = 60.5  # half a second more than the window, for what the way to the server adds


class Limiter:
    """Lets one call pass after the other; `turn` returns when the next one may go."""

    def __init__(self, clock: Clock, listener: Listener, file: Path | None = None) -> None:
        self._clock = clock
        self._listener = listener
        self._file = file
        self._own: list[float] = []

    def turn(self) -> float:
        """Wait for a free place in the window and take it; returns the seconds waited."""
        waited = 0.0
        while (wait := self._take()) > 0:
            self._listener(Waiting(wait, f"the limit of {CALLS} calls a minute for one site"))
            self._clock.sleep(wait)
            waited += wait
        return waited

    def _take(self) -> float:
        """Take a place, or return the seconds until there is one."""
        with self._shared() as stamps:
            now = self._clock.time()
            recent = [stamp for stamp in stamps if now - SECONDS < stamp <= now]
            free = len(recent) < CALLS
            stamps[:] = [*recent, now] if free else recent
            return 0.0 if free else recent[-CALLS] + SECONDS - now

    @contextlib.contextmanager
    def _shared(self) -> Iterator[list[float]]:
        """The stamps of the window, locked against other runs as long as the block lasts."""
        file = _opened(self._file)
        if file is None:
            yield self._own
            return
        stamps = _stamps(file.read())
        yield stamps
        with contextlib.suppress(OSError), file:  # a full disk costs the count, not the call
            file.truncate(0)
            file.write("\n".join(str(stamp) for stamp in stamps))


def _opened(path: Path | None) -> TextIO | None:
    """The file, locked and at its beginning; None where there can be none."""
    if path is None:
        return None
    try:
        import fcntl  # not on Windows

        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("a+", encoding="ascii", errors="replace")
        fcntl.flock(file, fcntl.LOCK_EX)
    except (ImportError, OSError):
        return None
    file.seek(0)
    return file


def _stamps(text: str) -> list[float]:
    with contextlib.suppress(ValueError):
        return sorted(float(line) for line in text.split())
    return []
