"""Forward events to endpoints by type, in the order they were received.

Forwarding never delays the response to the sender: events that arrive faster than an endpoint
takes them wait in a queue, and those that a full queue cannot take are dropped and counted.
Saved events can be replayed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple, Protocol

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.webhooks.delivery import Endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.webhooks.delivery import Delivery
    from loyaltyctl.webhooks.reader import DecodedEvent

QUEUE_SIZE = 10_000
DRAIN_TIMEOUT = 5.0
"""Seconds that all queues together have to drain when the listener ends."""


class Route(NamedTuple):
    """Endpoint of the events whose type matches a pattern, such as `*account_*`."""

    pattern: str
    url: str

    @classmethod
    def parse(cls, text: str) -> Route:
        """Parse `URL` or `PATTERN=URL`. Raises UsageError."""
        before, equals, after = text.partition("=")
        route = cls(before, after) if equals and "/" not in before else cls("*", text)
        if not route.pattern:
            raise UsageError(
                f"--forward-to has no types before the = in {quoted(text)}",
                hint="Such as account_*=http://localhost:3000, or a URL alone.",
            )
        return route

    def matches(self, event_type: str) -> bool:
        """Return whether the pattern matches a type, with or without its domain."""
        return any(fnmatchcase(name, self.pattern) for name in (event_type, event_type.rpartition(".")[2]))


class DeliveryCallback(Protocol):
    """Called with the result of each delivery, in the thread of its route."""

    def __call__(self, route: Route, decoded: DecodedEvent, delivery: Delivery, /) -> None: ...


class Forwarder:
    """Forwards events over one queue and one thread per route, so that a slow endpoint delays no other."""

    def __init__(self, routes: Sequence[Route], timeout: float, callback: DeliveryCallback) -> None:
        """Start a thread per route. Raises UsageError for an invalid URL."""
        self._queues = [_Queue(route, Endpoint(route.url, timeout), callback) for route in routes]
        self.dropped = 0

    def send(self, decoded: DecodedEvent) -> None:
        """Queue an event for each route that matches its type."""
        for queue in self._queues:
            if queue.route.matches(decoded.event.type) and not queue.add(decoded):
                self.dropped += 1

    def close(self) -> None:
        """Wait for the queues to drain, up to DRAIN_TIMEOUT, and drop what remains."""
        for queue in self._queues:
            queue.end()
        end = time.monotonic() + DRAIN_TIMEOUT
        self.dropped += sum(queue.close(max(0.0, end - time.monotonic())) for queue in self._queues)


class _Queue:
    """Queue and thread of one endpoint."""

    def __init__(self, route: Route, endpoint: Endpoint, callback: DeliveryCallback) -> None:
        self.route = route
        self._endpoint = endpoint
        self._callback = callback
        self._waiting: deque[DecodedEvent] = deque()
        self._changed = threading.Condition()
        self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, decoded: DecodedEvent) -> bool:
        """Add an event; return whether there was space for it."""
        with self._changed:
            has_space = len(self._waiting) < QUEUE_SIZE
            if has_space:
                self._waiting.append(decoded)
                self._changed.notify()
        return has_space

    def end(self) -> None:
        """Let the thread end once the queue is empty."""
        with self._changed:
            self._ends = True
            self._changed.notify()

    def close(self, timeout: float) -> int:
        """Wait for the queue to drain; return how many events it still held."""
        self._thread.join(timeout)
        with self._changed:
            left = len(self._waiting)
            self._waiting.clear()
        return left

    def _next(self) -> DecodedEvent | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ends)
            return self._waiting[0] if self._waiting else None

    def _run(self) -> None:
        while (decoded := self._next()) is not None:
            # An event leaves the queue after its delivery, so close() counts one that is under way.
            delivery = self._endpoint.post(decoded.token or "")
            with self._changed:
                is_counted = not self._waiting
                if not is_counted:
                    self._waiting.popleft()
            if not is_counted:
                self._callback(self.route, decoded, delivery)
        self._endpoint.close()
