"""The shapes in which one and the same event arrives, and the event that is in them.

    claims of a token   {data: {eventType, instanceId, data, identity, accountInfo}}   texts inside texts
    envelope            {eventType, instanceId, data, identity, accountInfo}           what is in its `data`
    domain event        {id, entityFqdn, slug, …, createdEvent | updatedEvent | deletedEvent | actionEvent}
    SDK                 {metadata: {_id, entityFqdn, …}, entity | data, modifiedFields}
    Velo                {metadata: {id, entityId, …}, entity | data}                   without its type
    decoded             what `events decode` wrote

Each of them becomes the domain event that REST sends. A type or a field that is not known
passes through as it came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json
from loyaltyctl.model.events import discounts, entities
from loyaltyctl.model.events.catalogue import BY_NAME, EVENT_TYPES, Body
from loyaltyctl.model.events.envelope import ENVELOPE, Envelope
from loyaltyctl.model.events.event import WHERE_ENTITY, Event
from loyaltyctl.model.spelling import without_underscores

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.catalogue import EventType
    from loyaltyctl.model.events.entities import Entity

_AS_JSON = {body: f"{name}AsJson" for body, name in {**WHERE_ENTITY, Body.ACTION: "body"}.items()}
"""The name under which some senders write the entity, or the body of an action, as text."""
_TELLING = ("entityFqdn", "_id", "id")
"""What the metadata that a handler is given has at least one of."""


def read(value: Json, named: EventType | None = None) -> Event:
    """The event that a JSON value is, in whichever shape.

    `named` is the type of an event that does not say it, as those of Velo. Raises InvalidData.
    """
    if isinstance(value, dict):
        metadata, data = value.get("metadata"), value.get("data")
        if isinstance(value.get("entityFqdn"), str) and isinstance(value.get("slug"), str):
            return Event(_spelled_out(value))
        if isinstance(metadata, dict) and any(isinstance(metadata.get(name), str) for name in _TELLING):
            return _from_handler(value, metadata, named)
        if "data" in value and "event" not in value and _is_text(value.get("eventType")):
            return _enveloped(value, "")
        if isinstance(data, str) or (
            isinstance(data, dict) and ("eventType" in data or "instanceId" in data)
        ):
            return claimed(value)
        if "event" in value and "eventType" in value:
            return _decoded(value)
    raise InvalidData(
        "this is no event: neither a token, nor a domain event, an SDK or Velo event, or claims",
        hint="What events look like: loyaltyctl events explain program_updated",
    )


def claimed(claims: JsonObject) -> Event:
    """The event in the claims of a token; each of the three layers may be an object or a text.

    Raises InvalidData for claims of another purpose: the vendor also signs requests, and
    puts the digest of one where an event has its type and its instance.
    """
    data = _layer(claims.get("data"), "data")
    if not isinstance(data, dict):
        raise InvalidData("the payload has no data: the token is not that of an event")
    if not any(_is_text(data.get(name)) for name in ("eventType", "instanceId")):
        raise InvalidData("data has neither eventType nor instanceId: the token is not that of an event")
    return _enveloped(data, "data.")


def _enveloped(value: JsonObject, above: str) -> Event:
    """The event in an envelope, which stands in a member `above`. Raises InvalidData."""
    body = _layer(value.get("data"), f"{above}data")
    envelope = Envelope.of(value)._replace(
        identity=_layer(value.get("identity"), f"{above}identity"),
        account_info=_layer(value.get("accountInfo"), f"{above}accountInfo"),
    )
    return _stated(Event(_spelled_out(body) if isinstance(body, dict) else body, envelope), f"{above}data")


def _decoded(value: JsonObject) -> Event:
    """The event that `events decode` wrote. Raises InvalidData."""
    return _stated(Event(value["event"], Envelope.of(value)), "event")


def _stated(event: Event, name: str) -> Event:
    """The event. Raises InvalidData where it has neither a type nor a body.

    The vendor's own examples have a word in the place of the body.
    """
    if not event.has_body and not event.type:
        raise InvalidData(f"{name} is not a JSON object")
    return event


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _layer(value: Json, name: str) -> Json:
    """What a text of JSON spells; anything else as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return strict_json.loads_unicode(value)
    except InvalidData:  # whose message may quote a name, and a token's payload is quoted nowhere
        raise InvalidData(f"{name} is a text that is not JSON as the standard writes it") from None


def _spelled_out(body: JsonObject) -> JsonObject:
    """A domain event with objects in the place of the texts that some senders write."""
    for part, name in _AS_JSON.items():
        inner = body.get(part)
        if isinstance(inner, dict) and name in inner:
            rest = {key: value for key, value in inner.items() if key != name}
            spelled = {name.removesuffix("AsJson"): _layer(inner[name], f"{part}.{name}")}
            body = body | {part: spelled | rest}
    return body


def _from_handler(value: JsonObject, metadata: JsonObject, named: EventType | None) -> Event:
    """The event that a handler of the SDK's, or of Velo's, is called with."""
    head = _renamed(metadata)
    rest = _renamed({name: item for name, item in value.items() if name != "metadata"})
    envelope = Envelope.of(head)
    head = {name: item for name, item in head.items() if name not in ENVELOPE}
    guess = ""
    if isinstance(head.get("entityFqdn"), str) and isinstance(head.get("slug"), str):
        named = BY_NAME.get(f"{head['entityFqdn']}_{head['slug']}")
    elif named is None:
        named, guess = _guessed(rest, head)
    if named is None:
        return Event(head | rest, envelope, guess)
    stated: JsonObject = {"entityFqdn": named.entity.fqdn, "slug": named.slug}
    return Event(stated | head | {named.body.value: _part(named, rest)}, envelope, guess)


def _renamed(value: JsonObject) -> JsonObject:
    return cast("JsonObject", without_underscores(value))


def _part(kind: EventType, rest: JsonObject) -> JsonObject:
    """The part of a domain event that a handler is given as `entity` or `data`."""
    given = "data" if kind.body is Body.ACTION else "entity"
    part = {name: item for name, item in rest.items() if name != given}
    inner = rest.get(given)
    if not isinstance(inner, dict):
        return part
    if kind.body is not Body.ACTION:
        return part | {WHERE_ENTITY[kind.body]: _sunk(inner, kind.entity)}
    held = inner.get(kind.holds)
    return part | {
        "body": inner | {kind.holds: _sunk(held, kind.entity)} if isinstance(held, dict) else inner
    }


def _sunk(value: JsonObject, entity: Entity) -> JsonObject:
    """An entity with the members that Velo lifts out of an object back in it."""
    if not entity.lifted or entity.lifted in value:
        return value
    own = {field.path.split(".")[1] for field in entity.fields if field.path.startswith(f"{entity.lifted}.")}
    rest: JsonObject = {name: item for name, item in value.items() if name not in own}
    return rest | {entity.lifted: {name: item for name, item in value.items() if name in own}}


def _guessed(rest: JsonObject, head: JsonObject) -> tuple[EventType | None, str]:
    """The type of an event that does not say it, and why."""
    data, entity = rest.get("data"), rest.get("entity")
    if isinstance(data, dict):
        for kind in EVENT_TYPES:
            if kind.body is Body.ACTION and (mark := kind.holds or kind.told[0]) in data:
                return kind, f"it has data.{mark}"
    if not isinstance(entity, dict):
        return None, "it has metadata alone, as deletions have, and these do not say of what"
    for marks, about in _MARKS:
        if mark := next((mark for mark in marks if mark in entity), ""):
            return _created_or_updated(about, entity, f"it has entity.{mark}")
    if head.get("entityId") == "settings":
        return _created_or_updated(entities.PROGRAM, entity, "its entityId is settings")
    return None, "nothing in it tells of which type it is"


def _created_or_updated(about: Entity, entity: JsonObject, why: str) -> tuple[EventType, str]:
    kinds = [
        kind for kind in EVENT_TYPES if kind.entity is about and kind.body in (Body.CREATED, Body.UPDATED)
    ]
    if len(kinds) == 1:
        return kinds[0], why
    dates = entity.get("createdDate"), entity.get("updatedDate")
    if dates == (None, None):
        return kinds[0], f"{why}, and nothing of a change"
    same = dates[0] == dates[1]
    return kinds[
        0 if same else 1
    ], f"{why}, and the dates of its creation and its last change {'agree' if same else 'differ'}"


_MARKS = (
    (("couponReference", "rewardName"), discounts.LOYALTY_COUPON),
    (("code", "percentOffRate", "startTime", "specification"), discounts.MARKETING_COUPON),
    (("pointDefinition",), entities.PROGRAM),
    (("contactId", "rewardAvailable"), entities.ACCOUNT),
    (("asyncImportJobId", "fileMetadata"), entities.IMPORT),
    (("discountAmount", "couponReward"), discounts.REWARD),
    (("tierDefinition", "requiredPoints"), entities.TIER),
    (("channel",), entities.FOLLOWED_CHANNEL),
    (("triggerActivityType",), entities.EARNING_RULE),
)
"""Members that no other entity has."""
