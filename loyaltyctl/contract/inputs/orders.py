"""Line of orders in JSONL, as `points backtest` reads it."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from loyaltyctl.contract.json_schema import Keywords, ObjectOf
from loyaltyctl.intake.money import AMOUNT, WHOLE_DIGITS

_LIMIT = 10**WHOLE_DIGITS - 1
_DOUBLE = 10**9
"""Limit of numbers with decimals: they are read as doubles, which are exact enough below it."""

_Amount = (
    Annotated[str, Keywords(pattern=f"^{AMOUNT}$")]
    | Annotated[int, Keywords(minimum=-_LIMIT, maximum=_LIMIT)]
    | Annotated[float, Keywords(exclusiveMinimum=-_DOUBLE, exclusiveMaximum=_DOUBLE)]
)

Order: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "Order",
        "An order. Members may have other common names, or names given by options; others are ignored.",
        lambda: {
            "amount": Annotated[
                _Amount, "The amount that earns points; negative for a refund; at most six decimals."
            ],
            "currency": Annotated[str | None, "Its currency, the same in all orders."],
            "date": Annotated[str | None, "Its date, such as 2026-01-31; required by --by month."],
            "member": Annotated[str | None, "The member who ordered; required by --by member."],
            "tier": Annotated[str | None, "The id of the member's tier; none is the base tier."],
            "trigger": Annotated[
                str | None, "The trigger, such as stores/OrderPaid; required without --trigger."
            ],
            "orderId": Annotated[str | int | None, "Its id; only refunds repeat the id of their order."],
            "status": Annotated[str | None, "Its status, for --status."],
        },
        required=("amount",),
    ),
]
