"""Outputs of `events`: decoded events, verified tokens, event types, and responses of endpoints."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted
from loyaltyctl.contract.types import ObjectOf
from loyaltyctl.model.events import catalog, envelope
from loyaltyctl.model.fields import Field, FieldKind
from loyaltyctl.model.resource_schemas import response_properties
from loyaltyctl.model.resources import Resource

# In the order in which `tokens` runs the checks; it stops at the first that fails.
CheckName = Literal[
    "size", "form", "header", "signature", "payload", "expiry", "start", "issuer", "audience", "age"
]

_ENVELOPE = Resource(
    "envelope",
    (
        *envelope.FIELDS,
        Field("event.createdEvent", FieldKind.OBJECT, "Content of a created event; its entity is in entity."),
        Field(
            "event.updatedEvent",
            FieldKind.OBJECT,
            "Content of an updated event; its currentEntity is in entity.",
        ),
    ),
)


def _envelope_object(name: str, description: str, above: str) -> ObjectOf:
    """Return the output type of an object in an event's envelope; `above` is the object's path."""
    return ObjectOf(name, description, lambda: response_properties(_ENVELOPE, above))


Identity: TypeAlias = Annotated[
    dict[str, Any], _envelope_object("Identity", "The person or app that caused the event.", "identity")
]
AccountInfo: TypeAlias = Annotated[
    dict[str, Any], _envelope_object("AccountInfo", "The account and site of the event.", "accountInfo")
]
Claims: TypeAlias = Annotated[
    dict[str, Any],
    ObjectOf(
        "Claims",
        "The claims of the token, without the event. Rely on them only if the signature is verified.",
        dict,
    ),
]
DomainEvent: TypeAlias = Annotated[
    dict[str, Any],
    _envelope_object("DomainEvent", "The event as REST sends it, with dates in RFC 3339.", "event"),
]


class SignatureState(InlineEnum):
    """State of a decoded event's signature."""

    VERIFIED = "verified"
    INVALID = "invalid"
    UNCHECKED = "unchecked"


class Trial(InlineEnum):
    """Kind of event that `events send` sends. A defect has the name of its option: --tamper."""

    GENUINE = "genuine"
    DUPLICATE = "duplicate"
    TAMPER = "tamper"
    EXPIRED = "expired"
    WRONG_KEY = "wrong-key"


class FittingKey(NamedTuple):
    """Public key that verified the signature of a token, if several were configured."""

    name: Annotated[str, "The file or the setting of the key."]
    fingerprint: Annotated[str, "The SHA-256 fingerprint of the key."]


class Reading(NamedTuple):
    """Decoded event, with the same members for every form of input. Undocumented values are unchanged."""

    signature: Annotated[SignatureState, "The state of its signature; rely only on verified."]
    event_type: Annotated[str | None, "The event type, such as wix.loyalty.v1.program_updated."]
    known: Annotated[bool, "Whether loyaltyctl knows the type."]
    instance_id: Annotated[Any, "The id of your app's instance; null if unknown."]
    identity: Annotated[Identity | Any, "The person or app that caused the event; null if unknown."]
    account_info: Annotated[AccountInfo | Any, "The account and site; null if unknown."]
    claims: Annotated[Claims | None, "The claims of the token; null for JSON without a token."]
    event: Annotated[DomainEvent | Any, "The event. If its type is unknown: the value found instead of it."]
    entity: Annotated[
        dict[str, Any] | None, "The entity after the event; null if the event does not contain it."
    ]
    action: Annotated[dict[str, Any] | None, "The data of an action; null for other events."]
    reason: Annotated[str | Omitted, "The reason not to trust it, for scripts, such as BAD_SIGNATURE."] = (
        OMITTED
    )
    guess: Annotated[
        str | Omitted, "The reason for the assumed type, if the event does not contain its type."
    ] = OMITTED
    key: Annotated[FittingKey | Omitted, "The key that verified it, if there were several."] = OMITTED
    found_in: Annotated[
        str | Omitted, "The location of the token in the text or JSON, if there was more than the token."
    ] = OMITTED


ReadingOrReadings = Reading | list[Reading]


class Check(NamedTuple):
    """Result of one check of a token (events verify)."""

    name: Annotated[CheckName, "The name of the check."]
    ok: Annotated[bool, "Whether the token passed it."]
    detail: Annotated[str, "The result in words."]


class Verdict(NamedTuple):
    """Result of verifying a token: all checks up to the first that failed."""

    valid: Annotated[bool, "Whether the token passed every check."]
    reason: Annotated[str | Omitted, "The reason not to trust it, for scripts, such as EXPIRED."]
    checks: Annotated[list[Check], "The checks in order, up to the first that failed."]


VerdictOrVerdicts = Verdict | list[Verdict]


class EventType(NamedTuple):
    """Event type: an entry of the catalog (events types)."""

    event_type: Annotated[str, "The name of the type: entityFqdn and slug, joined by _."]
    entity_fqdn: Annotated[str, "The kind of entity, by its domain name."]
    slug: Annotated[str, "The change of the entity, such as updated."]
    title: Annotated[str, "The type in words."]
    handlers: Annotated[list[str], "Its handlers in Velo and in the SDK."]

    @classmethod
    def of(cls, kind: catalog.EventType) -> EventType:
        """Convert an event type of the catalog to its JSON output."""
        handlers = [name for name in (kind.velo, kind.sdk) if name]
        return cls(kind.name, kind.entity.fqdn, kind.slug, kind.title, handlers)


class FieldAbout(NamedTuple):
    """Field of an event type (events explain)."""

    path: Annotated[str, "Its path in the output of events decode."]
    kind: Annotated[FieldKind, "The type of its value."]
    about: Annotated[str, "Its meaning."]
    values: Annotated[list[str] | Omitted, "Its known values."] = OMITTED


class FoundField(NamedTuple):
    """Field of events, with the event types that have it (events explain)."""

    path: Annotated[str, "Its path in the output of events decode."]
    kind: Annotated[FieldKind, "The type of its value."]
    about: Annotated[str, "Its meaning."]
    values: Annotated[list[str] | Omitted, "Its known values."]
    event_types: Annotated[list[str], "The event types that have it."]


class ExplainedType(NamedTuple):
    """Full description of an event type (events explain)."""

    event_type: Annotated[str, "The name of the type: entityFqdn and slug, joined by _."]
    entity_fqdn: Annotated[str, "The kind of entity, by its domain name."]
    slug: Annotated[str, "The change of the entity, such as updated."]
    title: Annotated[str, "The type in words."]
    handlers: Annotated[list[str], "Its handlers in Velo and in the SDK."]
    fires: Annotated[str, "The condition for sending it."]
    quirks: Annotated[list[str], "Its deviations from other event types."]
    fields: Annotated[list[FieldAbout], "Its fields."]
    example: Annotated[DomainEvent, "An example."]


EventTypes = list[EventType]
Explanation = ExplainedType | list[EventType] | list[FoundField]


class KeyFiles(NamedTuple):
    """Files of a new key pair (events keygen)."""

    private: Annotated[str, "The private key, which signs; readable by its owner only."]
    public: Annotated[str, "The public key, which verifies."]


class Attempt(NamedTuple):
    """Event sent to an endpoint, and the response (events send, events replay)."""

    sent: Annotated[Trial, "The kind of event: genuine, the same again, or defective."]
    status: Annotated[int | None, "The HTTP status; null if there was no response."]
    milliseconds: Annotated[int, "The time until the response."]
    body: Annotated[str, "The beginning of the response body."]
    right: Annotated[bool, "Whether a correct endpoint would respond in this way."]
    should: Annotated[str, "The response of a correct endpoint."]
    problem: Annotated[str | Omitted, "The reason that there was no response."] = OMITTED
    redirects_to: Annotated[
        str | Omitted, "The URL in the Location header, without its query; it was not followed."
    ] = OMITTED
    explanation: Annotated[str | Omitted, "The reason that the response is wrong."] = OMITTED


Attempts = list[Attempt]
