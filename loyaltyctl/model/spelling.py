"""The vendor's spellings of one and the same field.

The wire writes camelCase. The reference's object page writes snake_case, the
JavaScript SDK and Velo write `_id`, `_createdDate` and `_updatedDate`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


_WIRE = frozenset(WIRE_NAMES)
_TO_WIRE = {snake(name): name for name in WIRE_NAMES} | {
    "_id": "id",
    "_createdDate": "createdDate",
    "_updatedDate": "updatedDate",
    "_created_date": "createdDate",
    "_updated_date": "updatedDate",
}


def wire_name(step: str | int) -> str | int:
    """A step of a place with a known key in the wire's spelling."""
    return _TO_WIRE.get(step, step) if isinstance(step, str) else step


def on_the_wire(value: Json) -> Json:
    """`value` with the known keys in the wire's spelling, at every depth that is known.

    Other keys stay as they are with all that is in them, and so does a variant beside the
    wire's own key.
    """
    if isinstance(value, list):
        return [on_the_wire(item) for item in value]
    if not isinstance(value, dict):
        return value
    spelled: JsonObject = {}
    for key, item in value.items():
        name = _TO_WIRE.get(key, key)
        inside = isinstance(item, dict | list) and name in _WIRE
        spelled[key if name in value else name] = on_the_wire(item) if inside else item
    return spelled


_UNDERSCORED = {
    "_id": "id",
    "_createdDate": "createdDate",
    "_updatedDate": "updatedDate",
    "_dateCreated": "dateCreated",
}
"""What the JavaScript SDK and Velo rename, at every depth."""


def without_underscores(value: Json) -> Json:
    """`value` with those keys as the wire has them; one that stands beside the wire's own key stays."""
    if isinstance(value, list):
        return [without_underscores(item) for item in value]
    if not isinstance(value, dict):
        return value
    names = {key: _UNDERSCORED.get(key, key) for key in value}
    return {
        key if key != name and name in value else name: without_underscores(value[key])
        for key, name in names.items()
    }
