"""An event, whichever shape it came in: what happened, to what, when."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from loyaltyctl.intake import timestamps
from loyaltyctl.intake.values import is_revision
from loyaltyctl.model.events import dates
from loyaltyctl.model.events.catalogue import BY_NAME, Body
from loyaltyctl.model.events.entities import EARNING_RULE
from loyaltyctl.model.events.envelope import Envelope
from loyaltyctl.model.fields import FieldKind
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.entities import Entity

WHERE_ENTITY = {Body.CREATED: "entity", Body.UPDATED: "currentEntity", Body.DELETED: "deletedEntity"}
"""The member of a body that is the entity."""


class Event:
    """One event in the spelling of REST.

    `body` is the domain event, or whatever an unknown type has in its place. `guess` says
    why its type is taken for what it is, where it does not say so itself.
    """

    def __init__(self, body: Json, envelope: Envelope = Envelope(), guess: str = "") -> None:  # noqa: B008 - it cannot change
        self._body = body
        self._domain: JsonObject = body if isinstance(body, dict) else {}
        self.envelope = envelope
        self.guess = guess
        self.type = envelope.event_type or self._stated_type()
        """As the envelope says, or made from what the event says; may be empty."""
        self.kind = BY_NAME.get(self.type)
        """What is known of its type."""

    @property
    def has_body(self) -> bool:
        """Whether there is an object that says what happened."""
        return isinstance(self._body, dict)

    @property
    def id(self) -> str:
        return self._text("id")

    @property
    def entity_fqdn(self) -> str:
        return self._text("entityFqdn") or (self.kind.entity.fqdn if self.kind else "")

    @property
    def entity_id(self) -> str:
        return self._text("entityId")

    @property
    def time(self) -> str:
        """When it happened: RFC 3339 in UTC, or the text as it came."""
        time = dates.utc(self._domain.get("eventTime"))
        return time if isinstance(time, str) else ""

    @property
    def moment(self) -> datetime | None:
        """The same as a moment, where it is one."""
        return timestamps.parse(self.time)

    @property
    def sequence(self) -> int | None:
        """Its place among the events of its entity: a number written as text."""
        return _number(self._domain.get("entityEventSequence"))

    @property
    def revision(self) -> int:
        """The revision of its entity; -1 where that has none."""
        number = _number(self.entity.get("revision")) if self.entity else None
        return -1 if number is None else number

    @cached_property
    def entity(self) -> JsonObject | None:
        """The entity as it is after the event, where it is in it."""
        found: Json = None
        if self.kind is None:
            found = next((self._member(body, name) for body, name in WHERE_ENTITY.items()), None)
        elif self.kind.body is not Body.ACTION:
            found = self._member(self.kind.body, WHERE_ENTITY[self.kind.body])
        elif self.kind.holds and self.action:
            found = self.action.get(self.kind.holds)
        if not isinstance(found, dict):
            return None
        if self.kind is not None and self.kind.entity is EARNING_RULE:
            found = EarningRule.read(found).document
        return _dated(found, self.kind.entity) if self.kind else found

    @cached_property
    def action(self) -> JsonObject | None:
        """What an action says."""
        found = self._member(Body.ACTION, "body")
        if not isinstance(found, dict):
            return None
        if self.kind is None or not isinstance(held := found.get(self.kind.holds), dict):
            return found
        return found | {self.kind.holds: _dated(held, self.kind.entity)}

    def body(self) -> Json:
        """The domain event with its dates in one spelling; that of an unknown type as it came."""
        if self.kind is None or not isinstance(self._body, dict):
            return self._body
        body = dict(self._body)
        if "eventTime" in body:
            body["eventTime"] = dates.utc(body["eventTime"])
        part = body.get(self.kind.body)
        if isinstance(part, dict):
            if self.kind.body is Body.ACTION:
                body[self.kind.body] = part | ({"body": self.action} if self.action is not None else {})
            elif self.entity is not None:
                body[self.kind.body] = part | {WHERE_ENTITY[self.kind.body]: self.entity}
        return body

    def sentence(self) -> str:
        """What happened, for a person: `Earning rule “Purchase a product” was updated, revision 2`."""
        if self.kind is None:
            return f"Event of an unknown type{f': {self.type}' if self.type else ''}"
        about, entity = self.kind.entity, self.entity
        title = text_at(entity, about.title) if about.title else ""
        name = f" “{title}”" if title else f" {self.entity_id}" if self.entity_id else ""
        told = [(path, text_at(entity, path)) for path in about.told]
        told += [(path, text_at(self.action, path)) for path in self.kind.told]
        facts = "".join(f", {path.rpartition('.')[2]} {text}" for path, text in told if text)
        return f"{about.name[0].upper()}{about.name[1:]}{name} {self.kind.happened}{facts}"

    def _stated_type(self) -> str:
        fqdn, slug = self._text("entityFqdn"), self._text("slug")
        return f"{fqdn}_{slug}" if fqdn and slug else ""

    def _text(self, name: str) -> str:
        value = self._domain.get(name)
        return value if isinstance(value, str) else ""

    def _member(self, body: Body, name: str) -> Json:
        part = self._domain.get(body)
        return part.get(name) if isinstance(part, dict) else None


def _number(value: Json) -> int | None:
    """A number, or one that is written as text."""
    return int(value) if isinstance(value, str | int) and is_revision(str(value)) else None


_DATES = {
    kind.entity.name: [field.path.split(".") for field in kind.entity.fields if field.kind is FieldKind.DATE]
    for kind in BY_NAME.values()
}
"""Where the dates of each kind of entity stand."""


def text_at(value: Json, path: str) -> str:
    """The text, number or flag at a path, as text; empty where there is none."""
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _dated(value: JsonObject, entity: Entity) -> JsonObject:
    """An entity with its dates as RFC 3339; itself where they are."""
    for steps in _DATES[entity.name]:
        value = _with_date(value, steps)
    return value


def _with_date(value: JsonObject, steps: Sequence[str]) -> JsonObject:
    name, *more = steps
    old = value.get(name)
    new = _with_date(old, more) if more and isinstance(old, dict) else old if more else dates.utc(old)
    return value if new is old else value | {name: new}
