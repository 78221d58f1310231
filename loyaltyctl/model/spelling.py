"""Spellings of a key: the wire writes camelCase, other sources write it differently.

The reference's object page writes snake_case; the JavaScript SDK and Velo write `_id`,
`_createdDate` and `_updatedDate`, at every depth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from loyaltyctl.intake.values import Json, JsonObject

_UNDERSCORED = {f"_{name}": name for name in ("id", "createdDate", "updatedDate", "dateCreated")}


def snake(name: str) -> str:
    """Return `triggerAppId` as `trigger_app_id`."""
    return re.sub(r"([A-Z])", lambda capital: f"_{capital[1].lower()}", name)


def variants(names: Iterable[str]) -> dict[str, str]:
    """Return the wire name of every other spelling of `names`."""
    known = frozenset(names)
    underscored = {key: name for key, name in _UNDERSCORED.items() if name in known}
    return (
        {snake(name): name for name in known}
        | underscored
        | {snake(key): name for key, name in underscored.items()}
    )


def without_underscores(value: Json) -> Json:
    """Return `value` with the keys of the SDK and of Velo as the wire has them, at every depth."""
    return respell(value, _UNDERSCORED)


def respell(value: Json, names: Mapping[str, str], known: AbstractSet[str] | None = None) -> Json:
    """Return `value` with its keys replaced by `names`.

    The values of `known` keys are respelled too (of all keys, where it is None); other keys
    keep their values untouched. A variant beside the wire's own key is kept as it is.
    """
    if isinstance(value, list):
        return [respell(item, names, known) for item in value]
    if not isinstance(value, dict):
        return value
    spelled: JsonObject = {}
    for key, item in value.items():
        name = names.get(key, key)
        inside = isinstance(item, dict | list) and (known is None or name in known)
        spelled[key if name in value else name] = respell(item, names, known) if inside else item
    return spelled
