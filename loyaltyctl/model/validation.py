"""Validate documents against the table of a resource: types, limits, required fields.

The table is checked directly, not through pydantic models built from it: it knows only a
dozen kinds of violation, and building the models took 100 of the 300 ms of a `rules` command.
The codes of the violations are pydantic's, which 0.1.0 published.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.intake.values import Json, JsonObject, is_unicode, quoted
from loyaltyctl.model.fields import Access, Field, FieldKind
from loyaltyctl.model.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from loyaltyctl.intake.values import JsonPath
    from loyaltyctl.model.resources import Resource

GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_GUID = re.compile(GUID)


def violations(
    resource: Resource, document: JsonObject, names: Collection[str] = (), *, partial: bool = False
) -> Iterator[Problem]:
    """Yield every limit of `resource` that `document`, in the wire's spelling, breaks.

    With `names`, only these fields are validated, and none of them is required. A `partial`
    document states a part of the resource, as a rules file does: nothing is required at its top
    level, the id may be stated, and an enum may have the value that stands for "not set".
    """
    for field in resource.members():
        stated = field.is_writable or (partial and field.access is Access.KEY)
        if stated and (not names or field.name in names):
            needed = field.is_needed and not partial and not names
            choices = (*field.writable_values, *(field.zero_values if partial else ()))
            yield from _member(resource, field._replace(values=choices), document, (), needed=needed)


def _member(
    resource: Resource, field: Field, document: JsonObject, place: JsonPath, *, needed: bool
) -> Iterator[Problem]:
    here = (*place, field.name)
    value = document.get(field.name)
    if field.name not in document:
        if needed:
            yield Problem(here, "is missing", "MISSING")
    elif value is not None or needed:
        yield from _value(resource, field, value, here)


def _value(resource: Resource, field: Field, value: Json, place: JsonPath) -> Iterator[Problem]:
    match field.kind:
        case FieldKind.OBJECT:
            yield from _object(resource, field, value, place)
        case FieldKind.OBJECTS:
            yield from _objects(resource, field, value, place)
        case _:
            if found := _scalar(field, value):
                code, message = found
                yield Problem(place, message, code)


def _object(resource: Resource, field: Field, value: Json, place: JsonPath) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(place, f"must be an object, got {quoted(value)}", "MODEL_TYPE")
        return
    for member in resource.members(field.path):
        if member.is_writable:
            yield from _member(resource, member, value, place, needed=member.is_needed)


def _objects(resource: Resource, field: Field, value: Json, place: JsonPath) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(place, f"must be a list, got {quoted(value)}", "LIST_TYPE")
        return
    least, most = field.limits or (0, len(value))
    if len(value) < least:
        entries = "one entry" if least == 1 else f"{least} entries"
        yield Problem(place, f"must have at least {entries}", "TOO_SHORT")
    elif len(value) > most:
        yield Problem(place, f"has {len(value)} entries, the limit is {most}", "TOO_LONG")
    else:
        for i, item in enumerate(value):
            yield from _object(resource, field, item, (*place, i))


def has_type(field: Field, value: Json) -> bool:
    """Return whether a value has the JSON type of a field."""
    types, _, _ = _TYPES[field.kind]
    return isinstance(value, types) and (not isinstance(value, bool) or field.kind is FieldKind.FLAG)


def _scalar(field: Field, value: Json) -> tuple[str, str] | None:
    """Return the code and the message of the limit that a value breaks, if it breaks one."""
    if field.values:
        return None if value in field.values else ("LITERAL_ERROR", _choices(field.values, value))
    if not has_type(field, value):
        _, code, noun = _TYPES[field.kind]
        return code, f"must be {noun}, got {quoted(value)}"
    if isinstance(value, str):
        return _text(field, value)
    if isinstance(value, int | float) and field.limits:
        least, most = field.limits
        if value < least:
            return "GREATER_THAN_EQUAL", f"must be at least {least}, got {quoted(value)}"
        if value > most:
            return "LESS_THAN_EQUAL", f"must be at most {most}, got {quoted(value)}"
    return None


def _text(field: Field, value: str) -> tuple[str, str] | None:
    if not is_unicode(value):
        return "STRING_UNICODE", "has characters that are not Unicode text"
    if field.blank and not value:
        return None
    if field.limits:
        least, most = field.limits
        if len(value) < least:
            return "STRING_TOO_SHORT", "must not be empty"
        if len(value) > most:
            message = f"has {len(value)} characters, the limit is {most}: {quoted(value)}"
            return "STRING_TOO_LONG", message
    elif field.kind is FieldKind.ID and not _GUID.fullmatch(value):
        return "STRING_PATTERN_MISMATCH", f"must be a GUID, got {quoted(value)}"
    return None


def _choices(values: tuple[str, ...], value: Json) -> str:
    *others, last = (f"'{choice}'" for choice in values)
    listed = f"{', '.join(others)} or {last}" if others else last
    return f"must be {listed}, got {quoted(value)}"


_TYPES: dict[FieldKind, tuple[type | tuple[type, ...], str, str]] = {
    FieldKind.TEXT: (str, "STRING_TYPE", "text"),
    FieldKind.ID: (str, "STRING_TYPE", "text"),
    FieldKind.DATE: (str, "STRING_TYPE", "text"),
    FieldKind.COUNT: (str, "STRING_TYPE", "text"),
    FieldKind.WHOLE: (int, "INT_TYPE", "a whole number"),
    FieldKind.NUMBER: ((int, float), "FLOAT_TYPE", "a number"),
    FieldKind.FLAG: (bool, "BOOL_TYPE", "true or false"),
    FieldKind.LIST: (list, "LIST_TYPE", "a list"),
    FieldKind.OBJECTS: (list, "LIST_TYPE", "a list"),
    FieldKind.OBJECT: (dict, "MODEL_TYPE", "an object"),
}
"""The Python type of each kind, with the code and the noun of the message about another type."""
