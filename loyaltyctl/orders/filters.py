"""Explain filters that match no order: values that the column has, and other columns that match.

These queries read the order files again, so they run only if a filter matched nothing.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import LoyaltyError
from loyaltyctl.orders import file_sql
from loyaltyctl.orders.engine import Unreadable
from loyaltyctl.orders.list_members import is_in_list
from loyaltyctl.orders.quoting import is_one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from loyaltyctl.contract.order_fields import OrderField
    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.table_sql import Relation

SHOWN = 5
"""Maximum number of values, and of other columns, that are listed for a filter that matches no order."""
MAX_COLUMNS = 100
"""Maximum number of columns that are searched for the value of a filter that matches no order."""


class Values(NamedTuple):
    """Most frequent values of a filter's column and their numbers of orders; `more` counts other values."""

    shown: tuple[tuple[str, int], ...]
    more: int = 0

    @classmethod
    def of(cls, rows: Sequence[tuple[str, int, int]]) -> Values:
        """Return the values to show for a filter, from the rows of `Relation.count_by_value`."""
        shown = tuple((value, int(count)) for value, count, _ in rows[:SHOWN])
        return cls(shown, int(rows[0][2]) - len(shown) if rows else 0)


class OtherColumn(NamedTuple):
    """Column that a filter should perhaps use instead, and its number of orders that match."""

    column: str
    orders: int


class EmptyFilter(NamedTuple):
    """Filter that matches no order, with the values of its column, and other columns that match."""

    field: OrderField
    column: str
    values: tuple[str, ...]
    found: Values
    others: tuple[OtherColumn, ...] = ()


def find_empty(
    engine: Engine,
    relation: Relation,
    files: Sequence[OrderFile],
    filters: Mapping[OrderField, Sequence[str]],
) -> tuple[EmptyFilter, ...]:
    """Return the filters that match no order even if applied alone, without the other filters."""
    unfiltered = relation._replace(where="true", firsts=False)
    found: list[EmptyFilter] = []
    for field, values in filters.items():
        if not engine.rows(unfiltered.count_by_value(field.column, 1, is_one_of(field.column, values))):
            present = Values.of(engine.rows(unfiltered.count_by_value(field.column, SHOWN)))
            telling = [file for file in files if file.roles.telling(field)]  # JSONL files may lack the column
            others = tuple(_other_columns_with_values(engine, telling, field, values))
            column = telling[0].names[telling[0].roles.telling(field)[0]]
            found.append(EmptyFilter(field, column, tuple(values), present, others))
    return tuple(found)


def _other_columns_with_values(
    engine: Engine, files: Sequence[OrderFile], field: OrderField, values: Sequence[str]
) -> Iterator[OtherColumn]:
    """For a filter that matches no order, yield the other columns that contain the values of the filter."""
    names = _columns_to_search(files[0], field)
    try:
        counts = engine.rows(file_sql.count_values(files, names, values))[0] if names else ()
    except (Unreadable, LoyaltyError):  # other columns are only advice: the backtest goes on without them
        return
    matching = [(count, name) for name, count in zip(names, counts, strict=True) if count]
    for count, name in matching[:SHOWN]:
        yield OtherColumn(name, int(count))


def _columns_to_search(file: OrderFile, field: OrderField) -> list[str]:
    """Return the columns in which to search for the values of a filter, at most MAX_COLUMNS.

    The columns of the field itself are left out. Of names that differ in case only, one is returned: DuckDB
    cannot tell them apart. A JSON member that is an object or a list is left out.
    """
    own = {file.names[position] for position in file.roles.telling(field)}
    once = {name.lower(): name for name in file.names if name and name not in own}
    outer = {lower for lower in once if any(other.startswith((f"{lower}.", f"{lower}[")) for other in once)}
    found = (name for lower, name in once.items() if lower not in outer and not is_in_list(lower))
    return [*islice(found, MAX_COLUMNS)]
