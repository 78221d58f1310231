"""RSA keys: read from what people have, refused where they are not what they should be."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from loyaltyctl.errors import InvalidData
from loyaltyctl.events.key_texts import Block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.events.gate import Parts

LEAST_BITS = 2048
MOST_BITS = 16384
EXPONENT = 65537

_PADDING = padding.PKCS1v15()
_HASH = hashes.SHA256()
_WHERE = "Copy the webhook public key from the app's page in the dashboard: it begins with BEGIN PUBLIC KEY."

_HOW = "Make a pair with: loyaltyctl events keygen --out test"


class PublicKey(NamedTuple):
    """A key that signatures are checked with: RSA, of 2048 bits or more. `name` says where it is from."""

    rsa: RSAPublicKey
    name: str = ""

    @classmethod
    def read(cls, text: str, name: str) -> PublicKey:
        """The one key in `text`, in any spelling of key_texts.py; `name` opens the messages.

        Takes BEGIN PUBLIC KEY, and PKCS#1's BEGIN RSA PUBLIC KEY. Raises InvalidData.
        """
        return cls.of(_one_block(text, name, _WHERE), name)

    @classmethod
    def of(cls, block: Block, name: str) -> PublicKey:
        """The key in a PEM block. Raises InvalidData."""
        label, pem = block
        if label == "CERTIFICATE":
            raise InvalidData(f"{name} is a certificate, not a public key", hint=_WHERE)
        if "PRIVATE" in label:
            raise InvalidData(
                f"{name} is a private key; signatures are checked with the public one", hint=_WHERE
            )
        try:
            key = serialization.load_pem_public_key(pem)
        except Exception:  # noqa: BLE001 - whatever the library says of a key, its text stays unsaid
            raise InvalidData(f"{name} cannot be read as a public key", hint=_WHERE) from None
        if not isinstance(key, RSAPublicKey):
            raise InvalidData(f"{name} is not an RSA key, and events are signed with RSA", hint=_WHERE)
        _check_strength(key, name)
        return cls(key, name)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the key's bytes (SPKI), as OpenSSH writes one."""
        data = self.rsa.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return f"SHA256:{b64encode(sha256(data).digest()).decode('ascii').rstrip('=')}"

    @property
    def all(self) -> tuple[PublicKey, ...]:
        """The key as a list, for those who have one or several."""
        return (self,)

    def fitting(self, parts: Parts) -> PublicKey | None:
        """This key, where the signature was made with its private half."""
        return self if self.fits(parts) else None

    def fits(self, parts: Parts) -> bool:
        """Whether the signature was made with the private half of this key."""
        try:
            self.rsa.verify(parts.signature, parts.signed, _PADDING, _HASH)
        except InvalidSignature:
            return False
        return True


class PublicKeys(NamedTuple):
    """Several keys, such as those of the apps that share an endpoint: each token is checked with all."""

    all: tuple[PublicKey, ...]

    @classmethod
    def read(cls, texts: Iterable[tuple[str, str]]) -> PublicKey | PublicKeys:
        """The keys in texts with their names, each key once; a single one stands alone.

        A text may hold several PEM blocks. Raises InvalidData.
        """
        found: dict[str, PublicKey] = {}
        for text, name in texts:
            for block in blocks(text, name, _WHERE):
                key = PublicKey.of(block, name)
                found.setdefault(key.fingerprint, key)
        keys = tuple(found.values())
        return keys[0] if len(keys) == 1 else cls(keys)

    def fitting(self, parts: Parts) -> PublicKey | None:
        """The key whose private half made the signature."""
        return next((key for key in self.all if key.fits(parts)), None)


class PrivateKey(NamedTuple):
    """A key that tokens are signed with."""

    rsa: RSAPrivateKey

    @classmethod
    def made(cls) -> PrivateKey:
        """A new key of 2048 bits, as the vendor's are."""
        return cls(generate_private_key(EXPONENT, LEAST_BITS))

    @classmethod
    def read(cls, text: str, name: str) -> PrivateKey:
        """The key in `text`, a PEM without a password. Raises InvalidData."""
        label, pem = _one_block(text, name, _HOW)
        if "PRIVATE" not in label:
            raise InvalidData(f"{name} is not a private key in PEM; tokens are signed with one", hint=_HOW)
        try:
            key = serialization.load_pem_private_key(pem, None)
        except TypeError:
            raise InvalidData(f"{name} is locked with a password", hint="Give one without.") from None
        except Exception:  # noqa: BLE001 - as above: what is said of a private key could quote it
            raise InvalidData(f"{name} cannot be read as a private key") from None
        if not isinstance(key, RSAPrivateKey):
            raise InvalidData(f"{name} is not an RSA key, and events are signed with RSA")
        _check_strength(key.public_key(), name)
        return cls(key)

    def signature(self, signed: bytes) -> bytes:
        """The signature of these bytes."""
        return self.rsa.sign(signed, _PADDING, _HASH)

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.rsa.public_key())

    def pems(self) -> tuple[str, str]:
        """The private and the public half, as files hold them."""
        private = self.rsa.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = self.rsa.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return private.decode("ascii"), public.decode("ascii")


def _one_block(text: str, name: str, hint: str) -> Block:
    """The one key in `text`."""
    found = blocks(text, name, hint)
    if len(found) > 1:
        raise InvalidData(f"{name} holds more than one key", hint=hint)
    return found[0]


def _check_strength(key: RSAPublicKey, name: str) -> None:
    if not LEAST_BITS <= key.key_size <= MOST_BITS:
        raise InvalidData(
            f"{name} has {key.key_size} bits; a key must have {LEAST_BITS} to {MOST_BITS}", hint=_WHERE
        )
    exponent, modulus = key.public_numbers().e, key.public_numbers().n
    if modulus % 2 == 0:
        raise InvalidData(f"{name} is no RSA key: its modulus is even", hint=_WHERE)
    if exponent % 2 == 0 or exponent >= modulus:  # refused by the library itself from release 50 on
        why = "its public exponent is even, or not below the modulus"
        raise InvalidData(f"{name} is no RSA key: {why}", hint=_WHERE)
    if exponent < EXPONENT:
        raise InvalidData(f"{name} has the public exponent {exponent}, which is too weak", hint=_WHERE)
