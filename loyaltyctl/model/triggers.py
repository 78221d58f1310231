"""Triggers of earning rules: the vendor's activities that earn points, and the apps that report them.

Sources: the table in the introduction of the Earning Rules reference, and for the app ids the
vendor's list of its own apps.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.validation_results import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from loyaltyctl.intake.values import JsonObject

LOYALTY_APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df"
AUTOMATIONS_APP = "139ef4fa-c108-8f9a-c7be-d5f492a2c939"

_ECOMMERCE = "1380b703-ce81-ff05-f115-39571d94dfcd"
STORES_APP = "215238eb-22a5-4c36-9e7b-e7c08025e04e"
BOOKINGS_APP = "13d21c63-b5ec-5912-8397-c3a5ddb27a97"
EVENTS_APP = "140603ad-af8d-84a5-2c80-a0f60cb47351"
PRICING_PLANS_APP = "1522827f-c56c-a5c9-2ac9-00f9e6ae12d3"
# In no page of the vendor: the id is taken from public code that calls the API.
_OLD_RESTAURANTS = "13e8d036-5516-6104-b456-c8466db39542"
RESTAURANTS_APP = "9a5d83fd-8570-482e-81ab-cfa88942ee60"
_MEMBERS = "eb377299-86b4-4a86-a1b5-774a2d1d374b"

# Wix Stores has two ids: the reference gives the first one, live responses the second one.
_SAME_APP = (frozenset({_ECOMMERCE, STORES_APP}),)


class Kind(StrEnum):
    """Kind of the rules for a trigger: which app manages the rules, and so what the API permits."""

    NON_AUTOMATED = "non-automated"
    """Created with this API, for a fixed list of triggers."""
    CUSTOM = "custom"
    """Created in Wix Automations by the site owner: returned by List only, deleted by its own method."""
    PRE_INSTALLED = "pre-installed"
    """Installed with a business solution: can be paused, not deleted."""


class Method(StrEnum):
    """Award method that a trigger may permit: a fixed amount, or a conversion rate."""

    FIXED = "fixed"
    RATE = "rate"


BOTH = (Method.FIXED, Method.RATE)


class Trigger(NamedTuple):
    """Trigger of earning rules: an activity, the app that reports it, and the permitted award methods."""

    title: str
    activity_type: str
    app_id: str
    kind: Kind
    methods: tuple[Method, ...]

    def apps(self) -> frozenset[str]:
        """Return all ids of the app that reports the trigger: two ids for Wix Stores, one for other apps."""
        return same_app(self.app_id)


TRIGGERS = (
    Trigger("Purchase a product", "stores/OrderPaid", _ECOMMERCE, Kind.NON_AUTOMATED, BOTH),
    Trigger("Book a session", "bookings/BookingConfirmed", BOOKINGS_APP, Kind.NON_AUTOMATED, (Method.FIXED,)),
    Trigger("Buy a ticket", "events/OrderConfirmed", EVENTS_APP, Kind.NON_AUTOMATED, BOTH),
    Trigger("RSVP to an event", "events/Rsvp", EVENTS_APP, Kind.NON_AUTOMATED, (Method.FIXED,)),
    Trigger("Order a plan", "wix_pricing_plans-plan_purchased", PRICING_PLANS_APP, Kind.PRE_INSTALLED, BOTH),
    Trigger(
        "Place a restaurant order (old Wix Restaurants)",
        "wix_restaurants_orders-order_submitted",
        _OLD_RESTAURANTS,
        Kind.PRE_INSTALLED,
        (Method.RATE,),
    ),
    Trigger(
        "Place a restaurant order (new Wix Restaurants)",
        "restaurants-order-is-pending",
        RESTAURANTS_APP,
        Kind.PRE_INSTALLED,
        (Method.RATE,),
    ),
    # Not in the introduction's table, but in the example of the object page.
    Trigger("Sign up to the site", "wix_members-uou_signs_up", _MEMBERS, Kind.PRE_INSTALLED, (Method.FIXED,)),
)

BY_ACTIVITY = {trigger.activity_type: trigger for trigger in TRIGGERS}


def same_app(app_id: str) -> frozenset[str]:
    """Return all ids of an app that reports triggers: two ids for Wix Stores, one for other apps."""
    return next((ids for ids in _SAME_APP if app_id.lower() in ids), frozenset({app_id}))


_ORDER_TRIGGERS = (
    "stores/OrderPaid",
    "bookings/BookingConfirmed",
    "events/OrderConfirmed",
    "wix_pricing_plans-plan_purchased",
    "restaurants-order-is-pending",
)
# An RSVP and a sign-up are no orders, and orders of the old Wix Restaurants are not in the Orders API.
TRIGGER_BY_APP: Mapping[str, str] = MappingProxyType({
    app: activity for activity in _ORDER_TRIGGERS for app in sorted(BY_ACTIVITY[activity].apps())
})  # fmt: skip
"""Triggers of orders in the Orders API, by the id of the app whose items the order contains."""


def trigger_of_apps(apps: Iterable[str]) -> str | None:
    """Return the trigger of an order whose lines have these app ids.

    None if the lines belong to different triggers, if one has an app that is not in TRIGGER_BY_APP, or if
    there are no lines.
    """
    triggers = {TRIGGER_BY_APP.get(app.lower()) for app in apps}
    return triggers.pop() if len(triggers) == 1 else None


def unknown_trigger_problems(document: JsonObject) -> Iterator[Problem]:
    """Yield a problem if the trigger of a rule is not one of TRIGGERS and its app is not given."""
    # If an app is given, the trigger may be one of a custom automation, which the reference cannot list.
    activity = document.get("triggerActivityType")
    if isinstance(activity, str) and document.get("triggerAppId") is None and activity not in BY_ACTIVITY:
        advice = did_you_mean(activity, BY_ACTIVITY, "give its triggerAppId too", cutoff=0.75)
        yield Problem(("triggerActivityType",), f"{quoted(activity)} is not a known trigger{advice}")
