"""Fields of an order: members of the input `orders`, and columns of order files."""

from __future__ import annotations

from loyaltyctl.contract.json_values import InlineEnum


class OrderField(InlineEnum):
    """Field of an order in an order file, with the names of its column and its option."""

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
        """The name of the order field's column in SQL."""
        return self.replace("-", "_")

    @property
    def option(self) -> str:
        """The option of `points backtest` that gives the name of the column in an order file."""
        return f"--{self}-column"
