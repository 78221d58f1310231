"""Run work on many sites in parallel: one thread for each site, and their results as one stream.

Each site has its own rate limit, so sites need not wait for each other. Closing the iterator stops the
workers: each ends after the step that it is at.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from loyaltyctl.errors import LoyaltyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

S = TypeVar("S")
T = TypeVar("T")

WORKERS = 16
"""Maximum number of threads: they spend most of their time waiting for responses."""
POLL_SECONDS = 0.5
"""Longest wait in one piece: on Windows, Ctrl-C does not interrupt a wait without a timeout."""


class Ended(NamedTuple):
    """The end of the work on a site, with the error that ended it."""

    error: BaseException | None = None


def in_parallel(sites: Sequence[S], work: Callable[[S], Iterator[T]]) -> Iterator[tuple[S, T | Ended]]:
    """Yield the results of `work` for each site as they come, and then its `Ended`.

    A LoyaltyError ends the work on one site; any other exception is raised here.
    """
    results: SimpleQueue[tuple[S, T | Ended]] = SimpleQueue()
    stopped = Event()

    def run(site: S) -> None:
        ended = Ended()
        try:
            for item in work(site):
                results.put((site, item))
                if stopped.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that iterates
            ended = Ended(error)
        results.put((site, ended))

    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for site in sites:
                pool.submit(run, site)
            left = len(sites)
            while left:
                try:
                    site, item = results.get(timeout=POLL_SECONDS)
                except Empty:
                    continue
                if isinstance(item, Ended):
                    left -= 1
                    if item.error is not None and not isinstance(item.error, LoyaltyError):
                        raise item.error
                yield site, item
        finally:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
