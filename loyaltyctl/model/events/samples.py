"""Sample events: create them, convert other events to the same form, and nest them in claims to be signed.

A sample has the format of the output of `events decode`, so a field has the same path in both.
"""

from __future__ import annotations

import copy
import json
import uuid
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import is_unicode, whole_number
from loyaltyctl.model.events import dates
from loyaltyctl.model.events.catalog import BY_NAME, Body
from loyaltyctl.model.events.envelope import ENVELOPE
from loyaltyctl.model.events.event import ENTITY_MEMBERS, Event

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.catalog import EventType

LIFETIME = 300_000
"""Seconds from iat to exp, as in the sample token on Wix's page; the lifetime of real tokens is unknown."""
_SAMPLE_INSTANCE = "d6b8e8a2-5c0f-4d49-9b3e-7f1a2c4e6d80"
_SAMPLE_OWNER = "0b7d9c4e-1f2a-4c63-8e5d-6a9b3f7c2d10"
_SAMPLE_SITE = "4e1f6a83-92d7-4b05-a6c8-3d5e7f901b2c"
_SAMPLE_ACCOUNT = "a94c7e21-6b3d-4f58-8d10-2e9f5b7c4a63"


def create_sample(kind: EventType, now: float, entity: JsonObject | None = None) -> JsonObject:
    """Create a sample event of a type with a new ID, about `entity`, or else about the catalog's sample."""
    entity = copy.deepcopy(entity if entity is not None else kind.entity.sample)
    event: JsonObject = {
        "id": str(uuid.uuid4()),
        "entityFqdn": kind.entity.fqdn,
        "slug": kind.slug,
        "entityId": kind.entity.entity_id or entity.get("id"),
        "eventTime": dates.to_utc(int(now * 1000)),
        "triggeredByAnonymizeRequest": False,
        "originatedFrom": "",
        # Seconds since 1970: a later sample has a higher sequence, so that no receiver takes it for outdated.
        "entityEventSequence": str(int(now)),
        kind.body.value: _sample_body(kind, entity),
    }
    return from_event(Event(event), now)


def from_event(event: Event, now: float) -> JsonObject:
    """Convert an event to the form of a sample. Missing parts of its envelope get the values of samples."""
    envelope = event.envelope
    return {
        "eventType": event.type,
        "instanceId": envelope.instance_id or _SAMPLE_INSTANCE,
        "identity": envelope.identity or {"identityType": "WIX_USER", "wixUserId": _SAMPLE_OWNER},
        "accountInfo": envelope.account_info or {"accountId": _SAMPLE_ACCOUNT, "siteId": _SAMPLE_SITE},
        "claims": {"iat": int(now), "exp": int(now) + LIFETIME},
        "event": copy.deepcopy(event.body()),
    }


def copy_with_new_id(document: JsonObject, number: int) -> JsonObject:
    """Copy a sample as another event, with a new ID and with `number` added to the sequence."""
    document = copy.deepcopy(document)
    event = document["event"]
    if isinstance(event, dict):
        event["id"] = str(uuid.uuid4())
        sequence = whole_number(str(event.get("entityEventSequence")))
        event["entityEventSequence"] = str((sequence or 0) + number)
    return document


def to_claims(document: JsonObject) -> JsonObject:
    """Convert a sample event to the claims of a token. As in Wix's tokens, `data` is JSON text inside JSON.

    Wix's pages show objects instead of JSON text, but Wix's SDK rejects objects. Raises InvalidData for
    an event without a type or a body.
    """
    if not isinstance(document["eventType"], str) or not document["eventType"].strip():
        raise InvalidData(
            "the event has no type, so it cannot be signed",
            hint="Set it with --set eventType=TYPE. List event types with: loyaltyctl events types",
        )
    body = document["event"]
    if not body or (document["eventType"] in BY_NAME and not isinstance(body, dict)):
        raise InvalidData(
            "the event has no body, so it cannot be signed",
            hint="Sign a sample of its type instead: loyaltyctl events sign --type TYPE --key FILE",
        )
    if not is_unicode(document):
        raise InvalidData("the event has a lone surrogate, which UTF-8 cannot encode")
    inner = {name: document[name] for name in ENVELOPE if document.get(name) is not None}
    for name, value in (("data", body), ("identity", inner.get("identity"))):
        if value is not None:
            inner[name] = _compact_json(value)
    claims = document.get("claims")
    included = (
        {name: value for name, value in claims.items() if value is not None}
        if isinstance(claims, dict)
        else {}
    )
    nested: JsonObject = {"data": _compact_json(inner)}
    return nested | included


def _sample_body(kind: EventType, entity: JsonObject) -> JsonObject:
    """Return the content of the member `createdEvent`, `actionEvent` … in a sample event about `entity`."""
    match kind.body:
        case Body.DELETED:
            return {}  # as in the vendor's example: the entity is not included
        case Body.ACTION:
            body = copy.deepcopy(kind.sample or {})
            return {"body": body | ({kind.entity_member: entity} if kind.entity_member else {})}
        case _:
            return {ENTITY_MEMBERS[kind.body]: entity}


def _compact_json(value: Json) -> str:
    """Return a part of a sample as JSON text without spaces, to nest it in the claims to be signed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
