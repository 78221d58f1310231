"""Sign tokens as Wix does, or with a defect that an endpoint must reject."""

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

HOUR = 3600


class Defect(StrEnum):
    """Defect of a token that an endpoint must reject."""

    TAMPER = "tamper"
    EXPIRED = "expired"
    WRONG_KEY = "wrong-key"


def sign(claims: JsonObject, key: PrivateKey) -> str:
    """Return a token with these claims."""
    return _encode({"kid": _key_id(key), "alg": ALGORITHM}, claims, key)


def sign_defective(claims: JsonObject, key: PrivateKey, defect: Defect, now: float) -> str:
    """Return a token with these claims and one defect."""
    match defect:
        case Defect.WRONG_KEY:
            # The kid is that of the right key: an endpoint that trusts the header alone is caught.
            return _encode({"kid": _key_id(key), "alg": ALGORITHM}, claims, PrivateKey.generate())
        case Defect.EXPIRED:
            return sign(claims | {"iat": int(now) - 2 * HOUR, "exp": int(now) - HOUR}, key)
        case Defect.TAMPER:
            header, _, signature = sign(claims, key).split(".")
            iat = claims.get("iat")
            later = (iat if isinstance(iat, int) else int(now)) + 1
            return f"{header}.{_segment(_dumps(claims | {'iat': later}))}.{signature}"


def _encode(header: JsonObject, claims: JsonObject, key: PrivateKey) -> str:
    signed = f"{_segment(_dumps(header))}.{_segment(_dumps(claims))}"
    return f"{signed}.{_segment(key.sign(signed.encode('ascii')))}"


def _key_id(key: PrivateKey) -> str:
    """Return the kid of a key: the beginning of the hash of its public half."""
    return _segment(sha256(key.to_pem()[1].encode()).digest())[:8]


def _dumps(value: JsonObject) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _segment(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")
