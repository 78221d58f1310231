"""Every output type: its JSON conforms to its own schema, and each path of --fields is found in it."""

from __future__ import annotations

from enum import Enum
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import pytest
from jsonschema import Draft202012Validator

from loyaltyctl.contract import outputs
from loyaltyctl.contract.json_schema import schema_of
from loyaltyctl.contract.json_values import OMITTED, Omitted, json_object, to_json_value
from loyaltyctl.contract.schemas import SCHEMAS
from loyaltyctl.contract.types import Keywords, ObjectOf, member_paths
from loyaltyctl.render.selection import Fields

SIMPLE: dict[Any, Any] = {str: "text", int: 1, float: 1.5, bool: True, Any: "anything", type(None): None}


def output_types() -> list[Any]:
    """Return every NamedTuple that a module of outputs defines."""
    modules = [import_module(f"{outputs.__name__}.{one.name}") for one in iter_modules(outputs.__path__)]
    return [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, tuple) and kind.__module__ == module.__name__
    ]


TYPES = [
    pytest.param(one, id=f"{one.__module__.rpartition('.')[2]}-{one.__name__}") for one in output_types()
]


def example(hint: Any, *, omit: bool) -> Any:  # noqa: PLR0911 - one for each kind of type
    """Return a value of a type, with every member that may be left out, or without any."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        described = [note for note in arguments[1:] if isinstance(note, ObjectOf)]
        return known_members(described[0]) if described else example(arguments[0], omit=omit)
    if origin is Literal:
        return arguments[0]
    if origin is list:
        return [example(arguments[0], omit=omit)]
    if origin is dict:
        return {example(arguments[0], omit=omit): example(arguments[1], omit=omit)}
    if arguments:
        choices = [one for one in arguments if one not in (Omitted, type(None), Any)]
        return OMITTED if omit and Omitted in arguments else example(choices[0], omit=omit)
    if hint in SIMPLE:
        return SIMPLE[hint]
    if issubclass(hint, Enum):
        return next(iter(hint))
    hints = get_type_hints(hint, include_extras=True)
    return hint(**{name: example(one, omit=omit) for name, one in hints.items()})


def known_members(described: ObjectOf) -> dict[str, Any]:
    """Return an object with every member that is known."""
    return {
        name: from_schema(one) if isinstance(one, dict) else to_json_value(example(one, omit=False))
        for name, one in described.members().items()
    }


def from_schema(schema: dict[str, Any]) -> Any:
    """Return a value that a schema of the vendor's fields describes, with every member."""
    members = {name: from_schema(one) for name, one in schema.get("properties", {}).items()}
    if "items" in schema:
        return [from_schema(schema["items"])]
    kinds = schema.get("type", ["string"])
    values = {"string": "text", "number": 1, "boolean": True, "array": []}
    return members or values.get(kinds[0] if isinstance(kinds, list) else kinds, {})


def has(value: Any, steps: list[str]) -> bool:
    """Return whether a path leads to a member; a list adds no step."""
    if isinstance(value, list) and steps:
        return any(has(one, steps) for one in value)
    return not steps or (isinstance(value, dict) and steps[0] in value and has(value[steps[0]], steps[1:]))


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("omit", [False, True], ids=["complete", "shortest"])
def test_an_output_conforms_to_its_own_schema(kind: Any, omit: bool) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)

    Draft202012Validator(schema).validate(to_json_value(example(kind, omit=omit)))


@pytest.mark.parametrize("kind", TYPES)
def test_every_path_of_fields_is_found_in_a_complete_output(kind: Any) -> None:
    value = json_object(example(kind, omit=False))

    paths = member_paths(kind)
    assert [path for path in paths if not has(value, path.split("."))] == []
    assert {path for path in paths if "." not in path} == {*value}
    Fields(",".join(paths)).check_paths(paths, ())


def test_every_published_output_has_paths() -> None:
    without = [
        name
        for name, schema in SCHEMAS.items()
        if name not in {"rules-file", "event"} and not any(map(member_paths, schema.line_types()))
    ]
    assert without == []


class Inner(NamedTuple):
    """Inner object."""

    count_: Annotated[int, "Number of things."]
    note: Annotated[str | Omitted, "Text."] = OMITTED


class Outer(NamedTuple):
    """Outer object."""

    first_name: Annotated[str | None, "Name.", Keywords(pattern="^A")]
    inner: Annotated[list[Inner], "Objects."]
    vendor: Annotated[Annotated[dict[str, Any], ObjectOf("Vendor", "Open.", lambda: {"a": str})], "Theirs."]


def test_names_are_camel_case_and_omitted_members_are_left_out() -> None:
    assert to_json_value(Outer("A", [Inner(1), Inner(2, "x")], {"b": 1})) == {
        "firstName": "A",
        "inner": [{"count": 1}, {"count": 2, "note": "x"}],
        "vendor": {"b": 1},
    }


def test_a_schema_has_a_definition_for_each_object() -> None:
    assert schema_of(Outer) == {
        "$defs": {
            "Inner": {
                "title": "Inner",
                "description": "Inner object.",
                "type": "object",
                "properties": {
                    "count": {"type": "integer", "description": "Number of things."},
                    "note": {"type": "string", "description": "Text."},
                },
                "additionalProperties": False,
                "required": ["count"],
            },
            "Vendor": {
                "title": "Vendor",
                "description": "Open.",
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "additionalProperties": True,
            },
        },
        "title": "Outer",
        "description": "Outer object.",
        "type": "object",
        "properties": {
            "firstName": {
                "anyOf": [{"type": "string"}, {"type": "null"}],
                "description": "Name.",
                "pattern": "^A",
            },
            "inner": {"type": "array", "items": {"$ref": "#/$defs/Inner"}, "description": "Objects."},
            "vendor": {"$ref": "#/$defs/Vendor", "description": "Theirs."},
        },
        "additionalProperties": False,
        "required": ["firstName", "inner", "vendor"],
    }
    assert member_paths(Outer) == ("firstName", "inner", "inner.count", "inner.note", "vendor", "vendor.a")
