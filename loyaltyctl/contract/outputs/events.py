"""What the commands of `events` print."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

from loyaltyctl.contract.json_schema import ObjectOf
from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted
from loyaltyctl.model.events import catalog, envelope
from loyaltyctl.model.fields import Field, FieldKind
from loyaltyctl.model.json_schema import response_properties
from loyaltyctl.model.resources import Resource

CheckName = Literal[
    "size", "form", "header", "signature", "payload", "expiry", "start", "issuer", "audience", "age"
]

_ENVELOPE = Resource(
    "envelope",
    (
        *envelope.FIELDS,
        Field(
            "event.createdEvent", FieldKind.OBJECT, "What was created; its entity is the one under entity."
        ),
        Field(
            "event.updatedEvent",
            FieldKind.OBJECT,
            "What was changed; its currentEntity is the one under entity.",
        ),
    ),
)


def _part(name: str, description: str, above: str) -> ObjectOf:
    """Describe an object of the envelope by the fields that are documented."""
    return ObjectOf(name, description, lambda: response_properties(_ENVELOPE, above))


Identity: TypeAlias = Annotated[
    dict[str, Any], _part("Identity", "The person or app that caused the event.", "identity")
]
AccountInfo: TypeAlias = Annotated[
    dict[str, Any], _part("AccountInfo", "The account and site of the event.", "accountInfo")
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
    dict[str, Any], _part("DomainEvent", "The event as REST sends it, with dates in RFC 3339.", "event")
]


class SignatureState(InlineEnum):
    """State of an event's signature."""

    VERIFIED = "verified"
    INVALID = "invalid"
    UNCHECKED = "unchecked"


class Trial(InlineEnum):
    """Kind of event that is sent; the defective ones are named as the options are."""

    GENUINE = "genuine"
    DUPLICATE = "duplicate"
    TAMPER = "tamper"
    EXPIRED = "expired"
    WRONG_KEY = "wrong-key"


class FittingKey(NamedTuple):
    """The one of several public keys that a signature fits."""

    name: Annotated[str, "Its file, or the setting that it is from."]
    fingerprint: Annotated[str, "The SHA-256 of its bytes."]


class Reading(NamedTuple):
    """An event, whichever shape it came in. A value that nobody documents is passed through as it came."""

    signature: Annotated[SignatureState, "What is known of its signature: only verified is to be relied on."]
    event_type: Annotated[str | None, "Its type, such as wix.loyalty.v1.program_updated."]
    known: Annotated[bool, "Whether the type is known here."]
    instance_id: Annotated[Any, "Your app on this one site; null where that is not told."]
    identity: Annotated[Identity | Any, "Who brought it about; null where that is not told."]
    account_info: Annotated[AccountInfo | Any, "Whose site it is; null where that is not told."]
    claims: Annotated[Claims | None, "The claims of the token; null for bare JSON."]
    event: Annotated[DomainEvent | Any, "The event; of an unknown type whatever stands in its place."]
    entity: Annotated[dict[str, Any] | None, "What it is about, as it is after it, where it says so."]
    action: Annotated[dict[str, Any] | None, "What an action says; null for other events."]
    reason: Annotated[str | Omitted, "Why it is not to be trusted, for scripts, such as BAD_SIGNATURE."] = (
        OMITTED
    )
    guess: Annotated[
        str | Omitted, "Why its type is taken for what it is, where it does not say so itself."
    ] = OMITTED
    key: Annotated[FittingKey | Omitted, "The one of several keys that its signature fits."] = OMITTED
    found_in: Annotated[
        str | Omitted, "Where in the text or the JSON the token was found, if it did not stand alone."
    ] = OMITTED


ReadingOrReadings = Reading | list[Reading]


class Check(NamedTuple):
    """One check of a token."""

    name: Annotated[CheckName, "What was checked."]
    ok: Annotated[bool, "Whether it held."]
    detail: Annotated[str, "What was found, in words."]


class Verdict(NamedTuple):
    """Whether a token is to be trusted."""

    valid: Annotated[bool, "Whether every check held."]
    reason: Annotated[str | Omitted, "Why it is not to be trusted, for scripts, such as EXPIRED."]
    checks: Annotated[list[Check], "In the order in which they were made; the first to fail is the last."]


VerdictOrVerdicts = Verdict | list[Verdict]


class EventType(NamedTuple):
    """One type of event."""

    event_type: Annotated[str, "Its name: entityFqdn and slug with _ between them."]
    entity_fqdn: Annotated[str, "The kind of entity that it is about."]
    slug: Annotated[str, "What happens to it."]
    title: Annotated[str, "The same in words."]
    handlers: Annotated[list[str], "The handlers of Velo and of the SDK."]

    @classmethod
    def of(cls, kind: catalog.EventType) -> EventType:
        """Return an entry of the catalog as printed."""
        handlers = [name for name in (kind.velo, kind.sdk) if name]
        return cls(kind.name, kind.entity.fqdn, kind.slug, kind.title, handlers)


class FieldAbout(NamedTuple):
    """A field of an event."""

    path: Annotated[str, "Where it stands in what events decode prints."]
    kind: Annotated[FieldKind, "What it holds."]
    about: Annotated[str, "What it means."]
    values: Annotated[list[str] | Omitted, "The values that are known of it."] = OMITTED


class FoundField(NamedTuple):
    """Field of events, and the event types that have it."""

    path: Annotated[str, "Its path in the output of events decode."]
    kind: Annotated[FieldKind, "The type of its value."]
    about: Annotated[str, "Its meaning."]
    values: Annotated[list[str] | Omitted, "Its known values."]
    event_types: Annotated[list[str], "The event types that have it."]


class ExplainedType(NamedTuple):
    """Event type with everything that is known about it."""

    event_type: Annotated[str, "Its name: entityFqdn and slug, joined by _."]
    entity_fqdn: Annotated[str, "The kind of entity that it is about."]
    slug: Annotated[str, "What happens to the entity."]
    title: Annotated[str, "The same in words."]
    handlers: Annotated[list[str], "Its handlers in Velo and in the SDK."]
    fires: Annotated[str, "When it is sent."]
    quirks: Annotated[list[str], "Its deviations from other event types."]
    fields: Annotated[list[FieldAbout], "Its fields."]
    example: Annotated[DomainEvent, "An example."]


EventTypes = list[EventType]
Explanation = ExplainedType | list[EventType] | list[FoundField]


class KeyFiles(NamedTuple):
    """The files of a pair of keys."""

    private: Annotated[str, "The one that signs; nobody else may read it."]
    public: Annotated[str, "The one that checks."]


class Attempt(NamedTuple):
    """An event that was sent to an endpoint, and how it was answered."""

    sent: Annotated[Trial, "What was sent: a genuine event, the same again, or one that is spoilt."]
    status: Annotated[int | None, "The HTTP status; null where nothing answered."]
    milliseconds: Annotated[int, "How long the answer took."]
    body: Annotated[str, "The beginning of the answer."]
    right: Annotated[bool, "Whether a correct endpoint would have done the same."]
    should: Annotated[str, "What a correct endpoint does."]
    problem: Annotated[str | Omitted, "Why nothing answered."] = OMITTED
    redirects_to: Annotated[
        str | Omitted, "The address in the Location header, without its query; it was not followed."
    ] = OMITTED
    explanation: Annotated[str | Omitted, "Why the answer is not right."] = OMITTED


Attempts = list[Attempt]
