"""Recognize the export of an order file by the names of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.orders.sources.names import normalized

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loyaltyctl.contract.inputs.order_source import OrderSource


def recognize(names: Iterable[str], catalog: Mapping[str, OrderSource]) -> list[OrderSource]:
    """Return the order source whose description fits the columns of a file; empty for a plain file.

    The source that is identified by the most columns is preferred. The result has several sources if
    they are identified by equally many: the file may be any of them.
    """
    present = frozenset(map(normalized, names))
    fitting = [(len(_identifying_set(source, present)), source) for source in catalog.values()]
    most = max((count for count, _ in fitting), default=0)
    return [source for count, source in fitting if count == most > 0]


def identifying_columns(names: Iterable[str], source: OrderSource) -> list[str]:
    """Return the columns of a file by which it is recognized as the source; empty if it is not."""
    by_name = {normalized(name): name for name in names}
    return [by_name[column] for column in _identifying_set(source, frozenset(by_name))]


def _identifying_set(source: OrderSource, present: frozenset[str]) -> tuple[str, ...]:
    """Return the columns by which a file is recognized as the source; empty if it is not.

    `present` are the normalized names of the columns of the file. Of several sets, the largest counts.
    """
    if not present.isdisjoint(map(normalized, source.not_with or ())):
        return ()
    sets = [tuple(dict.fromkeys(map(normalized, columns))) for columns in source.recognized_by or ()]
    return max((columns for columns in sets if present.issuperset(columns)), key=len, default=())
