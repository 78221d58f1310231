"""What stands at the ends of the document of an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loyaltyctl.model.events.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterator


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What stands at the ends of an object, each with its path; lists count from 0."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, item in steps:
        if isinstance(item, dict | list) and item:
            yield from leaves(item, f"{path}{step}.")
        else:
            yield f"{path}{step}", item


def plain(path: str) -> str:
    """A path as fields have it: without the places in lists."""
    return ".".join(step for step in path.split(".") if not step.isdecimal())


def told(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The leaves of a document by the paths that fields have: what it is about stands outside of the event."""
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
