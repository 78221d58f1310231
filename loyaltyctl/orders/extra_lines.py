"""Extra lines: lines of a spreadsheet that are not orders, such as sums of a month, notes, repeated headers.

They are searched in plain CSV files of orders without items, which includes the copies of workbooks. A line
is a sum if it adds up the orders above it, from the start or from another extra line on.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.containers.readable import Layout
from loyaltyctl.orders.engine import Unreadable
from loyaltyctl.orders.file_sql import CELL_MARK, Reader
from loyaltyctl.orders.files import ExtraLines
from loyaltyctl.orders.forms.amount_texts import ANY_DECORATED
from loyaltyctl.orders.forms.dates import ISO
from loyaltyctl.orders.lines import row_lines
from loyaltyctl.orders.quoting import literal, select_list
from loyaltyctl.orders.sources.descriptions import PLAIN, named_columns, read_catalog
from loyaltyctl.orders.sources.names import normalized
from loyaltyctl.orders.total_words import (
    TOTAL_WORDS,
    begins_with_total_word,
    begins_with_total_word_sql,
    is_total_word,
    total_label_sql,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.file_sql import ReadMode
    from loyaltyctl.orders.files import OrderFile

MAX_SIZE = 8 * 1024 * 1024
"""Maximum size in bytes of a file that is searched: larger ones are not kept by hand, and it costs a scan."""
_MAX_CANDIDATES = 10_000
_MAX_COLUMNS = 200
"""Maximum number of columns of a file that is searched: DuckDB limits the depth of expressions."""
_MIN_COLUMNS = 3
"""Minimum number of columns of a table in which a single cell is a note, and not an order."""
_MAX_ODD = 2
"""Maximum number of lines with an odd label for each order: a small table has more sums than orders."""
_MIN_NAMES = 2
"""Minimum number of usual names of columns in the header of another table."""
_RULE = re.compile(":?[-=_]{2,}:?")
"""Pattern of a cell of a line that is drawn below the header, as in Markdown."""
_DIGIT = re.compile("[0-9]")
_NOTE = re.compile(r".*\S\s+\S.*|[^0-9]+", re.DOTALL)
"""Pattern of a text that is a note, or the heading of a section, and no id."""


class _Kind(Enum):
    """Kind of an extra line."""

    HEADER = "header"
    NOTE = "note"
    SUM = "sum"
    UNSUMMED = "unsummed"


class _Line(NamedTuple):
    """Line of an order file that may be an extra line.

    Its sums are those of the lines that are surely orders: of the ones above it, and of all.
    """

    number: int
    text: str
    """The texts of all cells, as the condition compares them that leaves out the line."""
    amount: Decimal | None
    above: Decimal
    orders: int
    whole: Decimal
    all_orders: int
    have_letters: bool
    """Whether some labels of orders, such as their ids, have letters."""
    label_length: int | None
    """The length of all labels of orders; None if they differ."""

    @property
    def cells(self) -> list[str]:
        """The texts of the cells, without surrounding blanks."""
        return [cell.strip() for cell in self.text.split(CELL_MARK)]


def with_extra_lines(engine: Engine, file: OrderFile, mode: ReadMode) -> OrderFile:
    """Return an order file with its extra lines, so that a scan leaves them out."""
    is_plain = file.roles.source == PLAIN and not file.roles.is_grouped and file.layout is Layout.CSV
    is_small = mode.without_totals or file.readable.path.stat().st_size <= MAX_SIZE
    if not is_plain or not is_small or not 1 < len(file.names) <= _MAX_COLUMNS:
        return file
    reader = Reader([file], mode)
    try:
        lines = _candidates(engine, reader)
    except Unreadable:  # of a column that is not used, or the scan refuses the file
        return file
    return file if len(lines) > _MAX_CANDIDATES else file._replace(extra=_Search(reader, lines).found())


def _candidates(engine: Engine, reader: Reader) -> list[_Line]:
    """Return the lines of an order file that may be extra lines."""
    file, label = reader.file, reader.label() or 0
    cells = [f"trim(coalesce({reader.column(i)}, ''))" for i in range(len(file.names))]
    filled = " + ".join(f"({cell} <> '')::INTEGER" for cell in cells)
    header = CELL_MARK.join(name.strip().lower() for name in file.names)
    conditions = [
        f"{total_label_sql(cells[label])} IS NOT NULL",
        begins_with_total_word_sql(cells[label]),
        f"{filled} <= 1",
        f"lower({reader.row_text()}) = {literal(header)}",
    ]
    if label in file.roles.columns(OrderField.ORDER_ID):
        conditions.append(f"NOT regexp_matches({cells[label]}, '[0-9]')")
    elif label in file.roles.columns(OrderField.DATE):
        conditions.append(f"{(file.date_form or ISO).month_sql(cells[label])} IS NULL")
    rows = f"(SELECT row_number() OVER () AS n, * FROM {reader.call(reader.positions())})"
    columns = {
        "n": "n",
        "line": reader.row_text(),
        "number": reader.number(file.roles.amount[0].position),
        "extra": " OR ".join(conditions),
        "label": cells[label],
    }
    sums = {
        "above": "coalesce(sum(number) FILTER (NOT extra) OVER up, 0)",
        "orders": "count(number) FILTER (NOT extra) OVER up",
        "whole": "coalesce(sum(number) FILTER (NOT extra) OVER (), 0)",
        "all_orders": "count(number) FILTER (NOT extra) OVER ()",
        "lettered": r"coalesce(bool_or(regexp_matches(label, '\pL')) FILTER (NOT extra) OVER (), false)",
        "shortest": "min(length(label)) FILTER (NOT extra) OVER ()",
        "longest": "max(length(label)) FILTER (NOT extra) OVER ()",
    }
    engine.prepare_scan(ordered=True)
    found = engine.rows(
        f"WITH lines AS (SELECT {select_list(columns)} FROM {reader.source(rows)}), "
        f"summed AS (SELECT n, line, number, extra, {select_list(sums)} FROM lines "
        "WINDOW up AS (ORDER BY n ROWS UNBOUNDED PRECEDING)) "
        "SELECT n, line, number, above, orders, whole, all_orders, lettered, "
        "CASE WHEN shortest = longest THEN longest END FROM summed WHERE extra "
        f"ORDER BY n LIMIT {_MAX_CANDIDATES + 1}"
    )
    return [_Line(*row) for row in found]


class _Search(NamedTuple):
    """Search of the extra lines of an order file among those that may be some."""

    reader: Reader
    lines: Sequence[_Line]

    def found(self) -> ExtraLines:
        """Return the extra lines."""
        kinds = dict(self._kinds(has_such_ids=False))
        # Ids may begin with such a word: then there are others that are no sums.
        alike = [line for line in self.lines if self._is_id_or_total(line)]
        if any(kinds.get(line.number) is not _Kind.SUM for line in alike):
            kinds = dict(self._kinds(has_such_ids=True))
        orders = {line.text for line in self.lines if line.number not in kinds}
        # A line is left out by its text: one that equals an order stays.
        extra = [line for line in self.lines if line.text not in orders]
        lines = row_lines(self.reader.file, {*kinds}, has_malformed=False)
        numbers = {kind: [lines[one.number] for one in extra if kinds[one.number] is kind] for kind in _Kind}
        unsummed = [one for one in extra if kinds[one.number] is _Kind.UNSUMMED]
        kept = set() if self.reader.mode.without_totals else {one.text for one in unsummed}
        return ExtraLines(
            rows=tuple(sorted({one.text for one in extra} - kept)),
            sums=tuple(numbers[_Kind.SUM]),
            notes=tuple(sorted(numbers[_Kind.NOTE] + numbers[_Kind.HEADER])),
            unsummed=tuple((lines[one.number], _total_word(one.cells)) for one in unsummed),
        )

    def _is_id_or_total(self, line: _Line) -> bool:
        """Return whether the label of a line is an id, or a total with a number: `Total 2025`."""
        label = line.cells[self._label]
        return self._has_ids and begins_with_total_word(label) and not is_total_word(label)

    def _kinds(self, *, has_such_ids: bool) -> Iterator[tuple[int, _Kind]]:
        """Yield the number and the kind of each extra line; `has_such_ids`: `Sum 1001` is an id."""
        # By the sum of the orders up to the line above a section: the number of these orders.
        starts = {Decimal(): 0}
        sum_of_orders, orders = Decimal(), 0  # of the lines that turned out to be orders
        has_odd_labels = self._has_odd_labels()
        for line in self.lines:
            above, number = line.above + sum_of_orders, line.orders + orders
            summed = number - starts.get(above - (line.amount or 0), number)
            is_order = has_such_ids and self._is_id_or_total(line)
            kind = (
                None if is_order else self._kind(line, summed, is_odd=has_odd_labels and self._is_odd(line))
            )
            if kind is not None:
                yield line.number, kind
                starts.setdefault(above, number)
            elif line.amount is not None:
                sum_of_orders, orders = sum_of_orders + line.amount, orders + 1

    def _kind(self, line: _Line, summed: int, *, is_odd: bool) -> _Kind | None:
        """Return the kind of an extra line; None for an order.

        It is the sum of `summed` orders above it. `is_odd`: its label is not like those of orders.
        """
        file = self.reader.file
        amounts = {term.position for term in file.roles.amount_terms}
        amount = line.cells[file.roles.amount[0].position]
        others = [cell for i, cell in enumerate(line.cells) if i not in amounts and cell]
        if [cell.lower() for cell in line.cells] == [name.strip().lower() for name in file.names]:
            return _Kind.HEADER
        if amount and line.amount is None and sum(map(_is_usual_name, [*others, amount])) >= _MIN_NAMES:
            self._refuse_table(line)
        texts = [text for text in others if not ANY_DECORATED.has(text)]
        if self._is_named_total(line.cells, texts):
            if summed > 0 or line.amount == line.whole or not amount:
                return _Kind.SUM
            # A product or a customer may have such a name; then there are other texts.
            return _Kind.UNSUMMED if self._is_label_unique or len(texts) == 1 else None
        if line.amount is None:
            return _Kind.NOTE if self._is_note(line.cells) else None
        # One text may be the name of a month; the date is no such text if it is the label that is blank.
        is_alone = not texts or (len(texts) == 1 and (self._has_ids or bool(line.cells[self._label])))
        # Another text needs more than one order, whose amount it could just repeat.
        needed = 0 if is_odd or self._is_id_or_total(line) else len(texts)
        # "Total Wine" may be a customer, unless the amount is the sum of several orders.
        is_word = is_total_word(line.cells[self._label])
        if line.amount and ((is_alone and summed > needed) or (is_word and summed > 1)):
            return _Kind.SUM
        return _Kind.UNSUMMED if is_odd and is_alone and len(line.cells) >= _MIN_COLUMNS else None

    def _refuse_table(self, line: _Line) -> None:
        """Raise InvalidData for a line that is the header of another table, whose lines are no orders."""
        file = self.reader.file
        number = row_lines(file, {line.number}, has_malformed=False)[line.number]
        raise InvalidData(
            f"{file.name}: another table begins in {file.readable.unit} {number}, with other columns",
            hint="Put each table into a file of its own.",
        )

    def _has_odd_labels(self) -> bool:
        """Return whether unusual labels are odd: other lines have usual ones, with digits or dates."""
        odd = sum(map(self._is_odd, self.lines))
        return bool(self.lines) and odd <= _MAX_ODD * self.lines[0].all_orders

    def _is_odd(self, line: _Line) -> bool:
        """Return whether the label of a line is unlike the ids of orders, or no date."""
        label = line.cells[self._label]
        if self._has_ids:
            has_other_length = line.label_length is not None and len(label) != line.label_length
            # Ids such as AB12CD may have no digit by chance; then they have the length of the others.
            return bool(label) and not _DIGIT.search(label) and (not line.have_letters or has_other_length)
        is_date = self._label in self.reader.file.roles.columns(OrderField.DATE)
        return is_date and bool(label) and (self.reader.file.date_form or ISO).month(label) is None

    def _is_note(self, cells: Sequence[str]) -> bool:
        """Return whether a line without an amount is a note, the heading of a section, or a drawn line."""
        filled = [cell for cell in cells if cell]
        if len(filled) == 1 and len(cells) >= _MIN_COLUMNS:
            amounts = {term.position for term in self.reader.file.roles.amount_terms}
            is_other = self._has_ids and not cells[self._label]
            return not any(cells[i] for i in amounts) and (is_other or bool(_NOTE.fullmatch(filled[0])))
        return bool(filled) and all(map(_RULE.fullmatch, filled))

    def _is_named_total(self, cells: Sequence[str], texts: Sequence[str]) -> bool:
        """Return whether a line is named a total: in the place of the id or date, or elsewhere without one.

        `texts` are the texts of its cells that are no amounts.
        """
        label = cells[self._label]
        if label not in ("", "-", "--"):
            if self._has_ids:
                return is_total_word(label)
            if self._is_label_unique:
                return is_total_word(label) or begins_with_total_word(label)
            return label.strip(" :").lower() in TOTAL_WORDS  # "Total Wine" may be a customer
        return any(
            is_total_word(one) or (_DIGIT.search(one) and begins_with_total_word(one)) for one in texts
        )

    @property
    def _label(self) -> int:
        """The column that may label a total: the id, else the date, else any other."""
        return self.reader.label() or 0

    @property
    def _is_label_unique(self) -> bool:
        """Whether the column that may label a total has the ids or the dates of the orders."""
        return self._has_ids or self._label in self.reader.file.roles.columns(OrderField.DATE)

    @property
    def _has_ids(self) -> bool:
        """Whether the column that may label a total has the ids of the orders."""
        return self._label in self.reader.file.roles.columns(OrderField.ORDER_ID)


def _is_usual_name(text: str) -> bool:
    """Return whether a text is a usual name of a column of orders."""
    return normalized(text) in _usual_names()


@cache
def _usual_names() -> frozenset[str]:
    """Return the normalized usual names of the columns of orders."""
    return frozenset(map(normalized, named_columns(read_catalog()[PLAIN]))) - {""}


def _total_word(cells: Sequence[str]) -> str:
    """Return the text of a line that names it a total, or else its first text."""
    words = [cell for cell in cells if is_total_word(cell) or begins_with_total_word(cell)]
    return next(filter(None, [*words, *cells]), "")
