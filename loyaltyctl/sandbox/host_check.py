"""Host check of the sandbox: reject requests that web pages of other sites send to it from a browser.

A browser lets any page send requests to 127.0.0.1; the Origin header then names the site of the page. After
DNS rebinding, the page can even read the responses: an attacker's host name resolves to 127.0.0.1, and the
Host header contains this name. Clients other than browsers send no Origin header, and their Host header names
this machine. Source: the pages of OWASP on DNS rebinding and on cross-site request forgery.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.sandbox.responses import application_error, send

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from loyaltyctl.sandbox.responses import ErrorResponse

_HOST_PATTERN = r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:@/?#\\\[\],]+)"
_HOST_HEADER = re.compile(rf"{_HOST_PATTERN}(:\d{{0,5}})?")
_ORIGIN = re.compile(rf"https?://{_HOST_PATTERN}(:\d{{1,5}})?", re.IGNORECASE)


class HostCheck:
    """Host check: WSGI middleware that passes requests for allowed hosts, and rejects others with a 403."""

    def __init__(self, app: WSGIApplication) -> None:
        """Wrap `app`; only loopback names and addresses are allowed until `allow` adds others."""
        self._app = app
        self._allowed: set[str] = set()

    def allow(self, host: str) -> None:
        """Allow requests with this host name or IP address in the Host or Origin header.

        Raises UsageError for any other text.
        """
        # A Host header has IPv6 addresses in brackets.
        match = _HOST_HEADER.fullmatch(f"[{host}]" if host.count(":") > 1 and "[" not in host else host)
        name = _normalize_host(match["host"]) if match and not match[2] else None
        if name is None or "*" in name:
            raise UsageError(
                f"{quoted(host)} is not a host name or an address",
                hint="Give it without scheme, port and path: --allow-host sandbox.example",
            )
        self._allowed.add(name)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle a WSGI request if its host is allowed; otherwise respond with a 403."""
        error = self._find_error(environ.get("HTTP_HOST"), environ.get("HTTP_ORIGIN"))
        if error is None:
            return self._app(environ, start_response)
        return send(environ, start_response, error.status, error.body)

    def _find_error(self, host: str | None, origin: str | None) -> ErrorResponse | None:
        """Check the Host and Origin headers of a request; return the error response, or None if allowed."""
        if host is None:
            return application_error(403, "HOST_NOT_ALLOWED", "the request has no Host header (sandbox)")
        if not self._is_allowed(_HOST_HEADER.fullmatch(host)):
            return _host_not_allowed("HOST_NOT_ALLOWED", f"the host {quoted(host)}")
        if origin is not None and not self._is_allowed(_ORIGIN.fullmatch(origin)):
            return _host_not_allowed("ORIGIN_NOT_ALLOWED", f"a web page of the origin {quoted(origin)}")
        return None

    def _is_allowed(self, match: re.Match[str] | None) -> bool:
        """Return whether the host in a Host or Origin header is allowed.

        `match` is the parsed header; None if the header is invalid, which is not allowed.
        """
        name = _normalize_host(match["host"]) if match else None
        return name is not None and (name in self._allowed or _is_loopback(name))


def _host_not_allowed(code: str, subject: str) -> ErrorResponse:
    """Return the error response of the host check; `subject` is the host or the web page in words."""
    step = "to allow it, start the sandbox with --allow-host and its name"
    return application_error(403, code, f"{subject} is not allowed; {step} (sandbox)")


def _normalize_host(host: str) -> str | None:
    """Normalize the host name or IP address of a request for comparison; return None for another text."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        if host.startswith("["):
            return None
    else:
        # ::ffff:127.0.0.1 means 127.0.0.1, but is_loopback is False for it before Python 3.13.
        return str(getattr(address, "ipv4_mapped", None) or address)
    try:
        return host.removesuffix(".").encode("idna").decode().lower() or None
    except UnicodeError:
        return None


def _is_loopback(name: str) -> bool:
    """Return whether a host name or IP address means this machine, so that its requests are allowed."""
    # RFC 6761: names under .localhost resolve to this machine only.
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
