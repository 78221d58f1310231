"""Verification of valid and expired tokens, and the exact bounds of claims."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.tokens.verification import MAX_TIME, Policy, decode, verify
from tests.tokens import keys
from tests.tokens.assertions import ANY, accepted, rejection
from tests.tokens.attacks.attack import stranger
from tests.tokens.keys import CANARY, NOW, dumped, payload, public, token
from tests.tokens.valid_tokens import VALID

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject


@pytest.mark.parametrize("what", VALID)
def test_every_token_that_wix_may_send_is_accepted(what: str) -> None:
    accepted(VALID[what]())


def test_a_valid_token_gives_its_claims_and_its_event() -> None:
    found = accepted(token())

    assert found.claims == {"iat": NOW, "exp": NOW + 3600}
    assert (found.event.type, found.event.id) == ("wix.loyalty.v1.program_updated", keys.EVENT["id"])
    assert found.event.entity == {"name": CANARY, "status": "ACTIVE"}
    assert found.event.envelope.identity == json.loads(keys.IDENTITY)
    assert [check.name for check in verify(token(), public(), ANY, NOW)[0]] == [
        "size", "form", "header", "signature", "payload", "expiry", "start", "issuer", "audience", "age",
    ]  # fmt: skip


def test_an_invalid_token_is_decoded_but_not_verified() -> None:
    found = decode(token(sign=stranger), public(), ANY, NOW)

    assert found.verified is False
    assert found.error is not None
    assert found.error.reason == Reason.BAD_SIGNATURE
    assert found.event.type == "wix.loyalty.v1.program_updated"


def test_an_expired_token_has_a_valid_signature() -> None:
    found = decode(token(body=payload(exp=NOW)), public(), ANY, NOW)

    assert found.verified is True
    assert found.error is not None
    assert found.error.reason == Reason.EXPIRED


def test_without_a_key_the_signature_is_not_checked() -> None:
    found = decode(token(body=payload(exp=1), sign=stranger), None, ANY, NOW)

    assert (found.verified, found.error) == (None, None)


LEAST = dumped({"eventType": "a"})
"""The smallest event: an unknown type."""


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
        ({"iat": NOW}, Policy(), NOW - 60, None),
        ({"iat": NOW}, Policy(), NOW - 60.001, Reason.NOT_YET_VALID),
        ({"iat": NOW}, Policy(max_age=300), NOW - 60, None),
        ({"iat": NOW}, Policy(max_age=300), NOW - 61, Reason.NOT_YET_VALID),
        ({"iat": NOW}, Policy(leeway=3600), NOW - 61, Reason.NOT_YET_VALID),
        ({"iat": NOW}, Policy(skew=0), NOW - 1, Reason.NOT_YET_VALID),
        ({"iat": NOW}, Policy(skew=120), NOW - 120, None),
        ({"iat": MAX_TIME}, Policy(), NOW, Reason.NOT_YET_VALID),
        ({"jti": "1"}, Policy(), NOW, None),
        ({"jti": ""}, Policy(), NOW, None),
        *(
            ({"jti": odd}, Policy(), NOW, Reason.BAD_CLAIM)
            for odd in (1, 1.5, True, None, ["1"], {"id": "1"})
        ),
        ({"jti": 1, "exp": NOW - 1}, Policy(), NOW, Reason.BAD_CLAIM),
        ({"iat": NOW}, Policy(max_age=0), NOW, None),
        ({"iat": NOW}, Policy(), NOW + 3599, None),
        ({}, Policy(max_age=300), NOW, Reason.TOO_OLD),
        ({}, Policy(require_exp=True), NOW, Reason.NO_EXPIRY),
        ({}, Policy(require_exp=True, leeway=10**9), NOW, Reason.NO_EXPIRY),
        ({"exp": NOW + 1}, Policy(require_exp=True), NOW, None),
        ({}, Policy(), NOW, None),
        ({"exp": NOW, "nbf": NOW + 9}, Policy(), NOW, Reason.EXPIRED),
        ({"nbf": NOW + 9, "iss": "x"}, Policy(issuer="wix.com"), NOW, Reason.NOT_YET_VALID),
        ({"exp": MAX_TIME}, Policy(), MAX_TIME, Reason.EXPIRED),
    ],
)
def test_time_claims_are_checked_exactly(
    claims: dict[str, Json], policy: Policy, now: float, reason: Reason | None
) -> None:
    whole: JsonObject = {"data": LEAST}
    text = token(body=dumped(whole | claims).encode())

    if reason is None:
        accepted(text, policy, now)
    else:
        assert rejection(text, policy, now).reason == reason


ISSUER = "https://www.wix.com"
NOT_ISSUERS: tuple[Json, ...] = (
    None, "", "https://www.wix.co", "www.wix.com", "https://www.wix.com/", "https://www.wix.com.attacker.example", "HTTPS://WWW.WIX.COM", "https://www.wix.com ",
    [ISSUER], {"iss": ISSUER}, True, 0, "wix", "h", "https://www.wıx.com",
)  # fmt: skip


@pytest.mark.parametrize("iss", NOT_ISSUERS, ids=ascii)
def test_an_issuer_must_match_exactly_as_in_cve_2024_53861(iss: Json) -> None:
    policy = Policy(issuer=ISSUER)

    assert rejection(token(body=payload(iss=iss)), policy).reason == Reason.WRONG_ISSUER
    assert rejection(token(), policy).reason == Reason.WRONG_ISSUER
    accepted(token(body=payload(iss=iss)))
    accepted(token(body=payload(iss=ISSUER)), policy)


AUDIENCE = "d6b8e8a2-app"
NOT_AUDIENCES: tuple[Json, ...] = (
    None, "", "d6b8e8a2", "d6b8e8a2-app2", "D6B8E8A2-APP", "d6b8e8a2-app ", "d6b8e8a2-app,other", [], [None], [[AUDIENCE]], ["d6b8e8a2"], [""], {}, {AUDIENCE: 1},
    [{AUDIENCE: 1}], True, 0, ["d6b8", "e8a2-app"],
)  # fmt: skip


@pytest.mark.parametrize("aud", NOT_AUDIENCES, ids=ascii)
def test_an_audience_must_match_exactly(aud: Json) -> None:
    policy = Policy(audience=AUDIENCE)

    assert rejection(token(body=payload(aud=aud)), policy).reason == Reason.WRONG_AUDIENCE
    assert rejection(token(), policy).reason == Reason.WRONG_AUDIENCE
    accepted(token(body=payload(aud=aud)))


@pytest.mark.parametrize("aud", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE], [AUDIENCE, AUDIENCE]])
def test_an_audience_may_be_one_of_many(aud: Json) -> None:
    accepted(token(body=payload(aud=aud)), Policy(audience=AUDIENCE))


@pytest.mark.parametrize(
    "policy", [Policy(issuer="a"), Policy(audience="a"), Policy(max_age=1), Policy(require_exp=True)]
)
def test_required_claims_are_checked_after_the_signature(policy: Policy) -> None:
    text = token(
        body=dumped({"data": LEAST, "iss": "a", "aud": "a", "iat": NOW, "exp": NOW + 1}).encode(),
        sign=stranger,
    )

    assert rejection(text, policy).reason == Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"data":NaN}', b"[" * 10_000, b'{"data":"{"}', b'{"exp":"x"}']
)
def test_a_payload_is_not_parsed_before_its_signature_is_valid(body: bytes) -> None:
    assert rejection(token(body=body, sign=stranger)).reason == Reason.BAD_SIGNATURE
