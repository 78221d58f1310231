"""Which column says what: found by the usual names, or set."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.values import meant, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NONE = "none"
"""Given for a column: the orders have none, whatever their columns are called."""


class OrderField(StrEnum):
    """What a column may say of an order."""

    AMOUNT = "amount"
    CURRENCY = "currency"
    DATE = "date"
    MEMBER = "member"
    TIER = "tier"
    TRIGGER = "trigger"
    ORDER_ID = "order-id"
    STATUS = "status"

    @property
    def option(self) -> str:
        """The option that sets the column."""
        return f"--{self}-column"


USUAL = {
    OrderField.AMOUNT: "amount total order_total total_amount order_amount total_price grand_total amount_paid "
    "priceSummary.total.amount priceSummary.total",
    OrderField.CURRENCY: "currency currency_code",
    OrderField.DATE: "date created_at created_date order_date date_created ordered_at paid_at timestamp",
    OrderField.MEMBER: "member member_id buyerInfo.memberId contact_id buyerInfo.contactId customer_id customer",
    OrderField.TIER: "tier tier_id loyalty_tier",
    OrderField.TRIGGER: "trigger trigger_activity_type activity_type",
    OrderField.ORDER_ID: "order_id id order_number number",
    OrderField.STATUS: "status payment_status order_status",
}
"""The names by which columns are found, in any case, with or without the underlines; earlier ones win.

They are those of exports of shops, and of the vendor's own orders.
"""


def of(names: Sequence[str], given: Mapping[OrderField, str], file: str) -> dict[OrderField, str]:
    """The column for each role among the `names` of the file; what is `given` comes first.

    Raises UsageError for a column that is given and not there, InvalidData where there is
    none for the amount, or more than one that may be it.
    """
    found: dict[OrderField, str] = {}
    for role in OrderField:
        if role not in given:
            fitting = _usual(role, names)
            if role is OrderField.AMOUNT:
                _check_amount(fitting, names, file)
            if fitting:
                found[role] = fitting[0]
        elif given[role] in names:
            found[role] = given[role]
        elif given[role].lower() != NONE or role is OrderField.AMOUNT:
            advice = meant(given[role], names, f"there are {_listed(names)}")
            raise UsageError(f"{file} has no column {quoted(given[role])} ({role.option}){advice}")
    return found


def _usual(role: OrderField, names: Sequence[str]) -> list[str]:
    """The columns that are usually called so, the best one first."""
    ranks = {_plain(name): rank for rank, name in enumerate(USUAL[role].split())}
    fitting = [name for name in names if _plain(name) in ranks]
    return sorted(fitting, key=lambda name: ranks[_plain(name)])


def _check_amount(fitting: Sequence[str], names: Sequence[str], file: str) -> None:
    """About money nothing is guessed: a column is called `amount`, or is the only one that may be it."""
    if not fitting:
        raise InvalidData(
            f"{file} has no column for the amount; there are {_listed(names)}",
            hint=f"Say which one it is: {OrderField.AMOUNT.option} NAME",
        )
    if len(fitting) > 1 and _plain(fitting[0]) != OrderField.AMOUNT:
        raise InvalidData(
            f"{file}: the amount may be {_listed(fitting)}",
            hint=f"Say which: {OrderField.AMOUNT.option} NAME",
        )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _listed(names: Sequence[str], limit: int = 20) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(quoted(name) for name in names[:limit]) + more
