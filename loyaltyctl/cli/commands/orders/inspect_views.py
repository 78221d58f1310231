"""Views of `orders inspect`: its JSON, and the tables of its parts for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from loyaltyctl.contract.outputs import orders as outputs
from loyaltyctl.render.views import RED, Column, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from loyaltyctl.render.views import Cell

T = TypeVar("T")


def _view(output_type: type[T], *columns: Column[T], name: Callable[[T], str]) -> View[T]:
    """Return the view of a part of an inspection."""
    return View(columns, lambda one: one, name, output_type)


def _list(words: Sequence[str]) -> str:
    """Return a cell with a list of words."""
    return ", ".join(words)


def _columns_of(base: outputs.BaseColumns) -> str:
    """Return the cell with the columns of an amount: `Item Total - Coupon`."""
    return " - ".join([" + ".join(base.add), *base.subtract])


def _number(value: int | None) -> Cell:
    """Return the cell of a number of orders or lines."""
    return None if value is None else f"{value:,}"


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
    Column("SOURCE", lambda one: one.title or one.source),
    Column("BECAUSE", lambda one: one.reason),
    Column("CONTAINER", lambda one: _list(one.container), rank=2),
    Column("ENCODING", lambda one: one.encoding, rank=3),
    Column("SEPARATOR", lambda one: one.separator, rank=3),
    Column("HEADER", lambda one: one.header_line, rank=3, right=True),
    Column("LINES", lambda one: _number(one.lines), rank=1, right=True),
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
    Column("AMOUNT", lambda one: one.amount, right=True),
    name=lambda one: one.currency or "",
)
_NUMBERS = _view(
    outputs.OrderNumbers,
    Column("LINES", lambda one: _number(one.lines), right=True),
    Column("ORDERS", lambda one: _number(one.orders), right=True),
    Column("NOT COUNTED", lambda one: _number(one.not_counted), right=True),
    Column("WITH PROBLEMS", lambda one: _number(one.unreadable), right=True),
    Column("REFUNDS", lambda one: _number(one.refunds), right=True),
    Column("REFUNDED", lambda one: one.refunded, right=True),
    Column("FIRST MONTH", lambda one: one.first_month),
    Column("LAST MONTH", lambda one: one.last_month),
    Column("TOTAL LINES", lambda one: _number(one.total_lines), rank=1, right=True),
    name=lambda one: str(one.orders),
)
_PROBLEM = _view(
    outputs.OrderProblem,
    Column("PROBLEM", lambda one: one.problem, whole=True),
    Column("WHAT TO DO", lambda one: one.hint),
    name=lambda one: one.problem,
)
_ORDER = _view(
    outputs.OrderAsRead,
    Column("ORDER", lambda one: one.order_id),
    Column("DATE", lambda one: one.date, whole=True),
    Column("AMOUNT", lambda one: one.amount, whole=True, right=True),
    Column("CURRENCY", lambda one: one.currency, rank=1),
    Column("STATUS", lambda one: one.status, rank=1),
    Column("TRIGGER", lambda one: one.trigger, rank=2),
    Column("REFUND", lambda one: one.refunded, rank=1, right=True),
    Column("NOT COUNTED", lambda one: one.reason, rank=1),
    name=lambda one: one.order_id or "",
)


def sections(result: outputs.OrdersInspected) -> Iterator[tuple[Sequence[Any], View[Any]]]:
    """Yield the parts of an inspection that are not empty, each with its view.

    The columns of files that have the same ones are shown once.
    """
    layouts = {(tuple(file.columns), file.source): file for file in reversed(result.files)}
    parts: list[tuple[Sequence[Any], View[Any]]] = [(result.files, _FILE)]
    for file in reversed(layouts.values()):
        parts += [(file.columns, _ROLE), (file.forms, _FORM)]
        parts += [(file.amounts, _BASE)] if len(file.amounts) > 1 else []
    if numbers := result.numbers:
        parts += [([numbers], _NUMBERS), (numbers.statuses, _STATUS), (numbers.currencies, _CURRENCY)]
    parts += [(result.problems, _PROBLEM), (result.orders, _ORDER)]
    yield from (part for part in parts if part[0])
