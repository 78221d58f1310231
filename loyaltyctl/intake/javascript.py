r"""Parser for JavaScript objects as Node.js and browsers print them (console.log); returns JSON values.

    { type: 'Buffer', data: [ 101, 121 ] }        unquoted names, single quotes, trailing commas
    'a' +\n  'b'   undefined   [Object: null prototype] { … }   Uint8Array(2) [ … ]   <Buffer 65 79>

Abbreviated output (`[Object]`, `... 5 more items`) is an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

MAX_TEXT = 1024 * 1024
"""Maximum length of the text of a JavaScript object."""

_TOKEN = re.compile(
    r"""[\s;]*(?:
        (?P<sign>[{}\[\]:,+()])
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w$]))
      | <Buffer(?P<buffer>(?:\ [0-9a-f]{2})*)>
      | (?P<name>[A-Za-z_$][\w$]*)
    )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None, "undefined": None}
_PROTOTYPE = "[Object: null prototype]"


def loads(text: str) -> Json:
    """Parse a JavaScript object, as console.log prints it, to a JSON value. Raises InvalidData."""
    if len(text) > MAX_TEXT:
        raise InvalidData(f"more than {MAX_TEXT:,} characters")
    parser = _ObjectParser(text.replace(_PROTOTYPE, ""))  # Node.js prints it before objects without a class
    value = parser.parse_value(0)
    if parser.text[parser.at :].strip(" \t\r\n;"):
        raise _not_javascript_error()
    return value


class _ObjectParser:
    """Recursive descent parser for a printed JavaScript object; `at` is the position of its next token."""

    def __init__(self, text: str) -> None:
        """Start at the beginning of the text of a JavaScript object."""
        self.text = text
        self.at = 0

    def parse_value(self, depth: int) -> Json:
        """Parse the next JavaScript value, which is inside `depth` objects and arrays."""
        if depth > strict_json.MAX_DEPTH:
            raise InvalidData(f"nested more than {strict_json.MAX_DEPTH} levels deep")
        token = self._next_token()
        kind, text = token.lastgroup, token[token.lastgroup or 0]
        if kind == "string":
            return self._parse_string(text)
        if kind == "number":
            return strict_json.loads(text)  # JavaScript prints finite numbers as JSON does
        if kind == "buffer":
            return {"type": "Buffer", "data": [*bytes.fromhex(text)]}
        if kind == "name":
            return _WORDS[text] if text in _WORDS else self._parse_named_value(depth)
        if text == "{":
            return self._parse_object(depth)
        if text == "[":
            return self._parse_array(depth)
        raise _not_javascript_error()

    def _next_token(self) -> re.Match[str]:
        """Consume the next token of the JavaScript text. Raises InvalidData if there is none."""
        token = _TOKEN.match(self.text, self.at)
        if token is None:
            raise _not_javascript_error()
        self.at = token.end()
        return token

    def _accept(self, sign: str) -> bool:
        """Consume the next JavaScript token if it is the punctuation `sign`, and return whether it was."""
        token = _TOKEN.match(self.text, self.at)
        if token is None or token["sign"] != sign:
            return False
        self.at = token.end()
        return True

    def _parse_string(self, text: str) -> str:
        """Parse a JavaScript string that begins with the literal `text`: `'a' + 'b'` -> "ab"."""
        parts = [text]
        while self._accept("+"):
            token = self._next_token()
            if token.lastgroup != "string":
                raise _not_javascript_error()
            parts.append(token["string"])
        return _join_strings(parts)

    def _parse_named_value(self, depth: int) -> Json:
        """Parse a JavaScript object or array behind its class name: `Uint8Array(2) [ 1, 2 ]` -> [1, 2]."""
        if self._accept("(") and (self._next_token().lastgroup != "number" or not self._accept(")")):
            raise _not_javascript_error()
        if self._accept("{"):
            return self._parse_object(depth)
        if self._accept("["):
            return self._parse_array(depth)
        raise _not_javascript_error()

    def _parse_object(self, depth: int) -> JsonObject:
        """Parse the members of a JavaScript object after its opening brace."""
        members: JsonObject = {}
        while not self._accept("}"):
            token = self._next_token()
            if token.lastgroup not in ("string", "name", "number") or not self._accept(":"):
                raise _not_javascript_error()
            text = token[token.lastgroup]
            name = _join_strings([text]) if token.lastgroup == "string" else text
            if name in members:
                raise _not_javascript_error()
            members[name] = self.parse_value(depth + 1)
            if not self._accept(","):
                if not self._accept("}"):
                    raise _not_javascript_error()
                break
        return members

    def _parse_array(self, depth: int) -> list[Json]:
        """Parse the items of a JavaScript array after its opening bracket."""
        items: list[Json] = []
        while not self._accept("]"):
            items.append(self.parse_value(depth + 1))
            if not self._accept(","):
                if not self._accept("]"):
                    raise _not_javascript_error()
                break
        return items


def _join_strings(parts: list[str]) -> str:
    """Return the text of JavaScript string literals joined by `+`; a surrogate pair becomes one character."""
    whole = "".join(_ESCAPE.sub(_unescape, part[1:-1]) for part in parts)
    try:
        return whole.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise _not_javascript_error() from None


def _unescape(match: re.Match[str]) -> str:
    """Return the character that an escape sequence of a JavaScript string stands for."""
    text = match[1]
    return chr(int(text[1:], 16)) if len(text) > 1 else _ESCAPED.get(text, text)


def _not_javascript_error() -> InvalidData:
    """Return the error for a text that is not a printed JavaScript object."""
    return InvalidData("this is neither JSON nor an object as JavaScript prints it")
