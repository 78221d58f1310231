"""The envelope of events: what every event has, whatever it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.fields import Field, FieldKind

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

ENVELOPE = ("eventType", "instanceId", "identity", "accountInfo")


class Envelope(NamedTuple):
    """Envelope of an event: its type, the app instance it was sent to, and who caused it."""

    event_type: str = ""
    instance_id: Json = None
    identity: Json = None
    account_info: Json = None

    @classmethod
    def of(cls, document: JsonObject) -> Envelope:
        """Return the envelope in an object that may have other members too."""
        event_type = document.get("eventType")
        return cls(
            event_type if isinstance(event_type, str) else "",
            document.get("instanceId"),
            document.get("identity"),
            document.get("accountInfo"),
        )


FIELDS = (
    Field("eventType", FieldKind.TEXT, "Type of the event: entityFqdn and slug joined by _."),
    Field("instanceId", FieldKind.ID, "Instance of your app on the site."),
    Field(
        "identity.identityType",
        FieldKind.TEXT,
        "Type of the identity that caused the event.",
        ("UNKNOWN", "ANONYMOUS_VISITOR", "MEMBER", "WIX_USER", "APP"),
    ),
    Field("identity.anonymousVisitorId", FieldKind.ID, "Visitor, if caused by one who was not signed in."),
    Field("identity.memberId", FieldKind.ID, "Member, if caused by one."),
    Field("identity.wixUserId", FieldKind.ID, "Site owner or collaborator, if caused by one."),
    Field("identity.appId", FieldKind.ID, "App, if caused by one."),
    Field("accountInfo.accountId", FieldKind.ID, "Wix account that the site belongs to."),
    Field("accountInfo.parentAccountId", FieldKind.ID, "Parent of that account, if it has one."),
    Field("accountInfo.siteId", FieldKind.ID, "Site."),
    Field("claims.iat", FieldKind.WHOLE, "Time the token was issued, in seconds since 1970."),
    Field("claims.exp", FieldKind.WHOLE, "Time it expires, in seconds since 1970; may be missing."),
    Field("claims.nbf", FieldKind.WHOLE, "Time before which it is not valid; Wix does not send it."),
    Field("claims.iss", FieldKind.TEXT, "Issuer; Wix does not send it."),
    Field("claims.aud", FieldKind.TEXT, "Audience; Wix does not send it."),
    Field("event.id", FieldKind.ID, "ID of the event, the same in each delivery of it."),
    Field("event.entityFqdn", FieldKind.TEXT, "Fully qualified domain name of the kind of entity."),
    Field("event.slug", FieldKind.TEXT, "What happened to the entity, such as created."),
    Field("event.entityId", FieldKind.ID, "ID of the entity; not always a GUID."),
    Field("event.eventTime", FieldKind.DATE, "Time of the event, in microseconds."),
    Field(
        "event.triggeredByAnonymizeRequest",
        FieldKind.FLAG,
        "Whether it was caused by a request to anonymize personal data.",
    ),
    Field("event.originatedFrom", FieldKind.TEXT, "Cause of the event, if it is given."),
    Field(
        "event.entityEventSequence",
        FieldKind.COUNT,
        "Position among the events of the entity: compare it as a number. Velo does not send it.",
    ),
    Field("event.updatedEvent.modifiedFields", FieldKind.OBJECT, "Changed fields, if they are given."),
    Field("event.createdEvent.restoreInfo", FieldKind.OBJECT, "Date of its deletion, if it was restored."),
)
"""Fields of every event, by their path in the output of `events decode`."""
