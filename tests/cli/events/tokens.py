"""Constants of the tests of events commands, and tokens changed without their signature."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, NamedTuple

from loyaltyctl.config.formats import Format

FORMATS = [one.value for one in Format if one is not Format.SARIF]
KEYED = "--public-key test.pub.pem"
CHECKS = ["size", "form", "header", "signature", "payload", "expiry", "start", "issuer", "audience", "age"]
DAY = 86400


class Pair(NamedTuple):
    """A key pair as PEM."""

    private: str
    public: str


def rewritten(token: str, **claims: Any) -> str:
    """Return a token with other claims and the old signature."""
    header, payload, signature = token.split(".")
    document = json.loads(decoded(payload)) | claims
    return f"{header}.{segment(json.dumps(document).encode())}.{signature}"


def headed(token: str, **header: Any) -> str:
    """Return a token with another header and the old signature."""
    _, payload, signature = token.split(".")
    return f"{segment(json.dumps(header).encode())}.{payload}.{signature}"


def segment(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def decoded(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


SIGNS = {*map(chr, (*range(9), *range(11, 32), *range(127, 160))), "\u202e", "\u2066", "\u200f", "\u061c"}
"""Control and bidi characters that no output may contain."""
