"""Catalog of event types: the entity of each, when it fires, its fields, quirks and a sample.

The tables are package data: one JSON file per entity in data/, in the order of _FILES. Sources are
Wix's webhook pages, and the types of its JavaScript SDK where those pages are silent.

    name, fqdn     name of the entity as sentences use it, and its fully qualified domain name
    title          path of the entity's name, if it has one
    summary        paths shown in one-line summaries
    flattened      path of the object whose fields Velo puts at the top level
    marks          fields by which the entity is recognized in Velo's events, which lack the event type
    entityId       constant entityId of an entity that has no ID
    fields         rows [path, kind, meaning], or [path, kind, meaning, values] for an enum; a row such as
                   ["contact.picture", "@image"] stands for the group `image` of groups.json, below the path
    sample         a sample entity
    quirks         quirks of all events that include the entity
    events         by slug: fires, happened, quirks, velo and sdk (handler names); for an action also the
                   fields and a sample of its body, summary, and entity_member: the field with the entity

JSON rather than TOML: the standard library parses it in 0.6 ms instead of 15, and every decode loads it.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.model.fields import Field, FieldKind
from loyaltyctl.model.rule_table import RULE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loyaltyctl.intake.values import JsonObject

DELIVERY_TIMEOUT = 1.25
"""Seconds within which Wix expects status 200, else it sends the event again. Source: Wix's resend policy."""


class Body(StrEnum):
    """Kind of an event type in the catalog: the member of the domain event that describes the change."""

    CREATED = "createdEvent"
    UPDATED = "updatedEvent"
    DELETED = "deletedEvent"
    ACTION = "actionEvent"


class Entity(NamedTuple):
    """Entity in the catalog of event types. The module docstring describes the attributes."""

    name: str
    fqdn: str
    fields: tuple[Field, ...]
    sample: JsonObject
    title: str = ""
    summary: tuple[str, ...] = ()
    flattened: str = ""
    marks: tuple[str, ...] = ()
    entity_id: str = ""

    @property
    def capitalized_name(self) -> str:
        """Name of the catalog's entity at the start of a sentence: `Loyalty account`."""
        return f"{self.name[0].upper()}{self.name[1:]}"


class EventType(NamedTuple):
    """Event type in the catalog. The module docstring describes the attributes."""

    entity: Entity
    slug: str
    body: Body
    happened: str
    """Predicate of the sentence `Earning rule “…” was created`."""
    fires: str
    quirks: tuple[str, ...] = ()
    velo: str = ""
    sdk: str = ""
    fields: tuple[Field, ...] = ()
    sample: JsonObject | None = None
    entity_member: str = ""
    summary: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Full name of the event type in the catalog: the value of `eventType`."""
        return f"{self.entity.fqdn}_{self.slug}"

    @property
    def title(self) -> str:
        """Title of the event type in the catalog: `Loyalty account had its points changed`."""
        return f"{self.entity.capitalized_name} {self.happened}"

    @property
    def short(self) -> str:
        """End of the event type's full name, such as `coupon_created`; not unique in the catalog."""
        return self.name.rpartition(".")[2]

    @property
    def handler(self) -> str:
        """Name of the event type's SDK handler without the package: `onCouponCreated`."""
        return self.sdk.rpartition(".")[2]


_FILES = (
    "earning_rule",
    "program",
    "account",
    "loyalty_coupon",
    "reward",
    "tier",
    "import",
    "followed_channel",
    "marketing_coupon",
)
_RESOURCE_FIELDS = {"wix.loyalty.v1.loyalty_earning_rule": RULE.leaves}
"""Fields of entities that have a resource table. The files of these entities do not repeat them."""
_BODY_OF_SLUG = {"created": Body.CREATED, "updated": Body.UPDATED, "deleted": Body.DELETED}
_WITHOUT_ENTITY = "The entity is not included: entityId identifies it."


def _load_event_types() -> Iterator[EventType]:
    """Load the catalog: yield the event types of all data files, in the order of _FILES."""
    groups = _read_data_file("groups")
    for file in _FILES:
        data = _read_data_file(file)
        entity = Entity(
            data["name"],
            data["fqdn"],
            _RESOURCE_FIELDS.get(data["fqdn"]) or tuple(_expand_fields(data["fields"], groups)),
            data["sample"],
            data.get("title", ""),
            tuple(data["summary"]),
            data.get("flattened", ""),
            tuple(data["marks"]),
            data.get("entityId", ""),
        )
        for slug, event in data["events"].items():
            yield _build_event_type(entity, slug, event, data.get("quirks", []), groups)


def _build_event_type(
    entity: Entity, slug: str, data: dict[str, Any], entity_quirks: list[str], groups: dict[str, Any]
) -> EventType:
    """Build an event type of the catalog from `data`, its JSON in the file of the entity."""
    body = _BODY_OF_SLUG.get(slug, Body.ACTION)
    member = data.get("entity_member", "")
    sample = data.get("sample", {}) | ({member: entity.sample} if member else {})
    quirks = [*data.get("quirks", []), *(entity_quirks if body is not Body.DELETED else [])]
    if body is Body.DELETED:
        quirks.insert(0, _WITHOUT_ENTITY)
    return EventType(
        entity,
        slug,
        body,
        data.get("happened", f"was {slug}"),
        data["fires"],
        tuple(quirks),
        data.get("velo", ""),
        data.get("sdk", ""),
        tuple(_expand_fields(data.get("fields", []), groups)),
        sample or None,
        member,
        tuple(data.get("summary", [])),
    )


def _expand_fields(rows: Iterable[list[Any]], groups: dict[str, Any], above: str = "") -> Iterator[Field]:
    """Yield the fields in the rows of a catalog file. A row of kind "@GROUP" stands for a group of fields."""
    for path, kind, *rest in rows:
        if kind.startswith("@"):
            yield from _expand_fields(groups[kind[1:]], groups, f"{above}{path}.")
        else:
            about, *values = rest
            yield Field(f"{above}{path}", FieldKind(kind), about, tuple(values[0]) if values else ())


def _read_data_file(name: str) -> dict[str, Any]:
    """Read a file of the catalog: the JSON of an entity, or the groups."""
    path = Path(__file__).with_name("data") / f"{name}.json"
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


EVENT_TYPES = tuple(_load_event_types())
BY_NAME = {kind.name: kind for kind in EVENT_TYPES}
ENTITIES = {kind.entity.fqdn: kind.entity for kind in EVENT_TYPES}
EARNING_RULE = ENTITIES["wix.loyalty.v1.loyalty_earning_rule"]
