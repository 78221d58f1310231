"""Valid tokens that Wix may send."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from loyaltyctl.tokens.parser import MAX_HEADER, MAX_NAME, MAX_TOKEN
from loyaltyctl.tokens.verification import MAX_TIME
from tests.tokens import keys
from tests.tokens.attacks.contents import with_first
from tests.tokens.keys import NOW, dumped, header, payload, segment, token

if TYPE_CHECKING:
    from collections.abc import Callable

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
    "no claims but data": partial(token, body=b'{"data":"{\\"eventType\\":\\"a\\"}"}'),
    "exp that is not whole": partial(token, body=payload(exp=NOW + 0.5)),
    "the last exp": partial(token, body=payload(exp=MAX_TIME)),
    "issued in a minute": partial(token, body=payload(iat=NOW + 60)),
    "a jti": partial(token, body=payload(jti="")),
    "an instance and no type": partial(token, body=payload(data={"instanceId": "a", "data": keys.EVENT})),
    "nbf now": partial(token, body=payload(nbf=NOW)),
    "other claims": partial(token, body=payload(jti="1", sub=None, iss=[1], aud=[None], scope={"a": []})),
    "spaces in the payload": lambda: token(body=b"\n " + payload() + b"\r\n"),
    "a character beyond the plane": lambda: token(body=payload(name="\U0001f600")),
    "characters as they are": lambda: token(body='{"data":{"eventType":"a"},"name":"é😀"}'.encode()),
    "the other layers as objects": partial(token, body=payload(data={"eventType": "a", "data": {"id": "b"}, "identity": {}})),
    "data that is an object of texts": partial(token, body=payload(data=json.loads(json.loads(payload())["data"]))),
    "spaces before an inner layer": lambda: token(body=payload({"body": "\n " + dumped(keys.EVENT)})),
    "an unknown type": partial(token, body=payload(data=dumped({"eventType": "wix.future.v9.thing_done", "data": "text"}))),
    "no identity": partial(token, body=payload(data=dumped({"eventType": "a", "data": "{}"}))),
    "64 levels": lambda: token(body=with_first(f'"kid":{"[" * 63}{"]" * 63}')(payload().decode()).encode()),
    "20 digits": lambda: token(body=with_first('"kid":18446744073709551615')(payload().decode()).encode()),
    "many brackets in a text": lambda: token(body=payload(name="[{" * 500)),
    "a token as long as may be": lambda: _as_long_as(MAX_TOKEN),
}  # fmt: skip


def _as_long_as(size: int) -> str:
    """Return a valid token of that length."""
    rest = len(token(body=b"")) - 2
    for spaces in range((size - rest) * 3 // 4 - 6 - len(payload()), MAX_TOKEN):
        if len(segment(payload() + b" " * spaces)) + rest + 2 == size:
            return token(body=payload() + b" " * spaces)
    raise AssertionError
