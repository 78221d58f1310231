"""JSON Schemas of a resource, made from its table: of what is printed, and of what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.model.fields import Access, Field, FieldKind
from loyaltyctl.model.validation import GUID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.resources import Resource

_TYPES: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "string",
    FieldKind.ID: "string",
    FieldKind.DATE: "string",
    FieldKind.COUNT: "string",
    FieldKind.WHOLE: "integer",
    FieldKind.NUMBER: "number",
    FieldKind.FLAG: "boolean",
    FieldKind.LIST: "array",
}


def response_properties(resource: Resource, above: str = "") -> JsonObject:
    """Return the `properties` of a resource as the API responds with it.

    Anything may be null, numbers may have decimals, and an enum may have values that are not
    known here: the vendor's responses are not ours to refuse.
    """
    return {
        field.name: _response(resource, field)
        for field in resource.members(above)
        if field.access is not Access.INTERNAL
    }


def _response(resource: Resource, field: Field) -> JsonObject:
    about: JsonObject = {"description": field.description}
    if members := response_properties(resource, field.path):
        whole: JsonObject = {"type": "object", "properties": members, "additionalProperties": True}
        if field.kind is FieldKind.OBJECTS:
            return about | {"type": ["array", "null"], "items": whole}
        return whole | about | {"type": ["object", "null"]}
    if field.kind is FieldKind.OBJECT:  # a text in some of the vendor's spellings
        return about
    kind = "number" if field.kind is FieldKind.WHOLE else _TYPES[field.kind]
    return about | {"type": [kind, "null"]} | ({"examples": [*field.values]} if field.values else {})


def input_properties(resource: Resource) -> JsonObject:
    """Return the `properties` of a resource as a rules file may state it, with all limits."""
    return {
        field.name: _input(resource, field, needed=False)
        for field in resource.members()
        if field.is_writable or field.access is Access.KEY
    }


def _input(resource: Resource, field: Field, *, needed: bool) -> JsonObject:
    default = f" {field.default}, if left out." if field.default and field.values else ""
    about: JsonObject = {"description": f"{field.description}{default}"}
    schema = _limited(resource, field)
    return about | schema if needed else {**about, "anyOf": [schema, {"type": "null"}]}


def _limited(resource: Resource, field: Field) -> JsonObject:
    least, most = field.limits or (None, None)
    if field.kind is FieldKind.OBJECT:
        return _closed(resource, field)
    if field.kind is FieldKind.OBJECTS:
        return {"type": "array", "items": _closed(resource, field), **_bounds("Items", least, most)}
    kind = _TYPES[field.kind]
    if field.values:
        return {"type": kind, "enum": [*field.writable_values, *field.zero_values]}
    if field.kind is FieldKind.ID and not field.limits:
        return {"type": kind, "pattern": f"^({GUID})?$" if field.blank else f"^{GUID}$"}
    return {"type": kind, **_bounds("Length" if kind == "string" else "imum", least, most)}


def _bounds(noun: str, least: int | None, most: int | None) -> JsonObject:
    return {} if least is None else {f"min{noun}": least, f"max{noun}": most}


def _closed(resource: Resource, field: Field) -> JsonObject:
    """Return the schema of an object without other members, so that editors mark misspelled ones."""
    members = [member for member in resource.members(field.path) if member.is_writable]
    needed: list[Json] = [member.name for member in members if member.is_needed]
    return {
        "type": "object",
        "properties": {member.name: _input(resource, member, needed=member.is_needed) for member in members},
        "required": needed,
        "additionalProperties": False,
    }
