"""How the shapes of outputs are written down, and the JSON Schema that is made of them.

Members are snake_case here and camelCase in JSON. `Field` is for a member that is always
there, though it may be null; `optional` for one that may be left out. A Shape is complete;
an Open one is of the vendor's, and may have members that are not known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema

from loyaltyctl.model.fields import FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model import fields


class Shape(BaseModel):
    """An object of ours: all its members are known."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Open(BaseModel):
    """An object of the vendor's: members that are not known here are kept."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow")


def optional(description: str) -> Any:
    """A member that may be left out, but is never null."""
    return Field(default_factory=object, description=description)  # a factory leaves no default in the schema


class _Generator(GenerateJsonSchema):
    """Makes schemas in which a name stands once, and not again as its own title."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def schema_of(shape: Any) -> JsonObject:
    """The JSON Schema (2020-12) of a shape, a list of them, or one of several."""
    made: JsonObject = TypeAdapter(shape).json_schema(schema_generator=_Generator)
    return made


class Part(NamedTuple):
    """An object in which fields lie: what it is, and whether there is a list of them."""

    about: str
    is_list: bool = False


def known_members(known: Iterable[fields.Field], parts: Mapping[str, Part], above: str = "") -> JsonObject:
    """The `properties` of an Open object whose fields are known by their paths.

    `parts` are the objects on the way, by their paths. Any value may be null, and those of
    an enum may be others than are known.
    """
    members: dict[str, list[fields.Field]] = {}
    for field in known:
        name, _, rest = field.path.partition(".")
        members.setdefault(name, []).append(field._replace(path=rest))
    return {"properties": {name: _member(f"{above}{name}", inner, parts) for name, inner in members.items()}}


def _member(path: str, inner: list[fields.Field], parts: Mapping[str, Part]) -> Json:
    if path not in parts:
        [field] = inner
        schema: JsonObject = {"description": field.description, **_KINDS[field.kind]}
        return schema | ({"examples": [*field.values]} if field.values else {})
    part = parts[path]
    whole: JsonObject = {"type": "object", **known_members(inner, parts, f"{path}.")}
    whole["additionalProperties"] = True
    if part.is_list:
        return {"description": part.about, "type": ["array", "null"], "items": whole}
    return whole | {"description": part.about, "type": ["object", "null"]}


_KINDS: Mapping[FieldKind, JsonObject] = {
    FieldKind.TEXT: {"type": ["string", "null"]},
    FieldKind.ID: {"type": ["string", "null"]},
    FieldKind.DATE: {"type": ["string", "null"]},
    FieldKind.COUNT: {"type": ["string", "null"]},
    FieldKind.WHOLE: {"type": ["number", "null"]},
    FieldKind.NUMBER: {"type": ["number", "null"]},
    FieldKind.FLAG: {"type": ["boolean", "null"]},
    FieldKind.LIST: {"type": ["array", "null"]},
    FieldKind.OBJECT: {},
}
"""What a value of each kind is in JSON; an object is a text in some of the vendor's spellings."""
