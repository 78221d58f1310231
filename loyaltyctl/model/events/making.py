"""Events that are made here: a sample of any type, changed field by field, nested as the vendor nests.

The document is the one that `events decode` writes, so a path means the same in both.
"""

from __future__ import annotations

import copy
import json
import uuid
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.values import did_you_mean, is_unicode, quoted, whole_number
from loyaltyctl.model.events import dates
from loyaltyctl.model.events.catalogue import BY_NAME, Body
from loyaltyctl.model.events.envelope import ENVELOPE
from loyaltyctl.model.events.envelope import FIELDS as ENVELOPE_FIELDS
from loyaltyctl.model.events.event import WHERE_ENTITY, Event
from loyaltyctl.model.fields import Field, FieldKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.catalogue import EventType

LIFETIME = 300_000
"""Seconds from iat to exp, as in the vendor's published sample of a token."""
_INSTANCE = "d6b8e8a2-5c0f-4d49-9b3e-7f1a2c4e6d80"
_OWNER = "0b7d9c4e-1f2a-4c63-8e5d-6a9b3f7c2d10"
_SITE = "4e1f6a83-92d7-4b05-a6c8-3d5e7f901b2c"
_ACCOUNT = "a94c7e21-6b3d-4f58-8d10-2e9f5b7c4a63"


def sample(kind: EventType, now: float, entity: JsonObject | None = None) -> JsonObject:
    """An event of this type as it may look, about `entity` where there is one; each has an id of its own."""
    entity = copy.deepcopy(entity if entity is not None else kind.entity.sample)
    event: JsonObject = {
        "id": str(uuid.uuid4()),
        "entityFqdn": kind.entity.fqdn,
        "slug": kind.slug,
        "entityId": entity.get("id", "settings"),
        "eventTime": dates.utc(int(now * 1000)),
        "triggeredByAnonymizeRequest": False,
        "originatedFrom": "",
        "entityEventSequence": str(int(now)),
        kind.body.value: _part(kind, entity),
    }
    return of_event(Event(event), now)


def of_event(event: Event, now: float) -> JsonObject:
    """An event that came from somewhere, to be sent anew; what it does not say of its sending is made up."""
    envelope = event.envelope
    return {
        "eventType": event.type,
        "instanceId": envelope.instance_id or _INSTANCE,
        "identity": envelope.identity or {"identityType": "WIX_USER", "wixUserId": _OWNER},
        "accountInfo": envelope.account_info or {"accountId": _ACCOUNT, "siteId": _SITE},
        "claims": {"iat": int(now), "exp": int(now) + LIFETIME},
        "event": copy.deepcopy(event.body()),
    }


def another(document: JsonObject, number: int) -> JsonObject:
    """The same as an event of its own: another id, and a later sequence."""
    document = copy.deepcopy(document)
    event = document["event"]
    if isinstance(event, dict):
        event["id"] = str(uuid.uuid4())
        sequence = whole_number(str(event.get("entityEventSequence")))
        event["entityEventSequence"] = str((sequence or 0) + number)
    return document


def _part(kind: EventType, entity: JsonObject) -> JsonObject:
    match kind.body:
        case Body.DELETED:
            return {}
        case Body.ACTION:
            body = copy.deepcopy(kind.sample or {})
            return {"body": body | ({kind.holds: entity} if kind.holds else {})}
        case _:
            return {WHERE_ENTITY[kind.body]: entity}


def set_field(document: JsonObject, kind: EventType | None, path: str, text: str) -> None:
    """Put what `text` spells at a path such as entity.points.balance, event.eventTime or claims.exp.

    Raises UsageError for a path or a value that the event cannot have.
    """
    full = _full(kind, path)
    field = _field(kind, full, path) if kind else None
    *way, last = full.split(".")
    if (not way and not field and last not in document) or (way and way[0] not in document):
        raise UsageError(f"--set: an event has no field {quoted(path)}", code="UNKNOWN_FIELD")
    value = _value(field, text) if field and not last.isdecimal() else _json(text)
    at: Json = document
    for step in way:
        at = _inner(at, step, path)
    if isinstance(at, list):
        i = _index(last, at, path)
        at[i] = value
    elif isinstance(at, dict):
        at[last] = value
    else:
        raise UsageError(f"--set {path}: what stands above {quoted(last)} is neither an object nor a list")


def claims(document: JsonObject) -> JsonObject:
    """The claims of a token for it: the event as text inside a text, as the vendor nests them.

    Raises InvalidData for an event that an endpoint could not tell from any other.
    """
    if not isinstance(document["eventType"], str) or not document["eventType"].strip():
        raise InvalidData(
            "the event has no type, so it cannot be signed",
            hint="Name it with --set eventType=TYPE. List the types with: loyaltyctl events types",
        )
    body = document["event"]
    if not body or (document["eventType"] in BY_NAME and not isinstance(body, dict)):
        raise InvalidData(
            "the event has no body, so it cannot be signed",
            hint="Sign a sample of its type instead: loyaltyctl events sign --type TYPE --key FILE",
        )
    if not is_unicode(document):
        raise InvalidData("the event has half of a character pair in it, which UTF-8 cannot write")
    inner = {name: document[name] for name in ENVELOPE if document.get(name) is not None}
    for name, value in (("data", document["event"]), ("identity", inner.get("identity"))):
        if value is not None:
            inner[name] = _text(value)
    stated = document.get("claims")
    kept = (
        {name: value for name, value in stated.items() if value is not None}
        if isinstance(stated, dict)
        else {}
    )
    nested: JsonObject = {"data": _text(inner)}
    return nested | kept


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fields(kind: EventType) -> Mapping[str, Field]:
    """Every field of an event of this type, by its path in the document."""
    about = kind.entity.fields if kind.body is not Body.ACTION or kind.holds else ()
    return (
        {f"entity.{field.path}": field for field in about}
        | {f"action.{field.path}": field for field in kind.fields}
        | {field.path: field for field in ENVELOPE_FIELDS}
    )


def _field(kind: EventType, full: str, path: str) -> Field | None:
    """What is known of a path. Raises UsageError where nothing is, and nothing could stand there."""
    known = fields(kind)
    plain = ".".join(step for step in _short(kind, full).split(".") if not step.isdecimal())
    if field := known.get(plain):
        return field
    above = plain.rpartition(".")[0]
    open_ended = any(known[one].kind is FieldKind.OBJECT for one in _prefixes(above) if one in known)
    if open_ended or plain in _places(kind) or any(one.startswith(f"{plain}.") for one in known):
        return None
    whole = next((one for one in known if one.endswith(f".{path}")), path)
    advice = did_you_mean(whole, known, f"list them with: loyaltyctl events explain {kind.short}")
    raise UsageError(f"--set: {kind.name} has no field {quoted(path)}{advice}", code="UNKNOWN_FIELD")


def _prefixes(path: str) -> list[str]:
    steps = path.split(".")
    return [".".join(steps[: i + 1]) for i in range(len(steps))]


def _places(kind: EventType | None) -> dict[str, str]:
    """Where in the document stands what is called entity and action for short."""
    if kind is None:
        return {}
    if kind.body is not Body.ACTION:
        return {"entity": f"event.{kind.body}.{WHERE_ENTITY[kind.body]}"}
    action = f"event.{kind.body}.body"
    return ({"entity": f"{action}.{kind.holds}"} if kind.holds else {}) | {"action": action}


def _full(kind: EventType | None, path: str) -> str:
    first, dot, rest = path.partition(".")
    return f"{_places(kind).get(first, first)}{dot}{rest}"


def _short(kind: EventType, path: str) -> str:
    for short, full in _places(kind).items():
        if path == full or path.startswith(f"{full}."):
            return short + path.removeprefix(full)
    return path


def _inner(at: Json, step: str, path: str) -> Json:
    if isinstance(at, list):
        return at[_index(step, at, path)]
    if not isinstance(at, dict):
        raise UsageError(f"--set {path}: what stands above {quoted(step)} is neither an object nor a list")
    if at.get(step) is None:
        at[step] = {}
    return at[step]


def _index(step: str, values: list[Json], path: str) -> int:
    """The place in a list; the one after its end makes it longer."""
    i = whole_number(step)
    if i is None or not 0 <= i <= len(values):
        raise UsageError(f"--set {path}: {quoted(step)} is no place in a list of {len(values)}")
    if i == len(values):
        values.append({})
    return i


def _value(field: Field, text: str) -> Json:
    """What `text` spells for a field of this kind; null takes the value away."""
    if text == "null":
        return None
    if field.kind not in _FITS:
        return text
    types, said = _FITS[field.kind]
    value = _json(text)
    if type(value) not in types:
        raise UsageError(f"--set {field.path} takes {said}, got {quoted(text)}")
    return value


_FITS: dict[FieldKind, tuple[tuple[type, ...], str]] = {
    FieldKind.WHOLE: ((int,), "a whole number"),
    FieldKind.NUMBER: ((int, float), "a number"),
    FieldKind.FLAG: ((bool,), "true or false"),
    FieldKind.LIST: ((list,), "a list in JSON"),
    FieldKind.OBJECT: ((dict, str), "an object in JSON, or a text"),
}
"""What a value of a kind is, and how that is said; the other kinds are any text."""


def _json(text: str) -> Json:
    """What `text` spells in JSON; the text itself where it is none."""
    try:
        return strict_json.loads(text)
    except InvalidData:
        return text
