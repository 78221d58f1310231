"""Event: an event of any format, represented in the format of REST webhooks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from loyaltyctl.intake import timestamps
from loyaltyctl.intake.json_paths import value_at
from loyaltyctl.intake.values import is_revision
from loyaltyctl.model.events import dates
from loyaltyctl.model.events.catalog import BY_NAME, EARNING_RULE, Body
from loyaltyctl.model.events.envelope import Envelope
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from datetime import datetime

    from loyaltyctl.intake.values import Json, JsonObject

ENTITY_MEMBERS = {Body.CREATED: "entity", Body.UPDATED: "currentEntity", Body.DELETED: "deletedEntity"}
"""Name of the member with the entity, by the kind of body."""


class Event:
    """One event, in the format of REST webhooks.

    `body` is the domain event, or any other JSON that was sent in its place. If the event does not contain
    its type, `guess` is the reason for the assumed type.
    """

    def __init__(self, body: Json, envelope: Envelope = Envelope(), guess: str = "") -> None:  # noqa: B008 - immutable
        """Look up the type of the event in its envelope, else in the domain event."""
        self._body = body
        self._domain: JsonObject = body if isinstance(body, dict) else {}
        self.envelope = envelope
        self.guess = guess
        self.type = envelope.event_type or self._type_of_body()
        """Event type, from the envelope or else from the domain event; may be empty."""
        self.kind = BY_NAME.get(self.type)
        """Event type in the catalog; None if it is not there."""

    @property
    def has_body(self) -> bool:
        """Whether the event has a body: a domain event that is a JSON object."""
        return isinstance(self._body, dict)

    @property
    def id(self) -> str:
        """ID of the event; empty if it has none."""
        return self._text_member("id")

    @property
    def entity_fqdn(self) -> str:
        """Fully qualified domain name of the event's entity; empty if it is not known."""
        return self._text_member("entityFqdn") or (self.kind.entity.fqdn if self.kind else "")

    @property
    def entity_id(self) -> str:
        """ID of the event's entity; empty if the event has no entityId."""
        return self._text_member("entityId")

    @property
    def time(self) -> str:
        """Time of the event in RFC 3339 and UTC; the original text if it is not a date; empty if missing."""
        time = dates.to_utc(self._domain.get("eventTime"))
        return time if isinstance(time, str) else ""

    @property
    def timestamp(self) -> datetime | None:
        """Time of the event; None if it is missing or not a date."""
        return timestamps.parse(self.time)

    @property
    def sequence(self) -> int | None:
        """Position among the events of the entity; None if it is missing, as in Velo's events."""
        # Sent as a decimal string, which must not be compared as text: "10" would come before "9".
        return _event_number(self._domain.get("entityEventSequence"))

    @property
    def revision(self) -> int:
        """Revision of the event's entity; -1 if it is missing."""
        number = _event_number(self.entity.get("revision")) if self.entity else None
        return -1 if number is None else number

    @cached_property
    def entity(self) -> JsonObject | None:
        """Entity as it is after the event; None if the event does not include it."""
        found: Json = None
        if self.kind is None:
            members = (self._body_member(body, name) for body, name in ENTITY_MEMBERS.items())
            found = next((member for member in members if isinstance(member, dict)), None)
        elif self.kind.body is not Body.ACTION:
            found = self._body_member(self.kind.body, ENTITY_MEMBERS[self.kind.body])
        elif self.kind.entity_member and self.action:
            found = self.action.get(self.kind.entity_member)
        if not isinstance(found, dict):
            return None
        if self.kind is not None and self.kind.entity is EARNING_RULE:
            # Published examples are in snake_case, and SDK events have _id: read() converts both spellings.
            found = EarningRule.read(found).document
        return dates.entity_to_utc(found, self.kind.entity) if self.kind else found

    @cached_property
    def action(self) -> JsonObject | None:
        """Body of an action event; None if the event is not an action, or has no body."""
        found = self._body_member(Body.ACTION, "body")
        if not isinstance(found, dict):
            return None
        if self.kind is None or not isinstance(entity := found.get(self.kind.entity_member), dict):
            return found
        return found | {self.kind.entity_member: dates.entity_to_utc(entity, self.kind.entity)}

    def body(self) -> Json:
        """Return the domain event with the event time and the entity's dates in UTC.

        It is returned unchanged if the event type is unknown.
        """
        # Without a catalog entry, dates cannot be told from other strings.
        if self.kind is None or not isinstance(self._body, dict):
            return self._body
        body = dict(self._body)
        if "eventTime" in body:
            body["eventTime"] = dates.to_utc(body["eventTime"])
        part = body.get(self.kind.body)
        if isinstance(part, dict):
            if self.kind.body is Body.ACTION:
                body[self.kind.body] = part | ({"body": self.action} if self.action is not None else {})
            elif self.entity is not None:
                body[self.kind.body] = part | {ENTITY_MEMBERS[self.kind.body]: self.entity}
        return body

    def sentence(self) -> str:
        """Describe the event: `Earning rule “Purchase a product” was updated, revision 2`."""
        if self.kind is None:
            return f"Event of an unknown type{f': {self.type}' if self.type else ''}"
        about, entity = self.kind.entity, self.entity
        title = _sentence_text(entity, about.title) if about.title else ""
        name = f" “{title}”" if title else f" {self.entity_id}" if self.entity_id else ""
        facts = [(path, _sentence_text(entity, path)) for path in about.summary]
        facts += [(path, _sentence_text(self.action, path)) for path in self.kind.summary]
        shown = "".join(f", {path.rpartition('.')[2]} {text}" for path, text in facts if text)
        return f"{about.capitalized_name}{name} {self.kind.happened}{shown}"

    def _type_of_body(self) -> str:
        """Return the event type that the domain event gives; empty if it gives none."""
        fqdn, slug = self._text_member("entityFqdn"), self._text_member("slug")
        return f"{fqdn}_{slug}" if fqdn and slug else ""

    def _text_member(self, name: str) -> str:
        """Return a text member of the domain event; empty if the member is missing or not a text."""
        value = self._domain.get(name)
        return value if isinstance(value, str) else ""

    def _body_member(self, body: Body, name: str) -> Json:
        """Return a member of the event's `createdEvent`, `actionEvent` …; None if it is missing."""
        part = self._domain.get(body)
        return part.get(name) if isinstance(part, dict) else None


def _event_number(value: Json) -> int | None:
    """Parse the sequence or revision that an event has, text or an int; None if it is missing or invalid."""
    return int(value) if isinstance(value, str | int) and is_revision(str(value)) else None


def _sentence_text(value: Json, path: str) -> str:
    """Return the value at a path as text for `Event.sentence`; empty for an object, a list or no value."""
    value = value_at(value, path)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""
