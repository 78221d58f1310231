"""Operation Search Orders of the sandbox: filter, sort and pages over the seeded orders.

A cursor contains the filter, the sort and the position, so that a next page needs the cursor alone, as with
the vendor's. The orders never change: a position stays valid.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.values import quoted
from loyaltyctl.sandbox.order_filters import compile_filter, invalid, sort_orders
from loyaltyctl.sandbox.order_seeds import seed_orders

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

MAX_PAGE = 100
"""Maximum number of orders on a page, and the default, as the vendor documents."""
MAX_CURSOR = 16_000
"""Maximum number of characters of a cursor, as the vendor documents."""
_UNASKED = frozenset({"PENDING", "REJECTED"})
"""Statuses of orders that are left out unless the filter names the field `status`."""
_NEVER = frozenset({"INITIALIZED"})
"""Statuses of orders that Search Orders never returns: they were not placed."""
_SEARCH_MEMBERS = ("filter", "sort", "cursorPaging")


class _Search(NamedTuple):
    """Search for orders: what a request or its cursor asks for."""

    filter: Json
    sort: Json
    limit: int = MAX_PAGE
    start: int = 0


def search_orders(body: Json) -> JsonObject:
    """Operation Search Orders of the sandbox: return a page of orders. Raises ErrorResponse (400)."""
    search = _parse_search(body)
    found = _find_orders(search)
    end = search.start + search.limit
    page: list[Json] = [*found[search.start : end]]
    cursors: JsonObject = {}
    if end < len(found):
        cursors["next"] = _to_cursor(search._replace(start=end))
    if search.start:
        cursors["prev"] = _to_cursor(search._replace(start=max(0, search.start - search.limit)))
    metadata: JsonObject = {"count": len(page), "cursors": cursors, "hasNext": end < len(found)}
    return {"orders": page, "metadata": metadata}


def _find_orders(search: _Search) -> list[JsonObject]:
    """Return all orders that a search finds, in its order."""
    filter_ = compile_filter(search.filter)
    hidden = _NEVER if "status" in filter_.fields else _NEVER | _UNASKED
    orders = [order for order in seed_orders() if order["status"] not in hidden and filter_.matches(order)]
    return sort_orders(orders, search.sort)


def _parse_search(body: Json) -> _Search:
    """Parse the request body of a search for orders. Raises ErrorResponse (400)."""
    search = _members(_members(body, "the body", "search").get("search"), "search", *_SEARCH_MEMBERS)
    paging = _members(search.get("cursorPaging", {}), "cursorPaging", "limit", "cursor")
    limit, cursor = paging.get("limit", MAX_PAGE), paging.get("cursor")
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_PAGE:
        raise invalid(f"cursorPaging.limit must be from 1 to {MAX_PAGE}, got {quoted(limit)}")
    if cursor is None:
        return _Search(search.get("filter", {}), search.get("sort", []), limit)
    if search.keys() & {"filter", "sort"}:
        raise invalid("filter and sort are part of the cursor; send the cursor without them (sandbox)")
    return _from_cursor(cursor)._replace(limit=limit)


def _members(value: Json, name: str, *members: str) -> JsonObject:
    """Return a part of a search request that must be an object with no other members than `members`.

    Raises ErrorResponse (400) otherwise.
    """
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object (sandbox)")
    if unknown := value.keys() - {*members}:
        raise invalid(f"{name} has no member {quoted(min(unknown))} (sandbox)")
    return value


def _to_cursor(search: _Search) -> str:
    """Return the cursor for a page of a search for orders. Raises ErrorResponse (400) if it is too long."""
    content = json.dumps([search.filter, search.sort, search.start])
    cursor = base64.urlsafe_b64encode(content.encode()).decode()
    if len(cursor) > MAX_CURSOR:
        raise invalid(f"the filter is too long for a cursor of {MAX_CURSOR:,} characters (sandbox)")
    return cursor


def _from_cursor(cursor: Json) -> _Search:
    """Parse the cursor of a page of orders. Raises ErrorResponse (400) unless the sandbox made it."""
    try:
        if isinstance(cursor, str) and len(cursor) <= MAX_CURSOR:
            match strict_json.loads(base64.b64decode(cursor, b"-_", validate=True), "the cursor"):
                case [filter_, sort, int(start)] if start >= 0 and not isinstance(start, bool):
                    return _Search(filter_, sort, start=start)
    except (binascii.Error, InvalidData, ValueError):
        pass
    raise invalid("the cursor is not valid")
