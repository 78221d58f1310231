"""Run blocking calls in a worker thread with a hard timeout.

    within(5.0, work)  ─►  the worker runs it  ─►  its result or its exception, or TimeoutError

The worker is kept for the next call. A worker that did not finish in time is abandoned, and
ends when its call returns.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class _Work(NamedTuple):
    do: Callable[[], Any]
    outcome: SimpleQueue[tuple[Any, BaseException | None]]


class Aside:
    """One worker thread, for one caller that waits for each call."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[_Work | None] | None = None

    def within(self, seconds: float, work: Callable[[], T]) -> T:
        """Return the result of `work`, or raise its exception; TimeoutError after `seconds`."""
        if self._asked is None:
            self._asked = SimpleQueue()
            threading.Thread(target=_serve, args=(self._asked,), daemon=True).start()
        outcome: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._asked.put(_Work(work, outcome))
        try:
            value, error = outcome.get(timeout=seconds)
        except BaseException as broken:
            self.close()  # it is busy with something that nobody waits for any more
            if isinstance(broken, Empty):
                raise TimeoutError from None
            raise
        if error is not None:
            raise error
        return cast("T", value)

    def close(self) -> None:
        """Let the thread end after its work."""
        if self._asked is not None:
            self._asked.put(None)
            self._asked = None


def _serve(asked: SimpleQueue[_Work | None]) -> None:
    while (work := asked.get()) is not None:
        try:
            work.outcome.put((work.do(), None))
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits
            work.outcome.put((None, error))
        del work  # and with it, what it holds
