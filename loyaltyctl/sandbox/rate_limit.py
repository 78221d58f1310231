"""Rate limit of the sandbox: a maximum number of calls for each site in any 60 seconds.

The vendor has such a limit too: 200 requests a minute for each app instance. An app instance is one app on
one site.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque

WINDOW_SECONDS = 60.0


class RateLimit:
    """Rate limit of the sandbox, which counts the calls of each site in a sliding window."""

    def __init__(self, calls: int) -> None:
        """Allow `calls` calls in each window of 60 seconds."""
        self._calls = calls
        self._lock = threading.Lock()
        self._recent: defaultdict[str, deque[float]] = defaultdict(deque)

    def admits(self, site: str) -> bool:
        """Return whether a call to a site of the sandbox is within the rate limit; if so, count the call."""
        # A monotonic clock: if the wall clock were set back, earlier calls would count for too long.
        now = time.monotonic()
        with self._lock:
            recent = self._recent[site]
            while recent and recent[0] <= now - WINDOW_SECONDS:
                recent.popleft()
            if len(recent) >= self._calls:
                return False
            recent.append(now)
            return True
