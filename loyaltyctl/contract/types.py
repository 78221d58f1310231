"""Types of outputs and inputs beyond Python's own: objects with unknown members, and schema keywords."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

from loyaltyctl.contract.json_values import member_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from loyaltyctl.intake.values import Json


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


def members_of(kind: Any) -> Mapping[str, Any]:
    """Return the members of a NamedTuple by their JSON names, with their annotated types."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: hints[member] for member, name in zip(kind._fields, member_names(kind), strict=True)}


@cache
def member_paths(kind: object) -> tuple[str, ...]:
    """Return the paths that --fields accepts for an output, each object before its members.

    A list adds no step. They are found in the types, since generating the JSON Schema takes 100 ms.
    """
    return tuple(dict.fromkeys(_paths(kind, "")))


def paths_in(document: Any) -> tuple[str, ...]:
    """Return the paths of all members in a JSON Schema, without repetition; a list adds no step."""
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


def _paths(kind: Any, prefix: str) -> Iterator[str]:
    if isinstance(kind, dict):  # a JSON Schema, made from the table of a resource
        yield from (f"{prefix}{path}" for path in paths_in(kind))
    for name, member in _members(kind).items():
        yield f"{prefix}{name}"
        yield from _paths(member, f"{prefix}{name}.")
    for part in _parts(kind):
        yield from _paths(part, prefix)


def _members(kind: Any) -> Mapping[str, Any]:
    if isinstance(kind, ObjectOf):
        return kind.members()
    return members_of(kind) if isinstance(kind, type) and issubclass(kind, tuple) else {}


def _parts(kind: Any) -> list[Any]:
    """Return the types whose members are members of `kind` too: of a list, a union or an annotated type."""
    arguments, origin = get_args(kind), get_origin(kind)
    if origin is Annotated:
        return [next((note for note in arguments[1:] if isinstance(note, ObjectOf)), arguments[0])]
    return [*arguments] if origin in {list, Union, UnionType} else []
