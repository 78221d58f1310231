"""Work on chunks of events in several parallel processes, with the results in input order.

Each process reads all items, which is cheap, and works on its share of the chunks, which is
expensive:

    process 0   chunk 0 ░░░░░ chunk 2 ░░░░░ chunk 4
    process 1   ░░░░░ chunk 1 ░░░░░ chunk 3 ░░░░░

Each process sends its results through a pipe. While its pipe is full, the process waits.
os.fork is used directly: the functions are closures, and multiprocessing cannot pickle closures.
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
"""Number of items per chunk."""
MAX_PROCESSES = 8
"""Maximum number of processes."""


def process_count() -> int:
    """Return the number of parallel processes to use: one per CPU, up to MAX_PROCESSES; 1 without os.fork."""
    if not hasattr(os, "fork"):
        return 1
    with suppress(AttributeError):  # macOS has no sched_getaffinity
        return min(MAX_PROCESSES, len(os.sched_getaffinity(0)))
    return min(MAX_PROCESSES, os.cpu_count() or 1)


def map_chunks(produce: Callable[[], Iterable[T]], work: Callable[[list[T]], R], number: int) -> Iterator[R]:
    """Divide the items of `produce()` into chunks, and yield `work(chunk)` for each, in input order.

    `number` parallel processes call `work`. An exception in one of them is raised here. Closing the iterator
    stops the processes.
    """
    workers = [_start_process(produce, work, i, number) for i in range(number)]
    try:
        for i in count():
            result = pickle.load(workers[i % number].pipe)  # noqa: S301 - written by our own process
            if isinstance(result, _EndOfResults):
                if result.error is not None:
                    raise result.error
                return
            yield result
    finally:
        for worker in workers:
            # If the caller stops early, the processes would wait for space in their pipes forever.
            worker.pipe.close()
            with suppress(ProcessLookupError):
                os.kill(worker.process, signal.SIGKILL)
            os.waitpid(worker.process, 0)


class _ChildProcess(NamedTuple):
    """A child process of the parallel work, and the reading end of the pipe with its results."""

    process: int
    pipe: BinaryIO


class _EndOfResults(NamedTuple):
    """Last message of a parallel process in its pipe; `error` is the exception that ended it early."""

    error: Exception | None = None


def _start_process(
    produce: Callable[[], Iterable[T]], work: Callable[[list[T]], R], share: int, number: int
) -> _ChildProcess:
    """Fork one of `number` parallel processes. It works on the chunks whose index modulo `number` is `share`.

    For example, share 1 of 3 is the chunks 1, 4, 7 and so on.
    """
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return _ChildProcess(process, os.fdopen(reader, "rb"))
    try:
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            _write_results(produce, work, share, number, pipe)
    finally:
        os._exit(0)  # the child must not return into the caller's code; the pipe contains its errors


def _write_results(
    produce: Callable[[], Iterable[T]], work: Callable[[list[T]], R], share: int, number: int, pipe: BinaryIO
) -> None:
    """Work on the chunks of one parallel process, and write the results into its pipe."""
    try:
        for i, chunk in enumerate(_chunks(produce())):
            if i % number == share:
                pickle.dump(work(chunk), pipe, pickle.HIGHEST_PROTOCOL)
                pipe.flush()
        end = _EndOfResults()
    except Exception as error:  # noqa: BLE001 - raised again in the parent process
        end = _EndOfResults(error)
    pickle.dump(end, pipe)


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Divide the items into chunks of CHUNK items for the parallel processes."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
