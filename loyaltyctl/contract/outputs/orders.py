"""Outputs of `orders`: what was fetched."""

from __future__ import annotations

from typing import Annotated, NamedTuple


class OrdersOfTrigger(NamedTuple):
    """Number of fetched orders with one trigger."""

    trigger: Annotated[str, "The trigger, such as stores/OrderPaid."]
    orders: Annotated[int, "The number of orders."]


class OrdersFetched(NamedTuple):
    """File of orders that was fetched from a site (orders fetch)."""

    file: Annotated[str, "The file."]
    orders: Annotated[int, "The number of orders in it."]
    first_month: Annotated[str | None, "The first month of the orders, such as 2025-01; null without any."]
    last_month: Annotated[str | None, "The last month of the orders; null without any."]
    triggers: Annotated[list[OrdersOfTrigger], "The orders by trigger, the most frequent first."]
    several_apps: Annotated[
        int, "The number of orders with lines of apps that do not have the same trigger; they need --trigger."
    ]
    unknown_apps: Annotated[
        int, "The number of orders whose lines have no app with a trigger; they need --trigger."
    ]
    continued: Annotated[bool, "Whether an earlier, interrupted fetch was continued."]
