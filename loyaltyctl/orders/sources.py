"""Order sources: descriptions of order files, and matching of columns to the fields of an order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.values import did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NO_COLUMN = "none"
"""Value of a column option for a field that the orders do not have, whatever their columns are called."""
SHOWN = 20
"""Maximum number of column names in an error."""


class Source(NamedTuple):
    """Description of files of orders: the names of the columns of each field, the preferred one first.

    Names match in any case, with or without punctuation.
    """

    name: str
    columns: Mapping[OrderField, tuple[str, ...]]


GENERIC = Source(
    "generic",
    {
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
    },
)
"""The usual column names: those of store exports, and of the vendor's eCommerce orders."""


def match_columns(
    source: Source, names: Sequence[str], options: Mapping[OrderField, str], file: str
) -> dict[OrderField, str]:
    """Return the column of each field among the column `names` of a file; `options` come first.

    Raises UsageError for a column of `options` that the file does not have, InvalidData if no
    column, or more than one, may be the amount.
    """
    columns: dict[OrderField, str] = {}
    for field in OrderField:
        if field not in options:
            candidates = _candidates(source.columns[field], names)
            if field is OrderField.AMOUNT:
                _check_amount(candidates, names, file)
            if candidates:
                columns[field] = candidates[0]
        elif options[field] in names:
            columns[field] = options[field]
        elif options[field].lower() != NO_COLUMN or field is OrderField.AMOUNT:
            advice = did_you_mean(options[field], names, f"its columns are {_listed(names)}")
            raise UsageError(f"{file} has no column {quoted(options[field])} ({field.option}){advice}")
    return columns


def _candidates(known: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the names that are among the `known` ones, in the order of preference."""
    ranks = {_normalized(name): rank for rank, name in enumerate(known)}
    matching = [name for name in names if _normalized(name) in ranks]
    return sorted(matching, key=lambda name: ranks[_normalized(name)])


def _check_amount(candidates: Sequence[str], names: Sequence[str], file: str) -> None:
    # Money is never guessed: a total may include tax or shipping where another column does not.
    hint = f"Name the column of the amount: {OrderField.AMOUNT.option} NAME"
    if not candidates:
        raise InvalidData(f"{file} has no column for the amount; its columns are {_listed(names)}", hint=hint)
    if len(candidates) > 1 and _normalized(candidates[0]) != OrderField.AMOUNT:
        raise InvalidData(f"{file}: the amount may be {_listed(candidates)}", hint=hint)


def _normalized(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(quoted(name) for name in names[:SHOWN]) + more
