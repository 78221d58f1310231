"""Fields of an order: members of the input `orders`, and columns of order files."""

from __future__ import annotations

from loyaltyctl.contract.json_values import InlineEnum


class OrderField(InlineEnum):
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
