"""Redact API keys, tokens and private keys in text that is shown: messages, traces, dry runs.

    redacted            any text: everything with the form of a key or token is cut
    masked_if_secret    an invalid value in an error message: cut if it may be a misplaced secret
    redacted_url        a URL: keys in it, and the values in its query that may be secrets, are cut
    without_login       a URL: its user name and password are removed

A value that is known to be a secret is a Secret (secret.py), which never shows its text.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus, urlsplit

_SHOWN = 4
"""Number of characters that are kept of a value that may be a secret."""
_PEM = re.compile(
    r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----)[\\\s\w+/=…]*(?:-----END[A-Z0-9 ]{0,41}-----)?", re.ASCII
)
"""A private key in PEM, on several lines, or on one line with \\n as line ends; the end may be missing."""
_MIN_SECRET = 20
"""Minimum length of a word that may be a secret: an app's secret has no recognizable form."""
# API keys begin with IST., and each part of a token is base64url of a JSON object, which begins with
# eyJ. Eight more characters keep ordinary words out.
_KEY = re.compile(r"\b(IST\.|eyJ)[\w.=-]{8,}", re.ASCII | re.IGNORECASE)
_NEARLY_GUID = re.compile(r"(?=.*-.*-.*-)[0-9A-Za-z-]{30,40}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9TZ:.+-]+", re.ASCII)
_SECRET_NAME = re.compile(r"key|token|secret|passw|auth|signature|\bsig\b|credential|jwt", re.IGNORECASE)


def has_key_form(text: str) -> bool:
    """Return whether a text has anything to redact: what looks like an API key, a token or a PEM block."""
    return _KEY.search(text) is not None or "-----BEGIN" in text


def redacted(text: str) -> str:
    """Redact a text: cut each API key, token and private key in it to its prefix and `…`."""
    return _KEY.sub(lambda found: f"{found[1]}…", _PEM.sub(lambda found: f"{found[1]}…", text))


def may_be_secret(text: str) -> bool:
    """Return whether an invalid value may be a secret to redact: it looks like a key, or has a long word.

    A mistyped GUID is not redacted: the error must show it.
    """
    if has_key_form(text):
        return True
    return _NEARLY_GUID.fullmatch(text) is None and any(len(word) >= _MIN_SECRET for word in text.split())


def masked_if_secret(text: str) -> str:
    """Redact an invalid value for an error message if it may be a secret; return any other value as it is."""
    return f"{text[:_SHOWN]}…" if may_be_secret(text) else text


def redacted_url(url: str) -> str:
    """Redact a URL for messages, traces and dry runs: cut keys, and query values that may be secrets."""
    path, mark, query = url.partition("?")
    parameters = (_redacted_parameter(*parameter) for parameter in _query_parameters(query))
    return redacted(path) + mark + "&".join(parameters)


def without_login(url: str) -> str:
    """Redact a URL: remove the user name and the password from it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def secrets_in(url: str) -> list[str]:
    """Return the values in a URL's query that may be secrets, to redact them in other texts.

    A value is returned as given and decoded: `?token=a%20b` -> ["a%20b", "a b"].
    """
    values = [
        value
        for name, _, value in _query_parameters(url.partition("?")[2])
        if _may_be_secret_parameter(name, value)
    ]
    return [*dict.fromkeys(text for value in values for text in (value, unquote_plus(value)) if text)]


def _query_parameters(query: str) -> list[tuple[str, str, str]]:
    """Split a URL's query for redaction, still encoded: `a=1&b` -> [("a", "=", "1"), ("b", "", "")]."""
    return [parameter.partition("=") for parameter in query.split("&")]


def _redacted_parameter(name: str, equals: str, value: str) -> str:
    """Redact a parameter of a URL's query."""
    if not equals:  # a bare word: a name, or a secret
        return f"{name[:_SHOWN]}…" if _is_opaque(unquote_plus(name)) else redacted(name)
    return f"{redacted(name)}={'…' if _may_be_secret_parameter(name, value) else value}"


def _may_be_secret_parameter(name: str, value: str) -> bool:
    """Return whether a parameter of a URL's query may be a secret: by its name, or by its value."""
    if not value:
        return False
    return _SECRET_NAME.search(unquote_plus(name)) is not None or _is_opaque(unquote_plus(value))


def _is_opaque(text: str) -> bool:
    """Return whether a value in a URL's query may be a secret: it contains a key or a random word."""
    return has_key_form(text) or any(map(_is_opaque_word, text.split()))


def _is_opaque_word(word: str) -> bool:
    """Return whether a word looks random, so that it may be a secret to redact.

    A random word is long and has both letters and digits. An id or a time is not random.
    """
    readable = _NEARLY_GUID.fullmatch(word) or _TIMESTAMP.fullmatch(word)
    mixed = any(map(str.isalpha, word)) and any(map(str.isdigit, word))
    return len(word) >= _MIN_SECRET and mixed and not readable
