"""Tokens made here, and spoilt ones to try an endpoint with."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from loyaltyctl.events.gate import ALGORITHM
from loyaltyctl.events.keys import PrivateKey

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject

HOUR = 3600


class Spoilt(StrEnum):
    """What can be wrong with a token that an endpoint must refuse."""

    TAMPER = "tamper"
    EXPIRED = "expired"
    WRONG_KEY = "wrong-key"


def sign(claims: JsonObject, key: PrivateKey) -> str:
    """A token with these claims."""
    return _token({"kid": _name_of(key), "alg": ALGORITHM}, claims, key)


def spoilt(claims: JsonObject, key: PrivateKey, how: Spoilt, now: float) -> str:
    """A token that nobody should take, though it looks like one of these claims."""
    match how:
        case Spoilt.WRONG_KEY:
            other = PrivateKey.made()
            return _token({"kid": _name_of(key), "alg": ALGORITHM}, claims, other)
        case Spoilt.EXPIRED:
            return sign(claims | {"iat": int(now) - 2 * HOUR, "exp": int(now) - HOUR}, key)
        case Spoilt.TAMPER:
            header, _, signature = sign(claims, key).split(".")
            iat = claims.get("iat")
            later = (iat if isinstance(iat, int) else int(now)) + 1
            return f"{header}.{_segment(_json(claims | {'iat': later}))}.{signature}"


def _token(header: JsonObject, claims: JsonObject, key: PrivateKey) -> str:
    signed = f"{_segment(_json(header))}.{_segment(_json(claims))}"
    return f"{signed}.{_segment(key.signature(signed.encode('ascii')))}"


def _name_of(key: PrivateKey) -> str:
    """The kid of a key: the beginning of the hash of its public half."""
    return _segment(sha256(key.pems()[1].encode()).digest())[:8]


def _json(value: JsonObject) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _segment(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")
