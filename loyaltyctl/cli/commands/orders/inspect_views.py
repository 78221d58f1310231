"""Views of `orders inspect`: its JSON, and the tables of its parts for people."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from loyaltyctl.contract.outputs import orders as outputs
from loyaltyctl.render.views import RED, Column, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from loyaltyctl.render.views import Cell

T = TypeVar("T")


def _view(output_type: type[T], *columns: Column[T], name: Callable[[T], str]) -> View[T]:
    """Return the view of a part of an inspection, a table for people."""
    return View(columns, lambda one: one, name, output_type)


def _record(output_type: type[T], *columns: Column[T], name: Callable[[T], str]) -> View[T]:
    """Return the view of a part of an inspection, a record for people: it has sentences, or many columns."""
    return View((), lambda one: one, name, output_type, record=columns)


def _list(words: Sequence[str]) -> str:
    """Return a cell with a list of words."""
    return ", ".join(words)


def _columns_of(base: outputs.BaseColumns) -> str:
    """Return the cell with the columns of an amount: `Item Total - Coupon`."""
    return " - ".join([" + ".join(base.add), *base.subtract])


def _number(value: int | None) -> Cell:
    """Return the cell of a number of orders or lines."""
    return None if value is None else f"{value:,}"


def _amount(text: str | None) -> Cell:
    """Return the cell of an amount: `1,234.50`, as in the table of a backtest."""
    return None if text is None else f"{Decimal(text):,}"


def _refunds(one: outputs.OrderNumbers) -> str:
    """Return the cell of refunds: `2 of 30.00`."""
    is_summed = one.refunds and one.refunded
    return f"{one.refunds:,} of {_amount(one.refunded)}" if is_summed else f"{one.refunds:,}"


INSPECTED = _view(
    outputs.OrdersInspected,
    Column("FILES", lambda one: _list([file.file for file in one.files])),
    Column("SOURCE", lambda one: _list([*dict.fromkeys(file.source or "" for file in one.files)])),
    Column("ORDERS", lambda one: one.numbers.orders if one.numbers else None),
    Column("PROBLEMS", lambda one: len(one.problems)),
    Column("COMMAND", lambda one: one.command),
    name=lambda one: one.files[0].file,
)
_FILE = _view(
    outputs.InspectedFile,
    Column("FILE", lambda one: one.file, whole=True),
    Column("CONTAINER", lambda one: _list(one.container), rank=2),
    Column("ENCODING", lambda one: one.encoding, rank=3),
    Column("SEPARATOR", lambda one: one.separator, rank=3),
    Column("HEADER", lambda one: one.header_line, rank=3, right=True),
    Column("LINES", lambda one: _number(one.lines), rank=1, right=True),
    name=lambda one: one.file,
)
_SOURCE = _record(
    outputs.InspectedFile,
    Column("SOURCE", lambda one: f"{one.title} ({one.source})" if one.source else "not clear"),
    Column("BECAUSE", lambda one: one.reason),
    name=lambda one: one.file,
)
_NOTES = _record(
    outputs.InspectedFile,
    Column("NOTES", lambda one: f"{one.file}: {'; '.join(one.notes)}"),
    name=lambda one: one.file,
)
_ROLE = _view(
    outputs.RoleColumn,
    Column("ROLE", lambda one: one.role, whole=True),
    Column("COLUMN", lambda one: one.column, whole=True),
    Column("EXAMPLE", lambda one: one.example),
    name=lambda one: one.column,
)
_BASE = _view(
    outputs.BaseColumns,
    Column("AMOUNT BASE", lambda one: one.base, whole=True),
    Column("USED", lambda one: "yes" if one.used else ""),
    Column("COLUMNS", _columns_of),
    name=lambda one: one.base,
)
_FORM = _view(
    outputs.ColumnForm,
    Column("COLUMN", lambda one: one.column, whole=True),
    Column("FORM", lambda one: one.form or "not clear", lambda one: "" if one.form else RED),
    Column("EXAMPLE", lambda one: one.example),
    name=lambda one: one.column,
)
_STATUS = _view(
    outputs.OrdersOfStatus,
    Column("STATUS", lambda one: one.status or "none"),
    Column("COUNTED", lambda one: f"no: {one.reason}" if one.reason else "yes"),
    Column("ORDERS", lambda one: _number(one.orders), right=True),
    name=lambda one: one.status or "",
)
_CURRENCY = _view(
    outputs.OrdersOfCurrency,
    Column("CURRENCY", lambda one: one.currency or "none"),
    Column("ORDERS", lambda one: _number(one.orders), right=True),
    Column("AMOUNT", lambda one: _amount(one.amount), right=True),
    name=lambda one: one.currency or "",
)
_NUMBERS = _record(
    outputs.OrderNumbers,
    Column("LINES", lambda one: _number(one.lines)),
    Column("ORDERS", lambda one: _number(one.orders)),
    Column("NOT COUNTED", lambda one: _number(one.not_counted)),
    Column("WITH PROBLEMS", lambda one: _number(one.unreadable)),
    Column("REFUNDS", _refunds),
    Column("MONTHS", lambda one: f"{one.first_month} to {one.last_month}" if one.months else None),
    Column("TOTAL LINES", lambda one: _number(one.total_lines or None)),
    name=lambda one: str(one.orders),
)
_PROBLEM = _record(
    outputs.OrderProblem,
    Column("PROBLEM", lambda one: one.problem),
    Column("HINT", lambda one: one.hint),
    name=lambda one: one.problem,
)
_ORDER = _view(
    outputs.OrderAsRead,
    Column("ORDER", lambda one: one.order_id),
    Column("DATE", lambda one: one.date, whole=True),
    Column("AMOUNT", lambda one: _amount(one.amount), whole=True, right=True),
    Column("CURRENCY", lambda one: one.currency, rank=1),
    Column("STATUS", lambda one: one.status, rank=1),
    Column("TRIGGER", lambda one: one.trigger, rank=2),
    Column("REFUND", lambda one: _amount(one.refunded), rank=1, right=True),
    Column("NOT COUNTED", lambda one: one.reason, rank=1),
    name=lambda one: one.order_id or "",
)


def sections(result: outputs.OrdersInspected) -> Iterator[tuple[Sequence[Any], View[Any]]]:
    """Yield the parts of an inspection that are not empty, each with its view.

    The columns of files that have the same ones are shown once, below the names of these files.
    """
    parts: list[tuple[Sequence[Any], View[Any]]] = []
    for files in _by_layout(result.files):
        first = files[0]
        parts += [(files, _FILE), ([first], _SOURCE), ([file for file in files if file.notes], _NOTES)]
        parts += [(first.columns, _ROLE), (first.forms, _FORM)]
        parts += [(first.amounts, _BASE)] if len(first.amounts) > 1 else []
    if numbers := result.numbers:
        parts += [([numbers], _NUMBERS), (numbers.statuses, _STATUS), (numbers.currencies, _CURRENCY)]
    parts += [(result.problems, _PROBLEM), (result.orders, _ORDER)]
    yield from (part for part in parts if part[0])


def _by_layout(files: Sequence[outputs.InspectedFile]) -> list[list[outputs.InspectedFile]]:
    """Group files by their export, the roles of their columns, and the forms of these."""
    groups: dict[object, list[outputs.InspectedFile]] = {}
    for file in files:
        roles = tuple((one.role, one.column) for one in file.columns)
        forms = tuple((one.column, one.form) for one in file.forms)
        groups.setdefault((file.source, roles, forms), []).append(file)
    return [*groups.values()]
