"""RSA keys that sign and verify tokens: parse, check, generate and use them. Weak keys are rejected."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from loyaltyctl.errors import InvalidData
from loyaltyctl.tokens.pem import PemBlock, parse_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.tokens.parser import Parts

MIN_BITS = 2048
"""Minimum size of a key (RFC 7518, 3.3), and the size of generated keys."""
MAX_BITS = 16384
"""Maximum size of a key: OpenSSL rejects all signatures of larger ones."""
EXPONENT = 65537
"""Exponent of generated keys, and the smallest one accepted: FIPS 186-5 requires more than 2**16."""

# RFC 7518, 3.3: RS256 is RSASSA-PKCS1-v1_5 with SHA-256.
_RS256_PADDING = padding.PKCS1v15()
_RS256_HASH = hashes.SHA256()
_PUBLIC_KEY_HINT = (
    "Copy the webhook public key from the app's page in the dashboard: it begins with BEGIN PUBLIC KEY."
)
_PRIVATE_KEY_HINT = "Generate a key pair with: loyaltyctl events keygen --out test"


class PublicKey(NamedTuple):
    """RSA public key that verifies token signatures. `name` is its source, such as a file name."""

    rsa: RSAPublicKey
    name: str = ""

    @classmethod
    def from_block(cls, block: PemBlock, name: str) -> PublicKey:
        """Load the public RSA key in a PEM block, and check its strength. Raises InvalidData.

        The label of the block may be PUBLIC KEY (SPKI) or RSA PUBLIC KEY (PKCS#1).
        """
        label, pem = block
        if label == "CERTIFICATE":
            raise InvalidData(f"{name} is a certificate, not a public key", hint=_PUBLIC_KEY_HINT)
        if "PRIVATE" in label:
            raise InvalidData(
                f"{name} is a private key; signatures are verified with the public key", hint=_PUBLIC_KEY_HINT
            )
        try:
            key = serialization.load_pem_public_key(pem)
        except Exception:  # noqa: BLE001 - the library's message may quote the key
            raise InvalidData(f"{name} cannot be read as a public key", hint=_PUBLIC_KEY_HINT) from None
        if not isinstance(key, RSAPublicKey):
            raise InvalidData(
                f"{name} is not an RSA key, and events are signed with RSA", hint=_PUBLIC_KEY_HINT
            )
        _check_key_strength(key, name, _PUBLIC_KEY_HINT)
        return cls(key, name)

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the public key (SPKI in DER), in OpenSSH's notation: `SHA256:…`."""
        data = self.rsa.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return f"SHA256:{b64encode(sha256(data).digest()).decode('ascii').rstrip('=')}"

    @property
    def all(self) -> tuple[PublicKey, ...]:
        """This public key in a tuple, so that callers can treat PublicKey and PublicKeys alike."""
        return (self,)

    def find_signer(self, parts: Parts) -> PublicKey | None:
        """Return this public key if it verifies the token's signature; None if it does not."""
        return self if self.verifies(parts) else None

    def verifies(self, parts: Parts) -> bool:
        """Return whether the token was signed with the private key that belongs to this public key."""
        try:
            self.rsa.verify(parts.signature, parts.signed, _RS256_PADDING, _RS256_HASH)
        except InvalidSignature:
            return False
        return True


class PublicKeys(NamedTuple):
    """Several public RSA keys, for an endpoint that several apps share. Any of them may verify a token."""

    all: tuple[PublicKey, ...]

    @classmethod
    def parse(cls, texts: Iterable[tuple[str, str]]) -> PublicKey | PublicKeys:
        """Parse RSA public keys from texts. Each text comes with its name, and may hold several keys.

        All formats of pem.py are accepted. Duplicate keys are dropped. If only one key remains, it is
        returned as PublicKey. Raises InvalidData.
        """
        found: dict[str, PublicKey] = {}
        for text, name in texts:
            for block in parse_blocks(text, name, _PUBLIC_KEY_HINT):
                key = PublicKey.from_block(block, name)
                found.setdefault(key.fingerprint, key)
        keys = tuple(found.values())
        return keys[0] if len(keys) == 1 else cls(keys)

    def find_signer(self, parts: Parts) -> PublicKey | None:
        """Return the first of these public keys that verifies a token's signature; None if none does."""
        # All keys are tried instead of the one that kid names: a token must not choose its key.
        return next((key for key in self.all if key.verifies(parts)), None)


class PrivateKey(NamedTuple):
    """RSA private key that signs test tokens."""

    rsa: RSAPrivateKey

    @classmethod
    def generate(cls) -> PrivateKey:
        """Generate a pair of RSA keys of MIN_BITS bits."""
        return cls(generate_private_key(EXPONENT, MIN_BITS))

    @classmethod
    def parse(cls, text: str, name: str) -> PrivateKey:
        """Parse the only private key in `text`. Raises InvalidData, also if the key is encrypted."""
        [(label, pem), *more] = parse_blocks(text, name, _PRIVATE_KEY_HINT)
        if more:
            raise InvalidData(f"{name} holds more than one key", hint=_PRIVATE_KEY_HINT)
        if "PRIVATE" not in label:
            raise InvalidData(f"{name} is not a private key in PEM format", hint=_PRIVATE_KEY_HINT)
        try:
            key = serialization.load_pem_private_key(pem, None)
        except TypeError:
            raise InvalidData(
                f"{name} is encrypted with a password", hint="Use a key without a password."
            ) from None
        except Exception:  # noqa: BLE001 - the library's message may quote the key
            raise InvalidData(f"{name} cannot be read as a private key") from None
        if not isinstance(key, RSAPrivateKey):
            raise InvalidData(f"{name} is not an RSA key, and events are signed with RSA")
        _check_key_strength(key.public_key(), name, _PRIVATE_KEY_HINT)
        return cls(key)

    def sign(self, data: bytes) -> bytes:
        """Sign a token's header and payload with this private key; return the RS256 signature."""
        return self.rsa.sign(data, _RS256_PADDING, _RS256_HASH)

    @property
    def public(self) -> PublicKey:
        """Return the public key of this pair of keys."""
        return PublicKey(self.rsa.public_key())

    def to_pem(self) -> tuple[str, str]:
        """Return the pair of RSA keys as PEM: the private key (PKCS#8) and the public key (SPKI)."""
        private = self.rsa.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = self.rsa.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return private.decode("ascii"), public.decode("ascii")


def _check_key_strength(key: RSAPublicKey, name: str, hint: str) -> None:
    """Raise InvalidData for an RSA key of an unsafe size or with unsafe parameters."""
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        raise InvalidData(
            f"{name} has {key.key_size} bits; a key must have {MIN_BITS} to {MAX_BITS}", hint=hint
        )
    exponent, modulus = key.public_numbers().e, key.public_numbers().n
    if modulus % 2 == 0:
        raise InvalidData(f"{name} is not an RSA key: its modulus is even", hint=hint)
    if exponent % 2 == 0 or exponent >= modulus:  # since version 50, cryptography rejects these itself
        raise InvalidData(
            f"{name} is not an RSA key: its public exponent is even, or not below the modulus",
            hint=hint,
        )
    if exponent < EXPONENT:
        raise InvalidData(f"{name} has the public exponent {exponent}, which is too weak", hint=hint)
