"""Parsing of keys: every format is read, invalid keys are rejected without quoting them."""

from __future__ import annotations

import random
import re
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from loyaltyctl.errors import InvalidData
from loyaltyctl.tokens.keys import PrivateKey
from loyaltyctl.tokens.parser import Parts
from loyaltyctl.tokens.pem import MAX_TEXT
from tests.tokens.assertions import shares
from tests.tokens.keys import pair, parse_public, pem
from tests.tokens.pem_texts import (
    NOT_PRIVATE,
    PRIVATE,
    READABLE,
    UNREADABLE,
    b64,
    der_in_base64,
    private_in,
    public_in,
    public_pem,
    weak,
)

NAME = "the key in PATH"


def _check_silent(error: InvalidData, text: str) -> None:
    output = f"{error}\n{error.hint}\n{error.details}"
    assert error.message.startswith(f"{NAME} ")
    assert not shares(
        output, re.sub("-----(BEGIN|END) [A-Z0-9 ]+-----|BEGIN PUBLIC KEY", "", text[: 4 * MAX_TEXT])
    )
    assert not shares(output, pair().to_pem()[0].partition("\n")[2])


@pytest.mark.parametrize("what", READABLE)
def test_a_public_key_is_parsed_in_every_format(what: str) -> None:
    key = parse_public(READABLE[what](), NAME)

    assert key.rsa.public_numbers() == pair().public.rsa.public_numbers()


@pytest.mark.parametrize("what", UNREADABLE)
def test_an_invalid_public_key_is_rejected_and_not_quoted(what: str) -> None:
    why, make = UNREADABLE[what]
    text = make()

    with pytest.raises(InvalidData, match=why) as refused:
        parse_public(text, NAME)

    assert type(refused.value) is InvalidData
    _check_silent(refused.value, text)


@pytest.mark.parametrize("what", PRIVATE)
def test_a_private_key_is_parsed_in_every_format(what: str) -> None:
    key = PrivateKey.parse(PRIVATE[what](), NAME)

    assert key.rsa.private_numbers() == pair().rsa.private_numbers()


@pytest.mark.parametrize("what", NOT_PRIVATE)
def test_an_invalid_private_key_is_rejected_and_not_quoted(what: str) -> None:
    why, make = NOT_PRIVATE[what]
    text = make()

    with pytest.raises(InvalidData, match=why) as refused:
        PrivateKey.parse(text, NAME)

    assert type(refused.value) is InvalidData
    _check_silent(refused.value, text)


def test_there_are_many_texts() -> None:
    assert len(READABLE) + len(UNREADABLE) >= 100
    assert len(PRIVATE) + len(NOT_PRIVATE) >= 30


def test_the_hint_for_a_private_key_is_never_to_copy_the_public_one() -> None:
    key = generate_private_key(65537, 1024)  # noqa: S505 - a weak one, to be rejected
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    with pytest.raises(InvalidData, match="1024 bits") as refused:
        PrivateKey.parse(text, NAME)

    assert "events keygen" in refused.value.hint


def test_a_generated_key_has_2048_bits_and_can_be_parsed() -> None:
    key = PrivateKey.generate()
    private, public = key.to_pem()

    assert key.rsa.key_size == 2048
    assert key.public.rsa.public_numbers().e == 65537
    assert PrivateKey.parse(private, NAME).rsa.private_numbers() == key.rsa.private_numbers()
    assert parse_public(public, NAME).rsa.public_numbers() == key.public.rsa.public_numbers()


def test_a_signature_is_verified_by_its_own_key_only() -> None:
    parts = Parts(b"", b"what is signed", b"", pair().sign(b"what is signed"))

    assert pair().public.verifies(parts)
    assert not pair().public.verifies(parts._replace(signed=b"what is signed."))
    assert not pair("stranger").public.verifies(parts)


@pytest.mark.parametrize("exponent", [65537, 65539, 2**33 + 1, 2**65 + 1, 2**300 + 1])
@pytest.mark.parametrize("bits", [2048, 4096, 16384])
def test_an_unusual_key_verifies_nothing_without_errors(bits: int, exponent: int) -> None:
    modulus = random.Random(bits).getrandbits(bits) | 1 | 1 << (bits - 1)  # noqa: S311 - the same in each run
    key = parse_public(weak(modulus, exponent), NAME)

    for size in (0, 1, bits // 8 - 1, bits // 8, bits // 8 + 1, 5000):
        for byte in (b"\0", b"\1", b"\xff"):
            assert not key.verifies(Parts(b"", b"signed", b"", byte * size))


def test_random_changes_of_a_key_raise_invalid_data_only() -> None:
    """A changed key is a different key or invalid."""
    rng = random.Random(20261121)  # noqa: S311 - changes, not secrets
    texts = [public_pem(), b64(der_in_base64()), public_in(Encoding.PEM, PublicFormat.PKCS1).decode()]
    for _ in range(3000):
        text = bytearray(rng.choice(texts).encode())
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(text))
            match rng.randrange(3):
                case 0:
                    text[at] = rng.randrange(256)
                case 1:
                    text[at : at + rng.randint(1, 80)] = b""
                case _:
                    text[at:at] = rng.randbytes(rng.randint(1, 3))
        for parse in (parse_public, PrivateKey.parse):
            try:
                parse(text.decode("latin-1"), NAME)
            except InvalidData as error:
                _check_silent(error, "")


def test_random_changes_of_key_bytes_raise_invalid_data_only() -> None:
    rng = random.Random(20261122)  # noqa: S311 - changes, not secrets
    private = private_in(Encoding.DER, PrivateFormat.TraditionalOpenSSL)
    for number in range(1500):
        seldom = number % 15 == 0  # loading a private key checks its numbers, which is slow
        data = bytearray(private if seldom else der_in_base64())
        data[rng.randrange(len(data))] = rng.randrange(256)
        del data[rng.choice([len(data), rng.randrange(len(data))]) :]
        text = pem("RSA PRIVATE KEY" if seldom else "PUBLIC KEY", bytes(data))
        try:
            (PrivateKey.parse if seldom else parse_public)(text, NAME)
        except InvalidData as error:
            _check_silent(error, "")


@pytest.mark.parametrize(
    "text",
    ["-----BEGIN A-----" * 3800, "-----BEGIN " * 5900, "-----BEGIN " + "A" * 65_000, "\\n" * 30_000 + "A"],
)
def test_no_text_takes_long_to_reject(text: str) -> None:
    began = time.process_time()

    with pytest.raises(InvalidData):
        parse_public(text, NAME)

    assert time.process_time() - began < 10
