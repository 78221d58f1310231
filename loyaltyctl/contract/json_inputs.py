"""Convert JSON values to inputs, strictly: the inverse of `json_values.to_json_value`."""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar, cast, get_args, get_origin

from loyaltyctl.contract.json_values import Omitted
from loyaltyctl.contract.types import members_of
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.intake.values import Json, JsonPath

Input = TypeVar("Input")


class InvalidInput(Exception):
    """Error for a JSON value that is not the input wanted: the path of the wrong value, and the problem."""

    def __init__(self, place: JsonPath, problem: str) -> None:
        super().__init__(problem)
        self.place = place
        self.problem = problem


class _Member(NamedTuple):
    """Member of an input type: the type of its value, and whether the JSON value may lack it."""

    kind: Any
    is_optional: bool


def to_input(value: Json, kind: type[Input], place: JsonPath = ()) -> Input:
    """Convert a JSON value to an input type: a NamedTuple, list, enumeration or text. Raises InvalidInput.

    `place` is the path of the value. A list must not be empty.
    """
    # Text first: it is most of an input, and the other tests take three times as long.
    if kind is str:
        if not isinstance(value, str):
            raise InvalidInput(place, f"must be text, got {quoted(value)}")
        return cast("Input", value)
    if get_origin(kind) is list:
        if not isinstance(value, list) or not value:
            raise InvalidInput(place, f"must be a list of one or more values, got {quoted(value)}")
        (item,) = get_args(kind)
        return cast("Input", [to_input(one, item, (*place, index)) for index, one in enumerate(value)])
    if issubclass(kind, Enum):
        known = [str(one.value) for one in kind]
        if value not in known:
            raise InvalidInput(place, f"must be one of {', '.join(known)}, got {quoted(value)}")
        return cast("Input", kind(value))
    return cast("Input", _to_named_tuple(value, kind, place))


def _to_named_tuple(value: Json, kind: Any, place: JsonPath) -> Any:
    """Convert a JSON object to an input type that is a NamedTuple. Raises InvalidInput."""
    if not isinstance(value, dict):
        raise InvalidInput(place, f"must be an object, got {quoted(value)}")
    members = _members(kind)
    for name in value:
        if name not in members:
            advice = did_you_mean(name, members, f"known are {', '.join(members)}")
            raise InvalidInput((*place, name), f"is not known{advice}")
    for name, member in members.items():
        if name not in value and not member.is_optional:
            raise InvalidInput((*place, name), "is missing")
    # The names differ from those of the NamedTuple, orderId from order_id: the members have the same order.
    fields = dict(zip(members, kind._fields, strict=True))
    return kind(
        **{fields[name]: to_input(one, members[name].kind, (*place, name)) for name, one in value.items()}
    )


@cache
def _members(kind: type) -> Mapping[str, _Member]:
    """Return the members of an input type that is a NamedTuple, by their names in JSON."""
    return {name: _member(hint) for name, hint in members_of(kind).items()}


def _member(hint: Any) -> _Member:
    """Return the member of an input type for its annotation, such as `Annotated[list[str] | Omitted, …]`."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    kinds = [one for one in get_args(hint) if one is not Omitted] if Omitted in get_args(hint) else [hint]
    return _Member(kinds[0], kinds != [hint])
