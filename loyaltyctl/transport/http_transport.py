"""HTTP transport over sockets, with httpx."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, cast

import httpx

from loyaltyctl import __version__
from loyaltyctl.errors import UsageError
from loyaltyctl.transport.connection_errors import Server, describe_broken, describe_unreachable
from loyaltyctl.transport.environment import proxy_for, tls_context
from loyaltyctl.transport.interface import (
    DECODED,
    UNKNOWN_ENCODING,
    HttpResponse,
    Interrupted,
    InvalidRequest,
    NotSent,
    TimedOut,
    too_large,
)

if TYPE_CHECKING:
    import ssl

    from loyaltyctl.transport.interface import HttpRequest

CONNECT_SECONDS = 10.0
"""Maximum number of seconds to connect, even if the timeout of the request is longer."""
_DECODED = (*DECODED, "gzip", "deflate")
_LOCATION = "location"
_CONNECTION_CLOSED = re.compile(r"disconnected|closed", re.IGNORECASE)
"""Words in httpx's errors for a closed connection; its other protocol errors are for malformed HTTP."""


class HttpTransport:
    """HTTP transport to one server with httpx, over reused connections."""

    def __init__(self, server: Server, *, connect_timeout: float = CONNECT_SECONDS) -> None:
        """Create the httpx client. Raises UsageError for invalid proxy or certificate variables."""
        self._server = server
        self._connect_timeout = connect_timeout
        self._httpx_client = _httpx_client(server.origin)

    def send(self, request: HttpRequest, *, timeout: float, max_bytes: int) -> HttpResponse:
        """Send an HTTP request with httpx; return the response, cut at `max_bytes`. Raises TransportError."""
        try:
            prepared = self._httpx_client.build_request(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.content,
                timeout=httpx.Timeout(timeout, connect=min(timeout, self._connect_timeout)),
            )
        except (httpx.InvalidURL, UnicodeError):
            raise InvalidRequest from None
        # httpx applies its timeout to each read; `end` stops a server that sends a few bytes at a time.
        end = time.monotonic() + timeout
        try:
            response = self._httpx_client.send(prepared, stream=True)
            try:
                tls = _tls_version(response)  # httpx forgets the connection once the body is read
                content, defect = _read_httpx_body(response, max_bytes, end)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise NotSent(describe_unreachable(error, self._server, os.environ)) from None
        except (httpx.TimeoutException, TimeoutError):
            raise TimedOut from None
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            # The messages of these errors are not passed on: they can quote headers.
            is_http = not isinstance(error, httpx.RemoteProtocolError) or bool(
                _CONNECTION_CLOSED.search(str(error))
            )
            text = describe_broken(self._server.origin, os.environ, is_http=is_http)
            raise Interrupted(text, is_http=is_http) from None
        location = str(response.extensions.get(_LOCATION, ""))
        headers = {**response.headers, _LOCATION: location} if location else {**response.headers}
        return HttpResponse(response.status_code, headers, content, tls, defect)

    def close(self) -> None:
        """Close the httpx client and its connections."""
        self._httpx_client.close()


def is_valid_url(url: str) -> bool:
    """Return whether httpx can send requests to a URL; it rejects some URLs that urllib accepts."""
    try:
        httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return True


def _read_httpx_body(response: httpx.Response, max_bytes: int, end: float) -> tuple[bytes, str]:
    """Read at most `max_bytes` of the body of an httpx response; return the body and its defect.

    The defect says why the body is missing or incomplete; it is "" for a complete body. Raises TimeoutError
    after `end`, a time of the monotonic clock.
    """
    if response.headers.get("content-encoding", "").lower() not in _DECODED:
        return b"", UNKNOWN_ENCODING
    content = bytearray()
    try:
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > max_bytes:
                return bytes(content[:max_bytes]), too_large(max_bytes)
            if time.monotonic() > end:
                raise TimeoutError
    except httpx.DecodingError:
        return b"", "the response cannot be decompressed"
    return bytes(content), ""


def _httpx_client(origin: str) -> httpx.Client:
    """Return the httpx client for an origin, the scheme and host of its server.

    Raises UsageError for invalid proxy or certificate variables.
    """
    # identity: a compressed chunk can expand a thousandfold before its size is compared with max_bytes.
    headers = {"User-Agent": f"loyaltyctl/{__version__}", "Accept-Encoding": "identity"}
    if origin.startswith("http://"):
        # Plain http uses no proxy, as its server is usually on this machine, and no TLS context.
        # httpx passes None to httpcore, which creates a context only for a TLS connection.
        return httpx.Client(
            verify=cast("ssl.SSLContext", None), headers=headers, event_hooks=_RESPONSE_HOOKS, trust_env=False
        )
    context = tls_context(os.environ)
    try:
        return httpx.Client(verify=context, headers=headers, event_hooks=_RESPONSE_HOOKS)
    except (ValueError, ImportError, httpx.InvalidURL):
        proxy_for(origin, os.environ)  # raises with the name of the variable, if it is one for this origin
        raise UsageError(
            "one of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY is wrong, or names a kind of proxy "
            "that is not supported"
        ) from None


def _move_location(response: httpx.Response) -> None:
    """Move the Location header of an httpx response to its extensions, where httpx ignores it."""
    # httpx builds the request of a redirect even if redirects are not followed, and raises InvalidURL for an
    # address such as javascript:x.
    response.extensions[_LOCATION] = response.headers.pop(_LOCATION, "")


_RESPONSE_HOOKS = {"response": [_move_location]}


def _tls_version(response: httpx.Response) -> str | None:
    """Return the TLS version of an httpx response's connection; None over plain http."""
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("ssl_object") if stream else None
    return connection.version() if connection else None
