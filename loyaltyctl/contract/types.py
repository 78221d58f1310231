"""Building blocks of output and input types: open objects, schema keywords, and the paths of members."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

from loyaltyctl.contract.json_values import member_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from loyaltyctl.intake.values import Json


class Keywords:
    """Additional JSON Schema keywords of a type: `Annotated[str, Keywords(pattern="…")]`."""

    def __init__(self, **keywords: Json) -> None:
        self.keywords = keywords


class ObjectOf:
    """Open object of an input or output: it may have more members than those described.

    `members` returns the described ones: a type, or a JSON Schema, by name. It is a function, so that
    commands that print no schema do not build them. `rules` are additional keywords of the schema.
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


def members_of(kind: Any) -> Mapping[str, Any]:
    """Return the members of an output by their JSON names, with their annotated types."""
    # Resolved here and not when the module is imported, which would slow down every command.
    hints = get_type_hints(kind, include_extras=True)
    return {name: hints[member] for member, name in zip(kind._fields, member_names(kind), strict=True)}


@cache
def member_paths(kind: object) -> tuple[str, ...]:
    """Return the paths that --fields accepts for an output, each object before its members.

    A list adds no step to a path.
    """
    # Derived from the types instead of the JSON Schema, whose generation takes 100 ms.
    return tuple(dict.fromkeys(_iter_member_paths(kind, "")))


def schema_member_paths(document: Any) -> tuple[str, ...]:
    """Return the paths of all members in a JSON Schema, each once; a list adds no step."""
    definitions = document.get("$defs", {})

    def below(schema: Any, prefix: str) -> Iterator[str]:
        if "$ref" in schema:
            yield from below(definitions[schema["$ref"].rpartition("/")[2]], prefix)
        for one in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
            yield from below(one, prefix)
        for name, member in schema.get("properties", {}).items():
            yield f"{prefix}{name}"
            yield from below(member, f"{prefix}{name}.")

    return tuple(dict.fromkeys(below(document, "")))


def _iter_member_paths(kind: Any, prefix: str) -> Iterator[str]:
    """Yield the paths of the members of an output type, with `prefix` before each."""
    if isinstance(kind, dict):  # a JSON Schema, generated from the table of a resource
        yield from (f"{prefix}{path}" for path in schema_member_paths(kind))
    for name, member in _direct_members(kind).items():
        yield f"{prefix}{name}"
        yield from _iter_member_paths(member, f"{prefix}{name}.")
    for part in _types_with_same_members(kind):
        yield from _iter_member_paths(part, prefix)


def _direct_members(kind: Any) -> Mapping[str, Any]:
    """Return the members of an output type by name; empty for a list, a union and a scalar."""
    if isinstance(kind, ObjectOf):
        return kind.members()
    return members_of(kind) if isinstance(kind, type) and issubclass(kind, tuple) else {}


def _types_with_same_members(kind: Any) -> list[Any]:
    """Return the types in a list, union or annotation, which adds no step to the paths of members."""
    arguments, origin = get_args(kind), get_origin(kind)
    if origin is Annotated:
        return [next((note for note in arguments[1:] if isinstance(note, ObjectOf)), arguments[0])]
    return [*arguments] if origin in {list, Union, UnionType} else []
