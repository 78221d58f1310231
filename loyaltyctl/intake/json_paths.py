"""Look up values inside a JSON value by their path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonPath


def value_at(value: Json, path: str) -> Json:
    """Return the value at a dotted path in a JSON value, such as `points.balance`.

    Returns None if a member of the path is missing.
    """
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def item_at(value: Any, path: JsonPath) -> Any:
    """Return the value at a path of keys and indexes in a JSON value, such as ("rules", 0, "title").

    Raises KeyError or IndexError if it is missing.
    """
    for step in path:
        value = value[step]
    return value
