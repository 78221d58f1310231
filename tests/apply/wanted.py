"""A file that asks for each kind of change, and what a site is once it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.model import desired_rules
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.sample_tiers import GOLD

if TYPE_CHECKING:
    from typing import TypeAlias

    from loyaltyctl.intake.values import Json

Told: TypeAlias = tuple[str, str, str, tuple[tuple[str | None, object, object], ...]]
"""What counts of a rule: trigger, title, status, and what each tier earns."""
NEW = 7
MANY = 101  # two chunks


def rule(title: str, trigger: str, earn: str, **more: Json) -> EarningRule:
    """A rule as a file states it."""
    checked = desired_rules.validate({"title": title, "trigger": trigger, "earn": earn, **more})
    assert checked.draft is not None, checked.problems
    return EarningRule(checked.draft.document)


def wanted(new: int = NEW) -> list[EarningRule]:
    """A file that asks for each kind of change, beside those of --prune."""
    return [
        rule("Purchase a product", "stores/OrderPaid", "3 per 1"),
        rule("Sign up to the site", "wix_members-uou_signs_up", "60 points"),
        rule("RSVP to an event", "events/Rsvp", "10 points"),
        rule("Book a session", "bookings/BookingConfirmed", "100 points", tiers={GOLD: "150 points"}, status="PAUSED"),
        *(rule(f"New {i}", "events/OrderConfirmed", f"{i} points") for i in range(new)),
    ]  # fmt: skip


def made(new: int = NEW) -> list[Told]:
    """What the site is afterwards."""
    return sorted(
        [
            ("stores/OrderPaid", "Purchase a product", "ACTIVE", ((None, 3, 1),)),
            ("wix_members-uou_signs_up", "Sign up to the site", "ACTIVE", ((None, 60, None),)),
            ("events/Rsvp", "RSVP to an event", "ACTIVE", ((None, 10, None),)),
            (
                "bookings/BookingConfirmed",
                "Book a session",
                "PAUSED",
                ((GOLD, 150, None), (None, 100, None)),
            ),
            ("wix_pricing_plans-plan_purchased", "Order a plan", "PAUSED", ((None, 5, 1),)),
            (
                "wix_restaurants_orders-order_submitted",
                "Place a restaurant order (old Wix Restaurants)",
                "PAUSED",
                ((None, 1, 1),),
            ),
            (
                "restaurants-order-is-pending",
                "Place a restaurant order (new Wix Restaurants)",
                "PAUSED",
                ((None, 1, 1),),
            ),
            *(("events/OrderConfirmed", f"New {i}", "ACTIVE", ((None, i, None),)) for i in range(new)),
        ]
    )


WRITES = ["create"] * NEW + ["update"] * 4 + ["pause", "delete", "delete"]
