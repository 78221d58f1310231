"""Checks of an order: conditions that it must meet to be counted."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake import money
from loyaltyctl.orders.quoting import is_one_of, literal
from loyaltyctl.orders.total_words import total_label_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.contract.order_fields import OrderField

JSON_NUMBER = (
    rf"-?[0-9]{{1,9}}(\.[0-9]{{1,{money.DECIMALS}}})?|-?[0-9]{{1,{money.WHOLE_DIGITS}}}(\.[0-9]{{1,2}})?"
)
"""Pattern of a JSON number that is accepted as the amount of an order.

Most JSON parsers read a number with decimals as a double, which holds 15 digits. An amount with
more digits must be a string.
"""
is_json_number = re.compile(JSON_NUMBER, re.ASCII).fullmatch


class OrderChecks(NamedTuple):
    """All checks of an order: it is counted only if each of its fields passes."""

    filters: Mapping[OrderField, Sequence[str]] = MappingProxyType({})
    """Accepted values of fields; case is ignored. Orders with other values are not checked at all."""
    dated: bool = False
    """If true, an order must have a readable date."""
    currency: str | None = None
    """The currency that all orders must have, in upper case. Orders without a currency pass."""
    repeated: frozenset[str] = frozenset()
    """Ids that more than one order has. A refund passes: it may have the id of its order."""
    unsummed: bool = False
    """If true, an order must not have a word for a total as its id."""

    def filter_sql(self) -> str:
        """Return the SQL condition for the orders to check: those that the filters accept."""
        conditions = (is_one_of(field.column, values) for field, values in self.filters.items())
        return " AND ".join(conditions) or "true"

    def fault_sql(self) -> str:
        """Return the SQL condition for the orders in the order table that fail a check, or may fail one."""
        conditions = ["amount IS NULL"]
        if self.dated:
            conditions.append("month IS NULL")
        if self.unsummed:
            conditions.append(f"{total_label_sql('order_id')} <> ''")
        if self.repeated:
            conditions.append(f"order_id IN ({', '.join(map(literal, sorted(self.repeated)))})")
        if self.currency:
            conditions.append(self.other_currency_sql())
        return f"excluded = '' AND {self.filter_sql()} AND ({' OR '.join(conditions)})"

    def other_currency_sql(self) -> str:
        """Return the SQL condition for the orders in the order table in another currency."""
        return f"upper(currency) NOT IN ('', {literal(self.currency or '')})"
