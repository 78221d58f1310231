"""Attacks by the encoding of a token: serialization (G), base64 (H), text around and within it (I)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from loyaltyctl.tokens.parser import MAX_TOKEN
from loyaltyctl.tokens.reasons import Reason
from tests.tokens.attacks.attack import Attack, without
from tests.tokens.keys import CANARY, dumped, header, pair, payload, rs256, segment, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.intake.values import Json, JsonObject

# G. Serialization


JWE = segment(b'{"alg":"RSA-OAEP","enc":"A256GCM"}') + ".AAAA.AAAA.AAAA.AAAA"
BOMB = segment(b'{"alg":"dir","enc":"A256GCM","zip":"DEF"}') + "..AAAA." + "A" * 4000 + ".AAAA"
SLOW = segment(b'{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":2147483647}') + ".AAAA.AAAA.AAAA.AAAA"


def _flattened(**more: Json) -> str:
    head, body, signature = token().split(".")
    document: JsonObject = {"payload": body, "protected": head, "signature": signature}
    return dumped(document | more)


def _general(*, signed: bool) -> str:
    head, body, signature = token().split(".")
    signatures: Json = [{"protected": head, "signature": signature}] if signed else []
    return dumped({"payload": body, "signatures": signatures})


SERIALIZED: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "one part": lambda: token().split(".")[0],
    "two parts": lambda: token().rpartition(".")[0],
    "two parts and a dot": lambda: token().rpartition(".")[0] + ".",
    "four parts": lambda: token() + ".AAAA",
    "four parts, the last empty": lambda: token() + ".",
    "four parts, the first empty": lambda: "." + token(),
    "five parts": lambda: token() + ".AAAA.AAAA",
    "six parts": lambda: token() + ".AAAA.AAAA.AAAA",
    "two tokens with a dot": lambda: token() + "." + token(),
    "no header": lambda: without(0),
    "a dot": lambda: ".",
    "two dots": lambda: "..",
    "two dots in one": lambda: token().replace(".", "..", 1),
    "an encrypted token": lambda: JWE,
    "CVE-2024-33664 CVE-2024-28102 an encrypted token that is packed": lambda: BOMB,
    "CVE-2023-6681 an encrypted token that takes long": lambda: SLOW,
    "flattened JSON": _flattened,
    "flattened JSON with a header": lambda: _flattened(header={"alg": "none"}),
    "flattened JSON in an array": lambda: f"[{_flattened()}]",
    "general JSON": lambda: _general(signed=True),
    "general JSON without signatures": lambda: _general(signed=False),
    "a token in JSON": lambda: dumped({"token": token()}),
    "many dots": lambda: "." * 900_000,
    "many parts": lambda: "A." * 500_000,
}


def by_serialization() -> Iterator[Attack]:
    for what, make in SERIALIZED.items():
        yield Attack(f"G {what}", Reason.MALFORMED, make, "JSON" not in what)
    name = "G GHSA-9pg5-8c7x-5hfx two million dots"
    yield Attack(name, Reason.TOO_LARGE, lambda: "." * 2_000_000)
    name = "G CVE-2025-65015 a token of 20 MB, which no message repeats"
    yield Attack(name, Reason.TOO_LARGE, lambda: token() + "A" * 20_000_000)
    name = "G a character more than a token may have"
    yield Attack(name, Reason.TOO_LARGE, lambda: token().ljust(MAX_TOKEN + 1, "A"))
    yield Attack("G spaces of 2 MB", Reason.TOO_LARGE, lambda: " " * 2_000_000)


# H. Base64


SPELLINGS: dict[str, Callable[[str], str]] = {
    "the padding that base64 has": lambda part: part + "=" * (-len(part) % 4),
    "a padding too long": lambda part: part + "====",
    "one =": lambda part: part + "=",
    "a = in its middle": lambda part: part[:8] + "=" + part[8:],
    "bits that are not used": lambda part: part[:-1] + chr(ord(part[-1]) + 1),
    "a letter more": lambda part: part + "A" * ((1 - len(part)) % 4 or 4),
    "the letters of plain base64": lambda part: "+/" + part[2:],
    "a +": lambda part: part[:4] + "+" + part[5:],
    "a /": lambda part: part[:4] + "/" + part[5:],
    "rubbish": lambda part: part[:4] + "!!!!" + part[4:],
    "a space": lambda part: part[:4] + " " + part[4:],
    "a line end": lambda part: part[:76] + "\n" + part[76:],
    "a CRLF": lambda part: part[:76] + "\r\n" + part[76:],
    "a tab": lambda part: part[:4] + "\t" + part[4:],
    "a NUL": lambda part: part[:4] + "\0" + part[4:],
    "a tilde": lambda part: part[:4] + "~" + part[5:],
    "a letter with an accent": lambda part: part[:4] + "é" + part[5:],
    "a wide letter": lambda part: part[:4] + "Ａ" + part[5:],
    "a Cyrillic letter": lambda part: part[:4] + "А" + part[5:],
    "a Kelvin sign": lambda part: part[:4] + "\u212a" + part[5:],
    "an Arabic digit": lambda part: part[:4] + "٣" + part[5:],
    "an escape": lambda part: part[:4] + "%41" + part[5:],
}


def by_spelling() -> Iterator[Attack]:
    for number, part in enumerate(("header", "payload", "signature")):
        for what, change in SPELLINGS.items():
            make = partial(_spelled, number, change)
            name = f"H CVE-2026-102269 the {part} has {what}"
            yield Attack(name, Reason.MALFORMED, make, forged=False)


def _spelled(number: int, change: Callable[[str], str]) -> str:
    """Return a token with one part encoded differently, signed as written."""
    parts = [segment(_uneven(header())), segment(_uneven(payload()))]
    if number < 2:
        parts[number] = change(parts[number])
    signature = segment(rs256(".".join(parts).encode("utf-8")))
    return ".".join([*parts, change(signature) if number == 2 else signature])


def _uneven(document: bytes) -> bytes:
    """Pad a document so that its base64 ends with unused bits."""
    return document + b" " * ((1 - len(document)) % 3)


# I. Text


AFTER = (
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "\0",
    "\v",
    "\f",
    "\x1c",
    "\x85",
    "\xa0",
    "\u2028",
    "\u200b",
    "\ufeff",
    ";",
    ",",
    "\\n",
    "%0A",
    "#",
    "é",
    "\udc80",
    "\ud800",
)
BEFORE = (
    " ",
    "\n",
    "\t",
    "\0",
    "\ufeff",
    "\u200b",
    "\xa0",
    "Bearer ",
    "bearer ",
    "JWT ",
    "token=",
    "?jwt=",
    "Authorization: Bearer ",
    "\ud83d",
    "-- ",
    "\x1b[2J",
)
TEXTS: dict[str, Callable[[], str]] = {
    "double quotes": lambda: f'"{token()}"',
    "single quotes": lambda: f"'{token()}'",
    "brackets": lambda: f"[{token()}]",
    "angle brackets": lambda: f"<{token()}>",
    "folded like a header": lambda: token().replace(".", ".\r\n ", 1),
    "folded into lines of 76": lambda: "\n".join(token()[i : i + 76] for i in range(0, len(token()), 76)),
    "two tokens on a line": lambda: f"{token()} {token()}",
    "two tokens on two lines": lambda: f"{token()}\n{token()}",
    "escaped dots": lambda: token().replace(".", "%2E"),
    "wide dots": lambda: token().replace(".", "．"),
    "ideographic dots": lambda: token().replace(".", "。"),
    "one dot leader": lambda: token().replace(".", "\u2024", 1),
    "colons": lambda: token().replace(".", ":"),
    "a key": lambda: pair().to_pem()[1],
    "HTML": lambda: "<!doctype html><title>502 Bad Gateway</title>" + CANARY,
    "null": lambda: "null",
    "JSON": lambda: payload().decode(),
    "wide letters": lambda: "".join(chr(ord(c) + 0xFEE0) for c in token()),
    "half of a pair of surrogates alone": lambda: "\ud800",
    "an escape of a terminal": lambda: "\x1b]0;" + CANARY + "\x07",
}


def by_text() -> Iterator[Attack]:
    for text in AFTER:
        make = partial("{1}{0}".format, text)
        yield Attack(f"I {text!a} after the token", Reason.MALFORMED, partial(_around, make), forged=False)
    for text in BEFORE:
        make = partial("{0}{1}".format, text)
        yield Attack(f"I {text!a} before the token", Reason.MALFORMED, partial(_around, make), forged=False)
    for what, built in TEXTS.items():
        name = f"I CVE-2026-102274 {what}" if "surrogate" in what else f"I {what}"
        yield Attack(name, Reason.MALFORMED, built, forged=False)


def _around(place: Callable[[str], str]) -> str:
    return place(token())
