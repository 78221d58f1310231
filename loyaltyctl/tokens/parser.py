"""Strict parser of tokens in JWS compact serialization: size, form and header, before any cryptography.

It is stricter than RFC 7515: a token that two libraries could read differently is rejected.
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
"""Maximum length of a token."""
MAX_HEADER = 4096
"""Maximum length of a decoded header, in bytes."""
MAX_NAME = 200
"""Maximum length of the strings in a header, and of member names that messages show."""
ALGORITHM = "RS256"
"""The only algorithm that the parser accepts."""

_TO_STANDARD_BASE64 = bytes.maketrans(b"-_", b"+/")
_CANONICAL_ENDS = {2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
"""Last characters that canonical base64url may have, by the length of the text modulo 4.

The bits of the last character that encode nothing are zero. Without this rule, other last characters would
decode to the same bytes, and the same signed token could be written in several ways.
"""


class Parts(NamedTuple):
    """The parts of a parsed token, decoded from base64url.

    Only `signed` is not decoded: it is the text that was signed, the token up to its second dot.
    """

    header: bytes
    signed: bytes
    payload: bytes
    signature: bytes


def check_size(text: str) -> None:
    """Raise InvalidToken if a token is too long to be parsed."""
    if len(text) > MAX_TOKEN:
        raise invalid_token(
            Reason.TOO_LARGE, f"the token has {len(text):,} characters; the limit is {MAX_TOKEN:,}"
        )


def split(text: str) -> Parts:
    """Split a token at its dots, and decode its parts. Raises InvalidToken if the token is malformed."""
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
        _decode_base64url(header, "header"),
        encoded[: len(header) + 1 + len(payload)],
        _decode_base64url(payload, "payload"),
        _decode_base64url(signature, "signature"),
    )


@lru_cache(maxsize=16)  # the tokens of one sender repeat the same header
def check_header(header: bytes) -> None:
    """Parse a token's header strictly, before any cryptography. Raises InvalidToken if it is not allowed.

    It must have the member alg with the value RS256. It may also have typ and kid, but no other member: with
    jku, x5u or jwk a token would bring its own key, and crit or zip would change how the token is read.
    """
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
    """Parse a token's header or payload, which must be a strict JSON object.

    Raises InvalidToken with `reason`; `part` is the name of the part in its message.
    """
    try:
        # strict_json skips a byte order mark, which files may have; in a token it is not JSON.
        value = None if data.startswith(codecs.BOM_UTF8) else strict_json.loads_unicode(data)
    except InvalidData:  # not chained: its message may quote a member's name
        value = None
    if not isinstance(value, dict):
        raise invalid_token(reason, f"the {part} is not a valid JSON object")
    return value


def _decode_base64url(segment: bytes, part: str) -> bytes:
    """Decode one part of a token from canonical base64url. Raises InvalidToken for any other text."""
    remainder = len(segment) % 4  # 1 is impossible: a byte takes more than one character
    canonical = remainder != 1 and (not remainder or segment[-1] in _CANONICAL_ENDS[remainder])
    if not canonical or b"+" in segment or b"/" in segment or b"=" in segment:
        raise invalid_token(Reason.MALFORMED, f"the {part} is not canonical base64url")
    try:
        return a2b_base64(segment.translate(_TO_STANDARD_BASE64) + b"=="[: -remainder % 4], strict_mode=True)
    except ValueError:
        raise invalid_token(Reason.MALFORMED, f"the {part} has characters outside base64url") from None


def _describe_part_count(count: int) -> str:
    """Return the parser's error message for a token that does not have exactly three parts."""
    if count == 1:
        return "not a token: a token has three parts separated by dots"
    encrypted = "; five parts are an encrypted token, which Wix does not send" if count == 5 else ""  # noqa: PLR2004 - RFC 7516
    return f"a token has three parts separated by dots, this has {count}{encrypted}"
