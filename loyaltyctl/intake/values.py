"""JSON types, and validation of ids and whole numbers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.redaction import masked, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"
JsonPath: TypeAlias = tuple[str | int, ...]
"""Path of a value inside another: keys and indexes from the outside in."""


MAX_WHOLE = 2**53 - 1
"""Largest whole number in a rule: JSON parsers that use doubles round larger ones."""


class Position(NamedTuple):
    """Position in a text: line and column from 1; column 0 is unknown."""

    line: int
    column: int = 0


def did_you_mean(text: str, known: Iterable[str], otherwise: str = "", cutoff: float = 0.6) -> str:
    """Return the end of a message about an unknown word: the closest known one, or `otherwise`."""
    from difflib import get_close_matches

    near = get_close_matches(text, [*known], n=1, cutoff=cutoff)
    advice = f"did you mean {near[0]}?" if near else otherwise
    return f"; {advice}" if advice else ""


_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_WHOLE = re.compile(r"-?[0-9]{1,16}", re.ASCII)
_REVISION = re.compile(r"[0-9]{1,20}", re.ASCII)


def is_guid(text: str) -> bool:
    """Return whether `text` has the form 8-4-4-4-12 in hexadecimal digits."""
    return _GUID.fullmatch(text) is not None


def guid(text: str, what: str) -> str:
    """Return a GUID in lower case. Raises UsageError, which names it `what`, for other texts."""
    if not is_guid(text):
        raise UsageError(
            f"{what} must be a GUID, got {quoted(masked(text))}",
            hint="A GUID looks like 553c79f3-5625-4f38-b14b-ef7c0d1e87df.",
        )
    return text.lower()


def whole_number(text: str) -> int | None:
    """Parse up to 16 plain digits, with or without a minus; None for other texts."""
    return int(text) if _WHOLE.fullmatch(text) else None


def is_revision(text: str) -> bool:
    """Return whether `text` is an unsigned number of up to 20 digits."""
    return _REVISION.fullmatch(text) is not None


def is_unicode(value: Json) -> bool:
    """Return whether all texts in `value` can be encoded in UTF-8: an unpaired surrogate cannot."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def quoted(value: Json, limit: int = 60) -> str:
    """Return a value for a message: in quotes, without keys and tokens, cut if it is long."""
    text = redacted(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    cut = (text if len(text) <= limit else text[: limit - 1] + "…").replace("\n", "\\n")
    return f'"{cut}"' if isinstance(value, str) else cut
