"""Keys in every supported format, and texts that are not valid keys."""

from __future__ import annotations

import base64
import json
import random
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from loyaltyctl.tokens.pem import MAX_TEXT
from tests.tokens.keys import (
    NO_KEY,
    NULL,
    PSS_OID,
    RSA_OID,
    certificate,
    der,
    integer,
    pair,
    pem,
    pkcs1,
    spki,
    token,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LOCK = BestAvailableEncryption(b"a password")


def public_pem() -> str:
    return pair().to_pem()[1]


def _private() -> str:
    return pair().to_pem()[0]


def public_in(encoding: Encoding, form: PublicFormat) -> bytes:
    return pair().public.rsa.public_bytes(encoding, form)


def private_in(encoding: Encoding, form: PrivateFormat, *, locked: bool = False) -> bytes:
    return pair().rsa.private_bytes(encoding, form, LOCK if locked else NoEncryption())


def der_in_base64() -> bytes:
    return public_in(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _modulus() -> int:
    return pair().public.rsa.public_numbers().n


def b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def weak(modulus: int, exponent: int = 65537) -> str:
    return pem("PUBLIC KEY", spki(modulus, exponent))


def _of_bits(bits: int) -> str:
    """Return a modulus of that size: random, as checking for two primes is infeasible."""
    return weak(random.Random(bits).getrandbits(bits) | 1 | 1 << (bits - 1))  # noqa: S311 - the same in each run


def _jwk() -> str:
    modulus = base64.urlsafe_b64encode(_modulus().to_bytes(256)).decode().rstrip("=")
    return json.dumps({"kty": "RSA", "n": modulus, "e": "AQAB"})


def _elliptic() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(7, ec.SECP256R1())


def _edwards() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))


def _x25519() -> x25519.X25519PrivateKey:
    return x25519.X25519PrivateKey.from_private_bytes(bytes(32))


def _ed448() -> ed448.Ed448PrivateKey:
    return ed448.Ed448PrivateKey.from_private_bytes(bytes(57))


def _spki_of(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey | ed448.Ed448PrivateKey) -> str:  # fmt: skip
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _pkcs8_of(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _dsa() -> str:
    """Return a small DSA key, which is rejected for not being RSA."""
    parameters = dsa.generate_parameters(1024)
    key = parameters.generate_private_key().public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _inconsistent() -> str:
    """Return a private key whose numbers are inconsistent."""
    data = bytearray(private_in(Encoding.DER, PrivateFormat.TraditionalOpenSSL))
    data[400] ^= 1
    return pem("RSA PRIVATE KEY", bytes(data))


READABLE: dict[str, Callable[[], str]] = {
    "JSON in JSON": lambda: json.dumps(json.dumps({"publicKey": public_pem()})),
    "JSON": lambda: json.dumps({"appId": "a", "publicKey": public_pem()}),
    "JSON with base64": lambda: json.dumps({"appId": "d6b8e8a2", "keys": [{"publicKey": b64(public_pem())}]}),
    "JSON with escaped slashes": lambda: json.dumps({"publicKey": public_pem()}).replace("/", "\\/"),
    "PEM with escapes of escapes": lambda: public_pem().replace("\n", "\\\\n"),
    "PEM with escapes of CRLF": lambda: public_pem().replace("\n", "\\\\r\\\\n"),
    "PEM in the quotes of a shell": lambda: f"'{public_pem()}'",
    "base64 in quotes": lambda: f'"{b64(public_pem())}"',
    ".env with base64": lambda: f"# the app\nAPP_ID=d6b8e8a2\nWIX_PUBLIC_KEY={b64(public_pem())}\nAPP_SECRET=MIIsecret!\n",
    ".env with base64 in quotes": lambda: f'export WIX_PUBLIC_KEY="{b64(public_pem())}"',
    ".env with the bytes": lambda: f"WIX_PUBLIC_KEY='{b64(der_in_base64())}'",
    ".env with a PEM on one line": lambda: 'A=1\nKEY="' + public_pem().replace("\n", "\\n") + '"\nB=2\n',
    "YAML with base64": lambda: f"publicKey: {b64(public_pem())}",
    "base64 of a PEM between PEM lines": lambda: pem("PUBLIC KEY", public_pem().encode()),
    "base64 of a PEM between PEM lines, on one line": lambda: pem("PUBLIC KEY", public_pem().encode()).replace("\n", "\\n"),
    "PEM": public_pem,
    "PEM twice": lambda: public_pem() * 2,
    "PEM with CRLF": lambda: public_pem().replace("\n", "\r\n"),
    "PEM with CR": lambda: public_pem().replace("\n", "\r"),
    "PEM without its last line end": lambda: public_pem().rstrip(),
    "PEM between blank lines": lambda: f"\n\r\n \t{public_pem()}\n\n",
    "PEM after a byte order mark": lambda: "\ufeff" + public_pem(),
    "PEM on one line with escapes": lambda: public_pem().replace("\n", "\\n"),
    "PEM on one line with escapes of CRLF": lambda: public_pem().replace("\n", "\\r\\n"),
    "PEM on one line with spaces": lambda: public_pem().replace("\n", " "),
    "PEM on one line with nothing": lambda: public_pem().replace("\n", ""),
    "PEM in double quotes": lambda: f'"{public_pem()}"',
    "PEM in single quotes": lambda: f"'{public_pem()}'\n",
    "PEM as JSON writes a text": lambda: json.dumps(public_pem()),
    "PEM indented": lambda: public_pem().replace("\n", "\n    "),
    "PEM indented with no-break spaces": lambda: public_pem().replace("\n", "\n\xa0\xa0"),
    "PEM with a blank line in each line": lambda: public_pem().replace("\n", "\n\n"),
    "PEM in long lines": lambda: pem("PUBLIC KEY", der_in_base64()).replace("\n", "").replace("-----M", "-----\nM"),
    "PEM after words": lambda: "The key of the app:\n" + public_pem(),
    "PEM before words": lambda: public_pem() + "That was it.",
    "PEM in an assignment": lambda: f'WEBHOOK_KEY="{public_pem()}"',
    "PEM after what openssl says": lambda: f"writing RSA key\nModulus=ABCDEF\n{public_pem()}",
    "PEM with a comment inside": lambda: public_pem().replace("KEY-----\n", "KEY-----\nComment: a key\n\n", 1),
    "PKCS#1 PEM": lambda: public_in(Encoding.PEM, PublicFormat.PKCS1).decode(),
    "PKCS#1 PEM on one line with escapes": lambda: public_in(Encoding.PEM, PublicFormat.PKCS1).decode().replace("\n", "\\n"),
    "base64 of the PEM": lambda: b64(public_pem()),
    "base64 of the PEM with CRLF": lambda: b64(public_pem().replace("\n", "\r\n")),
    "base64 of the PEM in lines": lambda: base64.encodebytes(public_pem().encode()).decode(),
    "base64 of the PEM in quotes": lambda: f'"{b64(public_pem())}"\n',
    "base64 of the PKCS#1 PEM": lambda: b64(public_in(Encoding.PEM, PublicFormat.PKCS1)),
    "base64 of its bytes": lambda: b64(der_in_base64()),
    "base64 of its bytes in lines": lambda: base64.encodebytes(der_in_base64()).decode(),
    "base64 of its bytes with CRLF": lambda: base64.encodebytes(der_in_base64()).decode().replace("\n", "\r\n"),
    "bytes without the NULL of the algorithm": lambda: pem("PUBLIC KEY", spki(_modulus(), 65537, RSA_OID)),
}  # fmt: skip

UNREADABLE: dict[str, tuple[str, Callable[[], str]]] = {
    "nothing": ("is empty", str),
    "blanks": ("is empty", lambda: " \r\n\t\n"),
    "quotes": ("is empty", lambda: "''"),
    "escapes of line ends": ("is empty", lambda: "\\n\\r\\n"),
    "too long": ("has 65,537 characters", lambda: public_pem().ljust(MAX_TEXT + 1)),
    "much too long": ("has 50,000,000 characters", lambda: "A" * 50_000_000),
    "a public and a private key": ("is a private key", lambda: "".join(pair().to_pem())),
    "a certificate and its key": ("is a certificate", lambda: certificate().public_bytes(Encoding.PEM).decode() + public_pem()),
    "a certificate": ("is a certificate", lambda: certificate().public_bytes(Encoding.PEM).decode()),
    "a certificate in base64": ("is a certificate", lambda: b64(certificate().public_bytes(Encoding.PEM))),
    "a certificate's bytes": ("cannot be read", lambda: b64(certificate().public_bytes(Encoding.DER))),
    "a certificate called a key": ("cannot be read", lambda: pem("PUBLIC KEY", certificate().public_bytes(Encoding.DER))),
    "a request for a certificate": ("cannot be read", lambda: pem("CERTIFICATE REQUEST", der_in_base64())),
    "a private key": ("is a private key", _private),
    "a private key on one line": ("is a private key", lambda: _private().replace("\n", "\\n")),
    "a private key in base64": ("is a private key", lambda: b64(_private())),
    "a private key's bytes": ("cannot be read", lambda: b64(private_in(Encoding.DER, PrivateFormat.PKCS8))),
    "a private key called a public one": ("cannot be read", lambda: _private().replace("PRIVATE", "PUBLIC")),
    "a private key of PKCS#1": ("is a private key", lambda: private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL).decode()),
    "a private key with a lock": ("is a private key", lambda: private_in(Encoding.PEM, PrivateFormat.PKCS8, locked=True).decode()),
    "a private key of PKCS#1 with a lock": ("is a private key", lambda: private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, locked=True).decode()),
    "a private key of OpenSSH": ("is a private key", lambda: private_in(Encoding.PEM, PrivateFormat.OpenSSH).decode()),
    "a private key of an elliptic curve": ("is a private key", lambda: _pkcs8_of(_elliptic())),
    "an elliptic curve": ("is not an RSA key", lambda: _spki_of(_elliptic())),
    "an elliptic curve in base64": ("is not an RSA key", lambda: b64(_spki_of(_elliptic()))),
    "Ed25519": ("is not an RSA key", lambda: _spki_of(_edwards())),
    "Ed448": ("is not an RSA key", lambda: _spki_of(_ed448())),
    "X25519": ("is not an RSA key", lambda: _spki_of(_x25519())),
    "DSA": ("is not an RSA key", _dsa),
    "SSH": ("neither PEM nor base64", lambda: public_in(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()),
    "SSH without its name": ("cannot be read", lambda: public_in(Encoding.OpenSSH, PublicFormat.OpenSSH).decode().split()[1]),
    "SSH2": ("neither PEM nor base64", lambda: "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----"),
    "PGP": ("cannot be read", lambda: pem("PGP PUBLIC KEY BLOCK", der_in_base64())),
    "a JWK": ("neither PEM nor base64", _jwk),
    "a JWK set": ("neither PEM nor base64", lambda: f'{{"keys":[{_jwk()}]}}'),
    "a JWK in base64": ("cannot be read", lambda: b64(_jwk())),
    "a token": ("neither PEM nor base64", token),
    "HTML": ("neither PEM nor base64", lambda: "<!doctype html><title>Sign in</title>"),
    "a word": ("cannot be read", lambda: "hunt"),
    "a path": ("neither PEM nor base64", lambda: "keys/public.pem"),
    "a URL": ("neither PEM nor base64", lambda: "https://attacker.example/key.pem"),
    "an id of an app": ("neither PEM nor base64", lambda: "d6b8e8a2-5c0f-4d49-9b3e-7f1a2c4e6d80"),
    "a NUL": ("neither PEM nor base64", lambda: "\0"),
    "half of a pair of surrogates": ("neither PEM nor base64", lambda: "\udc80"),
    "letters that are wide": ("neither PEM nor base64", lambda: "ＭＩＩＢ"),
    "1024 bits": ("has 1024 bits", lambda: pair("weak", 1024).to_pem()[1]),
    "512 bits": ("has 512 bits|cannot be read", lambda: _of_bits(512)),
    "2047 bits": ("has 2047 bits", lambda: _of_bits(2047)),
    "16385 bits": ("has 16385 bits|cannot be read", lambda: _of_bits(16385)),
    "no bits": (NO_KEY, lambda: weak(0)),
    "a modulus below zero": ("cannot be read", lambda: weak(-_modulus())),
    "the exponent 0": (NO_KEY, lambda: weak(_modulus(), 0)),
    "the exponent 1": (NO_KEY, lambda: weak(_modulus(), 1)),
    "the exponent 2": (NO_KEY, lambda: weak(_modulus(), 2)),
    "the exponent 3": ("the public exponent 3,", lambda: pair("three", exponent=3).to_pem()[1]),
    "the exponent 17": ("the public exponent 17,", lambda: weak(_modulus(), 17)),
    "the exponent 65535": ("the public exponent 65535,", lambda: weak(_modulus(), 65535)),
    "an even exponent": (NO_KEY, lambda: weak(_modulus(), 65538)),
    "an exponent below zero": ("cannot be read", lambda: weak(_modulus(), -65537)),
    "an exponent as large as the modulus": (NO_KEY, lambda: weak(_modulus(), _modulus() + 2)),
    "an algorithm of its own": ("cannot be read", lambda: pem("PUBLIC KEY", spki(_modulus(), 65537, bytes.fromhex("06032a0304") + NULL))),
    "PSS with parameters of RSA": ("cannot be read", lambda: pem("PUBLIC KEY", spki(_modulus(), 65537, PSS_OID + NULL))),
    "bytes after the key": ("cannot be read", lambda: pem("PUBLIC KEY", der_in_base64() + b"\0\0")),
    "bytes cut short": ("cannot be read", lambda: pem("PUBLIC KEY", der_in_base64()[:-1])),
    "three numbers for a key": ("cannot be read", lambda: pem("RSA PUBLIC KEY", der(0x30, integer(_modulus()) + integer(65537) * 2))),
    "PKCS#1 under the other name": ("cannot be read", lambda: pem("PUBLIC KEY", pkcs1(_modulus(), 65537))),
    "a block without content": ("cannot be read", lambda: pem("PUBLIC KEY", b"")),
    "a block of zeros": ("cannot be read", lambda: pem("PUBLIC KEY", bytes(300))),
    "a block of a megabyte's length": ("cannot be read", lambda: pem("PUBLIC KEY", b"\x30\x83\x10\0\0")),
    "a block without end": ("no BEGIN and END line", lambda: public_pem().partition("-----END")[0]),
    "a block without begin": ("neither PEM nor base64", lambda: public_pem().partition("-----\n")[2]),
    "a block with another end": ("no BEGIN and END line", lambda: public_pem().replace("END PUBLIC", "END RSA PUBLIC")),
    "a block without a name": ("no BEGIN and END line", lambda: "-----BEGIN -----\nAAAA\n-----END -----"),
    "a block in lower case": ("neither PEM nor base64", lambda: public_pem().lower()),
    "four dashes": ("neither PEM nor base64", lambda: public_pem().replace("-----", "----")),
    "long dashes": ("neither PEM nor base64", lambda: public_pem().replace("-----", "—")),
    "quoted in a mail": ("cannot be read", lambda: "> " + public_pem().replace("\n", "\n> ")),
    "a letter beyond ASCII in it": ("cannot be read", lambda: public_pem().replace("MIIB", "MIIé")),
    "a NUL in it": ("cannot be read", lambda: public_pem().replace("MIIB", "MI\0IB")),
    "half of a pair of surrogates in it": ("cannot be read", lambda: public_pem().replace("MIIB", "MII\ud800")),
    "a = in its middle": ("cannot be read", lambda: public_pem().replace("MIIB", "MI=B")),
    "percent escapes": ("cannot be read", lambda: public_pem().replace("\n", "%0A")),
    "base64 of base64": ("cannot be read", lambda: b64(b64(public_pem()))),
    "base64url of its bytes": ("neither PEM nor base64|cannot be read", lambda: base64.urlsafe_b64encode(der_in_base64()).decode()),
    "base64 without its padding": ("neither PEM nor base64", lambda: b64(public_pem()).rstrip("=")),
    "hexadecimal": ("cannot be read|neither", lambda: der_in_base64().hex()),
}  # fmt: skip
PRIVATE: dict[str, Callable[[], str]] = {
    "PEM": _private,
    "PEM with CRLF": lambda: _private().replace("\n", "\r\n"),
    "PEM on one line with escapes": lambda: _private().replace("\n", "\\n"),
    "PEM after a byte order mark": lambda: "\ufeff" + _private(),
    "PEM in quotes": lambda: f'"{_private()}"',
    "PKCS#1": lambda: private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL).decode(),
    "PKCS#1 on one line": lambda: private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL).decode().replace("\n", " "),
    "base64 of the PEM": lambda: b64(_private()),
}  # fmt: skip

NOT_PRIVATE: dict[str, tuple[str, Callable[[], str]]] = {
    "nothing": ("is empty", str),
    "too long": ("has 65,537 characters", lambda: _private().ljust(MAX_TEXT + 1)),
    "a public key": ("is not a private key", public_pem),
    "a public key in base64": ("is not a private key", lambda: b64(public_pem())),
    "a private key's bytes": ("is not a private key", lambda: b64(private_in(Encoding.DER, PrivateFormat.PKCS8))),
    "a certificate": ("is not a private key", lambda: certificate().public_bytes(Encoding.PEM).decode()),
    "both halves": ("more than one key", lambda: "".join(pair().to_pem())),
    "two keys": ("more than one key", lambda: _private() + pair("stranger").to_pem()[0]),
    "a lock": ("encrypted with a password", lambda: private_in(Encoding.PEM, PrivateFormat.PKCS8, locked=True).decode()),
    "a lock, on one line": ("encrypted with a password", lambda: private_in(Encoding.PEM, PrivateFormat.PKCS8, locked=True).decode().replace("\n", "\\n")),
    "a lock of PKCS#1": ("encrypted with a password", lambda: private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, locked=True).decode()),
    "a lock of PKCS#1, with CRLF": ("encrypted with a password", lambda: private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, locked=True).decode().replace("\n", "\r\n")),
    "OpenSSH": ("cannot be read", lambda: private_in(Encoding.PEM, PrivateFormat.OpenSSH).decode()),
    "an elliptic curve": ("is not an RSA key", lambda: _pkcs8_of(_elliptic())),
    "Ed25519": ("is not an RSA key", lambda: _pkcs8_of(_edwards())),
    "X25519": ("is not an RSA key", lambda: _pkcs8_of(_x25519())),
    "1024 bits": ("has 1024 bits", lambda: pair("weak", 1024).to_pem()[0]),
    "the exponent 3": ("the public exponent 3,", lambda: pair("three", exponent=3).to_pem()[0]),
    "a public key called a private one": ("cannot be read", lambda: public_pem().replace("PUBLIC", "PRIVATE")),
    "cut short": ("cannot be read", lambda: pem("PRIVATE KEY", private_in(Encoding.DER, PrivateFormat.PKCS8)[:-1])),
    "a number of it another": ("cannot be read", _inconsistent),
    "a block without end": ("no BEGIN and END line", lambda: _private().partition("-----END")[0]),
    "a NUL in it": ("cannot be read", lambda: _private().replace("MII", "M\0II")),
    "a JWK": ("neither PEM nor base64", _jwk),
    "a word": ("is not a private key", lambda: "hunt"),
}  # fmt: skip
