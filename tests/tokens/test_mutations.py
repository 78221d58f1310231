"""Random changes of valid tokens: none is accepted, and none raises anything but InvalidToken."""

from __future__ import annotations

import json
import random
from base64 import urlsafe_b64decode
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from loyaltyctl.errors import InvalidToken
from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.tokens.verification import Policy, decode, verify
from tests.scale import scaled
from tests.tokens.keys import NOW, dumped, header, pair, payload, public, segment, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.intake.values import Json

MUTATIONS = scaled(20_000, least=2000)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ODD = [*"=+/. \n\t\r\0\"'{}[]:,%~|\x7f\x85\xa0éАＡ．\u2028\u200b\ufeff\ud800\udc80", "\U0001f600"]
VALUES: tuple[Json, ...] = (
    None, True, False, 0, -1, 1.5, NOW + 9, 10**30, "", "x", "RS256", "none", "HS256", "{}", "[", "\ud800", [], [None], {}, {"a": 1},
)  # fmt: skip
NAMES = (
    "alg",
    "typ",
    "kid",
    "crit",
    "b64",
    "jwk",
    "jku",
    "exp",
    "nbf",
    "iat",
    "iss",
    "aud",
    "data",
    "",
    "\0",
    "alg ",
    "Alg",
)


def _flipped(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ 1 << rng.randrange(8)) + text[at + 1 :]


def _written_over(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(LETTERS) + text[at + 1 :]


def _with_more(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    more = "".join(rng.choices(LETTERS, k=rng.randint(1, 8))) if rng.random() < 0.5 else rng.choice(ODD)
    return text[:at] + more + text[at:]


def _with_less(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] + text[at + rng.randint(1, 8) :]


def _cut_short(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] if rng.random() < 0.7 else text[at:]


def _doubled(text: str, rng: random.Random) -> str:
    start, end = sorted(rng.choices(range(len(text) + 1), k=2))
    return text[:end] + text[start:end] + text[end:]


def _moved(text: str, rng: random.Random) -> str:
    one, two, three = sorted(rng.choices(range(len(text) + 1), k=3))
    return text[:one] + text[two:three] + text[one:two] + text[three:]


def _in_other_case(text: str, rng: random.Random) -> str:
    start, end = sorted(rng.choices(range(len(text) + 1), k=2))
    change = rng.choice([str.upper, str.lower, str.swapcase])
    return text[:start] + change(text[start:end]) + text[end:]


def _parts_exchanged(text: str, rng: random.Random) -> str:
    parts = text.split(".")
    match rng.randrange(5):
        case 0:
            rng.shuffle(parts)
        case 1:
            parts[rng.randrange(3)] = ""
        case 2:
            parts.insert(rng.randrange(4), rng.choice([*parts, "", "AAAA"]))
        case 3:
            parts[rng.randrange(3)] = parts[rng.randrange(3)]
        case _:
            del parts[rng.randrange(3)]
    return ".".join(parts)


def _parts_of_others(text: str, rng: random.Random) -> str:
    parts = text.split(".")
    at = rng.randrange(3)
    parts[at] = rng.choice(TOKENS).split(".")[at]
    return ".".join(parts)


def _base64_changed(text: str, rng: random.Random) -> str:
    parts = text.split(".")
    at = rng.randrange(3)
    part = parts[at]
    match rng.randrange(6):
        case 0:
            part += "=" * rng.randint(1, 4)
        case 1:
            part = part.replace("-", "+").replace("_", "/")
        case 2:
            part = part[:-1] + rng.choice(LETTERS)
        case 3:
            part += "A" * rng.randint(1, 4)
        case 4:
            part = segment(part.encode())
        case _:
            part = "\n".join([part[:64], part[64:]])
    parts[at] = part
    return ".".join(parts)


def _bytes_changed(text: str, rng: random.Random) -> str:
    parts = text.split(".")
    at = rng.randrange(3)
    data = bytearray(_decoded(parts[at]))
    place = rng.randrange(len(data))
    match rng.randrange(4):
        case 0:
            data[place] ^= 1 << rng.randrange(8)
        case 1:
            data[place] = rng.randrange(256)
        case 2:
            data.insert(place, rng.randrange(256))
        case _:
            del data[place : place + rng.randint(1, 4)]
    parts[at] = segment(bytes(data))
    return ".".join(parts)


def _json_changed(text: str, rng: random.Random) -> str:
    """Change the JSON of the header or payload, and keep the signature."""
    parts = text.split(".")
    at = rng.randrange(2)
    document = json.loads(_decoded(parts[at]))
    inner = rng.random() < 0.5 and isinstance(document.get("data"), str)
    changed = json.loads(document["data"]) if inner else document
    name = rng.choice([*changed, *NAMES])
    match rng.randrange(4):
        case 0:
            changed[name] = rng.choice(VALUES)
        case 1:
            changed.pop(name, None)
        case 2:
            changed = dict(rng.sample(list(changed.items()), len(changed)))
        case _:
            changed[name + rng.choice([" ", "\0", "2", ""])] = changed.get(name)
    if inner:
        document["data"] = dumped(changed)
    written = json.dumps(document if inner else changed, indent=rng.choice([None, 1]))
    parts[at] = segment(written.encode())
    return ".".join(parts)


def _signed_by_another(text: str, rng: random.Random) -> str:
    signed = text.rpartition(".")[0]
    other = pair("stranger").sign(signed.encode())
    data = rng.choice(
        [other, other[:255], bytes(256), rng.randbytes(256), rng.randbytes(rng.randint(1, 300))]
    )
    return f"{signed}.{segment(data)}"


def _several(text: str, rng: random.Random) -> str:
    text = rng.choice(CHANGES[:-1])(text, rng)
    for change in rng.choices(OF_ANY_TEXT, k=rng.randint(1, 3)):
        text = change(text or "A", rng)
    return text


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


Change: TypeAlias = "Callable[[str, random.Random], str]"
OF_ANY_TEXT: tuple[Change, ...] = (
    _flipped,
    _written_over,
    _with_more,
    _with_less,
    _cut_short,
    _doubled,
    _moved,
    _in_other_case,
)
CHANGES: tuple[Change, ...] = (
    *OF_ANY_TEXT, _parts_exchanged, _parts_of_others, _base64_changed, _bytes_changed, _json_changed, _signed_by_another, _several,
)  # fmt: skip

TOKENS: list[str] = []


def _tokens() -> list[str]:
    """Return valid tokens with different headers, payloads and base64 lengths."""
    TOKENS[:] = [
        token(),
        token(b'{"alg":"RS256"}'),
        token(header(typ="JWT"), payload(exp=NOW + 1)),
        token(header(kid="a"), b'{"data":"{\\"eventType\\":\\"a\\"}"}'),
        token(header(kid="ab"), payload(jti="a-b_c")),
        token(header(kid="abc"), b' {"data":{"eventType":"x","data":"{\\"id\\":\\"1\\"}"},"exp":1790000001}'),
    ]
    return TOKENS


def test_no_changed_token_is_accepted() -> None:
    rng = random.Random(20261121)  # noqa: S311 - changes, not secrets
    key, policy, valid = public(), Policy(), _tokens()
    for text in valid:
        assert decode(text, key, policy, NOW).error is None

    reasons: Counter[str] = Counter()
    while reasons.total() < MUTATIONS:
        change = rng.choice(CHANGES)
        text = change(rng.choice(valid), rng)
        if text in valid:
            continue
        try:
            rejection = decode(text, key, policy, NOW).error
        except InvalidToken as error:
            rejection = error
        assert rejection is not None, (change.__name__, text)
        assert type(rejection) is InvalidToken
        reasons[rejection.reason] += 1

    # Changed tokens fail in form, header or signature; later checks are never reached.
    assert set(reasons) == {
        Reason.MALFORMED,
        Reason.BAD_HEADER,
        Reason.ALGORITHM_NOT_ALLOWED,
        Reason.BAD_SIGNATURE,
    }
    assert min(reasons.values()) > MUTATIONS // 400


def test_each_single_character_of_a_token_counts() -> None:
    for text in _tokens()[:4]:
        for at in range(len(text)):
            for letter in {chr(ord(text[at]) ^ 1), "A", "-", "_", ".", "="} - {text[at]}:
                _, rejection = verify(text[:at] + letter + text[at + 1 :], public(), Policy(), NOW)
                assert rejection is not None, (at, letter)


def test_a_truncated_token_is_never_accepted() -> None:
    for text in _tokens():
        for end in range(len(text)):
            _, rejection = verify(text[:end], public(), Policy(), NOW)
            assert rejection is not None, end


def test_a_validly_signed_payload_raises_invalid_token_only() -> None:
    """Changed payloads with a valid signature are parsed, unlike those above."""
    rng = random.Random(20261122)  # noqa: S311 - changes, not secrets
    reasons: Counter[str] = Counter()
    for _ in range(max(1000, MUTATIONS // 20)):
        data = payload().decode()
        for _ in range(rng.randint(1, 3)):
            data = rng.choice(OF_ANY_TEXT)(data or "{", rng)
        text = token(body=data.encode(errors="surrogatepass"))
        try:
            rejection = decode(text, public(), Policy(), NOW).error
        except InvalidToken as error:
            rejection = error
        reasons[rejection.reason if rejection else "taken"] += 1

    assert Reason.BAD_PAYLOAD in reasons
    assert set(reasons) <= {
        Reason.BAD_PAYLOAD,
        Reason.BAD_CLAIM,
        Reason.EXPIRED,
        Reason.NOT_YET_VALID,
        "taken",
    }
