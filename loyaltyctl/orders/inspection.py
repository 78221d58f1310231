"""Inspect order files: what they are taken for, the roles and forms of their columns, and their numbers.

An inspection tells as much as it can. Columns that are not clear, values with two readings and orders with
faults are problems that it lists; only a file that cannot be read at all is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from loyaltyctl.contract.inputs.order_source import Decimal
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs import orders as outputs
from loyaltyctl.errors import InvalidData
from loyaltyctl.orders import inspected_files
from loyaltyctl.orders.quoting import literal
from loyaltyctl.orders.table import ColumnsFound, OrderTable
from loyaltyctl.orders.table_sql import MAX_VALUE, AmountType, Summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from loyaltyctl.orders.column_forms import Question
    from loyaltyctl.orders.filters import EmptyFilter
    from loyaltyctl.orders.selection import Selection

SHOWN = 5
"""Maximum number of problems, and of first orders, that an inspection lists."""
MAX_QUESTIONS = 2
"""Maximum number of questions about forms: one about amounts, and one about dates."""


class Inspection:
    """Inspection of order files, for a `with` statement: exhaust `scan`, then read what was found."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection._replace(skip_bad=True)
        self.questions: list[Question] = []
        """The questions about forms that the files leave open."""
        self._refusal: InvalidData | None = None
        self._table: OrderTable | None = None
        self._unclear: list[outputs.InspectedFile] = []
        try:
            self._table = OrderTable(self._selection)
        except InvalidData as error:
            self._refusal = error
            # Raises InvalidData again if a file cannot be read at all.
            self._unclear = inspected_files.unclear_files(self._selection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._table:
            self._table.close()

    def scan(self) -> Iterator[int]:
        """Read the orders; yield the progress. Questions and refusals are kept, not raised."""
        while self._table and not self._refusal:
            try:
                self._table.require({})
                yield from self._table.scan(self._summary)
            except ColumnsFound:
                continue
            except InvalidData as error:
                self._reopen(self._table, error)
            else:
                return

    def _reopen(self, table: OrderTable, error: InvalidData) -> None:
        """Open the files again, with an answer to the question that a scan has asked; else keep the error."""
        question = table.rows_of_orders.forms.question
        if question is None or len(self.questions) == MAX_QUESTIONS:
            self._refusal = error
            return
        self.questions.append(question)
        reading = self._selection.reading
        if not question.has_dates:  # any answer: the amounts are not shown
            reading = reading._replace(decimal=Decimal.POINT)
        table.close()
        self._selection = self._selection._replace(reading=reading)
        self._table = OrderTable(self._selection)

    def _summary(self, _: AmountType) -> Summary:
        """Return the summary of the scan: orders by month, status and currency."""
        keys = {
            "state": f"left(coalesce(status, ''), {MAX_VALUE})",
            "code": f"upper(left(coalesce(currency, ''), {MAX_VALUE}))",
        }
        return Summary(({"month": "month"} if self._is_dated else {}) | keys, {}, {})

    @property
    def _is_dated(self) -> bool:
        """Whether the months of orders are counted: all files have dates, whose form is clear."""
        missing = self._table.files_without(OrderField.DATE) if self._table else [None]
        return not missing and not any(question.has_dates for question in self.questions)

    @property
    def _has_amounts(self) -> bool:
        """Whether the amounts are clear."""
        return all(question.has_dates for question in self.questions)

    # What was found

    @property
    def needs_trigger(self) -> bool:
        """Whether a file does not tell the trigger of its orders."""
        return self._table is None or bool(self._table.files_without(OrderField.TRIGGER))

    @property
    def currencies(self) -> list[str]:
        """The currencies of the orders that count, the most frequent first."""
        numbers = self.numbers()
        return [one.currency for one in numbers.currencies if one.currency] if numbers else []

    def files(self) -> list[outputs.InspectedFile]:
        """Return what the files are taken for."""
        if not self._table:
            return self._unclear
        orders = self._table.rows_of_orders
        return [
            inspected_files.described(file, self._selection, orders, self.questions, counts=not self._refusal)
            for file in self._table.files
        ]

    def numbers(self) -> outputs.OrderNumbers | None:
        """Return the numbers of orders; None if they cannot be counted."""
        table = self._table
        if not table or self._refusal:
            return None
        counted = table.counted
        ((refunds, refunded),) = table.rows(
            f"SELECT sum(rows), sum(-amount) FROM sums WHERE {counted} AND refund"
        )
        months = self._months() if self._is_dated else []
        orders = table.rows_of_orders
        return outputs.OrderNumbers(
            lines=sum(map(orders.count_lines, table.files)),
            orders=self._sum(f"{counted} AND NOT refund"),
            not_counted=sum(number for _, number in table.excluded()),
            unreadable=sum(one.orders for one in table.left_out()),
            refunds=int(refunds or 0),
            refunded=inspected_files.amount_text(refunded or 0) if self._has_amounts else None,
            total_lines=sum((file.total_line is not None) + len(file.extra.sums) for file in table.files),
            first_month=months[0].month if months else None,
            last_month=months[-1].month if months else None,
            months=months,
            statuses=self._statuses(),
            currencies=self._currencies(),
        )

    def _sum(self, condition: str) -> int:
        """Return the number of orders in the table `sums` that meet a condition."""
        ((number,),) = self._rows(f"SELECT sum(rows) FROM sums WHERE {condition}")
        return int(str(number or 0))

    def _rows(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query of the order table."""
        return [*self._table.rows(query)] if self._table else []

    def _months(self) -> list[outputs.OrdersOfMonth]:
        """Return the orders that count by month."""
        counted = self._table.counted if self._table else "false"
        rows = self._rows(
            f"SELECT month, sum(rows) FROM sums WHERE {counted} AND NOT refund GROUP BY 1 ORDER BY 1"
        )
        return [outputs.OrdersOfMonth(str(month), int(str(number))) for month, number in rows]

    def _statuses(self) -> list[outputs.OrdersOfStatus]:
        """Return all orders by status, the most frequent first."""
        rows = self._rows(
            "SELECT state, excluded, sum(rows) AS number FROM sums WHERE refund IS NOT TRUE "
            "GROUP BY 1, 2 ORDER BY number DESC, 1, 2"
        )
        return [
            outputs.OrdersOfStatus(str(state) or None, int(str(number)), str(reason) or None)
            for state, reason, number in rows
        ]

    def _currencies(self) -> list[outputs.OrdersOfCurrency]:
        """Return the orders that count by currency, the most frequent first."""
        counted = self._table.counted if self._table else "false"
        rows = self._rows(
            f"SELECT code, sum(rows) AS number, sum(amount) FROM sums WHERE {counted} AND NOT refund "
            "GROUP BY 1 ORDER BY number DESC, 1"
        )
        return [
            outputs.OrdersOfCurrency(
                str(code) or None,
                int(str(number)),
                inspected_files.amount_text(amount) if self._has_amounts else None,
            )
            for code, number, amount in rows
        ]

    def empty_filters(self) -> tuple[tuple[EmptyFilter, ...], bool]:
        """Return the filters that match no order, and whether they exclude each other."""
        return self._table.empty_filters() if self._table and not self._refusal else ((), False)

    def problems(self) -> list[outputs.OrderProblem]:
        """Return the questions that the files leave open, and the first problems with their orders."""
        found = [outputs.OrderProblem(one.problem, one.hint) for one in self.questions]
        if self._refusal:
            details = [outputs.OrderProblem(str(one), None) for one in self._refusal.details[:SHOWN]]
            return [*found, outputs.OrderProblem(self._refusal.message, self._refusal.hint or None), *details]
        if not self._table:
            return found
        problems = self._table.rows_of_orders.problems(SHOWN)
        return [*found, *(outputs.OrderProblem(str(one), None) for one in problems)]

    def orders(self) -> list[outputs.OrderAsRead]:
        """Return the first orders as they are read; without ids that may be e-mail addresses."""
        if not self._table or self._refusal:
            return []
        is_dated = not any(question.has_dates for question in self.questions)
        amount = "amount::VARCHAR" if self._has_amounts else "NULL"
        refunded = "CASE WHEN refunded > 0 THEN refunded::VARCHAR END" if self._has_amounts else "NULL"
        columns = {
            "order_id": f"CASE WHEN order_id NOT LIKE {literal('%@%')} THEN nullif(order_id, '') END",
            "date": "day" if is_dated else "NULL",
            "amount": amount,
            "currency": "nullif(upper(currency), '')",
            "status": "nullif(status, '')",
            "trigger": "nullif(trigger, '')",
            "refunded": refunded,
            "reason": "nullif(excluded, '')",
        }
        rows = self._table.rows_of_orders.first(columns, SHOWN)
        found = [outputs.OrderAsRead(*row) for row in rows]
        return [
            one._replace(
                amount=inspected_files.amount_text(one.amount) if one.amount else None,
                refunded=inspected_files.amount_text(one.refunded) if one.refunded else None,
            )
            for one in found
        ]
