"""Paths of event fields in the output of `events decode`: list them, and set one by --set PATH=VALUE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted, whole_number
from loyaltyctl.model.events.catalog import Body
from loyaltyctl.model.events.envelope import FIELDS as ENVELOPE_FIELDS
from loyaltyctl.model.events.event import ENTITY_MEMBERS
from loyaltyctl.model.fields import Field, FieldKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.events.catalog import EventType


def event_fields(kind: EventType) -> Mapping[str, Field]:
    """Return all fields of an event type by their path in the output of `events decode`."""
    about = kind.entity.fields if kind.body is not Body.ACTION or kind.entity_member else ()
    return (
        {f"entity.{field.path}": field for field in about}
        | {f"action.{field.path}": field for field in kind.fields}
        | {field.path: field for field in ENVELOPE_FIELDS}
    )


def set_event_field(document: JsonObject, kind: EventType | None, path: str, text: str) -> None:
    """Set the event field at a path such as entity.points.balance or claims.exp, for --set PATH=VALUE.

    Missing objects are created. The index after the last one appends to a list. Raises UsageError
    for a path or a value that an event of this type cannot have.
    """
    full = _full_path(kind, path)
    field = _field_at_path(kind, full, path) if kind else None
    *parents, last = full.split(".")
    if (not parents and not field and last not in document) or (parents and parents[0] not in document):
        raise UsageError(f"--set: unknown field {quoted(path)}", code="UNKNOWN_FIELD")
    value = _parse_set_value(field, text) if field and not last.isdecimal() else _parse_json_or_text(text)
    at: Json = document
    for step in parents:
        at = _enter_event_path(at, step, path)
    if isinstance(at, list):
        i = _event_list_index(last, at, path)
        at[i] = value
    elif isinstance(at, dict):
        at[last] = value
    else:
        raise _not_a_container(last, path)


def _field_at_path(kind: EventType, full: str, path: str) -> Field | None:
    """Return the event field at the path of --set. Raises UsageError if the event type has no such path.

    Returns None for a valid path without a field in the catalog, such as `entity`.
    """
    known = event_fields(kind)
    plain = ".".join(step for step in _short_path(kind, full).split(".") if not step.isdecimal())
    if field := known.get(plain):
        return field
    parent = plain.rpartition(".")[0]
    is_open = any(known[one].kind is FieldKind.OBJECT for one in _prefixes(parent) if one in known)
    if is_open or plain in _path_aliases(kind) or any(one.startswith(f"{plain}.") for one in known):
        return None
    whole = next((one for one in known if one.endswith(f".{path}")), path)
    suggestion = did_you_mean(whole, known, f"list them with: loyaltyctl events explain {kind.short}")
    raise UsageError(f"--set: {kind.name} has no field {quoted(path)}{suggestion}", code="UNKNOWN_FIELD")


def _prefixes(path: str) -> list[str]:
    """Return all beginnings of an event field's path, and the path itself: `"a.b" -> ["a", "a.b"]`."""
    steps = path.split(".")
    return [".".join(steps[: i + 1]) for i in range(len(steps))]


def _path_aliases(kind: EventType | None) -> dict[str, str]:
    """Return the full paths of event fields by alias: `{"entity": "event.createdEvent.entity"}`."""
    if kind is None:
        return {}
    if kind.body is not Body.ACTION:
        return {"entity": f"event.{kind.body}.{ENTITY_MEMBERS[kind.body]}"}
    action = f"event.{kind.body}.body"
    return ({"entity": f"{action}.{kind.entity_member}"} if kind.entity_member else {}) | {"action": action}


def _full_path(kind: EventType | None, path: str) -> str:
    """Return the full path of a field that --set names: `event.createdEvent.entity.id` for `entity.id`."""
    first, dot, rest = path.partition(".")
    return f"{_path_aliases(kind).get(first, first)}{dot}{rest}"


def _short_path(kind: EventType, path: str) -> str:
    """Return the short path of an event field: `entity.id` for `event.createdEvent.entity.id`."""
    for short, full in _path_aliases(kind).items():
        if path == full or path.startswith(f"{full}."):
            return short + path.removeprefix(full)
    return path


def _enter_event_path(at: Json, step: str, path: str) -> Json:
    """Return the value at a step of an event field's path in --set. A missing object is created."""
    if isinstance(at, list):
        return at[_event_list_index(step, at, path)]
    if not isinstance(at, dict):
        raise _not_a_container(step, path)
    if at.get(step) is None:
        at[step] = {}
    return at[step]


def _event_list_index(step: str, values: list[Json], path: str) -> int:
    """Return the list index at a step of an event field's path in --set. Raises UsageError for other steps.

    If the index is the length of the list, an object is appended.
    """
    i = whole_number(step)
    if i is None or not 0 <= i <= len(values):
        raise UsageError(f"--set {path}: {quoted(step)} is not an index of a list of {len(values)}")
    if i == len(values):
        values.append({})
    return i


def _not_a_container(step: str, path: str) -> UsageError:
    """Return the error for an event field's path in --set: the value above `step` is no object or list."""
    return UsageError(f"--set {path}: the value above {quoted(step)} is neither an object nor a list")


def _parse_set_value(field: Field, text: str) -> Json:
    """Convert the text to set at an event field's path to a value of the field's kind; null becomes None.

    Raises UsageError if the text is no value of this kind.
    """
    if text == "null":
        return None
    if field.kind not in _JSON_FIELD_KINDS:
        return text
    types, expected = _JSON_FIELD_KINDS[field.kind]
    value = _parse_json_or_text(text)
    if type(value) not in types:
        raise UsageError(f"--set {field.path} takes {expected}, got {quoted(text)}")
    return value


_JSON_FIELD_KINDS: dict[FieldKind, tuple[tuple[type, ...], str]] = {
    FieldKind.WHOLE: ((int,), "a whole number"),
    FieldKind.NUMBER: ((int, float), "a number"),
    FieldKind.FLAG: ((bool,), "true or false"),
    FieldKind.LIST: ((list,), "a list in JSON"),
    FieldKind.OBJECT: ((dict, str), "an object in JSON, or a string"),
}
"""Field kinds whose values are JSON: their types, and a description; values of other kinds are text."""


def _parse_json_or_text(text: str) -> Json:
    """Parse the value to set at the path of an event field: as JSON if it is JSON, else as a string."""
    try:
        return strict_json.loads(text)
    except InvalidData:
        return text
