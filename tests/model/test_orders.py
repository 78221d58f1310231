"""Orders of the vendor: the kept fields, the date, the apps of the lines, and the search for a period."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from loyaltyctl.errors import InvalidData
from loyaltyctl.model.order_search import OrderSearch, OrderStatus
from loyaltyctl.model.orders import order_apps, order_date, reduced_order
from loyaltyctl.model.triggers import (
    BOOKINGS_APP,
    EVENTS_APP,
    PRICING_PLANS_APP,
    RESTAURANTS_APP,
    STORES_APP,
    trigger_of_apps,
)

JANUARY, FEBRUARY = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)
OTHER_STORES = "1380b703-ce81-ff05-f115-39571d94dfcd"


def price(amount: str) -> dict[str, str]:
    return {"amount": amount, "formattedAmount": f"${amount}"}


def test_only_fields_that_count_are_kept() -> None:
    order: Any = {
        "id": "a",
        "number": "10001",
        "priceSummary": {"total": price("12.50"), "subtotal": price("10.00"), "unknown": price("1.00")},
        "balanceSummary": {"paid": price("12.50"), "balance": price("0.00")},
        "buyerInfo": {"contactId": "c", "email": "ann@example.com"},
        "billingInfo": {"contactDetails": {"firstName": "Ann"}},
        "channelInfo": {"type": "WEB", "externalOrderUrl": "https://example.com/1"},
        "lineItems": [
            {"catalogReference": {"appId": "x", "catalogItemId": "y"}, "productName": {"original": "Mug"}}
        ],
        "buyerNote": "Ring twice",
    }

    assert reduced_order(order) == {
        "id": "a",
        "number": "10001",
        "priceSummary": {"subtotal": {"amount": "10.00"}, "total": {"amount": "12.50"}},
        "balanceSummary": {"paid": {"amount": "12.50"}},
        "buyerInfo": {"contactId": "c"},
        "channelInfo": {"type": "WEB"},
        "lineItems": [{"catalogReference": {"appId": "x"}}],
    }


@pytest.mark.parametrize(
    "value", ["ann@example.com", {"email": "ann@example.com"}, ["ann@example.com"], [["ann@example.com"]]]
)
@pytest.mark.parametrize("name", ["buyerInfo", "channelInfo", "lineItems", "priceSummary"])
def test_a_value_of_another_type_never_passes_a_text_on(name: str, value: Any) -> None:
    assert "@" not in json.dumps(reduced_order({name: value}))


def test_an_amount_that_is_a_decimal_number_is_refused() -> None:
    order: Any = {"priceSummary": {"total": {"amount": 0.1}}}

    with pytest.raises(
        InvalidData, match=r"order\.priceSummary\.total\.amount must be a text, got the number 0\.1"
    ):
        reduced_order(order)


@pytest.mark.parametrize(("order", "date"), [
    ({"purchasedDate": "2025-01-01T00:00:00.000Z", "createdDate": "2025-02-01T00:00:00.000Z"}, JANUARY),
    ({"purchasedDate": None, "createdDate": "2025-02-01T00:00:00.000Z"}, FEBRUARY), ({"createdDate": "2025-01-01T01:00:00+01:00"}, JANUARY),
    ({"purchasedDate": "soon", "createdDate": "2025-02-01T00:00:00Z"}, FEBRUARY), ({"purchasedDate": 5}, None), ({}, None),
])  # fmt: skip
def test_the_date_is_that_of_purchase_or_else_of_creation(order: Any, date: datetime | None) -> None:
    assert order_date(order) == date


@pytest.mark.parametrize(("apps", "trigger"), [
    ([STORES_APP], "stores/OrderPaid"), ([STORES_APP.upper(), OTHER_STORES], "stores/OrderPaid"), ([EVENTS_APP] * 2, "events/OrderConfirmed"),
    ([BOOKINGS_APP], "bookings/BookingConfirmed"), ([PRICING_PLANS_APP], "wix_pricing_plans-plan_purchased"), ([RESTAURANTS_APP], "restaurants-order-is-pending"),
    ([STORES_APP, EVENTS_APP], None), ([STORES_APP, "other"], None), (["other"], None), ([""], None), ([], None),
])  # fmt: skip
def test_the_apps_of_the_lines_tell_the_trigger(apps: list[str], trigger: str | None) -> None:
    assert trigger_of_apps(apps) == trigger


def test_a_line_without_an_app_has_an_empty_one() -> None:
    lines: Any = [{"catalogReference": {"appId": "x"}}, {"catalogReference": None}, {}, 5]

    assert order_apps({"lineItems": lines}) == ["x", "", "", ""]
    assert order_apps({}) == []


@pytest.mark.parametrize(("search", "filter_"), [
    (OrderSearch(), {}),
    (OrderSearch(statuses=(OrderStatus.CANCELED,)), {"$and": [{"status": {"$in": ["CANCELED"]}}]}),
    (OrderSearch(JANUARY), {"$and": [{"$or": [{"$and": [{"purchasedDate": {"$gte": "2025-01-01T00:00:00.000Z"}}]}, {"$and": [{"createdDate": {"$gte": "2025-01-01T00:00:00.000Z"}}]}]}]}),
    (OrderSearch(None, FEBRUARY, (OrderStatus.APPROVED, OrderStatus.PENDING)), {"$and": [
        {"$or": [{"$and": [{"purchasedDate": {"$lt": "2025-02-01T00:00:00.000Z"}}]}, {"$and": [{"createdDate": {"$lt": "2025-02-01T00:00:00.000Z"}}]}]},
        {"status": {"$in": ["APPROVED", "PENDING"]}},
    ]}),
])  # fmt: skip
def test_a_search_is_a_filter_with_one_operator_a_field(search: OrderSearch, filter_: Any) -> None:
    assert search.filter() == filter_


@pytest.mark.parametrize(("purchased", "created", "inside"), [
    ("2025-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z", True), ("2025-01-31T23:59:59.999Z", None, True), ("2025-02-01T00:00:00.000Z", "2025-01-05T00:00:00.000Z", False),
    ("2024-12-31T23:59:59.999Z", "2025-01-05T00:00:00.000Z", False), (None, "2025-01-05T00:00:00.000Z", True), (None, "2025-02-05T00:00:00.000Z", False), (None, None, True),
])  # fmt: skip
def test_the_date_of_an_order_decides_if_it_is_in_the_period(
    purchased: str | None, created: str | None, inside: bool
) -> None:
    assert (
        OrderSearch(JANUARY, FEBRUARY).contains({"purchasedDate": purchased, "createdDate": created})
        is inside
    )
