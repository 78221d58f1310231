"""Base URLs of API servers: validation, and normalization to an origin (scheme, host and port)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.redaction import has_key_form, masked_if_secret
from loyaltyctl.intake.values import quoted

DEFAULT_BASE_URL = "https://www.wixapis.com"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_CHARACTERS = re.compile(r"[A-Za-z0-9._:-]+", re.ASCII)


def server_origin(url: str) -> str:
    """Return the origin of a base URL, such as `https://www.wixapis.com`.

    Raises UsageError if the URL is invalid, contains a password, or is plain http to another machine.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        host.encode("idna")  # rejects empty labels and labels that are too long
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if "@" in url:  # the URL may hold a password, so the message does not quote it
        raise UsageError("the base URL must not contain a user name or password")
    # A key in place of the host would be sent over the network, to look up its address.
    is_host = _HOST_CHARACTERS.fullmatch(host) and not has_key_form(host)
    if parts.scheme not in _DEFAULT_PORTS or not is_host or not url.isprintable():
        raise UsageError(f"the base URL must look like {DEFAULT_BASE_URL}, got {quoted(_redact_url(url))}")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(f"the base URL must end after the host, got {quoted(_redact_url(url))}")
    if parts.scheme == "http" and not _is_loopback(host):
        raise UsageError(
            f"plain http goes to this machine only, not to {host}",
            hint="Use https: over http anyone on the network can read the key.",
        )
    shown_host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown_host}" + (
        "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    )


def _redact_url(url: str) -> str:
    """Shorten an invalid base URL for an error message: the part after the host may be a key."""
    scheme, found, rest = url.partition("://")
    if not found:
        return masked_if_secret(url)
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return f"{scheme}://{host}{'…' if len(host) < len(rest) else ''}"


def _is_loopback(host: str) -> bool:
    """Return whether the host of a base URL is this machine: localhost, or a loopback address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
