"""Selection of the orders of a backtest: files, how they are read, and which orders count."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from loyaltyctl.contract.inputs.order_source import (
        AmountBase,
        AmountUnit,
        DateOrder,
        Decimal,
        Lines,
        OrderSource,
    )
    from loyaltyctl.contract.order_fields import OrderField


class Reading(NamedTuple):
    """Options of the user for reading order files; an option that is None is decided by the files."""

    source: OrderSource | None = None
    """The export that all files are."""
    base: AmountBase | None = None
    """The amount that earns points, where the source has several."""
    lines: Lines | None = None
    """Kind of the lines: orders, or items of orders."""
    decimal: Decimal | None = None
    date_order: DateOrder | None = None
    unit: AmountUnit | None = None
    encoding: str | None = None
    skip_lines: int | None = None
    """The number of lines above the header."""
    records: str | None = None
    """The path of the list of orders in a JSON document."""


class Selection(NamedTuple):
    """Selection of orders: the files to read, the columns that the user chose, and the filters."""

    files: Sequence[str]
    columns: Mapping[OrderField, str] = MappingProxyType({})
    filters: Mapping[OrderField, Sequence[str]] = MappingProxyType({})
    skip_bad: bool = False
    """If true, orders with faults are left out and counted. If false, they are an error."""
    reading: Reading = Reading()
    unused: frozenset[OrderField] = frozenset()
    """Fields that the run does not use: they are not looked for in the later orders of large files."""
    named: Mapping[str, Path] = MappingProxyType({})
    """Files that have a name in `files` instead of their path, such as `standard input`."""
