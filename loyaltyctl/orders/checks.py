"""Checks of an order: conditions that it must meet to be counted, in Python and as SQL.

The scan of all orders uses the SQL, and counts the orders that fail. Only if any fail, orders are read
one by one and checked in Python, to locate them. Both use the same patterns, so they agree.
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

Most JSON parsers read a number with decimals as a double, which holds 15 digits. An amount with
more digits must be a string.
"""


class Check:
    """Check of one field of an order: its text, or the first `length` characters, must match a pattern.

    Python's `re` and DuckDB's RE2 both use the pattern. RE2 has no lookaround and no backreferences.
    """

    def __init__(self, pattern: str, message: str, length: int | None = None) -> None:
        self.pattern = pattern
        self._message = message
        self._length = length
        self._match = re.compile(pattern, re.ASCII).fullmatch

    def accepts(self, text: str) -> bool:
        """Return whether the text of an order field passes the check."""
        return self._match(text[: self._length]) is not None

    def message(self, text: str) -> str:
        """Return the error message for an order field whose `text` fails the check."""
        return f"{self._message}, got {quoted(text)}" if text else "is empty"

    def prefix_sql(self, text: str) -> str:
        """Return the SQL for the characters that this check tests; `text` is the SQL for the whole field."""
        return text if self._length is None else f"left({text}, {self._length})"

    def condition_sql(self, prefix: str) -> str:
        """Return the SQL condition for order fields that pass the check. `prefix` is made by `prefix_sql`."""
        return f"regexp_full_match({prefix}, {literal(self.pattern)})"


AMOUNT = Check(money.AMOUNT, "must be an amount of money")
MONTH = Check("[0-9]{4}-(0[1-9]|1[0-2])", "must be a date such as 2026-01-31", length=7)


class OrderChecks(NamedTuple):
    """All checks of an order: it is counted only if each of its fields passes."""

    filters: Mapping[OrderField, Sequence[str]] = MappingProxyType({})
    """Accepted values of fields; case is ignored. Orders with other values are not checked at all."""
    dated: bool = False
    """If true, the date of an order must begin with a valid month."""
    currency: str | None = None
    """The currency that all orders must have, in upper case. Orders without a currency pass."""
    repeated: frozenset[str] = frozenset()
    """Ids that more than one order has. A refund passes: it may have the id of its order."""

    def filter_sql(self) -> str:
        """Return the SQL condition for the orders to check: those that the filters accept."""
        conditions = (is_one_of(field.column, values) for field, values in self.filters.items())
        return " AND ".join(conditions) or "true"

    def failed_checks(
        self, texts: Mapping[OrderField, str], seen: MutableMapping[str, object], place: object
    ) -> Iterator[tuple[OrderField, str]]:
        """Check an order; yield each field that fails a check, with an error message.

        With --skip-bad-rows, the first field is the reason to leave the order out. `seen` is updated: it
        maps each repeated id to the `place` of the first order with the id.
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
        """Return the SQL condition for the orders that may fail a check.

        `columns` has the SQL for the text of each field in a Parquet file.
        """
        conditions = [f"NOT {AMOUNT.condition_sql(columns[OrderField.AMOUNT])}"]
        if self.dated and (date := columns.get(OrderField.DATE)):
            conditions.append(f"NOT {MONTH.condition_sql(MONTH.prefix_sql(date))}")
        if self.repeated and (order_id := columns.get(OrderField.ORDER_ID)):
            conditions.append(f"{order_id} IN ({', '.join(map(literal, sorted(self.repeated)))})")
        if self.currency and (currency := columns.get(OrderField.CURRENCY)):
            conditions.append(f"upper({currency}) NOT IN ('', {literal(self.currency)})")
        return " OR ".join(conditions)

    def fast_check(self, positions: Mapping[OrderField, int], width: int) -> Callable[[Sequence[str]], bool]:
        """Return a fast check of CSV rows. If it returns true, the order in the row passes all checks.

        If it returns false, the row may still be valid, and needs the full check. `positions` has the
        position of each field in a row; `width` is the number of cells.
        """
        amount = positions[OrderField.AMOUNT]
        date = positions.get(OrderField.DATE) if self.dated else None
        order_id = positions.get(OrderField.ORDER_ID) if self.repeated else None
        currency = positions.get(OrderField.CURRENCY) if self.currency else None
        currencies = {"", self.currency, (self.currency or "").lower()}
        is_amount, is_month, repeated = AMOUNT.accepts, MONTH.accepts, self.repeated

        def test(cells: Sequence[str]) -> bool:
            """Return whether the order in a CSV row certainly passes all checks."""
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
