"""Connection failures: why a server could not be reached.

API calls and webhook deliveries describe them in the same words.
"""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import httpx

from loyaltyctl.api.environment import certificates_from, proxy_for

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from loyaltyctl.api.environment import Proxy

UNREACHABLE = "UNREACHABLE"
NOT_TRUSTED = "CERTIFICATE_NOT_TRUSTED"
BROKEN = "the connection broke before the answer was complete"

_ERRNO = re.compile(r"\[Errno -?\d+\] ")
_STATUS = re.compile(r"\d{3}\b")
_LOGIN_REQUIRED = "407"
# What OpenSSL calls a certificate that is not valid yet, expired, or for another host or address.
_NOT_YET, _EXPIRED, _OTHER_HOST, _OTHER_ADDRESS = 9, 10, 62, 64
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
"""Names that OpenSSL gives to an answer that is not TLS."""


class Target(NamedTuple):
    """A server that is called: its origin, what its address is called, and a hint for any other failure."""

    origin: str
    address: str
    hint: str


class Failure(NamedTuple):
    """Reason that a server could not be reached: a clause for the message, an error code, a hint."""

    text: str
    code: str
    hint: str


def describe(error: httpx.TransportError, target: Target, environ: Mapping[str, str]) -> Failure:
    """Describe a failure that came before anything was sent to `target`."""
    import ssl

    proxy = proxy_for(target.origin, environ)
    failed = _tls_error(error)
    if isinstance(failed, ssl.SSLCertVerificationError):
        return _untrusted(failed, target, proxy, environ)
    if failed is not None and failed.reason in _NO_TLS:
        hint = f"Check the port in {target.address}. A server on this machine may be called with http://."
        return Failure(f"{target.origin} cannot be reached (it does not speak TLS)", UNREACHABLE, hint)
    if failed is None and proxy is not None:
        why, hint = _proxy_failure(error, proxy)
        place = f"{target.origin} through the proxy {proxy.address}"
        return Failure(f"{place} cannot be reached ({why})", UNREACHABLE, hint)
    why, hint = _reason(error), target.hint
    if _lookup_error(error) is not None:
        host = urlsplit(target.origin).hostname
        hint = f"Check {target.address}, and the network: the name {host} was not found."
    return Failure(f"{target.origin} cannot be reached ({why})", UNREACHABLE, hint)


def describe_broken(origin: str, environ: Mapping[str, str], what: str = BROKEN) -> str:
    """Describe a connection that broke; the proxy is named, since it may be what broke it."""
    proxy = proxy_for(origin, environ)
    return f"{what} (through the proxy {proxy.address})" if proxy else what


def _untrusted(
    failed: ssl.SSLCertVerificationError, target: Target, proxy: Proxy | None, environ: Mapping[str, str]
) -> Failure:
    code = failed.verify_code
    trusted = certificates_from(environ)
    if code in {_NOT_YET, _EXPIRED}:
        hint = "Check the clock of this machine. If it is right, the server needs a new certificate."
    elif code in {_OTHER_HOST, _OTHER_ADDRESS}:
        hint = f"The certificate is for another host. Check {target.address}."
    elif trusted is not None:
        variable, path = trusted
        hint = (
            f"Check {target.address}. {variable} names {path}, and only its authorities are trusted: "
            "name a file that has that of this server too: export SSL_CERT_FILE=FILE"
        )
    else:
        hint = (
            f"Check {target.address}. Where your network or company signs with an authority of its own, "
            "name the file of its certificate: export SSL_CERT_FILE=FILE"
        )
    # A proxy that is itself called over TLS fails in the same way, and nothing tells the two apart.
    other = f" or of the proxy {proxy.address}" if proxy and proxy.address.startswith("https:") else ""
    text = f"the certificate of {target.origin}{other} is not trusted ({failed.verify_message})"
    return Failure(text, NOT_TRUSTED, hint)


def _proxy_failure(error: httpx.TransportError, proxy: Proxy) -> tuple[str, str]:
    """Say why a proxy did not connect, and what to do."""
    refused = _STATUS.match(str(error)) if isinstance(error, httpx.ProxyError) else None
    if refused is None:
        return _reason(
            error
        ), f"Check {proxy.variable}, where its name and password stand too if it needs any."
    if refused[0] != _LOGIN_REQUIRED:
        # Its own words stay out: they are not the API's, and may hold anything.
        return f"the proxy refused with {refused[0]}", f"Ask who runs the proxy, or check {proxy.variable}."
    return login_required(proxy)


def login_required(proxy: Proxy | None) -> tuple[str, str]:
    """Say that a proxy answered 407, and what to do."""
    if proxy is not None and proxy.has_login:
        why = "the proxy refused the name and password (407)"
        return why, f"Correct the name and the password in {proxy.variable}."
    variable = proxy.variable if proxy else "HTTPS_PROXY"
    hint = f"Put them into the address of the proxy: {variable}=http://NAME:PASSWORD@HOST:PORT"
    return "the proxy asks for a name and a password (407)", hint


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no connection in time"
    lookup = _lookup_error(error)
    if lookup is None:
        return _ERRNO.sub("", str(error)) or "it refused"
    if lookup.errno == socket.EAI_AGAIN:
        return "its name could not be looked up at this moment"
    return "there is no such host"


def _lookup_error(error: BaseException | None) -> socket.gaierror | None:
    """Return the failed look-up of a host name that led to `error`, if one did."""
    while error is not None and not isinstance(error, socket.gaierror):
        error = error.__cause__ or error.__context__
    return error


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """Return the failure of TLS that led to `error`, if one did."""
    import ssl

    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error
