"""Targets of HTTP redirects, for messages. Redirects are never followed."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from loyaltyctl.intake.redaction import without_login

_HTTP_SCHEMES = ("http", "https")


def redirect_target(url: str, location: str) -> str | None:
    """Return the target of an HTTP redirect for a message: `location` resolved against the requested `url`.

    User name, password, query and fragment are left out: they may be secret. Returns None if the target is
    not a valid URL.
    """
    try:
        parts = urlsplit(urljoin(url, location))
        if parts.scheme not in _HTTP_SCHEMES or not parts.hostname or parts.port == 0:
            return None
        if not location.isprintable() or not parts.hostname.encode("idna"):
            return None
    except (ValueError, UnicodeError):
        return None
    return without_login(parts._replace(query="", fragment="").geturl())
