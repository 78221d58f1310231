"""Envelope of events: the data around the domain event, and the fields that all events have."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.model.fields import Field, FieldKind

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

ENVELOPE = ("eventType", "instanceId", "identity", "accountInfo")
"""Names of the members of an event's envelope."""


class Envelope(NamedTuple):
    """Envelope of an event: its type, the app instance that received it, and the identity that caused it."""

    event_type: str = ""
    instance_id: Json = None
    identity: Json = None
    account_info: Json = None

    @classmethod
    def of(cls, document: JsonObject) -> Envelope:
        """Return the envelope of an event from a JSON object; other members are ignored."""
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
    Field("identity.anonymousVisitorId", FieldKind.ID, "Visitor who caused the event, if not signed in."),
    Field("identity.memberId", FieldKind.ID, "Member who caused the event."),
    Field("identity.wixUserId", FieldKind.ID, "Site owner or collaborator who caused the event."),
    Field("identity.appId", FieldKind.ID, "App that caused the event."),
    Field("accountInfo.accountId", FieldKind.ID, "Wix account that the site belongs to."),
    Field("accountInfo.parentAccountId", FieldKind.ID, "Parent of that account, if it has one."),
    Field("accountInfo.siteId", FieldKind.ID, "Site that the event happened on."),
    Field("claims.iat", FieldKind.WHOLE, "Time the token was issued, in seconds since 1970."),
    Field("claims.exp", FieldKind.WHOLE, "Time the token expires, in seconds since 1970; may be missing."),
    Field("claims.nbf", FieldKind.WHOLE, "Time from which the token is valid; Wix does not send it."),
    Field("claims.iss", FieldKind.TEXT, "Issuer of the token; Wix does not send it."),
    Field("claims.aud", FieldKind.TEXT, "Audience of the token; Wix does not send it."),
    Field("event.id", FieldKind.ID, "ID of the event, the same in each delivery."),
    Field("event.entityFqdn", FieldKind.TEXT, "Fully qualified domain name of the entity type."),
    Field("event.slug", FieldKind.TEXT, "What happened to the entity, such as created."),
    Field("event.entityId", FieldKind.ID, "ID of the entity; not always a GUID."),
    Field("event.eventTime", FieldKind.DATE, "Time of the event, with microseconds."),
    Field(
        "event.triggeredByAnonymizeRequest",
        FieldKind.FLAG,
        "Whether it was caused by a request to anonymize personal data.",
    ),
    Field("event.originatedFrom", FieldKind.TEXT, "Cause of the event, if sent."),
    Field(
        "event.entityEventSequence",
        FieldKind.COUNT,
        "Position among the events of the entity: compare it as a number. Velo does not send it.",
    ),
    Field("event.updatedEvent.modifiedFields", FieldKind.OBJECT, "Changed fields, if sent."),
    Field(
        "event.createdEvent.restoreInfo", FieldKind.OBJECT, "Deletion date of the entity, if it was restored."
    ),
)
"""Fields of every event, by their path in the output of `events decode`."""
