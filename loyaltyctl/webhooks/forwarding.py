"""Forward received webhook events to endpoints by type, in the order they were received.

Forwarding never delays the response to the sender: each endpoint has a queue, and events are dropped
and counted while it is full. Dropped events that were saved can be sent with `events replay`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple, Protocol

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.webhooks.delivery import WebhookEndpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.webhooks.delivery import Delivery
    from loyaltyctl.webhooks.reader import DecodedEvent

QUEUE_SIZE = 10_000
"""Maximum number of events in the queue of an endpoint."""
DRAIN_TIMEOUT = 5.0
"""Time in which all queues together are emptied when the listener ends, in seconds."""


class Route(NamedTuple):
    """Route of forwarded events: events whose type matches `pattern`, such as `account_*`, go to `url`."""

    pattern: str
    url: str

    @classmethod
    def parse(cls, text: str) -> Route:
        """Parse a route for forwarding, the value of --forward-to: `URL` or `PATTERN=URL`.

        Raises UsageError if the pattern is empty.
        """
        pattern, equals, url = text.partition("=")
        # With a slash before it, the = belongs to the query of a URL: http://host/path?a=b.
        route = cls(pattern, url) if equals and "/" not in pattern else cls("*", text)
        if not route.pattern:
            raise UsageError(
                f"--forward-to has no types before the = in {quoted(text)}",
                hint="Give types such as account_*=http://localhost:3000, or a URL alone.",
            )
        return route

    def matches(self, event_type: str) -> bool:
        """Return whether events of this type are forwarded on this route.

        The pattern may leave out the domain: `tier_*` matches `wix.loyalty.v1.tier_updated`.
        """
        return any(fnmatchcase(name, self.pattern) for name in (event_type, event_type.rpartition(".")[2]))


class DeliveryCallback(Protocol):
    """Callback for each forwarded event, with the result of its delivery. The route's thread calls it."""

    def __call__(self, route: Route, decoded: DecodedEvent, delivery: Delivery, /) -> None:
        """Handle the result of forwarding an event."""


class Forwarder:
    """Forwards events with a queue and a thread per route: a slow endpoint delays no other endpoint."""

    def __init__(self, routes: Sequence[Route], timeout: float, callback: DeliveryCallback) -> None:
        """Start forwarding: one thread per route. Raises UsageError for an invalid URL."""
        self._queues = [_RouteQueue(route, WebhookEndpoint(route.url, timeout), callback) for route in routes]
        self.dropped = 0

    def send(self, decoded: DecodedEvent) -> None:
        """Queue an event to forward on each route that matches its type.

        This never waits: if the queue of a route is full, the event is dropped and counted.
        """
        for queue in self._queues:
            if queue.route.matches(decoded.event.type) and not queue.add(decoded):
                self.dropped += 1

    def close(self) -> None:
        """End forwarding: wait up to DRAIN_TIMEOUT for the queues to empty, and drop the remaining events."""
        # All queues are told to end before the first wait, so that they empty at the same time.
        for queue in self._queues:
            queue.end()
        end = time.monotonic() + DRAIN_TIMEOUT
        self.dropped += sum(queue.close(max(0.0, end - time.monotonic())) for queue in self._queues)


class _RouteQueue:
    """Queue and thread that forward events to the endpoint of one route."""

    def __init__(self, route: Route, endpoint: WebhookEndpoint, callback: DeliveryCallback) -> None:
        """Start the thread that forwards events on a route."""
        self.route = route
        self._endpoint = endpoint
        self._callback = callback
        self._waiting: deque[DecodedEvent] = deque()
        self._changed = threading.Condition()
        self._ends = False
        # A daemon: an endpoint that never responds must not keep the program running.
        self._thread = threading.Thread(target=self._deliver_events, daemon=True)
        self._thread.start()

    def add(self, decoded: DecodedEvent) -> bool:
        """Queue an event to forward; return False if the queue is full."""
        with self._changed:
            has_space = len(self._waiting) < QUEUE_SIZE
            if has_space:
                self._waiting.append(decoded)
                self._changed.notify()
        return has_space

    def end(self) -> None:
        """Tell the forwarding thread to end once its queue is empty."""
        with self._changed:
            self._ends = True
            self._changed.notify()

    def close(self, timeout: float) -> int:
        """Wait up to `timeout` seconds until all queued events are forwarded; return the number dropped."""
        self._thread.join(timeout)
        with self._changed:
            remaining = len(self._waiting)
            self._waiting.clear()
        return remaining

    def _wait_for_event(self) -> DecodedEvent | None:
        """Wait for the next event to forward, and return it without removing it from the queue.

        Returns None if the queue is empty and `end` was called.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ends)
            return self._waiting[0] if self._waiting else None

    def _deliver_events(self) -> None:
        """Forward the queued events one after the other, until the queue ends."""
        while (decoded := self._wait_for_event()) is not None:
            # An event leaves the queue after its delivery, so close() counts a delivery in progress as
            # dropped. Such a delivery is not reported.
            delivery = self._endpoint.post(decoded.token or "")
            with self._changed:
                is_dropped = not self._waiting
                if not is_dropped:
                    self._waiting.popleft()
            if not is_dropped:
                self._callback(self.route, decoded, delivery)
        self._endpoint.close()
