"""Which of many events count: of some types, since a time, once each, the latest of an entity."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.events.event import Event

Key: TypeAlias = "tuple[str, str]"


def key(event: Event) -> Key | None:
    """What two deliveries of one event share: its type and its id. None where it has no id.

    The id alone will not do: published examples of three types have the same.
    """
    return (event.type, event.id) if event.id else None


def key_of_bytes(type_: str, value: Json) -> Key:
    """The same for an event without an id: its type and the hash of a token, or of a JSON value."""
    text = value if isinstance(value, str) else json.dumps(value)
    return type_, f"sha256 {sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def about(event: Event) -> tuple[str, str] | None:
    """The entity that an event is about, where it says so."""
    return (event.entity_fqdn, event.entity_id) if event.entity_id else None


def is_later(event: Event, other: Event) -> bool:
    """Whether `event` is later than `other`, or as late, for the same entity.

    By their sequences, as numbers; where one has none, or they are equal, by their times,
    and then by the revisions of the entity.
    """
    if event.sequence is not None and other.sequence is not None and event.sequence != other.sequence:
        return event.sequence > other.sequence
    if event.moment is not None and other.moment is not None and event.moment != other.moment:
        return event.moment > other.moment
    return event.revision >= other.revision
