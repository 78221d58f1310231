"""Attacks on token verification: each is rejected for its reason, and not quoted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import traceback
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.tokens.verification import verify
from tests.tokens.assertions import ANY, accepted, rejection, shares
from tests.tokens.attacks.catalog import ADVISORIES, ATTACKS
from tests.tokens.attacks.contents import LAYERS, SURROGATES
from tests.tokens.attacks.signatures import DIGEST_INFO, block, hashed, padded
from tests.tokens.keys import CANARY, NOW, pair, public, token

if TYPE_CHECKING:
    from tests.tokens.attacks.attack import Attack


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
@pytest.mark.sampled
def test_an_attack_is_rejected_for_its_reason_and_not_quoted(attack: Attack) -> None:
    text = attack.make()

    error = rejection(text)

    assert error.reason == attack.reason
    output = "\n".join([str(error), error.hint, *map(str, error.details)])
    assert CANARY not in output
    assert not shares(output, text)
    assert not shares(output, pair().to_pem()[1])
    assert CANARY not in "".join(traceback.format_exception(error))
    checks, _ = verify(text, public(), ANY, NOW)
    assert [check.ok for check in checks] == [True] * (len(checks) - 1) + [False]
    assert not any(CANARY in check.detail for check in checks)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_lone_surrogate_is_rejected_at_each_layer(layer: str) -> None:
    reason = Reason.BAD_HEADER if layer == "header" else Reason.BAD_PAYLOAD

    assert rejection(SURROGATES[layer]()).reason == reason


def test_attacks_are_many_and_have_unique_names() -> None:
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


def test_correct_padding_is_accepted() -> None:
    accepted(token(sign=partial(padded, lambda signed: block(DIGEST_INFO + hashed(signed)))))


@pytest.mark.parametrize("advisory", ADVISORIES)
def test_each_library_advisory_is_covered_by_an_attack(advisory: str) -> None:
    assert any(advisory in attack.name for attack in ATTACKS)


def test_a_repeated_attack_is_rejected_again() -> None:
    """The cache of headers accepts no repeated attack."""
    for attack in ATTACKS[:: len(ATTACKS) // 60]:
        text = attack.make()
        accepted(token())
        assert [rejection(text).reason for _ in range(3)] == [attack.reason] * 3


WATCHED = """
import json, sys
from loyaltyctl.errors import InvalidToken
from loyaltyctl.tokens.verification import Policy, decode
from loyaltyctl.tokens.keys import PublicKeys

given = json.load(sys.stdin)
key = PublicKeys.parse([(given["key"], "key")])
assert decode(given["good"], key, Policy(), given["now"]).error is None
seen, watching = [], True
HARMLESS = ("object.__", "code.__new__", "sys._getframe", "gc.", "compile", "exec", "builtins.id")

def watch(event, details):
    if watching and not event.startswith(HARMLESS):
        seen.append(event)

sys.addaudithook(watch)
refused = 0
for text in given["bad"]:
    try:
        refused += decode(text, key, Policy(), given["now"]).error is not None
    except InvalidToken:
        refused += 1
watching = False
print(json.dumps([refused, seen]))
"""


def test_no_token_causes_file_or_network_access() -> None:
    texts = [
        text for attack in ATTACKS if re.match("[A-F] ", attack.name) and len(text := attack.make()) < 100_000
    ]
    given = {"key": pair().to_pem()[1], "good": token(), "bad": texts, "now": NOW}

    child = subprocess.run(
        [sys.executable, "-c", WATCHED], input=json.dumps(given).encode(), capture_output=True, check=True
    )

    assert json.loads(child.stdout) == [len(texts), []]
    assert len(texts) >= 300
