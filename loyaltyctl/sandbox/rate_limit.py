"""Rate limit of the sandbox: a maximum number of calls per site in any 60 seconds.

Per site, as the vendor limits each app instance (an app on one site) to 200 requests a minute.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque

WINDOW_SECONDS = 60.0


class RateLimit:
    """Sliding-window rate limit of the sandbox, counted per site."""

    def __init__(self, calls: int) -> None:
        self._calls = calls
        self._lock = threading.Lock()
        self._recent: defaultdict[str, deque[float]] = defaultdict(deque)

    def admits(self, site: str) -> bool:
        """Return whether a call to a site is within the rate limit, and count it if so."""
        # Not the wall clock: setting it back would block a site for longer than the window.
        now = time.monotonic()
        with self._lock:
            recent = self._recent[site]
            while recent and recent[0] <= now - WINDOW_SECONDS:
                recent.popleft()
            if len(recent) >= self._calls:
                return False
            recent.append(now)
            return True
