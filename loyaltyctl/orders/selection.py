"""Selection of the orders of a backtest: files, columns and filters."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.contract.order_fields import OrderField


class Selection(NamedTuple):
    """Selection of orders: the files to read, the columns that the user chose, and the filters."""

    files: Sequence[str]
    columns: Mapping[OrderField, str] = MappingProxyType({})
    filters: Mapping[OrderField, Sequence[str]] = MappingProxyType({})
    skip_bad: bool = False
    """If true, orders with faults are left out and counted. If false, they are an error."""
