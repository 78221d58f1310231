"""Work with a time limit that nothing can outlast, since it is done aside: in a thread of its own.

    within(5.0, work)  ─►  the thread works  ─►  what it returned or raised, or TimeoutError

The thread is kept for the next piece of work. One that did not come back in time is left
alone, and ends when what it waits for does.
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
    """Does one piece of work after the other, for one thread that waits for each."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[_Work | None] | None = None

    def within(self, seconds: float, work: Callable[[], T]) -> T:
        """What `work` returns or raises; TimeoutError when it takes longer."""
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
