"""Orders of the vendor's eCommerce API: the fields that count for points, the date, the apps of the lines.

Names, addresses and e-mail addresses of buyers are in no field that is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import timestamps
from loyaltyctl.intake.json_paths import value_at
from loyaltyctl.intake.values import list_or_empty, object_or_empty, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import TypeAlias

    from loyaltyctl.intake.values import Json, JsonObject

    _FieldTree: TypeAlias = "Mapping[str, _FieldTree]"

_KEPT_FIELDS = (
    "id",
    "number",
    "createdDate",
    "purchasedDate",
    "updatedDate",
    "status",
    "paymentStatus",
    "fulfillmentStatus",
    "currency",
    "priceSummary.subtotal.amount",
    "priceSummary.shipping.amount",
    "priceSummary.tax.amount",
    "priceSummary.discount.amount",
    "priceSummary.totalAdditionalFees.amount",
    "priceSummary.total.amount",
    "balanceSummary.paid.amount",
    "balanceSummary.refunded.amount",
    "buyerInfo.contactId",
    "buyerInfo.memberId",
    "buyerInfo.visitorId",
    "channelInfo.type",
    "imported",
    "archived",
    "lineItems.catalogReference.appId",
)
"""Paths of the fields of an order that `reduced_order` keeps; a list adds no step."""


def reduced_order(order: JsonObject) -> JsonObject:
    """Return a new order with the fields that count for points, without personal data.

    Raises InvalidData for a decimal number: the vendor writes amounts of money as text, which is exact.
    """
    kept = _reduced_value(order, _KEPT_TREE, "order")
    return object_or_empty(kept)


def order_date(order: JsonObject) -> datetime | None:
    """Return the date of an order: its purchase, or else its creation; None if neither is a timestamp."""
    # Some orders have no date of purchase. Imported ones have that of the original order.
    texts = (order.get("purchasedDate"), order.get("createdDate"))
    dates = (timestamps.parse(text) for text in texts if isinstance(text, str))
    return next((date for date in dates if date is not None), None)


def order_apps(order: JsonObject) -> list[str]:
    """Return the app ids of an order's lines, one for each line; empty text for a line without an app."""
    lines = (object_or_empty(line) for line in list_or_empty(order.get("lineItems")))
    ids = (value_at(line, "catalogReference.appId") for line in lines)
    return [app if isinstance(app, str) else "" for app in ids]


def _field_tree(paths: Sequence[str]) -> _FieldTree:
    """Return paths of an order's fields as nested mappings; a field without members is empty."""
    members: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition(".")
        members.setdefault(name, []).extend([rest] if rest else [])
    return {name: _field_tree(rest) for name, rest in members.items()}


def _reduced_value(value: Json, fields: _FieldTree, path: str) -> Json:
    """Return the kept part of a value in an order; `path` names the value in errors."""
    if isinstance(value, list):
        return [_reduced_value(item, fields, path) for item in value]
    if isinstance(value, dict):
        present = ((name, part) for name, part in fields.items() if name in value)
        return {name: _reduced_value(value[name], part, f"{path}.{name}") for name, part in present}
    if fields:  # a scalar in place of an object, which could be anything
        return None
    if isinstance(value, float):
        raise InvalidData(
            f"{path} must be a text, got the number {quoted(value)}, which may be inexact",
            hint="Export the orders from the dashboard, and run: loyaltyctl points backtest FILE",
        )
    return value


_KEPT_TREE = _field_tree(_KEPT_FIELDS)
