"""Fields of an order: the columns of the order table."""

from __future__ import annotations

from enum import StrEnum


class OrderField(StrEnum):
    """Field of an order; a file may have a column for it."""

    AMOUNT = "amount"
    CURRENCY = "currency"
    DATE = "date"
    MEMBER = "member"
    TIER = "tier"
    TRIGGER = "trigger"
    ORDER_ID = "order-id"
    STATUS = "status"

    @property
    def column(self) -> str:
        """The name of its column in SQL."""
        return self.replace("-", "_")

    @property
    def option(self) -> str:
        """The option that names the file's column."""
        return f"--{self}-column"
