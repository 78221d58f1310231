"""Fields of an order: members of the input `orders`, and columns of order files."""

from __future__ import annotations

from loyaltyctl.contract.json_values import InlineEnum


class OrderField(InlineEnum):
    """Field of an order: a member of the input `orders`, and a column of order files."""

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
        """The name that the column of the order field has in SQL."""
        return self.replace("-", "_")

    @property
    def option(self) -> str:
        """The option of `points backtest` that names the column of the order field in an order file."""
        return f"--{self}-column"
