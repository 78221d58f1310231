"""Attacks on the check of a token: each is refused, for what it is, and nothing of it is said again.

The list follows the checklist of anchors/reliability.md: A algorithm, B key confusion, C keys in the
header, D kid, E signature, F what must be understood, G serialisation, H base64, I text, J JSON at
each of its layers, K claims. The advisories of the libraries stand in the names of the attacks that
they became.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from loyaltyctl.errors import InvalidToken
from loyaltyctl.events.checks import END_OF_TIME, Opened, Policy, checked, opened
from loyaltyctl.events.gate import MAX_HEADER, MAX_NAME, MAX_TOKEN
from loyaltyctl.events.refusals import Reason
from tests.events import keys
from tests.events.keys import CANARY, NOW, dumped, header, pair, payload, public, rs256, segment, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.intake.values import Json, JsonObject

ANY = Policy()
ALGORITHM = Reason.ALGORITHM_NOT_ALLOWED
PKCS1 = padding.PKCS1v15()


class Attack(NamedTuple):
    """A token that is to be refused. `forged` where it was made without the private key."""

    name: str
    reason: Reason
    make: Callable[[], str]
    forged: bool = True


# What an attacker signs with.


def stranger(signed: bytes) -> bytes:
    return pair("stranger").signature(signed)


def nothing(_: bytes) -> bytes:
    return b""


def constant(value: bytes) -> Callable[[bytes], bytes]:
    return lambda _: value


def pkcs1(hashing: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    return lambda signed: pair().rsa.sign(signed, PKCS1, hashing)


def pss(hashing: hashes.HashAlgorithm, salt: int) -> Callable[[bytes], bytes]:
    return lambda signed: pair().rsa.sign(signed, padding.PSS(padding.MGF1(hashing), salt), hashing)


def mac(form: str, hashing: str = "sha256") -> Callable[[bytes], bytes]:
    return lambda signed: hmac.digest(public_forms()[form], signed, hashing)


def changed(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda signed: change(rs256(signed))


# A. Algorithm

ALGORITHMS = (
    "none", "None", "NONE", "nOnE", " none", "none ", "none\0", "nоne", "ｎｏｎｅ", "no\u200bne", "", "null", "undefined",
    "rs256", "Rs256", "RS256 ", " RS256", "RS256\n", "RS256\0", "RS\u200b256", "ＲＳ２５６", "RS256\ufeff", "RS٢٥٦", "R\u0405256",
    "RS384", "RS512", "RS1", "PS256", "PS384", "PS512", "ES256", "ES256K", "ES384", "ES512", "EdDSA", "Ed25519", "HS1",
    "RS256,HS256", "RS256|none", "RS-256", "RS_256", "RS0256", "RS2560", "RS256/none", "SHA256withRSA", "sha256WithRSAEncryption",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "1.2.840.113549.1.1.11", "RSA-OAEP", "RSA1_5", "dir", "A128KW", "PBES2-HS256+A128KW",
)  # fmt: skip
NO_TEXTS: tuple[Json, ...] = (
    True,
    False,
    0,
    1,
    256,
    1.5,
    None,
    [],
    ["RS256"],
    ["none"],
    [["RS256"]],
    {},
    {"RS256": 1},
)


def _algorithms() -> Iterator[Attack]:
    for alg in ALGORITHMS:
        yield Attack(
            f"A alg {alg!a} over a good signature", ALGORITHM, partial(token, header(alg=alg)), forged=False
        )
    for alg in ("none", "None", "NONE", "nOnE", ""):
        head = header(alg=alg)
        yield Attack(f"A alg {alg!a} and no signature", Reason.MALFORMED, partial(token, head, sign=nothing))
        yield Attack(f"A alg {alg!a} and one byte", ALGORITHM, partial(token, head, sign=constant(b"\0")))
        yield Attack(f"A alg {alg!a}, a stranger's signature", ALGORITHM, partial(token, head, sign=stranger))
    for value in NO_TEXTS:
        yield Attack(
            f"A alg is {dumped(value)}", Reason.BAD_HEADER, partial(token, header(alg=value)), forged=False
        )
    yield Attack("A no alg", ALGORITHM, partial(token, b"{}"), forged=False)
    yield Attack(
        "A no alg but typ and kid", ALGORITHM, partial(token, b'{"typ":"JWT","kid":"a"}'), forged=False
    )
    for name in ("Alg", "ALG", "alg ", "аlg", "algorithm", "alg\0"):
        head = dumped({name: "RS256"}).encode()
        yield Attack(f"A alg spelled {name!a}", Reason.BAD_HEADER, partial(token, head), forged=False)
    for what, sign in {
        "SHA-1": pkcs1(hashes.SHA1()),  # noqa: S303 - an attack
        "SHA-224": pkcs1(hashes.SHA224()),
        "SHA-384": pkcs1(hashes.SHA384()),
        "SHA-512": pkcs1(hashes.SHA512()),
        "SHA3-256": pkcs1(hashes.SHA3_256()),
        "PSS": pss(hashes.SHA256(), 32),
        "PSS without salt": pss(hashes.SHA256(), 0),
        "PSS of SHA-512": pss(hashes.SHA512(), 64),
    }.items():
        yield Attack(f"A RS256 over a signature with {what}", Reason.BAD_SIGNATURE, partial(token, sign=sign))
    for alg, sign in {
        "PS256": pss(hashes.SHA256(), 32),
        "PS384": pss(hashes.SHA384(), 48),
        "PS512": pss(hashes.SHA512(), 64),
        "RS384": pkcs1(hashes.SHA384()),
        "RS512": pkcs1(hashes.SHA512()),
    }.items():
        name = f"A CVE-2026-48523 the right key under {alg}, which is not on the list"
        yield Attack(name, ALGORITHM, partial(token, header(alg=alg), sign=sign))


# B. Key confusion


def _jwk() -> dict[str, str]:
    numbers = public().rsa.public_numbers()
    return {"e": "AQAB", "kty": "RSA", "n": segment(numbers.n.to_bytes(256))}


@cache
def certificate() -> x509.Certificate:
    key = pair().rsa
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vendor")])
    start = datetime.fromtimestamp(NOW, UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=1))
    return made.sign(key, hashes.SHA256())


def _pem() -> bytes:
    return pair().pems()[1].encode()


def _bytes(encoding: Encoding, form: PublicFormat) -> bytes:
    return public().rsa.public_bytes(encoding, form)


FORMS: dict[str, Callable[[], bytes]] = {
    "CVE-2022-29217 PEM": _pem,
    "CVE-2026-102268 PEM without its last line end": lambda: _pem().rstrip(b"\n"),
    "CVE-2026-102268 PEM with CRLF": lambda: _pem().replace(b"\n", b"\r\n"),
    "CVE-2026-102268 PEM with CR": lambda: _pem().replace(b"\n", b"\r"),
    "CVE-2026-102268 PEM after a line end": lambda: b"\n" + _pem(),
    "CVE-2026-102268 PEM after a space": lambda: b" " + _pem(),
    "CVE-2026-102268 PEM before a space": lambda: _pem() + b" ",
    "CVE-2026-102268 PEM with a byte order mark": lambda: b"\xef\xbb\xbf" + _pem(),
    "CVE-2026-102268 PEM with tabs": lambda: _pem().replace(b"\n", b"\t\n"),
    "CVE-2026-102268 PEM in lower case": lambda: _pem().lower(),
    "PEM on one line with escapes": lambda: _pem().replace(b"\n", b"\\n"),
    "PEM on one line": lambda: _pem().replace(b"\n", b""),
    "PEM without its first and last line": lambda: b"\n".join(_pem().split(b"\n")[1:-2]),
    "PEM in UTF-16": lambda: _pem().decode().encode("utf-16"),
    "PEM in base64": lambda: base64.b64encode(_pem()),
    "CVE-2017-11424 PKCS#1 PEM": lambda: _bytes(Encoding.PEM, PublicFormat.PKCS1),
    "CVE-2017-11424 PKCS#1 PEM without its last line end": lambda: _bytes(Encoding.PEM, PublicFormat.PKCS1).rstrip(b"\n"),
    "CVE-2026-85394 DER": lambda: _bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "CVE-2026-85394 PKCS#1 DER": lambda: _bytes(Encoding.DER, PublicFormat.PKCS1),
    "DER in base64": lambda: base64.b64encode(_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
    "DER in base64url": lambda: base64.urlsafe_b64encode(_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
    "CVE-2024-33663 SSH key": lambda: _bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    "CVE-2024-37568 X.509 certificate": lambda: certificate().public_bytes(Encoding.PEM),
    "X.509 certificate in DER": lambda: certificate().public_bytes(Encoding.DER),
    "CVE-2026-48526 JWK": lambda: dumped(dict(_jwk())).encode(),
    "CVE-2026-48526 JWK with spaces": lambda: json.dumps(_jwk(), indent=2).encode(),
    "CVE-2026-48526 JWK set": lambda: json.dumps({"keys": [_jwk()]}).encode(),
    "CVE-2026-102273 JWK set in a JWK set": lambda: json.dumps({"keys": [{"keys": [_jwk()]}]}).encode(),
    "thumbprint of the JWK": lambda: hashlib.sha256(dumped(dict(_jwk())).encode()).digest(),
    "modulus": lambda: public().rsa.public_numbers().n.to_bytes(256),
    "modulus after a zero": lambda: public().rsa.public_numbers().n.to_bytes(257),
    "modulus as JWK writes it": lambda: bytes(_jwk()["n"], "ascii"),
    "modulus in hexadecimal": lambda: bytes(f"{public().rsa.public_numbers().n:x}", "ascii"),
    "exponent": lambda: b"\x01\x00\x01",
    "CVE-2026-102266 empty text": lambda: b"",
    "name of the key": lambda: bytes(CANARY, "ascii"),
}  # fmt: skip


@cache
def public_forms() -> dict[str, bytes]:
    """What of the public key could be taken for the secret of an HMAC."""
    return {name: form() for name, form in FORMS.items()}


def _confusions() -> Iterator[Attack]:
    for form in FORMS:
        for bits in (256, 384, 512):
            make = partial(token, header(alg=f"HS{bits}"), sign=mac(form, f"sha{bits}"))
            yield Attack(f"B {form} as the secret of HS{bits}", ALGORITHM, make)
        make = partial(token, sign=mac(form))
        yield Attack(f"B {form} as the secret of a MAC called RS256", Reason.BAD_SIGNATURE, make)


# C. Keys in the header


def _stranger_jwk() -> Json:
    return {"kty": "RSA", "e": "AQAB", "n": segment(public("stranger").rsa.public_numbers().n.to_bytes(256))}


HEADER_KEYS: tuple[tuple[str, str, Callable[[], Json]], ...] = (
    ("jwk", "of a stranger", _stranger_jwk),
    ("jwk", "of the vendor", lambda: dict(_jwk())),
    ("jwk", "CVE-2026-102275 of an octet pair", lambda: {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
    ("jwk", "CVE-2026-102266 symmetric and empty", lambda: {"kty": "oct", "k": ""}),
    ("jwk", "null", lambda: None),
    ("jku", "on the web", lambda: "https://attacker.example/jwks.json"),
    ("jku", "CVE-2026-102267 at home", lambda: "http://127.0.0.1:9/jwks.json"),
    ("jku", "in the cloud", lambda: "http://169.254.169.254/latest/meta-data/"),
    ("jku", "CVE-2026-48522 in a file", lambda: "file:///etc/passwd"),
    ("jku", "data", lambda: "data:application/json,{}"),
    ("x5u", "on the web", lambda: "https://attacker.example/cert.pem"),
    ("x5u", "in a file", lambda: "file:///etc/passwd"),
    ("x5u", "a socket", lambda: "gopher://127.0.0.1:6379/_FLUSHALL"),
    ("x5c", "a certificate", lambda: [base64.b64encode(certificate().public_bytes(Encoding.DER)).decode()]),
    ("x5c", "nothing", list),
    ("x5t", "a thumbprint", lambda: "AAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ("x5t#S256", "a thumbprint", lambda: "AAAA"),
)


def _header_keys() -> Iterator[Attack]:
    for name, what, value in HEADER_KEYS:
        for whose, sign in (("a stranger", stranger), ("the vendor", rs256)):
            make = partial(_with_member, name, value, sign)
            yield Attack(f"C {name}: {what}, signed by {whose}", Reason.BAD_HEADER, make, sign is stranger)


def _with_member(name: str, value: Callable[[], Json], sign: Callable[[bytes], bytes]) -> str:
    return token(header(**{name: value()}), sign=sign)


# D. kid

KIDS = (
    "../../../../dev/null", "/dev/null", "/proc/self/environ", "file:///etc/passwd", "https://attacker.example/key.pem", "' OR '1'='1",
    "x' UNION SELECT 'key' --", "| id", "; sleep 9", "$(id)", "`id`", "\0", "a\0b", "\x1b[2J", "{{7*7}}", "%s%n", "..\\..\\nul", "stranger", "",
)  # fmt: skip
NO_KIDS: tuple[Json, ...] = (1, 0, 1.5, True, None, [], [CANARY], {}, {"kid": CANARY})


def _kids() -> Iterator[Attack]:
    for kid in KIDS:
        make = partial(token, header(kid=kid), sign=stranger)
        yield Attack(f"D kid {kid!a} of a stranger", Reason.BAD_SIGNATURE, make)
    for value in NO_KIDS:
        yield Attack(
            f"D kid is {dumped(value)}", Reason.BAD_HEADER, partial(token, header(kid=value)), forged=False
        )
    for size in (MAX_NAME + 1, MAX_HEADER, 100_000):
        make = partial(token, header(kid="k" * size))
        yield Attack(f"D kid of {size} characters", Reason.BAD_HEADER, make, forged=False)


# E. Signature

DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def _block(info: bytes, *, start: bytes = b"\0\1", fill: bytes = b"\xff", size: int = 256) -> bytes:
    return start + fill * (size - len(start) - 1 - len(info)) + b"\0" + info


def _hash(signed: bytes) -> bytes:
    return hashlib.sha256(signed).digest()


PADDINGS: dict[str, Callable[[bytes], bytes]] = {
    "no NULL after the algorithm": lambda s: _block(bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + _hash(s)),
    "the digest without its name": lambda s: _block(_hash(s)),
    "lengths in two bytes": lambda s: _block(bytes.fromhex("308131300d060960864801650304020105000420") + _hash(s)),
    "lengths without end": lambda s: _block(b"\x30\x80" + DIGEST_INFO[2:] + _hash(s) + b"\0\0"),
    "the name of SHA-1": lambda s: _block(bytes.fromhex("3021300906052b0e03021a05000414") + _hash(s)[:20]),
    "the name of MD5": lambda s: _block(bytes.fromhex("3020300c06082a864886f70d020505000410") + _hash(s)[:16]),
    "the name of SHA-512": lambda s: _block(bytes.fromhex("3051300d060960864801650304020305000440") + hashlib.sha512(s).digest()),
    "CVE-2006-4339 rubbish after the digest": lambda s: (b"\0\1" + b"\xff" * 8 + b"\0" + DIGEST_INFO + _hash(s)).ljust(256, b"\x5a"),
    "zeros after the digest": lambda s: (b"\0\1" + b"\xff" * 8 + b"\0" + DIGEST_INFO + _hash(s)).ljust(256, b"\0"),
    "rubbish in the parameters": lambda s: _block(bytes.fromhex("30353011060960864801650304020104045a5a5a5a0420") + _hash(s)),
    "a byte of the padding another": lambda s: _block(DIGEST_INFO + _hash(s)).replace(b"\xff", b"\xfe", 1),
    "the last byte of the padding another": lambda s: _block(DIGEST_INFO + _hash(s)).replace(b"\xff\0", b"\xfe\0", 1),
    "padding of zeros": lambda s: _block(DIGEST_INFO + _hash(s), fill=b"\0"),
    "padding of block type 0": lambda s: _block(DIGEST_INFO + _hash(s), start=b"\0\0"),
    "padding of block type 2": lambda s: _block(DIGEST_INFO + _hash(s), start=b"\0\2"),
    "a padding that begins with 1": lambda s: _block(DIGEST_INFO + _hash(s), start=b"\1\1"),
    "no padding at all": lambda s: (DIGEST_INFO + _hash(s)).rjust(256, b"\0"),
    "a padding that ends early": lambda s: _block(DIGEST_INFO + _hash(s), start=b"\0\0\1"),
    "a padding without its zero": lambda s: _block(DIGEST_INFO + _hash(s)).replace(b"\xff\0", b"\xff\xff", 1),
    "a digest of zeros": lambda _: _block(DIGEST_INFO + b"\0" * 32),
    "no digest": lambda _: _block(DIGEST_INFO),
    "the digest of the payload": lambda s: _block(DIGEST_INFO + _hash(s.split(b".")[1])),
    "the digest of the digest": lambda s: _block(DIGEST_INFO + _hash(_hash(s))),
    "the digest backwards": lambda s: _block(DIGEST_INFO + _hash(s)[::-1]),
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
    "of a key of 1024 bits, CVE-2025-45768": lambda s: pair("weak", 1024).signature(s),
    "of a key with the exponent 3": lambda s: pair("three", exponent=3).signature(s),
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
    "of the digest": lambda s: rs256(_hash(s)),
}  # fmt: skip


def _signatures() -> Iterator[Attack]:
    yield Attack("E no signature", Reason.MALFORMED, partial(token, sign=nothing))
    for what, sign in SIGNATURES.items():
        yield Attack(f"E the signature: {what}", Reason.BAD_SIGNATURE, partial(token, sign=sign))
    for what, block in PADDINGS.items():
        sign = partial(_padded, block)
        yield Attack(f"E the padding: {what}", Reason.BAD_SIGNATURE, partial(token, sign=sign))
    yield Attack("E another payload", Reason.BAD_SIGNATURE, lambda: _swapped(1, payload(exp=NOW + 9999)))
    yield Attack("E no payload", Reason.BAD_SIGNATURE, lambda: _swapped(1, b""))
    yield Attack("E another header", Reason.BAD_SIGNATURE, lambda: _swapped(0, header(typ="JWT")))
    yield Attack("E another order in the header", Reason.BAD_SIGNATURE, lambda: _swapped(0, _reordered()))
    yield Attack("E a space more in the header", Reason.BAD_SIGNATURE, lambda: _swapped(0, header() + b" "))


def _padded(block: Callable[[bytes], bytes], signed: bytes) -> bytes:
    """What the private key makes of a block: no attacker could, and it is refused all the same."""
    value = int.from_bytes(block(signed)) % _modulus()
    return keys.raw(value.to_bytes(256))


def _swapped(part: int, data: bytes) -> str:
    parts = token().split(".")
    parts[part] = segment(data)
    return ".".join(parts)


def _reordered() -> bytes:
    return dumped(dict(reversed(keys.HEADER.items()))).encode()


# F. What must be understood

CRITS: tuple[Json, ...] = (
    ["b64"],
    ["exp"],
    ["x-canary"],
    ["alg"],
    ["crit"],
    ["exp", "exp"],
    [],
    [1],
    [None],
    [[]],
    "",
    "exp",
    None,
    True,
    1,
    {},
)
MEMBERS: tuple[tuple[str, Json], ...] = (
    ("b64", True), ("b64", None), ("b64", 0), ("zip", "DEF"), ("enc", "A256GCM"), ("cty", "JWT"), ("cty", "application/json"), ("iss", "wix.com"), ("exp", NOW + 9),
    ("aud", "app"), ("epk", {}), ("iv", "AAAA"), ("tag", "AAAA"), ("apu", "AAAA"), ("p2s", "AAAA"), ("p2c", 2_000_000_000), ("url", "https://attacker.example"),
    ("nonce", "1"), ("ppt", "shaken"), ("trust_chain", []), ("", ""), ("__proto__", {}), ("constructor", {}), (CANARY, CANARY), ("payload", {}),
)  # fmt: skip
TYPES: tuple[Json, ...] = (
    "JWE",
    "JOSE",
    "JOSE+JSON",
    "at+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "application/jwt",
    "Jwt",
    " JWT",
    "JWT ",
    "JWT\0",
    "",
    None,
    True,
    1,
    [],
    ["JWT"],
    {},
)
DETACHED = b'{"alg":"RS256","b64":false,"crit":["b64"]}'


def _understandings() -> Iterator[Attack]:
    for crit in CRITS:
        make = partial(token, header(crit=crit))
        name = f"F CVE-2026-32597 CVE-2025-59420 crit is {dumped(crit)}"
        yield Attack(name, Reason.BAD_HEADER, make, forged=False)
    extra: JsonObject = {"crit": ["x-canary"], "x-canary": True}
    known = header(**extra)
    yield Attack("F crit names what is there", Reason.BAD_HEADER, partial(token, known), forged=False)
    twice = b'{"alg":"RS256","crit":["exp"],"crit":["exp"]}'
    yield Attack("F crit twice", Reason.BAD_HEADER, partial(token, twice), forged=False)
    long = partial(token, b'{"alg":"RS256"}'.ljust(MAX_HEADER + 1))
    yield Attack("F a byte more than a header may have", Reason.BAD_HEADER, long, forged=False)
    for name, value in MEMBERS:
        make = partial(token, header(**{name: value}))
        yield Attack(f"F the header has {name!a}: {dumped(value)}", Reason.BAD_HEADER, make, forged=False)
    for value in TYPES:
        make = partial(token, header(typ=value))
        yield Attack(f"F typ is {dumped(value)}", Reason.BAD_HEADER, make, forged=False)
    encoded = partial(token, DETACHED)
    name = "F CVE-2026-48525 b64 is false and the payload is encoded"
    yield Attack(name, Reason.BAD_HEADER, encoded, forged=False)
    yield Attack(
        "F b64 is false and not critical", Reason.BAD_HEADER, partial(token, header(b64=False)), forged=False
    )
    yield Attack("F the payload raw", Reason.MALFORMED, partial(_raw, payload()), forged=False)
    yield Attack(
        "F the payload raw and of base64's letters",
        Reason.BAD_HEADER,
        partial(_raw, b"ABCDEFGH"),
        forged=False,
    )
    name = "F CVE-2026-48990 a payload of 20 MB, raw"
    yield Attack(name, Reason.TOO_LARGE, lambda: f"{segment(DETACHED)}.{'A' * 20_000_000}.AAAA")
    yield Attack("F the payload detached", Reason.BAD_SIGNATURE, lambda: _without(1))
    yield Attack("F the payload detached, and raw", Reason.BAD_HEADER, _detached, forged=False)


def _raw(data: bytes) -> str:
    signed = segment(DETACHED).encode() + b"." + data
    return f"{signed.decode()}.{segment(rs256(signed))}"


def _detached() -> str:
    head, _, signature = _raw(payload()).partition(".")
    return f"{head}..{signature.rpartition('.')[2]}"


def _without(part: int) -> str:
    parts = token().split(".")
    parts[part] = ""
    return ".".join(parts)


# G. Serialisation

JWE = segment(b'{"alg":"RSA-OAEP","enc":"A256GCM"}') + ".AAAA.AAAA.AAAA.AAAA"
BOMB = segment(b'{"alg":"dir","enc":"A256GCM","zip":"DEF"}') + "..AAAA." + "A" * 4000 + ".AAAA"
SLOW = segment(b'{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":2147483647}') + ".AAAA.AAAA.AAAA.AAAA"


def _flattened(**more: Json) -> str:
    head, body, signature = token().split(".")
    document: JsonObject = {"payload": body, "protected": head, "signature": signature}
    return dumped(document | more)


def _general(*, signed: bool) -> str:
    head, body, signature = token().split(".")
    signatures: Json = [{"protected": head, "signature": signature}] if signed else []
    return dumped({"payload": body, "signatures": signatures})


SERIALISED: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "one part": lambda: token().split(".")[0],
    "two parts": lambda: token().rpartition(".")[0],
    "two parts and a dot": lambda: token().rpartition(".")[0] + ".",
    "four parts": lambda: token() + ".AAAA",
    "four parts, the last empty": lambda: token() + ".",
    "four parts, the first empty": lambda: "." + token(),
    "five parts": lambda: token() + ".AAAA.AAAA",
    "six parts": lambda: token() + ".AAAA.AAAA.AAAA",
    "two tokens with a dot": lambda: token() + "." + token(),
    "no header": lambda: _without(0),
    "a dot": lambda: ".",
    "two dots": lambda: "..",
    "two dots in one": lambda: token().replace(".", "..", 1),
    "an encrypted token": lambda: JWE,
    "CVE-2024-33664 CVE-2024-28102 an encrypted token that is packed": lambda: BOMB,
    "CVE-2023-6681 an encrypted token that takes long": lambda: SLOW,
    "flattened JSON": _flattened,
    "flattened JSON with a header": lambda: _flattened(header={"alg": "none"}),
    "flattened JSON in an array": lambda: f"[{_flattened()}]",
    "general JSON": lambda: _general(signed=True),
    "general JSON without signatures": lambda: _general(signed=False),
    "a token in JSON": lambda: dumped({"token": token()}),
    "many dots": lambda: "." * 900_000,
    "many parts": lambda: "A." * 500_000,
}


def _serialisations() -> Iterator[Attack]:
    for what, make in SERIALISED.items():
        yield Attack(f"G {what}", Reason.MALFORMED, make, "JSON" not in what)
    name = "G GHSA-9pg5-8c7x-5hfx two million dots"
    yield Attack(name, Reason.TOO_LARGE, lambda: "." * 2_000_000)
    name = "G CVE-2025-65015 a token of 20 MB, which no message repeats"
    yield Attack(name, Reason.TOO_LARGE, lambda: token() + "A" * 20_000_000)
    name = "G a character more than a token may have"
    yield Attack(name, Reason.TOO_LARGE, lambda: token().ljust(MAX_TOKEN + 1, "A"))
    yield Attack("G spaces of 2 MB", Reason.TOO_LARGE, lambda: " " * 2_000_000)


# H. Base64

SPELLINGS: dict[str, Callable[[str], str]] = {
    "the padding that base64 has": lambda part: part + "=" * (-len(part) % 4),
    "a padding too long": lambda part: part + "====",
    "one =": lambda part: part + "=",
    "a = in its middle": lambda part: part[:8] + "=" + part[8:],
    "bits that are not used": lambda part: part[:-1] + chr(ord(part[-1]) + 1),
    "a letter more": lambda part: part + "A" * ((1 - len(part)) % 4 or 4),
    "the letters of plain base64": lambda part: "+/" + part[2:],
    "a +": lambda part: part[:4] + "+" + part[5:],
    "a /": lambda part: part[:4] + "/" + part[5:],
    "rubbish": lambda part: part[:4] + "!!!!" + part[4:],
    "a space": lambda part: part[:4] + " " + part[4:],
    "a line end": lambda part: part[:76] + "\n" + part[76:],
    "a CRLF": lambda part: part[:76] + "\r\n" + part[76:],
    "a tab": lambda part: part[:4] + "\t" + part[4:],
    "a NUL": lambda part: part[:4] + "\0" + part[4:],
    "a tilde": lambda part: part[:4] + "~" + part[5:],
    "a letter with an accent": lambda part: part[:4] + "é" + part[5:],
    "a wide letter": lambda part: part[:4] + "Ａ" + part[5:],
    "a Cyrillic letter": lambda part: part[:4] + "А" + part[5:],
    "a Kelvin sign": lambda part: part[:4] + "\u212a" + part[5:],
    "an Arabic digit": lambda part: part[:4] + "٣" + part[5:],
    "an escape": lambda part: part[:4] + "%41" + part[5:],
}


def _spellings() -> Iterator[Attack]:
    for number, part in enumerate(("header", "payload", "signature")):
        for what, change in SPELLINGS.items():
            make = partial(_spelled, number, change)
            name = f"H CVE-2026-102269 the {part} has {what}"
            yield Attack(name, Reason.MALFORMED, make, forged=False)


def _spelled(number: int, change: Callable[[str], str]) -> str:
    """A token with a part in another spelling, which is signed as it stands."""
    parts = [segment(_uneven(header())), segment(_uneven(payload()))]
    if number < 2:
        parts[number] = change(parts[number])
    signature = segment(rs256(".".join(parts).encode("utf-8")))
    return ".".join([*parts, change(signature) if number == 2 else signature])


def _uneven(document: bytes) -> bytes:
    """A document whose base64 ends with bits that are not used."""
    return document + b" " * ((1 - len(document)) % 3)


# I. Text

AFTER = (
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "\0",
    "\v",
    "\f",
    "\x1c",
    "\x85",
    "\xa0",
    "\u2028",
    "\u200b",
    "\ufeff",
    ";",
    ",",
    "\\n",
    "%0A",
    "#",
    "é",
    "\udc80",
    "\ud800",
)
BEFORE = (
    " ",
    "\n",
    "\t",
    "\0",
    "\ufeff",
    "\u200b",
    "\xa0",
    "Bearer ",
    "bearer ",
    "JWT ",
    "token=",
    "?jwt=",
    "Authorization: Bearer ",
    "\ud83d",
    "-- ",
    "\x1b[2J",
)
TEXTS: dict[str, Callable[[], str]] = {
    "double quotes": lambda: f'"{token()}"',
    "single quotes": lambda: f"'{token()}'",
    "brackets": lambda: f"[{token()}]",
    "angle brackets": lambda: f"<{token()}>",
    "folded like a header": lambda: token().replace(".", ".\r\n ", 1),
    "folded into lines of 76": lambda: "\n".join(token()[i : i + 76] for i in range(0, len(token()), 76)),
    "two tokens on a line": lambda: f"{token()} {token()}",
    "two tokens on two lines": lambda: f"{token()}\n{token()}",
    "escaped dots": lambda: token().replace(".", "%2E"),
    "wide dots": lambda: token().replace(".", "．"),
    "ideographic dots": lambda: token().replace(".", "。"),
    "one dot leader": lambda: token().replace(".", "\u2024", 1),
    "colons": lambda: token().replace(".", ":"),
    "a key": lambda: pair().pems()[1],
    "HTML": lambda: "<!doctype html><title>502 Bad Gateway</title>" + CANARY,
    "null": lambda: "null",
    "JSON": lambda: payload().decode(),
    "wide letters": lambda: "".join(chr(ord(c) + 0xFEE0) for c in token()),
    "half of a pair of surrogates alone": lambda: "\ud800",
    "an escape of a terminal": lambda: "\x1b]0;" + CANARY + "\x07",
}


def _texts() -> Iterator[Attack]:
    for text in AFTER:
        make = partial("{1}{0}".format, text)
        yield Attack(f"I {text!a} after the token", Reason.MALFORMED, partial(_around, make), forged=False)
    for text in BEFORE:
        make = partial("{0}{1}".format, text)
        yield Attack(f"I {text!a} before the token", Reason.MALFORMED, partial(_around, make), forged=False)
    for what, built in TEXTS.items():
        name = f"I CVE-2026-102274 {what}" if "surrogate" in what else f"I {what}"
        yield Attack(name, Reason.MALFORMED, built, forged=False)


def _around(place: Callable[[str], str]) -> str:
    return place(token())


# J. JSON

LAYERS = ("header", "claims", "data", "body", "identity", "account", "entity", "action")
WHOLE = ("header", "claims", "data")
"""The layers that are an object or nothing; in the others any text may stand that no object begins."""


def _layer(name: str) -> str:
    """A good object at this layer."""
    if name == "header":
        return header().decode()
    if name in {"entity", "action"}:
        return keys.ENTITY
    claims = json.loads(payload())
    data = json.loads(claims["data"])
    text = {"claims": dumped(claims), "data": claims["data"], "body": data["data"]}
    return text.get(name) or str(data["identity" if name == "identity" else "accountInfo"])


def _first(member: str) -> Callable[[str], str]:
    """A text with this before all that is in it."""
    return lambda text: f"{{{member},{text[1:]}"


BROKEN: dict[str, Callable[[str], str]] = {
    "a member twice": _first('"kid":"a","kid":"b"'),
    "a member twice with one value": _first('"kid":"a","kid":"a"'),
    "a member twice, once by an escape": _first('"kid":"a","\\u006bid":"b"'),
    "a member twice, deeper": _first('"kid":{"a":[{"b":1,"b":2}]}'),
    "NaN": _first('"kid":NaN'),
    "NaN, deeper": _first('"kid":[1,[NaN]]'),
    "Infinity": _first('"kid":Infinity'),
    "-Infinity": _first('"kid":-Infinity'),
    "1e400": _first('"kid":1e400'),
    "-1e400": _first('"kid":-1e400'),
    "an exponent of 12 digits": _first('"kid":1e999999999999'),
    "a number of 21 digits": _first('"kid":' + "9" * 21),
    "a number of 3,000 digits": _first('"kid":' + "9" * 3000),
    "65 arrays in each other": _first(f'"kid":{"[" * 64}{"]" * 64}'),
    "65 objects in each other": _first('"kid":' + '{"a":' * 64 + "1" + "}" * 64),
    "GHSA-8wjv arrays that never end": _first('"kid":' + "[" * 100_000),
    "GHSA-8wjv objects that never end": _first('"kid":' + '{"a":' * 10_000),
    "GHSA-8wjv many arrays in each other": _first(f'"kid":{"[" * 50_000}{"]" * 50_000}'),
    "an object after it": lambda text: text + "{}",
    "itself after it": lambda text: text + text,
    "a letter after it": lambda text: text + " x",
    "a comma after it": lambda text: text + ",",
    "a bracket after it": lambda text: text + "]",
    "a brace after it": lambda text: text + "}",
    "a NUL after it": lambda text: text + "\0",
    "a no-break space after it": lambda text: text + "\xa0",
    "a form feed after it": lambda text: text + "\f",
    "a comma before the end": lambda text: text[:-1] + ",}",
    "a comma at the beginning": lambda text: "{," + text[1:],
    "no end": lambda text: text[:-1],
    "half of it": lambda text: text[: len(text) // 2],
    "the wrong end": lambda text: text[:-1] + "]",
    "no colon": _first('"kid" "a"'),
    "no value": _first('"kid":'),
    "no name": _first(':"a"'),
    "a name without quotes": _first('kid:"a"'),
    "a number for a name": _first('1:"a"'),
    "single quotes": _first("'kid':'a'"),
    "a comment": _first('/* */"kid":"a"'),
    "a comment at the end": lambda text: text + "//",
    "a hash": lambda text: text + "#",
    "a number that begins with 0": _first('"kid":01'),
    "a number with a plus": _first('"kid":+1'),
    "a number that begins with a dot": _first('"kid":.5'),
    "a number that ends with a dot": _first('"kid":1.'),
    "a number without its exponent": _first('"kid":1e'),
    "a minus alone": _first('"kid":-'),
    "a number with an underscore": _first('"kid":1_000'),
    "a number in hexadecimal": _first('"kid":0x10'),
    "wide digits": _first('"kid":１２'),
    "Arabic digits": _first('"kid":٣'),
    "Python's True": _first('"kid":True'),
    "Python's None": _first('"kid":None'),
    "undefined": _first('"kid":undefined'),
    "a line end in a text": _first('"kid":"a\nb"'),
    "a tab in a text": _first('"kid":"a\tb"'),
    "a NUL in a text": _first('"kid":"a\0b"'),
    "an escape in a text": _first('"kid":"a\x1bb"'),
    "an escape that JSON has not": _first('"kid":"\\x41"'),
    "an escape cut short": _first('"kid":"\\u12"'),
    "an escape with a sign": _first('"kid":"\\u+041"'),
    "a text that never ends": _first('"kid":"a'),
    "a no-break space before a name": _first('\xa0"kid":"a"'),
    "a byte order mark before a name": _first('\ufeff"kid":"a"'),
}  # fmt: skip

NO_OBJECTS: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "a space": lambda _: " ",
    "null": lambda _: "null",
    "true": lambda _: "true",
    "a number": lambda _: "1",
    "NaN": lambda _: "NaN",
    "a text": lambda _: '"text"',
    "a text of it": dumped,
    "an empty array": lambda _: "[]",
    "an array of it": lambda text: f"[{text}]",
    "a byte order mark": lambda text: "\ufeff" + text,
    "a letter before it": lambda text: "x" + text,
    "a prefix against hijacking": lambda text: ")]}'\n" + text,
}

BYTES: dict[str, Callable[[bytes], bytes]] = {
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "two byte order marks": lambda data: b"\xef\xbb\xbf" * 2 + data,
    "UTF-16 with its mark": lambda data: data.decode().encode("utf-16"),
    "UTF-16 of the one order": lambda data: data.decode().encode("utf-16-le"),
    "UTF-16 of the other order": lambda data: data.decode().encode("utf-16-be"),
    "UTF-32 with its mark": lambda data: data.decode().encode("utf-32"),
    "UTF-32 of the one order": lambda data: data.decode().encode("utf-32-le"),
    "UTF-7": lambda data: data.replace(b"{", b"+AHs-", 1),
    "Latin-1": lambda data: b'{"kid":"\xe9",' + data[1:],
    "an overlong quote": lambda data: b'{"kid":"\xc0\xa2",' + data[1:],
    "an overlong slash": lambda data: b'{"kid":"\xc0\xaf",' + data[1:],
    "an overlong NUL": lambda data: b'{"kid":"\xc0\x80",' + data[1:],
    "half of a pair of surrogates": lambda data: b'{"kid":"\xed\xa0\x80",' + data[1:],
    "a pair of surrogates": lambda data: b'{"kid":"\xed\xa0\xbd\xed\xb8\x80",' + data[1:],
    "half of a character": lambda data: b'{"kid":"\xe2\x82",' + data[1:],
    "a byte that UTF-8 has not": lambda data: b'{"kid":"\xff",' + data[1:],
    "a character beyond the last": lambda data: b'{"kid":"\xf4\x90\x80\x80",' + data[1:],
    "a NUL before it": lambda data: b"\0" + data,
    "a line end of another time": lambda data: b"\x85" + data,
}

TWICE = {
    "alg, the good one last": (b'{"alg":"none","alg":"RS256"}', None),
    "alg, the good one first": (b'{"alg":"RS256","alg":"none"}', None),
    "alg, by an escape": (b'{"alg":"RS256","\\u0061lg":"none"}', None),
    "typ": (b'{"alg":"RS256","typ":"JWT","typ":"JWT"}', None),
    "exp": (None, f'"exp":1,"exp":{NOW + 9}'),
    "exp, by an escape": (None, f'"exp":1,"\\u0065xp":{NOW + 9}'),
    "data": (None, '"data":"{}"'),
    "iat and data by an escape": (None, '"iat":1,"d\\u0061ta":"{}"'),
}


def _json() -> Iterator[Attack]:
    for layer in LAYERS:
        reason = Reason.BAD_HEADER if layer == "header" else Reason.BAD_PAYLOAD
        for what, change in BROKEN.items():
            yield Attack(f"J {layer}: {what}", reason, partial(_at, layer, change), forged=False)
        for what, change in NO_OBJECTS.items() if layer in WHOLE else ():
            if (layer, what) != ("header", "nothing"):  # which is no token at all
                yield Attack(
                    f"J {layer}: {what} for an object", reason, partial(_at, layer, change), forged=False
                )
    for what, alter in BYTES.items():
        head, body = partial(_in_bytes, alter, 0), partial(_in_bytes, alter, 1)
        yield Attack(f"J header: {what}, in bytes", Reason.BAD_HEADER, head, forged=False)
        yield Attack(f"J claims: {what}, in bytes", Reason.BAD_PAYLOAD, body, forged=False)
    for what, (head_twice, claim) in TWICE.items():
        reason = Reason.BAD_PAYLOAD if head_twice is None else Reason.BAD_HEADER
        yield Attack(f"J twice: {what}", reason, partial(_twice, head_twice, claim), forged=False)


def _at(layer: str, change: Callable[[str], str]) -> str:
    """A token that is signed as it should be, with something else at this layer."""
    text = change(_layer(layer))
    return token(text.encode()) if layer == "header" else token(body=payload({layer: text}))


def _in_bytes(alter: Callable[[bytes], bytes], part: int) -> str:
    return token(body=alter(payload())) if part else token(alter(header()))


def _twice(head: bytes | None, claim: str | None) -> str:
    body = payload().decode()
    return token(head, f"{{{claim},{body[1:]}".encode() if claim else None)


SURROGATES = {
    layer: partial(_at, layer, _first('"kid":"\\ud800"' if layer != "header" else '"typ":"JWT"'))
    for layer in LAYERS
} | {"header": lambda: token(header(kid="\ud800"))}
"""Half of a pair of surrogates, which JSON can escape and UTF-8 cannot write."""


# K. Claims

TIMES = (
    '""', '"0"', f'"{NOW + 9}"', '"2030-01-01T00:00:00Z"', '"NaN"', '"Infinity"', "true", "false", "null", "[]", f"[{NOW + 9}]", "{}", f'{{"seconds":{NOW + 9}}}',
    "-1", "-0.5", "-1e300", "1e30", "1e308", "9223372036854775807", "9223372036854775808", "18446744073709551615", "99999999999999999999",
    f"{NOW + 9}000", f"{END_OF_TIME + 1}", f"{END_OF_TIME}.5",
)  # fmt: skip
NO_DATA: tuple[Json, ...] = (
    None,
    True,
    0,
    1.5,
    "",
    " ",
    "text",
    "null",
    "[]",
    "[{}]",
    [],
    [{}],
    ["{}"],
    "{",
    "{]",
    "\ufeff{}",
    '"{}"',
)
OUT_OF_TIME = (
    ("exp", "0", Reason.EXPIRED), ("exp", "-0.0", Reason.EXPIRED), ("exp", "1", Reason.EXPIRED), ("exp", "1e-400", Reason.EXPIRED), ("exp", "1e9", Reason.EXPIRED),
    ("exp", str(NOW), Reason.EXPIRED), ("exp", str(NOW - 1), Reason.EXPIRED), ("exp", f"{NOW - 1}.999", Reason.EXPIRED),
    ("nbf", str(NOW + 1), Reason.NOT_YET_VALID), ("nbf", f"{NOW}.5", Reason.NOT_YET_VALID), ("nbf", str(END_OF_TIME), Reason.NOT_YET_VALID),
)  # fmt: skip


def _claims() -> Iterator[Attack]:
    for claim in ("exp", "nbf", "iat"):
        for text in TIMES:
            make = partial(_with_claim, claim, text)
            yield Attack(f"K {claim} is {text}", Reason.BAD_CLAIM, make, forged=False)
        for text in ("NaN", "Infinity", "-Infinity", "1e400", "9" * 400):
            make = partial(_with_claim, claim, text)
            yield Attack(f"K {claim} is {text}", Reason.BAD_PAYLOAD, make, forged=False)
    for claim, text, reason in OUT_OF_TIME:
        yield Attack(f"K {claim} is {text}", reason, partial(_with_claim, claim, text), forged=False)
    for value in NO_DATA:
        make = partial(token, body=payload(data=value))
        yield Attack(f"K data is {dumped(value)}", Reason.BAD_PAYLOAD, make, forged=False)
    yield Attack("K no data", Reason.BAD_PAYLOAD, partial(token, body=b'{"iss":"joe"}'), forged=False)
    yield Attack("K no claims", Reason.BAD_PAYLOAD, partial(token, body=b"{}"), forged=False)
    yield Attack("K Data", Reason.BAD_PAYLOAD, partial(token, body=b'{"Data":"{}"}'), forged=False)


def _with_claim(claim: str, text: str) -> str:
    claims = {name: value for name, value in json.loads(payload()).items() if name != claim}
    return token(body=f'{{"{claim}":{text},{dumped(claims)[1:]}'.encode())


ATTACKS = tuple(
    chain(
        _algorithms(), _confusions(), _header_keys(), _kids(), _signatures(), _understandings(),
        _serialisations(), _spellings(), _texts(), _json(), _claims(),
    )
)  # fmt: skip

ADVISORIES = (
    "CVE-2017-11424", "CVE-2022-29217", "CVE-2023-6681", "CVE-2024-28102", "CVE-2024-33663", "CVE-2024-33664", "CVE-2024-37568", "CVE-2025-45768", "CVE-2025-59420",
    "CVE-2025-65015", "CVE-2026-32597", "CVE-2026-48522", "CVE-2026-48523", "CVE-2026-48525", "CVE-2026-48526", "CVE-2026-48990", "CVE-2026-85394", "CVE-2026-102266",
    "CVE-2026-102267", "CVE-2026-102268", "CVE-2026-102269", "CVE-2026-102273", "CVE-2026-102274", "CVE-2026-102275", "GHSA-8wjv", "GHSA-9pg5-8c7x-5hfx",
)  # fmt: skip


def refusal(text: str, policy: Policy = ANY, now: float = NOW) -> InvalidToken:
    """Why a token is refused, which two ways of asking must agree on."""
    _, error = checked(text, public(), policy, now)
    assert type(error) is InvalidToken
    try:
        shown = opened(text, public(), policy, now).refusal
    except InvalidToken as raised:
        shown = raised
    assert type(shown) is InvalidToken
    assert (shown.reason, shown.message, shown.hint) == (error.reason, error.message, error.hint)
    return shown


def accepted(text: str, policy: Policy = ANY, now: float = NOW) -> Opened:
    """What is in a token, which must be one to trust."""
    token_opened = opened(text, public(), policy, now)
    checks, error = checked(text, public(), policy, now)
    assert (token_opened.refusal, error) == (None, None)
    assert token_opened.verified
    assert all(check.ok for check in checks)
    return token_opened


def shares(text: str, secret: str, size: int = 12) -> bool:
    """Whether so many characters of `text` stand in `secret` as well."""
    return any(text[i : i + size] in secret for i in range(len(text) - size + 1))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_for_what_it_is_and_nothing_of_it_is_repeated(attack: Attack) -> None:
    text = attack.make()

    error = refusal(text)

    assert error.reason == attack.reason
    said = "\n".join([str(error), error.hint, *map(str, error.details)])
    assert CANARY not in said
    assert not shares(said, text)
    assert not shares(said, pair().pems()[1])
    assert CANARY not in "".join(traceback.format_exception(error))
    checks, _ = checked(text, public(), ANY, NOW)
    assert [check.ok for check in checks] == [True] * (len(checks) - 1) + [False]
    assert not any(CANARY in check.detail for check in checks)


@pytest.mark.parametrize("layer", LAYERS)
def test_half_of_a_pair_of_surrogates_is_refused_at_each_layer(layer: str) -> None:
    reason = Reason.BAD_HEADER if layer == "header" else Reason.BAD_PAYLOAD

    assert refusal(SURROGATES[layer]()).reason == reason


def test_there_are_many_attacks_and_no_two_of_one_name() -> None:
    names = Counter(attack.name for attack in ATTACKS)

    assert [name for name, times in names.items() if times > 1] == []
    assert len(names) >= 300
    assert sum(attack.forged for attack in ATTACKS) >= 200
    assert {name[0] for name in names} == set("ABCDEFGHIJK")
    assert {attack.reason for attack in ATTACKS} == set(Reason) - {
        Reason.NO_EXPIRY,
        Reason.WRONG_ISSUER,
        Reason.WRONG_AUDIENCE,
        Reason.TOO_OLD,
    }


def test_the_attacks_on_the_padding_differ_from_what_is_taken_by_the_padding_alone() -> None:
    accepted(token(sign=partial(_padded, lambda signed: _block(DIGEST_INFO + _hash(signed)))))


@pytest.mark.parametrize("advisory", ADVISORIES)
def test_each_advisory_on_the_libraries_became_an_attack(advisory: str) -> None:
    assert any(advisory in attack.name for attack in ATTACKS)


def test_an_attack_is_refused_when_its_moment_comes_again() -> None:
    """What is remembered of a header does not let a second one through."""
    for attack in ATTACKS[:: len(ATTACKS) // 60]:
        text = attack.make()
        accepted(token())
        assert [refusal(text).reason for _ in range(3)] == [attack.reason] * 3


# What is taken

VALID: dict[str, Callable[[], str]] = {
    "the usual": token,
    "alg alone": partial(token, b'{"alg":"RS256"}'),
    "typ JWT": partial(token, header(typ="JWT")),
    "typ jwt": partial(token, header(typ="jwt")),
    "typ first": partial(token, b'{"typ":"JWT","kid":"a","alg":"RS256"}'),
    "spaces in the header": partial(token, b' { "alg" :\r\n\t"RS256" } '),
    "escapes in the header": partial(token, b'{"\\u0061lg":"\\u0052S256"}'),
    "a header as long as may be": lambda: token(b'{"alg":"RS256"}'.ljust(MAX_HEADER)),
    "no kid": partial(token, b'{"alg":"RS256","typ":"JWT"}'),
    "an empty kid": partial(token, header(kid="")),
    "a kid as long as may be": partial(token, header(kid="k" * MAX_NAME)),
    "a kid that is a path": partial(token, header(kid="../../dev/null")),
    "a kid beyond ASCII": partial(token, b'{"alg":"RS256","kid":"cl\xc3\xa9 \xf0\x9f\x94\x91"}'),
    "no claims but data": partial(token, body=b'{"data":"{}"}'),
    "exp that is not whole": partial(token, body=payload(exp=NOW + 0.5)),
    "the last exp": partial(token, body=payload(exp=END_OF_TIME)),
    "nbf now": partial(token, body=payload(nbf=NOW)),
    "other claims": partial(token, body=payload(jti="1", sub=None, iss=[1], aud=[None], scope={"a": []})),
    "spaces in the payload": lambda: token(body=b"\n " + payload() + b"\r\n"),
    "a character beyond the plane": lambda: token(body=payload(name="\U0001f600")),
    "characters as they are": lambda: token(body='{"data":"{}","name":"é😀"}'.encode()),
    "the other layers as objects": partial(token, body=payload(data={"eventType": "a", "data": {"id": "b"}, "identity": {}})),
    "data that is an object of texts": partial(token, body=payload(data=json.loads(json.loads(payload())["data"]))),
    "spaces before an inner layer": lambda: token(body=payload({"body": "\n " + dumped(keys.EVENT)})),
    "a type that nobody knows": partial(token, body=payload(data=dumped({"eventType": "wix.future.v9.thing_done", "data": "text"}))),
    "no identity": partial(token, body=payload(data=dumped({"eventType": "a", "data": "{}"}))),
    "64 levels": lambda: token(body=_first(f'"kid":{"[" * 63}{"]" * 63}')(payload().decode()).encode()),
    "20 digits": lambda: token(body=_first('"kid":18446744073709551615')(payload().decode()).encode()),
    "many brackets in a text": lambda: token(body=payload(name="[{" * 500)),
    "a token as long as may be": lambda: _as_long_as(MAX_TOKEN),
}  # fmt: skip


def _as_long_as(size: int) -> str:
    """A good token of so many characters."""
    rest = len(token(body=b"")) - 2
    for spaces in range((size - rest) * 3 // 4 - 6 - len(payload()), MAX_TOKEN):
        if len(segment(payload() + b" " * spaces)) + rest + 2 == size:
            return token(body=payload() + b" " * spaces)
    raise AssertionError


@pytest.mark.parametrize("what", VALID)
def test_a_token_that_the_vendor_may_send_is_taken(what: str) -> None:
    accepted(VALID[what]())


def test_the_claims_and_the_event_of_a_good_token_are_told() -> None:
    found = accepted(token())

    assert found.claims == {"iat": NOW, "exp": NOW + 3600}
    assert (found.event.type, found.event.id) == ("wix.loyalty.v1.program_updated", keys.EVENT["id"])
    assert found.event.entity == {"name": CANARY, "status": "ACTIVE"}
    assert found.event.envelope.identity == json.loads(keys.IDENTITY)
    assert [check.name for check in checked(token(), public(), ANY, NOW)[0]] == [
        "size", "form", "header", "signature", "payload", "expiry", "start", "issuer", "audience", "age",
    ]  # fmt: skip


def test_a_token_that_fails_is_opened_but_not_verified() -> None:
    found = opened(token(sign=stranger), public(), ANY, NOW)

    assert found.verified is False
    assert found.refusal is not None
    assert found.refusal.reason == Reason.BAD_SIGNATURE
    assert found.event.type == "wix.loyalty.v1.program_updated"


def test_a_token_out_of_its_time_has_a_signature_that_holds() -> None:
    found = opened(token(body=payload(exp=NOW)), public(), ANY, NOW)

    assert found.verified is True
    assert found.refusal is not None
    assert found.refusal.reason == Reason.EXPIRED


def test_without_a_key_a_token_is_opened_and_nothing_is_said_of_its_signature() -> None:
    found = opened(token(body=payload(exp=1), sign=stranger), None, ANY, NOW)

    assert (found.verified, found.refusal) == (None, None)


# The bounds of claims


@pytest.mark.parametrize(
    ("claims", "policy", "now", "reason"),
    [
        ({"exp": NOW}, Policy(), NOW - 1, None),
        ({"exp": NOW}, Policy(), NOW - 0.001, None),
        ({"exp": NOW}, Policy(), NOW, Reason.EXPIRED),
        ({"exp": NOW}, Policy(), NOW + 1, Reason.EXPIRED),
        ({"exp": NOW}, Policy(leeway=60), NOW + 59.999, None),
        ({"exp": NOW}, Policy(leeway=60), NOW + 60, Reason.EXPIRED),
        ({"exp": NOW + 0.5}, Policy(), NOW + 0.25, None),
        ({"exp": NOW + 0.5}, Policy(), NOW + 0.5, Reason.EXPIRED),
        ({"nbf": NOW}, Policy(), NOW, None),
        ({"nbf": NOW}, Policy(), NOW - 0.001, Reason.NOT_YET_VALID),
        ({"nbf": NOW}, Policy(), NOW - 1, Reason.NOT_YET_VALID),
        ({"nbf": NOW}, Policy(leeway=60), NOW - 60, None),
        ({"nbf": NOW}, Policy(leeway=60), NOW - 60.001, Reason.NOT_YET_VALID),
        ({"nbf": 0}, Policy(), NOW, None),
        ({"iat": NOW}, Policy(max_age=300), NOW + 300, None),
        ({"iat": NOW}, Policy(max_age=300), NOW + 300.001, Reason.TOO_OLD),
        ({"iat": NOW}, Policy(max_age=300, leeway=60), NOW + 360, None),
        ({"iat": NOW}, Policy(max_age=300, leeway=60), NOW + 361, Reason.TOO_OLD),
        ({"iat": NOW}, Policy(max_age=300), NOW - 1, Reason.NOT_YET_VALID),
        ({"iat": NOW}, Policy(max_age=300, leeway=60), NOW - 60, None),
        ({"iat": NOW}, Policy(max_age=300, leeway=60), NOW - 61, Reason.NOT_YET_VALID),
        ({"iat": NOW}, Policy(max_age=0), NOW, None),
        ({"iat": NOW}, Policy(), NOW + 3599, None),
        ({}, Policy(max_age=300), NOW, Reason.TOO_OLD),
        ({}, Policy(require_exp=True), NOW, Reason.NO_EXPIRY),
        ({}, Policy(require_exp=True, leeway=10**9), NOW, Reason.NO_EXPIRY),
        ({"exp": NOW + 1}, Policy(require_exp=True), NOW, None),
        ({}, Policy(), NOW, None),
        ({"exp": NOW, "nbf": NOW + 9}, Policy(), NOW, Reason.EXPIRED),
        ({"nbf": NOW + 9, "iss": "x"}, Policy(issuer="wix.com"), NOW, Reason.NOT_YET_VALID),
        ({"exp": END_OF_TIME}, Policy(), END_OF_TIME, Reason.EXPIRED),
    ],
)
def test_a_claim_of_time_counts_to_the_moment(
    claims: dict[str, Json], policy: Policy, now: float, reason: Reason | None
) -> None:
    whole: JsonObject = {"data": "{}"}
    text = token(body=dumped(whole | claims).encode())

    if reason is None:
        accepted(text, policy, now)
    else:
        assert refusal(text, policy, now).reason == reason


ISSUER = "https://www.wix.com"
NOT_ISSUERS: tuple[Json, ...] = (
    None, "", "https://www.wix.co", "www.wix.com", "https://www.wix.com/", "https://www.wix.com.attacker.example", "HTTPS://WWW.WIX.COM", "https://www.wix.com ",
    [ISSUER], {"iss": ISSUER}, True, 0, "wix", "h", "https://www.wıx.com",
)  # fmt: skip


@pytest.mark.parametrize("iss", NOT_ISSUERS, ids=ascii)
def test_an_issuer_is_the_whole_text_or_none_as_in_cve_2024_53861(iss: Json) -> None:
    policy = Policy(issuer=ISSUER)

    assert refusal(token(body=payload(iss=iss)), policy).reason == Reason.WRONG_ISSUER
    assert refusal(token(), policy).reason == Reason.WRONG_ISSUER
    accepted(token(body=payload(iss=iss)))
    accepted(token(body=payload(iss=ISSUER)), policy)


AUDIENCE = "d6b8e8a2-app"
NOT_AUDIENCES: tuple[Json, ...] = (
    None, "", "d6b8e8a2", "d6b8e8a2-app2", "D6B8E8A2-APP", "d6b8e8a2-app ", "d6b8e8a2-app,other", [], [None], [[AUDIENCE]], ["d6b8e8a2"], [""], {}, {AUDIENCE: 1},
    [{AUDIENCE: 1}], True, 0, ["d6b8", "e8a2-app"],
)  # fmt: skip


@pytest.mark.parametrize("aud", NOT_AUDIENCES, ids=ascii)
def test_an_audience_is_named_in_full_or_not_at_all(aud: Json) -> None:
    policy = Policy(audience=AUDIENCE)

    assert refusal(token(body=payload(aud=aud)), policy).reason == Reason.WRONG_AUDIENCE
    assert refusal(token(), policy).reason == Reason.WRONG_AUDIENCE
    accepted(token(body=payload(aud=aud)))


@pytest.mark.parametrize("aud", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE], [AUDIENCE, AUDIENCE]])
def test_an_audience_may_be_one_of_many(aud: Json) -> None:
    accepted(token(body=payload(aud=aud)), Policy(audience=AUDIENCE))


@pytest.mark.parametrize(
    "policy", [Policy(issuer="a"), Policy(audience="a"), Policy(max_age=1), Policy(require_exp=True)]
)
def test_what_is_asked_for_is_asked_after_the_signature(policy: Policy) -> None:
    text = token(
        body=dumped({"data": "{}", "iss": "a", "aud": "a", "iat": NOW, "exp": NOW + 1}).encode(),
        sign=stranger,
    )

    assert refusal(text, policy).reason == Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"data":NaN}', b"[" * 10_000, b'{"data":"{"}', b'{"exp":"x"}']
)
def test_a_payload_is_not_read_before_its_signature_holds(body: bytes) -> None:
    assert refusal(token(body=body, sign=stranger)).reason == Reason.BAD_SIGNATURE


WATCHED = """
import json, sys
from loyaltyctl.errors import InvalidToken
from loyaltyctl.events.checks import Policy, opened
from loyaltyctl.events.keys import PublicKey

given = json.load(sys.stdin)
key = PublicKey.read(given["key"], "key")
assert opened(given["good"], key, Policy(), given["now"]).refusal is None
seen, watching = [], True
HARMLESS = ("object.__", "code.__new__", "sys._getframe", "gc.", "compile", "exec", "builtins.id")

def watch(event, details):
    if watching and not event.startswith(HARMLESS):
        seen.append(event)

sys.addaudithook(watch)
refused = 0
for text in given["bad"]:
    try:
        refused += opened(text, key, Policy(), given["now"]).refusal is not None
    except InvalidToken:
        refused += 1
watching = False
print(json.dumps([refused, seen]))
"""


def test_no_file_is_read_and_nobody_is_called_for_what_a_token_says() -> None:
    texts = [
        text for attack in ATTACKS if re.match("[A-F] ", attack.name) and len(text := attack.make()) < 100_000
    ]
    given = {"key": pair().pems()[1], "good": token(), "bad": texts, "now": NOW}

    child = subprocess.run(
        [sys.executable, "-c", WATCHED], input=json.dumps(given).encode(), capture_output=True, check=True
    )

    assert json.loads(child.stdout) == [len(texts), []]
    assert len(texts) >= 300
