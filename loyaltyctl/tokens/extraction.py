"""Extract the one token from text or JSON that servers, gateways and logs have wrapped around it.

    parsed bodies   {"0":"e","1":"y",…}  {"eyJ…":""}  {"body":"eyJ…"}  {"type":"Buffer","data":[101,121,…]}
    gateways        {"isBase64Encoded":true,"body":"ZXlK…"}
    texts           JWT=eyJ…, a log line, a curl command, base64 of a token, lines of one length
    printed         an event as console.log prints it, also inside a comment

Nothing is guessed: text with two different tokens is rejected. A token must be well-formed and its
header must have an algorithm; its signature is verified later.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData, InvalidToken
from loyaltyctl.intake import javascript, strict_json
from loyaltyctl.tokens import parser
from loyaltyctl.tokens.reasons import Reason
from loyaltyctl.tokens.wrappers import RAW_HINT, WRAPPERS, unwrap_base64, unwrap_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loyaltyctl.intake.values import Json, JsonObject

MAX_NESTED = 5
"""Maximum number of levels of text inside text, such as JSON inside the base64 of a gateway."""
MAX_PARTS = 100_000
"""Maximum number of JSON values searched for a token."""
MAX_STARTS = 4
"""Maximum number of brackets tried as the beginning of JSON: text before it may contain brackets too."""

_BLANK = " \t\r\n"
_AUTH_SCHEME = "bearer "
_TOKEN_RUN = re.compile(r"[A-Za-z0-9_.-]+")
_QUOTES = "“”„‘’‚«»"  # noqa: RUF001 - typographic quotes, as word processors insert them
_ALLOWED_BEFORE = frozenset(_QUOTES + " \t\r\n\"'`<>()[]{},;:=|&?@#*!$/\\")
_ALLOWED_AFTER = frozenset(_QUOTES + " \t\r\n\"'`<>()[]{},;:|&?#*!\\")
"""Characters allowed directly before and after a token: any other could be part of it."""
_NAMED_VALUE = re.compile(r"(?:^|[\s:;,&?\"'])([A-Za-z_][A-Za-z0-9_-]{0,39})=$", re.ASCII)
_JSON_BEGIN = re.compile(r"[{\[]|<Buffer(?= )")
_JSON_END = re.compile(r"[}\]>]")
_HIDING_FORMATS = re.compile(
    r"""[{,\s]['"]?0['"]?\s*:\s*(?:['"]|\d{2,3}\s*,\s*['"]?1['"]?\s*:)"""  # one character per member
    r"""|(?:\d{2,3}\s*,\s*){20}|<Buffer\s|['"`]\s*\+\s*['"`]"""  # bytes; a concatenated string
)
"""Formats that may hide a second token from the search: text with such a format yields no token."""
_BROKEN_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_.+/-])(?:eyJ|ZXlK)[A-Za-z0-9_.+/-]{37,}+={0,2}"
    r"(?=[ \t]*(?:\r?\n|(?:\\r)?\\n)[ \t]*[A-Za-z0-9_.+/=-])"
)
"""First line of text that may be a token broken into lines, also in JSON that cannot be parsed."""
_TERMINAL_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
"""Terminal escape sequences: colors, links, and the one with which grep clears the rest of a line."""
_GO_BYTES = re.compile(r"\[(\d{1,3}(?: \d{1,3}){39,})\]", re.ASCII)
"""A byte slice as Go's fmt package prints it: `[101 121 74 …]`."""
_TOKEN_LINE = re.compile(r"[A-Za-z0-9_.+/=-]+", re.ASCII)
_COMMENT_MARK = re.compile(r"^[ \t]*(?:/\*+|\*+/|\*+|//+|#+)", re.MULTILINE)
_BASE64_TOKEN = re.compile(r"ZXlK[A-Za-z0-9+/_-]{20,}={0,2}")
"""Base64 of a token: ZXlK encodes eyJ, with which every token begins."""
_MIN_HEADER_LENGTH = 14
"""Length of the shortest header with an algorithm, `{"alg":""}`, in base64url."""
MIN_TOKEN = 40
"""Lower bound for the length of an RS256 token."""

ALONE_HINT = "Give the token alone."


class FoundToken(NamedTuple):
    """Result of an extraction: a `token`, or the `value` of an object that console.log printed.

    `where` describes its surroundings, such as `a curl command`. `hint` tells how to get the token alone.
    """

    where: str
    hint: str
    token: str | None = None
    value: Json = None


class AmbiguousTokens(NamedTuple):
    """Result of an extraction from text with several different tokens: their number."""

    number: int


def strip_token(text: str) -> str:
    """Extract a token by removing blanks, quotes and `Bearer` around it, without any search."""
    text = text.strip(_BLANK)
    for quote in ('"', "'"):
        if len(text) > 1 and text.startswith(quote) and text.endswith(quote):
            text = text[1:-1].strip(_BLANK)
    if text[: len(_AUTH_SCHEME)].lower() == _AUTH_SCHEME:
        text = text[len(_AUTH_SCHEME) :].strip(_BLANK)
    return text


def find_in_text(text: str) -> FoundToken | AmbiguousTokens | None:
    """Extract the only token, or the only printed object, from text such as a log line.

    Returns None if nothing is found.
    """
    search = _TokenSearch()
    return search.only_result(search.in_text(text, 0)) or search.printed_object(text)


def find_in_value(value: Json) -> FoundToken | AmbiguousTokens | None:
    """Extract the only token from a JSON value that is not an event, such as a gateway's request.

    Returns None if there is no token.
    """
    search = _TokenSearch()
    return search.only_result(search.in_value(value, 0))


def is_token_bytes(value: Json) -> bool:
    """Return whether to try the extraction of a token from a JSON value: a list of enough bytes for one."""
    return isinstance(value, list) and len(value) >= MIN_TOKEN and unwrap_bytes(value) is not None


def _relabel_found(found: Iterable[FoundToken], where: str, hint: str) -> Iterator[FoundToken]:
    """Yield tokens extracted from a text, with a `where` and `hint` that describe what is around the text."""
    for one in found:
        yield one._replace(where=where, hint=hint)


class _TokenSearch:
    """One search of text or JSON for the token to extract.

    It counts the JSON values searched, and remembers the object or list that the outermost text contains.
    """

    def __init__(self) -> None:
        """Start a search for the token to extract."""
        self._parts = 0
        self._value: Json = None
        self._is_complete = True

    def only_result(self, found: Iterator[FoundToken]) -> FoundToken | AmbiguousTokens | None:
        """Return the result of the extraction: the only token found, or the number of different tokens.

        Returns None if there is no token, or if a second one may be hidden in text that was not searched.
        """
        results = [*found]
        tokens = {one.token for one in results}
        if not results or self._parts > MAX_PARTS or not self._is_complete:
            return None
        return AmbiguousTokens(len(tokens)) if len(tokens) > 1 else results[0]

    def in_value(self, value: Json, depth: int, path: str = "") -> Iterator[FoundToken]:
        """Extract the tokens from a JSON value: from all strings, lists and objects in it.

        `path` is the place of the value in its document, such as `body.token`, to describe where tokens are.
        """
        self._parts += 1
        if self._parts > MAX_PARTS:
            return
        if isinstance(value, str) and len(value) >= MIN_TOKEN:
            where = f"the member {path}" if path else "a JSON text"
            yield from _relabel_found(self.in_text(value, depth + 1), where, RAW_HINT)
        elif isinstance(value, list) and value:
            if (text := unwrap_bytes(value)) is not None:
                yield from _relabel_found(self.in_text(text, depth + 1), "a list of bytes", RAW_HINT)
                return
            for number, item in enumerate(value):
                yield from self.in_value(item, depth, f"{path}[{number}]")
        elif isinstance(value, dict):
            yield from self._in_object(value, depth, path)

    def _in_object(self, value: JsonObject, depth: int, path: str) -> Iterator[FoundToken]:
        """Extract the tokens from a JSON object: from the text that it encodes, or else from its members."""
        for wrapper in WRAPPERS:
            if (text := wrapper.unwrap(value)) is not None:
                yield from _relabel_found(self.in_text(text, depth + 1), wrapper.where, wrapper.hint)
                return
        for name, item in value.items():
            # A token sent as form data by accident is parsed as a name: {"eyJ…": ""}.
            named = [*self.in_text(name, MAX_NESTED)] if len(name) >= MIN_TOKEN else []
            yield from _relabel_found(named, "the name of a member: a body parsed as a form", RAW_HINT)
            # A name that is a token is never shown: it may be secret.
            is_shown = not named and len(name) <= parser.MAX_NAME
            inner = f"{path}.{name}" if path else name
            yield from self.in_value(item, depth, inner if is_shown else "…")

    def in_text(self, text: str, depth: int) -> Iterator[FoundToken]:
        """Extract the tokens from text; `depth` is the number of texts and JSON documents around it."""
        text = _TERMINAL_ESCAPES.sub(" ", text).strip()
        if is_token(text):
            yield FoundToken("text around it", ALONE_HINT, text)
            return
        joined, length = _join_token_lines(text)
        if joined:
            in_lines = f"lines of {length} characters"
            yield from _relabel_found(
                self.in_text(joined, MAX_NESTED), in_lines, "Give it alone, on one line."
            )
            return
        if depth < MAX_NESTED:
            for match in _GO_BYTES.finditer(text):
                if (data := unwrap_bytes([*map(int, match[1].split())])) is not None:
                    yield from _relabel_found(self.in_text(data, depth + 1), "a list of bytes", RAW_HINT)
            value, rest = _extract_json(text)
            self._value = value if depth == 0 else self._value
            # Text that was not parsed may hide a second token: the one found may not be the only one.
            self._is_complete &= not (_HIDING_FORMATS.search(rest) or _has_broken_token(rest))
            if value is not None:
                yield from self.in_value(value, depth + 1)
        yield from _find_contiguous_tokens(text)

    def printed_object(self, text: str) -> FoundToken | AmbiguousTokens | None:
        """Return the object, as console.log prints it, that this search has found in `text`.

        If there is none, remove comment marks such as `//` from `text`. Then return the token or the printed
        object in the rest, or None.
        """
        hint = "Log the token itself, or JSON.stringify(event)."
        if self._value is not None:
            return FoundToken("a printed object", hint, value=self._value)
        without = _COMMENT_MARK.sub("", text)
        if without == text:
            return None
        where = "an object in a comment"
        inner = _TokenSearch()
        found = inner.only_result(inner.in_text(without, 0))
        if isinstance(found, FoundToken):
            return found._replace(where=where, hint=hint)
        return found or (None if inner._value is None else FoundToken(where, hint, value=inner._value))


# Tokens in text


def _find_contiguous_tokens(text: str) -> Iterator[FoundToken]:
    """Extract the tokens that are in one piece, with no blank or line end inside: plain or as base64."""
    for match in _TOKEN_RUN.finditer(text):
        run = match[0]
        if run.count(".") == 2 and _is_delimited(text, match) and is_token(run):  # noqa: PLR2004 - three parts
            yield FoundToken(_describe_surroundings(text, match), ALONE_HINT, run)
    for match in _BASE64_TOKEN.finditer(text):
        decoded = unwrap_base64(match[0])
        if decoded is not None and is_token(decoded):
            yield FoundToken("base64 of a token", "Decode the base64 first.", decoded)


def _is_delimited(text: str, match: re.Match[str]) -> bool:
    """Return whether a token to extract is complete: the characters next to the match cannot belong to it."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return (not before or before in _ALLOWED_BEFORE) and (not after or after in _ALLOWED_AFTER)


def _join_token_lines(text: str) -> tuple[str, int]:
    """Extract the one token that a text has broken into lines. Return the token and the length of a line.

    The lines have equal length; only the last one may be shorter. Returns "" and 0 for any other text.
    """
    lines = [line.strip() for line in text.splitlines()]
    length = len(lines[0]) if lines else 0
    if len(lines) < 2 or length < MIN_TOKEN or len(lines[-1]) > length:  # noqa: PLR2004 - one line is not broken
        return "", 0
    if any(len(line) != length for line in lines[:-1]) or not all(map(_TOKEN_LINE.fullmatch, lines)):
        return "", 0
    if any(is_token(line) or _is_base64_token(line) for line in lines):
        return "", 0
    return "".join(lines), length


def _has_broken_token(text: str) -> bool:
    """Return whether text may contain a token that cannot be extracted, because a line end breaks it."""
    return any(not (is_token(cut[0]) or _is_base64_token(cut[0])) for cut in _BROKEN_TOKEN.finditer(text))


def _is_base64_token(text: str) -> bool:
    """Return whether text is the base64 of a whole token, from which the token is extracted."""
    return (
        _BASE64_TOKEN.fullmatch(text) is not None
        and (inner := unwrap_base64(text)) is not None
        and is_token(inner)
    )


def _describe_surroundings(text: str, match: re.Match[str]) -> str:
    """Describe the text from which a token was extracted, such as `the value behind JWT=`."""
    if text.startswith("curl "):
        return "a curl command"
    before, after = text[: match.start()].strip(), text[match.end() :].strip()
    if named := _NAMED_VALUE.search(before[-42:]):
        return f"the value behind {named[1]}="
    sides = [name for name, side in (("before", before), ("after", after)) if side]
    return f"a line with text {' and '.join(sides)} it"


def is_token(text: str) -> bool:
    """Return whether the text is a token that needs no extraction.

    The token must be well-formed, and its header must have an algorithm.
    """
    # The cheap tests are first: this function runs on every word of a text.
    if len(text) > parser.MAX_TOKEN or text.find(".") < _MIN_HEADER_LENGTH:
        return False
    try:
        parts = parser.split(text)
        return "alg" in parser.parse_object(parts.header, "header", Reason.BAD_HEADER)
    except InvalidToken:
        return False


# Objects embedded in text


def _extract_json(text: str) -> tuple[Json, str]:
    """Extract the JSON or JavaScript object or list that ends with the last bracket of a text.

    Returns it and the rest: `log [1]: {"a":2};` -> `{"a":2}` and `log [1]:  ;`. Earlier brackets such as
    `[1]`, too short to hold a token, are skipped. Returns None and the whole text if there is no such value.
    """
    end = max(text.rfind(sign) for sign in "}]>") + 1
    start = 0
    for _ in range(MAX_STARTS):
        begin = _JSON_BEGIN.search(text, start, end)
        if begin is None:
            break
        for loads in (strict_json.loads, javascript.loads):
            try:
                value = loads(text[begin.start() : end])
            except InvalidData:
                continue
            if isinstance(value, dict | list) and value:
                return value, f"{text[: begin.start()]} {text[end:]}"
        close = _JSON_END.search(text, begin.end(), end)
        if close is None or close.end() - begin.start() > MIN_TOKEN:
            break  # the text left out may hide a token
        start = close.end()
    return None, text
