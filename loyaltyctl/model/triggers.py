"""Triggers of earning rules: the vendor's activities that earn points, and the apps that report them.

Sources: the table in the introduction of the Earning Rules reference, and for the app ids the
vendor's list of its own apps.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.validation_results import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.intake.values import JsonObject

LOYALTY_APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df"
AUTOMATIONS_APP = "139ef4fa-c108-8f9a-c7be-d5f492a2c939"

_ECOMMERCE = "1380b703-ce81-ff05-f115-39571d94dfcd"
_STORES = "215238eb-22a5-4c36-9e7b-e7c08025e04e"
_BOOKINGS = "13d21c63-b5ec-5912-8397-c3a5ddb27a97"
_EVENTS = "140603ad-af8d-84a5-2c80-a0f60cb47351"
_PRICING_PLANS = "1522827f-c56c-a5c9-2ac9-00f9e6ae12d3"
# In no page of the vendor: the id is taken from public code that calls the API.
_OLD_RESTAURANTS = "13e8d036-5516-6104-b456-c8466db39542"
_RESTAURANTS = "9a5d83fd-8570-482e-81ab-cfa88942ee60"
_MEMBERS = "eb377299-86b4-4a86-a1b5-774a2d1d374b"

# Wix Stores has two ids: the reference gives the first one, live responses the second one.
_SAME_APP = (frozenset({_ECOMMERCE, _STORES}),)


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
    Trigger("Book a session", "bookings/BookingConfirmed", _BOOKINGS, Kind.NON_AUTOMATED, (Method.FIXED,)),
    Trigger("Buy a ticket", "events/OrderConfirmed", _EVENTS, Kind.NON_AUTOMATED, BOTH),
    Trigger("RSVP to an event", "events/Rsvp", _EVENTS, Kind.NON_AUTOMATED, (Method.FIXED,)),
    Trigger("Order a plan", "wix_pricing_plans-plan_purchased", _PRICING_PLANS, Kind.PRE_INSTALLED, BOTH),
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
        _RESTAURANTS,
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


def unknown_trigger_problems(document: JsonObject) -> Iterator[Problem]:
    """Yield a problem if the trigger of a rule is not one of TRIGGERS and its app is not given."""
    # If an app is given, the trigger may be one of a custom automation, which the reference cannot list.
    activity = document.get("triggerActivityType")
    if isinstance(activity, str) and document.get("triggerAppId") is None and activity not in BY_ACTIVITY:
        advice = did_you_mean(activity, BY_ACTIVITY, "give its triggerAppId too", cutoff=0.75)
        yield Problem(("triggerActivityType",), f"{quoted(activity)} is not a known trigger{advice}")
