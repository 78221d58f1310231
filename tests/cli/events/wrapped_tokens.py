"""Tokens wrapped as by servers and logs, with the place that is reported."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def characters(text: str) -> dict[str, str]:
    return {str(i): letter for i, letter in enumerate(text)}


def packed(text: str) -> str:
    return b64encode(text.encode()).decode()


def lines(text: str, length: int) -> str:
    return "".join(f"{text[i : i + length]}\n" for i in range(0, len(text), length))


def printed(text: str, quote: str = "'") -> str:
    """Print an object with a long string as Node does."""
    half = len(text) // 2
    return f"{{\n  body: {quote}{text[:half]}{quote} +\n    {quote}{text[half:]}{quote},\n  query: [Object: null prototype] {{}},\n  user: undefined\n}}"


PARSED = "a body parsed as JSON, character by character"
FORM = "the name of a member: a body parsed as a form"
WRAPPED: dict[str, tuple[Callable[[str], str], str]] = {
    "characters": (lambda token: json.dumps(characters(token)), PARSED),
    "characters on lines": (lambda token: json.dumps(characters(token), indent=2), PARSED),
    "codes of characters": (lambda token: json.dumps({str(i): ord(c) for i, c in enumerate(token)}), PARSED),
    "characters, printed": (lambda token: "{\n" + ",\n".join(f"  '{i}': '{c}'" for i, c in enumerate(token)) + "\n}\n", PARSED),
    "a form": (lambda token: json.dumps({token: ""}), FORM),
    "a form, printed": (lambda token: f"[Object: null prototype] {{ '{token}': '' }}", FORM),
    "a member": (lambda token: json.dumps({"body": token}), "the member body"),
    "a member deep down": (lambda token: json.dumps({"req": {"headers": {"host": "a.b.c"}, "parts": [1, {"raw": token}]}}), "the member req.parts[1].raw"),
    "JSON in JSON": (lambda token: json.dumps({"body": json.dumps({"payload": token})}), "the member body"),
    "a request of a gateway": (lambda token: json.dumps({"isBase64Encoded": True, "headers": {}, "body": packed(token)}), "the base64 body of a gateway's request"),
    "a request of a gateway as it is": (lambda token: json.dumps({"isBase64Encoded": False, "body": token}), "the member body"),
    "a Buffer": (lambda token: json.dumps({"type": "Buffer", "data": [*token.encode()]}), "a Buffer written as JSON"),
    "a Buffer in a member": (lambda token: json.dumps({"raw": {"type": "Buffer", "data": [*token.encode()]}}), "a Buffer written as JSON"),
    "a Buffer, printed": (lambda token: f"<Buffer {' '.join(f'{byte:02x}' for byte in token.encode())}>", "a Buffer written as JSON"),
    "an array of bytes, printed": (lambda token: f"Uint8Array({len(token)}) [ {', '.join(map(str, token.encode()))} ]", "a list of bytes"),
    "a list of bytes, printed by Go": (lambda token: f"map[body:[{' '.join(map(str, token.encode()))}] x:1]", "a list of bytes"),
    "lines of a terminal": (lambda token: lines(token, 80), "lines of 80 characters"),
    "lines of base64": (lambda token: lines(packed(token), 76), "lines of 76 characters"),
    "lines in a member": (lambda token: json.dumps({"body": lines(token, 64)}), "the member body"),
    "a match of grep": (lambda token: f"\x1b[01;31m\x1b[K{token}\x1b[m\x1b[K", "text around it"),
    "a link of a terminal": (lambda token: f"\x1b]8;;http://localhost\x07{token}\x1b]8;;\x07", "text around it"),
    "quotes of a text processor": (lambda token: f"“{token}”", "a line with text before and after it"),
    "a header": (lambda token: f"Digest: JWT={token}", "the value behind JWT="),
    "a variable": (lambda token: f"JWT={token}", "the value behind JWT="),
    "a variable in quotes": (lambda token: f"export TOKEN='{token}'", "a line with text before and after it"),
    "an authorization": (lambda token: f"Authorization: Bearer {token}", "a line with text before it"),
    "a curl command": (lambda token: f"curl -X POST http://localhost:3000/events -H 'Content-Type: text/plain' -d '{token}'", "a curl command"),
    "a curl command on lines": (lambda token: f"curl -X POST http://localhost:3000 \\\n  -H 'Content-Type: text/plain' \\\n  --data-raw '{token}'\n", "a curl command"),
    "base64": (packed, "base64 of a token"),
    "base64url": (lambda token: urlsafe_b64encode(token.encode()).decode().rstrip("="), "base64 of a token"),
    "an object, printed": (printed, "the member body"),
    "an object, printed with other quotes": (lambda token: printed(token, "`"), "the member body"),
    "a comment": (lambda token: f'/* The body:\n * {{\n *   "body": "{token}"\n * }}\n */\n', "a line with text before and after it"),
    "brackets": (lambda token: f"<{token}>", "a line with text before and after it"),
    "a sentence": (lambda token: f"got {token}, and again {token}", "a line with text before and after it"),
}  # fmt: skip
"""Functions that wrap a token, and the place that is reported."""

PREFIXES = (
    "",
    "body: ",
    "2026-11-21T08:00:00.123Z INFO ",
    "[2026-11-21 08:00:00] [INFO] ",
    "\x1b[32minfo\x1b[39m: ",
    'level=info msg="webhook" body=',
    "app-1  | ",
    "Nov 21 08:00:00 host node[123]: ",
)
"""Prefixes of log lines."""
