"""What the commands of `events` print."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from loyaltyctl.contract.outputs.shape import Open, Part, Shape, known_members, optional
from loyaltyctl.model.events import envelope
from loyaltyctl.model.fields import FieldKind

Signature = Literal["verified", "invalid", "unchecked"]
Sent = Literal["genuine", "duplicate", "tamper", "expired", "wrong-key"]
CheckName = Literal[
    "size", "form", "header", "signature", "payload", "expiry", "start", "issuer", "audience", "age"
]

_PARTS = {
    "createdEvent": Part("What was created; its entity is the one under entity."),
    "updatedEvent": Part("What was changed; its currentEntity is the one under entity."),
}


def _below(name: str) -> Any:
    """The members that are known below one of the envelope."""
    inner = (one for one in envelope.FIELDS if one.path.startswith(f"{name}."))
    known = (one._replace(path=one.path.removeprefix(f"{name}.")) for one in inner)
    return known_members(known, _PARTS)


class Identity(Open):
    """Who brought an event about."""

    model_config = ConfigDict(json_schema_extra=_below("identity"))


class AccountInfo(Open):
    """Whose site it happened on."""

    model_config = ConfigDict(json_schema_extra=_below("accountInfo"))


class Claims(Open):
    """The claims of a token, but for the event. What they say is true once the signature holds."""

    model_config = ConfigDict(json_schema_extra={"properties": {}})


class DomainEvent(Open):
    """An event as REST sends it, with its dates in RFC 3339."""

    model_config = ConfigDict(json_schema_extra=_below("event"))


class FittingKey(Shape):
    """The one of several public keys that a signature fits."""

    name: str = Field(description="Its file, or the setting that it is from.")
    fingerprint: str = Field(description="The SHA-256 of its bytes.")


class Reading(Shape):
    """An event, whichever shape it came in. A value that nobody documents is passed through as it came."""

    signature: Signature = Field(
        description="What is known of its signature: only verified is to be relied on."
    )
    event_type: str | None = Field(description="Its type, such as wix.loyalty.v1.program_updated.")
    known: bool = Field(description="Whether the type is known here.")
    instance_id: Any = Field(description="Your app on this one site; null where that is not told.")
    identity: Identity | Any = Field(description="Who brought it about; null where that is not told.")
    account_info: AccountInfo | Any = Field(description="Whose site it is; null where that is not told.")
    claims: Claims | None = Field(description="The claims of the token; null for bare JSON.")
    event: DomainEvent | Any = Field(
        description="The event; of an unknown type whatever stands in its place."
    )
    entity: dict[str, Any] | None = Field(
        description="What it is about, as it is after it, where it says so."
    )
    action: dict[str, Any] | None = Field(description="What an action says; null for other events.")
    reason: str = optional("Why it is not to be trusted, for scripts, such as BAD_SIGNATURE.")
    guess: str = optional("Why its type is taken for what it is, where it does not say so itself.")
    key: FittingKey = optional("The one of several keys that its signature fits.")
    found_in: str = optional("Where in the text or the JSON the token was found, if it did not stand alone.")


ReadingOrReadings = Reading | list[Reading]


class Check(Shape):
    """One check of a token."""

    name: CheckName = Field(description="What was checked.")
    ok: bool = Field(description="Whether it held.")
    detail: str = Field(description="What was found, in words.")


class Verdict(Shape):
    """Whether a token is to be trusted."""

    valid: bool = Field(description="Whether every check held.")
    reason: str = optional("Why it is not to be trusted, for scripts, such as EXPIRED.")
    checks: list[Check] = Field(
        description="In the order in which they were made; the first to fail is the last."
    )


VerdictOrVerdicts = Verdict | list[Verdict]


class EventType(Shape):
    """One type of event."""

    event_type: str = Field(description="Its name: entityFqdn and slug with _ between them.")
    entity_fqdn: str = Field(description="The kind of entity that it is about.")
    slug: str = Field(description="What happens to it.")
    title: str = Field(description="The same in words.")
    handlers: list[str] = Field(description="The handlers of Velo and of the SDK.")


class FieldAbout(Shape):
    """A field of an event."""

    path: str = Field(description="Where it stands in what events decode prints.")
    kind: FieldKind = Field(description="What it holds.")
    about: str = Field(description="What it means.")
    values: list[str] = optional("The values that are known of it.")


class FoundField(FieldAbout):
    """A field, and the types whose events have it."""

    event_types: list[str] = Field(description="The types whose events have it.")


class ExplainedType(EventType):
    """One type of event with all that is known of it."""

    fires: str = Field(description="When it comes.")
    quirks: list[str] = Field(description="What is odd about it.")
    fields: list[FieldAbout] = Field(description="Its fields.")
    example: DomainEvent = Field(description="One as it may look.")


EventTypes = list[EventType]
Explanation = ExplainedType | list[EventType] | list[FoundField]


class KeyFiles(Shape):
    """The files of a pair of keys."""

    private: str = Field(description="The one that signs; nobody else may read it.")
    public: str = Field(description="The one that checks.")


class Attempt(Shape):
    """An event that was sent to an endpoint, and how it was answered."""

    sent: Sent = Field(description="What was sent: a genuine event, the same again, or one that is spoilt.")
    status: int | None = Field(description="The HTTP status; null where nothing answered.")
    milliseconds: int = Field(description="How long the answer took.")
    body: str = Field(description="The beginning of the answer.")
    right: bool = Field(description="Whether a correct endpoint would have done the same.")
    should: str = Field(description="What a correct endpoint does.")
    problem: str = optional("Why nothing answered.")
    redirects_to: str = optional(
        "The address in the Location header, without its query; it was not followed."
    )
    explanation: str = optional("Why the answer is not right.")


Attempts = list[Attempt]
