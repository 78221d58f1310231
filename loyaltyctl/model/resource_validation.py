"""Validate a document by the table of a resource: types, limits, required fields.

The table is read directly, without pydantic models built from it: there are only a dozen kinds
of violation, and building the models took 100 of the 300 ms of a `rules` command. The codes of the
problems are pydantic's, which 0.1.0 published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.intake.values import Json, JsonObject, is_guid, is_unicode, quoted
from loyaltyctl.model.fields import Access, Field, FieldKind
from loyaltyctl.model.validation_results import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from loyaltyctl.intake.values import JsonPath
    from loyaltyctl.model.resources import Resource


def violations(
    resource: Resource, document: JsonObject, names: Collection[str] = (), *, partial: bool = False
) -> Iterator[Problem]:
    """Validate a document by the table of its resource; yield every violation.

    The document is in the API's spelling. With `names`, only these fields are validated, and none is
    required. A `partial` document, such as a rule in a rules file, gives a part of the resource: no top-level
    field is required, the id may be given, and an enum may have the value that means "not set".
    """
    for field in resource.members():
        is_allowed = field.is_writable or (partial and field.access is Access.KEY)
        if is_allowed and (not names or field.name in names):
            needed = field.is_needed and not partial and not names
            choices = (*field.writable_values, *(field.zero_values if partial else ()))
            yield from _member_violations(
                resource, field._replace(values=choices), document, (), needed=needed
            )


def _member_violations(
    resource: Resource, field: Field, document: JsonObject, path: JsonPath, *, needed: bool
) -> Iterator[Problem]:
    """Validate one field of a resource, in the object at `path`; yield the violations."""
    here = (*path, field.name)
    value = document.get(field.name)
    if field.name not in document:
        if needed:
            yield Problem(here, "is missing", "MISSING")
    elif value is not None or needed:  # null means "not set", as in the API
        yield from _value_violations(resource, field, value, here)


def _value_violations(resource: Resource, field: Field, value: Json, path: JsonPath) -> Iterator[Problem]:
    """Validate the value of a resource's field, at every depth; yield the violations."""
    match field.kind:
        case FieldKind.OBJECT:
            yield from _object_violations(resource, field, value, path)
        case FieldKind.OBJECTS:
            yield from _list_violations(resource, field, value, path)
        case _:
            if found := _scalar_violation(field, value):
                code, message = found
                yield Problem(path, message, code)


def _object_violations(resource: Resource, field: Field, value: Json, path: JsonPath) -> Iterator[Problem]:
    """Validate a resource's field that is an object, and the members of the object; yield the violations."""
    if not isinstance(value, dict):
        yield Problem(path, f"must be an object, got {quoted(value)}", "MODEL_TYPE")
        return
    for member in resource.members(field.path):
        if member.is_writable:
            yield from _member_violations(resource, member, value, path, needed=member.is_needed)


def _list_violations(resource: Resource, field: Field, value: Json, path: JsonPath) -> Iterator[Problem]:
    """Validate a resource's field that is a list of objects: its length, then its entries."""
    if not isinstance(value, list):
        yield Problem(path, f"must be a list, got {quoted(value)}", "LIST_TYPE")
        return
    least, most = field.limits or (0, len(value))
    if len(value) < least:
        entries = "one entry" if least == 1 else f"{least} entries"
        yield Problem(path, f"must have at least {entries}", "TOO_SHORT")
    elif len(value) > most:
        yield Problem(path, f"has {len(value)} entries, the limit is {most}", "TOO_LONG")
    else:
        for i, item in enumerate(value):
            yield from _object_violations(resource, field, item, (*path, i))


def has_type(field: Field, value: Json) -> bool:
    """Return whether a JSON value has the type that the resource table gives for the field."""
    # bool is a subclass of int in Python.
    types, _, _ = _TYPES[field.kind]
    return isinstance(value, types) and (not isinstance(value, bool) or field.kind is FieldKind.FLAG)


def _scalar_violation(field: Field, value: Json) -> tuple[str, str] | None:
    """Validate a value of a resource that has no members, such as a number or a text.

    Returns the code and the message of the violation; None if the value is valid.
    """
    if field.values:
        return None if value in field.values else ("LITERAL_ERROR", _enum_message(field.values, value))
    if not has_type(field, value):
        _, code, noun = _TYPES[field.kind]
        return code, f"must be {noun}, got {quoted(value)}"
    if isinstance(value, str):
        return _text_violation(field, value)
    if isinstance(value, int | float) and field.limits:
        least, most = field.limits
        if value < least:
            return "GREATER_THAN_EQUAL", f"must be at least {least}, got {quoted(value)}"
        if value > most:
            return "LESS_THAN_EQUAL", f"must be at most {most}, got {quoted(value)}"
    return None


def _text_violation(field: Field, value: str) -> tuple[str, str] | None:
    """Validate a text of a resource; return the code and message of the violation, None if it is valid."""
    # Lone surrogates, which JSON can escape, cannot be sent as UTF-8.
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
    elif field.kind is FieldKind.ID and not is_guid(value):
        return "STRING_PATTERN_MISMATCH", f"must be a GUID, got {quoted(value)}"
    return None


def _enum_message(values: tuple[str, ...], value: Json) -> str:
    """Return the message of the violation of a resource's enum: the value is none of `values`."""
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
"""Python type of each kind of field, with the code and the noun of the problem about another type."""
