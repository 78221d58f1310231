"""Attacks by the content of a token: JSON at each layer (J), and claims (K)."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.tokens.verification import MAX_TIME
from tests.tokens import keys
from tests.tokens.attacks.attack import Attack
from tests.tokens.keys import NOW, dumped, header, payload, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.intake.values import Json, JsonObject

# J. JSON


LAYERS = ("header", "claims", "data", "body", "identity", "account", "entity", "action")
WHOLE = ("header", "claims", "data")
"""Layers that must be an object; in the others, text that does not begin an object is allowed."""


def _layer(name: str) -> str:
    """Return a valid object at this layer."""
    if name == "header":
        return header().decode()
    if name in {"entity", "action"}:
        return keys.ENTITY
    claims = json.loads(payload())
    data = json.loads(claims["data"])
    text = {"claims": dumped(claims), "data": claims["data"], "body": data["data"]}
    return text.get(name) or str(data["identity" if name == "identity" else "accountInfo"])


def with_first(member: str) -> Callable[[str], str]:
    """Return a function that puts a member first in an object."""
    return lambda text: f"{{{member},{text[1:]}"


BROKEN: dict[str, Callable[[str], str]] = {
    "a member twice": with_first('"kid":"a","kid":"b"'),
    "a member twice with one value": with_first('"kid":"a","kid":"a"'),
    "a member twice, once by an escape": with_first('"kid":"a","\\u006bid":"b"'),
    "a member twice, deeper": with_first('"kid":{"a":[{"b":1,"b":2}]}'),
    "NaN": with_first('"kid":NaN'),
    "NaN, deeper": with_first('"kid":[1,[NaN]]'),
    "Infinity": with_first('"kid":Infinity'),
    "-Infinity": with_first('"kid":-Infinity'),
    "1e400": with_first('"kid":1e400'),
    "-1e400": with_first('"kid":-1e400'),
    "an exponent of 12 digits": with_first('"kid":1e999999999999'),
    "a number of 21 digits": with_first('"kid":' + "9" * 21),
    "a number of 3,000 digits": with_first('"kid":' + "9" * 3000),
    "65 arrays in each other": with_first(f'"kid":{"[" * 64}{"]" * 64}'),
    "65 objects in each other": with_first('"kid":' + '{"a":' * 64 + "1" + "}" * 64),
    "GHSA-8wjv arrays that never end": with_first('"kid":' + "[" * 100_000),
    "GHSA-8wjv objects that never end": with_first('"kid":' + '{"a":' * 10_000),
    "GHSA-8wjv many arrays in each other": with_first(f'"kid":{"[" * 50_000}{"]" * 50_000}'),
    "an object after it": lambda text: text + "{}",
    "itself after it": lambda text: text + text,
    "a letter after it": lambda text: text + " x",
    "a comma after it": lambda text: text + ",",
    "a bracket after it": lambda text: text + "]",
    "a brace after it": lambda text: text + "}",
    "a NUL after it": lambda text: text + "\0",
    "a no-break space after it": lambda text: text + "\xa0",
    "a form feed after it": lambda text: text + "\f",
    "a comma before the end": lambda text: text[:-1] + ",}",
    "a comma at the beginning": lambda text: "{," + text[1:],
    "no end": lambda text: text[:-1],
    "half of it": lambda text: text[: len(text) // 2],
    "the wrong end": lambda text: text[:-1] + "]",
    "no colon": with_first('"kid" "a"'),
    "no value": with_first('"kid":'),
    "no name": with_first(':"a"'),
    "a name without quotes": with_first('kid:"a"'),
    "a number for a name": with_first('1:"a"'),
    "single quotes": with_first("'kid':'a'"),
    "a comment": with_first('/* */"kid":"a"'),
    "a comment at the end": lambda text: text + "//",
    "a hash": lambda text: text + "#",
    "a number that begins with 0": with_first('"kid":01'),
    "a number with a plus": with_first('"kid":+1'),
    "a number that begins with a dot": with_first('"kid":.5'),
    "a number that ends with a dot": with_first('"kid":1.'),
    "a number without its exponent": with_first('"kid":1e'),
    "a minus alone": with_first('"kid":-'),
    "a number with an underscore": with_first('"kid":1_000'),
    "a number in hexadecimal": with_first('"kid":0x10'),
    "wide digits": with_first('"kid":１２'),
    "Arabic digits": with_first('"kid":٣'),
    "Python's True": with_first('"kid":True'),
    "Python's None": with_first('"kid":None'),
    "undefined": with_first('"kid":undefined'),
    "a line end in a text": with_first('"kid":"a\nb"'),
    "a tab in a text": with_first('"kid":"a\tb"'),
    "a NUL in a text": with_first('"kid":"a\0b"'),
    "an escape in a text": with_first('"kid":"a\x1bb"'),
    "an escape that JSON has not": with_first('"kid":"\\x41"'),
    "an escape cut short": with_first('"kid":"\\u12"'),
    "an escape with a sign": with_first('"kid":"\\u+041"'),
    "a text that never ends": with_first('"kid":"a'),
    "a no-break space before a name": with_first('\xa0"kid":"a"'),
    "a byte order mark before a name": with_first('\ufeff"kid":"a"'),
}  # fmt: skip

NO_OBJECTS: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "a space": lambda _: " ",
    "null": lambda _: "null",
    "true": lambda _: "true",
    "a number": lambda _: "1",
    "NaN": lambda _: "NaN",
    "a text": lambda _: '"text"',
    "a text of it": dumped,
    "an empty array": lambda _: "[]",
    "an array of it": lambda text: f"[{text}]",
    "a byte order mark": lambda text: "\ufeff" + text,
    "a letter before it": lambda text: "x" + text,
    "a prefix against hijacking": lambda text: ")]}'\n" + text,
}

BYTES: dict[str, Callable[[bytes], bytes]] = {
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "two byte order marks": lambda data: b"\xef\xbb\xbf" * 2 + data,
    "UTF-16 with its mark": lambda data: data.decode().encode("utf-16"),
    "UTF-16 of the one order": lambda data: data.decode().encode("utf-16-le"),
    "UTF-16 of the other order": lambda data: data.decode().encode("utf-16-be"),
    "UTF-32 with its mark": lambda data: data.decode().encode("utf-32"),
    "UTF-32 of the one order": lambda data: data.decode().encode("utf-32-le"),
    "UTF-7": lambda data: data.replace(b"{", b"+AHs-", 1),
    "Latin-1": lambda data: b'{"kid":"\xe9",' + data[1:],
    "an overlong quote": lambda data: b'{"kid":"\xc0\xa2",' + data[1:],
    "an overlong slash": lambda data: b'{"kid":"\xc0\xaf",' + data[1:],
    "an overlong NUL": lambda data: b'{"kid":"\xc0\x80",' + data[1:],
    "half of a pair of surrogates": lambda data: b'{"kid":"\xed\xa0\x80",' + data[1:],
    "a pair of surrogates": lambda data: b'{"kid":"\xed\xa0\xbd\xed\xb8\x80",' + data[1:],
    "half of a character": lambda data: b'{"kid":"\xe2\x82",' + data[1:],
    "a byte that UTF-8 has not": lambda data: b'{"kid":"\xff",' + data[1:],
    "a character beyond the last": lambda data: b'{"kid":"\xf4\x90\x80\x80",' + data[1:],
    "a NUL before it": lambda data: b"\0" + data,
    "a line end of another time": lambda data: b"\x85" + data,
}

TWICE = {
    "alg, the good one last": (b'{"alg":"none","alg":"RS256"}', None),
    "alg, the good one first": (b'{"alg":"RS256","alg":"none"}', None),
    "alg, by an escape": (b'{"alg":"RS256","\\u0061lg":"none"}', None),
    "typ": (b'{"alg":"RS256","typ":"JWT","typ":"JWT"}', None),
    "exp": (None, f'"exp":1,"exp":{NOW + 9}'),
    "exp, by an escape": (None, f'"exp":1,"\\u0065xp":{NOW + 9}'),
    "data": (None, '"data":"{}"'),
    "iat and data by an escape": (None, '"iat":1,"d\\u0061ta":"{}"'),
}


def by_json() -> Iterator[Attack]:
    for layer in LAYERS:
        reason = Reason.BAD_HEADER if layer == "header" else Reason.BAD_PAYLOAD
        for what, change in BROKEN.items():
            yield Attack(f"J {layer}: {what}", reason, partial(_at, layer, change), forged=False)
        for what, change in NO_OBJECTS.items() if layer in WHOLE else ():
            if (layer, what) != ("header", "nothing"):  # an empty header is malformed
                yield Attack(
                    f"J {layer}: {what} for an object", reason, partial(_at, layer, change), forged=False
                )
    for what, alter in BYTES.items():
        head, body = partial(_in_bytes, alter, 0), partial(_in_bytes, alter, 1)
        yield Attack(f"J header: {what}, in bytes", Reason.BAD_HEADER, head, forged=False)
        yield Attack(f"J claims: {what}, in bytes", Reason.BAD_PAYLOAD, body, forged=False)
    for what, (head_twice, claim) in TWICE.items():
        reason = Reason.BAD_PAYLOAD if head_twice is None else Reason.BAD_HEADER
        yield Attack(f"J twice: {what}", reason, partial(_twice, head_twice, claim), forged=False)


def _at(layer: str, change: Callable[[str], str]) -> str:
    """Return a validly signed token with one layer changed."""
    text = change(_layer(layer))
    return token(text.encode()) if layer == "header" else token(body=payload({layer: text}))


def _in_bytes(alter: Callable[[bytes], bytes], part: int) -> str:
    return token(body=alter(payload())) if part else token(alter(header()))


def _twice(head: bytes | None, claim: str | None) -> str:
    body = payload().decode()
    return token(head, f"{{{claim},{body[1:]}".encode() if claim else None)


SURROGATES = {
    layer: partial(_at, layer, with_first('"kid":"\\ud800"' if layer != "header" else '"typ":"JWT"'))
    for layer in LAYERS
} | {"header": lambda: token(header(kid="\ud800"))}
"""Lone surrogates, which JSON can escape but UTF-8 cannot encode."""
# K. Claims


TIMES = (
    '""', '"0"', f'"{NOW + 9}"', '"2030-01-01T00:00:00Z"', '"NaN"', '"Infinity"', "true", "false", "null", "[]", f"[{NOW + 9}]", "{}", f'{{"seconds":{NOW + 9}}}',
    "-1", "-0.5", "-1e300", "1e30", "1e308", "9223372036854775807", "9223372036854775808", "18446744073709551615", "99999999999999999999",
    f"{NOW + 9}000", f"{MAX_TIME + 1}", f"{MAX_TIME}.5",
)  # fmt: skip
NO_DATA: tuple[Json, ...] = (
    None,
    True,
    0,
    1.5,
    "",
    " ",
    "text",
    "null",
    "[]",
    "[{}]",
    [],
    [{}],
    ["{}"],
    "{",
    "{]",
    "\ufeff{}",
    '"{}"',
)
OUT_OF_TIME = (
    ("exp", "0", Reason.EXPIRED), ("exp", "-0.0", Reason.EXPIRED), ("exp", "1", Reason.EXPIRED), ("exp", "1e-400", Reason.EXPIRED), ("exp", "1e9", Reason.EXPIRED),
    ("exp", str(NOW), Reason.EXPIRED), ("exp", str(NOW - 1), Reason.EXPIRED), ("exp", f"{NOW - 1}.999", Reason.EXPIRED),
    ("iat", str(NOW + 61), Reason.NOT_YET_VALID), ("iat", f"{NOW + 60}.5", Reason.NOT_YET_VALID), ("iat", str(MAX_TIME), Reason.NOT_YET_VALID),
    ("nbf", str(NOW + 1), Reason.NOT_YET_VALID), ("nbf", f"{NOW}.5", Reason.NOT_YET_VALID), ("nbf", str(MAX_TIME), Reason.NOT_YET_VALID),
)  # fmt: skip
OTHER_PURPOSES: dict[str, JsonObject] = {
    "the digest of a request": {"SHA256": "3q2+7w=="},
    "a request to a service plugin": {"request": {"lineItems": []}, "metadata": {"requestId": "1"}},
    "nothing": {},
    "a domain event without its envelope": keys.EVENT,
    "a type that is empty": {"eventType": "", "data": keys.EVENT},
    "a type of spaces": {"eventType": " ", "data": keys.EVENT},
    "a type that is no text": {"eventType": ["wix.loyalty.v1.program_updated"], "data": keys.EVENT},
    "an instance that is null": {"instanceId": None, "data": keys.EVENT},
    "an instance that is no text": {"instanceId": 5, "data": keys.EVENT},
    "an instance alone": {"instanceId": "d6b8e8a2-5c0f-4d49-9b3e-7f1a2c4e6d80"},
    "an instance with words": {"instanceId": "d6b8e8a2-5c0f-4d49-9b3e-7f1a2c4e6d80", "data": "words"},
    "a known type alone": {"eventType": "wix.loyalty.v1.tier_deleted"},
    "a known type with words": {"eventType": "wix.loyalty.v1.tier_deleted", "data": "words"},
}
"""Content of `data` in tokens signed with the same key that are not events."""
ODD_IDS: tuple[Json, ...] = (None, True, 0, 1.5, [], ["a"], {}, {"id": "a"})


def by_claim() -> Iterator[Attack]:
    for what, data in OTHER_PURPOSES.items():
        spellings: tuple[Json, ...] = (data, dumped(data))
        for value in spellings:
            make = partial(token, body=payload(data=value))
            name = f"K {what}, as {'text' if isinstance(value, str) else 'an object'}"
            yield Attack(name, Reason.BAD_PAYLOAD, make, forged=False)
    for odd in ODD_IDS:
        make = partial(_with_claim, "jti", dumped(odd))
        yield Attack(f"K jti is {dumped(odd)}", Reason.BAD_CLAIM, make, forged=False)
    for claim in ("exp", "nbf", "iat"):
        for text in TIMES:
            make = partial(_with_claim, claim, text)
            yield Attack(f"K {claim} is {text}", Reason.BAD_CLAIM, make, forged=False)
        for text in ("NaN", "Infinity", "-Infinity", "1e400", "9" * 400):
            make = partial(_with_claim, claim, text)
            yield Attack(f"K {claim} is {text}", Reason.BAD_PAYLOAD, make, forged=False)
    for claim, text, reason in OUT_OF_TIME:
        yield Attack(f"K {claim} is {text}", reason, partial(_with_claim, claim, text), forged=False)
    for value in NO_DATA:
        make = partial(token, body=payload(data=value))
        yield Attack(f"K data is {dumped(value)}", Reason.BAD_PAYLOAD, make, forged=False)
    yield Attack("K no data", Reason.BAD_PAYLOAD, partial(token, body=b'{"iss":"joe"}'), forged=False)
    yield Attack("K no claims", Reason.BAD_PAYLOAD, partial(token, body=b"{}"), forged=False)
    yield Attack("K Data", Reason.BAD_PAYLOAD, partial(token, body=b'{"Data":"{}"}'), forged=False)


def _with_claim(claim: str, text: str) -> str:
    claims = {name: value for name, value in json.loads(payload()).items() if name != claim}
    return token(body=f'{{"{claim}":{text},{dumped(claims)[1:]}'.encode())
