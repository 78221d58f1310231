"""Convert orders of any source to the plain form: one row an order, columns with plain names.

order_id    its id
date        its day, such as 2025-01-31, or its month if it has no day
amount      the exact amount that earns points
currency, status, trigger, tier
refunded    what was given back, if the source has that in a column
member      only if it is asked for: as a hash, or as it is

A file of the plain form gives the same totals as the files from which it was converted. It has no column
that none of these has: a column without values would say that orders have no trigger, or no date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import UsageError
from loyaltyctl.intake import atomic_files
from loyaltyctl.orders.plain_files import KeepMember, PlainFormat
from loyaltyctl.orders.table import ColumnsFound
from loyaltyctl.orders.table_sql import AmountType, Summary
from loyaltyctl.orders.total_words import total_label_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.orders.plain_files import PlainFile
    from loyaltyctl.orders.table import OrderTable

HASH_DIGITS = 16
"""Number of hexadecimal digits of SHA-256 that stand for a member."""
_WIDE = AmountType.WIDE.value


class Conversion:
    """Conversion of the orders in a table to the plain form: exhaust `run`, then read what was written."""

    def __init__(self, table: OrderTable, file: PlainFile, trigger: str | None = None) -> None:
        """Prepare a conversion; `trigger` is that of all orders, None if each has its own.

        Raises UsageError if some of the files tell the trigger of their orders, and others do not, and
        InvalidData if a file lacks a column that a filter needs.
        """
        self._table = table
        self._file = file
        self._trigger = trigger
        self.orders = 0
        """The number of orders that were written."""
        self.refunds = 0
        """The number of refunds that were written, which have a line of their own."""
        table.use_trigger(trigger)
        self._check_columns()

    def run(self) -> Iterator[int]:
        """Read the orders and write the file, with the progress in percent, up to 200.

        Raises InvalidData with the places of orders that cannot be counted, unless they are skipped.
        """
        try:
            yield from self._table.summarize(self._summary)
        except ColumnsFound:
            self._check_columns()
            yield from self._table.summarize(self._summary)
        orders = self._table.rows_of_orders
        path = orders.new_file()
        options = self._file.format.copy_options
        written = yield from orders.write(path, self.columns, self._order(), options)
        # Not the sum of refunds: those in a column have no line of their own.
        where = f"{self._table.counted} AND NOT refund"
        ((counted,),) = self._table.rows(f"SELECT sum(rows) FROM sums WHERE {where}")
        self.orders = int(counted or 0)
        self.refunds = written - self.orders
        target = self._file.path
        with atomic_files.convert_errors(target):
            atomic_files.replace_by_copy(target, path, may_exist=self._file.replaces)

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the file: SQL over the fields of an order, by name."""
        fields = [OrderField.CURRENCY, OrderField.STATUS, OrderField.TRIGGER, OrderField.TIER]
        texts = {field.column: f"nullif({field.column}, '')" for field in fields if self._has(field)}
        if OrderField.CURRENCY.column in texts:
            texts[OrderField.CURRENCY.column] = "nullif(upper(currency), '')"
        columns = {"order_id": "nullif(order_id, '')"} if self._has(OrderField.ORDER_ID) else {}
        columns |= {"date": "day"} if self._has(OrderField.DATE) else {}
        columns |= {"amount": self._amount("amount"), **texts}
        if any(file.roles.refund or file.roles.adjusted for file in self._table.files):
            columns["refunded"] = self._amount("CASE WHEN refunded > 0 THEN refunded END")
        if self._has(OrderField.MEMBER) and self._file.keep_member is not KeepMember.NONE:
            columns["member"] = _member_sql(self._file.keep_member)
        return columns

    def _has(self, field: OrderField) -> bool:
        """Return whether the orders have a field."""
        if field is OrderField.TRIGGER:
            return self._trigger is not None or not self._table.files_without(field)
        return self._table.some_have(field)

    def _check_columns(self) -> None:
        """Raise an error if only some files tell the trigger, or if one lacks a column that is needed."""
        keeps_member = self._file.keep_member is not KeepMember.NONE
        self._table.require({OrderField.MEMBER: "--keep-member"} if keeps_member else {})
        files = self._table.files
        missing = self._table.files_without(OrderField.TRIGGER)
        if self._trigger is None and missing and len(missing) < len(files):
            other = next(file for file in files if file not in missing)
            raise UsageError(
                f"{missing[0].name} does not tell the trigger of its orders, but {other.name} does",
                hint="Convert them separately, or give the trigger of all orders: --trigger TRIGGER",
            )

    def _summary(self, _: AmountType) -> Summary:
        """Return the summary of the scan: by month if all files have dates, so that dates are checked.

        Orders that a reader of the file might take for a total line are summed apart (see `_order`).
        """
        is_dated = not self._table.files_without(OrderField.DATE)
        keys = {"labeled": _is_labeled(self._label, "month")} if self._label else {}
        return Summary(({"month": "month"} if is_dated else {}) | keys, {}, {})

    @property
    def _label(self) -> str | None:
        """The column of the file that may label a total line: the id, else the date, else any other."""
        return next((name for name in self.columns if name not in ("amount", "refunded")), None)

    def _amount(self, amount: str) -> str:
        """Return the SQL for an amount in the file: a decimal in Parquet, else its text."""
        return amount if self._file.format is PlainFormat.PARQUET else _amount_text(amount)

    def _order(self) -> list[str]:
        """Return the SQL to sort the orders by; none if they keep their places.

        Grouped orders have no places. A single order without a label, such as its id, must not be the last:
        it would look like a total line if its amount happens to be the sum of the others.
        """
        is_grouped = any(file.roles.is_grouped for file in self._table.files)
        if self._label is None or not (is_grouped or self._has_one_unlabeled()):
            return []
        names = [name for name in ("date", "order_id") if name in self.columns]
        return [_is_labeled(self._label, "date"), *names]

    def _has_one_unlabeled(self) -> bool:
        """Return whether a single order that was counted has no label; several do not look like a total."""
        query = f"SELECT sum(rows) FILTER (NOT refund), sum(rows) FROM sums WHERE {self._table.counted}"
        ((orders, rows),) = self._table.rows(f"{query} AND NOT labeled")
        return bool(rows) and (orders or 0) <= 1  # a refund in a column of an order is a row of its own


def _is_labeled(label: str, date: str) -> str:
    """Return the SQL condition that an order has a label that no total line has; `date` is its date.

    The months of all dates are checked if all files have them, so a date is a label if it is readable.
    """
    return f"{date} IS NOT NULL" if label == "date" else f"{total_label_sql(label)} IS NULL"


def _amount_text(amount: str) -> str:
    """Return the SQL for the text of an amount: with two, four or six decimals.

    Never three, which could be a group of thousands.
    """
    whens = " ".join(
        f"WHEN ({amount})::DECIMAL({_WIDE}, {digits}) = ({amount}) "
        f"THEN ({amount})::DECIMAL({_WIDE}, {digits})::VARCHAR"
        for digits in (2, 4)
    )
    return f"CASE {whens} ELSE ({amount})::VARCHAR END"


def _member_sql(keep: KeepMember) -> str:
    """Return the SQL for what stands for the member of an order: its text, or a hash of it."""
    text = "nullif(trim(member), '')"
    if keep is KeepMember.PLAIN:
        return text
    return f"left(sha256(lower({text})), {HASH_DIGITS})"
