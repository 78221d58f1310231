"""Download of orders: fetch the pages of a search, and append the reduced orders to a partial file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.model.orders import reduced_order
from loyaltyctl.orders.fetching.counts import OrderCounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.api.orders import Orders
    from loyaltyctl.orders.fetching.partial_file import PartialFile


_STEP = 1_000
"""Number of orders after which the progress of reading is reported."""


class Download:
    """Download of the orders of a fetch into its partial file, from where that ends."""

    def __init__(self, orders: Orders, part: PartialFile) -> None:
        """Prepare to download through an API client; to continue a fetch, call `read_kept` before `run`."""
        self._orders = orders
        self._part = part
        self._seen: set[str] = set()
        self.counts = OrderCounts()

    def read_kept(self) -> Iterator[int]:
        """Read the orders that the partial file has already. Yield their number in steps, without the rest.

        A million orders take about a minute.
        """
        for order in self._part.orders():
            self._seen.add(str(order.get("id")))
            self.counts.add(order)
            if self.counts.orders % _STEP == 0:
                yield _STEP

    def run(self) -> Iterator[int]:
        """Download the missing pages of orders. Yield the number of orders so far, then that of each page."""
        yield self.counts.orders
        state = self._part.state
        if state.is_complete:
            return
        search = state.request.search
        for page in self._orders.pages(search.filter(), cursor=state.cursor, seen=self._seen):
            orders = [reduced_order(order) for order in page.orders if search.contains(order)]
            self._part.append(orders, page.cursor)
            for order in orders:
                self.counts.add(order)
            yield len(orders)
