"""JSON Schema (2020-12) of an output or an input, and the paths of its members for --fields.

    type                    schema
    NamedTuple              object without other members
    ObjectOf                object with other members: it is the vendor's, or belongs to the user
    Annotated[T, "text"]    T with a description
    Annotated[T, Keywords]  T with further keywords
    T | Omitted             member that may be left out

The generator covers the types that this package uses. Pydantic would cover all of Python's, but
takes 100 ms to import, and neither OMITTED nor the vendor's tables are types that it knows.
"""

from __future__ import annotations

import inspect
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from loyaltyctl.contract.json_values import InlineEnum, Omitted, member_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from loyaltyctl.intake.values import Json, JsonObject

_TYPES: Mapping[object, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    NoneType: "null",
}


class Keywords:
    """Further keywords of a JSON Schema, as a note of `Annotated`."""

    def __init__(self, **keywords: Json) -> None:
        self.keywords = keywords


class ObjectOf:
    """Description of a JSON object that may have more members than are known here.

    `members` returns the known ones: a type, or a JSON Schema, by name. `rules` are further
    keywords of the schema.
    """

    def __init__(
        self,
        name: str,
        description: str,
        members: Callable[[], Mapping[str, object]],
        *,
        required: tuple[str, ...] = (),
        rules: Keywords | None = None,
    ) -> None:
        self.name = name
        self.description = description
        self.members = members
        self.required = required
        self.rules = rules.keywords if rules else {}


def schema_of(kind: object) -> JsonObject:
    """Return the JSON Schema of an output or an input."""
    definitions: dict[str, JsonObject] = {}
    schema = _schema(kind, definitions)
    if [*schema] == ["$ref"]:
        schema = definitions.pop(_name_in(schema))
    return {"$defs": {**definitions}, **schema} if definitions else schema


@cache
def member_paths(kind: object) -> tuple[str, ...]:
    """Return the paths that --fields accepts for an output, each object before its members."""
    return paths_in(schema_of(kind))


def paths_in(document: Any) -> tuple[str, ...]:
    """Return the paths of all members in a JSON Schema, without repetition; a list adds no step."""
    definitions = document.get("$defs", {})

    def below(schema: Any, prefix: str) -> Iterator[str]:
        if "$ref" in schema:
            yield from below(definitions[_name_in(schema)], prefix)
        for one in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
            yield from below(one, prefix)
        for name, member in schema.get("properties", {}).items():
            yield f"{prefix}{name}"
            yield from below(member, f"{prefix}{name}.")

    return tuple(dict.fromkeys(below(document, "")))


def _name_in(schema: JsonObject) -> str:
    """Return the name of the definition that a schema refers to."""
    return str(schema["$ref"]).rpartition("/")[2]


def _schema(kind: Any, definitions: dict[str, JsonObject]) -> JsonObject:  # noqa: PLR0911 - one for each kind
    if isinstance(kind, dict):
        return kind
    if isinstance(kind, ObjectOf):
        return _open_object(kind, definitions)
    if isinstance(kind, type) and issubclass(kind, InlineEnum):
        return _choice([one.value for one in kind if one.value])
    if isinstance(kind, type) and issubclass(kind, Enum | tuple):
        return _named(kind, definitions)
    arguments, origin = get_args(kind), get_origin(kind)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1:], definitions)
    if origin is Literal:
        return _choice([*arguments])
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is dict:
        names: JsonObject = (
            {} if arguments[0] is str else {"propertyNames": _schema(arguments[0], definitions)}
        )
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions) or True, **names}
    if origin in {Union, UnionType}:
        choices = [_schema(one, definitions) for one in arguments if one is not Omitted]
        return choices[0] if len(choices) == 1 else {"anyOf": [*choices]}
    return {} if kind is Any else {"type": _TYPES[kind]}


def _annotated(kind: Any, notes: tuple[object, ...], definitions: dict[str, JsonObject]) -> JsonObject:
    schema = _schema(kind, definitions)
    for note in notes:
        if isinstance(note, ObjectOf):
            schema = _open_object(note, definitions)
        elif isinstance(note, Keywords):
            schema = schema | note.keywords
        else:
            schema = schema | {"description": str(note)}
    return schema


def _choice(values: list[Any]) -> JsonObject:
    [name] = {_TYPES[type(value)] for value in values}
    return {"const": values[0], "type": name} if len(values) == 1 else {"enum": values, "type": name}


def _named(kind: Any, definitions: dict[str, JsonObject]) -> JsonObject:
    """Return a reference to the definition of an enumeration or a NamedTuple."""
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # keeps the order: a definition stands before those that it uses
        about: JsonObject = {"title": kind.__name__, "description": inspect.getdoc(kind)}
        is_enum = issubclass(kind, Enum)
        rest = _choice([one.value for one in kind]) if is_enum else _object(kind, definitions)
        definitions[kind.__name__] = about | rest
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _object(kind: Any, definitions: dict[str, JsonObject]) -> JsonObject:
    names = dict(zip(kind._fields, member_names(kind), strict=True))
    hints = get_type_hints(kind, include_extras=True)
    schema: JsonObject = {
        "type": "object",
        "properties": {name: _schema(hints[member], definitions) for member, name in names.items()},
        "additionalProperties": False,
    }
    required = [name for member, name in names.items() if not _may_be_omitted(hints[member])]
    return schema | ({"required": [*required]} if required else {})


def _may_be_omitted(hint: Any) -> bool:
    """Whether the union of a member has the marker, such as Annotated[str | Omitted, "text"]."""
    return Omitted in get_args(get_args(hint)[0] if get_origin(hint) is Annotated else hint)


def _open_object(kind: ObjectOf, definitions: dict[str, JsonObject]) -> JsonObject:
    if kind.name not in definitions:
        definitions[kind.name] = {}
        required: JsonObject = {"required": [*kind.required]} if kind.required else {}
        definitions[kind.name] = {
            "title": kind.name,
            "description": kind.description,
            "type": "object",
            "properties": {name: _schema(one, definitions) for name, one in kind.members().items()},
            **required,
            "additionalProperties": True,
            **kind.rules,
        }
    return {"$ref": f"#/$defs/{kind.name}"}
