"""Orders of the order table one by one: write them to a file, or read the first of them."""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.orders import file_sql, refusals
from loyaltyctl.orders.batches import read_all
from loyaltyctl.orders.containers.copies import new_copy
from loyaltyctl.orders.engine import Unreadable
from loyaltyctl.orders.file_sql import Reader, ReadMode
from loyaltyctl.orders.grouped_sql import GroupQuery
from loyaltyctl.orders.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from loyaltyctl.errors import Detail, InvalidData
    from loyaltyctl.orders.column_forms import ColumnForms
    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.faults import FaultFinder
    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.table_sql import Relation

FIRST_LINES = 1000
"""Number of lines of a file among which its first orders are looked for."""


class OrderRows(NamedTuple):
    """Orders of the order table one by one, as the last scan has read them."""

    engine: Engine
    forms: ColumnForms
    """The files, with the forms of their columns."""
    mode: ReadMode
    relation: Relation
    countable: str
    """SQL condition for the orders that are counted."""
    finder: FaultFinder

    def new_file(self) -> Path:
        """Create an empty file that orders can be written to, in the temporary folder; return its path."""
        with new_copy(self.engine.folder) as (path, _):
            return path

    def write(
        self, path: Path, columns: Mapping[str, str], order: Sequence[str], options: str
    ) -> Generator[int, None, int]:
        """Write the counted orders to a file of `new_file`; yield the progress, and return their number.

        `columns` are SQL over the fields of an order, by the names in the file. The orders keep their places,
        unless `order` has SQL over the columns to sort by. `options` are those of COPY.
        """
        self.engine.prepare_scan(ordered=True)
        query = self._detailed(self.forms.files).select(columns, self.countable, order)
        return (yield from self.engine.write(query, path, options))

    def first(self, columns: Mapping[str, str], number: int) -> list[tuple[Any, ...]]:
        """Return the first orders, whether they count or not: a row each.

        `columns` are SQL over the fields of an order; one of them is `order_id`.
        """
        found: list[tuple[Any, ...]] = []
        for file in self.forms.files:
            condition = "true"
            order: list[str] = []
            self.engine.prepare_scan(ordered=True)
            if file.roles.is_grouped and (ids := self._first_ids(file, number)):
                listed = f"[{', '.join(map(literal, ids))}]"
                condition = f"list_contains({listed}, coalesce(order_id, ''))"
                order = [f"list_position({listed}, coalesce(order_id, ''))"]
            query = self._detailed([file]).select(columns, condition, order)
            found += self.engine.rows(f"{query} LIMIT {number - len(found)}")
            if len(found) >= number:
                break
        return found

    def count_lines(self, file: OrderFile) -> int:
        """Return the number of lines in a file, without its header and total line."""
        self.engine.prepare_scan(ordered=False)
        ((number,),) = self.engine.rows(f"SELECT count(*) FROM {Reader([file], self.mode).source()}")
        return int(number)

    def examples(self, file: OrderFile, positions: Sequence[int], number: int) -> list[tuple[Any, ...]]:
        """Return the texts of columns of a file in its first lines."""
        reader = Reader([file], self.mode)
        self.engine.prepare_scan(ordered=True)
        texts = ", ".join(map(reader.text, positions))
        return self.engine.rows(f"SELECT {texts} FROM {reader.call(positions)} LIMIT {number}")

    def count(self, condition: str) -> int:
        """Return the number of orders that meet a condition; the files are read again."""
        reads = read_all(self.forms.files, self.mode._replace(days=False))
        query = self.relation._replace(reads=reads).count_by_value("''", 1, condition)
        return sum(int(orders) for _, orders, _ in self.engine.rows(query))

    def malformed_lines(self) -> tuple[int, Counter[str]]:
        """Return the number of malformed JSONL lines, and those that were orders, by why these do not count.

        DuckDB returns a row of nulls for a line that is not an object. If this row is an order, it has an
        unreadable amount, or does not count by its source, since it has no status.
        """
        lines = 0
        found = Counter({"": self.finder.count_malformed_orders()})
        for file in self.forms.files:
            if query := file_sql.count_malformed([file]):
                ((number,),) = self.engine.rows(query)
                lines += int(number)
                if not file.roles.is_grouped:
                    found[self._null_row_reason(file)] += int(number)
        return lines, found

    def _null_row_reason(self, file: OrderFile) -> str:
        """Return why a row of nulls does not count by the source of a file; empty if it counts."""
        given = self.mode.trigger
        has_trigger = given is not None or not file.roles.columns(OrderField.TRIGGER)
        failed = (
            one
            for one in file.roles.conditions
            if ("" in one.none_of or (one.one_of and "" not in one.one_of))
            and (not one.not_for or (has_trigger and given not in one.not_for))
        )
        return next((f"{file.names[one.position]}: blank" for one in failed), "")

    def refusal(self, repeats: int, *, only_currencies: bool) -> InvalidData:
        """Return the error for the orders that cannot be counted; `repeats` is the number of repeated ids.

        With `only_currencies`, the error is about orders in another currency alone; others are left out.
        """
        checks = self.finder.checks._replace(repeated=frozenset())
        # An order with several faults is counted once: one that repeats an id is in `repeats` alone.
        unique = self._replace(relation=self.relation._replace(firsts=repeats > 0))

        def count() -> int:
            if only_currencies:
                return unique.count(f"{self.countable} AND {checks.other_currency_sql()}")
            return unique.count(checks.fault_sql()) + repeats

        return refusals.uncountable_orders(self.finder, count, only_currencies=only_currencies)

    def problems(self, number: int) -> list[Detail]:
        """Return the first problems with the orders, as the errors about them list them."""
        self.engine.prepare_scan(ordered=True)
        try:
            faults = chain(self.finder.unsummed_lines(), self.finder.faults())
            return refusals.details(islice(faults, number))
        except Unreadable:  # the scan did not read all columns that tell the faults apart
            return refusals.details(islice(self.finder.malformed(), number))

    def _first_ids(self, file: OrderFile, number: int) -> list[str]:
        """Return the ids of the first orders of a file whose lines are grouped to orders."""
        lines = GroupQuery(Reader([file], self.mode)).lines()
        query = f"SELECT order_id FROM ({lines}) WHERE {self.relation.where} LIMIT {FIRST_LINES}"
        return [*dict.fromkeys(order_id or "" for (order_id,) in self.engine.rows(query))][:number]

    def _detailed(self, files: Sequence[OrderFile]) -> Relation:
        """Return the SQL for the orders of files, which have their days."""
        return self.relation._replace(reads=read_all(files, self.mode))
