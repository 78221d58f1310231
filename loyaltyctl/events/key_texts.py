r"""The text of a key as people have it, read as PEM blocks.

PEM                       on lines, or on one with \n (or \\n, as in JSON) for its line ends
base64                    of a PEM, or of the bytes of a public key (SPKI)
base64 of a PEM           once more between PEM lines
.env, JSON                with one of these as a value, in quotes or without
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.intake.values import Json

MAX_TEXT = 64 * 1024
MAX_BLOCKS = 16
BEGIN = "-----BEGIN "
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_ESCAPED_END = re.compile(r"(?:\\+r)?\\+n")
_ASSIGNED = re.compile(r"\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*[=:]\s*(\S.*)")
_KEY_BEGINS = ("LS0tLS1CRUdJTi", "MII")
"""Beginning of base64 of a PEM or of the bytes of a key; an id or a secret beside it begins otherwise."""
_QUOTES = "\"'"


class Block(NamedTuple):
    """One key: the label of its BEGIN line, and the whole as PEM."""

    label: str
    pem: bytes


def blocks(text: str, name: str, hint: str) -> list[Block]:
    """Return the keys in `text`, one or more. Raises InvalidData, whose hint says what is wanted."""
    if len(text) > MAX_TEXT:
        raise InvalidData(f"{name} has {len(text):,} characters, no key has more than {MAX_TEXT:,}")
    written = text.strip().strip(_QUOTES).replace("\\/", "/")
    written = _ESCAPED_END.sub("\n", written).replace("\\r", "").strip()
    if not written:
        raise InvalidData(f"{name} is empty", hint=hint)
    if BEGIN not in written:
        written = _unpacked(written) or _assigned(text)
        if not written:
            raise InvalidData(f"{name} is not a key: neither PEM nor base64", hint=hint)
    if written.count(BEGIN) > MAX_BLOCKS:
        raise InvalidData(f"{name} holds more than {MAX_BLOCKS} keys", hint=hint)
    found = [_plain(*match.groups()) for match in _BLOCK.finditer(written)]
    if len(found) != written.count(BEGIN):
        raise InvalidData(f"{name} is not a key: it has no BEGIN and END line of one name", hint=hint)
    return found


def _unpacked(text: str) -> str:
    """The PEM that base64 holds: one of its own, or one around its bytes. Empty where it is no base64."""
    try:
        data = b64decode("".join(text.split()), validate=True)
    except ValueError:
        return ""
    if data.startswith(BEGIN.encode()):
        return data.decode("ascii", "replace")
    return f"-----BEGIN PUBLIC KEY-----{text}-----END PUBLIC KEY-----"


def _assigned(text: str) -> str:
    """The keys that are values in a .env file or in JSON, as PEM; empty where there is none."""
    try:
        values = [*_texts(strict_json.loads(text))]
    except InvalidData:
        values = [found[1] for line in text.splitlines() if (found := _ASSIGNED.fullmatch(line))]
    packed = [value.strip().strip(_QUOTES) for value in values]
    return "\n".join(_unpacked(one) for one in packed if one.startswith(_KEY_BEGINS))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _plain(label: str, body: str) -> Block:
    """A block in lines of 64, however it was broken; headers (of a locked key) stay above it."""
    if ":" in body:
        return Block(label, _pem(label, body.lstrip()))
    packed = "".join(body.split())
    inner = _BLOCK.fullmatch(_unpacked(packed).strip())
    if inner and inner[2] != packed:  # base64 of a PEM between PEM lines
        label, packed = inner[1], "".join(inner[2].split())
    return Block(label, _pem(label, "".join(f"{packed[i : i + 64]}\n" for i in range(0, len(packed), 64))))


def _pem(label: str, body: str) -> bytes:
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode("ascii", "replace")
