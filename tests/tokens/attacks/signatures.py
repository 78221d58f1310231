"""Attacks by the signature (E): its padding, its digest, its length."""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from loyaltyctl.tokens.reasons import Reason
from tests.tokens import keys
from tests.tokens.attacks.attack import Attack, changed, constant, nothing, stranger
from tests.tokens.keys import NOW, dumped, header, pair, payload, public, rs256, segment, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def block(info: bytes, *, start: bytes = b"\0\1", fill: bytes = b"\xff", size: int = 256) -> bytes:
    return start + fill * (size - len(start) - 1 - len(info)) + b"\0" + info


def hashed(signed: bytes) -> bytes:
    return hashlib.sha256(signed).digest()


PADDINGS: dict[str, Callable[[bytes], bytes]] = {
    "no NULL after the algorithm": lambda s: block(bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + hashed(s)),
    "the digest without its name": lambda s: block(hashed(s)),
    "lengths in two bytes": lambda s: block(bytes.fromhex("308131300d060960864801650304020105000420") + hashed(s)),
    "lengths without end": lambda s: block(b"\x30\x80" + DIGEST_INFO[2:] + hashed(s) + b"\0\0"),
    "the name of SHA-1": lambda s: block(bytes.fromhex("3021300906052b0e03021a05000414") + hashed(s)[:20]),
    "the name of MD5": lambda s: block(bytes.fromhex("3020300c06082a864886f70d020505000410") + hashed(s)[:16]),
    "the name of SHA-512": lambda s: block(bytes.fromhex("3051300d060960864801650304020305000440") + hashlib.sha512(s).digest()),
    "CVE-2006-4339 rubbish after the digest": lambda s: (b"\0\1" + b"\xff" * 8 + b"\0" + DIGEST_INFO + hashed(s)).ljust(256, b"\x5a"),
    "zeros after the digest": lambda s: (b"\0\1" + b"\xff" * 8 + b"\0" + DIGEST_INFO + hashed(s)).ljust(256, b"\0"),
    "rubbish in the parameters": lambda s: block(bytes.fromhex("30353011060960864801650304020104045a5a5a5a0420") + hashed(s)),
    "a byte of the padding another": lambda s: block(DIGEST_INFO + hashed(s)).replace(b"\xff", b"\xfe", 1),
    "the last byte of the padding another": lambda s: block(DIGEST_INFO + hashed(s)).replace(b"\xff\0", b"\xfe\0", 1),
    "padding of zeros": lambda s: block(DIGEST_INFO + hashed(s), fill=b"\0"),
    "padding of block type 0": lambda s: block(DIGEST_INFO + hashed(s), start=b"\0\0"),
    "padding of block type 2": lambda s: block(DIGEST_INFO + hashed(s), start=b"\0\2"),
    "a padding that begins with 1": lambda s: block(DIGEST_INFO + hashed(s), start=b"\1\1"),
    "no padding at all": lambda s: (DIGEST_INFO + hashed(s)).rjust(256, b"\0"),
    "a padding that ends early": lambda s: block(DIGEST_INFO + hashed(s), start=b"\0\0\1"),
    "a padding without its zero": lambda s: block(DIGEST_INFO + hashed(s)).replace(b"\xff\0", b"\xff\xff", 1),
    "a digest of zeros": lambda _: block(DIGEST_INFO + b"\0" * 32),
    "no digest": lambda _: block(DIGEST_INFO),
    "the digest of the payload": lambda s: block(DIGEST_INFO + hashed(s.split(b".")[1])),
    "the digest of the digest": lambda s: block(DIGEST_INFO + hashed(hashed(s))),
    "the digest backwards": lambda s: block(DIGEST_INFO + hashed(s)[::-1]),
}  # fmt: skip


def _modulus() -> int:
    return public().rsa.public_numbers().n


SIGNATURES: dict[str, Callable[[bytes], bytes]] = {
    "a zero": constant(b"\0"),
    "a one": constant(b"\1"),
    "256 zeros": constant(bytes(256)),
    "one in 256 bytes": constant((1).to_bytes(256)),
    "256 bytes of 255": constant(b"\xff" * 256),
    "4096 bytes": constant(b"\x5a" * 4096),
    "the modulus": lambda _: _modulus().to_bytes(256),
    "the modulus less one": lambda _: (_modulus() - 1).to_bytes(256),
    "the signature plus the modulus": lambda s: (int.from_bytes(rs256(s)) + _modulus()).to_bytes(257),
    "the modulus less the signature": lambda s: (_modulus() - int.from_bytes(rs256(s))).to_bytes(256),
    "without its first byte": changed(lambda s: s[1:]),
    "without its last byte": changed(lambda s: s[:-1]),
    "half of it": changed(lambda s: s[:128]),
    "a zero before it": changed(lambda s: b"\0" + s),
    "a zero after it": changed(lambda s: s + b"\0"),
    "twice": changed(lambda s: s + s),
    "backwards": changed(lambda s: s[::-1]),
    "its first bit another": changed(lambda s: bytes([s[0] ^ 0x80]) + s[1:]),
    "its last bit another": changed(lambda s: s[:-1] + bytes([s[-1] ^ 1])),
    "a bit in its middle another": changed(lambda s: s[:128] + bytes([s[128] ^ 16]) + s[129:]),
    "two bytes exchanged": changed(lambda s: s[:9] + s[10:11] + s[9:10] + s[11:] if s[9] != s[10] else s[1:]),
    "in hexadecimal": changed(lambda s: s.hex().encode()),
    "in base64": changed(base64.b64encode),
    "in an octet string": changed(lambda s: keys.der(4, s)),
    "of a stranger": stranger,
    "of a key of 1024 bits, CVE-2025-45768": lambda s: pair("weak", 1024).sign(s),
    "of a key with the exponent 3": lambda s: pair("three", exponent=3).sign(s),
    "of an elliptic curve": lambda s: ec.derive_private_key(7, ec.SECP256R1()).sign(s, ec.ECDSA(hashes.SHA256())),
    "of Ed25519": lambda s: ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).sign(s),
    "of the header": lambda s: rs256(s.split(b".")[0]),
    "of the payload": lambda s: rs256(s.split(b".")[1]),
    "of a dot more": lambda s: rs256(s + b"."),
    "of a dot less": lambda s: rs256(s.replace(b".", b"")),
    "of a line end more": lambda s: rs256(s + b"\n"),
    "of the decoded parts": lambda _: rs256(header() + b"." + payload()),
    "of nothing": lambda _: rs256(b""),
    "of another token": lambda _: rs256(token(body=payload(exp=NOW + 1)).rpartition(".")[0].encode()),
    "of the digest": lambda s: rs256(hashed(s)),
}  # fmt: skip


def by_signature() -> Iterator[Attack]:
    yield Attack("E no signature", Reason.MALFORMED, partial(token, sign=nothing))
    for what, sign in SIGNATURES.items():
        yield Attack(f"E the signature: {what}", Reason.BAD_SIGNATURE, partial(token, sign=sign))
    for what, block in PADDINGS.items():
        sign = partial(padded, block)
        yield Attack(f"E the padding: {what}", Reason.BAD_SIGNATURE, partial(token, sign=sign))
    yield Attack("E another payload", Reason.BAD_SIGNATURE, lambda: _swapped(1, payload(exp=NOW + 9999)))
    yield Attack("E no payload", Reason.BAD_SIGNATURE, lambda: _swapped(1, b""))
    yield Attack("E another header", Reason.BAD_SIGNATURE, lambda: _swapped(0, header(typ="JWT")))
    yield Attack("E another order in the header", Reason.BAD_SIGNATURE, lambda: _swapped(0, _reordered()))
    yield Attack("E a space more in the header", Reason.BAD_SIGNATURE, lambda: _swapped(0, header() + b" "))


def padded(block: Callable[[bytes], bytes], signed: bytes) -> bytes:
    """Sign a block with wrong padding using the private key, which no attacker has."""
    value = int.from_bytes(block(signed)) % _modulus()
    return keys.raw(value.to_bytes(256))


def _swapped(part: int, data: bytes) -> str:
    parts = token().split(".")
    parts[part] = segment(data)
    return ".".join(parts)


def _reordered() -> bytes:
    return dumped(dict(reversed(keys.HEADER.items()))).encode()
