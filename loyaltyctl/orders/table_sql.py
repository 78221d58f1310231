"""SQL over the order table: sums in groups, values of a column, repeated ids.

read ──► orders ──► sums
text     numbers    a temporary table, queried after the scan
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake import money
from loyaltyctl.orders import unpaid
from loyaltyctl.orders.quoting import literal, select_list
from loyaltyctl.orders.total_words import total_label_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MILLIONTHS: int = 10**money.DECIMALS
"""Factor that makes every amount an integer in SQL: an amount has at most six decimals."""
MAX_VALUE = 100
"""Number of characters to which the values of a column are cut when they are counted.

A column may hold whole paragraphs, which would be kept in memory for the groups.
"""


class AmountType(Enum):
    """SQL type of the amounts in the order table: a DECIMAL with 18 or 25 digits.

    DuckDB stores a DECIMAL of up to 18 digits as a 64-bit integer, and a wider one as a slower 128-bit
    integer. The first scan is NARROW: an amount that does not fit is unreadable, and a WIDE scan follows.
    """

    NARROW = 18
    WIDE = 18 + 7

    @property
    def decimal(self) -> str:
        """The decimal type of amounts in SQL over the order table, such as `DECIMAL(18, 6)`."""
        return f"DECIMAL({self.value}, {money.DECIMALS})"

    @property
    def integer(self) -> str:
        """The integer type of amounts in SQL over the order table, such as `BIGINT`."""
        return "BIGINT" if self is AmountType.NARROW else "HUGEINT"

    @property
    def max_millionths(self) -> int:
        """The upper limit of amounts in SQL over the order table, in millionths: all amounts are below it."""
        return int(10**self.value)

    @property
    def max_whole(self) -> int:
        """The upper limit of amounts in SQL over the order table, in whole units of the currency."""
        return self.max_millionths // MILLIONTHS


class Summary(NamedTuple):
    """Summary of the order table as SQL: the keys of its groups, and the sums for each group."""

    keys: Mapping[str, str]
    """Columns to group by: SQL over the fields of an order. If `month` is one of them, dates are checked."""
    values: Mapping[str, str]
    """Values of each order: SQL over the keys, `amount`, `whole` (without cents) and `millionths`."""
    sums: Mapping[str, str]
    """Aggregates for each group: SQL over the values."""


class Relation(NamedTuple):
    """Order table as SQL: the queries that read the order files, and the orders to select."""

    reads: Sequence[str]
    amounts: AmountType
    where: str = "true"
    currency: str | None = None
    """The currency that all orders must have. Orders in other currencies are counted as `others`."""
    has_ids: bool = False
    """If true, orders have ids."""
    may_repeat: bool = False
    """If true, an id may be that of several orders, which is checked."""
    has_refunds: bool = False
    """If true, what was given back may be in a column of an order. It counts as a refund: another order."""
    has_exclusions: bool = False
    """If true, some orders may not count by the description of their source."""
    has_doubts: bool = False
    """If true, the amounts of some orders may have two readings."""
    has_late: bool = False
    """If true, some orders may have columns that are not read yet."""
    has_split: bool = False
    """If true, some orders may have items in several files."""
    may_be_unpaid: bool = False
    """If true, orders that count may have a status by which they are unpaid."""
    month: str = ""
    """SQL that converts the months of groups; empty if the reads have converted those of all orders."""
    firsts: bool = False
    """If true, only the first of several orders with the same id is selected."""

    def summarize(self, summary: Summary) -> str:
        """Return the SQL that scans the order table and creates the table `sums`, one row per group.

        A row has the keys and sums of the summary, and: `excluded` (why the orders do not count; empty if
        they do), `refund` (true: amounts are negative; null: they are unreadable), `rows` (number of
        orders), `amount`, and `others` (orders in another currency). Three numbers are the same in all
        rows: `repeated`, the orders that may repeat an earlier id; `unnamed`, those without an id; and
        `totals`, those whose id is a word for a total.
        """
        columns = {
            **{name: name for name in summary.keys},
            "excluded": "excluded" if self.has_exclusions else "''",
            "refund": "amount < 0",
            "rows": "count(*)",
            "amount": "sum(amount)",
            "others": "count_if(other)" if self.currency else "0",
            "doubts": "count_if(doubtful)" if self.has_doubts else "0",
            "split": "count_if(split)" if self.has_split else "0",
            "late": "count_if(late)" if self.has_late else "0",
            **(unpaid.SUMS if self.may_be_unpaid else unpaid.NO_SUMS),
            **summary.sums,
            "repeated": _REPEATED if self.may_repeat else "0",
            "unnamed": "count_if(label = '')" if self.has_ids else "0",
            "totals": "count_if(label <> '')" if self.has_ids else "0",
        }
        integers = {
            "whole": f"trunc(amount)::{self.amounts.integer}",
            "millionths": f"(amount::{AmountType.WIDE.decimal} * {MILLIONTHS})::{self.amounts.integer}",
        }
        # The subquery for ids reads `orders` too; without MATERIALIZED the files would be read twice.
        materialized = "MATERIALIZED" if self.may_repeat else ""
        converted = f"* REPLACE ({self.month} AS month)" if self.month else "*"
        return (
            f"CREATE OR REPLACE TEMP TABLE sums AS SELECT {converted} FROM ({self._with_sql()} "
            f"orders AS {materialized} ({self._converted_orders_sql(summary.keys)}), "
            f"integers AS (SELECT *, {select_list(integers)} FROM orders), "
            f"valued AS (SELECT {select_list({'*': '*', **summary.values})} FROM integers) "
            f"SELECT {select_list(columns)} FROM valued GROUP BY ALL)"
        )

    def repeats(self, limit: int) -> str:
        """Return the SQL for the first orders in the order table that repeat the id of an earlier order.

        A row has the id, and the number of all such orders. Requires a scan that keeps the order of rows
        (`Engine.prepare_scan`).
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
        """Return the SQL over the order table that counts the orders by the values of a column.

        A row has a value, its number of orders, and the number of all distinct values. The most frequent
        values come first.
        """
        return (
            f"{self._with_sql()} chosen AS (SELECT left(coalesce({column}, ''), {MAX_VALUE}) AS value "
            f"FROM {self._selected_table_sql()} WHERE {self.where} AND {condition}) "
            "SELECT value, count(*) AS orders, count(*) OVER () FROM chosen GROUP BY value "
            f"ORDER BY orders DESC, value = '', value LIMIT {limit}"
        )

    def select(self, columns: Mapping[str, str], condition: str, order: Sequence[str] = ()) -> str:
        """Return the SQL for the orders of the table that meet a condition: a row each.

        `columns` are SQL over the fields of an order, by the names that they get; `order` is SQL over them.
        """
        by = f" ORDER BY {', '.join(order)}" if order else ""
        return (
            f"{self._with_sql()} chosen AS (SELECT {select_list(columns)} "
            f"FROM {self._selected_table_sql()} WHERE {self.where} AND {condition}) "
            f"SELECT * FROM chosen{by}"
        )

    def read(self) -> str:
        """Return the SQL that reads the order table from all files, each field as text."""
        return " UNION ALL ".join(self.reads)

    def _with_sql(self) -> str:
        """Return the WITH clause of SQL over the order table: the tables `read` and, if needed, `firsts`."""
        return f"WITH read AS ({self.read()}), {self._firsts_sql()}"

    def _selected_table_sql(self) -> str:
        """Return the SQL name of the table with the selected orders: `firsts` or `read`."""
        return "firsts" if self.firsts else "read"

    def _firsts_sql(self) -> str:
        """Return the SQL of the table `firsts`: the order table without orders that repeat an earlier id.

        Refunds and orders with unreadable amounts stay: their ids are not checked.
        """
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
            "OR amount IS NULL OR amount < 0 OR excluded <> ''), "
        )

    def _converted_orders_sql(self, keys: Mapping[str, str]) -> str:
        """Return the SQL that converts the texts of the order table: amount, keys, currency, id."""
        columns = {"amount": "amount", **keys}
        if self.has_refunds:
            is_refunded = "amount IS NOT NULL AND refunded > 0"
            columns["amount"] = f"unnest(CASE WHEN {is_refunded} THEN [amount, -refunded] ELSE [amount] END)"
        if self.has_exclusions:
            columns["excluded"] = "excluded"
        if self.has_doubts:
            columns["doubtful"] = "doubtful"
        if self.has_late:
            columns["late"] = "late"
        if self.has_split:
            columns["split"] = "split"
        if self.may_be_unpaid:
            columns["unpaid_status"] = unpaid.STATUS
        if self.currency:
            # The comparison without upper() decides for nearly all orders, and is faster.
            currency = literal(self.currency)
            columns["other"] = f"currency NOT IN ('', {currency}) AND upper(currency) <> {currency}"
        if self.has_ids:
            number, counts = "TRY_CAST(order_id AS UBIGINT)", "true"
            if self.has_exclusions:
                number, counts = f"CASE WHEN excluded = '' THEN {number} END", "excluded = ''"
            columns["number"] = number
            columns["hashed"] = (
                f"CASE WHEN number IS NULL AND order_id <> '' AND {counts} THEN hash(order_id) END"
            )
            # Lines without an id may continue an order, even if they seem to be one that does not count.
            labeled = f"({counts} OR coalesce(order_id, '') = '')"
            columns["label"] = (
                f"CASE WHEN number IS NULL AND {labeled} THEN {total_label_sql('order_id')} END"
            )
        return f"SELECT {select_list(columns)} FROM {self._selected_table_sql()} WHERE {self.where}"


_IDENTIFIED = "order_id <> '' AND amount >= 0 AND excluded = ''"
"""SQL condition for the orders whose ids must be unique. A refund may have the id of its order."""
_REPEATED = """(
  SELECT count(number) + count(hashed) - count(DISTINCT hashed) FROM orders WHERE amount >= 0
) - (
  SELECT coalesce(sum(bit_count(word)), 0) FROM (
    SELECT bit_or(1::UBIGINT << (number & 63)::INTEGER) AS word
    FROM orders WHERE amount >= 0 AND number IS NOT NULL GROUP BY number >> 6))"""
"""SQL for the number of orders whose id an earlier order has. If it is 0, all ids differ.

It may be too high: numeric ids are compared as numbers (`01` equals `1`), other ids by their hashes. If it
is above 0, `repeats` compares the ids as text. Numeric ids are mostly consecutive, so a bitmap, with 64
ids in a word, takes a fraction of the memory of a set of ids.
"""
