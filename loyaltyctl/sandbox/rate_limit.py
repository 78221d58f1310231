"""Rate limit of the sandbox: a number of calls in any 60 seconds for each site."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque

SECONDS = 60.0


class RateLimit:
    """Counter of calls by site."""

    def __init__(self, calls: int) -> None:
        self._calls = calls
        self._lock = threading.Lock()
        self._recent: defaultdict[str, deque[float]] = defaultdict(deque)

    def admits(self, site: str) -> bool:
        """Count a call and return True if it is within the limit; a rejected call does not count."""
        now = time.monotonic()
        with self._lock:
            recent = self._recent[site]
            while recent and recent[0] <= now - SECONDS:
                recent.popleft()
            if len(recent) >= self._calls:
                return False
            recent.append(now)
            return True
