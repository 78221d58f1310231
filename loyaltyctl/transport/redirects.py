"""Targets of redirects, for messages. Redirects are never followed."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

_SCHEMES = ("http", "https")


def redirect_target(url: str, location: str) -> str | None:
    """Return the URL that a Location header in a response to `url` means; None if it is not a valid one.

    User name, password, query and fragment are left out: they may be secret.
    """
    try:
        parts = urlsplit(urljoin(url, location))
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.port == 0:
            return None
        if not location.isprintable() or not parts.hostname.encode("idna"):
            return None
    except (ValueError, UnicodeError):
        return None
    return without_login(parts._replace(query="", fragment="").geturl())


def without_login(url: str) -> str:
    """Return a URL without its user name and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
