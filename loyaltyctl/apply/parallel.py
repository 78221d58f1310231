"""The same work on many sites at once: a thread a site, and what all of them tell as one stream.

Each site has a rate limit of its own, so sites need not wait for each other. Who stops
listening stops the work: each thread ends after the step that it is at.
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
"""Sites that are worked on at once: most of the time goes by waiting for answers."""
HEARING = 0.5
"""Seconds after which a wait is begun anew, so that Ctrl-C is heard on every platform."""


class Ended(NamedTuple):
    """The work on a site is over, perhaps by an error."""

    error: BaseException | None = None


def in_parallel(sites: Sequence[S], work: Callable[[S], Iterator[T]]) -> Iterator[tuple[S, T | Ended]]:
    """Yield the results of `work` for each site as they come, and then its `Ended`.

    A LoyaltyError ends one site alone; any other exception is raised here.
    """
    told: SimpleQueue[tuple[S, T | Ended]] = SimpleQueue()
    stopped = Event()

    def run(site: S) -> None:
        ended = Ended()
        try:
            for item in work(site):
                told.put((site, item))
                if stopped.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that listens
            ended = Ended(error)
        told.put((site, ended))

    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for site in sites:
                pool.submit(run, site)
            left = len(sites)
            while left:
                try:
                    site, item = told.get(timeout=HEARING)
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
