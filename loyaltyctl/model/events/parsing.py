"""Parse events from all formats in which they arrive: tokens, REST, SDK, Velo and our own output.

    claims of a token   {data: {eventType, instanceId, data, identity, accountInfo}}   JSON in strings
    envelope            {eventType, instanceId, data, identity, accountInfo}           the claim `data`
    domain event        {id, entityFqdn, slug, …, createdEvent | updatedEvent | deletedEvent | actionEvent}
    SDK                 {metadata: {_id, entityFqdn, …}, entity | data, modifiedFields}
    Velo                {metadata: {id, entityId, …}, entity | data}                   without the event type
    decoded             output of `events decode`

The result is the domain event as REST sends it. Unknown types and fields are passed through unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json
from loyaltyctl.model.events.catalog import BY_NAME, ENTITIES, EVENT_TYPES, Body
from loyaltyctl.model.events.envelope import ENVELOPE, Envelope
from loyaltyctl.model.events.event import ENTITY_MEMBERS, Event
from loyaltyctl.model.spelling import without_underscores

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.catalog import Entity, EventType

_JSON_STRING_MEMBERS = {
    body: f"{name}AsJson" for body, name in {**ENTITY_MEMBERS, Body.ACTION: "body"}.items()
}
"""Members with the entity, or an action's body, as a JSON string: an alternative in the SDK's REST types."""
_METADATA_NAMES = ("entityFqdn", "_id", "id")
"""Members of a handler's metadata, which has at least one of them."""


def parse_event(value: Json, kind: EventType | None = None) -> Event:
    """Parse an event from JSON in any format. Raises InvalidData if `value` is not an event.

    `kind` is the type of an event that does not contain its type, as in Velo.
    """
    if isinstance(value, dict):
        metadata, data = value.get("metadata"), value.get("data")
        head = metadata if isinstance(metadata, dict) else {}
        # The order matters: decoded output and SDK events also have members that later tests look for.
        if isinstance(value.get("entityFqdn"), str) and isinstance(value.get("slug"), str):
            return Event(_with_json_parsed(value))
        if any(isinstance(head.get(name), str) for name in _METADATA_NAMES):
            return _parse_handler_event(value, head, kind)
        if "data" in value and "event" not in value and _is_nonblank_text(value.get("eventType")):
            return _parse_envelope(value, "")
        if isinstance(data, str) or (
            isinstance(data, dict) and ("eventType" in data or "instanceId" in data)
        ):
            return parse_claims(value)
        if "event" in value and "eventType" in value:
            return _require_type_or_body(Event(value["event"], Envelope.of(value)), "event")
    raise InvalidData(
        "not an event: expected a token, a domain event, an SDK or Velo event, or claims",
        hint="Show a sample with: loyaltyctl events explain program_updated",
    )


def parse_claims(claims: JsonObject) -> Event:
    """Parse an event in the format of a token's claims.

    The claim `data`, and its member `data`, may be JSON strings, as Wix sends them, or objects, as Wix's
    pages show them. Raises InvalidData for claims of another kind, such as those of a signed request:
    their `data` is only a digest.
    """
    data = _parse_layer(claims.get("data"), "data")
    if not isinstance(data, dict):
        raise InvalidData("no data in the payload: not the token of an event")
    if not any(_is_nonblank_text(data.get(name)) for name in ("eventType", "instanceId")):
        raise InvalidData("data has neither eventType nor instanceId: not the token of an event")
    return _parse_envelope(data, "data.")


def _parse_envelope(value: JsonObject, prefix: str) -> Event:
    """Parse an event from the format `envelope`, one of the formats in which events arrive.

    JSON strings in it are parsed too. `prefix` is the path of this part in error messages.
    """
    body = _parse_layer(value.get("data"), f"{prefix}data")
    envelope = Envelope.of(value)._replace(
        identity=_parse_layer(value.get("identity"), f"{prefix}identity"),
        account_info=_parse_layer(value.get("accountInfo"), f"{prefix}accountInfo"),
    )
    event = Event(_with_json_parsed(body) if isinstance(body, dict) else body, envelope)
    return _require_type_or_body(event, f"{prefix}data")


def _require_type_or_body(event: Event, name: str) -> Event:
    """Return a parsed event if it has a type or a body. Raises InvalidData if it has neither.

    A type is enough: examples on Wix's pages have a placeholder instead of the body.
    """
    if not event.has_body and not event.type:
        raise InvalidData(f"{name} is not a JSON object")
    return event


def _is_nonblank_text(value: Json) -> bool:
    """Return whether a value is a text that is not blank, such as the `eventType` of an event to parse."""
    return isinstance(value, str) and bool(value.strip())


def _parse_layer(value: Json, name: str) -> Json:
    """Parse a part of an arriving event if it is a JSON string: a string with an object or array.

    Any other value is returned unchanged. `name` is the name of the part in the error.
    """
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return strict_json.loads_unicode(value)
    except InvalidData:  # not chained: its message may quote the payload, which can have personal data
        raise InvalidData(f"{name} is not valid JSON") from None


def _with_json_parsed(body: JsonObject) -> JsonObject:
    """Parse the JSON strings in a domain event, such as `entityAsJson`, which becomes `entity`."""
    for part, name in _JSON_STRING_MEMBERS.items():
        inner = body.get(part)
        if isinstance(inner, dict) and name in inner:
            rest = {key: value for key, value in inner.items() if key != name}
            parsed = {name.removesuffix("AsJson"): _parse_layer(inner[name], f"{part}.{name}")}
            body = body | {part: parsed | rest}
    return body


def _parse_handler_event(value: JsonObject, metadata: JsonObject, kind: EventType | None) -> Event:
    """Parse an SDK or Velo event: `value` is the argument of an event handler, `metadata` is a part of it."""
    head = without_underscores(metadata)
    rest = without_underscores({name: item for name, item in value.items() if name != "metadata"})
    envelope = Envelope.of(head)
    head = {name: item for name, item in head.items() if name not in ENVELOPE}
    guess = ""
    if isinstance(head.get("entityFqdn"), str) and isinstance(head.get("slug"), str):
        kind = BY_NAME.get(f"{head['entityFqdn']}_{head['slug']}")
    elif kind is None:
        kind, guess = _guess_type(rest, head)
    if kind is None:
        return Event(head | rest, envelope, guess)
    defaults: JsonObject = {"entityFqdn": kind.entity.fqdn, "slug": kind.slug}
    return Event(defaults | head | {kind.body.value: _parse_handler_body(kind, rest)}, envelope, guess)


def _parse_handler_body(kind: EventType, rest: JsonObject) -> JsonObject:
    """Parse the `entity` or `data` of an SDK or Velo event.

    Returns the object that a REST event has as `createdEvent`, `actionEvent` and the like.
    """
    source = "data" if kind.body is Body.ACTION else "entity"
    part = {name: item for name, item in rest.items() if name != source}
    inner = rest.get(source)
    if not isinstance(inner, dict):
        return part
    if kind.body is not Body.ACTION:
        return part | {ENTITY_MEMBERS[kind.body]: _unflatten_entity(inner, kind.entity)}
    entity = inner.get(kind.entity_member)
    body = (
        inner | {kind.entity_member: _unflatten_entity(entity, kind.entity)}
        if isinstance(entity, dict)
        else inner
    )
    return part | {"body": body}


def _unflatten_entity(value: JsonObject, entity: Entity) -> JsonObject:
    """Parse the entity of a Velo event: move the fields that Velo takes out of an inner object back into it.

    For example, `{"code": "A"}` becomes `{"specification": {"code": "A"}}`.
    """
    inner = entity.flattened
    if not inner or inner in value:
        return value
    names = {field.path.split(".")[1] for field in entity.fields if field.path.startswith(f"{inner}.")}
    rest: JsonObject = {name: item for name, item in value.items() if name not in names}
    return rest | {inner: {name: item for name, item in value.items() if name in names}}


def _guess_type(rest: JsonObject, head: JsonObject) -> tuple[EventType | None, str]:
    """Guess the type of an event that does not contain its type; also return the reason for the guess."""
    data, entity = rest.get("data"), rest.get("entity")
    if isinstance(data, dict):
        for kind in EVENT_TYPES:
            if kind.body is Body.ACTION and (mark := kind.entity_member or kind.summary[0]) in data:
                return kind, f"it has data.{mark}"
    if not isinstance(entity, dict):
        return None, "it has only metadata, as every deletion does"
    for about in ENTITIES.values():
        if mark := next((mark for mark in about.marks if mark in entity), ""):
            return _guess_created_or_updated(about, entity, f"it has entity.{mark}")
    for about in ENTITIES.values():
        if about.entity_id and head.get("entityId") == about.entity_id:
            return _guess_created_or_updated(about, entity, f"its entityId is {about.entity_id}")
    return None, "nothing in it identifies its type"


def _guess_created_or_updated(about: Entity, entity: JsonObject, reason: str) -> tuple[EventType, str]:
    """Guess whether an event to parse is a creation or an update; return its type and the reason.

    `reason` tells how the entity was recognized. The reason that is returned also tells what the dates
    of the entity show.
    """
    kinds = [
        kind for kind in EVENT_TYPES if kind.entity is about and kind.body in (Body.CREATED, Body.UPDATED)
    ]
    if len(kinds) == 1:
        return kinds[0], reason
    # In Velo, a creation and an update have the same entity; only the dates differ.
    created, updated = entity.get("createdDate"), entity.get("updatedDate")
    if created is None and updated is None:
        return kinds[0], f"{reason}, and no dates"
    if created == updated:
        return kinds[0], f"{reason}, and createdDate equals updatedDate"
    return kinds[1], f"{reason}, and createdDate differs from updatedDate"
