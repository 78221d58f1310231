"""Spellings of JSON keys: convert those of the vendor's pages and SDK to the API's camelCase.

The reference's object page has snake_case; the JavaScript SDK and Velo have `_id`, `_createdDate`
and `_updatedDate`, at every depth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from loyaltyctl.intake.values import Json, JsonObject

# `_dateCreated` is Velo's name in coupons only. The SDK renames the other three in every object.
_UNDERSCORED = {f"_{name}": name for name in ("id", "createdDate", "updatedDate", "dateCreated")}


def snake(name: str) -> str:
    """Return the snake_case spelling of a camelCase key: `trigger_app_id` for `triggerAppId`."""
    return re.sub(r"([A-Z])", lambda capital: f"_{capital[1].lower()}", name)


def variants(names: Iterable[str]) -> dict[str, str]:
    """Map every other spelling of the keys in `names` to the API's spelling: `{"_id": "id"}`."""
    known = frozenset(names)
    underscored = {key: name for key, name in _UNDERSCORED.items() if name in known}
    return (
        {snake(name): name for name in known}
        | underscored
        | {snake(key): name for key, name in underscored.items()}
    )


def without_underscores(value: JsonObject) -> JsonObject:
    """Return `value` with the API's spelling of keys such as `_id` and `_createdDate`, at every depth.

    The SDK and Velo spell ids and dates with an underscore.
    """
    return cast("JsonObject", respell(value, _UNDERSCORED))


def respell(value: Json, names: Mapping[str, str], known: AbstractSet[str] | None = None) -> Json:
    """Return a JSON value with respelled keys: `names` maps other spellings to those of the API.

    Only the values of `known` keys are searched for further keys, since other values may be the user's own
    data. If `known` is None, all values are searched.
    """
    if isinstance(value, list):
        return [respell(item, names, known) for item in value]
    if not isinstance(value, dict):
        return value
    spelled: JsonObject = {}
    for key, item in value.items():
        name = names.get(key, key)
        nested = isinstance(item, dict | list) and (known is None or name in known)
        # If an object has a key in two spellings, the API's own wins, as in the vendor's SDK.
        spelled[key if name in value else name] = respell(item, names, known) if nested else item
    return spelled
