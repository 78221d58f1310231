"""Look up event types by name, by the end of a name, or by handler."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import did_you_mean, quoted
from loyaltyctl.model.events.catalog import EVENT_TYPES

if TYPE_CHECKING:
    from loyaltyctl.model.events.catalog import EventType

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,199}", re.ASCII)
_OTHER_APP = re.compile(
    r"wix\.[a-z0-9_.-]+_[a-z0-9_]+|com\.[A-Za-z0-9_.-]+_[a-z0-9_]+"
    r"|(App|PaidPlan|Order|Cart|Contact|Member|Booking|Site|Product|Inventory)[A-Z][A-Za-z]+",
    re.ASCII,
)
"""Types of other apps, by domain or in one word: AppInstalled, PaidPlanPurchased."""

NAMES = [word for kind in EVENT_TYPES for word in (kind.name, kind.short, kind.velo) if word]
"""Every name of a type, for suggestions."""


def matching(text: str) -> list[EventType]:
    """Return the types with this name or handler; if there are none, those whose name or handler ends so."""
    if not text:
        return []
    exact = [kind for kind in EVENT_TYPES if text in (kind.name, kind.velo, kind.sdk)]
    return exact or [kind for kind in EVENT_TYPES if kind.name.endswith(f".{text}") or text == kind.handler]


def is_valid(text: str) -> bool:
    """Return whether `text` is a possible event type, or the end of one, of any Wix app."""
    return _TYPE.fullmatch(text) is not None


def is_of_other_app(text: str) -> bool:
    """Return whether `text` is the full name of an event type that is not in the catalog."""
    return _OTHER_APP.fullmatch(text) is not None and not matching(text)


def find(text: str) -> EventType:
    """Return the one type that `text` names. Raises UsageError if there are none or several."""
    found = matching(text)
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(kind.name for kind in found)
        raise UsageError(f"{quoted(text)} is ambiguous: it can be {names}", hint="Give the full name.")
    raise UsageError(
        f"unknown event type {quoted(text)}{did_you_mean(text, NAMES)}",
        hint="List event types with: loyaltyctl events types. Pass an event of another type as a file (-f).",
    )
