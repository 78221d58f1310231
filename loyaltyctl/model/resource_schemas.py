"""JSON Schemas of a resource in responses and in rules files, generated from the table of the resource.

`contract.json_schema` inserts them unchanged into the schemas that pydantic generates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.intake.values import GUID_PATTERN
from loyaltyctl.model.fields import Access, Field, FieldKind

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
    """Return the JSON Schema `properties` of a resource in the API's responses.

    Anything may be null, numbers may have decimals, and an enum may have unknown values, since
    the vendor's pages, SDKs and live responses disagree.
    """
    return {
        field.name: _response_schema(resource, field)
        for field in resource.members(above)
        if field.access is not Access.INTERNAL
    }


def _response_schema(resource: Resource, field: Field) -> JsonObject:
    """Return the permissive JSON Schema of a resource's field in responses."""
    about: JsonObject = {"description": field.description}
    if members := response_properties(resource, field.path):
        whole: JsonObject = {"type": "object", "properties": members, "additionalProperties": True}
        if field.kind is FieldKind.OBJECTS:
            return about | {"type": ["array", "null"], "items": whole}
        return whole | about | {"type": ["object", "null"]}
    if field.kind is FieldKind.OBJECT:  # no documented members: some responses have a text
        return about
    kind = "number" if field.kind is FieldKind.WHOLE else _TYPES[field.kind]
    return about | {"type": [kind, "null"]} | ({"examples": [*field.values]} if field.values else {})


def input_properties(resource: Resource) -> JsonObject:
    """Return the JSON Schema `properties` of a resource in a rules file, with the limits of values."""
    return {
        field.name: _input_schema(resource, field, needed=False)
        for field in resource.members()
        if field.is_writable or field.access is Access.KEY
    }


def _input_schema(resource: Resource, field: Field, *, needed: bool) -> JsonObject:
    """Return the JSON Schema of a resource's field in a rules file. It permits null, unless `needed`."""
    default = f" {field.default}, if left out." if field.default and field.values else ""
    about: JsonObject = {"description": f"{field.description}{default}"}
    schema = _schema_with_limits(resource, field)
    return about | schema if needed else {**about, "anyOf": [schema, {"type": "null"}]}


def _schema_with_limits(resource: Resource, field: Field) -> JsonObject:
    """Return the JSON Schema of the value of a resource's field, with its limits."""
    least, most = field.limits or (None, None)
    if field.kind is FieldKind.OBJECT:
        return _closed_object_schema(resource, field)
    if field.kind is FieldKind.OBJECTS:
        return {
            "type": "array",
            "items": _closed_object_schema(resource, field),
            **_min_and_max("Items", least, most),
        }
    kind = _TYPES[field.kind]
    if field.values:
        return {"type": kind, "enum": [*field.writable_values, *field.zero_values]}
    if field.kind is FieldKind.ID and not field.limits:
        return {"type": kind, "pattern": f"^({GUID_PATTERN})?$" if field.blank else f"^{GUID_PATTERN}$"}
    return {"type": kind, **_min_and_max("Length" if kind == "string" else "imum", least, most)}


def _min_and_max(noun: str, least: int | None, most: int | None) -> JsonObject:
    """Return a field's limits in JSON Schema: minItems and maxItems if `noun` is Items.

    The result is empty if the field has no limits.
    """
    return {} if least is None else {f"min{noun}": least, f"max{noun}": most}


def _closed_object_schema(resource: Resource, field: Field) -> JsonObject:
    """Return the JSON Schema of an object of a resource; editors mark unknown members, which it forbids."""
    members = [member for member in resource.members(field.path) if member.is_writable]
    needed: list[Json] = [member.name for member in members if member.is_needed]
    return {
        "type": "object",
        "properties": {
            member.name: _input_schema(resource, member, needed=member.is_needed) for member in members
        },
        "required": needed,
        "additionalProperties": False,
    }
