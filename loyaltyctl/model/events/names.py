"""Names of event types: look up a type by full name, by the end of the name, or by handler name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.events.catalog import EVENT_TYPES

if TYPE_CHECKING:
    from loyaltyctl.model.events.catalog import EventType

_TYPE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,199}", re.ASCII)
_OTHER_APP_TYPE = re.compile(
    r"wix\.[a-z0-9_.-]+_[a-z0-9_]+|com\.[A-Za-z0-9_.-]+_[a-z0-9_]+"
    r"|(App|PaidPlan|Order|Cart|Contact|Member|Booking|Site|Product|Inventory)[A-Z][A-Za-z]+",
    re.ASCII,
)
"""Event types of other Wix apps: full names, and one-word names such as AppInstalled, PaidPlanPurchased."""

NAMES = [word for kind in EVENT_TYPES for word in (kind.name, kind.short, kind.velo) if word]
"""All names of event types and Velo handlers, for suggestions."""


def matching_event_types(text: str) -> list[EventType]:
    """Return the event types whose full name, Velo handler or SDK handler is `text`.

    If there are none, also match the end of the name, such as `coupon_created`, and the SDK handler without
    its package, such as `onCouponCreated`.
    """
    if not text:
        return []
    exact = [kind for kind in EVENT_TYPES if text in (kind.name, kind.velo, kind.sdk)]
    return exact or [kind for kind in EVENT_TYPES if kind.name.endswith(f".{text}") or text == kind.handler]


def is_valid_type_name(text: str) -> bool:
    """Return whether `text` could be the name of an event type of any Wix app, or the end of such a name."""
    return _TYPE_NAME.fullmatch(text) is not None


def is_of_other_app(text: str) -> bool:
    """Return whether `text` looks like the name of an event type of an app that is not in the catalog."""
    return _OTHER_APP_TYPE.fullmatch(text) is not None and not matching_event_types(text)


def find_event_type(text: str) -> EventType:
    """Return the one event type that a name means: its full name, the end of it, or a handler name.

    Raises UsageError if the name is unknown, or if it means several types.
    """
    found = matching_event_types(text)
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(kind.name for kind in found)
        raise UsageError(f"{quoted(text)} is ambiguous: it can be {names}", hint="Give the full name.")
    raise UsageError(
        f"unknown event type {quoted(text)}{did_you_mean(text, NAMES)}",
        hint="List event types with: loyaltyctl events types. Pass an event of another type as a file (-f).",
    )
