"""The vendor's spellings of one and the same field.

The wire writes camelCase. The reference's object page writes snake_case, the
JavaScript SDK and Velo write `_id`, `_createdDate` and `_updatedDate`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.intake.values import Json, JsonObject

WIRE_NAMES = (
    "id",
    "sourceAppId",
    "triggerAppId",
    "triggerActivityType",
    "title",
    "status",
    "revision",
    "createdDate",
    "updatedDate",
    "metadata",
    "canBeDeleted",
    "fixedAmount",
    "conversionRate",
    "configs",
    "tierId",
    "points",
    "moneyAmount",
    "field",
    "triggerFilters",
    "fieldKey",
    "values",
    "ruleTypeTag",
)


def snake(name: str) -> str:
    """`triggerAppId` as `trigger_app_id`."""
    return re.sub(r"([A-Z])", lambda capital: f"_{capital[1].lower()}", name)


_UNDERSCORED = {f"_{name}": name for name in ("id", "createdDate", "updatedDate", "dateCreated")}
"""What the JavaScript SDK and Velo rename, at every depth."""
_WIRE = frozenset(WIRE_NAMES)
_TO_WIRE = {snake(name): name for name in WIRE_NAMES} | {
    spelt: name for key, name in _UNDERSCORED.items() if name in _WIRE for spelt in (key, snake(key))
}


def wire_name(step: str | int) -> str | int:
    """A step of a place with a known key in the wire's spelling."""
    return _TO_WIRE.get(step, step) if isinstance(step, str) else step


def on_the_wire(value: Json) -> Json:
    """`value` with the known keys in the wire's spelling, at every depth that is known.

    Other keys stay as they are with all that is in them, and so does a variant beside the
    wire's own key.
    """
    return _respelled(value, _TO_WIRE, _WIRE)


def without_underscores(value: Json) -> Json:
    """`value` with the keys that are only underscored as the wire has them, at every depth."""
    return _respelled(value, _UNDERSCORED)


def _respelled(value: Json, names: Mapping[str, str], known: frozenset[str] | None = None) -> Json:
    """`value` with other names for its keys; what is in it is looked at under known names, or under all."""
    if isinstance(value, list):
        return [_respelled(item, names, known) for item in value]
    if not isinstance(value, dict):
        return value
    spelled: JsonObject = {}
    for key, item in value.items():
        name = names.get(key, key)
        inside = isinstance(item, dict | list) and (known is None or name in known)
        spelled[key if name in value else name] = _respelled(item, names, known) if inside else item
    return spelled
