"""Connection errors: reasons why a server could not be reached, for messages of API calls and deliveries."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urlsplit

import httpx

from loyaltyctl.transport.environment import certificates_from, proxy_for, proxy_login_required
from loyaltyctl.transport.interface import BROKEN, UNREACHABLE, ConnectionFailure

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from loyaltyctl.transport.environment import Proxy

E = TypeVar("E", bound=BaseException)

NOT_TRUSTED = "CERTIFICATE_NOT_TRUSTED"
"""Error code for a TLS certificate that is not trusted."""

_ERRNO_PREFIX = re.compile(r"\[Errno -?\d+\] ")
_PROXY_STATUS = re.compile(r"\d{3}\b")
_PROXY_LOGIN_STATUS = "407"
# OpenSSL's verify codes for certificates that are not valid yet, expired, or for another host or address.
(
    _CERTIFICATE_NOT_YET_VALID,
    _CERTIFICATE_EXPIRED,
    _CERTIFICATE_FOR_OTHER_HOST,
    _CERTIFICATE_FOR_OTHER_ADDRESS,
) = 9, 10, 62, 64
_NOT_TLS_REASONS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
"""OpenSSL's reasons for a response that is not TLS."""


class Server(NamedTuple):
    """Server that messages about connection errors are about.

    `address` names what the user should check, such as "the base URL". `hint` is for all errors without a
    better hint.
    """

    origin: str
    address: str
    hint: str


def describe_unreachable(
    error: httpx.TransportError, server: Server, environ: Mapping[str, str]
) -> ConnectionFailure:
    """Describe a connection error for which the request was not sent: the server could not be reached."""
    import ssl

    proxy = proxy_for(server.origin, environ)
    failed = _cause(error, ssl.SSLError)
    if isinstance(failed, ssl.SSLCertVerificationError):
        return _untrusted_certificate(failed, server, proxy, environ)
    if failed is not None and failed.reason in _NOT_TLS_REASONS:
        hint = f"Check the port in {server.address}. For a server on this machine, http:// is allowed."
        return ConnectionFailure(
            f"{server.origin} cannot be reached (it does not speak TLS)", UNREACHABLE, hint
        )
    if failed is None and proxy is not None:
        why, hint = _proxy_failure(error, proxy)
        place = f"{server.origin} through the proxy {proxy.address}"
        return ConnectionFailure(f"{place} cannot be reached ({why})", UNREACHABLE, hint)
    why, hint = _connection_reason(error), server.hint
    if _cause(error, socket.gaierror) is not None:
        host = urlsplit(server.origin).hostname
        hint = f"Check {server.address}, and the network: the name {host} was not found."
    return ConnectionFailure(f"{server.origin} cannot be reached ({why})", UNREACHABLE, hint)


def describe_broken(origin: str, environ: Mapping[str, str], *, is_http: bool = True) -> str:
    """Describe a connection error during a request. The text names the proxy, if any: it may be the cause.

    `is_http` is False if the server sent something other than HTTP.
    """
    what = BROKEN if is_http else "the response is not valid HTTP"
    proxy = proxy_for(origin, environ)
    return f"{what} (through the proxy {proxy.address})" if proxy else what


def _untrusted_certificate(
    failed: ssl.SSLCertVerificationError, server: Server, proxy: Proxy | None, environ: Mapping[str, str]
) -> ConnectionFailure:
    """Describe a connection error due to a TLS certificate that is not trusted, with a hint for the cause."""
    code = failed.verify_code
    trusted = certificates_from(environ)
    if code in {_CERTIFICATE_NOT_YET_VALID, _CERTIFICATE_EXPIRED}:
        hint = "Check the clock of this machine. If it is right, the server needs a new certificate."
    elif code in {_CERTIFICATE_FOR_OTHER_HOST, _CERTIFICATE_FOR_OTHER_ADDRESS}:
        hint = f"The certificate is for another host. Check {server.address}."
    elif trusted is not None:
        variable, path = trusted
        hint = (
            f"Check {server.address}. {variable} is {path}, and only its authorities are trusted. "
            "Use a file that has this server's authority too: export SSL_CERT_FILE=FILE"
        )
    else:
        hint = (
            f"Check {server.address}. If your network or company has its own authority, "
            "set the file of its certificate: export SSL_CERT_FILE=FILE"
        )
    # The error does not tell whose certificate it is: the server's, or that of a proxy with an https address.
    or_proxy = f" or of the proxy {proxy.address}" if proxy and proxy.address.startswith("https:") else ""
    text = f"the certificate of {server.origin}{or_proxy} is not trusted ({failed.verify_message})"
    return ConnectionFailure(text, NOT_TRUSTED, hint)


def _proxy_failure(error: httpx.TransportError, proxy: Proxy) -> tuple[str, str]:
    """Return the reason and the hint for a connection error of a proxy."""
    refused = _PROXY_STATUS.match(str(error)) if isinstance(error, httpx.ProxyError) else None
    if refused is None:
        hint = f"Check {proxy.variable}, which has the name and password too if the proxy needs them."
        return _connection_reason(error), hint
    if refused[0] != _PROXY_LOGIN_STATUS:
        # The proxy's own message is left out: it is not the API's, and may contain anything.
        hint = f"Ask the administrator of the proxy, or check {proxy.variable}."
        return f"the proxy refused with {refused[0]}", hint
    return proxy_login_required(proxy)


def _connection_reason(error: httpx.TransportError) -> str:
    """Return the reason of a connection error, such as `Connection refused`.

    A timeout and an unknown host name are described in the same words on all platforms.
    """
    if isinstance(error, httpx.TimeoutException):
        return "no connection in time"
    lookup = _cause(error, socket.gaierror)
    if lookup is None:
        return _ERRNO_PREFIX.sub("", str(error)) or "it refused"
    if lookup.errno == socket.EAI_AGAIN:
        return "its name could not be resolved at the moment"
    return "there is no such host"


def _cause(error: BaseException | None, kind: type[E]) -> E | None:
    """Return the first error of this kind in the chain of a connection error and its causes, or None."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error
