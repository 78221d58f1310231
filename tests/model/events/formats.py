"""Events in each format, made from the output of `events decode`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.model.events.catalog import BY_NAME, EVENT_TYPES, Body, EventType
from loyaltyctl.model.events.event import ENTITY_MEMBERS
from loyaltyctl.model.events.samples import create_sample

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 1_790_000_000
KINDS = [pytest.param(kind, id=kind.name) for kind in EVENT_TYPES]
VELO_HEAD = ("id", "entityId", "eventTime", "triggeredByAnonymizeRequest")
"""Members of the metadata that Velo sends."""


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def underscored(value: Any, names: tuple[str, ...] = ("id", "createdDate", "updatedDate")) -> Any:
    """Rename members as the SDK does, at every depth."""
    if isinstance(value, list):
        return [underscored(item, names) for item in value]
    if isinstance(value, dict):
        return {f"_{key}" if key in names else key: underscored(item, names) for key, item in value.items()}
    return value


def kind_of(document: dict[str, Any]) -> EventType:
    return BY_NAME[document["eventType"]]


def domain_event(document: dict[str, Any]) -> Any:
    return document["event"]


def as_json(document: dict[str, Any]) -> Any:
    """Return the domain event with its entity or body as a string of JSON."""
    kind = kind_of(document)
    name = ENTITY_MEMBERS.get(kind.body, "body")
    part = dict(document["event"][kind.body])
    if name in part:
        part[f"{name}AsJson"] = text(part.pop(name))
    return document["event"] | {kind.body: part}


def nested(document: dict[str, Any], layers: tuple[bool, ...], body: Any = None) -> dict[str, Any]:
    """Return claims; `layers` is whether data, data.data, and identity with accountInfo are strings."""
    outer, inner, around = layers
    data = {
        "eventType": document["eventType"],
        "instanceId": document["instanceId"],
        "data": text(body or document["event"]) if inner else body or document["event"],
        "identity": text(document["identity"]) if around else document["identity"],
        "accountInfo": text(document["accountInfo"]) if around else document["accountInfo"],
    }
    return {"data": text(data) if outer else data, **document["claims"]}


def _about(document: dict[str, Any], *, given: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the entity or data passed to a handler, converted by `given`."""
    kind = kind_of(document)
    part = dict(document["event"][kind.body])
    name = "data" if kind.body is Body.ACTION else "entity"
    about = part.pop(ENTITY_MEMBERS.get(kind.body, "body"), None)
    return part if about is None else part | {name: given(about)}


def sdk_envelope(document: dict[str, Any]) -> Any:
    head = {name: value for name, value in document["event"].items() if name != kind_of(document).body}
    around = {name: document[name] for name in ("instanceId", "identity", "accountInfo")}
    return {"metadata": underscored(head | around), **_about(document, given=underscored)}


def velo_event(document: dict[str, Any]) -> Any:
    """Return an event as Velo passes it: metadata with an ID, marketing coupons flat, their dates as text."""
    kind = kind_of(document)

    def flat(entity: dict[str, Any]) -> dict[str, Any]:
        entity = dict(entity)
        specification = entity.pop(kind.entity.flattened, {}) if kind.entity.flattened else {}
        return entity | {
            name: _script_date(item) if name.endswith("Time") else item
            for name, item in specification.items()
        }

    def given(about: dict[str, Any]) -> Any:
        held = {name: flat(item) if name == kind.entity_member else item for name, item in about.items()}
        spelled = underscored(held if kind.body is Body.ACTION else flat(about))
        if not kind.entity.flattened:
            return spelled
        return _with_script_dates(underscored(spelled, ("dateCreated",)))

    head = {name: document["event"][name] for name in VELO_HEAD}
    return {"metadata": head, **_about(document, given=given)}


def _with_script_dates(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        name: _script_date(item) if name == "_dateCreated" else _with_script_dates(item)
        for name, item in value.items()
    }


def _script_date(written: str) -> str:
    moment = datetime.fromisoformat(written).astimezone(timezone(timedelta(hours=2)))
    return moment.strftime("%a %b %d %Y %H:%M:%S GMT%z (Eastern European Standard Time)")


CLAIMS = {
    "claims of " + " ".join("text" if one else "object" for one in layers): layers
    for layers in product((True, False), repeat=3)
}
SHAPES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "domain event": domain_event,
    "domain event with texts": as_json,
    "SDK": sdk_envelope,
    "decoded": lambda document: document,
    "claims with texts in the event": lambda document: nested(
        document, (True, True, True), as_json(document)
    ),
    **{
        name: lambda document, layers=layers: nested(document, layers)  # type: ignore[misc]
        for name, layers in CLAIMS.items()
    },
    "envelope of texts": lambda document: nested(document, (False, True, True))["data"],
    "envelope of objects": lambda document: nested(document, (False, False, False))["data"],
}
"""Formats that state the type, by name; `velo_event` makes the one that does not."""
BARE = {"domain event", "domain event with texts"}


def make_event(kind: EventType) -> dict[str, Any]:
    """Return a sample, with modifiedFields if it is an update."""
    document: dict[str, Any] = create_sample(kind, NOW)
    if kind.body is Body.UPDATED:
        document["event"]["updatedEvent"]["modifiedFields"] = {"name": "the old name"}
    return document
