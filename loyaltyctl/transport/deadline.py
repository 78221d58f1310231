"""Clocks, deadlines, and blocking calls with a hard timeout.

Such a call runs in a worker thread, and the caller stops waiting at the timeout. So the call ends in time
even if a name lookup is slow, or if a server sends only a byte a second.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Clock(Protocol):
    """Clock that deadlines depend on, such as the module `time`; tests use a fake clock."""

    def time(self) -> float:
        """Return the current time in seconds since 1970. Deadlines need `monotonic`: this one may go back."""
        ...

    def monotonic(self) -> float:
        """Return a time for deadlines, in seconds: it never goes back, even if somebody sets the clock."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait until this clock has advanced by a number of seconds."""
        ...


class Deadline:
    """Deadline of one API call with all its attempts, waits and reconciling reads."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        """Set the deadline to `seconds` from now."""
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds until the deadline, never less than 0."""
        return max(0.0, self._end - self._clock.monotonic())

    def extend(self, seconds: float) -> None:
        """Postpone the deadline by the seconds that a call waited for the rate limit: they do not count."""
        self._end += seconds


class _Task(NamedTuple):
    """Call with a deadline, for the worker thread: a function, and a queue for its result or exception."""

    function: Callable[[], Any]
    result: SimpleQueue[tuple[Any, BaseException | None]]


class Worker:
    """Worker thread for blocking calls with a deadline: the caller stops waiting at the timeout of a call.

    The thread makes one call after the other. After a timeout, the thread gets no more calls, and ends
    when the current one returns.
    """

    def __init__(self) -> None:
        """Prepare a worker for calls with a deadline; its thread starts with the first call."""
        self._tasks: SimpleQueue[_Task | None] | None = None

    def run(self, function: Callable[[], T], *, timeout: float) -> T:
        """Make a blocking call in the worker thread; return its result, or raise its exception.

        Raises TimeoutError if the call has not returned after `timeout` seconds.
        """
        if self._tasks is None:
            self._tasks = SimpleQueue()
            # A daemon: an abandoned call must not delay the exit of the program.
            threading.Thread(target=_run_tasks, args=(self._tasks,), daemon=True).start()
        result: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._tasks.put(_Task(function, result))
        try:
            value, error = result.get(timeout=timeout)
        except BaseException as interrupted:
            self.close()  # the thread is busy with a call whose result nobody reads
            if isinstance(interrupted, Empty):
                raise TimeoutError from None
            raise
        if error is not None:
            raise error
        return cast("T", value)

    def close(self) -> None:
        """End the worker thread when its current blocking call returns; do not wait for that.

        A later `run` starts a new thread.
        """
        if self._tasks is not None:
            self._tasks.put(None)
            self._tasks = None


def _run_tasks(tasks: SimpleQueue[_Task | None]) -> None:
    """Make the blocking calls in the queue, in the thread of a `Worker`; None in the queue ends the thread.

    Meanwhile the caller waits for the result, until the timeout of the call.
    """
    while (task := tasks.get()) is not None:
        try:
            task.result.put((task.function(), None))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            task.result.put((None, error))
        # Without this, the last request and its secrets would live until the next call.
        del task
