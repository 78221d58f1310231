"""Faults of orders: find the file and the line of each order that cannot be counted."""

from __future__ import annotations

import math
from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.batches import order_query
from loyaltyctl.orders.checks import is_json_number
from loyaltyctl.orders.containers.readable import Layout
from loyaltyctl.orders.file_sql import Reader
from loyaltyctl.orders.forms.amounts import PLAIN
from loyaltyctl.orders.forms.dates import ISO
from loyaltyctl.orders.grouped_sql import FILLED_ID
from loyaltyctl.orders.lines import json_problem, malformed_rows, row_lines
from loyaltyctl.orders.order_sql import OrderQuery
from loyaltyctl.orders.quoting import select_list
from loyaltyctl.orders.table_sql import AmountType
from loyaltyctl.orders.total_words import is_total_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from loyaltyctl.orders.checks import OrderChecks
    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.file_sql import ReadMode
    from loyaltyctl.orders.files import OrderFile

EMPTY = "is empty"
"""Message of a fault: the value is missing."""
MAX_ROWS = 2000
"""Maximum number of rows of a file that are examined for faults."""


class Place(NamedTuple):
    """Place of an order with a fault: a file, and the number of a line, or of a row or an order."""

    file: str
    line: int
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.file} {self.unit} {self.line}"


class Fault(NamedTuple):
    """Fault of an order: the reason why it cannot be counted, and its place.

    The field is None if the whole line has the fault.
    """

    place: Place
    field: OrderField | None
    column: str
    message: str
    ends_file: bool = False
    """If true, no order after it can be read."""
    order: Place | None = None
    """The place of the first line of the order if several lines are one; else None."""
    has_same_amount: bool = False
    """Of a repeated id: whether the first order with the id has the same amount."""


class FaultyRow(NamedTuple):
    """Row of an order file that may have a fault: its line, and what was read from it.

    `texts` has the text of each column that is read, by its position. `unreadable` has the positions of the
    columns with an amount that cannot be read; `numbers` has those that are no strings in JSON. `amounts` has
    the amount in each column that has amounts.
    """

    place: Place
    order_id: str
    currency: str
    date: str
    is_dated: bool
    amount: Decimal | None
    """The amount; None if it cannot be read, or if several lines are one order."""
    texts: Mapping[int, str]
    unreadable: Sequence[int]
    numbers: Sequence[int]
    amounts: Mapping[int, Decimal | None]

    def value(self, position: int) -> Decimal | str:
        """Return the value of a column by which rows are compared: its amount, or its text without case."""
        amount = self.amounts.get(position)
        return self.texts[position].upper() if amount is None else amount


class FaultFinder(NamedTuple):
    """Finder of the faults of orders: it reads the rows that fail a check once more, with their places."""

    engine: Engine
    files: Sequence[OrderFile]
    mode: ReadMode
    checks: OrderChecks
    known: dict[str, list[FaultyRow]]
    """Rows that were read before, by the query: the same rows are not read again."""

    def suspects(self) -> dict[OrderFile, list[FaultyRow]] | None:
        """Return the rows of each file that fail a check; None if there are too many to return all."""
        found: dict[OrderFile, list[FaultyRow]] = {}
        for file in self.files:
            skips = self.mode.tolerant and file.layout is Layout.CSV
            found[file] = self._rows(file, has_malformed=skips and bool(self._malformed(file)))
        return found if all(len(rows) < MAX_ROWS for rows in found.values()) else None

    def may_have_blank_lines(self) -> bool:
        """Return whether a CSV file may have lines without any text, as far as its columns are read."""
        suspects = self.suspects()
        return suspects is None or any(
            file.layout is Layout.CSV and any(not "".join(row.texts.values()).strip() for row in rows)
            for file, rows in suspects.items()
        )

    def faults(self) -> Iterator[Fault]:
        """Yield the faults of all orders, file by file; in a file, malformed rows come first."""
        seen: dict[str, FaultyRow] = {}
        for file in self.files:
            malformed = self._malformed(file) if self.mode.tolerant else []
            yield from malformed
            rows = self._rows(file, has_malformed=file.layout is Layout.CSV and bool(malformed))
            # A tolerant scan reads a malformed line of JSONL too, as a row of nulls.
            listed = {fault.place for fault in malformed}
            rows = [row for row in rows if row.place not in listed]
            if file.roles.is_grouped:
                yield from self._grouped_faults(file, rows, seen)
            else:
                yield from chain.from_iterable(self._row_faults(file, row, seen) for row in rows)

    def malformed(self) -> Iterator[Fault]:
        """Yield the faults of all malformed rows."""
        for file in self.files:
            yield from self._malformed(file)

    def unsummed_lines(self) -> Iterator[Fault]:
        """Yield the faults of lines that are named a total, but are not the sum of others."""
        for file in self.files:
            for line, label in file.extra.unsummed:
                message = f"is {quoted(label)}, but the amount is not the sum of the other lines"
                yield self._fault(file, self._place(file, line), OrderField.ORDER_ID, message)

    def count_malformed_orders(self) -> int:
        """Return the number of orders of several lines that are nothing but malformed lines of JSONL."""
        files = [file for file in self.files if file.roles.is_grouped and file.layout is Layout.JSONL]
        return sum(self._is_all_malformed(file) for file in files)

    def _is_all_malformed(self, file: OrderFile) -> bool:
        """Return whether the first lines of a file, if they have no id, are all malformed."""
        places = {row.place for row in self._rows(file, has_malformed=False) if not row.order_id}
        return bool(places) and places <= {fault.place for fault in self._malformed(file)}

    def _malformed(self, file: OrderFile) -> list[Fault]:
        """Return the faults of the malformed rows of a file of lines."""
        rows = malformed_rows(file)
        return [Fault(self._place(file, row.line), None, "", row.problem, row.ends_file) for row in rows]

    def _place(self, file: OrderFile, line: int) -> Place:
        """Return the place of an order in a file."""
        return Place(file.name, line, file.readable.unit)

    # Rows that fail a check

    def _rows(self, file: OrderFile, *, has_malformed: bool) -> list[FaultyRow]:
        """Read the rows of a file that fail a check, or of orders that do."""
        reader = Reader([file], self.mode, typed=True)  # numbers and strings in JSON are told apart
        query = self._query(reader)
        if query not in self.known:
            found = self.engine.rows(query)
            lines = row_lines(file, {row[0] for row in found}, has_malformed=has_malformed)
            self.known[query] = [
                self._row(reader, row, self._place(file, lines.get(row[0], row[0]))) for row in found
            ]
        return self.known[query]

    def _query(self, reader: Reader) -> str:
        """Return the SQL for the rows of a file that fail a check, with their numbers."""
        positions = reader.positions()
        amounts = [term.position for term in reader.file.roles.amount_terms]
        columns = {
            "n": "n",
            "order_id": reader.field_text(OrderField.ORDER_ID),
            "currency": reader.field_text(OrderField.CURRENCY),
            "date": reader.field_text(OrderField.DATE),
            **{f"t{position}": reader.text(position) for position in positions},
            **{f"a{position}": reader.number(position) for position in amounts},
            **{f"s{position}": reader.is_text(position) for position in amounts},
        }
        rows = f"(SELECT row_number() OVER () AS n, * FROM {reader.call(positions)})"
        if reader.file.roles.is_grouped:
            return self._grouped_query(reader, columns)
        every = select_list(OrderQuery(reader).order_columns() | columns)
        names = ", ".join([*columns, "amount", "month"])
        return (
            f"SELECT {names} FROM (SELECT {every} FROM {reader.source(rows)}) "
            f"WHERE {self.checks.fault_sql()} ORDER BY n LIMIT {MAX_ROWS}"
        )

    def _grouped_query(self, reader: Reader, columns: dict[str, str]) -> str:
        """Return the SQL for the rows of a file that belong to orders of several lines which fail a check."""
        rows = f"(SELECT row_number() OVER () AS n, * FROM {reader.call(reader.positions())})"
        lines = f"SELECT {select_list(columns)} FROM {reader.source(rows)}"
        if self.mode.filled:
            lines = f"SELECT * REPLACE ({FILLED_ID} AS order_id) FROM ({lines})"
        return (
            f"WITH faulty AS (SELECT order_id FROM ({order_query(reader).orders()}) "
            f"WHERE {self.checks.fault_sql()} ORDER BY order_id LIMIT {MAX_ROWS}) "
            f"SELECT *, NULL, NULL FROM ({lines}) WHERE coalesce(order_id, '') IN "
            f"(SELECT coalesce(order_id, '') FROM faulty) ORDER BY n LIMIT {MAX_ROWS}"
        )

    def _row(self, reader: Reader, row: Sequence[Any], place: Place) -> FaultyRow:
        """Return a row that was read by `_query`."""
        positions = reader.positions()
        amounts = [term.position for term in reader.file.roles.amount_terms]
        _, order_id, currency, date, *rest = row
        texts = {position: str(text or "") for position, text in zip(positions, rest, strict=False)}
        values = dict(zip(amounts, rest[len(positions) :], strict=False))
        is_text = dict(zip(amounts, rest[len(positions) + len(amounts) :], strict=False))
        amount, month = rest[-2:]
        return FaultyRow(
            place,
            order_id or "",
            (currency or "").upper(),
            date or "",
            is_dated=month is not None,
            amount=amount,
            texts=texts,
            unreadable=[position for position, value in values.items() if value is None],
            numbers=[position for position, one in is_text.items() if not one],
            amounts=values,
        )

    # Messages

    def _row_faults(self, file: OrderFile, row: FaultyRow, seen: dict[str, FaultyRow]) -> Iterator[Fault]:
        """Yield the faults of a row that is an order; `seen` has the first row of each repeated id."""
        if is_total_word(row.order_id):
            message = f"is {quoted(row.order_id)}, but the amount is not the sum of the other lines"
            yield self._fault(file, row.place, OrderField.ORDER_ID, message)
            return
        amounts = [*self._amount_faults(file, row, needed=True)]
        yield from amounts
        is_refund = row.amount is not None and row.amount < 0
        if not amounts and row.order_id in self.checks.repeated and not is_refund:
            if first := seen.get(row.order_id):
                is_same = row.amount == first.amount
                message = f"repeats the id {quoted(row.order_id)}, first used at {first.place}"
                message += f" with {'the same' if is_same else 'another'} amount"
                fault = self._fault(file, row.place, OrderField.ORDER_ID, message)
                yield fault._replace(has_same_amount=is_same)
            seen.setdefault(row.order_id, row)
        if self.checks.dated and not row.is_dated:
            yield self._date_fault(file, row.place, row.date)
        yield from self._currency_faults(file, row.place, row.currency)

    def _amount_faults(self, file: OrderFile, row: FaultyRow, *, needed: bool) -> Iterator[Fault]:
        """Yield the faults of the amounts in a row; if `needed`, the first one must not be blank."""
        first = file.roles.amount[0].position
        if problem := _problem(file, row):
            yield Fault(row.place, None, "", problem)
            return
        for position in row.unreadable:
            text = row.texts[position]
            if text:
                message = _amount_message(file, row, position)
                yield Fault(row.place, OrderField.AMOUNT, file.names[position], message)
            elif needed and position == first:
                yield Fault(row.place, OrderField.AMOUNT, file.names[position], EMPTY)

    def _grouped_faults(
        self, file: OrderFile, rows: Iterable[FaultyRow], seen: dict[str, FaultyRow]
    ) -> Iterator[Fault]:
        """Yield the faults of orders that have several lines; `seen` has the first row of each id."""
        orders: dict[str, list[FaultyRow]] = {}
        for row in rows:
            orders.setdefault(row.order_id, []).append(row)
        for order_id, lines in orders.items():
            if is_total_word(order_id):
                yield from self._row_faults(file, lines[0], {})
                continue
            found = [fault for row in lines for fault in self._amount_faults(file, row, needed=False)]
            found += self._conflicts(file, lines)
            first = file.roles.amount[0].position
            if not found and not any(row.texts[first] for row in lines):
                message = f"is empty in all lines of the order {quoted(order_id)}"
                found = [Fault(lines[0].place, OrderField.AMOUNT, file.names[first], message)]
            found = found or [*self._order_faults(file, lines, seen)]
            yield from (fault._replace(order=lines[0].place) for fault in found)

    def _order_faults(
        self, file: OrderFile, lines: Sequence[FaultyRow], seen: dict[str, FaultyRow]
    ) -> Iterator[Fault]:
        """Yield the faults of an order of several lines whose amount can be read."""
        place, order_id = lines[0].place, lines[0].order_id
        if order_id in self.checks.repeated:
            if order_id in seen:
                first = seen[order_id].place
                message = f"continues the order {quoted(order_id)} at {first}, which has other columns"
                yield self._fault(file, place, OrderField.ORDER_ID, message)
            seen.setdefault(order_id, lines[0])
        dates = [row.date for row in lines if row.date]
        form = file.date_form or ISO
        unreadable = next((date for date in dates if form.month(date) is None), None)
        if self.checks.dated and (unreadable is not None or not dates):
            yield self._date_fault(file, place, unreadable or "")
        yield from self._currency_faults(
            file, place, next((row.currency for row in lines if row.currency), "")
        )

    def _date_fault(self, file: OrderFile, place: Place, date: str) -> Fault:
        """Return the fault of an order whose date cannot be read, or is blank."""
        message = f"must be a date such as 2026-01-31, got {quoted(date)}" if date else EMPTY
        return self._fault(file, place, OrderField.DATE, message)

    def _currency_faults(self, file: OrderFile, place: Place, currency: str) -> Iterator[Fault]:
        """Yield the fault of an order in another currency than the first one."""
        if self.checks.currency and currency not in ("", self.checks.currency):
            message = f"is {quoted(currency)}, but the first order has {quoted(self.checks.currency)}"
            yield self._fault(file, place, OrderField.CURRENCY, message)

    def _conflicts(self, file: OrderFile, lines: Sequence[FaultyRow]) -> Iterator[Fault]:
        """Yield a fault for each line of an order with another value of the order than its first line."""
        amounts = {term.position for term in file.roles.amount_terms if not term.is_per_line}
        for position in (*amounts, *file.roles.columns(OrderField.CURRENCY)):
            first: FaultyRow | None = None
            for row in lines:
                text = row.texts[position]
                if not text or position in row.unreadable:
                    continue
                first = first or row
                if row.value(position) != first.value(position):
                    other = f"{quoted(first.texts[position])} at {first.place} of the same order"
                    message = f"is {quoted(text)}, but {other}"
                    yield Fault(row.place, OrderField.AMOUNT, file.names[position], message)

    def _fault(self, file: OrderFile, place: Place, field: OrderField, message: str) -> Fault:
        """Return a fault in the column of a field."""
        columns = file.roles.telling(field)
        return Fault(place, field, file.names[columns[0]] if columns else "", message)


def _amount_message(file: OrderFile, row: FaultyRow, position: int) -> str:
    """Return the message for an amount that cannot be read."""
    text = row.texts[position]
    is_number = file.layout is Layout.JSONL and position in row.numbers
    if is_number and not is_json_number(text) and text[:1] in "-0123456789":
        return f"must be an amount of money, got {text} as a JSON number"
    return f"must be an amount of money, got {quoted(text)}"


def _problem(file: OrderFile, row: FaultyRow) -> str:
    """Return why a line of a JSONL file has no values: it is not JSON, or no object; else empty."""
    if file.layout is not Layout.JSONL or any(row.texts.values()):
        return ""
    with file.readable.open() as source:
        return json_problem(next(islice(source, row.place.line - 1, None), b""))


def may_be_wide(suspects: Mapping[OrderFile, Sequence[FaultyRow]] | None) -> bool:
    """Return whether an amount that could not be read may be one with more digits than usual, or a sum.

    `suspects` are the rows of each file with amounts that could not be read; None if they are not known.
    """
    if suspects is None:
        return True
    return any(_has_wide_amount(file, rows) or _has_wide_sum(file, rows) for file, rows in suspects.items())


def _has_wide_amount(file: OrderFile, rows: Sequence[FaultyRow]) -> bool:
    """Return whether an amount in rows of a file cannot be read because it has more digits than usual."""
    forms = dict(file.amount_forms)
    return any(
        forms.get(position, PLAIN).plain(row.texts[position], row.currency) is not None
        for row in rows
        for position in row.unreadable
    )


def _has_wide_sum(file: OrderFile, rows: Sequence[FaultyRow]) -> bool:
    """Return whether the amounts of an order in rows of a file may add up to one with more digits."""
    sums: Counter[object] = Counter()
    for row in rows:
        order = row.order_id if file.roles.is_grouped else row.place
        sums[order] += sum(math.ceil(abs(amount)) for amount in row.amounts.values() if amount is not None)
    return any(total >= AmountType.NARROW.max_whole for total in sums.values())
