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


def _flipped(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ 1 << chance.randrange(8)) + text[at + 1 :]


def _written_over(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(LETTERS) + text[at + 1 :]


def _with_more(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    more = (
        "".join(chance.choices(LETTERS, k=chance.randint(1, 8)))
        if chance.random() < 0.5
        else chance.choice(ODD)
    )
    return text[:at] + more + text[at:]


def _with_less(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at + chance.randint(1, 8) :]


def _cut_short(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] if chance.random() < 0.7 else text[at:]


def _doubled(text: str, chance: random.Random) -> str:
    start, end = sorted(chance.choices(range(len(text) + 1), k=2))
    return text[:end] + text[start:end] + text[end:]


def _moved(text: str, chance: random.Random) -> str:
    one, two, three = sorted(chance.choices(range(len(text) + 1), k=3))
    return text[:one] + text[two:three] + text[one:two] + text[three:]


def _in_other_case(text: str, chance: random.Random) -> str:
    start, end = sorted(chance.choices(range(len(text) + 1), k=2))
    change = chance.choice([str.upper, str.lower, str.swapcase])
    return text[:start] + change(text[start:end]) + text[end:]


def _parts_exchanged(text: str, chance: random.Random) -> str:
    parts = text.split(".")
    match chance.randrange(5):
        case 0:
            chance.shuffle(parts)
        case 1:
            parts[chance.randrange(3)] = ""
        case 2:
            parts.insert(chance.randrange(4), chance.choice([*parts, "", "AAAA"]))
        case 3:
            parts[chance.randrange(3)] = parts[chance.randrange(3)]
        case _:
            del parts[chance.randrange(3)]
    return ".".join(parts)


def _parts_of_others(text: str, chance: random.Random) -> str:
    parts = text.split(".")
    at = chance.randrange(3)
    parts[at] = chance.choice(TOKENS).split(".")[at]
    return ".".join(parts)


def _base64_changed(text: str, chance: random.Random) -> str:
    parts = text.split(".")
    at = chance.randrange(3)
    part = parts[at]
    match chance.randrange(6):
        case 0:
            part += "=" * chance.randint(1, 4)
        case 1:
            part = part.replace("-", "+").replace("_", "/")
        case 2:
            part = part[:-1] + chance.choice(LETTERS)
        case 3:
            part += "A" * chance.randint(1, 4)
        case 4:
            part = segment(part.encode())
        case _:
            part = "\n".join([part[:64], part[64:]])
    parts[at] = part
    return ".".join(parts)


def _bytes_changed(text: str, chance: random.Random) -> str:
    parts = text.split(".")
    at = chance.randrange(3)
    data = bytearray(_decoded(parts[at]))
    place = chance.randrange(len(data))
    match chance.randrange(4):
        case 0:
            data[place] ^= 1 << chance.randrange(8)
        case 1:
            data[place] = chance.randrange(256)
        case 2:
            data.insert(place, chance.randrange(256))
        case _:
            del data[place : place + chance.randint(1, 4)]
    parts[at] = segment(bytes(data))
    return ".".join(parts)


def _json_changed(text: str, chance: random.Random) -> str:
    """Change the JSON of the header or payload, and keep the signature."""
    parts = text.split(".")
    at = chance.randrange(2)
    document = json.loads(_decoded(parts[at]))
    inner = chance.random() < 0.5 and isinstance(document.get("data"), str)
    changed = json.loads(document["data"]) if inner else document
    name = chance.choice([*changed, *NAMES])
    match chance.randrange(4):
        case 0:
            changed[name] = chance.choice(VALUES)
        case 1:
            changed.pop(name, None)
        case 2:
            changed = dict(chance.sample(list(changed.items()), len(changed)))
        case _:
            changed[name + chance.choice([" ", "\0", "2", ""])] = changed.get(name)
    if inner:
        document["data"] = dumped(changed)
    written = json.dumps(document if inner else changed, indent=chance.choice([None, 1]))
    parts[at] = segment(written.encode())
    return ".".join(parts)


def _signed_by_another(text: str, chance: random.Random) -> str:
    signed = text.rpartition(".")[0]
    other = pair("stranger").sign(signed.encode())
    data = chance.choice(
        [other, other[:255], bytes(256), chance.randbytes(256), chance.randbytes(chance.randint(1, 300))]
    )
    return f"{signed}.{segment(data)}"


def _several(text: str, chance: random.Random) -> str:
    text = chance.choice(CHANGES[:-1])(text, chance)
    for change in chance.choices(OF_ANY_TEXT, k=chance.randint(1, 3)):
        text = change(text or "A", chance)
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
    chance = random.Random(20261121)  # noqa: S311 - changes, not secrets
    key, policy, valid = public(), Policy(), _tokens()
    for text in valid:
        assert decode(text, key, policy, NOW).error is None

    reasons: Counter[str] = Counter()
    while reasons.total() < MUTATIONS:
        change = chance.choice(CHANGES)
        text = change(chance.choice(valid), chance)
        if text in valid:
            continue
        try:
            rejection = decode(text, key, policy, NOW).error
        except InvalidToken as error:
            rejection = error
        assert rejection is not None, (change.__name__, text)
        assert type(rejection) is InvalidToken
        reasons[rejection.reason] += 1

    # A change ends at the form, the header, or the signature; what is behind these is never reached.
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
    chance = random.Random(20261122)  # noqa: S311 - changes, not secrets
    reasons: Counter[str] = Counter()
    for _ in range(max(1000, MUTATIONS // 20)):
        data = payload().decode()
        for _ in range(chance.randint(1, 3)):
            data = chance.choice(OF_ANY_TEXT)(data or "{", chance)
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
