"""Values: types of JSON values; checks of ids, revisions and numbers; quoting in messages."""

from __future__ import annotations

import json
import re
from typing import NamedTuple, TypeAlias

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.redaction import masked_if_secret, redacted

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"
JsonPath: TypeAlias = tuple[str | int, ...]
"""Path of a value inside a JSON value: the keys and indexes that lead to it, outermost first."""


MAX_WHOLE = 2**53 - 1
"""Largest whole number in a rule: JavaScript and other parsers that use doubles round larger ones."""


class Position(NamedTuple):
    """Position in a text file: line and column, both starting at 1; column 0 is unknown."""

    line: int
    column: int = 0


GUID_PATTERN = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""Pattern of a GUID, for JSON Schemas too: they have no flag for upper case."""
_GUID = re.compile(GUID_PATTERN)
_WHOLE = re.compile(r"-?[0-9]{1,16}", re.ASCII)
_REVISION = re.compile(r"[0-9]{1,20}", re.ASCII)


def is_guid(text: str) -> bool:
    """Return whether a value is a GUID: hexadecimal digits in groups of 8-4-4-4-12."""
    return _GUID.fullmatch(text) is not None


def guid(text: str, what: str) -> str:
    """Validate a value that must be a GUID, and return it in lower case. Raises UsageError.

    `what` is the name of the value in the error, such as "a site id".
    """
    if not is_guid(text):
        raise UsageError(
            f"{what} must be a GUID, got {quoted(masked_if_secret(text))}",
            hint="A GUID looks like 553c79f3-5625-4f38-b14b-ef7c0d1e87df.",
        )
    return text.lower()


def whole_number(text: str) -> int | None:
    """Parse a value that is a whole number of up to 16 plain digits, perhaps negative; None for other text.

    `int` would also accept `1_000` and digits of other scripts.
    """
    return int(text) if _WHOLE.fullmatch(text) else None


def is_revision(text: str) -> bool:
    """Return whether a value is a revision, wherever it comes from: a whole number of up to 20 digits."""
    return _REVISION.fullmatch(text) is not None


def is_unicode(value: Json) -> bool:
    """Return whether all text in a JSON value can be encoded as UTF-8: it has no unpaired surrogate."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def quoted(value: Json, limit: int = 60) -> str:
    """Quote a JSON value for a message: text in quotes, secrets redacted, cut after `limit` characters."""
    text = redacted(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    cut = (text if len(text) <= limit else text[: limit - 1] + "…").replace("\n", "\\n")
    return f'"{cut}"' if isinstance(value, str) else cut


def object_or_empty(value: Json) -> JsonObject:
    """Return a JSON value if it is an object, else an empty object."""
    return value if isinstance(value, dict) else {}


def list_or_empty(value: Json) -> list[Json]:
    """Return a JSON value if it is a list, else an empty list."""
    return value if isinstance(value, list) else []
