"""Values of orders that no rule and no filter has, and columns that have what a filter asks for.

These queries read the orders once more, so they run only where something did not match.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.backtest.findings import Elsewhere, EmptyFilter, Misspelled, Values
from loyaltyctl.errors import LoyaltyError
from loyaltyctl.model.triggers import BY_ACTIVITY
from loyaltyctl.orders import queries
from loyaltyctl.orders.engine import Unreadable
from loyaltyctl.orders.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from loyaltyctl.backtest.sql import Scan
    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.fields import OrderField
    from loyaltyctl.orders.files import OrderFile

SHOWN = 5
"""Values of a column that are named."""
MANY_TRIGGERS = 1000
"""Triggers that are compared with those of the rules."""
MANY_COLUMNS = 100
"""Columns that are searched for the value of a filter."""
NEAR = 0.88
"""Least similarity of triggers that may be one: `stores/OrdersPaid`, but not `events/OrderPaid`."""


class Unmatched(NamedTuple):
    """The orders that were scanned."""

    engine: Engine
    scan: Scan
    files: Sequence[OrderFile]

    def strange_triggers(self, known: Sequence[str], condition: str) -> tuple[Values, tuple[Misspelled, ...]]:
        """Return the triggers of the orders, of those under a `condition`, that are not among the `known`."""
        listed = ", ".join(map(literal, known))
        strange = f"coalesce(trigger, '') NOT IN ({listed})" if known else "true"
        rows = self.engine.rows(self.scan.values("trigger", MANY_TRIGGERS, f"{condition} AND {strange}"))
        return _values(rows), tuple(_misspelled(rows, known))

    def empty_filters(self, asked: Mapping[OrderField, Sequence[str]]) -> tuple[EmptyFilter, ...]:
        """Return the filters, values by the column that they are for, that match no order."""
        unfiltered = self.scan._replace(where="true", firsts=False)
        found: list[EmptyFilter] = []
        for role, values in asked.items():
            name = role.replace("-", "_")
            matching = f"upper({name}) IN ({', '.join(literal(value.upper()) for value in values)})"
            if not self.engine.rows(unfiltered.values(name, 1, matching)):
                others = self._elsewhere(role, values)
                shown = _values(self.engine.rows(unfiltered.values(name, SHOWN)))
                column = dict(self.files[0].columns)[role]
                found.append(EmptyFilter(role, column, tuple(values), shown, tuple(others)))
        return tuple(found)

    def _elsewhere(self, role: OrderField, values: Sequence[str]) -> Iterator[Elsewhere]:
        """Yield other columns that have one of `values`, with the number of orders; the first files count."""
        first, taken = self.files[0], dict(self.files[0].columns).get(role)
        names = _readable(first.names, taken)
        try:
            row = self.engine.rows(queries.matches(self.files, names, values))[0] if names else ()
        except (Unreadable, LoyaltyError):  # only advice: what cannot be read has none to give
            return
        hits = [(count, name) for name, count in zip(names, row, strict=True) if count]
        for count, name in hits[:SHOWN]:
            yield Elsewhere(name, int(count))


def _readable(names: Sequence[str], taken: str | None) -> list[str]:
    """Return the columns that can be read side by side: none that is inside another, none twice."""
    once = {name.lower(): name for name in names if name != taken}
    outer = {lower for lower in once if any(other.startswith(f"{lower}.") for other in once)}
    return [name for lower, name in once.items() if lower not in outer][:MANY_COLUMNS]


def _values(rows: Sequence[tuple[str, int, int]]) -> Values:
    shown = tuple((value, int(count)) for value, count, _ in rows[:SHOWN])
    return Values(shown, int(rows[0][2]) - len(shown) if rows else 0)


def _misspelled(rows: Iterable[tuple[str, int, int]], known: Sequence[str]) -> Iterator[Misspelled]:
    from difflib import get_close_matches

    plain = {_plain(one): one for one in known}
    for value, count, _ in rows:
        if not value or value in BY_ACTIVITY:
            continue
        near = get_close_matches(_plain(value), [*plain], n=1, cutoff=NEAR) if _plain(value) else []
        if near:
            yield Misspelled(value, int(count), plain[near[0]])


def _plain(trigger: str) -> str:
    """Return a trigger without case, spaces and punctuation."""
    return re.sub(r"[\W_]", "", trigger).casefold()
