"""Attacks by the algorithm (A), and key confusion (B)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from functools import cache, partial
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from loyaltyctl.tokens.reasons import Reason
from tests.tokens.attacks.attack import ALGORITHM, Attack, constant, nothing, stranger
from tests.tokens.keys import CANARY, certificate, dumped, header, jwk, pair, public, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.intake.values import Json

PKCS1 = padding.PKCS1v15()


def pkcs1(hashing: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    return lambda signed: pair().rsa.sign(signed, PKCS1, hashing)


def pss(hashing: hashes.HashAlgorithm, salt: int) -> Callable[[bytes], bytes]:
    return lambda signed: pair().rsa.sign(signed, padding.PSS(padding.MGF1(hashing), salt), hashing)


def mac(form: str, hashing: str = "sha256") -> Callable[[bytes], bytes]:
    return lambda signed: hmac.digest(public_forms()[form], signed, hashing)


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


def by_algorithm() -> Iterator[Attack]:
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


def _pem() -> bytes:
    return pair().to_pem()[1].encode()


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
    "CVE-2026-48526 JWK": lambda: dumped(dict(jwk())).encode(),
    "CVE-2026-48526 JWK with spaces": lambda: json.dumps(jwk(), indent=2).encode(),
    "CVE-2026-48526 JWK set": lambda: json.dumps({"keys": [jwk()]}).encode(),
    "CVE-2026-102273 JWK set in a JWK set": lambda: json.dumps({"keys": [{"keys": [jwk()]}]}).encode(),
    "thumbprint of the JWK": lambda: hashlib.sha256(dumped(dict(jwk())).encode()).digest(),
    "modulus": lambda: public().rsa.public_numbers().n.to_bytes(256),
    "modulus after a zero": lambda: public().rsa.public_numbers().n.to_bytes(257),
    "modulus as JWK writes it": lambda: bytes(jwk()["n"], "ascii"),
    "modulus in hexadecimal": lambda: bytes(f"{public().rsa.public_numbers().n:x}", "ascii"),
    "exponent": lambda: b"\x01\x00\x01",
    "CVE-2026-102266 empty text": lambda: b"",
    "name of the key": lambda: bytes(CANARY, "ascii"),
}  # fmt: skip


@cache
def public_forms() -> dict[str, bytes]:
    """Return the forms of the public key that a library might use as an HMAC secret."""
    return {name: form() for name, form in FORMS.items()}


def by_confusion() -> Iterator[Attack]:
    for form in FORMS:
        for bits in (256, 384, 512):
            make = partial(token, header(alg=f"HS{bits}"), sign=mac(form, f"sha{bits}"))
            yield Attack(f"B {form} as the secret of HS{bits}", ALGORITHM, make)
        make = partial(token, sign=mac(form))
        yield Attack(f"B {form} as the secret of a MAC called RS256", Reason.BAD_SIGNATURE, make)
