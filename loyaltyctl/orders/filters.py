"""Filters that match no order: the values that there are, and other columns that have the value.

These queries read the orders once more, so they run only if something did not match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import LoyaltyError
from loyaltyctl.orders import queries
from loyaltyctl.orders.engine import Unreadable
from loyaltyctl.orders.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from loyaltyctl.contract.order_fields import OrderField
    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.statements import Relation

SHOWN = 5
"""Maximum number of values, and of other columns, that are named."""
MAX_COLUMNS = 100
"""Maximum number of columns that are searched for the value of a filter."""


class Values(NamedTuple):
    """Most frequent values of a column, each with its number of orders, and the number of further values."""

    shown: tuple[tuple[str, int], ...]
    more: int = 0

    @classmethod
    def of(cls, rows: Sequence[tuple[str, int, int]]) -> Values:
        """Return the values in the rows of `Relation.count_by_value`."""
        shown = tuple((value, int(count)) for value, count, _ in rows[:SHOWN])
        return cls(shown, int(rows[0][2]) - len(shown) if rows else 0)


class OtherColumn(NamedTuple):
    """Column that has the values of a filter on another column, and the number of orders with them."""

    column: str
    orders: int


class EmptyFilter(NamedTuple):
    """Filter that matches no order: its values, those of its column, and other columns that have them."""

    field: OrderField
    column: str
    values: tuple[str, ...]
    found: Values
    others: tuple[OtherColumn, ...] = ()


def empty(
    engine: Engine,
    relation: Relation,
    files: Sequence[OrderFile],
    filters: Mapping[OrderField, Sequence[str]],
) -> tuple[EmptyFilter, ...]:
    """Return the filters that match no order of the relation, each by itself."""
    unfiltered = relation._replace(where="true", firsts=False)
    found: list[EmptyFilter] = []
    for field, values in filters.items():
        matching = f"upper({field.column}) IN ({', '.join(literal(value.upper()) for value in values)})"
        if not engine.rows(unfiltered.count_by_value(field.column, 1, matching)):
            present = Values.of(engine.rows(unfiltered.count_by_value(field.column, SHOWN)))
            others = tuple(_others(engine, files, field, values))
            column = dict(files[0].columns)[field]
            found.append(EmptyFilter(field, column, tuple(values), present, others))
    return tuple(found)


def _others(
    engine: Engine, files: Sequence[OrderFile], field: OrderField, values: Sequence[str]
) -> Iterator[OtherColumn]:
    """Yield other columns of the first files that have one of `values`."""
    names = _readable_together(files[0].names, dict(files[0].columns).get(field))
    try:
        counts = engine.rows(queries.count_values(files, names, values))[0] if names else ()
    except (Unreadable, LoyaltyError):  # these columns are advice only; the backtest goes on without it
        return
    matching = [(count, name) for name, count in zip(names, counts, strict=True) if count]
    for count, name in matching[:SHOWN]:
        yield OtherColumn(name, int(count))


def _readable_together(names: Sequence[str], without: str | None) -> list[str]:
    """Return the columns that one query can read: none inside another, no two that differ in case only."""
    once = {name.lower(): name for name in names if name != without}
    outer = {lower for lower in once if any(other.startswith(f"{lower}.") for other in once)}
    return [name for lower, name in once.items() if lower not in outer][:MAX_COLUMNS]
