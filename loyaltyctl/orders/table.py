"""Order table: sum the orders of all files in groups, in one scan if they are well-formed.

The first scan assumes the usual case: forms of values as in the first orders, amounts of up to 12 digits
before the point, well-formed lines, unique ids. It counts all other orders. If there are any, they are
examined, and a slower scan follows, which reads other forms or wide amounts, skips malformed lines, or leaves
out repeated orders.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs.points import LeftOutReason
from loyaltyctl.orders import faults, filters, opening, refusals, unpaid
from loyaltyctl.orders.batches import count_unnamed_lines, currencies, in_sequence, is_one_group, read_all
from loyaltyctl.orders.checks import OrderChecks
from loyaltyctl.orders.column_forms import ColumnForms
from loyaltyctl.orders.columns import OrderColumns
from loyaltyctl.orders.containers.readable import Layout
from loyaltyctl.orders.counts import Counts
from loyaltyctl.orders.currency_signs import check_signs
from loyaltyctl.orders.engine import Engine, Unreadable
from loyaltyctl.orders.faults import FaultFinder
from loyaltyctl.orders.file_sql import ReadMode
from loyaltyctl.orders.files import locate
from loyaltyctl.orders.forms.dates import ISO
from loyaltyctl.orders.left_out import orders_left_out
from loyaltyctl.orders.order_rows import OrderRows
from loyaltyctl.orders.quoting import is_one_of
from loyaltyctl.orders.table_sql import AmountType, Relation, Summary
from loyaltyctl.orders.total_lines import with_total_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from loyaltyctl.orders.faults import FaultyRow
    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.filters import EmptyFilter
    from loyaltyctl.orders.left_out import LeftOut
    from loyaltyctl.orders.selection import Selection

MAX_REPEATED = 1000
"""Maximum number of orders with a repeated id that are located."""


class ColumnsFound(Exception):
    """A scan has found columns that the first orders do not have: the roles of the columns have changed."""


class OrderTable(OrderColumns):
    """Order table: the orders of all files. A context manager: `with OrderTable(selection) as table`."""

    def __init__(self, selection: Selection) -> None:
        located = locate(selection.files, selection.named)
        self._selection = selection
        self._engine = Engine([one.path for one in located])
        try:
            opened = opening.open_files(self._engine, located, selection)
        except BaseException:  # Ctrl-C too: the temporary folder must not be left behind
            self.close()
            raise
        self._forms = ColumnForms(in_sequence(opened), selection.reading)
        self._mode = ReadMode(without_totals=selection.skip_bad)
        self._dated = False
        self._is_examined = False
        self._is_dated_by_line = False
        self._suspects: dict[OrderFile, list[FaultyRow]] | None = None
        self._faulty_rows: dict[str, list[FaultyRow]] = {}
        self._currency: str | None = None
        self._repeated_ids: frozenset[str] = frozenset()
        self._repeats = 0
        self._rejected = 0
        self._split = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the scan of the order table, and remove its temporary files."""
        self._engine.close()

    # Columns

    def use_trigger(self, trigger: str | None, rest: str = "") -> None:
        """Set the trigger of all orders in the order table; if None, `rest` is that of files without one."""
        self._mode = self._mode._replace(trigger=trigger, rest_trigger=rest)

    def require(self, needed: Mapping[OrderField, str]) -> None:
        """Raise InvalidData if a file of the order table lacks a column that an option needs.

        `needed` maps fields to options. The filters need the columns of their fields too.
        """
        for field, option in {**needed, **{one: f"--{one}" for one in self._selection.filters}}.items():
            missing = self.files_without(field)
            if self.some_have(field):  # in JSON, a member that no order of a file has is blank
                missing = [file for file in missing if file.layout is not Layout.JSONL]
            if missing:
                raise refusals.missing_column(missing[0], field, option)

    # Sums

    def summarize(self, summary: Callable[[AmountType], Summary]) -> Iterator[int]:
        """Scan the files of the order table, and create the table `sums` (see `Relation.summarize`).

        Yields the progress in percent since the last yield. Raises InvalidData with the locations of
        the orders that cannot be counted, and ColumnsFound if the columns have changed: then call it again.
        """
        yield from self.scan(summary)
        counts = self.counts()
        wrong = 0 if self._selection.skip_bad else counts.unreadable + counts.undated + self._repeats
        if counts.others or wrong:
            self._engine.prepare_scan(ordered=True)
            raise self.rows_of_orders.refusal(self._repeats, only_currencies=self._selection.skip_bad)

    def scan(self, summary: Callable[[AmountType], Summary]) -> Iterator[int]:
        """Scan the files of the order table as `summarize` does, but accept orders that cannot be counted.

        Raises InvalidData if the files cannot be read to their end, or if forms of values are not clear.
        """
        self._dated = "month" in summary(self._mode.amounts).keys
        is_prepared, scans = False, True
        while scans:
            requested = summary(self._mode.amounts)
            form = self._forms.prefixed_dates if self._dated and not self._is_dated_by_line else None
            self._mode = self._mode._replace(
                # Members and days together would be too many groups.
                by_day=form is not None and OrderField.MEMBER not in requested.keys,
                one_currency=OrderField.CURRENCY not in requested.keys,
            )
            if len(self._selection.filters.get(OrderField.STATUS, ())) > 1:
                # Grouped by status too, so that `empty_filters` sees which of them match no order.
                status = OrderField.STATUS.column
                requested = requested._replace(keys={**requested.keys, status: status})
            try:
                self._currency = self._first_currency()
                check_signs(self.files, self._currency)
                self._mode = self._mode._replace(currency=self._currency)
                if not is_prepared:
                    self._prepare()
                    is_prepared = True
                self._engine.prepare_scan(ordered=self._mode.firsts)
                yield from self._engine.run(self._relation.summarize(requested))
                self._rejected = self._engine.count_rejected_lines()
                scans = self._needs_scan()
            except Unreadable:
                self._recover()
                is_prepared = False

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
        dated = " AND month IS NOT NULL" if self._dated else ""
        return f"excluded = '' AND refund IS NOT NULL{dated}"

    @property
    def currency(self) -> str | None:
        """The currency of all orders in the order table; None if they have no currency."""
        return self._currency

    def counts(self) -> Counts:
        """Return the number of orders in the order table that cannot be counted, for each reason."""
        return Counts.from_row(self.rows(Counts.sql(self.counted))[0])

    @property
    def rows_of_orders(self) -> OrderRows:
        """The orders of the table one by one, after a scan."""
        mode = self._mode._replace(by_day=False, days=True)
        finder = self._finder(self._currency)
        return OrderRows(self._engine, self._forms, mode, self._relation, self._countable, finder)

    @property
    def _countable(self) -> str:
        """The SQL condition for the orders that are counted: their amounts, and their dates, are readable."""
        return "amount IS NOT NULL AND excluded = ''" + (" AND month IS NOT NULL" if self._dated else "")

    # Orders left out, values and filters

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return the numbers and first locations of the orders left out of the order table, by reason."""
        counts = self.counts()
        malformed, null_rows = self._malformed_lines(counts)
        undated = counts.undated
        if undated and self._relation.has_refunds:  # the scan has counted a refund as another order
            undated = self.rows_of_orders.count("excluded = '' AND amount IS NOT NULL AND month IS NULL")
        numbers = {
            LeftOutReason.LINE: self._rejected + malformed,
            LeftOutReason.AMOUNT: counts.unreadable - null_rows[""],
            LeftOutReason.REPEATED: self._repeats if self._mode.firsts else 0,
            LeftOutReason.DATE: undated,
        }
        self._engine.prepare_scan(ordered=True)
        return orders_left_out(self._finder(None), numbers)

    def _malformed_lines(self, counts: Counts) -> tuple[int, Counter[str]]:
        """Return the numbers of malformed JSONL lines, and of those that the scan took for orders."""
        if not self._selection.skip_bad or not (counts.unreadable or self._mode.tolerant):
            return 0, Counter()
        number, orders = self.rows_of_orders.malformed_lines()
        return number, Counter() if self._selection.filters else orders  # a row of nulls matches no filter

    def excluded(self) -> list[tuple[str, int]]:
        """Return why orders of the order table do not count by their source, and how many, by number."""
        query = "SELECT excluded, sum(rows) FROM sums WHERE excluded <> '' AND refund IS NOT TRUE GROUP BY 1"
        _, null_rows = self._malformed_lines(self.counts())
        found = [(str(reason), int(orders) - null_rows[reason]) for reason, orders in self.rows(query)]
        return sorted((one for one in found if one[1]), key=lambda one: (-one[1], one[0]))

    def notes(self) -> list[str]:
        """Return what the user should know about how the files of the order table were read."""
        return [*opening.notes(self.files, self._split), *self._forms.notes()]

    def values(self, field: OrderField, limit: int, condition: str) -> list[tuple[str, int, int]]:
        """Return the values of a field in the order table, for the counted orders that meet a condition.

        The most frequent values come first (see `Relation.count_by_value`).
        """
        self._mode = self._mode._replace(by_day=False)
        query = self._relation.count_by_value(field.column, limit, f"{self._countable} AND {condition}")
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
            several = statuses if len(statuses) > 1 else ()
            missing = [one for one in several if not self.rows(query.format(is_one_of("status", [one])))]
            asked = {OrderField.STATUS: missing} if missing else {}
        mode = self._mode._replace(one_currency=False)  # else other currencies of items are not kept
        relation = self._relation._replace(reads=read_all(self.files, mode))
        found = filters.find_empty(self._engine, relation, self.files, asked) if asked else ()
        return found, not matched and not found and len(asked) > 1

    # Scan

    @property
    def _relation(self) -> Relation:
        """The order table as SQL for the current scan, in the fast mode or in one for unusual orders."""
        files = self.files
        return Relation(
            reads=read_all(files, self._mode),
            amounts=self._mode.amounts,
            where=self._checks(None).filter_sql(),
            month=(self._forms.prefixed_dates or ISO).month_sql("month") if self._mode.by_day else "",
            currency=self._currency,
            has_ids=self.some_have(OrderField.ORDER_ID),
            may_repeat=self.some_have(OrderField.ORDER_ID) and not is_one_group(files, self._mode),
            has_refunds=any(file.roles.refund or file.roles.adjusted for file in files),
            has_exclusions=any(file.roles.conditions or file.roles.refund_lines for file in files),
            has_doubts=any(file.doubtful for file in files),
            has_late=any(file.late for file in files),
            has_split=len(files) > 1
            and any(term.is_per_line for file in files for term in file.roles.amount),
            may_be_unpaid=unpaid.may_be_unpaid(files, self._selection),
            firsts=self._mode.firsts,
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
        where = self._checks(None).filter_sql()
        # The currency of an order that is left out matters only if no other order has one.
        for countable in (self._countable, "true") if self._selection.skip_bad else ("true",):
            for query in currencies(self.files, self._mode, where, countable):
                for (currency,) in self.rows(f"{query} LIMIT 1"):
                    return str(currency)
        return None

    def _prepare(self) -> None:
        """Decide the forms that the first orders leave open, and find total lines, before the scan."""
        if self._forms.needs_examination:
            self._examine()
        self._forms.files = with_total_lines(self._engine, self.files, self._mode)

    def _needs_scan(self) -> bool:
        """Change the mode for the orders that the scan could not count; return whether to scan again."""
        counts = self.counts()
        self._split = counts.split
        if counts.late:
            files = opening.with_all_columns(self._engine, self.files, self._selection)
            self._forms = ColumnForms(files, self._selection.reading)
            raise ColumnsFound
        if not self._mode.filled and self._has_unnamed_lines(counts):
            self._mode = self._mode._replace(filled=True)
            return True
        if counts.undated and self._mode.by_day and any(file.roles.is_grouped for file in self.files):
            self._is_dated_by_line = True
            return True
        unusual = counts.unreadable or counts.undated or counts.doubtful
        if self._leaves_out_blanks(counts) or (unusual and not self._is_examined and self._reconsider()):
            # The amount of a total line may be readable now.
            self._forms.files = with_total_lines(self._engine, self.files, self._mode)
            return True
        is_narrow = self._mode.amounts is AmountType.NARROW
        if counts.unreadable and is_narrow and faults.may_be_wide(self._suspects):
            self._mode = self._mode._replace(amounts=AmountType.WIDE)
            self._forms.files = with_total_lines(self._engine, self.files, self._mode)
            return True
        if counts.totals or any(file.extra.unsummed and not self._selection.skip_bad for file in self.files):
            self._engine.prepare_scan(ordered=True)
            raise refusals.unsummed_totals(self._finder(None))
        if counts.repeated and not self._mode.firsts:
            self._engine.prepare_scan(ordered=True)
            repeats = self.rows(self._relation.repeats(MAX_REPEATED))
            self._repeated_ids = frozenset(row[0] for row in repeats)
            self._repeats = int(repeats[0][1]) if repeats else 0
            self._mode = self._mode._replace(firsts=bool(self._repeats and self._selection.skip_bad))
            return self._mode.firsts
        return False

    def _leaves_out_blanks(self, counts: Counts) -> bool:
        """Leave out blank lines from now on, if there may be any: their amounts are unreadable."""
        if not counts.unreadable or self._mode.without_blanks:
            return False
        self._engine.prepare_scan(ordered=True)
        self._mode = self._mode._replace(without_blanks=self._finder(None).may_have_blank_lines())
        return self._mode.without_blanks

    def _reconsider(self) -> bool:
        """Decide the forms again after values did not fit them, and return whether one has changed."""
        self._engine.prepare_scan(ordered=True)
        suspects = self._finder(None).suspects() if self._forms.is_decided else None
        if suspects is None:
            return self._examine()
        self._is_examined = True
        self._suspects = suspects
        return self._forms.reconsider(suspects, dated=self._dated)

    def _has_unnamed_lines(self, counts: Counts) -> bool:
        """Return whether orders of several lines have lines without their id."""
        query = count_unnamed_lines(self.files, self._mode)
        if self._selection.filters:  # the scan takes these lines for one order, which a filter may leave out
            return query is not None and bool(counts.unnamed or self.rows(query)[0][0])
        return query is not None and bool(counts.unnamed)

    def _examine(self) -> bool:
        """Decide the forms of all columns by all values, and return whether one has changed."""
        has_changed = self._forms.examine(self._engine, self._mode, dated=self._dated)
        self._is_examined = True
        return has_changed

    def _recover(self) -> None:
        """Change how files are read after the scan failed. Raises InvalidData if there is no other way."""
        if files := opening.repaired(self._engine, self.files, self._selection):
            self._forms.files = files
        elif self._selection.skip_bad and not self._mode.tolerant:
            refusals.check_skippable(self._finder(None))
            self._mode = self._mode._replace(tolerant=True)
        else:
            raise refusals.unreadable_orders(self._finder(None)) from None

    # Faults

    def _finder(self, currency: str | None) -> FaultFinder:
        """Return the finder of faults of the orders in the order table."""
        mode = self._mode._replace(by_day=False)
        return FaultFinder(self._engine, self.files, mode, self._checks(currency), self._faulty_rows)
