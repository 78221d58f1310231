"""Deterministic keys, and tokens assembled by hand.

Primes are derived from a seed: no private key is in the repository, and every run uses the same.
"""

from __future__ import annotations

import base64
import json
import random
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from math import gcd, prod
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from loyaltyctl.tokens.keys import EXPONENT, MIN_BITS, PrivateKey, PublicKey, PublicKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from loyaltyctl.intake.values import Json, JsonObject

NOW = 1_790_000_000
CANARY = "canary-Zq7vW3"
"""Part of every header and payload, and not allowed in any message."""

RSA_OID = bytes.fromhex("06092a864886f70d010101")
PSS_OID = bytes.fromhex("06092a864886f70d01010a")
NULL = b"\x05\x00"
SHA256 = hashes.SHA256()

NO_KEY = "cannot be read|has 0 bits|is not an RSA key|too weak"
"""Messages for invalid numbers: of cryptography, or ours if an older release accepts them."""

_SMALL = [n for n in range(3, 6000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
_SIEVE = prod(_SMALL)


@cache
def pair(name: str = "vendor", bits: int = MIN_BITS, exponent: int = EXPONENT) -> PrivateKey:
    """Return the key of a name, generated once per session."""
    rng = random.Random(f"{name} {bits} {exponent}")  # noqa: S311 - the same keys in each run
    p = _prime(rng, bits // 2, exponent)
    q = _prime(rng, bits - bits // 2, exponent)
    d = pow(exponent, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(exponent, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    )
    return PrivateKey(numbers.private_key())


def public(name: str = "vendor") -> PublicKey:
    return pair(name).public


def parse_public(text: str, name: str) -> PublicKey:
    """Parse a text with one public key."""
    key = PublicKeys.parse([(text, name)])
    assert isinstance(key, PublicKey)
    return key


def _prime(rng: random.Random, bits: int, exponent: int) -> int:
    while True:
        number = rng.getrandbits(bits) | 0b11 << (bits - 2) | 1
        if gcd(number, _SIEVE) == 1 and number % exponent != 1 and pow(2, number - 1, number) == 1:
            return number


def rs256(signed: bytes) -> bytes:
    """Return the correct signature of these bytes."""
    return pair().sign(signed)


def raw(block: bytes) -> bytes:
    """Apply the private key to a block without adding padding."""
    private = pair().rsa.private_numbers()
    modulus = private.public_numbers.n
    return pow(int.from_bytes(block), private.d, modulus).to_bytes(256)


def segment(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")


def dumped(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


HEADER: JsonObject = {"alg": "RS256", "kid": CANARY}


def header(**more: Json) -> bytes:
    """Return a valid header with members added or replaced."""
    return dumped(HEADER | more).encode()


ENTITY = dumped({"name": CANARY, "status": "ACTIVE"})
EVENT: JsonObject = {
    "id": "7c3f1d52-1a9e-4b77-9d36-2f0f7a1c9e55",
    "entityFqdn": "wix.loyalty.v1.program",
    "slug": "updated",
    "entityId": "settings",
    "eventTime": "2026-09-21T13:33:20.000Z",
    "entityEventSequence": "12",
}
IDENTITY = dumped({"identityType": "WIX_USER", "wixUserId": CANARY})
ACCOUNT = dumped({"accountId": CANARY})


def payload(changed: Mapping[str, str] | None = None, **claims: Json) -> bytes:
    """Return the claims of an event, nested in strings; `changed` replaces layers."""
    text = changed or {}
    part: JsonObject = {"currentEntityAsJson": text.get("entity", ENTITY)}
    about: JsonObject = {"updatedEvent": part}
    if "action" in text:
        about = {"actionEvent": {"bodyAsJson": text["action"]}}
    data: JsonObject = {
        "eventType": "wix.loyalty.v1.program_updated",
        "instanceId": CANARY,
        "data": text.get("body", dumped(EVENT | about)),
        "identity": text.get("identity", IDENTITY),
        "accountInfo": text.get("account", ACCOUNT),
    }
    whole: JsonObject = {"iat": NOW, "exp": NOW + 3600, "data": text.get("data", dumped(data))}
    return text.get("claims", dumped(whole | claims)).encode()


def token(
    head: bytes | None = None, body: bytes | None = None, sign: Callable[[bytes], bytes] = rs256
) -> str:
    """Return a token of these bytes; a valid one by default."""
    signed = f"{segment(header() if head is None else head)}.{segment(payload() if body is None else body)}"
    return f"{signed}.{segment(sign(signed.encode()))}"


def der(tag: int, content: bytes) -> bytes:
    """Encode a value in DER."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(number: int) -> bytes:
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, signed=True))


def pkcs1(modulus: int, exponent: int) -> bytes:
    """Encode a public key in PKCS#1, valid or not."""
    return der(0x30, integer(modulus) + integer(exponent))


def spki(modulus: int, exponent: int, algorithm: bytes = RSA_OID + NULL) -> bytes:
    """Encode a public key in SPKI, valid or not."""
    return der(0x30, der(0x30, algorithm) + der(0x03, b"\0" + pkcs1(modulus, exponent)))


def pem(label: str, data: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(data).decode()}-----END {label}-----\n"


def jwk() -> dict[str, str]:
    numbers = public().rsa.public_numbers()
    return {"e": "AQAB", "kty": "RSA", "n": segment(numbers.n.to_bytes(256))}


@cache
def certificate() -> x509.Certificate:
    key = pair().rsa
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vendor")])
    start = datetime.fromtimestamp(NOW, UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())
