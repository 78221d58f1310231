"""Selection of the orders of a backtest: files, columns and filters."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.contract.order_fields import OrderField


class Selection(NamedTuple):
    """Orders to read for a backtest: files, the columns chosen for their fields, and filters on fields."""

    files: Sequence[str]
    columns: Mapping[OrderField, str] = MappingProxyType({})
    filters: Mapping[OrderField, Sequence[str]] = MappingProxyType({})
    skip_bad: bool = False
    """If true, unreadable and repeated orders are left out and counted; else they are an error."""
