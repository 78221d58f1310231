"""Input of orders: a line of a JSONL file that `points backtest` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from loyaltyctl.contract.json_values import camel_case
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.types import Keywords, ObjectOf
from loyaltyctl.intake.money import AMOUNT, WHOLE_DIGITS

_MAX_WHOLE_AMOUNT = 10**WHOLE_DIGITS - 1
_DECIMAL_LIMIT = 10**9
"""Limit of JSON numbers with decimals: a double keeps 15 digits, nine before the point and six after it."""

_OrderAmount = (
    Annotated[str, Keywords(pattern=f"^{AMOUNT}$")]
    | Annotated[int, Keywords(minimum=-_MAX_WHOLE_AMOUNT, maximum=_MAX_WHOLE_AMOUNT)]
    | Annotated[float, Keywords(exclusiveMinimum=-_DECIMAL_LIMIT, exclusiveMaximum=_DECIMAL_LIMIT)]
)

_ORDER_MEMBERS: Mapping[OrderField, object] = {
    OrderField.AMOUNT: Annotated[
        _OrderAmount, "The amount that earns points; negative for a refund; at most six decimals."
    ],
    OrderField.CURRENCY: Annotated[str | None, "Its currency, the same in all orders."],
    OrderField.DATE: Annotated[str | None, "Its date, such as 2026-01-31; required by --by month."],
    OrderField.MEMBER: Annotated[str | None, "The member who ordered; required by --by member."],
    OrderField.TIER: Annotated[str | None, "The id of the member's tier; null is the base tier."],
    OrderField.TRIGGER: Annotated[
        str | None, "The trigger, such as stores/OrderPaid; required without --trigger."
    ],
    OrderField.ORDER_ID: Annotated[str | int | None, "Its id; only refunds repeat the id of their order."],
    OrderField.STATUS: Annotated[str | None, "Its status, for --status."],
}

Order: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "Order",
        "An order. Members may have other common names, or names given by options; others are ignored.",
        lambda: {camel_case(field.column): member for field, member in _ORDER_MEMBERS.items()},
        required=(OrderField.AMOUNT,),
    ),
]
