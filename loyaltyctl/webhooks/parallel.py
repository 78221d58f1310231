"""Work on many things by several processes, in order.

Each process makes all of the things, which is cheap, and works on its share of them, which
is not:

    process 0   chunk 0 ░░░░░ chunk 2 ░░░░░ chunk 4
    process 1   ░░░░░ chunk 1 ░░░░░ chunk 3 ░░░░░

What comes of a chunk goes through a pipe, so that no process runs ahead of the reader by
more than a pipe holds.
"""

from __future__ import annotations

import os
import pickle
import signal
from contextlib import suppress
from itertools import count, islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 64
MOST = 8
"""More processes than this are of no use to one reader."""


def processes() -> int:
    """How many of them can work at the same time."""
    if not hasattr(os, "fork"):
        return 1
    with suppress(AttributeError):
        return min(MOST, len(os.sched_getaffinity(0)))
    return min(MOST, os.cpu_count() or 1)


def map_chunks(make: Callable[[], Iterable[T]], work: Callable[[list[T]], R], number: int) -> Iterator[R]:
    """What `work` returns for each chunk of what `make` makes, in order. Raises what either raises."""
    workers = [_started(make, work, i, number) for i in range(number)]
    try:
        for i in count():
            told = pickle.load(workers[i % number].pipe)  # noqa: S301 - from a process of ours
            if isinstance(told, _End):
                if told.error is not None:
                    raise told.error
                return
            yield told
    finally:
        for worker in workers:
            worker.pipe.close()
            with suppress(ProcessLookupError):
                os.kill(worker.process, signal.SIGKILL)
            os.waitpid(worker.process, 0)


class _Worker(NamedTuple):
    """A process, and the end of the pipe that it writes to."""

    process: int
    pipe: BinaryIO


class _End(NamedTuple):
    """Nothing comes after this; `error` says why, unless everything is done."""

    error: Exception | None = None


def _started(
    make: Callable[[], Iterable[T]], work: Callable[[list[T]], R], share: int, number: int
) -> _Worker:
    out, into = os.pipe()
    process = os.fork()
    if process:
        os.close(into)
        return _Worker(process, os.fdopen(out, "rb"))
    try:
        os.close(out)
        with os.fdopen(into, "wb") as pipe:
            _run(make, work, share, number, pipe)
    finally:
        os._exit(0)  # whatever happened: this is not the process that says so


def _run(
    make: Callable[[], Iterable[T]], work: Callable[[list[T]], R], share: int, number: int, pipe: BinaryIO
) -> None:
    try:
        for i, chunk in enumerate(_chunks(make())):
            if i % number == share:
                pickle.dump(work(chunk), pipe, pickle.HIGHEST_PROTOCOL)
                pipe.flush()
        end = _End()
    except Exception as error:  # noqa: BLE001 - carried over to the process that waits
        end = _End(error)
    pickle.dump(end, pipe)


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
