"""Building blocks of the types of inputs and outputs: open objects, schema keywords, paths of members."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

from loyaltyctl.contract.json_values import member_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from loyaltyctl.intake.values import Json


class Keywords:
    """Keywords to add to the JSON Schema of a type: `Annotated[str, Keywords(pattern="…")]`."""

    def __init__(self, **keywords: Json) -> None:
        """Take the schema keywords of a type as keyword arguments."""
        self.keywords = keywords


class ObjectOf:
    """Type of an open object in an input or output: it may have more members than those described.

    `members` returns the described members by name, each as a type or a JSON Schema. It is a function,
    so that commands that print no schema do not build them. `rules` are keywords to add to the schema.
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
        """Describe the type of an open object; `required` names the members that it always has."""
        self.name = name
        self.description = description
        self.members = members
        self.required = required
        self.rules = rules.keywords if rules else {}


def members_of(kind: Any) -> Mapping[str, Any]:
    """Return the annotated types of the members of a NamedTuple, by the names of the members in JSON."""
    # Resolved here and not when the module is imported, which would slow down every command.
    hints = get_type_hints(kind, include_extras=True)
    return {name: hints[member] for member, name in zip(kind._fields, member_names(kind), strict=True)}


@cache
def member_paths(kind: object) -> tuple[str, ...]:
    """Return the paths of all members of an output type, such as ("key", "key.title").

    An object comes before its members. A list adds no step: "changes.id" is the id of each item of `changes`.
    """
    # Derived from the types instead of the JSON Schema, whose generation takes 100 ms.
    return tuple(dict.fromkeys(_iter_member_paths(kind, "")))


def _iter_member_paths(kind: Any, prefix: str) -> Iterator[str]:
    """Yield the paths of all members of an output type, with `prefix` before each."""
    for name, member in _direct_members(kind).items():
        yield f"{prefix}{name}"
        yield from _iter_member_paths(member, f"{prefix}{name}.")
    for part in _types_with_same_members(kind):
        yield from _iter_member_paths(part, prefix)


def _direct_members(kind: Any) -> Mapping[str, Any]:
    """Return the types of the direct members of an output type, by name; {} if the type is not an object."""
    if isinstance(kind, dict):  # a JSON Schema, generated from the table of a resource
        return kind.get("properties", {})  # type: ignore[no-any-return]
    if isinstance(kind, ObjectOf):
        return kind.members()
    return members_of(kind) if isinstance(kind, type) and issubclass(kind, tuple) else {}


def _types_with_same_members(kind: Any) -> list[Any]:
    """Return the types inside a list, union or annotated type, whose members have the same paths.

    The members of `list[Rule] | None`, for example, have the paths of the members of `Rule`.
    """
    if isinstance(kind, dict):
        return [kind["items"]] if "items" in kind else []
    arguments, origin = get_args(kind), get_origin(kind)
    if origin is Annotated:
        return [next((note for note in arguments[1:] if isinstance(note, ObjectOf)), arguments[0])]
    return [*arguments] if origin in {list, Union, UnionType} else []
