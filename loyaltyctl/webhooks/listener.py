"""The endpoint as a whole: a server in the background, and what it received as it comes."""

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
"""As many requests share one sync of the file at most."""
LOOK = 0.5
"""Seconds after which a wait is begun anew: a signal that came just before it is heard only when it ends."""


class Listener:
    """Receives events until it is left, or Ctrl-C; what is under way then is not answered."""

    def __init__(
        self, reader: EventReader, clock: Clock, path: Path | None, *, once: bool, most: int | None = None
    ) -> None:
        """Open the file at `path`, if any; `most` new events are taken. Raises what a Book raises."""
        self._facts: SimpleQueue[Accepted | Rejected | None] = SimpleQueue()
        self._book = EventLog(path, once=once)
        self._app = WebhookApp(reader, self._book, clock, self._facts.put, most)
        self._open = ExitStack()
        self._open.callback(self._book.close)

    def __enter__(self) -> Self:
        before = signal.getsignal(signal.SIGINT)

        def end(*_: object) -> None:
            signal.signal(signal.SIGINT, before)  # a second Ctrl-C waits for nothing
            self._facts.put(None)

        signal.signal(signal.SIGINT, end)
        self._open.callback(signal.signal, signal.SIGINT, before)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def listen(self, host: str, port: int) -> str:
        """Begin to receive; the address. Raises UsageError where it cannot be had."""
        server = Server(self._app, host, port, max_body=MAX_BODY, threads=THREADS)
        self._open.enter_context(server.in_background())
        return server.url

    def facts(self) -> Iterator[Accepted | Rejected]:
        """What was received, as it comes; ends at Ctrl-C, after what was acknowledged before that."""
        while (fact := self._next()) is not None:
            yield fact
        self._open.close()
        while not self._facts.empty():
            if (fact := self._facts.get()) is not None:
                yield fact

    def _next(self) -> Accepted | Rejected | None:
        while True:
            try:
                return self._facts.get(timeout=LOOK)
            except Empty:
                continue
