"""Reasons that a server could not be reached, for messages of API calls and of webhook deliveries."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import httpx

from loyaltyctl.transport.environment import certificates_from, login_required, proxy_for
from loyaltyctl.transport.interface import UNREACHABLE, ConnectionFailure

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from loyaltyctl.transport.environment import Proxy

NOT_TRUSTED = "CERTIFICATE_NOT_TRUSTED"

_ERRNO = re.compile(r"\[Errno -?\d+\] ")
_STATUS = re.compile(r"\d{3}\b")
_LOGIN_REQUIRED = "407"
# What OpenSSL calls a certificate that is not valid yet, expired, or for another host or address.
_NOT_YET, _EXPIRED, _OTHER_HOST, _OTHER_ADDRESS = 9, 10, 62, 64
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
"""Names that OpenSSL gives to an answer that is not TLS."""


class Server(NamedTuple):
    """A server: its origin, a name for its address in messages, and the usual hint."""

    origin: str
    address: str
    hint: str


def describe(error: httpx.TransportError, server: Server, environ: Mapping[str, str]) -> ConnectionFailure:
    """Describe a failure that came before anything was sent to `server`."""
    import ssl

    proxy = proxy_for(server.origin, environ)
    failed = _tls_error(error)
    if isinstance(failed, ssl.SSLCertVerificationError):
        return _untrusted(failed, server, proxy, environ)
    if failed is not None and failed.reason in _NO_TLS:
        hint = f"Check the port in {server.address}. A server on this machine may be called with http://."
        return ConnectionFailure(
            f"{server.origin} cannot be reached (it does not speak TLS)", UNREACHABLE, hint
        )
    if failed is None and proxy is not None:
        why, hint = _proxy_failure(error, proxy)
        place = f"{server.origin} through the proxy {proxy.address}"
        return ConnectionFailure(f"{place} cannot be reached ({why})", UNREACHABLE, hint)
    why, hint = _reason(error), server.hint
    if _lookup_error(error) is not None:
        host = urlsplit(server.origin).hostname
        hint = f"Check {server.address}, and the network: the name {host} was not found."
    return ConnectionFailure(f"{server.origin} cannot be reached ({why})", UNREACHABLE, hint)


def describe_broken(origin: str, environ: Mapping[str, str], *, is_http: bool = True) -> str:
    """Describe a connection that broke; the proxy is named, since it may be what broke it."""
    what = (
        "the connection broke before the response was complete"
        if is_http
        else "the response is not HTTP as the standard writes it"
    )
    proxy = proxy_for(origin, environ)
    return f"{what} (through the proxy {proxy.address})" if proxy else what


def _untrusted(
    failed: ssl.SSLCertVerificationError, server: Server, proxy: Proxy | None, environ: Mapping[str, str]
) -> ConnectionFailure:
    code = failed.verify_code
    trusted = certificates_from(environ)
    if code in {_NOT_YET, _EXPIRED}:
        hint = "Check the clock of this machine. If it is right, the server needs a new certificate."
    elif code in {_OTHER_HOST, _OTHER_ADDRESS}:
        hint = f"The certificate is for another host. Check {server.address}."
    elif trusted is not None:
        variable, path = trusted
        hint = (
            f"Check {server.address}. {variable} names {path}, and only its authorities are trusted: "
            "name a file that has that of this server too: export SSL_CERT_FILE=FILE"
        )
    else:
        hint = (
            f"Check {server.address}. Where your network or company signs with an authority of its own, "
            "name the file of its certificate: export SSL_CERT_FILE=FILE"
        )
    # A proxy that is itself called over TLS fails in the same way, and nothing tells the two apart.
    other = f" or of the proxy {proxy.address}" if proxy and proxy.address.startswith("https:") else ""
    text = f"the certificate of {server.origin}{other} is not trusted ({failed.verify_message})"
    return ConnectionFailure(text, NOT_TRUSTED, hint)


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
