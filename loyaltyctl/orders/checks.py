"""Checks of an order: the conditions under which it is counted, in Python and as SQL.

A scan of all orders uses the SQL, to count; reading them one by one uses the Python, to
locate those that fail. Both are made from the same patterns.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.intake import money
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.sql import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence

JSON_NUMBER = rf"-?[0-9]{{1,9}}(\.[0-9]{{1,{money.DECIMALS}}})?|-?[0-9]{{1,{money.WHOLE_DIGITS}}}"
"""Pattern of a JSON number that may be an amount.

Most readers of JSON make a double of a number with decimals, and that holds 15 digits; an amount
with more of them must be a string.
"""


class Check:
    """A pattern for the text of a field, or for its first characters, and the message for other texts.

    The pattern must mean the same in Python's and in DuckDB's regular expressions.
    """

    def __init__(self, pattern: str, message: str, length: int | None = None) -> None:
        self.pattern = pattern
        self._message = message
        self._length = length
        self._match = re.compile(pattern, re.ASCII).fullmatch

    def accepts(self, text: str) -> bool:
        """Return whether a text has the pattern."""
        return self._match(text[: self._length]) is not None

    def message(self, text: str) -> str:
        """Return the message for a text that is not accepted."""
        return f"{self._message}, got {quoted(text)}" if text else "is empty"

    def prefix(self, text: str) -> str:
        """Return the SQL for the part of a text that has the pattern."""
        return text if self._length is None else f"left({text}, {self._length})"

    def sql(self, prefix: str) -> str:
        """Return the SQL condition for a prefix."""
        return f"regexp_full_match({prefix}, {literal(self.pattern)})"


AMOUNT = Check(money.AMOUNT, "must be an amount of money")
MONTH = Check("[0-9]{4}-(0[1-9]|1[0-2])", "must be a date such as 2026-01-31", length=7)


class Requirements(NamedTuple):
    """Conditions under which the orders of a backtest are counted."""

    filters: Mapping[OrderField, Sequence[str]] = MappingProxyType({})
    """Values of fields, in upper case; other orders are not looked at."""
    dated: bool = False
    """If true, the month of an order must be readable."""
    currency: str | None = None
    """The currency of the other orders, in upper case; an order without a currency is taken to have it."""
    repeated: frozenset[str] = frozenset()
    """Ids that several orders have. A refund may have the id of its order."""

    def where(self) -> str:
        """Return the SQL condition of the filters."""
        conditions = (
            f"upper({field.column}) IN ({', '.join(map(literal, values))})"
            for field, values in self.filters.items()
        )
        return " AND ".join(conditions) or "true"

    def faults(
        self, texts: Mapping[OrderField, str], first: MutableMapping[str, object], place: object
    ) -> Iterator[tuple[OrderField, str]]:
        """Yield the fields of an order that fail, with a message; the reason to leave it out comes first.

        `first` has the places of the orders before it by their repeated id.
        """
        if any(texts.get(field, "").upper() not in values for field, values in self.filters.items()):
            return
        amount, date = texts[OrderField.AMOUNT], texts.get(OrderField.DATE, "")
        order_id, currency = texts.get(OrderField.ORDER_ID, ""), texts.get(OrderField.CURRENCY, "").upper()
        if not AMOUNT.accepts(amount):
            yield OrderField.AMOUNT, AMOUNT.message(amount)
        elif order_id in self.repeated and not amount.startswith("-"):
            if order_id in first:
                message = f"repeats the id {quoted(order_id)}, first used at {first[order_id]}"
                yield OrderField.ORDER_ID, message
            first.setdefault(order_id, place)
        if self.dated and not MONTH.accepts(date):
            yield OrderField.DATE, MONTH.message(date)
        if self.currency and currency not in ("", self.currency):
            first_currency = quoted(self.currency)
            yield OrderField.CURRENCY, f"is {quoted(currency)}, but the first order has {first_currency}"

    def suspicious(self, columns: Mapping[OrderField, str]) -> str:
        """Return the SQL condition, on `columns` of text, for all orders that may have faults."""
        conditions = [f"NOT {AMOUNT.sql(columns[OrderField.AMOUNT])}"]
        if self.dated and (date := columns.get(OrderField.DATE)):
            conditions.append(f"NOT {MONTH.sql(MONTH.prefix(date))}")
        if self.repeated and (order_id := columns.get(OrderField.ORDER_ID)):
            conditions.append(f"{order_id} IN ({', '.join(map(literal, sorted(self.repeated)))})")
        if self.currency and (currency := columns.get(OrderField.CURRENCY)):
            conditions.append(f"upper({currency}) NOT IN ('', {literal(self.currency)})")
        return " OR ".join(conditions)

    def is_clean(self, positions: Mapping[OrderField, int], width: int) -> Callable[[Sequence[str]], bool]:
        """Return a test that is true for rows of CSV without faults.

        It may be false for others too. It exists for its speed: a file of ten million rows has
        few that must be looked at closely.
        """
        amount = positions[OrderField.AMOUNT]
        date = positions.get(OrderField.DATE) if self.dated else None
        order_id = positions.get(OrderField.ORDER_ID) if self.repeated else None
        currency = positions.get(OrderField.CURRENCY) if self.currency else None
        currencies = {"", self.currency, (self.currency or "").lower()}
        is_amount, is_month, repeated = AMOUNT.accepts, MONTH.accepts, self.repeated

        def test(cells: Sequence[str]) -> bool:
            return (
                len(cells) == width
                and is_amount(cells[amount])
                and (date is None or is_month(cells[date]))
                and (order_id is None or cells[order_id] not in repeated)
                and (currency is None or cells[currency] in currencies)
                and "".join(cells).isascii()
            )

        return test
