"""Selection of orders: files, columns and filters."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.contract.order_fields import OrderField


class Selection(NamedTuple):
    """Orders to read: files, the columns given for their fields, and values that fields must have."""

    files: Sequence[str]
    columns: Mapping[OrderField, str] = MappingProxyType({})
    filters: Mapping[OrderField, Sequence[str]] = MappingProxyType({})
    skip_bad: bool = False
    """If true, unreadable and repeated orders are left out and counted, instead of an error."""
