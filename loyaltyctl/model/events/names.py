"""Types of events by what people call them: their names, the ends of these, and their handlers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import did_you_mean, quoted
from loyaltyctl.model.events.catalogue import EVENT_TYPES

if TYPE_CHECKING:
    from loyaltyctl.model.events.catalogue import EventType

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,199}", re.ASCII)
_FOREIGN = re.compile(
    r"wix\.[a-z0-9_.-]+_[a-z0-9_]+|com\.[A-Za-z0-9_.-]+_[a-z0-9_]+"
    r"|(App|PaidPlan|Order|Cart|Contact|Member|Booking|Site|Product|Inventory)[A-Z][A-Za-z]+",
    re.ASCII,
)
"""Types of other apps: by their domain, or in one word, as AppInstalled and PaidPlanPurchased."""

NAMES = [word for kind in EVENT_TYPES for word in (kind.name, kind.short, kind.velo) if word]
"""What people call the types."""


def matching(text: str) -> list[EventType]:
    """The types that have this name, or failing that an end of it, or a handler of this name."""
    if not text:
        return []
    exact = [kind for kind in EVENT_TYPES if text in (kind.name, kind.velo, kind.sdk)]
    return exact or [kind for kind in EVENT_TYPES if kind.name.endswith(f".{text}") or text == kind.handler]


def is_type(text: str) -> bool:
    """Whether `text` can be a type of events, or the end of one, of whichever app of the vendor's."""
    return _TYPE.fullmatch(text) is not None


def is_foreign(text: str) -> bool:
    """Whether `text` is the whole name of a type that is not one of loyalty's."""
    return _FOREIGN.fullmatch(text) is not None and not matching(text)


def find(text: str) -> EventType:
    """The one type that `text` names. Raises UsageError where it is none, or one of several."""
    found = matching(text)
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{quoted(text)} can be {' or '.join(kind.name for kind in found)}", hint="Give the whole name."
        )
    hint = "List them with: loyaltyctl events types. An event of another type is taken from a file (-f)."
    raise UsageError(f"there is no event type {quoted(text)}{did_you_mean(text, NAMES)}", hint=hint)
