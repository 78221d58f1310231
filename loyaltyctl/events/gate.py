"""The gate: what a token looks like, before anything in it is believed.

Stricter than the standard, which lets libraries differ: a token that two readers could
take for two different things is refused.
"""

from __future__ import annotations

import codecs
from binascii import a2b_base64
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.events.refusals import Reason, refused
from loyaltyctl.intake import strict_json

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject

MAX_TOKEN = 1024 * 1024
MAX_HEADER = 4096
MAX_NAME = 200
ALGORITHM = "RS256"

_STANDARD = bytes.maketrans(b"-_", b"+/")
_LAST = {2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
"""The characters that may end a segment with that many over: those whose unused bits are zero."""


class Parts(NamedTuple):
    """A token in its parts: the header, what is signed as it is written, the payload and the signature."""

    header: bytes
    signed: bytes
    payload: bytes
    signature: bytes


def check_size(text: str) -> None:
    """Raise InvalidToken where `text` is larger than any event."""
    if len(text) > MAX_TOKEN:
        raise refused(Reason.TOO_LARGE, f"the token has {len(text):,} characters, the limit is {MAX_TOKEN:,}")


def split(text: str) -> Parts:
    """The parts of a token. Raises InvalidToken where it has not the form of one."""
    if not text.isascii():
        raise refused(Reason.MALFORMED, "the token has characters beyond ASCII")
    written = text.encode("ascii")
    parts = written.split(b".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise refused(Reason.MALFORMED, _miscounted(len(parts)))
    header, payload, signature = parts
    if not header or not signature:
        raise refused(Reason.MALFORMED, f"the token has no {'signature' if header else 'header'}")
    return Parts(
        _decoded(header, "header"),
        written[: len(header) + 1 + len(payload)],
        _decoded(payload, "payload"),
        _decoded(signature, "signature"),
    )


@lru_cache(maxsize=16)  # the tokens of one app have one header
def check_header(header: bytes) -> None:
    """Raise InvalidToken unless it names RS256, and nothing that would have to be understood."""
    if len(header) > MAX_HEADER:
        raise refused(Reason.BAD_HEADER, f"the header has more than {MAX_HEADER:,} bytes")
    document = json_object(header, "header", Reason.BAD_HEADER)
    for name, value in document.items():
        if name not in ("alg", "typ", "kid"):
            known = "alg, typ and kid are all that it may have"
            raise refused(Reason.BAD_HEADER, f"the header has a member that is not allowed; {known}")
        if not isinstance(value, str) or len(value) > MAX_NAME:
            raise refused(
                Reason.BAD_HEADER, f"the header's {name} is not a text of at most {MAX_NAME} characters"
            )
    if "alg" not in document:
        raise refused(Reason.ALGORITHM_NOT_ALLOWED, "the header has no alg; only RS256 is taken")
    if document["alg"] != ALGORITHM:
        raise refused(
            Reason.ALGORITHM_NOT_ALLOWED, "the header's alg is not RS256, the only one that is taken"
        )
    if document.get("typ", "JWT") not in ("JWT", "jwt"):
        raise refused(Reason.BAD_HEADER, "the header's typ is not JWT")


def json_object(data: bytes, part: str, reason: Reason) -> JsonObject:
    """The JSON object in a part of a token, read strictly."""
    try:
        # A reader of files may skip a byte order mark, but here it is signed.
        value = None if data.startswith(codecs.BOM_UTF8) else strict_json.loads_unicode(data)
    except InvalidData:  # whose message may quote the name of a member
        value = None
    if not isinstance(value, dict):
        raise refused(reason, f"the {part} is not a JSON object as the standard writes it")
    return value


def _decoded(segment: bytes, part: str) -> bytes:
    """The bytes of a part: base64url in its one canonical spelling."""
    over = len(segment) % 4
    canonical = over != 1 and (not over or segment[-1] in _LAST[over])
    if not canonical or b"+" in segment or b"/" in segment or b"=" in segment:
        raise refused(Reason.MALFORMED, f"the {part} is not canonical base64url")
    try:
        return a2b_base64(segment.translate(_STANDARD) + b"=="[: -over % 4], strict_mode=True)
    except ValueError:
        raise refused(Reason.MALFORMED, f"the {part} has characters that base64url has not") from None


def _miscounted(count: int) -> str:
    """What a number of parts means."""
    if count == 1:
        return "this is no token: a token has three parts with dots between them"
    also = "; five are an encrypted token, which the vendor does not send" if count == 5 else ""  # noqa: PLR2004 - RFC 7516
    return f"a token has three parts with dots between them, this has {count}{also}"
