"""Published test vectors: RFC 7515, RFC 7520 and, if available, Wycheproof.

Wycheproof's are in shared/vectors beside the repository; those in this file are from the RFCs.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from loyaltyctl.errors import InvalidData, InvalidToken
from loyaltyctl.tokens import parser
from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.tokens.verification import Policy, decode, verify
from tests.tokens.keys import NO_KEY, NOW, parse_public, pem, public, spki

if TYPE_CHECKING:
    from loyaltyctl.tokens.keys import PublicKey

VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors"
BEFORE_THE_PAYLOAD = {
    Reason.TOO_LARGE,
    Reason.MALFORMED,
    Reason.BAD_HEADER,
    Reason.ALGORITHM_NOT_ALLOWED,
    Reason.BAD_SIGNATURE,
}

A2 = (
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6x"
    "BArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_I"
    "oypGlUPQGe77Rw"
)
A2_MODULUS = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
    "bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9g"
    "b54h4FRWyuXpoQ"
)


class Case(NamedTuple):
    """A token, the key of its group, and whether its signature is valid."""

    name: str
    text: str
    jwk: dict[str, Any]
    good: bool


def key_of(jwk: dict[str, Any]) -> PublicKey:
    return parse_public(pem_of(jwk), "key")


def pem_of(jwk: dict[str, Any]) -> str:
    modulus, exponent = (int.from_bytes(urlsafe_b64decode(jwk[name] + "==")) for name in ("n", "e"))
    return pem("PUBLIC KEY", spki(modulus, exponent))


def _groups(file: str) -> list[dict[str, Any]]:
    path = VECTORS / file
    return list(json.loads(path.read_text())["testGroups"]) if path.exists() else []


def _cases() -> list[Case]:
    cases = []
    for group in _groups("wycheproof_json_web_signature_test.json"):
        for test in group["tests"]:
            text = test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"])
            name = f"{group['comment']} {test['tcId']} {test['comment']}"
            cases.append(Case(name, text, group.get("public", {}), test["result"] == "valid"))
    return cases


def _a2() -> list[Case]:
    """Return the token of RFC 7515 A.2 and invalid variants of it."""
    jwk = {"kty": "RSA", "alg": "RS256", "n": A2_MODULUS, "e": "AQAB"}
    head, payload, signature = A2.split(".")
    bad = {
        "its signature short of a byte": f"{head}.{payload}.{signature[:-2]}",
        "a letter of its signature another": A2.replace(".cC4h", ".cC4i"),
        "a letter of its payload another": A2.replace(".eyJpc3MiOiJqb2UiLA0K", ".eyJpc3MiOiJqb2UiLA0L"),
        "no payload": f"{head}..{signature}",
        "no signature": f"{head}.{payload}.",
        "alg none": f"eyJhbGciOiJub25lIn0.{payload}.{signature}",
        "alg HS256": f"eyJhbGciOiJIUzI1NiJ9.{payload}.{signature}",
        "alg PS256": f"eyJhbGciOiJQUzI1NiJ9.{payload}.{signature}",
        "a padding": f"{A2}==",
    }
    return [Case("RFC 7515 A.2", A2, jwk, good=True)] + [
        Case(f"RFC 7515 A.2: {what}", text, jwk, good=False) for what, text in bad.items()
    ]


def _a2_misused() -> list[Case]:
    """Return the same token under keys for other uses."""
    jwk = {"kty": "RSA", "n": A2_MODULUS, "e": "AQAB"}
    return [
        Case("RFC 7515 A.2: use=enc", A2, jwk | {"use": "enc"}, good=False),
        Case("RFC 7515 A.2: key_ops=encrypt", A2, jwk | {"key_ops": ["encrypt"]}, good=False),
        Case(
            "RFC 7515 A.2: alg none, by name", f"eyJhbGciOiJub25lIn0.{A2.split('.')[1]}.AAAA", jwk, good=False
        ),
    ]


CASES = [*_a2(), *_a2_misused(), *_cases()]
RS256 = [case for case in CASES if case.jwk.get("alg") == "RS256"]
FOR_ENCRYPTION = [
    case for case in CASES if case.jwk.get("use") == "enc" or "encrypt" in case.jwk.get("key_ops", ())
]
MISUSED = [*FOR_ENCRYPTION, *(case for case in CASES if case.name.endswith("UsingRS256"))]
"""Validly signed, with a key whose JWK forbids this use."""
OTHERS = [case for case in CASES if case not in RS256 and case not in MISUSED]
KEY_SETS = [
    ("the modulus of RFC 7515 A.2 and the exponent 1", [{"kty": "RSA", "n": A2_MODULUS, "e": "AQ"}]),
    ("half of the modulus of RFC 7515 A.2", [{"kty": "RSA", "n": A2_MODULUS[:171], "e": "AQAB"}]),
    *(
        (group["comment"], group["public"]["keys"])
        for group in _groups("wycheproof_json_web_key_test.json")
        if "public" in group
    ),
]
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def holds(text: str, key: PublicKey) -> bool:
    """Return whether form, header and signature of a token are valid, whatever its payload."""
    try:
        parts = parser.split(text)
        parser.check_header(parts.header)
    except InvalidToken:
        return False
    return key.verifies(parts)


def rejection(text: str, key: PublicKey) -> tuple[Reason, list[str]]:
    """Return the reason that a token is rejected, and the checks it passed."""
    checks, error = verify(text, key, Policy(), NOW)
    assert type(error) is InvalidToken
    try:
        found = decode(text, key, Policy(), NOW).error
    except InvalidToken as raised:
        found = raised
    assert found is not None
    assert (found.reason, found.message) == (error.reason, error.message)
    return Reason(error.reason), [check.name for check in checks if check.ok]


@pytest.mark.parametrize("case", RS256, ids=lambda case: case.name)
def test_signatures_are_judged_as_by_the_vectors(case: Case) -> None:
    key = key_of(case.jwk)

    assert holds(case.text, key) is case.good
    reason, passed = rejection(case.text, key)
    if case.good:  # the payload is not an event
        assert (reason, passed) == (Reason.BAD_PAYLOAD, ["size", "form", "header", "signature"])
    else:
        assert reason in BEFORE_THE_PAYLOAD
        assert "signature" not in passed


@by_name
def test_no_token_is_valid_under_another_key(case: Case) -> None:
    assert not holds(case.text, public("stranger"))
    assert rejection(case.text, public("stranger"))[0] in BEFORE_THE_PAYLOAD


@pytest.mark.parametrize("case", OTHERS, ids=lambda case: case.name)
def test_a_token_of_another_algorithm_is_rejected_under_its_own_key(case: Case) -> None:
    key = key_of(case.jwk) if case.jwk.get("kty") == "RSA" else public()

    assert not holds(case.text, key)
    assert rejection(case.text, key)[0] in BEFORE_THE_PAYLOAD


@pytest.mark.parametrize("case", MISUSED, ids=lambda case: case.name)
def test_a_jwk_for_another_use_is_not_read(case: Case) -> None:
    """Only a JWK states its use, and these are not read; PEM has no use or algorithm."""
    for text in (json.dumps(case.jwk), json.dumps({"keys": [case.jwk]})):
        with pytest.raises(InvalidData, match=r"^key "):
            parse_public(text, "key")


def test_all_vectors_are_classified() -> None:
    assert len(RS256) >= 10
    if VECTORS.exists():
        from_wycheproof = len(_cases())
        assert from_wycheproof == 401
        about_rs256 = [*RS256, *(case for case in FOR_ENCRYPTION if case.jwk["kty"] == "RSA")]
        assert len([case for case in about_rs256 if "7515" not in case.name]) == 235
        assert sum(case.good for case in RS256) == 1 + 1 + 5 + 2
        assert len(RS256) + len(MISUSED) + len(OTHERS) == from_wycheproof + len(_a2()) + len(_a2_misused())


@pytest.mark.parametrize(
    ("what", "jwks"), KEY_SETS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_key_set_is_not_read(what: str, jwks: list[dict[str, Any]]) -> None:
    for text in (json.dumps({"keys": jwks}), json.dumps(jwks), *map(json.dumps, jwks)):
        with pytest.raises(InvalidData, match=r"^key ") as refused:
            parse_public(text, "key")

        assert what not in str(refused.value)
        assert jwks[0].get("n", "n of RSA") not in str(refused.value)


WEAK = {
    "keysize_too_small": "1024 bits",
    "exponentOne": NO_KEY,
    "half of the modulus of RFC 7515 A.2": "1024 bits",
    "the modulus of RFC 7515 A.2 and the exponent 1": NO_KEY,
}
WEAK_KEYS = [(what, jwks[0]) for what, jwks in KEY_SETS if what in WEAK]


@pytest.mark.parametrize(
    ("what", "jwk"), WEAK_KEYS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_weak_key_is_rejected_as_pem_too(what: str, jwk: dict[str, Any]) -> None:
    with pytest.raises(InvalidData, match=WEAK[what]):
        parse_public(pem_of(jwk), "key")


def test_the_token_of_rfc_7515_is_validly_signed_but_not_an_event() -> None:
    key = key_of({"n": A2_MODULUS, "e": "AQAB"})

    assert holds(A2, key)
    assert (
        parser.split(A2).payload
        == b'{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
    )
    assert rejection(A2, key) == (Reason.BAD_PAYLOAD, ["size", "form", "header", "signature"])
