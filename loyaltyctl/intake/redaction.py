"""Redaction of keys and tokens in text that is shown: messages, traces, dry runs.

    redacted        a text without anything in the form of an API key or a token
    masked          an invalid value, cut if it may be a secret in the wrong place
    redacted_url    a URL without the values of its query that may be secret

A value that is known to be a secret is a Secret (secret.py), and never part of a text.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

SHOWN = 4
_PEM = re.compile(
    r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----)[\\\s\w+/=…]*(?:-----END[A-Z0-9 ]{0,41}-----)?", re.ASCII
)
"""A private key, on several lines or on one with \\n as line ends."""
_LONG = 20
"""Minimum length of a word that may be a secret. Secrets of apps have no form of their own."""
# API keys begin with IST., and each part of a token is base64url of a JSON object, which begins with
# eyJ. Eight more characters keep ordinary words out.
_KEY = re.compile(r"\b(IST\.|eyJ)[\w.=-]{8,}", re.ASCII | re.IGNORECASE)
_NEARLY_GUID = re.compile(r"(?=.*-.*-.*-)[0-9A-Za-z-]{30,40}", re.ASCII)
_MOMENT = re.compile(r"[0-9TZ:.+-]+", re.ASCII)
_SECRET_NAME = re.compile(r"key|token|secret|passw|auth|signature|\bsig\b|credential|jwt", re.IGNORECASE)


def has_key_form(text: str) -> bool:
    """Return whether `text` contains anything in the form of an API key, a token or a PEM block."""
    return _KEY.search(text) is not None or "-----BEGIN" in text


def redacted(text: str) -> str:
    """Return `text` with each API key, token and private key in it cut to its beginning."""
    return _KEY.sub(lambda found: f"{found[1]}…", _PEM.sub(lambda found: f"{found[1]}…", text))


def may_be_secret(text: str) -> bool:
    """Return whether an invalid value may be a secret: by its form, or because it has a long word.

    An id with a few characters too many or too few is not: its typo must stay visible.
    """
    if has_key_form(text):
        return True
    return _NEARLY_GUID.fullmatch(text) is None and any(len(word) >= _LONG for word in text.split())


def masked(text: str) -> str:
    """Return an invalid value for a message, cut if it may be a secret."""
    return f"{text[:SHOWN]}…" if may_be_secret(text) else text


def redacted_url(url: str) -> str:
    """Return a URL for a message, a trace or a dry run, with the secrets in its query cut."""
    path, mark, query = url.partition("?")
    return redacted(path) + mark + "&".join(_redacted_parameter(*one) for one in _parameters(query))


def secrets_in(url: str) -> list[str]:
    """Return the values in a URL's query that may be secrets, encoded and decoded."""
    values = [value for name, _, value in _parameters(url.partition("?")[2]) if _is_secret(name, value)]
    return [*dict.fromkeys(text for value in values for text in (value, unquote_plus(value)) if text)]


def _parameters(query: str) -> list[tuple[str, str, str]]:
    return [one.partition("=") for one in query.split("&")]


def _redacted_parameter(name: str, equals: str, value: str) -> str:
    if not equals:  # a bare word: a name, or a secret
        return f"{name[:SHOWN]}…" if _is_opaque(unquote_plus(name)) else redacted(name)
    return f"{redacted(name)}={'…' if _is_secret(name, value) else value}"


def _is_secret(name: str, value: str) -> bool:
    if not value:
        return False
    return _SECRET_NAME.search(unquote_plus(name)) is not None or _is_opaque(unquote_plus(value))


def _is_opaque(text: str) -> bool:
    """Return whether a value has a long word of letters and digits that is neither an id nor a time."""
    return has_key_form(text) or any(map(_is_opaque_word, text.split()))


def _is_opaque_word(word: str) -> bool:
    readable = _NEARLY_GUID.fullmatch(word) or _MOMENT.fullmatch(word)
    mixed = any(map(str.isalpha, word)) and any(map(str.isdigit, word))
    return len(word) >= _LONG and mixed and not readable
