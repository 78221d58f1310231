"""Types of events by what people call them: their names, the ends of these, and their handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import meant, quoted
from loyaltyctl.model.events.catalogue import EVENT_TYPES

if TYPE_CHECKING:
    from loyaltyctl.model.events.catalogue import EventType

NAMES = [word for kind in EVENT_TYPES for word in (kind.name, kind.short, kind.velo) if word]
"""What people call the types."""


def matching(text: str) -> list[EventType]:
    """The types that have this name, or failing that an end of it, or a handler of this name."""
    if not text:
        return []
    exact = [kind for kind in EVENT_TYPES if text in (kind.name, kind.velo, kind.sdk)]
    return exact or [kind for kind in EVENT_TYPES if kind.name.endswith(f".{text}") or text == kind.handler]


def find(text: str) -> EventType:
    """The one type that `text` names. Raises UsageError where it is none, or one of several."""
    found = matching(text)
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{quoted(text)} can be {' or '.join(kind.name for kind in found)}", hint="Give the whole name."
        )
    hint = "List them with: loyaltyctl events types"
    raise UsageError(f"there is no event type {quoted(text)}{meant(text, NAMES)}", hint=hint)
