"""One attempt at one call: send a request, read the response.

An attempt ends when its time is up, whatever the server does: resolves slowly, accepts and sends
nothing, sends a byte a second. So it runs in a worker thread (transport/deadline.py).
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from loyaltyctl.api.calls import Call, Effect, Gives, Response
from loyaltyctl.api.error_responses import NOT_THE_API, error_from_response, page_answered, page_title
from loyaltyctl.api.hooks import RequestStarted, ResponseReceived, parse_http_date
from loyaltyctl.api.retry_policy import FailureKind, classify_status, parse_retry_after
from loyaltyctl.errors import InvalidData, LoyaltyError, TryLater, UsageError
from loyaltyctl.intake import strict_json
from loyaltyctl.intake.redaction import redacted_url, secrets_in
from loyaltyctl.intake.secret import Secret
from loyaltyctl.intake.values import quoted
from loyaltyctl.transport.deadline import Worker
from loyaltyctl.transport.environment import proxy_for
from loyaltyctl.transport.interface import HttpRequest, Interrupted, InvalidRequest, NotSent, TimedOut
from loyaltyctl.transport.redirects import redirect_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from wsgiref.types import WSGIApplication

    from loyaltyctl.api.calls import Headers
    from loyaltyctl.api.hooks import Hook
    from loyaltyctl.intake.values import Json
    from loyaltyctl.transport.interface import HttpResponse, Transport

MAX_ANSWER = 32 * 1024 * 1024
MAX_TOLD = 4000
TIMEOUT = "TIMEOUT"
TELLING = 8
"""Shorter secrets are not redacted: they may match ordinary words."""
_NETWORK = "Check the network, the base URL, and HTTPS_PROXY and SSL_CERT_FILE where they are needed."


class AttemptFailed(Exception):
    """An attempt without a usable response: how it failed, and the error it would be."""

    def __init__(self, how: FailureKind, error: LoyaltyError, wait: float | None = None) -> None:
        super().__init__(error.message)
        self.how = how
        self.error = error
        self.wait = wait


class Exchange:
    """Sends calls to one origin."""

    def __init__(self, origin: str, transport: Transport, listener: Hook) -> None:
        self.origin = origin
        self._transport = transport
        self._listener = listener
        self._worker = Worker()

    @classmethod
    def over_http(cls, origin: str, listener: Hook) -> Exchange:
        """Return an exchange over sockets. Raises UsageError if the environment's proxies are wrong."""
        from loyaltyctl.transport.connection_errors import Server
        from loyaltyctl.transport.http_transport import HttpTransport

        return cls(origin, HttpTransport(Server(origin, "the base URL", _NETWORK)), listener)

    @classmethod
    def in_process(cls, origin: str, listener: Hook, app: WSGIApplication) -> Exchange:
        """Return an exchange with a WSGI application in this process, which stands for `origin`."""
        from loyaltyctl.transport.wsgi_transport import WsgiTransport

        return cls(origin, WsgiTransport(app), listener)

    def send(self, call: Call, headers: Headers, seconds: float) -> Response:
        """Return the response to `call`. Raises Failed, after `seconds` at the latest."""
        request = self._request(call, headers)
        shown = {
            name: value.masked() if isinstance(value, Secret) else value for name, value in headers.items()
        }
        self._listener(
            RequestStarted(call.method, redacted_url(request.url), shown, None if call.secrets else call.body)
        )
        known = [*call.secrets, *(value for value in headers.values() if isinstance(value, Secret))]
        secrets = [*(secret.reveal() for secret in known), *secrets_in(call.path)]
        began = time.perf_counter()
        try:
            reply, outcome = self._worker.run(
                lambda: self._outcome(request, call, seconds, secrets), timeout=seconds
            )
        except TimeoutError:
            raise AttemptFailed(FailureKind.LOST, in_vain(call, f"{seconds:.1f} s")) from None
        text = "" if call.secrets else reply.content[:MAX_TOLD].decode(errors="replace")
        took = time.perf_counter() - began
        request_id, date = (reply.headers.get(name) for name in ("x-wix-request-id", "date"))
        self._listener(ResponseReceived(reply.status, took, request_id, text, date, reply.tls))
        if isinstance(outcome, AttemptFailed):
            raise outcome
        return outcome

    def close(self) -> None:
        """Close the connections."""
        self._worker.close()
        self._transport.close()

    def _request(self, call: Call, headers: Headers) -> HttpRequest:
        revealed = {name: _revealed(value) for name, value in headers.items()}
        content = None
        if call.body is not None:
            revealed["Content-Type"] = "application/json"
            try:
                content = json.dumps(
                    call.body, ensure_ascii=False, separators=(",", ":"), allow_nan=False
                ).encode()
            except UnicodeError:
                raise self._not_valid(call) from None
        url = self.origin + call.path + (f"?{urlencode(call.query)}" if call.query else "")
        return HttpRequest(call.method, url, {"Accept": "application/json", **revealed}, content)

    def _outcome(
        self, request: HttpRequest, call: Call, seconds: float, secrets: Sequence[str]
    ) -> tuple[HttpResponse, Response | AttemptFailed]:
        """Return the response, and what was read from it; parsing counts toward the timeout."""
        try:
            reply = self._transport.send(request, timeout=seconds, max_bytes=MAX_ANSWER)
        except InvalidRequest:
            raise self._not_valid(call) from None
        except NotSent as error:
            text, code, hint = error.failure
            unreachable = TryLater(f"could not {call.what}: {text}", code=code, hint=hint)
            raise AttemptFailed(FailureKind.UNSENT, unreachable) from None
        except TimedOut:
            raise AttemptFailed(FailureKind.LOST, in_vain(call, f"{seconds:.1f} s")) from None
        except Interrupted as error:
            raise AttemptFailed(FailureKind.LOST, _lost(call, error.text)) from None
        reply = _without_secrets(reply, secrets)
        try:
            return reply, _read(call, reply, self.origin)
        except AttemptFailed as failed:
            return reply, failed

    def _not_valid(self, call: Call) -> UsageError:
        return UsageError(
            f"could not {call.what}: the base URL {self.origin}, or a text that is sent, is not valid"
        )


def _without_secrets(response: HttpResponse, secrets: Iterable[str]) -> HttpResponse:
    """Return the response without the secrets of its request, which some servers quote."""
    for text in secrets:
        if len(text) >= TELLING:
            response = response._replace(
                headers={name: value.replace(text, "***") for name, value in response.headers.items()},
                content=response.content.replace(text.encode(), b"***"),
            )
    return response


def _revealed(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _read(call: Call, reply: HttpResponse, origin: str) -> Response:
    """The answer. Raises the Failed that the reply amounts to otherwise."""
    status, headers, content = reply.status, reply.headers, reply.content
    request_id = headers.get("x-wix-request-id")
    if reply.defect:
        raise AttemptFailed(FailureKind.LOST, _lost(call, reply.defect))
    server_time = parse_http_date(headers.get("date"))
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
            raise AttemptFailed(FailureKind.LOST, _lost(call, why, status, request_id)) from None
        body = None
    if 200 <= status < 300:  # noqa: PLR2004 - success
        if body is None and call.effect is Effect.DELETE and call.gives is not Gives.JSON:
            body = {}  # nothing is left to be told
        if not call.gives.within(body):
            lacking = f"the answer has no {call.gives.value} in it"
            raise AttemptFailed(FailureKind.LOST, _lost(call, lacking, status, request_id))
        answer = Response(body, server_time, request_id)
        if call.gives is Gives.RULE and call.about and answer.rule_id.lower() != call.about[0].lower():
            other = f"the answer is about another rule, {quoted(answer.rule_id)}"
            raise AttemptFailed(FailureKind.LOST, _lost(call, other, status, request_id))
        return answer
    if 300 <= status < 400:  # noqa: PLR2004 - redirection
        raise AttemptFailed(
            FailureKind.REFUSED, _redirected(call, status, origin, headers.get("location", ""), request_id)
        )
    wait = parse_retry_after(headers.get("retry-after"), server_time or time.time())
    how = classify_status(status, retry_after="retry-after" in headers)
    error = error_from_response(
        call.what, status, body, request_id, page=page, proxy=proxy_for(origin, os.environ)
    )
    raise AttemptFailed(how, error, wait)


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


def _redirected(call: Call, status: int, origin: str, location: str, request_id: str | None) -> LoyaltyError:
    target = redirect_target(origin + call.path, location)
    parts = urlsplit(target or "")
    if target is None:
        place = "an address that is not valid"
    elif urlsplit(location).netloc:
        place = f"{parts.scheme}://{parts.netloc}"
    else:
        place = "another place on the same host"
    why = f"the server redirects to {place}, and redirects are never followed"
    if not location:
        why = f"the server answered {status}, a redirect that names no address"
    return LoyaltyError(
        f"could not {call.what}: {why}",
        code="REDIRECTED",
        hint="Check the base URL with: loyaltyctl config get base-url --show-origin",
        http_status=status,
        request_id=request_id,
    )
