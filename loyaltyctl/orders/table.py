"""Order table: sum the orders of all files in groups, in one scan if they are well-formed.

The first scan assumes the usual case: amounts of up to 12 digits before the point, well-formed
lines, unique ids. It counts all other orders. If there are any, a slower scan follows, which reads
wide amounts, skips malformed lines, or leaves out repeated orders.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs.points import LeftOutReason
from loyaltyctl.errors import Detail, InvalidData
from loyaltyctl.orders import faults, file_sql, filters, records
from loyaltyctl.orders.checks import MONTH, OrderChecks
from loyaltyctl.orders.columns import match_columns
from loyaltyctl.orders.engine import Engine, Unreadable
from loyaltyctl.orders.faults import LeftOut
from loyaltyctl.orders.files import Layout, find
from loyaltyctl.orders.quoting import is_one_of
from loyaltyctl.orders.table_sql import AmountType, Relation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from loyaltyctl.orders.faults import Fault
    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.filters import EmptyFilter
    from loyaltyctl.orders.records import Record
    from loyaltyctl.orders.selection import Selection
    from loyaltyctl.orders.table_sql import Summary

SHOWN = 20
"""Maximum number of faults of orders that are listed in an error."""
MAX_REPEATED = 1000
"""Maximum number of orders with a repeated id that are located."""
MAX_PLACES = 5
"""Maximum number of locations that are reported for each reason to leave orders out."""


class Counts(NamedTuple):
    """Numbers of orders in the order table that cannot be counted, by reason."""

    unreadable: int
    """Orders whose amount is unreadable."""
    undated: int
    """Orders whose amount is readable but whose month is not."""
    others: int
    """Orders whose currency is not that of the first order."""
    repeated: int
    """Orders whose id may repeat that of an earlier order."""


class _Mode(NamedTuple):
    """Mode in which the order table scans its files: the fast default, or slower ones for unusual orders."""

    amounts: AmountType = AmountType.NARROW
    tolerant: bool = False
    firsts: bool = False


class OrderTable:
    """Order table: the orders of all files. A context manager: `with OrderTable(selection) as table`."""

    def __init__(self, selection: Selection) -> None:
        found = find(selection.files)
        self._selection = selection
        self._engine = Engine([file.path for file in found])
        try:
            with_columns = [self._match_columns(file) for file in found]
        except BaseException:  # Ctrl-C too: the temporary folder must not be left behind
            self.close()
            raise
        # One query reads all files that have the same columns, so it puts them next to each other. Faults are
        # located in this sequence too: if orders have the same id, both must take the same one as the first.
        batches = [*dict.fromkeys(file.without_path for file in with_columns)]
        self._files = sorted(with_columns, key=lambda file: batches.index(file.without_path))
        self._mode = _Mode()
        self._dated = False
        self._currency: str | None = None
        self._repeated_ids: frozenset[str] = frozenset()
        self._repeats = 0
        self._rejected = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the scan of the order table, and remove its temporary files."""
        self._engine.close()

    def _match_columns(self, file: OrderFile) -> OrderFile:
        """Return a copy of a file of the order table in which `columns` names the column of each field.

        For a Parquet file, the names and types of its columns are read first.
        """
        if file.layout is Layout.PARQUET:
            try:
                columns = self._engine.rows(file_sql.describe_parquet(file))
            except Unreadable as error:
                raise InvalidData(f"{file.path} is not a readable Parquet file: {error}") from None
            names, types = tuple(row[0] for row in columns), tuple(row[1] for row in columns)
            file = file._replace(names=names, types=types)
        matched = match_columns(file.names, self._selection.columns, str(file.path))
        return file._replace(columns=tuple(matched.items()))

    # Columns

    @property
    def columns(self) -> dict[OrderField, str]:
        """The column of each field of an order in the first file of the order table."""
        return dict(self._files[0].columns)

    def some_have(self, field: OrderField) -> bool:
        """Return whether at least one file of the order table has a column for a field."""
        return any(field in dict(file.columns) for file in self._files)

    def all_have(self, field: OrderField) -> bool:
        """Return whether all files of the order table have a column for a field."""
        return all(field in dict(file.columns) for file in self._files)

    def require(self, needed: Mapping[OrderField, str]) -> None:
        """Raise InvalidData if a file of the order table lacks a column that an option needs.

        `needed` maps fields to options. The filters need the columns of their fields too.
        """
        needed = {**needed, **{field: f"--{field}" for field in self._selection.filters}}
        for file in self._files:
            for field, option in needed.items():
                if field not in dict(file.columns):
                    raise InvalidData(
                        f"{file.path} has no column for the {field}, which {option} needs",
                        hint=f"Name the column: {field.option} NAME",
                    )

    # Sums

    def summarize(self, summary: Callable[[AmountType], Summary]) -> Iterator[int]:
        """Scan the files of the order table, and create the table `sums` (see `Relation.summarize`).

        Yields the progress in percent since the last yield. Raises InvalidData with the locations of
        the orders that cannot be counted.
        """
        next_mode: _Mode | None = self._mode
        while next_mode is not None:
            self._mode = next_mode
            requested = summary(self._mode.amounts)
            self._dated = "month" in requested.keys
            if len(self._selection.filters.get(OrderField.STATUS, ())) > 1:
                # Grouped by status too, so that `empty_filters` sees which of them match no order.
                status = OrderField.STATUS.column
                requested = requested._replace(keys={**requested.keys, status: status})
            try:
                self._currency = self._first_currency()
                self._engine.prepare_scan(ordered=self._mode.firsts)
                yield from self._engine.run(self._relation.summarize(requested))
                self._rejected = self._engine.count_rejected_lines()
                next_mode = self._next_mode()
            except Unreadable as error:
                if not self._selection.skip_bad or self._mode.tolerant:
                    raise self._uncountable_orders(str(error)) from None
                next_mode = self._mode._replace(tolerant=True)
        counts = self.counts()
        wrong = 0 if self._selection.skip_bad else counts.unreadable + counts.undated + self._repeats
        if counts.others or wrong:
            raise self._uncountable_orders(count=counts.others + wrong)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query of the table `sums`, which `summarize` creates from the order table."""
        return self._engine.rows(query)

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query for many groups or orders of the order table; fetch them in batches."""
        return self._engine.stream(query)

    @property
    def counted(self) -> str:
        """The SQL condition for the rows of `sums` whose orders are counted: their amounts are readable.

        If the rows are grouped by month, their dates must be readable too.
        """
        return (
            f"refund IS NOT NULL AND {MONTH.condition_sql('month')}" if self._dated else "refund IS NOT NULL"
        )

    @property
    def currency(self) -> str | None:
        """The currency of all orders in the order table; None if they have no currency."""
        return self._currency

    def counts(self) -> Counts:
        """Return the number of orders in the order table that cannot be counted, for each reason."""
        counted, unreadable = f"sum(rows) FILTER ({self.counted})", "sum(rows) FILTER (refund IS NULL)"
        query = f"SELECT sum(rows), {counted}, {unreadable}, sum(others), max(repeated) FROM sums"
        rows, good, bad, others, repeated = (int(value or 0) for value in self.rows(query)[0])
        return Counts(bad, rows - good - bad, others, repeated)

    # Orders left out, values and filters

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return the numbers and first locations of the orders left out of the order table, by reason."""
        counts = self.counts()
        malformed = 0
        query = file_sql.count_malformed(self._files)
        if self._selection.skip_bad and query and (counts.unreadable or self._mode.tolerant):
            malformed = int(self.rows(query)[0][0])
        # DuckDB returns a row of nulls for a JSONL line that is not an object. Without filters, the scan
        # counted this row as an order with an unreadable amount. With filters, it was
        # not counted: a row of nulls matches none of them.
        unreadable = counts.unreadable - (0 if self._selection.filters else malformed)
        numbers = {
            LeftOutReason.LINE: self._rejected + malformed,
            LeftOutReason.AMOUNT: unreadable,
            LeftOutReason.REPEATED: self._repeats if self._mode.firsts else 0,
            LeftOutReason.DATE: counts.undated,
        }
        limits = {reason: min(number, MAX_PLACES) for reason, number in numbers.items() if number}
        places = faults.first_places(self._faults(currency=None), limits) if limits else {}
        return tuple(LeftOut(reason, numbers[reason], tuple(places[reason])) for reason in limits)

    def values(self, field: OrderField, limit: int, condition: str) -> list[tuple[str, int, int]]:
        """Return the values of a field in the order table, for the counted orders that meet a condition.

        The most frequent values come first (see `Relation.count_by_value`).
        """
        countable = f"readable AND {MONTH.condition_sql('month')}" if self._dated else "readable"
        query = self._relation.count_by_value(field.column, limit, f"{countable} AND {condition}")
        return [(value, int(orders), int(all_values)) for value, orders, all_values in self.rows(query)]

    def empty_filters(self) -> tuple[tuple[EmptyFilter, ...], bool]:
        """Return the filters that match no order in the table, and whether the filters exclude each other.

        Filters exclude each other if each matches some orders, but no order matches all of them.
        """
        asked = self._selection.filters
        matched = bool(self.rows("SELECT sum(rows) FROM sums")[0][0])
        if matched:
            # Orders match, so a filter with one value does, and of several statuses at least one.
            statuses = asked.get(OrderField.STATUS, ())
            query = "SELECT 1 FROM sums WHERE {} LIMIT 1"
            missing = [
                status
                for status in statuses
                if len(statuses) > 1 and not self.rows(query.format(is_one_of("status", [status])))
            ]
            asked = {OrderField.STATUS: missing} if missing else {}
        found = filters.find_empty(self._engine, self._relation, self._files, asked) if asked else ()
        return found, not matched and not found and len(asked) > 1

    # Scan

    @property
    def _relation(self) -> Relation:
        """The order table as SQL for the current scan, in the fast mode or in one for unusual orders."""
        mode = self._mode
        exact = mode.amounts is AmountType.WIDE
        return Relation(
            reads=file_sql.read_all(self._files, tolerant=mode.tolerant, exact=exact),
            amounts=mode.amounts,
            where=self._checks(None).filter_sql(),
            currency=self._currency,
            has_ids=self.some_have(OrderField.ORDER_ID),
            firsts=mode.firsts,
        )

    def _checks(self, currency: str | None) -> OrderChecks:
        """Return what the order table checks in each order: filters, month, currency, repeated id."""
        return OrderChecks(self._selection.filters, self._dated, currency, self._repeated_ids)

    def _first_currency(self) -> str | None:
        """Return the currency that the orders in the table must have; None if no order has a currency.

        It is the currency of the filter. Without such a filter, it is that of the first order that has one.
        """
        if given := self._selection.filters.get(OrderField.CURRENCY):
            return given[0].upper()
        if not self.some_have(OrderField.CURRENCY):
            return None
        # In parallel, any order could be the first, and the error would name another currency each time.
        self._engine.prepare_scan(ordered=True)
        relation = self._relation
        where = f"currency <> '' AND {relation.where}"
        query = f"SELECT upper(currency) FROM ({relation.read()}) WHERE {where} LIMIT 1"
        return next((row[0] for row in self.rows(query)), None)

    def _next_mode(self) -> _Mode | None:
        """Return the mode for a slower scan of the order table, if unusual orders need one; else None."""
        counts = self.counts()
        if counts.unreadable and self._mode.amounts is AmountType.NARROW:
            return self._mode._replace(amounts=AmountType.WIDE)
        if counts.repeated and not self._mode.firsts:
            self._engine.prepare_scan(ordered=True)
            repeats = self.rows(self._relation.repeats(MAX_REPEATED))
            self._repeated_ids = frozenset(row[0] for row in repeats)
            self._repeats = int(repeats[0][1]) if repeats else 0
            if self._repeats and self._selection.skip_bad:
                return self._mode._replace(firsts=True)
        return None

    # Faults

    def _faults(self, currency: str | None) -> Iterator[Fault]:
        """Yield the faults of all orders in the order table, with their locations."""
        checks = self._checks(currency)
        return faults.locate(self._files, checks, lambda file: self._records(file, checks))

    def _records(self, file: OrderFile, checks: OrderChecks) -> Iterator[Record]:
        """Yield the orders of a file of the order table that may have faults."""
        if file.layout is not Layout.PARQUET:
            positions = {field: file.names.index(name) for field, name in file.columns}
            yield from records.read_records(file, checks.fast_check(positions, len(file.names)))
            return
        fields = [field for field, _ in file.columns]
        for number, *texts in self.stream(file_sql.suspicious_rows(file, checks)):
            yield records.Record(number, dict(zip(fields, texts, strict=True)))

    def _uncountable_orders(self, reason: str = "", count: int = 0) -> InvalidData:
        """Return the error for the orders of the table that cannot be counted, with the first locations.

        `reason` is the error of DuckDB if the scan failed. Otherwise `count` is the number of such orders.
        """
        found = self._faults(self._currency)
        if self._selection.skip_bad and not reason:
            found = faults.in_other_currencies(found)
        first = list(islice(found, SHOWN))
        if not first:
            return InvalidData(f"the orders cannot be read: {self._mixed_line_ends() or reason}")
        # The scan counts an order again for each of its faults. If all faults are listed, their orders are
        # counted instead.
        orders = len({fault.place for fault in first})
        number = orders if len(first) < SHOWN else max(count, orders)
        many = "one order" if number == 1 else f"{number} orders"
        if len(first) == SHOWN and not count:
            many = f"at least {number} orders"
        shown = f" (the first {SHOWN} are listed)" if count > SHOWN else ""
        return InvalidData(
            f"{many} cannot be counted{shown}; nothing was calculated",
            details=[Detail(fault.message, fault.column, str(fault.place)) for fault in first],
            hint=self._uncountable_hint(first),
        )

    def _mixed_line_ends(self) -> str:
        """Return a message for the first file of the order table with mixed line ends; empty if none has."""
        for file in self._files:
            if file.layout is not Layout.PARQUET and (line := records.line_with_mixed_ending(file)):
                return f"{file.path} line {line}: line ends differ"
        return ""

    def _uncountable_hint(self, found: Sequence[Fault]) -> str:
        """Return the hint of the error for orders of the table that cannot be counted."""
        if all(fault.field is OrderField.CURRENCY for fault in found):
            return f"Count only the orders in one currency: --currency {self._currency}"
        return "Correct them, or leave them out and report their number: --skip-bad-rows"
