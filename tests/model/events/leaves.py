"""Leaf values of an event document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loyaltyctl.model.events.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterator


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaf values of an object with their paths; list indexes count from 0."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, item in steps:
        if isinstance(item, dict | list) and item:
            yield from leaves(item, f"{path}{step}.")
        else:
            yield f"{path}{step}", item


def without_indexes(path: str) -> str:
    """Return a path without list indexes, as fields have it."""
    return ".".join(step for step in path.split(".") if not step.isdecimal())


def document_leaves(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the leaf values of a document by field paths: entity and action outside of the event."""
    event = Event(document["event"])
    assert event.kind
    about = {"entity": event.entity, "action": {} if event.kind.entity_member else event.action}
    if event.kind.entity_member and event.action:
        about["action"] = {
            name: item for name, item in event.action.items() if name != event.kind.entity_member
        }
    head = {name: item for name, item in document["event"].items() if name != event.kind.body}
    around = {
        name: document[name] for name in ("eventType", "instanceId", "identity", "accountInfo", "claims")
    }
    yield from leaves(
        around
        | {"event": head}
        | {name: item for name, item in about.items() if isinstance(item, dict) and item}
    )
