"""Wrappers around a token: JSON objects, lists of bytes and base64 that encode text.

Servers, gateways and loggers turn the body of a request into such a wrapper: `ey` -> `{"0":"e","1":"y"}`.
Each function here unwraps one kind of wrapper, and returns None for anything else.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64decode
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.intake.values import Json, JsonObject

RAW_HINT = "Pass on the raw body of the request, not the parsed one."
_BYTE_VALUES = range(256)


class Wrapper(NamedTuple):
    """Wrapper around a token: a kind of JSON object that encodes text, such as a Buffer.

    `where` describes the wrapper. `unwrap` returns the text in it, or None for any other object.
    """

    where: str
    unwrap: Callable[[JsonObject], str | None]
    hint: str = RAW_HINT


def unwrap_bytes(items: list[Json]) -> str | None:
    """Unwrap text from a list of bytes: `[101, 121]` -> `"ey"`; return None for any other list."""
    # bool is a subclass of int, so isinstance would accept true.
    if not all(type(item) is int and item in _BYTE_VALUES for item in items):
        return None
    return bytes(items).decode("latin-1")  # type: ignore[arg-type]  # checked above: all are bytes


def unwrap_base64(text: str) -> str | None:
    """Unwrap ASCII text from base64; return None for any other text.

    The base64 may be standard or URL-safe. It may be broken into lines, and may lack its padding.
    """
    encoded = "".join(text.split()).rstrip("=")
    padded = encoded + "=" * (-len(encoded) % 4)
    try:
        data = urlsafe_b64decode(padded) if {*encoded} & {*"-_"} else b64decode(padded, validate=True)
        return data.decode("ascii").strip()
    except ValueError:
        return None


def _unwrap_characters(value: JsonObject) -> str | None:
    """Unwrap text from an object with one member per character: `{"0":"e","1":"y"}` -> `"ey"`.

    The members may also be bytes: `{"0":101,"1":121}`. Returns None for any other object.
    """
    items = [value.get(str(i)) for i in range(len(value))]
    if not items or None in items:
        return None
    if all(isinstance(item, str) and len(item) == 1 for item in items):
        return "".join(map(str, items))
    return unwrap_bytes([*items])


def _unwrap_buffer(value: JsonObject) -> str | None:
    """Unwrap text from a Buffer of Node.js in JSON: `{"type":"Buffer","data":[101,121]}` -> `"ey"`.

    Returns None for any other object.
    """
    data = value.get("data")
    return unwrap_bytes(data) if value.get("type") == "Buffer" and isinstance(data, list) else None


def _unwrap_gateway_request(value: JsonObject) -> str | None:
    """Unwrap text from the base64 body of a gateway's request; return None for any other object."""
    body = value.get("body")
    if value.get("isBase64Encoded") is not True or not isinstance(body, str):
        return None
    return unwrap_base64(body)


WRAPPERS = (
    Wrapper("a body parsed as JSON, character by character", _unwrap_characters),
    Wrapper("a Buffer written as JSON", _unwrap_buffer),
    Wrapper(
        "the base64 body of a gateway's request", _unwrap_gateway_request, "Decode the base64 of body first."
    ),
)
"""All kinds of objects that encode text. Any other object is searched member by member."""
