"""SQL over the order table: sums in groups, values of a column, repeated ids.

read ──► orders ──► a table of sums
text     numbers    queried afterwards
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake import money
from loyaltyctl.orders.sql import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MILLIONTHS: int = 10**money.DECIMALS
MAX_VALUE = 100
"""Maximum length of a value that is shown; longer ones count as one if they begin alike."""


class AmountType(Enum):
    """SQL types of an amount, by the digits that a decimal has.

    18 digits are one 64-bit integer, which is the fastest. Amounts that need more are
    unreadable at first, and are read in a second scan.
    """

    NARROW = 18
    WIDE = 18 + 7

    @property
    def decimal(self) -> str:
        """The type of an amount."""
        return f"DECIMAL({self.value}, {money.DECIMALS})"

    @property
    def integer(self) -> str:
        """The type of an amount as an integer."""
        return "BIGINT" if self is AmountType.NARROW else "HUGEINT"

    @property
    def max_millionths(self) -> int:
        """The bound of an amount in millionths."""
        return int(10**self.value)

    @property
    def max_whole(self) -> int:
        """The bound of an amount without its cents."""
        return self.max_millionths // MILLIONTHS


class Summary(NamedTuple):
    """Groups of orders, and what is summed in each of them."""

    keys: Mapping[str, str]
    """Columns to group by: SQL over the fields of an order. Months are checked if `month` is one of them."""
    values: Mapping[str, str]
    """Values of an order: SQL over its keys, `amount`, `whole` (without cents) and `millionths`."""
    sums: Mapping[str, str]
    """Aggregates: SQL over the values."""


class Relation(NamedTuple):
    """The order table: the queries that read it, and the orders of it that are taken."""

    reads: Sequence[str]
    amounts: AmountType
    where: str = "true"
    currency: str | None = None
    """The only currency of the orders; those of others are counted."""
    has_ids: bool = False
    """If true, orders have ids, which must differ."""
    firsts: bool = False
    """If true, only the first of several orders with one id is taken."""

    def summarize(self, summary: Summary) -> str:
        """Return the statement that makes the table `sums`.

        Beside the keys and sums it has, for each group, `refund` (null: the amount is unreadable),
        `rows`, `amount`, `others` (orders in another currency), and in each row the same
        `repeated`, the number of ids that are one too many.
        """
        columns = {
            **{name: name for name in summary.keys},
            "refund": "amount < 0",
            "rows": "count(*)",
            "amount": "sum(amount)",
            "others": "count_if(other)" if self.currency else "0",
            **summary.sums,
            "repeated": _REPEATED if self.has_ids else "0",
        }
        integers = {
            "whole": f"trunc(amount)::{self.amounts.integer}",
            "millionths": f"(amount::{AmountType.WIDE.decimal} * {MILLIONTHS})::{self.amounts.integer}",
        }
        # The subquery for ids reads `orders` too; without MATERIALIZED the files would be read twice.
        materialized = "MATERIALIZED" if self.has_ids else ""
        return (
            f"CREATE OR REPLACE TEMP TABLE sums AS {self._taken()} "
            f"orders AS {materialized} ({self._orders(summary.keys)}), "
            f"integers AS (SELECT *, {_listed(integers)} FROM orders), "
            f"valued AS (SELECT {_listed({'*': '*', **summary.values})} FROM integers) "
            f"SELECT {_listed(columns)} FROM valued GROUP BY ALL"
        )

    def repeats(self, limit: int) -> str:
        """Return a query for the first orders whose id has been used before: the id, and the number of all.

        The rows must be read in the order of the files.
        """
        return (
            f"WITH read AS ({self.read()}), numbered AS MATERIALIZED "
            "(SELECT order_id, row_number() OVER () AS line "
            f"FROM read WHERE {self.where} AND {_IDENTIFIED}), "
            "repeated AS (SELECT order_id, min(line) AS first, count(*) - 1 AS again FROM numbered "
            "GROUP BY order_id HAVING count(*) > 1) "
            "SELECT order_id, (SELECT sum(again) FROM repeated) FROM numbered JOIN repeated USING (order_id) "
            f"WHERE line > first ORDER BY line LIMIT {limit}"
        )

    def count_by_value(self, column: str, limit: int, condition: str = "true") -> str:
        """Return a query for the values of a column in the orders that are taken, the most frequent first.

        Each row has the value, the number of its orders, and the number of all values.
        """
        return (
            f"{self._taken()} chosen AS (SELECT left(coalesce({column}, ''), {MAX_VALUE}) AS value "
            f"FROM {self._from()} WHERE {self.where} AND {condition}) "
            "SELECT value, count(*) AS orders, count(*) OVER () FROM chosen GROUP BY value "
            f"ORDER BY orders DESC, value = '', value LIMIT {limit}"
        )

    def read(self) -> str:
        """Return the query for the texts of all orders."""
        return " UNION ALL ".join(self.reads)

    def _taken(self) -> str:
        """Return the beginning of a statement that makes the orders that are taken available."""
        return f"WITH read AS ({self.read()}), {self._firsts()}"

    def _from(self) -> str:
        return "firsts" if self.firsts else "read"

    def _firsts(self) -> str:
        """Return the table expressions for the orders without those that repeat an id."""
        if not self.firsts:
            return ""
        return (
            "numbered AS MATERIALIZED "
            f"(SELECT *, row_number() OVER () AS line FROM read WHERE {self.where}), "
            f"repeated AS (SELECT order_id, min(line) AS line FROM numbered WHERE {_IDENTIFIED} "
            "GROUP BY order_id HAVING count(*) > 1), "
            "firsts AS (SELECT numbered.* FROM numbered "
            "LEFT JOIN repeated ON numbered.order_id = repeated.order_id "
            "WHERE repeated.order_id IS NULL OR repeated.line = numbered.line "
            "OR readable IS NOT TRUE OR amount_text LIKE '-%'), "
        )

    def _orders(self, keys: Mapping[str, str]) -> str:
        columns = {
            "amount": f"TRY_CAST(CASE WHEN readable THEN amount_text END AS {self.amounts.decimal})",
            **keys,
        }
        if self.currency:
            # The comparison without upper() decides for nearly all orders, and is faster.
            currency = literal(self.currency)
            columns["other"] = f"currency NOT IN ('', {currency}) AND upper(currency) <> {currency}"
        if self.has_ids:
            columns["number"] = "TRY_CAST(order_id AS UBIGINT)"
            columns["hashed"] = "CASE WHEN number IS NULL AND order_id <> '' THEN hash(order_id) END"
        return f"SELECT {_listed(columns)} FROM {self._from()} WHERE {self.where}"


_IDENTIFIED = "order_id <> '' AND readable AND amount_text NOT LIKE '-%'"
"""Condition for the orders whose ids must differ. A refund may have the id of its order."""
_REPEATED = """(
  SELECT count(number) + count(hashed) - count(DISTINCT hashed) FROM orders WHERE amount >= 0
) - (
  SELECT coalesce(sum(bit_count(word)), 0) FROM (
    SELECT bit_or(1::UBIGINT << (number & 63)::INTEGER) AS word
    FROM orders WHERE amount >= 0 AND number IS NOT NULL GROUP BY number >> 6))"""
"""Number of ids that are one too many.

Ids that are numbers are mostly consecutive, so a bit for each, 64 to a word, takes a fraction of the
memory of a set. Others are compared by their hashes; equal hashes are looked at closely by `repeats`.
"""


def _listed(columns: Mapping[str, str]) -> str:
    return ", ".join(name if name == text else f"{text} AS {name}" for name, text in columns.items())
