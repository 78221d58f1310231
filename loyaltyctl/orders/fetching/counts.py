"""Counts of fetched orders: by month, by trigger, and those whose trigger the apps do not tell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from loyaltyctl.intake import timestamps
from loyaltyctl.model.orders import order_apps, order_date
from loyaltyctl.model.triggers import trigger_of_apps

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject


class OrderCounts:
    """Counts of fetched orders, kept up to date while orders are added."""

    def __init__(self) -> None:
        """Start with no orders."""
        self.orders = 0
        self.months: Counter[str] = Counter()
        """Number of orders by month in UTC, such as 2025-01."""
        self.triggers: Counter[str] = Counter()
        """Number of orders by trigger, for orders whose lines have one trigger."""
        self.several_apps = 0
        """Number of orders with lines of apps that do not have the same trigger."""
        self.unknown_apps = 0
        """Number of orders whose lines have only apps without a trigger, or that have no lines."""

    def describe_orders(self) -> str:
        """Return the number of orders in words, such as `1,868 orders`."""
        return f"{self.orders:,} {'order' if self.orders == 1 else 'orders'}"

    def add(self, order: JsonObject) -> None:
        """Count a fetched order."""
        self.orders += 1
        if date := order_date(order):
            self.months[timestamps.format_utc(date)[: len("2025-01")]] += 1
        apps = order_apps(order)
        if trigger := trigger_of_apps(apps):
            self.triggers[trigger] += 1
        elif any(trigger_of_apps([app]) for app in apps):
            self.several_apps += 1
        else:
            self.unknown_apps += 1
