"""What stands around every event, whatever it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.fields import Field, FieldKind

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

ENVELOPE = ("eventType", "instanceId", "identity", "accountInfo")


class Envelope(NamedTuple):
    """What stands around an event: its type, whose app it is for, who brought it about."""

    event_type: str = ""
    instance_id: Json = None
    identity: Json = None
    account_info: Json = None

    @classmethod
    def of(cls, document: JsonObject) -> Envelope:
        """The envelope whose members, among others, an object has."""
        event_type = document.get("eventType")
        return cls(
            event_type if isinstance(event_type, str) else "",
            document.get("instanceId"),
            document.get("identity"),
            document.get("accountInfo"),
        )


FIELDS = (
    Field("eventType", FieldKind.TEXT, "What happened to what: entityFqdn and slug with _ between them."),
    Field("instanceId", FieldKind.ID, "Your app on this one site."),
    Field(
        "identity.identityType",
        FieldKind.TEXT,
        "Who brought it about.",
        ("UNKNOWN", "ANONYMOUS_VISITOR", "MEMBER", "WIX_USER", "APP"),
    ),
    Field("identity.anonymousVisitorId", FieldKind.ID, "The visitor, where one did who was not signed in."),
    Field("identity.memberId", FieldKind.ID, "The member, where one did."),
    Field("identity.wixUserId", FieldKind.ID, "The owner or a collaborator, where one of these did."),
    Field("identity.appId", FieldKind.ID, "The app, where one did."),
    Field("accountInfo.accountId", FieldKind.ID, "The Wix account that the site belongs to."),
    Field("accountInfo.parentAccountId", FieldKind.ID, "The account above that one, where there is one."),
    Field("accountInfo.siteId", FieldKind.ID, "The site."),
    Field("claims.iat", FieldKind.WHOLE, "When the token was issued, in seconds since 1970."),
    Field("claims.exp", FieldKind.WHOLE, "When it expires, in seconds since 1970; may be missing."),
    Field("claims.nbf", FieldKind.WHOLE, "Before when it is not valid; the vendor does not send it."),
    Field("claims.iss", FieldKind.TEXT, "Who issued it; events do not say."),
    Field("claims.aud", FieldKind.TEXT, "Whom it is for; events do not say."),
    Field("event.id", FieldKind.ID, "The id of the event: the same each time it is delivered."),
    Field("event.entityFqdn", FieldKind.TEXT, "The kind of entity, by its domain name."),
    Field("event.slug", FieldKind.TEXT, "What happened to it."),
    Field("event.entityId", FieldKind.ID, "Which entity it is about; not always a GUID."),
    Field("event.eventTime", FieldKind.DATE, "When it happened, to the microsecond."),
    Field(
        "event.triggeredByAnonymizeRequest", FieldKind.FLAG, "Whether a request to forget a person caused it."
    ),
    Field("event.originatedFrom", FieldKind.TEXT, "What caused it, where that is told."),
    Field(
        "event.entityEventSequence",
        FieldKind.COUNT,
        "Its place among the events of its entity: compare it as a number. Velo does not tell it.",
    ),
    Field("event.updatedEvent.modifiedFields", FieldKind.OBJECT, "What was changed, where that is told."),
    Field("event.createdEvent.restoreInfo", FieldKind.OBJECT, "That it was deleted before, and when."),
)
"""What every event has around what it is about, by its path in what `events decode` writes."""
