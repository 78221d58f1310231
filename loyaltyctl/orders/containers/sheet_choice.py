"""Choose the sheets of a workbook that have the orders, by their headers: others are summaries or notes."""

from __future__ import annotations

import shlex
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.sources.names import normalized

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from loyaltyctl.orders.containers.cells import Cell

_ROWS = 60
"""Number of rows at the beginning of a sheet in which its header is searched."""
_MIN_KNOWN = 2
"""Minimum number of known names in the header of sheets that are read one after another."""
_MIN_CELLS = 3
"""Minimum number of cells of a row that is compared with those of other sheets: totals may be the same."""


class Sheet(NamedTuple):
    """Sheet of a workbook that has rows."""

    name: str
    rows: Callable[[], Iterable[Sequence[Cell]]]


class _Headed(NamedTuple):
    """Sheet with its header: the index of the row, its cells, and the known names in it."""

    sheet: Sheet
    row: int
    cells: tuple[str, ...]
    known: frozenset[str]

    def below(self) -> Iterator[Sequence[Cell]]:
        """Iterate over the rows below the header."""
        return islice(iter(self.sheet.rows()), self.row + 1, None)


def choose_sheets(sheets: Sequence[Sheet], names: Collection[str], source: str) -> list[Sheet]:
    """Return the sheets with the orders: the one with most known names, and those with the same header.

    `names` are the normalized names of columns of orders. The rows of all sheets but the first begin below
    the header. Raises UsageError if it is not clear how sheets with orders belong together.
    """
    headed = [_headed(sheet, names) for sheet in sheets]
    best = max(headed, key=lambda one: len(one.known))
    if len(best.known) < _MIN_KNOWN:
        return [best.sheet]
    chosen = [one for one in headed if one.known == best.known]
    for one in chosen:
        if one.cells != best.cells:
            raise _unclear(source, best, one, "orders in different columns")
    if len(chosen) > 1:
        _check_different(chosen, source)
    first, *others = chosen
    return [first.sheet, *(Sheet(one.sheet.name, one.below) for one in others)]


def joined(sheets: Sequence[Sheet]) -> Callable[[], Iterable[Sequence[Cell]]]:
    """Return the function that iterates over the rows of sheets, one after another."""
    return lambda: chain.from_iterable(sheet.rows() for sheet in sheets)


def _headed(sheet: Sheet, names: Collection[str]) -> _Headed:
    """Return a sheet with its header: the first of its rows with most known names."""
    found = _Headed(sheet, 0, (), frozenset())
    for index, row in enumerate(islice(sheet.rows(), _ROWS)):
        cells = [normalized(cell) if isinstance(cell, str) else "" for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        known = frozenset(cell for cell in cells if cell in names)
        if len(known) > len(found.known):
            found = _Headed(sheet, index, tuple(cells), known)
    return found


def _check_different(chosen: Sequence[_Headed], source: str) -> None:
    """Raise UsageError if two sheets have the same order: one may be a copy, or a list of all orders."""
    seen: dict[int, _Headed] = {}
    for one in chosen:
        rows = {hash(tuple(row)) for row in one.below() if sum(cell != "" for cell in row) >= _MIN_CELLS}
        if again := next((seen[row] for row in rows if row in seen), None):
            raise _unclear(source, again, one, "the same orders")
        seen |= dict.fromkeys(rows, one)


def _unclear(source: str, first: _Headed, second: _Headed, what: str) -> UsageError:
    """Return the error for two sheets of which it is not clear how they belong together."""
    return UsageError(
        f"{source}: the sheets {quoted(first.sheet.name)} and {quoted(second.sheet.name)} have {what}",
        hint=f"Name the sheet to read: --records {shlex.quote(first.sheet.name)}",
    )
