"""Parser of tokens in JWS compact serialization: size, form and header, before any cryptography.

Stricter than the standard, which leaves libraries room to differ: a token that two parsers
could read in two ways is rejected.
"""

from __future__ import annotations

import codecs
from binascii import a2b_base64
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json
from loyaltyctl.tokens.reasons import Reason, invalid_token

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject

MAX_TOKEN = 1024 * 1024
MAX_HEADER = 4096
MAX_NAME = 200
ALGORITHM = "RS256"

_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_CANONICAL_ENDS = {2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
"""Last characters allowed per length modulo 4: those whose unused bits are zero, so one text per value."""


class Parts(NamedTuple):
    """The decoded parts of a token. `signed` is header and payload as written, which the signature covers."""

    header: bytes
    signed: bytes
    payload: bytes
    signature: bytes


def check_size(text: str) -> None:
    """Raise InvalidToken if `text` is longer than any event's token."""
    if len(text) > MAX_TOKEN:
        raise invalid_token(
            Reason.TOO_LARGE, f"the token has {len(text):,} characters; the limit is {MAX_TOKEN:,}"
        )


def split(text: str) -> Parts:
    """Split a token into its decoded parts. Raises InvalidToken if it is malformed."""
    if not text.isascii():
        raise invalid_token(Reason.MALFORMED, "the token has non-ASCII characters")
    encoded = text.encode("ascii")
    parts = encoded.split(b".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise invalid_token(Reason.MALFORMED, _describe_part_count(len(parts)))
    header, payload, signature = parts
    if not header or not signature:
        raise invalid_token(Reason.MALFORMED, f"the token has no {'signature' if header else 'header'}")
    return Parts(
        _decode(header, "header"),
        encoded[: len(header) + 1 + len(payload)],
        _decode(payload, "payload"),
        _decode(signature, "signature"),
    )


@lru_cache(maxsize=16)  # all tokens of one app have the same header
def check_header(header: bytes) -> None:
    """Raise InvalidToken unless the header names RS256 and has no members beyond alg, typ and kid."""
    if len(header) > MAX_HEADER:
        raise invalid_token(Reason.BAD_HEADER, f"the header has more than {MAX_HEADER:,} bytes")
    document = parse_object(header, "header", Reason.BAD_HEADER)
    for name, value in document.items():
        if name not in ("alg", "typ", "kid"):
            # The name is not quoted: it is untrusted text.
            raise invalid_token(
                Reason.BAD_HEADER, "the header has a member that is not allowed; only alg, typ and kid are"
            )
        if not isinstance(value, str) or len(value) > MAX_NAME:
            raise invalid_token(
                Reason.BAD_HEADER, f"the header's {name} is not a string of at most {MAX_NAME} characters"
            )
    if "alg" not in document:
        raise invalid_token(Reason.ALGORITHM_NOT_ALLOWED, "the header has no alg; only RS256 is accepted")
    if document["alg"] != ALGORITHM:
        raise invalid_token(
            Reason.ALGORITHM_NOT_ALLOWED, "the header's alg is not RS256, the only one accepted"
        )
    if document.get("typ", "JWT") not in ("JWT", "jwt"):
        raise invalid_token(Reason.BAD_HEADER, "the header's typ is not JWT")


def parse_object(data: bytes, part: str, reason: Reason) -> JsonObject:
    """Parse a part of a token as a JSON object, strictly. Raises InvalidToken with this reason."""
    try:
        # Files may begin with a byte order mark, but here it would be part of what is signed.
        value = None if data.startswith(codecs.BOM_UTF8) else strict_json.loads_unicode(data)
    except InvalidData:  # not chained: its message may quote a member's name
        value = None
    if not isinstance(value, dict):
        raise invalid_token(reason, f"the {part} is not a valid JSON object")
    return value


def _decode(segment: bytes, part: str) -> bytes:
    """Decode a part from base64url, which must be in its one canonical form."""
    over = len(segment) % 4
    canonical = over != 1 and (not over or segment[-1] in _CANONICAL_ENDS[over])
    if not canonical or b"+" in segment or b"/" in segment or b"=" in segment:
        raise invalid_token(Reason.MALFORMED, f"the {part} is not canonical base64url")
    try:
        return a2b_base64(segment.translate(_TO_STANDARD) + b"=="[: -over % 4], strict_mode=True)
    except ValueError:
        raise invalid_token(Reason.MALFORMED, f"the {part} has characters outside base64url") from None


def _describe_part_count(count: int) -> str:
    if count == 1:
        return "not a token: a token has three parts separated by dots"
    encrypted = "; five parts are an encrypted token, which Wix does not send" if count == 5 else ""  # noqa: PLR2004 - RFC 7516
    return f"a token has three parts separated by dots, this has {count}{encrypted}"
