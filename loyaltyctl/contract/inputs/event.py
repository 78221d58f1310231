"""Input of events in JSON: the forms of an event that `model/events/parsing.py` accepts."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from loyaltyctl.contract.outputs.events import DomainEvent
from loyaltyctl.contract.types import Keywords, ObjectOf
from loyaltyctl.intake.values import Json

_NON_BLANK: Json = {"type": "string", "pattern": r"\S"}
_ObjectText: TypeAlias = Annotated[str, Keywords(pattern=r"^\s*\{", contentMediaType="application/json")]

RestEvent: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "RestEvent",
        "An event as REST sends it.",
        lambda: {
            "entityFqdn": Annotated[str, "The kind of entity, by its domain name."],
            "slug": Annotated[str, "The change of the entity, such as updated."],
        },
        required=("entityFqdn", "slug"),
    ),
]
# The SDK and Velo rename `id` to `_id`; both spellings are accepted.
HandlerMetadata: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "HandlerMetadata",
        "Metadata of an event in a handler; it has at least one of entityFqdn, _id and id.",
        dict,
        rules=Keywords(
            anyOf=[
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("entityFqdn", "_id", "id")
            ]
        ),
    ),
]
HandlerEvent: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "HandlerEvent",
        "An event as a handler of the SDK or of Velo receives it.",
        lambda: {
            "metadata": Annotated[HandlerMetadata, "Metadata of the event."],
            "entity": Annotated[dict[str, Any] | None, "The entity that was created or changed."],
            "data": Annotated[dict[str, Any] | None, "The data of an action."],
        },
        required=("metadata",),
    ),
]
TokenData: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "TokenData",
        "The envelope in a token: with an event type, or with an instance id and an event.",
        dict,
        rules=Keywords(
            anyOf=[
                {"required": ["eventType"], "properties": {"eventType": _NON_BLANK}},
                {
                    "required": ["instanceId", "data"],
                    "properties": {"instanceId": _NON_BLANK, "data": {"type": "object"}},
                },
            ]
        ),
    ),
]
TokenClaims: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "TokenClaims",
        "The claims of a decoded token.",
        lambda: {"data": Annotated[TokenData | _ObjectText, "The envelope: an object, or its JSON text."]},
        required=("data",),
    ),
]
Envelope: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "Envelope",
        "The envelope in a token, parsed: the value of the claim data.",
        lambda: {
            "eventType": Annotated[str, "The event type."],
            "data": Annotated[dict[str, Any] | _ObjectText | Any, "The event: an object, or its JSON text."],
            "instanceId": Annotated[Any, "The app instance on the site."],
            "identity": Annotated[
                Any, "The person or app that caused the event: an object, or its JSON text."
            ],
        },
        required=("eventType", "data"),
    ),
]
DecodedEvent: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "DecodedEvent",
        "An event as events decode prints it.",
        lambda: {
            "eventType": Annotated[Any, "The event type."],
            "event": Annotated[DomainEvent | Any, "The event."],
        },
        required=("eventType", "event"),
    ),
]
SavedEvent: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "SavedEvent",
        "A line that events listen saved.",
        lambda: {"token": Annotated[str, "The token as it was received."]},
        required=("token",),
    ),
]

AnyEvent: TypeAlias = RestEvent | HandlerEvent | TokenClaims | Envelope | DecodedEvent | SavedEvent
EventFile: TypeAlias = AnyEvent | list[AnyEvent | str]
