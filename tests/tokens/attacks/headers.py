"""Attacks by other header members: keys (C), kid (D), critical and unknown members (F)."""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from loyaltyctl.tokens.parser import MAX_HEADER, MAX_NAME
from loyaltyctl.tokens.reasons import Reason
from tests.tokens.attacks.attack import Attack, stranger, without
from tests.tokens.keys import (
    CANARY,
    NOW,
    certificate,
    dumped,
    header,
    jwk,
    payload,
    public,
    rs256,
    segment,
    token,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.intake.values import Json, JsonObject


# C. Keys in the header


def _stranger_jwk() -> Json:
    return {"kty": "RSA", "e": "AQAB", "n": segment(public("stranger").rsa.public_numbers().n.to_bytes(256))}


HEADER_KEYS: tuple[tuple[str, str, Callable[[], Json]], ...] = (
    ("jwk", "of a stranger", _stranger_jwk),
    ("jwk", "of the vendor", lambda: dict(jwk())),
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


def by_header_key() -> Iterator[Attack]:
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


def by_kid() -> Iterator[Attack]:
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


# F. Critical and unknown members


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


def by_misunderstanding() -> Iterator[Attack]:
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
    yield Attack("F the payload detached", Reason.BAD_SIGNATURE, lambda: without(1))
    yield Attack("F the payload detached, and raw", Reason.BAD_HEADER, _detached, forged=False)


def _raw(data: bytes) -> str:
    signed = segment(DETACHED).encode() + b"." + data
    return f"{signed.decode()}.{segment(rs256(signed))}"


def _detached() -> str:
    head, _, signature = _raw(payload()).partition(".")
    return f"{head}..{signature.rpartition('.')[2]}"
