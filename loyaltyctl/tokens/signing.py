"""Sign test tokens as Wix does, or with a defect that a correct endpoint rejects."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from loyaltyctl.tokens.keys import PrivateKey
from loyaltyctl.tokens.parser import ALGORITHM

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject

_HOUR = 3600


class Defect(StrEnum):
    """Defect of a signed test token: changed after signing, expired, or signed with another key."""

    TAMPER = "tamper"
    EXPIRED = "expired"
    WRONG_KEY = "wrong-key"


def sign(claims: JsonObject, key: PrivateKey) -> str:
    """Sign claims with the private key, and return the token."""
    return _encode_token({"kid": _key_id(key), "alg": ALGORITHM}, claims, key)


def sign_defective(claims: JsonObject, key: PrivateKey, defect: Defect, now: float) -> str:
    """Sign claims as a test token with one deliberate defect; `now` is in seconds since 1970."""
    match defect:
        case Defect.WRONG_KEY:
            # The kid is that of the right key: an endpoint that trusts the header accepts this token.
            return _encode_token({"kid": _key_id(key), "alg": ALGORITHM}, claims, PrivateKey.generate())
        case Defect.EXPIRED:
            return sign(claims | {"iat": int(now) - 2 * _HOUR, "exp": int(now) - _HOUR}, key)
        case Defect.TAMPER:
            # Only iat changes, by a second: all claims stay valid, so the signature alone is wrong.
            header, _, signature = sign(claims, key).split(".")
            iat = claims.get("iat")
            later = (iat if isinstance(iat, int) else int(now)) + 1
            return f"{header}.{_base64url(_compact_json(claims | {'iat': later}))}.{signature}"


def _encode_token(header: JsonObject, claims: JsonObject, key: PrivateKey) -> str:
    """Encode the header and the claims, sign both, and return the signed token."""
    signed = f"{_base64url(_compact_json(header))}.{_base64url(_compact_json(claims))}"
    return f"{signed}.{_base64url(key.sign(signed.encode('ascii')))}"


def _key_id(key: PrivateKey) -> str:
    """Return the kid for tokens signed with this key: eight characters, as in Wix's sample header.

    They are the beginning of the hash of the public key.
    """
    return _base64url(sha256(key.to_pem()[1].encode()).digest())[:8]


def _compact_json(value: JsonObject) -> bytes:
    """Encode a header or claims as JSON before they are signed: without blanks, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _base64url(data: bytes) -> str:
    """Encode a part of a signed token as base64url without padding."""
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")
