"""The shape of a line of orders, as `points backtest` reads them from JSONL."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from loyaltyctl.contract.outputs.shape import Open, optional
from loyaltyctl.intake.money import AMOUNT, WHOLE_DIGITS

_LIMIT = 10**WHOLE_DIGITS - 1
_DOUBLE = 10**9
"""A number with decimals is read as a double, which is exact enough below this."""

Amount = (
    Annotated[str, Field(pattern=f"^{AMOUNT}$")]
    | Annotated[int, Field(ge=-_LIMIT, le=_LIMIT)]
    | Annotated[float, Field(gt=-_DOUBLE, lt=_DOUBLE)]
)


class Order(Open):
    """An order. Members may have other usual names, or any that an option gives; others are passed over."""

    amount: Amount = Field(description="The sum that earns; negative for a refund; at most six decimals.")
    currency: str | None = optional("Its currency: one and the same in all orders.")
    date: str | None = optional("When it was, such as 2026-01-31; needed for --by month.")
    member: str | None = optional("Who ordered; needed for --by member.")
    tier: str | None = optional("The id of the member's tier; none is the base tier.")
    trigger: str | None = optional("What it sets off, such as stores/OrderPaid; needed without --trigger.")
    order_id: str | int | None = optional("Its id, which no other order has, but for refunds.")
    status: str | None = optional("Its status, for --status.")
