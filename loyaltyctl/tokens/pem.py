r"""Find the PEM blocks of keys in all formats in which keys are stored or pasted.

PEM            on several lines, or on one line with \n (or \\n, as in JSON) instead of line ends
base64         of a whole PEM block, or of the DER of a public key (SPKI)
double PEM     base64 of a whole PEM block, between a second pair of BEGIN and END lines
.env, JSON     with one of these as a value
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
"""Maximum length of a text that is searched for PEM blocks."""
MAX_BLOCKS = 16
"""Maximum number of PEM blocks in a text."""
BEGIN = "-----BEGIN "
_PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_ESCAPED_LINE_END = re.compile(r"(?:\\+r)?\\+n")
_ENV_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*[=:]\s*(\S.*)")
_KEY_PREFIXES = ("LS0tLS1CRUdJTi", "MII")
"""Base64 of `-----BEGIN` and of the first bytes of DER.

They distinguish keys from the ids and secrets in the same .env file.
"""
_QUOTES = "\"'"


class PemBlock(NamedTuple):
    """One key in PEM format, and the label of its BEGIN line, such as PUBLIC KEY."""

    label: str
    pem: bytes


def parse_blocks(text: str, name: str, hint: str) -> list[PemBlock]:
    """Return the PEM blocks in `text`, which error messages call `name`.

    Raises InvalidData with `hint` if there are none, more than MAX_BLOCKS, or an incomplete one.
    """
    if len(text) > MAX_TEXT:
        raise InvalidData(f"{name} has {len(text):,} characters; the limit for keys is {MAX_TEXT:,}")
    # Some JSON libraries, such as PHP's, escape slashes, which base64 contains.
    pem = text.strip().strip(_QUOTES).replace("\\/", "/")
    pem = _ESCAPED_LINE_END.sub("\n", pem).replace("\\r", "").strip()
    if not pem:
        raise InvalidData(f"{name} is empty", hint=hint)
    if BEGIN not in pem:
        pem = _pem_from_base64(pem) or _pem_from_env_or_json(text)
        if not pem:
            raise InvalidData(f"{name} is not a key: neither PEM nor base64", hint=hint)
    if pem.count(BEGIN) > MAX_BLOCKS:
        raise InvalidData(f"{name} holds more than {MAX_BLOCKS} keys", hint=hint)
    found = [_normalize_block(*match.groups()) for match in _PEM_BLOCK.finditer(pem)]
    if len(found) != pem.count(BEGIN):
        raise InvalidData(f"{name} is not a key: it has no BEGIN and END line with the same label", hint=hint)
    return found


def _pem_from_base64(text: str) -> str:
    """Convert the base64 of a key to a PEM block. The base64 of a DER is put between BEGIN and END lines.

    Returns "" if the text is not base64.
    """
    try:
        data = b64decode("".join(text.split()), validate=True)
    except ValueError:
        return ""
    if data.startswith(BEGIN.encode()):
        return data.decode("ascii", "replace")
    return f"-----BEGIN PUBLIC KEY-----{text}-----END PUBLIC KEY-----"


def _pem_from_env_or_json(text: str) -> str:
    """Find the values in a .env file or in JSON that are keys in base64, and return them as PEM blocks.

    Returns "" if there are none.
    """
    try:
        values = [*_json_strings(strict_json.loads(text))]
    except InvalidData:
        values = [found[1] for line in text.splitlines() if (found := _ENV_ASSIGNMENT.fullmatch(line))]
    encoded = [value.strip().strip(_QUOTES) for value in values]
    return "\n".join(_pem_from_base64(one) for one in encoded if one.startswith(_KEY_PREFIXES))


def _json_strings(value: Json) -> Iterator[str]:
    """Yield all strings in JSON, to find keys: a string may be the base64 of a PEM block or of a DER."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _json_strings(item)


def _normalize_block(label: str, body: str) -> PemBlock:
    """Return a PEM block with new line breaks: 64 characters of base64 on each line (RFC 7468)."""
    if ":" in body:  # it has headers, such as Proc-Type of an encrypted key, whose line ends matter
        return PemBlock(label, _format_pem(label, body.lstrip()))
    data = "".join(body.split())
    inner = _PEM_BLOCK.fullmatch(_pem_from_base64(data).strip())
    if inner and inner[2] != data:  # base64 of a PEM between PEM lines
        label, data = inner[1], "".join(inner[2].split())
    return PemBlock(
        label, _format_pem(label, "".join(f"{data[i : i + 64]}\n" for i in range(0, len(data), 64)))
    )


def _format_pem(label: str, body: str) -> bytes:
    """Return a PEM block as bytes: its body between its BEGIN and END lines."""
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode("ascii", "replace")
