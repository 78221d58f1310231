"""Parallel work on many sites: one thread for each site, with all results in one stream.

The API's rate limit is per site, so sites need not wait for each other. Closing the iterator stops the
workers after their current steps.
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
"""Maximum number of sites at a time: threads are cheap here, since they mostly wait for responses."""
POLL_SECONDS = 0.5
"""Longest single wait for a result: on Windows, Ctrl-C does not interrupt a wait without a timeout."""


class Ended(NamedTuple):
    """The end of the work on one site, with the error that ended it, if any."""

    error: BaseException | None = None


def in_parallel(sites: Sequence[S], work: Callable[[S], Iterator[T]]) -> Iterator[tuple[S, T | Ended]]:
    """Run `work` on sites in parallel; yield each result with its site as it arrives, and finally an `Ended`.

    A LoyaltyError ends the work on its site only; any other exception is a bug, and is raised here.
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
            # Without waiting: a request may take a minute. The threads end after their current steps.
            pool.shutdown(wait=False, cancel_futures=True)
