"""Order events and find duplicates: keys of events and entities, and the later of two events."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.events.event import Event

Key: TypeAlias = "tuple[str, str]"


def dedupe_key(type_: str, event_id: str, content: Json) -> Key:
    """Return the key by which duplicates are found before events are ordered: the event's type and ID.

    Without an ID, the key is the type and the hash of `content`, the event's token or JSON.
    """
    # The ID alone is not enough: the vendor's examples of three event types share one.
    if event_id:
        return type_, event_id
    # JSON may contain lone surrogates, which plain UTF-8 cannot encode.
    text = content if isinstance(content, str) else json.dumps(content)
    return type_, f"sha256 {sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def entity_key(event: Event) -> Key | None:
    """Return the key of the entity whose events are ordered: the entity's domain name and ID.

    Returns None if the event has no entityId.
    """
    return (event.entity_fqdn, event.entity_id) if event.entity_id else None


def is_later(event: Event, other: Event) -> bool:
    """Order two events of one entity: return whether `event` is at least as late as `other`.

    Compares the sequences, then the event times, then the revisions of the entity. Velo's events have
    no sequence.
    """
    if event.sequence is not None and other.sequence is not None and event.sequence != other.sequence:
        return event.sequence > other.sequence
    if event.timestamp is not None and other.timestamp is not None and event.timestamp != other.timestamp:
        return event.timestamp > other.timestamp
    # >=, not >: of two equally late events, the one received later counts as later.
    return event.revision >= other.revision
