"""SQL that reads all order files: one query for each batch of files with the same columns."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.orders.file_sql import Reader
from loyaltyctl.orders.grouped_sql import GroupQuery
from loyaltyctl.orders.order_sql import OrderQuery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.orders.file_sql import ReadMode
    from loyaltyctl.orders.files import OrderFile


def read_all(files: Sequence[OrderFile], mode: ReadMode) -> list[str]:
    """Return the SQL that reads all order files: a query for each batch of files with the same columns."""
    return [order_query(Reader(batch, mode)).orders() for batch in _batches(files, mode)]


def is_one_group(files: Sequence[OrderFile], mode: ReadMode) -> bool:
    """Return whether one query makes all orders of lines with the same id, so that no id is repeated."""
    roles = files[0].roles
    return roles.is_grouped and not roles.refund_lines and len(_batches(files, mode)) == 1


def currencies(files: Sequence[OrderFile], mode: ReadMode, where: str, countable: str) -> list[str]:
    """Return the SQL for the currencies of the lines that meet a condition: a query for each file.

    In files in which each line is an order, it must also meet the condition `countable`.
    """
    queries = (OrderQuery(Reader([file], mode._replace(by_day=False))) for file in files)
    return [
        query.currencies(where if query.reader.file.roles.is_grouped else f"{where} AND {countable}")
        for query in queries
    ]


def in_sequence(files: Sequence[OrderFile]) -> list[OrderFile]:
    """Return order files in the sequence in which their orders are read.

    It is the given one, but if items may be in several files, those with the same columns are next to each
    other. Faults are located in this sequence: both must take the same one of repeated orders as the first.
    """
    if not any(file.roles.is_grouped for file in files):
        return [*files]
    batches = [*dict.fromkeys(file.batch for file in files)]
    return sorted(files, key=lambda file: batches.index(file.batch))


def _batches(files: Sequence[OrderFile], mode: ReadMode) -> list[list[OrderFile]]:
    """Return order files in batches: one query reads the files of a batch."""
    if mode.firsts and not any(file.roles.is_grouped for file in files):
        return [[*batch] for _, batch in groupby(files, key=lambda file: file.batch)]
    batches: dict[object, list[OrderFile]] = {}
    for file in files:
        # Lines that continue an order must not continue one of another file.
        key = file.readable.path if mode.filled and file.roles.is_grouped else file.batch
        batches.setdefault(key, []).append(file)
    return [*batches.values()]


def count_unnamed_lines(files: Sequence[OrderFile], mode: ReadMode) -> str | None:
    """Return the SQL that counts the lines without an order id in files in which several lines are one order.

    Returns None if there are no such files.
    """
    queries: list[str] = []
    for file in files:
        if file.roles.is_grouped:
            reader = Reader([file], mode)
            is_unnamed = f"coalesce({reader.field_text(OrderField.ORDER_ID)}, '') = ''"
            queries.append(f"SELECT count_if({is_unnamed}) AS lines FROM {reader.source()}")
    return f"SELECT sum(lines) FROM ({' UNION ALL '.join(queries)})" if queries else None


def order_query(reader: Reader) -> OrderQuery:
    """Return the writer of the SQL for the orders of a batch: each line is one, or they are grouped."""
    return GroupQuery(reader) if reader.file.roles.is_grouped else OrderQuery(reader)
