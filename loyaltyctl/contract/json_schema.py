"""Generate the JSON Schema (2020-12) of an output or input type, through pydantic.

    type                    schema
    NamedTuple              object without unknown members
    ObjectOf                object that may have unknown members: the vendor's, or the user's
    Annotated[T, "text"]    T with a description
    Annotated[T, Keywords]  T with further keywords
    T | Omitted             member that may be left out

Pydantic takes 100 ms to import, so only `loyaltyctl schema` imports this module: it translates
each type to a pydantic model, and the types themselves do not depend on pydantic.
"""

from __future__ import annotations

import inspect
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ConfigDict, Field, TypeAdapter, WithJsonSchema, create_model
from pydantic.json_schema import GenerateJsonSchema

from loyaltyctl.contract.json_values import InlineEnum, Omitted
from loyaltyctl.contract.types import Keywords, ObjectOf, members_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from loyaltyctl.intake.values import JsonObject


class _SchemaGenerator(GenerateJsonSchema):
    """JSON Schema generator of pydantic that gives members no title, which would repeat their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return False: the schema of a member gets no title."""
        del schema
        return False


def schema_of(kind: object) -> JsonObject:
    """Generate the JSON Schema of an output or input type."""
    schema: JsonObject = TypeAdapter(_to_pydantic(kind, {})).json_schema(schema_generator=_SchemaGenerator)
    return schema


def _to_pydantic(kind: Any, models: dict[str, Any]) -> Any:  # noqa: PLR0911 - one for each kind of type
    """Translate an output or input type to a type for which pydantic can generate a JSON Schema.

    `models` caches the created pydantic models by name.
    """
    if isinstance(kind, dict):  # a JSON Schema, generated from the table of a resource
        return Annotated[Any, WithJsonSchema(kind)]
    if isinstance(kind, ObjectOf):
        return _open_model(kind, models)
    if isinstance(kind, type) and issubclass(kind, InlineEnum):
        return Literal[*(one.value for one in kind if one.value)]
    if isinstance(kind, type) and issubclass(kind, tuple):
        return _closed_model(kind, models)
    arguments, origin = get_args(kind), get_origin(kind)
    if origin is Annotated:
        return _annotated_to_pydantic(arguments[0], arguments[1:], models)
    if origin in {list, dict}:
        return origin[*(_to_pydantic(one, models) for one in arguments)]
    if origin in {Union, UnionType}:
        return Union[*(_to_pydantic(one, models) for one in arguments if one is not Omitted)]
    return kind


def _annotated_to_pydantic(kind: Any, notes: tuple[object, ...], models: dict[str, Any]) -> Any:
    """Translate an annotated type for pydantic; `notes` are its descriptions and JSON Schema keywords."""
    translated = _to_pydantic(kind, models)
    for note in notes:
        if isinstance(note, ObjectOf):
            translated = _open_model(note, models)
        elif isinstance(note, Keywords):
            translated = Annotated[translated, Field(json_schema_extra=dict(note.keywords))]
        else:
            translated = Annotated[translated, Field(description=str(note))]
    return translated


def _closed_model(kind: Any, models: dict[str, Any]) -> Any:
    """Return the pydantic model of a NamedTuple; the JSON Schema of it permits no unknown members."""
    # One model per name: pydantic gives models that share a name long, qualified names in $defs.
    if kind.__name__ not in models:
        members = members_of(kind)
        required = [name for name, hint in members.items() if not _may_be_omitted(hint)]
        models[kind.__name__] = create_model(
            kind.__name__,
            __config__=ConfigDict(extra="forbid"),
            __doc__=str(inspect.getdoc(kind)),
            **_model_fields(members, required, models),
        )
    return models[kind.__name__]


def _open_model(kind: ObjectOf, models: dict[str, Any]) -> Any:
    """Return the pydantic model of an ObjectOf; the JSON Schema of it permits unknown members."""
    if kind.name not in models:
        models[kind.name] = create_model(
            kind.name,
            __config__=ConfigDict(extra="allow", json_schema_extra=dict(kind.rules)),
            __doc__=kind.description,
            **_model_fields(kind.members(), kind.required, models),
        )
    return models[kind.name]


def _model_fields(
    members: Mapping[str, object], required: Collection[str], models: dict[str, Any]
) -> dict[str, Any]:
    """Return the fields of a pydantic model for a JSON Schema: one for each member of an output or input."""
    return {
        # The real name is an alias: pydantic reserves some names, such as `json` and `copy`.
        f"member{i}": (
            _to_pydantic(member, models),
            # An optional member gets a factory: a default value would be printed in the schema.
            Field(alias=name) if name in required else Field(alias=name, default_factory=object),
        )
        for i, (name, member) in enumerate(members.items())
    }


def _may_be_omitted(hint: Any) -> bool:
    """Return whether a member is not required in the JSON Schema: its type `hint` is a union with Omitted."""
    return Omitted in get_args(get_args(hint)[0] if get_origin(hint) is Annotated else hint)
