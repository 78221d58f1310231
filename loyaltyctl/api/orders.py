"""API client for orders: Search Orders, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.api.calls import call
from loyaltyctl.api.methods import MAX_PAGE, ORDERS, SEARCH_ORDERS
from loyaltyctl.errors import TryLater
from loyaltyctl.intake.values import object_or_empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.api.calls import Response
    from loyaltyctl.api.dry_run import DryRun
    from loyaltyctl.api.session import Session
    from loyaltyctl.intake.values import Json, JsonObject

MAX_IDLE_PAGES = 20
"""Maximum number of successive pages without a new order, though the server promises more."""
_WHAT = "search the orders"


class OrderPage(NamedTuple):
    """Page of a search for orders: the orders that no earlier page had, and the cursor of the next page.

    `cursor` is empty on the last page.
    """

    orders: list[JsonObject]
    cursor: str


class Orders:
    """API client for the orders of one site."""

    def __init__(self, sender: Session | DryRun) -> None:
        """Create an API client for orders, whose calls `sender` performs."""
        self._sender = sender

    def pages(self, filter_: JsonObject, *, cursor: str = "", seen: set[str]) -> Iterator[OrderPage]:
        """Yield the orders that a filter finds, by date of creation: a page for each API call.

        `cursor` continues an earlier search; the filter is then that of the cursor. Orders whose id is in
        `seen` are left out, and the ids of new orders are added to it. Raises TryLater if the pages do not
        advance.
        """
        idle = 0
        while True:
            response = self._sender.perform(call(SEARCH_ORDERS, _WHAT, body=_search_body(filter_, cursor)))
            page = _read_page(response, seen)
            idle = 0 if page.orders else idle + 1
            if page.cursor and (page.cursor == cursor or idle > MAX_IDLE_PAGES):
                raise _unusable(response, "the pages do not advance")
            yield page
            cursor = page.cursor
            if not cursor:
                return


def _search_body(filter_: JsonObject, cursor: str) -> JsonObject:
    """Return the body of a search for orders: its first page, or the page of a cursor."""
    if cursor:  # filter and order of the search are part of the cursor; sent twice, they could contradict it
        return {"search": {"cursorPaging": {"limit": MAX_PAGE, "cursor": cursor}}}
    # By date of creation, so that orders placed during the search come at the end.
    by_creation: Json = [{"fieldName": "createdDate", "order": "ASC"}]
    search: JsonObject = {"filter": filter_} if filter_ else {}
    return {"search": {**search, "sort": by_creation, "cursorPaging": {"limit": MAX_PAGE}}}


def _read_page(response: Response, seen: set[str]) -> OrderPage:
    """Read a page of orders, and add the ids of its orders to `seen`. Raises TryLater for malformed pages."""
    orders: list[JsonObject] = []
    found = ORDERS.entities(response.body)
    for order in found:
        order_id = order.get("id")
        if not isinstance(order_id, str) or not order_id:
            raise _unusable(response, "the response has an order without an id")
        if order_id not in seen:
            seen.add(order_id)
            orders.append(order)
    body = object_or_empty(response.body)
    # `metadata` is the documented one; a comment in the vendor's SDK and older programs name the other.
    metadata = object_or_empty(body.get("metadata") or body.get("pagingMetadata"))
    if not metadata and len(found) >= MAX_PAGE:
        raise _unusable(response, "the response is a full page without a cursor or an end")
    has_next, cursor = metadata.get("hasNext"), object_or_empty(metadata.get("cursors")).get("next") or ""
    if has_next is False:
        return OrderPage(orders, "")
    if not isinstance(cursor, str) or (has_next and not cursor):
        raise _unusable(response, "the response promises more orders, but has no cursor for them")
    return OrderPage(orders, cursor)


def _unusable(response: Response, why: str) -> TryLater:
    """Return the error for a page of orders that cannot be used."""
    return TryLater(f"could not {_WHAT}: {why}", code="NO_USABLE_ANSWER", request_id=response.request_id)
