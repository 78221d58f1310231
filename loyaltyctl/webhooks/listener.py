"""Webhook listener: a local HTTP server in the background, and an iterator over its results."""

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
"""Maximum number of parallel requests; together they need one fsync of the event log."""
POLL_INTERVAL = 0.5
"""Maximum seconds of one wait for a result: a Ctrl-C right before the wait is handled when the wait ends."""


class Listener:
    """Webhook listener: a context manager that receives events until Ctrl-C or the end of its `with` block.

    Requests that are in progress at that time get no response.
    """

    def __init__(
        self, reader: EventReader, clock: Clock, path: Path | None, *, once: bool, limit: int | None = None
    ) -> None:
        """Open the listener's event log; without `path`, no events are saved.

        After `limit` new events, the listener rejects all others. Raises Conflict, InvalidData or OSError if
        the log cannot be opened.
        """
        self._results: SimpleQueue[Accepted | Rejected | None] = SimpleQueue()
        self._log = EventLog(path, once=once)
        self._app = WebhookApp(reader, self._log, clock, self._results.put, limit)
        self._open = ExitStack()
        self._open.callback(self._log.close)

    def __enter__(self) -> Self:
        """Make Ctrl-C end the loop over the listener's results, instead of the program."""
        before = signal.getsignal(signal.SIGINT)

        def end(*_: object) -> None:
            """Handle Ctrl-C: end the listener's results."""
            signal.signal(signal.SIGINT, before)  # a second Ctrl-C ends the program at once
            self._results.put(None)

        signal.signal(signal.SIGINT, end)
        self._open.callback(signal.signal, signal.SIGINT, before)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the listener's server, and close its event log."""
        self._open.close()

    def listen(self, host: str, port: int) -> str:
        """Start the listener's server and return its URL. Raises UsageError if the port cannot be opened."""
        server = Server(self._app, host, port, max_body=MAX_BODY, threads=THREADS)
        self._open.enter_context(server.in_background())
        return server.url

    def results(self) -> Iterator[Accepted | Rejected]:
        """Yield the result of each request to the listener until Ctrl-C.

        At Ctrl-C, the results of all earlier requests are still yielded.
        """
        while (result := self._wait_for_result()) is not None:
            yield result
        # Once the server is closed, there are no new results. Acknowledged events must still be shown.
        self._open.close()
        while not self._results.empty():
            if (result := self._results.get()) is not None:
                yield result

    def _wait_for_result(self) -> Accepted | Rejected | None:
        """Wait for the result of the next request to the listener; return None after Ctrl-C."""
        # Not one wait without a timeout: see POLL_INTERVAL.
        while True:
            try:
                return self._results.get(timeout=POLL_INTERVAL)
            except Empty:
                continue
