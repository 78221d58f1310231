"""Checks of an order before a backtest counts it, in Python and as SQL.

The scan of all orders uses the SQL, to count invalid orders. Reading orders one by one uses the
Python, to locate them. Both are generated from the same patterns, so they agree.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.intake import money
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.quoting import is_one_of, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence

JSON_NUMBER = rf"-?[0-9]{{1,9}}(\.[0-9]{{1,{money.DECIMALS}}})?|-?[0-9]{{1,{money.WHOLE_DIGITS}}}"
"""Pattern of a JSON number that is accepted as the amount of an order.

Most JSON parsers read a number with decimals as a double, which holds 15 digits; an amount with
more digits must be a string.
"""


class Check:
    """Check of one field of an order: a pattern for its text, or for its first `length` characters.

    The pattern must mean the same to Python's `re` and to DuckDB's RE2, which has no lookaround and no
    backreferences.
    """

    def __init__(self, pattern: str, message: str, length: int | None = None) -> None:
        self.pattern = pattern
        self._message = message
        self._length = length
        self._match = re.compile(pattern, re.ASCII).fullmatch

    def accepts(self, text: str) -> bool:
        """Return whether the text of an order field matches the pattern."""
        return self._match(text[: self._length]) is not None

    def message(self, text: str) -> str:
        """Return the error message for the text of an order field that is not accepted."""
        return f"{self._message}, got {quoted(text)}" if text else "is empty"

    def prefix_sql(self, text: str) -> str:
        """Return the SQL for the beginning of an order field that is checked; `text` is SQL of the field."""
        return text if self._length is None else f"left({text}, {self._length})"

    def condition_sql(self, prefix: str) -> str:
        """Return the SQL condition that is true if `prefix`, the result of `prefix_sql`, is accepted."""
        return f"regexp_full_match({prefix}, {literal(self.pattern)})"


AMOUNT = Check(money.AMOUNT, "must be an amount of money")
MONTH = Check("[0-9]{4}-(0[1-9]|1[0-2])", "must be a date such as 2026-01-31", length=7)


class Requirements(NamedTuple):
    """Conditions that an order must meet to be counted in a backtest."""

    filters: Mapping[OrderField, Sequence[str]] = MappingProxyType({})
    """Accepted values of fields, in any case. Orders with other values are ignored, even invalid ones."""
    dated: bool = False
    """If true, the date of an order must begin with a valid month: orders are grouped by it."""
    currency: str | None = None
    """The currency that all orders must have, in upper case. Orders without a currency are assumed to."""
    repeated: frozenset[str] = frozenset()
    """Ids that more than one order has. Refunds are exempt: a refund may have the id of its order."""

    def filter_sql(self) -> str:
        """Return the SQL condition for the orders that the filters accept."""
        conditions = (is_one_of(field.column, values) for field, values in self.filters.items())
        return " AND ".join(conditions) or "true"

    def faults(
        self, texts: Mapping[OrderField, str], seen: MutableMapping[str, object], place: object
    ) -> Iterator[tuple[OrderField, str]]:
        """Yield each field of an order that fails its check, with a message.

        The first one is the reason for which --skip-bad-rows leaves the order out. `seen` maps each
        repeated id to the place where an order had it before, and is updated.
        """
        for field, values in self.filters.items():
            if texts.get(field, "").lower() not in map(str.lower, values):
                return
        amount, date = texts[OrderField.AMOUNT], texts.get(OrderField.DATE, "")
        order_id, currency = texts.get(OrderField.ORDER_ID, ""), texts.get(OrderField.CURRENCY, "").upper()
        if not AMOUNT.accepts(amount):
            yield OrderField.AMOUNT, AMOUNT.message(amount)
        elif order_id in self.repeated and not amount.startswith("-"):
            if order_id in seen:
                message = f"repeats the id {quoted(order_id)}, first used at {seen[order_id]}"
                yield OrderField.ORDER_ID, message
            seen.setdefault(order_id, place)
        if self.dated and not MONTH.accepts(date):
            yield OrderField.DATE, MONTH.message(date)
        if self.currency and currency not in ("", self.currency):
            first_currency = quoted(self.currency)
            yield OrderField.CURRENCY, f"is {quoted(currency)}, but the first order has {first_currency}"

    def suspicious_sql(self, columns: Mapping[OrderField, str]) -> str:
        """Return the SQL condition that is true for any order that may fail a check.

        `columns` are the SQL texts of the columns of a Parquet file.
        """
        conditions = [f"NOT {AMOUNT.condition_sql(columns[OrderField.AMOUNT])}"]
        if self.dated and (date := columns.get(OrderField.DATE)):
            conditions.append(f"NOT {MONTH.condition_sql(MONTH.prefix_sql(date))}")
        if self.repeated and (order_id := columns.get(OrderField.ORDER_ID)):
            conditions.append(f"{order_id} IN ({', '.join(map(literal, sorted(self.repeated)))})")
        if self.currency and (currency := columns.get(OrderField.CURRENCY)):
            conditions.append(f"upper({currency}) NOT IN ('', {literal(self.currency)})")
        return " OR ".join(conditions)

    def is_clean(self, positions: Mapping[OrderField, int], width: int) -> Callable[[Sequence[str]], bool]:
        """Return a fast predicate that is true only for CSV rows of orders without faults.

        It may be false for valid rows too, which are then checked one by one. Of ten million rows,
        few need that, and the full check of each row would take most of the time.
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
                # Invalid UTF-8 was decoded to lone surrogates, which are not ASCII.
                and "".join(cells).isascii()
            )

        return test
