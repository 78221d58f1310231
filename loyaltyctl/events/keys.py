"""RSA keys: read from what people have, refused where they are not what they should be."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from loyaltyctl.errors import InvalidData

if TYPE_CHECKING:
    from loyaltyctl.events.gate import Parts

LEAST_BITS = 2048
MOST_BITS = 16384
EXPONENT = 65537
MAX_TEXT = 64 * 1024

_PADDING = padding.PKCS1v15()
_HASH = hashes.SHA256()
_BEGIN = "-----BEGIN "
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_WHERE = "Copy the webhook public key from the app's page in the dashboard: it begins with BEGIN PUBLIC KEY."

_HOW = "Make a pair with: loyaltyctl events keygen --out test"


class PublicKey(NamedTuple):
    """A key that signatures are checked with: RSA, of 2048 bits or more."""

    rsa: RSAPublicKey

    @classmethod
    def read(cls, text: str, name: str) -> PublicKey:
        r"""The key in `text`; `name` opens the messages.

        Takes PEM (BEGIN PUBLIC KEY, or PKCS#1's BEGIN RSA PUBLIC KEY), PEM on one line with
        `\n` for its line ends, and base64 of a PEM or of the key's bytes (SPKI). Raises InvalidData.
        """
        label, pem = _block(text, name, _WHERE)
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
        return cls(key)

    def fits(self, parts: Parts) -> bool:
        """Whether the signature was made with the private half of this key."""
        try:
            self.rsa.verify(parts.signature, parts.signed, _PADDING, _HASH)
        except InvalidSignature:
            return False
        return True


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
        label, pem = _block(text, name, _HOW)
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


def _block(text: str, name: str, hint: str) -> tuple[str, bytes]:
    """The label of the one block that `text` holds, and the block as PEM. The hint says which is wanted."""
    if len(text) > MAX_TEXT:
        raise InvalidData(f"{name} has {len(text):,} characters, no key has more than {MAX_TEXT:,}")
    text = text.strip().strip("\"'").replace("\\r", "").replace("\\n", "\n").strip()
    if not text:
        raise InvalidData(f"{name} is empty", hint=hint)
    if _BEGIN not in text:
        text = _unpacked(text, name, hint)
    block = _BLOCK.search(text) if text.count(_BEGIN) == 1 else None
    if block is None:
        what = (
            "holds more than one key"
            if text.count(_BEGIN) > 1
            else "is not a key: it has no BEGIN and END line of one name"
        )
        raise InvalidData(f"{name} {what}", hint=hint)
    label, body = block.groups()
    return label, f"-----BEGIN {label}-----\n{_lines(body)}-----END {label}-----\n".encode("ascii", "replace")


def _unpacked(text: str, name: str, hint: str) -> str:
    """What base64 without a BEGIN line holds: a PEM, or the bytes of one."""
    try:
        data = b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise InvalidData(f"{name} is not a key: neither PEM nor base64", hint=hint) from None
    if data.startswith(_BEGIN.encode()):
        return data.decode("ascii", "replace")
    return f"-----BEGIN PUBLIC KEY-----{text}-----END PUBLIC KEY-----"


def _lines(body: str) -> str:
    """A block's base64 in lines, however it was broken; headers (of a locked key) stay above it."""
    if ":" in body:
        return body.lstrip()
    packed = "".join(body.split())
    return "".join(f"{packed[i : i + 64]}\n" for i in range(0, len(packed), 64))


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
