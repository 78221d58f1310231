"""Keys as people have them, and texts that are none: read, or refused with a sentence that quotes nothing."""

from __future__ import annotations

import base64
import json
import random
import re
import time
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from loyaltyctl.errors import InvalidData
from loyaltyctl.events.gate import Parts
from loyaltyctl.events.keys import MAX_TEXT, PrivateKey, PublicKey
from tests.events.keys import NO_KEY, NULL, PSS_OID, RSA_OID, der, integer, pair, pem, pkcs1, spki, token
from tests.events.test_attacks import certificate, shares

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "the key in PATH"
LOCK = BestAvailableEncryption(b"a password")


def _public() -> str:
    return pair().pems()[1]


def _private() -> str:
    return pair().pems()[0]


def _public_in(encoding: Encoding, form: PublicFormat) -> bytes:
    return pair().public.rsa.public_bytes(encoding, form)


def _private_in(encoding: Encoding, form: PrivateFormat, *, locked: bool = False) -> bytes:
    return pair().rsa.private_bytes(encoding, form, LOCK if locked else NoEncryption())


def _der() -> bytes:
    return _public_in(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _modulus() -> int:
    return pair().public.rsa.public_numbers().n


def _b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def _weak(modulus: int, exponent: int = 65537) -> str:
    return pem("PUBLIC KEY", spki(modulus, exponent))


def _of_bits(bits: int) -> str:
    """A modulus of that size; that it is no product of two primes, nobody can tell."""
    return _weak(random.Random(bits).getrandbits(bits) | 1 | 1 << (bits - 1))  # noqa: S311 - the same in each run


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
    """A DSA key of small numbers: what matters is that it is not RSA."""
    parameters = dsa.generate_parameters(1024)
    key = parameters.generate_private_key().public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _spoilt() -> str:
    """A private key whose numbers do not belong together."""
    data = bytearray(_private_in(Encoding.DER, PrivateFormat.TraditionalOpenSSL))
    data[400] ^= 1
    return pem("RSA PRIVATE KEY", bytes(data))


READABLE: dict[str, Callable[[], str]] = {
    "PEM": _public,
    "PEM with CRLF": lambda: _public().replace("\n", "\r\n"),
    "PEM with CR": lambda: _public().replace("\n", "\r"),
    "PEM without its last line end": lambda: _public().rstrip(),
    "PEM between blank lines": lambda: f"\n\r\n \t{_public()}\n\n",
    "PEM after a byte order mark": lambda: "\ufeff" + _public(),
    "PEM on one line with escapes": lambda: _public().replace("\n", "\\n"),
    "PEM on one line with escapes of CRLF": lambda: _public().replace("\n", "\\r\\n"),
    "PEM on one line with spaces": lambda: _public().replace("\n", " "),
    "PEM on one line with nothing": lambda: _public().replace("\n", ""),
    "PEM in double quotes": lambda: f'"{_public()}"',
    "PEM in single quotes": lambda: f"'{_public()}'\n",
    "PEM as JSON writes a text": lambda: json.dumps(_public()),
    "PEM indented": lambda: _public().replace("\n", "\n    "),
    "PEM indented with no-break spaces": lambda: _public().replace("\n", "\n\xa0\xa0"),
    "PEM with a blank line in each line": lambda: _public().replace("\n", "\n\n"),
    "PEM in long lines": lambda: pem("PUBLIC KEY", _der()).replace("\n", "").replace("-----M", "-----\nM"),
    "PEM after words": lambda: "The key of the app:\n" + _public(),
    "PEM before words": lambda: _public() + "That was it.",
    "PEM in an assignment": lambda: f'WEBHOOK_KEY="{_public()}"',
    "PEM after what openssl says": lambda: f"writing RSA key\nModulus=ABCDEF\n{_public()}",
    "PEM with a comment inside": lambda: _public().replace("KEY-----\n", "KEY-----\nComment: a key\n\n", 1),
    "PKCS#1 PEM": lambda: _public_in(Encoding.PEM, PublicFormat.PKCS1).decode(),
    "PKCS#1 PEM on one line with escapes": lambda: _public_in(Encoding.PEM, PublicFormat.PKCS1).decode().replace("\n", "\\n"),
    "base64 of the PEM": lambda: _b64(_public()),
    "base64 of the PEM with CRLF": lambda: _b64(_public().replace("\n", "\r\n")),
    "base64 of the PEM in lines": lambda: base64.encodebytes(_public().encode()).decode(),
    "base64 of the PEM in quotes": lambda: f'"{_b64(_public())}"\n',
    "base64 of the PKCS#1 PEM": lambda: _b64(_public_in(Encoding.PEM, PublicFormat.PKCS1)),
    "base64 of its bytes": lambda: _b64(_der()),
    "base64 of its bytes in lines": lambda: base64.encodebytes(_der()).decode(),
    "base64 of its bytes with CRLF": lambda: base64.encodebytes(_der()).decode().replace("\n", "\r\n"),
    "bytes without the NULL of the algorithm": lambda: pem("PUBLIC KEY", spki(_modulus(), 65537, RSA_OID)),
}  # fmt: skip

UNREADABLE: dict[str, tuple[str, Callable[[], str]]] = {
    "nothing": ("is empty", str),
    "blanks": ("is empty", lambda: " \r\n\t\n"),
    "quotes": ("is empty", lambda: "''"),
    "escapes of line ends": ("is empty", lambda: "\\n\\r\\n"),
    "too long": ("has 65,537 characters", lambda: _public().ljust(MAX_TEXT + 1)),
    "much too long": ("has 50,000,000 characters", lambda: "A" * 50_000_000),
    "two keys": ("more than one key", lambda: _public() + pair("stranger").pems()[1]),
    "one key twice": ("more than one key", lambda: _public() * 2),
    "a public and a private key": ("more than one key", lambda: "".join(pair().pems())),
    "a certificate and its key": ("more than one key", lambda: certificate().public_bytes(Encoding.PEM).decode() + _public()),
    "a certificate": ("is a certificate", lambda: certificate().public_bytes(Encoding.PEM).decode()),
    "a certificate in base64": ("is a certificate", lambda: _b64(certificate().public_bytes(Encoding.PEM))),
    "a certificate's bytes": ("cannot be read", lambda: _b64(certificate().public_bytes(Encoding.DER))),
    "a certificate called a key": ("cannot be read", lambda: pem("PUBLIC KEY", certificate().public_bytes(Encoding.DER))),
    "a request for a certificate": ("cannot be read", lambda: pem("CERTIFICATE REQUEST", _der())),
    "a private key": ("is a private key", _private),
    "a private key on one line": ("is a private key", lambda: _private().replace("\n", "\\n")),
    "a private key in base64": ("is a private key", lambda: _b64(_private())),
    "a private key's bytes": ("cannot be read", lambda: _b64(_private_in(Encoding.DER, PrivateFormat.PKCS8))),
    "a private key called a public one": ("cannot be read", lambda: _private().replace("PRIVATE", "PUBLIC")),
    "a private key of PKCS#1": ("is a private key", lambda: _private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL).decode()),
    "a private key with a lock": ("is a private key", lambda: _private_in(Encoding.PEM, PrivateFormat.PKCS8, locked=True).decode()),
    "a private key of PKCS#1 with a lock": ("is a private key", lambda: _private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, locked=True).decode()),
    "a private key of OpenSSH": ("is a private key", lambda: _private_in(Encoding.PEM, PrivateFormat.OpenSSH).decode()),
    "a private key of an elliptic curve": ("is a private key", lambda: _pkcs8_of(_elliptic())),
    "an elliptic curve": ("is not an RSA key", lambda: _spki_of(_elliptic())),
    "an elliptic curve in base64": ("is not an RSA key", lambda: _b64(_spki_of(_elliptic()))),
    "Ed25519": ("is not an RSA key", lambda: _spki_of(_edwards())),
    "Ed448": ("is not an RSA key", lambda: _spki_of(_ed448())),
    "X25519": ("is not an RSA key", lambda: _spki_of(_x25519())),
    "DSA": ("is not an RSA key", _dsa),
    "SSH": ("neither PEM nor base64", lambda: _public_in(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()),
    "SSH without its name": ("cannot be read", lambda: _public_in(Encoding.OpenSSH, PublicFormat.OpenSSH).decode().split()[1]),
    "SSH2": ("neither PEM nor base64", lambda: "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----"),
    "PGP": ("cannot be read", lambda: pem("PGP PUBLIC KEY BLOCK", _der())),
    "a JWK": ("neither PEM nor base64", _jwk),
    "a JWK set": ("neither PEM nor base64", lambda: f'{{"keys":[{_jwk()}]}}'),
    "a JWK in base64": ("cannot be read", lambda: _b64(_jwk())),
    "a token": ("neither PEM nor base64", token),
    "HTML": ("neither PEM nor base64", lambda: "<!doctype html><title>Sign in</title>"),
    "a word": ("cannot be read", lambda: "hunt"),
    "a path": ("neither PEM nor base64", lambda: "keys/public.pem"),
    "a URL": ("neither PEM nor base64", lambda: "https://attacker.example/key.pem"),
    "an id of an app": ("neither PEM nor base64", lambda: "d6b8e8a2-5c0f-4d49-9b3e-7f1a2c4e6d80"),
    "a NUL": ("neither PEM nor base64", lambda: "\0"),
    "half of a pair of surrogates": ("neither PEM nor base64", lambda: "\udc80"),
    "letters that are wide": ("neither PEM nor base64", lambda: "ＭＩＩＢ"),
    "1024 bits": ("has 1024 bits", lambda: pair("weak", 1024).pems()[1]),
    "512 bits": ("has 512 bits|cannot be read", lambda: _of_bits(512)),
    "2047 bits": ("has 2047 bits", lambda: _of_bits(2047)),
    "16385 bits": ("has 16385 bits|cannot be read", lambda: _of_bits(16385)),
    "no bits": (NO_KEY, lambda: _weak(0)),
    "a modulus below zero": ("cannot be read", lambda: _weak(-_modulus())),
    "the exponent 0": (NO_KEY, lambda: _weak(_modulus(), 0)),
    "the exponent 1": (NO_KEY, lambda: _weak(_modulus(), 1)),
    "the exponent 2": (NO_KEY, lambda: _weak(_modulus(), 2)),
    "the exponent 3": ("the public exponent 3,", lambda: pair("three", exponent=3).pems()[1]),
    "the exponent 17": ("the public exponent 17,", lambda: _weak(_modulus(), 17)),
    "the exponent 65535": ("the public exponent 65535,", lambda: _weak(_modulus(), 65535)),
    "an even exponent": (NO_KEY, lambda: _weak(_modulus(), 65538)),
    "an exponent below zero": ("cannot be read", lambda: _weak(_modulus(), -65537)),
    "an exponent as large as the modulus": (NO_KEY, lambda: _weak(_modulus(), _modulus() + 2)),
    "an algorithm of its own": ("cannot be read", lambda: pem("PUBLIC KEY", spki(_modulus(), 65537, bytes.fromhex("06032a0304") + NULL))),
    "PSS with parameters of RSA": ("cannot be read", lambda: pem("PUBLIC KEY", spki(_modulus(), 65537, PSS_OID + NULL))),
    "bytes after the key": ("cannot be read", lambda: pem("PUBLIC KEY", _der() + b"\0\0")),
    "bytes cut short": ("cannot be read", lambda: pem("PUBLIC KEY", _der()[:-1])),
    "three numbers for a key": ("cannot be read", lambda: pem("RSA PUBLIC KEY", der(0x30, integer(_modulus()) + integer(65537) * 2))),
    "PKCS#1 under the other name": ("cannot be read", lambda: pem("PUBLIC KEY", pkcs1(_modulus(), 65537))),
    "a block without content": ("cannot be read", lambda: pem("PUBLIC KEY", b"")),
    "a block of zeros": ("cannot be read", lambda: pem("PUBLIC KEY", bytes(300))),
    "a block of a megabyte's length": ("cannot be read", lambda: pem("PUBLIC KEY", b"\x30\x83\x10\0\0")),
    "a block without end": ("no BEGIN and END line", lambda: _public().partition("-----END")[0]),
    "a block without begin": ("neither PEM nor base64", lambda: _public().partition("-----\n")[2]),
    "a block with another end": ("no BEGIN and END line", lambda: _public().replace("END PUBLIC", "END RSA PUBLIC")),
    "a block without a name": ("no BEGIN and END line", lambda: "-----BEGIN -----\nAAAA\n-----END -----"),
    "a block in lower case": ("neither PEM nor base64", lambda: _public().lower()),
    "four dashes": ("neither PEM nor base64", lambda: _public().replace("-----", "----")),
    "long dashes": ("neither PEM nor base64", lambda: _public().replace("-----", "—")),
    "quoted in a mail": ("cannot be read", lambda: "> " + _public().replace("\n", "\n> ")),
    "a letter beyond ASCII in it": ("cannot be read", lambda: _public().replace("MIIB", "MIIé")),
    "a NUL in it": ("cannot be read", lambda: _public().replace("MIIB", "MI\0IB")),
    "half of a pair of surrogates in it": ("cannot be read", lambda: _public().replace("MIIB", "MII\ud800")),
    "a = in its middle": ("cannot be read", lambda: _public().replace("MIIB", "MI=B")),
    "escapes of escapes": ("cannot be read", lambda: _public().replace("\n", "\\\\n")),
    "percent escapes": ("cannot be read", lambda: _public().replace("\n", "%0A")),
    "base64 of base64": ("cannot be read", lambda: _b64(_b64(_public()))),
    "base64url of its bytes": ("neither PEM nor base64|cannot be read", lambda: base64.urlsafe_b64encode(_der()).decode()),
    "base64 without its padding": ("neither PEM nor base64", lambda: _b64(_public()).rstrip("=")),
    "hexadecimal": ("cannot be read|neither", lambda: _der().hex()),
}  # fmt: skip


PRIVATE: dict[str, Callable[[], str]] = {
    "PEM": _private,
    "PEM with CRLF": lambda: _private().replace("\n", "\r\n"),
    "PEM on one line with escapes": lambda: _private().replace("\n", "\\n"),
    "PEM after a byte order mark": lambda: "\ufeff" + _private(),
    "PEM in quotes": lambda: f'"{_private()}"',
    "PKCS#1": lambda: _private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL).decode(),
    "PKCS#1 on one line": lambda: _private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL).decode().replace("\n", " "),
    "base64 of the PEM": lambda: _b64(_private()),
}  # fmt: skip

NOT_PRIVATE: dict[str, tuple[str, Callable[[], str]]] = {
    "nothing": ("is empty", str),
    "too long": ("has 65,537 characters", lambda: _private().ljust(MAX_TEXT + 1)),
    "a public key": ("is not a private key", _public),
    "a public key in base64": ("is not a private key", lambda: _b64(_public())),
    "a private key's bytes": ("is not a private key", lambda: _b64(_private_in(Encoding.DER, PrivateFormat.PKCS8))),
    "a certificate": ("is not a private key", lambda: certificate().public_bytes(Encoding.PEM).decode()),
    "both halves": ("more than one key", lambda: "".join(pair().pems())),
    "two keys": ("more than one key", lambda: _private() + pair("stranger").pems()[0]),
    "a lock": ("locked with a password", lambda: _private_in(Encoding.PEM, PrivateFormat.PKCS8, locked=True).decode()),
    "a lock, on one line": ("locked with a password", lambda: _private_in(Encoding.PEM, PrivateFormat.PKCS8, locked=True).decode().replace("\n", "\\n")),
    "a lock of PKCS#1": ("locked with a password", lambda: _private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, locked=True).decode()),
    "a lock of PKCS#1, with CRLF": ("locked with a password", lambda: _private_in(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, locked=True).decode().replace("\n", "\r\n")),
    "OpenSSH": ("cannot be read", lambda: _private_in(Encoding.PEM, PrivateFormat.OpenSSH).decode()),
    "an elliptic curve": ("is not an RSA key", lambda: _pkcs8_of(_elliptic())),
    "Ed25519": ("is not an RSA key", lambda: _pkcs8_of(_edwards())),
    "X25519": ("is not an RSA key", lambda: _pkcs8_of(_x25519())),
    "1024 bits": ("has 1024 bits", lambda: pair("weak", 1024).pems()[0]),
    "the exponent 3": ("the public exponent 3,", lambda: pair("three", exponent=3).pems()[0]),
    "a public key called a private one": ("cannot be read", lambda: _public().replace("PUBLIC", "PRIVATE")),
    "cut short": ("cannot be read", lambda: pem("PRIVATE KEY", _private_in(Encoding.DER, PrivateFormat.PKCS8)[:-1])),
    "a number of it another": ("cannot be read", _spoilt),
    "a block without end": ("no BEGIN and END line", lambda: _private().partition("-----END")[0]),
    "a NUL in it": ("cannot be read", lambda: _private().replace("MII", "M\0II")),
    "a JWK": ("neither PEM nor base64", _jwk),
    "a word": ("is not a private key", lambda: "hunt"),
}  # fmt: skip


def _check_silent(error: InvalidData, text: str) -> None:
    said = f"{error}\n{error.hint}\n{error.details}"
    assert error.message.startswith(f"{NAME} ")
    assert not shares(
        said, re.sub("-----(BEGIN|END) [A-Z0-9 ]+-----|BEGIN PUBLIC KEY", "", text[: 4 * MAX_TEXT])
    )
    assert not shares(said, pair().pems()[0].partition("\n")[2])


@pytest.mark.parametrize("what", READABLE)
def test_a_public_key_is_read_from_what_people_have(what: str) -> None:
    key = PublicKey.read(READABLE[what](), NAME)

    assert key.rsa.public_numbers() == pair().public.rsa.public_numbers()


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_public_key_for_signatures_is_refused_and_not_quoted(what: str) -> None:
    why, make = UNREADABLE[what]
    text = make()

    with pytest.raises(InvalidData, match=why) as refused:
        PublicKey.read(text, NAME)

    assert type(refused.value) is InvalidData
    _check_silent(refused.value, text)


@pytest.mark.parametrize("what", PRIVATE)
def test_a_private_key_is_read_from_what_people_have(what: str) -> None:
    key = PrivateKey.read(PRIVATE[what](), NAME)

    assert key.rsa.private_numbers() == pair().rsa.private_numbers()


@pytest.mark.parametrize("what", NOT_PRIVATE)
def test_what_is_no_private_key_for_signatures_is_refused_and_not_quoted(what: str) -> None:
    why, make = NOT_PRIVATE[what]
    text = make()

    with pytest.raises(InvalidData, match=why) as refused:
        PrivateKey.read(text, NAME)

    assert type(refused.value) is InvalidData
    _check_silent(refused.value, text)


def test_there_are_many_texts() -> None:
    assert len(READABLE) + len(UNREADABLE) >= 100
    assert len(PRIVATE) + len(NOT_PRIVATE) >= 30


def test_a_key_of_the_vendors_size_is_made_and_both_its_halves_are_read_back() -> None:
    made = PrivateKey.made()
    private, public = made.pems()

    assert made.rsa.key_size == 2048
    assert made.public.rsa.public_numbers().e == 65537
    assert PrivateKey.read(private, NAME).rsa.private_numbers() == made.rsa.private_numbers()
    assert PublicKey.read(public, NAME).rsa.public_numbers() == made.public.rsa.public_numbers()


def test_what_one_half_signs_fits_the_other_and_no_other() -> None:
    parts = Parts(b"", b"what is signed", b"", pair().signature(b"what is signed"))

    assert pair().public.fits(parts)
    assert not pair().public.fits(parts._replace(signed=b"what is signed."))
    assert not pair("stranger").public.fits(parts)


@pytest.mark.parametrize("exponent", [65537, 65539, 2**33 + 1, 2**65 + 1, 2**300 + 1])
@pytest.mark.parametrize("bits", [2048, 4096, 16384])
def test_a_key_that_is_odd_but_read_says_no_and_nothing_else(bits: int, exponent: int) -> None:
    modulus = random.Random(bits).getrandbits(bits) | 1 | 1 << (bits - 1)  # noqa: S311 - the same in each run
    key = PublicKey.read(_weak(modulus, exponent), NAME)

    for size in (0, 1, bits // 8 - 1, bits // 8, bits // 8 + 1, 5000):
        for byte in (b"\0", b"\1", b"\xff"):
            assert not key.fits(Parts(b"", b"signed", b"", byte * size))


def test_no_key_changed_at_random_brings_another_exception() -> None:
    """A key that was changed is another key, or none."""
    chance = random.Random(20261121)  # noqa: S311 - changes, not secrets
    texts = [_public(), _b64(_der()), _public_in(Encoding.PEM, PublicFormat.PKCS1).decode()]
    for _ in range(3000):
        text = bytearray(chance.choice(texts).encode())
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text))
            match chance.randrange(3):
                case 0:
                    text[at] = chance.randrange(256)
                case 1:
                    text[at : at + chance.randint(1, 80)] = b""
                case _:
                    text[at:at] = chance.randbytes(chance.randint(1, 3))
        for reader in (PublicKey, PrivateKey):
            try:
                reader.read(text.decode("latin-1"), NAME)
            except InvalidData as error:
                _check_silent(error, "")


def test_no_bytes_changed_at_random_bring_another_exception() -> None:
    chance = random.Random(20261122)  # noqa: S311 - changes, not secrets
    private = _private_in(Encoding.DER, PrivateFormat.TraditionalOpenSSL)
    for number in range(1500):
        seldom = number % 15 == 0  # a private key is looked into, which takes long
        data = bytearray(private if seldom else _der())
        data[chance.randrange(len(data))] = chance.randrange(256)
        del data[chance.choice([len(data), chance.randrange(len(data))]) :]
        text = pem("RSA PRIVATE KEY" if seldom else "PUBLIC KEY", bytes(data))
        try:
            (PrivateKey if seldom else PublicKey).read(text, NAME)
        except InvalidData as error:
            _check_silent(error, "")


@pytest.mark.parametrize(
    "text",
    ["-----BEGIN A-----" * 3800, "-----BEGIN " * 5900, "-----BEGIN " + "A" * 65_000, "\\n" * 30_000 + "A"],
)
def test_no_text_takes_long_to_refuse(text: str) -> None:
    began = time.process_time()

    with pytest.raises(InvalidData):
        PublicKey.read(text, NAME)

    assert time.process_time() - began < 10
