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
"""Maximum number of sites that are worked on at the same time."""
POLL_SECONDS = 0.5
"""Longest single wait for a result: on Windows, Ctrl-C does not interrupt a wait without a timeout."""


class Ended(NamedTuple):
    """End of the parallel work on one site; `error` is the exception that ended it early."""

    error: BaseException | None = None


def in_parallel(sites: Sequence[S], work: Callable[[S], Iterator[T]]) -> Iterator[tuple[S, T | Ended]]:
    """Run `work` on sites in parallel, and yield each result with its site as soon as it arrives.

    The last result of each site is an `Ended`. A LoyaltyError ends the work on one site; any other exception
    is raised here, and ends all work.
    """
    results: SimpleQueue[tuple[S, T | Ended]] = SimpleQueue()
    stopped = Event()

    def run(site: S) -> None:
        """Run the work on one site, in parallel with other sites, and pass on each result."""
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
            # Not left to the end of the `with` block, which would begin the work on the remaining sites.
            pool.shutdown(cancel_futures=True)
