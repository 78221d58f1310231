"""Events passed on to endpoints, by their types, in the order in which they came.

Passing on waits for nobody: what comes faster than an endpoint takes it stands in a
queue, and where that is full is left out and counted. What was saved can be replayed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple, Protocol

from loyaltyctl.api.deliveries import Endpoint
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.api.deliveries import Delivery
    from loyaltyctl.webhooks.reader import DecodedEvent

WAITING = 10_000
PATIENCE = 5.0
"""Seconds that are left for the queue to drain at the end."""


class Route(NamedTuple):
    """Where events go whose type matches a pattern such as `*account_*`."""

    pattern: str
    url: str

    @classmethod
    def parse(cls, text: str) -> Route:
        """`URL`, or `PATTERN=URL`. Raises UsageError."""
        before, equals, after = text.partition("=")
        route = cls(before, after) if equals and "/" not in before else cls("*", text)
        if not route.pattern:
            raise UsageError(
                f"--forward-to has no types before the = in {quoted(text)}",
                hint="Such as account_*=http://localhost:3000, or a URL alone.",
            )
        return route

    def takes(self, event_type: str) -> bool:
        """Whether events of this type go here; the domain in front of a type may be left out."""
        return any(fnmatchcase(name, self.pattern) for name in (event_type, event_type.rpartition(".")[2]))


class DeliveryCallback(Protocol):
    """Hears what an endpoint did with an event."""

    def __call__(self, route: Route, reading: DecodedEvent, delivery: Delivery, /) -> None: ...


class Forwarder:
    """A queue and a thread for each route, so that a slow endpoint holds up no other."""

    def __init__(self, routes: Sequence[Route], seconds: float, heard: DeliveryCallback) -> None:
        """Begin to forward. Raises UsageError for an address that is none."""
        self._lanes = [_Lane(route, Endpoint(route.url, seconds), heard) for route in routes]
        self.left_out = 0

    def send(self, reading: DecodedEvent) -> None:
        """Pass an event on to each route that takes its type."""
        for lane in self._lanes:
            if lane.route.takes(reading.event.type) and not lane.add(reading):
                self.left_out += 1

    def close(self) -> None:
        """End, once the queues are empty or patience is."""
        for lane in self._lanes:
            lane.end()
        end = time.monotonic() + PATIENCE
        self.left_out += sum(lane.close(max(0.0, end - time.monotonic())) for lane in self._lanes)


class _Lane:
    """What waits for one endpoint."""

    def __init__(self, route: Route, endpoint: Endpoint, heard: DeliveryCallback) -> None:
        self.route = route
        self._endpoint = endpoint
        self._heard = heard
        self._waiting: deque[DecodedEvent] = deque()
        self._moving = threading.Condition()
        self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, reading: DecodedEvent) -> bool:
        with self._moving:
            is_taken = len(self._waiting) < WAITING
            if is_taken:
                self._waiting.append(reading)
                self._moving.notify()
        return is_taken

    def end(self) -> None:
        """Nothing more will come."""
        with self._moving:
            self._ends = True
            self._moving.notify()

    def close(self, patience: float) -> int:
        """Wait for the rest; how many of it are left out."""
        self._thread.join(patience)
        with self._moving:
            left = len(self._waiting)
            self._waiting.clear()
        return left

    def _next(self) -> DecodedEvent | None:
        with self._moving:
            self._moving.wait_for(lambda: self._waiting or self._ends)
            return self._waiting[0] if self._waiting else None

    def _run(self) -> None:
        while (reading := self._next()) is not None:
            delivery = self._endpoint.post(reading.token or "")
            with self._moving:
                is_told = bool(self._waiting)
                if is_told:
                    self._waiting.popleft()
            if is_told:
                self._heard(self.route, reading, delivery)
        self._endpoint.close()
