"""Search for orders: the period and the statuses, as the filter of the vendor's Search Orders."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake import timestamps
from loyaltyctl.model.orders import order_date

if TYPE_CHECKING:
    from datetime import datetime

    from loyaltyctl.intake.values import Json, JsonObject


class OrderStatus(StrEnum):
    """Status of an order that Search Orders can return: it leaves out orders that were never placed."""

    APPROVED = "APPROVED"
    CANCELED = "CANCELED"
    PENDING = "PENDING"
    REJECTED = "REJECTED"


class OrderSearch(NamedTuple):
    """Search for the orders of a period, which begins with `since` and ends before `until`.

    None is an open end. Without `statuses`, the vendor leaves out PENDING and REJECTED orders.
    """

    since: datetime | None = None
    until: datetime | None = None
    statuses: tuple[OrderStatus, ...] = ()

    def filter(self) -> JsonObject:
        """Return the filter of the search, in the vendor's query language.

        It also finds some orders outside the period: `contains` decides.
        """
        conditions: list[Json] = []
        if self.since or self.until:
            # The filter cannot fall back on another field. Of an order without a date of purchase, that of
            # its creation counts, so the filter finds both.
            conditions.append({"$or": [self._period("purchasedDate"), self._period("createdDate")]})
        if self.statuses:
            conditions.append({"status": {"$in": [str(status) for status in self.statuses]}})
        return {"$and": conditions} if conditions else {}

    def contains(self, order: JsonObject) -> bool:
        """Return whether an order that the search found is in its period; true without a readable date."""
        date = order_date(order)
        return date is None or not (
            (self.since is not None and date < self.since) or (self.until is not None and date >= self.until)
        )

    def _period(self, field: str) -> JsonObject:
        """Return the part of the search filter that requires a date field to be in the period."""
        # The vendor refuses one object with two operators.
        ends = (("$gte", self.since), ("$lt", self.until))
        return {"$and": [{field: {name: timestamps.format_utc(end)}} for name, end in ends if end]}
