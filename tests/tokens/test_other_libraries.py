"""Comparison with joserfc and PyJWT: no forged token is accepted by any of the three."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import jwt
import pytest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from loyaltyctl.errors import InvalidToken
from loyaltyctl.tokens.parser import MAX_TOKEN
from loyaltyctl.tokens.verification import Policy, decode
from tests.tokens.attacks.attack import stranger
from tests.tokens.attacks.catalog import ATTACKS
from tests.tokens.keys import NOW, pair, public, token
from tests.tokens.valid_tokens import VALID

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tokens.attacks.attack import Attack

ALGORITHMS = ["RS256"]
REFUSALS = (ValueError, TypeError, RecursionError)
"""Exceptions that joserfc and PyJWT were seen to raise besides their own."""


def _ours(text: str) -> bool:
    try:
        return decode(text, public(), Policy(), NOW).error is None
    except InvalidToken:
        return False


def _joserfc(text: str) -> bool:
    """Return whether joserfc accepts the signature, with its length limits raised to ours."""
    registry = jws.JWSRegistry(algorithms=ALGORITHMS)
    registry.max_header_length = registry.max_payload_length = MAX_TOKEN
    try:
        jws.deserialize_compact(text, _joserfc_key(), registry=registry)
    except (JoseError, *REFUSALS):
        return False
    return True


@cache
def _joserfc_key() -> RSAKey:
    return RSAKey.import_key(pair().to_pem()[1])


def _pyjwt(text: str) -> bool:
    """Return whether PyJWT accepts the signature; claims are not checked, as that depends on the current time."""
    try:
        jwt.api_jws.decode(text, public().rsa, algorithms=ALGORITHMS)
    except (jwt.PyJWTError, *REFUSALS):
        return False
    return True


READERS = pytest.mark.parametrize("reader", [_ours, _joserfc, _pyjwt], ids=["ours", "joserfc", "PyJWT"])
FORGED = [attack for attack in ATTACKS if attack.forged]


@READERS
@pytest.mark.parametrize("attack", FORGED, ids=lambda attack: attack.name)
@pytest.mark.sampled
def test_a_forged_token_is_rejected_by_all_libraries(attack: Attack, reader: Callable[[str], bool]) -> None:
    assert not reader(attack.make())


@READERS
@pytest.mark.parametrize("what", VALID)
def test_an_accepted_token_is_accepted_by_all_libraries(what: str, reader: Callable[[str], bool]) -> None:
    assert reader(VALID[what]())


@READERS
def test_the_libraries_tell_a_good_token_from_a_bad_one(reader: Callable[[str], bool]) -> None:
    assert (reader(token()), reader(token(sign=stranger))) == (True, False)


def test_no_attack_is_accepted() -> None:
    """This includes attacks that the other libraries accept."""
    assert [attack.name for attack in ATTACKS if _ours(attack.make())] == []
    assert len(FORGED) >= 200
