"""The webhook listener: an HTTP server in the background, and its results as an iterator."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Self

from loyaltyctl.serving.server import Server
from loyaltyctl.webhooks.app import MAX_BODY, WebhookApp
from loyaltyctl.webhooks.event_log import EventLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loyaltyctl.webhooks.app import Accepted, Clock, Rejected
    from loyaltyctl.webhooks.reader import EventReader

THREADS = 64
"""Number of requests that share one sync of the file at most."""
POLL_INTERVAL = 0.5
"""Seconds of one wait: a Ctrl-C that comes right before a wait is handled only when it ends."""


class Listener:
    """Receives events until the context is left or Ctrl-C; requests under way then get no response."""

    def __init__(
        self, reader: EventReader, clock: Clock, path: Path | None, *, once: bool, limit: int | None = None
    ) -> None:
        """Open the event log at `path`, if any; after `limit` new events no more are accepted.

        Raises what EventLog raises.
        """
        self._results: SimpleQueue[Accepted | Rejected | None] = SimpleQueue()
        self._log = EventLog(path, once=once)
        self._app = WebhookApp(reader, self._log, clock, self._results.put, limit)
        self._open = ExitStack()
        self._open.callback(self._log.close)

    def __enter__(self) -> Self:
        before = signal.getsignal(signal.SIGINT)

        def end(*_: object) -> None:
            signal.signal(signal.SIGINT, before)  # a second Ctrl-C ends the program at once
            self._results.put(None)

        signal.signal(signal.SIGINT, end)
        self._open.callback(signal.signal, signal.SIGINT, before)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def listen(self, host: str, port: int) -> str:
        """Start the server and return its URL. Raises UsageError if the address is not available."""
        server = Server(self._app, host, port, max_body=MAX_BODY, threads=THREADS)
        self._open.enter_context(server.in_background())
        return server.url

    def results(self) -> Iterator[Accepted | Rejected]:
        """Yield the result of each request; ends at Ctrl-C, after those acknowledged before it."""
        while (result := self._next()) is not None:
            yield result
        self._open.close()
        while not self._results.empty():
            if (result := self._results.get()) is not None:
                yield result

    def _next(self) -> Accepted | Rejected | None:
        while True:
            try:
                return self._results.get(timeout=POLL_INTERVAL)
            except Empty:
                continue
