"""Clocks, deadlines, and blocking calls with a hard timeout.

Neither a slow name lookup nor a server that sends a byte a second can outlast such a call: it runs
in a worker thread, and the caller stops waiting when the time is up.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Clock(Protocol):
    """Clock: the time of day, a monotonic time, and sleep. The module `time` is one; tests use others."""

    def time(self) -> float: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float, /) -> None: ...


class Deadline:
    """Deadline of one API call with all its attempts, waits and reconciling reads."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds until the deadline, never less than 0."""
        return max(0.0, self._end - self._clock.monotonic())

    def extend(self, seconds: float) -> None:
        """Postpone the deadline by a wait that is not the server's fault: one for the rate limit."""
        self._end += seconds


class _Task(NamedTuple):
    """A function for the worker thread, and the queue for its result or exception."""

    function: Callable[[], Any]
    result: SimpleQueue[tuple[Any, BaseException | None]]


class Worker:
    """Worker thread that makes blocking calls, one at a time, for a caller that waits with a timeout.

    The thread is reused for the next call. After a timeout it is abandoned, and ends when its call returns.
    """

    def __init__(self) -> None:
        self._tasks: SimpleQueue[_Task | None] | None = None

    def run(self, function: Callable[[], T], *, timeout: float) -> T:
        """Return the result of `function`, or raise its exception; TimeoutError after `timeout` seconds."""
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
        """Let the thread end after its current call."""
        if self._tasks is not None:
            self._tasks.put(None)
            self._tasks = None


def _run_tasks(tasks: SimpleQueue[_Task | None]) -> None:
    """Run the tasks of a worker thread until it gets None."""
    while (task := tasks.get()) is not None:
        try:
            task.result.put((task.function(), None))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            task.result.put((None, error))
        # Without this, the last request and its secrets would live until the next call.
        del task
