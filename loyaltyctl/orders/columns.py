"""Match the columns of an order file to the fields of an order by their usual names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NO_COLUMN = "none"
"""Value of a column option for a field that is not read, even if a column has one of its usual names."""
SHOWN = 20
"""Maximum number of columns of an order file that an error lists."""


COLUMN_NAMES: Mapping[OrderField, tuple[str, ...]] = {
    OrderField.AMOUNT: (
        *("amount", "total", "order_total", "total_amount", "order_amount", "total_price"),
        *("grand_total", "amount_paid", "priceSummary.total.amount", "priceSummary.total"),
    ),
    OrderField.CURRENCY: ("currency", "currency_code"),
    OrderField.DATE: (
        *("date", "created_at", "created_date", "order_date", "date_created"),
        *("ordered_at", "paid_at", "timestamp"),
    ),
    OrderField.MEMBER: (
        *("member", "member_id", "buyerInfo.memberId", "contact_id", "buyerInfo.contactId"),
        *("customer_id", "customer"),
    ),
    OrderField.TIER: ("tier", "tier_id", "loyalty_tier"),
    OrderField.TRIGGER: ("trigger", "trigger_activity_type", "activity_type"),
    OrderField.ORDER_ID: ("order_id", "id", "order_number", "number"),
    OrderField.STATUS: ("status", "payment_status", "order_status"),
}
"""Usual names of the column of each field of an order, the preferred one first.

They are those of store exports and of orders from Wix's eCommerce API. Names are compared without case
and punctuation: `Order ID`, `order_id` and `orderId` are the same.
"""


def match_columns(
    names: Sequence[str], options: Mapping[OrderField, str], file: str
) -> dict[OrderField, str]:
    """Return the column of each field of an order; `names` are the columns of the file.

    `options` has the columns that the user chose, which override the usual names; NO_COLUMN leaves a field
    out. Raises UsageError if the file lacks a chosen column, InvalidData if it is not clear
    which column has the amount.
    """
    columns: dict[OrderField, str] = {}
    for field in OrderField:
        if field not in options:
            candidates = _matching_columns(COLUMN_NAMES[field], names)
            if field is OrderField.AMOUNT:
                _check_amount_column(candidates, names, file)
            if candidates:
                columns[field] = candidates[0]
        elif options[field] in names:
            columns[field] = options[field]
        elif options[field].lower() != NO_COLUMN or field is OrderField.AMOUNT:
            advice = did_you_mean(options[field], names, f"its columns are {_listed_columns(names)}")
            raise UsageError(f"{file} has no column {quoted(options[field])} ({field.option}){advice}")
    return columns


def _matching_columns(known: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the columns of an order file that have one of the usual names, the preferred one first.

    `known` are the usual names for one field of an order; `names` are all columns of the file.
    """
    ranks = {_normalized_column(name): rank for rank, name in enumerate(known)}
    matching = [name for name in names if _normalized_column(name) in ranks]
    return sorted(matching, key=lambda name: ranks[_normalized_column(name)])


def _check_amount_column(candidates: Sequence[str], names: Sequence[str], file: str) -> None:
    """Raise InvalidData unless it is clear which column of an order file has the amount.

    `candidates` are the columns with a usual name. If there are several, one of them must be named `amount`.
    """
    # The amount is never guessed: one column may include tax and shipping, and another may not.
    hint = f"Name the column of the amount: {OrderField.AMOUNT.option} NAME"
    if not candidates:
        raise InvalidData(
            f"{file} has no column for the amount; its columns are {_listed_columns(names)}", hint=hint
        )
    named_amount = [name for name in candidates if _normalized_column(name) == OrderField.AMOUNT]
    if len(candidates) > 1 and len(named_amount) != 1:
        raise InvalidData(f"{file}: the amount may be {_listed_columns(candidates)}", hint=hint)


def _normalized_column(name: str) -> str:
    """Return the name of a column without punctuation and in lower case: `"Order ID" -> "orderid"`."""
    return re.sub(r"[\W_]", "", name).lower()


def _listed_columns(names: Sequence[str]) -> str:
    """Return the first columns of an order file as a list for an error message."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(quoted(name) for name in names[:SHOWN]) + more
