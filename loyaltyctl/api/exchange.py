"""One try at one call, over httpx.

A try ends when its seconds are over, whatever the server does: resolves slowly,
accepts and says nothing, drips a byte a second. So it is made aside (aside.py), and is
left alone when the time is up.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import urlencode

import httpx

from loyaltyctl import __version__
from loyaltyctl.api.aside import Aside
from loyaltyctl.api.calls import Answer, Call, Effect, Gives
from loyaltyctl.api.environment import proxy_for
from loyaltyctl.api.facts import Received, Sending, moment
from loyaltyctl.api.failures import error_of
from loyaltyctl.api.policy import Failing, failing, retry_after
from loyaltyctl.errors import InvalidData, LoyaltyError, TryLater, UsageError
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.secret import Secret

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Sequence
    from wsgiref.types import WSGIApplication

    from loyaltyctl.api.calls import Headers
    from loyaltyctl.api.facts import Listener
    from loyaltyctl.intake.values import Json

MAX_ANSWER = 32 * 1024 * 1024
MAX_TOLD = 4000
CONNECT_SECONDS = 10.0
TIMEOUT = "TIMEOUT"
TELLING = 8
"""A shorter secret is a made-up one, and may well be a word of the answer."""
_DATES = (9, 10)
"""What OpenSSL calls a certificate that does not hold yet, and one that does not hold any more."""
_OUT_OF_TIME = "Check the clock of this machine. If it is right, the server needs a new certificate."
_UNKNOWN_AUTHORITY = (
    "Check the base URL. Where your network or company signs with an authority of its own, "
    "name the file of its certificate: export SSL_CERT_FILE=FILE"
)
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
"""What OpenSSL calls an answer that is not TLS."""
_NOT_THE_API = (
    "What answers is not the API. Check the base URL: loyaltyctl config get base-url --show-origin\n"
    "If it is right, something on the way answers in its place, such as the sign-in page of a network."
)
_ERRNO = re.compile(r"\[Errno -?\d+\] ")
_DECODED = ("", "identity", "gzip", "deflate")


class Failed(Exception):
    """A try without a usable answer: how it failed, and the error it would be."""

    def __init__(self, how: Failing, error: LoyaltyError, wait: float | None = None) -> None:
        super().__init__(error.message)
        self.how = how
        self.error = error
        self.wait = wait


class Reply(NamedTuple):
    """Status, headers (with names in lower case), body, and the version of TLS that they came over."""

    status: int
    headers: dict[str, str]
    content: bytes
    tls: str | None = None

    def without(self, secrets: Iterable[Secret]) -> Reply:
        """The same without secrets, which some servers quote."""
        reply = self
        for secret in secrets:
            text = secret.reveal()
            if len(text) >= TELLING:
                reply = reply._replace(
                    headers={name: value.replace(text, "***") for name, value in reply.headers.items()},
                    content=reply.content.replace(text.encode(), b"***"),
                )
        return reply


class Exchange:
    """Sends calls to one origin. With `app`, that origin is a WSGI application in this process."""

    def __init__(self, origin: str, listener: Listener, app: WSGIApplication | None = None) -> None:
        self.origin = origin
        self._listener = listener
        self._client = client_for(origin, app)
        self._aside = Aside()

    def send(self, call: Call, headers: Headers, seconds: float) -> Answer:
        """The answer to `call`, within `seconds`. Raises Failed."""
        try:
            request = self._client.build_request(
                call.method,
                self.origin + call.path + (f"?{urlencode(call.query)}" if call.query else ""),
                headers={name: _revealed(value) for name, value in headers.items()},
                json=call.body,
                timeout=httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
            )
        except (httpx.InvalidURL, UnicodeError):
            raise UsageError(
                f"could not {call.what}: the base URL {self.origin}, or a text that is sent, is not valid"
            ) from None
        shown = {
            name: value.masked() if isinstance(value, Secret) else value for name, value in headers.items()
        }
        self._listener(Sending(call.method, str(request.url), shown, None if call.secrets else call.body))
        secrets = [*call.secrets, *(value for value in headers.values() if isinstance(value, Secret))]
        began = time.perf_counter()
        try:
            reply, outcome = self._aside.within(
                seconds, lambda: self._outcome(request, call, seconds, secrets)
            )
        except TimeoutError:
            raise Failed(Failing.LOST, in_vain(call, f"{seconds:.1f} s")) from None
        text = "" if call.secrets else reply.content[:MAX_TOLD].decode(errors="replace")
        took = time.perf_counter() - began
        request_id, date = (reply.headers.get(name) for name in ("x-wix-request-id", "date"))
        self._listener(Received(reply.status, took, request_id, text, date, reply.tls))
        if isinstance(outcome, Failed):
            raise outcome
        return outcome

    def close(self) -> None:
        """Close the connections."""
        self._aside.close()
        self._client.close()

    def _outcome(
        self, request: httpx.Request, call: Call, seconds: float, secrets: Sequence[Secret]
    ) -> tuple[Reply, Answer | Failed]:
        """What the server replies, and what that amounts to; reading it takes its time too."""
        reply = self._reply(request, call, seconds).without(secrets)
        try:
            return reply, _read(call, reply)
        except Failed as failed:
            return reply, failed

    def _reply(self, request: httpx.Request, call: Call, seconds: float) -> Reply:
        """What the server replies; stops by itself once nobody waits for it any more."""
        end = time.monotonic() + seconds
        content = bytearray()
        try:
            response = self._client.send(request, stream=True)
            try:
                tls = _tls(response)
                if response.headers.get("content-encoding", "").lower() not in _DECODED:
                    raise Failed(
                        Failing.LOST, _lost(call, "the answer is packed in a way that was not asked for")
                    )
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER:
                        limit = f"the answer is larger than {MAX_ANSWER // 1024 // 1024} MiB"
                        raise Failed(Failing.LOST, _lost(call, limit))
                    if time.monotonic() > end:
                        raise TimeoutError
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Failed(Failing.UNSENT, _unreachable(call, self.origin, error)) from None
        except (httpx.TimeoutException, TimeoutError):
            raise Failed(Failing.LOST, in_vain(call, f"{seconds:.1f} s")) from None
        except httpx.ProxyError:
            raise Failed(Failing.UNSENT, _unreachable(call, self.origin, None)) from None
        except (httpx.HTTPError, OSError, UnicodeError):
            # Their texts can quote headers, so none of them is passed on.
            raise Failed(
                Failing.LOST, _lost(call, "the connection broke before the answer was complete")
            ) from None
        return Reply(response.status_code, dict(response.headers), bytes(content), tls)


def client_for(origin: str, app: WSGIApplication | None = None) -> httpx.Client:
    """The connections to an origin. Raises UsageError where the environment's proxies or files are wrong."""
    headers = {
        "User-Agent": f"loyaltyctl/{__version__}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    if app is not None:
        return httpx.Client(transport=httpx.WSGITransport(app), headers=headers, trust_env=False)
    if origin.startswith("http://"):
        # Plain http goes to loopback alone: no proxy may see it, and it needs no TLS context.
        # httpx hands None on to httpcore, where it means: made when first needed.
        return httpx.Client(verify=cast("ssl.SSLContext", None), headers=headers, trust_env=False)
    try:
        return httpx.Client(verify=httpx.create_ssl_context(), headers=headers)
    except OSError as error:
        files = "the files of SSL_CERT_FILE, SSL_CERT_DIR and SSLKEYLOGFILE"
        why = f"{files} cannot all be used: {error.strerror or error}"
        raise UsageError(why) from None
    except (ValueError, ImportError, httpx.InvalidURL):
        variables = "HTTPS_PROXY, ALL_PROXY and NO_PROXY"
        raise UsageError(
            f"one of {variables} is wrong, or names a kind of proxy that is not supported"
        ) from None


def _revealed(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _read(call: Call, reply: Reply) -> Answer:
    """The answer. Raises the Failed that the reply amounts to otherwise."""
    status, headers, content, _ = reply
    request_id = headers.get("x-wix-request-id")
    server_time = moment(headers.get("date"))
    try:
        body: Json = strict_json.loads(content, "the answer") if content.strip() else None
    except InvalidData as unusable:
        if 200 <= status < 300:  # noqa: PLR2004 - success
            why = unusable.message if content.lstrip()[:1] in {b"{", b"["} else "the answer is not JSON"
            raise Failed(Failing.LOST, _lost(call, why, status, request_id)) from None
        body = None
    if 200 <= status < 300:  # noqa: PLR2004 - success
        if body is None and call.effect is Effect.DELETE and call.gives is not Gives.JSON:
            body = {}  # nothing is left to be told
        if not call.gives.within(body):
            lacking = f"the answer has no {call.gives.value} in it"
            raise Failed(Failing.LOST, _lost(call, lacking, status, request_id))
        return Answer(body, server_time, request_id)
    if 300 <= status < 400:  # noqa: PLR2004 - redirection
        raise Failed(Failing.REFUSED, _redirected(call, status, headers.get("location", ""), request_id))
    wait = retry_after(headers.get("retry-after"), server_time or time.time())
    how = failing(status, retry_after="retry-after" in headers)
    raise Failed(how, error_of(call.what, status, body, request_id), wait)


def _tls(response: httpx.Response) -> str | None:
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("ssl_object") if stream else None
    return connection.version() if connection else None


def in_vain(call: Call, how_long: str) -> TryLater:
    """The error where a server said nothing in the time that it had."""
    return TryLater(
        f"could not {call.what}: no answer within {how_long}",
        code=TIMEOUT,
        hint="Give it more time with: --timeout SECONDS",
    )


def _lost(call: Call, why: str, status: int | None = None, request_id: str | None = None) -> TryLater:
    return TryLater(
        f"could not {call.what}: {why}",
        code="NO_USABLE_ANSWER",
        hint=_NOT_THE_API if status else "",
        http_status=status,
        request_id=request_id,
    )


def _unreachable(call: Call, origin: str, error: httpx.TransportError | None) -> TryLater:
    """The error where nothing could be sent; without an `error` of the connection, a proxy refused."""
    failed = _tls_error(error)
    if untrusted := getattr(failed, "verify_message", ""):
        in_time = getattr(failed, "verify_code", 0) not in _DATES
        return TryLater(
            f"could not {call.what}: the certificate of {origin} is not trusted ({untrusted})",
            code="CERTIFICATE_NOT_TRUSTED",
            hint=_UNKNOWN_AUTHORITY if in_time else _OUT_OF_TIME,
        )
    why = "no connection in time" if isinstance(error, httpx.TimeoutException) else str(error or "it refused")
    hint = "Check the network, the base URL, and HTTPS_PROXY and SSL_CERT_FILE where they are needed."
    place = origin
    if failed is not None and failed.reason in _NO_TLS:
        why = "it does not speak TLS"
        hint = "Check the port in the base URL. A server on this machine may be called with http://."
    elif failed is None and (proxy := proxy_for(origin, os.environ)):
        place = f"{origin} through the proxy {proxy.address}"
        hint = f"Check {proxy.variable}, where its name and password stand too if it needs any."
    return TryLater(
        f"could not {call.what}: {place} cannot be reached ({_ERRNO.sub('', why)})",
        code="UNREACHABLE",
        hint=hint,
    )


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The failure of TLS that led to an error, if one did."""
    import ssl

    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


def _redirected(call: Call, status: int, location: str, request_id: str | None) -> LoyaltyError:
    try:
        url = httpx.URL(location)
        target = f"{url.scheme}://{url.netloc.decode()}" if url.host else "another place on the same host"
    except (httpx.InvalidURL, UnicodeError):
        target = "an address that is none"
    return LoyaltyError(
        f"could not {call.what}: the server redirects to {target}, and redirects are never followed",
        code="REDIRECTED",
        hint="Check the base URL with: loyaltyctl config get base-url --show-origin",
        http_status=status,
        request_id=request_id,
    )
