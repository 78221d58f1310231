"""Seeded orders of the sandbox: those of the year 2025, the same on every site and in every run.

All buyers, products and amounts are made up. Each order is computed from its place in the year alone. The
orders have what real ones have and an evaluation must handle: all statuses, refunds, guests, imported and
archived orders, orders without a date of purchase, with lines of two apps, or of an app without a trigger.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from loyaltyctl.intake import timestamps
from loyaltyctl.model.triggers import (
    BOOKINGS_APP,
    EVENTS_APP,
    PRICING_PLANS_APP,
    RESTAURANTS_APP,
    STORES_APP,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from loyaltyctl.intake.values import Json, JsonObject

    Draw: TypeAlias = Callable[[], float]
    """Function that returns the next random number of an order, from 0 to 1."""

T = TypeVar("T")

COUNT = 2_000
"""Number of seeded orders, including those that were never placed."""
_START = datetime(2025, 1, 1, tzinfo=UTC)
_YEAR = timedelta(days=365)
_FIRST_NUMBER = 10_001
_BUYERS = 300
_FREE_SHIPPING = 10_000
"""Subtotal in cents from which a shop of the seeds ships for free."""
_NAMESPACE = uuid.UUID("5a1f0f6e-6c7b-4a7e-9d58-2f6d1c0b9e34")
_OTHER_APP = "7f2d1c9a-4b3e-4d6f-8a1b-0c9d8e7f6a5b"
"""App without a trigger: its id is made up."""

_PRODUCTS: dict[str, tuple[tuple[str, int], ...]] = {
    STORES_APP: (("Mug", 1_250), ("Notebook", 899), ("Backpack", 7_900), ("Poster", 1_999), ("Lamp", 12_480)),
    RESTAURANTS_APP: (("Soup", 690), ("Pasta", 1_450), ("Lemonade", 380), ("Cake", 525)),
    EVENTS_APP: (("Concert ticket", 3_500), ("Workshop ticket", 8_900)),
    BOOKINGS_APP: (("Yoga class", 1_800), ("Massage", 6_500)),
    PRICING_PLANS_APP: (("Monthly plan", 2_900), ("Annual plan", 29_000)),
    _OTHER_APP: (("Gift wrapping", 450),),
}
"""Products of each app, with their prices in cents."""
_APPS = (
    (50, (STORES_APP,)),
    (15, (RESTAURANTS_APP,)),
    (12, (EVENTS_APP,)),
    (10, (BOOKINGS_APP,)),
    (8, (PRICING_PLANS_APP,)),
    (2, (STORES_APP, BOOKINGS_APP)),
    (1, (STORES_APP, _OTHER_APP)),
    (2, (_OTHER_APP,)),
)
"""Apps of the lines of an order, each after its percentage of the orders; so are the tables below."""
_STATUSES = ((92, "APPROVED"), (4, "CANCELED"), (2, "PENDING"), (1, "REJECTED"), (1, "INITIALIZED"))
_PAYMENT_STATUSES = (
    (80, "PAID"),
    (5, "NOT_PAID"),
    (2, "PARTIALLY_PAID"),
    (4, "PARTIALLY_REFUNDED"),
    (3, "FULLY_REFUNDED"),
    (2, "PENDING"),
    (1, "PENDING_MERCHANT"),
    (1, "CANCELED"),
    (1, "DECLINED"),
    (1, "UNSPECIFIED"),
)
_FULFILLMENT_STATUSES = ((70, "FULFILLED"), (25, "NOT_FULFILLED"), (5, "PARTIALLY_FULFILLED"))
_CHANNELS = ((85, "WEB"), (10, "POS"), (5, "BACKOFFICE_MERCHANT"))
_DISCOUNTS = ((80, 0), (18, 10), (2, 100))
"""Discount in percent."""
_PAID_PERCENT = {"PAID": 100, "PARTIALLY_PAID": 50, "PARTIALLY_REFUNDED": 100, "FULLY_REFUNDED": 100}
_REFUNDED_PERCENT = {"PARTIALLY_REFUNDED": 25, "FULLY_REFUNDED": 100}


class _Line(NamedTuple):
    """Line of a seeded order: a product of an app; `price` is that of one item, in cents."""

    app: str
    product: str
    price: int
    quantity: int


@cache
def seed_orders() -> tuple[JsonObject, ...]:
    """Return the seeded orders of the sandbox, the oldest first. They are shared: do not change them."""
    return tuple(_seed_order(index) for index in range(COUNT))


def _seed_order(index: int) -> JsonObject:
    """Return the seeded order at this place in the year, as Search Orders returns it."""
    # Python guarantees the sequence of random() for a seed in every version; not that of choice().
    draw = Random(index).random  # noqa: S311 - no secret: the orders are to be the same in every run
    created = _START + _YEAR * ((index + draw()) / COUNT)
    lines = [line for app in _pick(draw, _APPS) for line in _lines(draw, app)]
    imported = draw() < 0.03  # noqa: PLR2004 - a share of the orders, as below
    status, payment = _pick(draw, _STATUSES), _pick(draw, _PAYMENT_STATUSES)
    prices = _prices(draw, lines)
    channel: JsonObject = {"type": "OTHER_PLATFORM" if imported else _pick(draw, _CHANNELS)}
    items: list[Json] = [_line_item(index, place, line) for place, line in enumerate(lines, 1)]
    return {
        "id": _id(f"order {index}"),
        "number": str(_FIRST_NUMBER + index),
        "createdDate": timestamps.format_utc(created),
        "updatedDate": timestamps.format_utc(created + timedelta(days=5 * draw())),
        "purchasedDate": _purchased(draw, created, imported=imported),
        "status": status,
        "paymentStatus": payment,
        "fulfillmentStatus": _pick(draw, _FULFILLMENT_STATUSES),
        "currency": "USD",
        "taxIncludedInPrices": False,
        "priceSummary": {name: _price(cents) for name, cents in prices.items()},
        "balanceSummary": _balance(prices["total"], payment),
        **_buyer(draw),
        "channelInfo": channel,
        "archived": draw() < 0.1,  # noqa: PLR2004
        "imported": imported,
        "lineItems": items,
    }


def _pick(draw: Draw, table: Sequence[tuple[int, T]]) -> T:
    """Return a value for an order from a table of percentages and values."""
    left = draw() * sum(percent for percent, _ in table)
    for percent, value in table:
        left -= percent
        if left < 0:
            return value
    return table[-1][1]


def _id(name: str) -> str:
    """Return the GUID of a thing in the seeded orders, always the same for the same name."""
    return str(uuid.uuid5(_NAMESPACE, name))


def _lines(draw: Draw, app: str) -> list[_Line]:
    """Return one to three lines of an order with products of an app."""
    products = _PRODUCTS[app]
    chosen = [products[int(draw() * len(products))] for _ in range(1 + int(draw() * 3))]
    return [_Line(app, name, price, 1 + int(draw() * 2)) for name, price in dict.fromkeys(chosen)]


def _line_item(index: int, place: int, line: _Line) -> JsonObject:
    """Return the JSON of a line at this place in the seeded order `index`."""
    return {
        "id": f"00000000-0000-0000-0000-{place:012}",
        "productName": {"original": line.product},
        "catalogReference": {"appId": line.app, "catalogItemId": _id(f"product {line.product}")},
        "quantity": line.quantity,
        "price": _price(line.price),
        "lineItemPrice": _price(line.price * line.quantity),
        "checkoutLineItemId": _id(f"checkout {index} {place}"),
    }


def _prices(draw: Draw, lines: Sequence[_Line]) -> dict[str, int]:
    """Return the price summary of a seeded order in cents."""
    subtotal = sum(line.price * line.quantity for line in lines)
    discount = subtotal * _pick(draw, _DISCOUNTS) // 100
    ships = any(line.app == STORES_APP for line in lines) and subtotal < _FREE_SHIPPING
    shipping = 500 if ships else 0
    tax = ((subtotal - discount) * 8 + 50) // 100
    return {
        "subtotal": subtotal,
        "shipping": shipping,
        "tax": tax,
        "discount": discount,
        "totalAdditionalFees": 0,
        "total": subtotal + shipping + tax - discount,
    }


def _price(cents: int) -> JsonObject:
    """Return the JSON of an amount of money in a seeded order."""
    amount = f"{cents // 100}.{cents % 100:02}"
    return {"amount": amount, "formattedAmount": f"${amount}"}


def _balance(total: int, payment_status: str) -> JsonObject:
    """Return the balance summary of a seeded order whose total is in cents."""
    paid = total * _PAID_PERCENT.get(payment_status, 0) // 100
    refunded = total * _REFUNDED_PERCENT.get(payment_status, 0) // 100
    return {"balance": _price(total - paid), "paid": _price(paid), "refunded": _price(refunded)}


def _purchased(draw: Draw, created: datetime, *, imported: bool) -> str | None:
    """Return the date of purchase of a seeded order; None for some orders.

    An imported order was purchased up to 400 days before it was created here.
    """
    if draw() < 0.08:  # noqa: PLR2004 - a share of the orders
        return None
    before = timedelta(days=400 * draw()) if imported else timedelta(0)
    return timestamps.format_utc(created - before)


def _buyer(draw: Draw) -> JsonObject:
    """Return the members of a seeded order about its buyer: a member of the site, or a guest."""
    # The square makes some buyers regulars.
    number = int(draw() ** 2 * _BUYERS)
    is_guest = number % 3 == 2  # noqa: PLR2004 - every third buyer
    kind = "visitorId" if is_guest else "memberId"
    email = f"buyer{number}@example.com"
    contact: JsonObject = {"firstName": "Buyer", "lastName": f"Number{number}"}
    address: JsonObject = {"country": "US", "addressLine": f"{number} Example Street"}
    return {
        "buyerInfo": {"contactId": _id(f"contact {number}"), kind: _id(f"buyer {number}"), "email": email},
        "billingInfo": {"contactDetails": contact, "address": address},
    }
