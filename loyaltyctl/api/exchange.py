"""One try at one call, over httpx.

A try ends when its seconds are over, whatever the server does: resolves slowly,
accepts and says nothing, drips a byte a second. So it is made aside (aside.py), and is
left alone when the time is up.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import urlencode

import httpx

from loyaltyctl import __version__
from loyaltyctl.api.aside import Aside
from loyaltyctl.api.calls import Answer, Call, Effect, Gives
from loyaltyctl.api.connection_failures import Target, describe, describe_broken
from loyaltyctl.api.environment import proxy_for, tls_context
from loyaltyctl.api.facts import Received, Sending, moment
from loyaltyctl.api.failures import NOT_THE_API, error_of, page_answered, page_title
from loyaltyctl.api.policy import Failing, failing, retry_after
from loyaltyctl.errors import InvalidData, LoyaltyError, TryLater, UsageError
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.redaction import redacted_url, secrets_in
from loyaltyctl.intake.secret import Secret
from loyaltyctl.intake.values import quoted

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
_NETWORK = "Check the network, the base URL, and HTTPS_PROXY and SSL_CERT_FILE where they are needed."
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

    def without(self, secrets: Iterable[str]) -> Reply:
        """The same without secrets, which some servers quote."""
        reply = self
        for text in secrets:
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
        url = redacted_url(str(request.url))
        self._listener(Sending(call.method, url, shown, None if call.secrets else call.body))
        known = [*call.secrets, *(value for value in headers.values() if isinstance(value, Secret))]
        secrets = [*(secret.reveal() for secret in known), *secrets_in(call.path)]
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
        self, request: httpx.Request, call: Call, seconds: float, secrets: Sequence[str]
    ) -> tuple[Reply, Answer | Failed]:
        """Return the reply, and the answer or the failure read from it; parsing counts toward the timeout."""
        reply = self._reply(request, call, seconds).without(secrets)
        try:
            return reply, _read(call, reply, self.origin)
        except Failed as failed:
            return reply, failed

    def _reply(self, request: httpx.Request, call: Call, seconds: float) -> Reply:
        """Send the request and return the reply; stop at the timeout, when nobody waits any more."""
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
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise Failed(Failing.UNSENT, self._unreachable(call, error)) from None
        except (httpx.TimeoutException, TimeoutError):
            raise Failed(Failing.LOST, in_vain(call, f"{seconds:.1f} s")) from None
        except (httpx.HTTPError, OSError, UnicodeError):
            # Their texts can quote headers, so none of them is passed on.
            broken = describe_broken(self.origin, os.environ)
            raise Failed(Failing.LOST, _lost(call, broken)) from None
        return Reply(
            response.status_code, {**response.headers, "location": location_of(response)}, bytes(content), tls
        )

    def _unreachable(self, call: Call, error: httpx.TransportError) -> TryLater:
        """Return the error where nothing could be sent."""
        text, code, hint = describe(error, Target(self.origin, "the base URL", _NETWORK), os.environ)
        return TryLater(f"could not {call.what}: {text}", code=code, hint=hint)


def client_for(origin: str, app: WSGIApplication | None = None) -> httpx.Client:
    """The connections to an origin. Raises UsageError where the environment's proxies or files are wrong."""
    headers = {
        "User-Agent": f"loyaltyctl/{__version__}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    if app is not None:
        return httpx.Client(
            transport=httpx.WSGITransport(app), headers=headers, event_hooks=_HOOKS, trust_env=False
        )
    if origin.startswith("http://"):
        # Plain http goes to loopback alone: no proxy may see it, and it needs no TLS context.
        # httpx hands None on to httpcore, where it means: made when first needed.
        return httpx.Client(
            verify=cast("ssl.SSLContext", None), headers=headers, event_hooks=_HOOKS, trust_env=False
        )
    context = tls_context(os.environ)
    try:
        return httpx.Client(verify=context, headers=headers, event_hooks=_HOOKS)
    except (ValueError, ImportError, httpx.InvalidURL):
        proxy_for(origin, os.environ)  # raises with the name of the variable, if it is one for this origin
        raise UsageError(
            "one of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY is wrong, or names a kind of proxy "
            "that is not supported"
        ) from None


def _set_location_aside(response: httpx.Response) -> None:
    # httpx builds the request of a redirect even where none is followed, and raises InvalidURL
    # for an address such as javascript:x.
    response.extensions[_LOCATION] = response.headers.pop("location", "")


_LOCATION = "location"
_HOOKS = {"response": [_set_location_aside]}


def location_of(response: httpx.Response) -> str:
    """Return the Location header of a response to a client of `client_for`; empty where it has none."""
    return str(response.extensions.get(_LOCATION, ""))


def _revealed(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _read(call: Call, reply: Reply, origin: str) -> Answer:
    """The answer. Raises the Failed that the reply amounts to otherwise."""
    status, headers, content, _ = reply
    request_id = headers.get("x-wix-request-id")
    server_time = moment(headers.get("date"))
    page: str | None = None
    try:
        body: Json = strict_json.loads(content, "the answer") if content.strip() else None
    except InvalidData as unusable:
        page = page_title(headers, content)
        if 200 <= status < 300:  # noqa: PLR2004 - success
            if page is not None:
                why = page_answered(page)
            else:
                why = unusable.message if content.lstrip()[:1] in {b"{", b"["} else "the answer is not JSON"
            raise Failed(Failing.LOST, _lost(call, why, status, request_id)) from None
        body = None
    if 200 <= status < 300:  # noqa: PLR2004 - success
        if body is None and call.effect is Effect.DELETE and call.gives is not Gives.JSON:
            body = {}  # nothing is left to be told
        if not call.gives.within(body):
            lacking = f"the answer has no {call.gives.value} in it"
            raise Failed(Failing.LOST, _lost(call, lacking, status, request_id))
        answer = Answer(body, server_time, request_id)
        if call.gives is Gives.RULE and call.about and answer.rule_id.lower() != call.about[0].lower():
            other = f"the answer is about another rule, {quoted(answer.rule_id)}"
            raise Failed(Failing.LOST, _lost(call, other, status, request_id))
        return answer
    if 300 <= status < 400:  # noqa: PLR2004 - redirection
        raise Failed(Failing.REFUSED, _redirected(call, status, headers.get("location", ""), request_id))
    wait = retry_after(headers.get("retry-after"), server_time or time.time())
    how = failing(status, retry_after="retry-after" in headers)
    error = error_of(call.what, status, body, request_id, page=page, proxy=proxy_for(origin, os.environ))
    raise Failed(how, error, wait)


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
        hint=NOT_THE_API if status else "",
        http_status=status,
        request_id=request_id,
    )


def _redirected(call: Call, status: int, location: str, request_id: str | None) -> LoyaltyError:
    invalid = "an address that is not valid"
    try:
        url = httpx.URL(location)
        target = f"{url.scheme}://{url.netloc.decode()}" if url.host else "another place on the same host"
    except (httpx.InvalidURL, UnicodeError):
        target = invalid
    else:
        target = target if url.scheme in {"", "http", "https"} else invalid
    why = f"the server redirects to {target}, and redirects are never followed"
    if not location:
        why = f"the server answered {status}, a redirect that names no address"
    return LoyaltyError(
        f"could not {call.what}: {why}",
        code="REDIRECTED",
        hint="Check the base URL with: loyaltyctl config get base-url --show-origin",
        http_status=status,
        request_id=request_id,
    )
