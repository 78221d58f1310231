"""HTTP exchange of one attempt at an API call: send the request, and parse the response.

An attempt runs in a worker thread (transport/deadline.py). So it ends at its timeout even if a name lookup is
slow, or if the server sends nothing or only one byte a second.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from loyaltyctl.api.calls import Response
from loyaltyctl.api.error_responses import NOT_THE_API, describe_page, error_from_response, page_title
from loyaltyctl.api.hooks import RequestStarted, ResponseReceived
from loyaltyctl.api.methods import MANAGE_LOYALTY, Content, Effect
from loyaltyctl.api.retry_policy import FailureKind, classify_status, parse_retry_after
from loyaltyctl.errors import InvalidData, LoyaltyError, TryLater, UsageError
from loyaltyctl.intake import strict_json, timestamps
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

    from loyaltyctl.api.calls import Call, Headers
    from loyaltyctl.api.hooks import Hook
    from loyaltyctl.intake.values import Json
    from loyaltyctl.transport.interface import HttpResponse, Transport

MAX_BYTES = 32 * 1024 * 1024
"""Maximum size of the body of a response."""
MAX_SHOWN = 4000
"""Maximum number of bytes of a body that a notification contains."""
TIMEOUT = "TIMEOUT"
"""Error code of a call without a response in time."""
MIN_SECRET = 8
"""Minimum length of secrets that are redacted in responses: shorter ones may match ordinary words."""
_NETWORK_HINT = "Check the network, the base URL, and HTTPS_PROXY and SSL_CERT_FILE where they are needed."


class AttemptFailed(Exception):
    """An HTTP exchange failed. `retry_after` is the server's Retry-After in seconds; None without one."""

    def __init__(self, kind: FailureKind, error: LoyaltyError, retry_after: float | None = None) -> None:
        """Create the failure of an HTTP exchange from its kind, and the error that the user is to see."""
        super().__init__(error.message)
        self.kind = kind
        self.error = error
        self.retry_after = retry_after


class Exchange:
    """HTTP exchange with one origin: sends the requests of API calls, one attempt at a time."""

    def __init__(self, origin: str, transport: Transport, hook: Hook) -> None:
        """Prepare HTTP exchanges over a transport; `hook` is notified of each request and response."""
        self.origin = origin
        self._transport = transport
        self._notify = hook
        self._worker = Worker()

    @classmethod
    def over_http(cls, origin: str, hook: Hook) -> Exchange:
        """Return an exchange over sockets. Raises UsageError for invalid proxy or certificate variables."""
        from loyaltyctl.transport.connection_errors import Server
        from loyaltyctl.transport.http_transport import HttpTransport

        return cls(origin, HttpTransport(Server(origin, "the base URL", _NETWORK_HINT)), hook)

    @classmethod
    def in_process(cls, origin: str, hook: Hook, app: WSGIApplication) -> Exchange:
        """Return an exchange with a WSGI application in this process, such as the sandbox's."""
        from loyaltyctl.transport.wsgi_transport import WsgiTransport

        return cls(origin, WsgiTransport(app), hook)

    def send(self, call: Call, headers: Headers, timeout: float) -> Response:
        """Make one attempt at an API call: exchange its HTTP request for a response.

        Raises AttemptFailed, after `timeout` seconds at the latest.
        """
        request = self._http_request(call, headers)
        shown = {
            name: value.masked() if isinstance(value, Secret) else value for name, value in headers.items()
        }
        body = None if call.secrets else call.body
        self._notify(RequestStarted(request.method, redacted_url(request.url), shown, body))
        known = [*call.secrets, *(value for value in headers.values() if isinstance(value, Secret))]
        secrets = [*(secret.reveal() for secret in known), *secrets_in(call.path)]
        began = time.perf_counter()
        try:
            response, result = self._worker.run(
                lambda: self._attempt(request, call, timeout, secrets), timeout=timeout
            )
        except TimeoutError:
            raise AttemptFailed(FailureKind.LOST, timeout_error(call, f"{timeout:.1f} s")) from None
        text = _shown_body(call, response)
        took = time.perf_counter() - began
        request_id, date = (response.headers.get(name) for name in ("x-wix-request-id", "date"))
        self._notify(ResponseReceived(response.status, took, request_id, text, date, response.tls))
        if isinstance(result, AttemptFailed):
            raise result
        return result

    def close(self) -> None:
        """Close the connections of the exchange, and its worker thread."""
        self._worker.close()
        self._transport.close()

    def _http_request(self, call: Call, headers: Headers) -> HttpRequest:
        """Return the HTTP request of an exchange, with the secrets of its headers revealed.

        Raises UsageError if the body has text that UTF-8 cannot encode: half of a surrogate pair.
        """
        sent = {"Accept": "application/json"}
        for name, value in headers.items():
            sent[name] = value.reveal() if isinstance(value, Secret) else value
        content = None
        if call.body is not None:
            sent["Content-Type"] = "application/json"
            text = json.dumps(call.body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            try:
                content = text.encode()
            except UnicodeError:
                raise self._invalid_request_error(call) from None
        return HttpRequest(call.method.verb, self.origin + call.target, sent, content)

    def _attempt(
        self, request: HttpRequest, call: Call, timeout: float, secrets: Sequence[str]
    ) -> tuple[HttpResponse, Response | AttemptFailed]:
        """Make an HTTP exchange in the worker thread: send the request, and parse the response.

        Return the HTTP response, and what it means: the API's response, or a failure such as an error status.
        Raises AttemptFailed if no complete HTTP response arrives.
        """
        try:
            response = self._transport.send(request, timeout=timeout, max_bytes=MAX_BYTES)
        except InvalidRequest:
            raise self._invalid_request_error(call) from None
        except NotSent as error:
            text, code, hint = error.failure
            unreachable = TryLater(f"could not {call.what}: {text}", code=code, hint=hint)
            raise AttemptFailed(FailureKind.UNSENT, unreachable) from None
        except TimedOut:
            raise AttemptFailed(FailureKind.LOST, timeout_error(call, f"{timeout:.1f} s")) from None
        except Interrupted as error:
            raise AttemptFailed(FailureKind.LOST, _failed_exchange_error(call, error.text)) from None
        response = _redact_echoed_secrets(response, secrets)
        try:
            return response, _response_from_http(call, response, self.origin)
        except AttemptFailed as failed:
            return response, failed

    def _invalid_request_error(self, call: Call) -> UsageError:
        """Return the error for an exchange whose request cannot be written as HTTP."""
        return UsageError(
            f"could not {call.what}: the base URL {self.origin} or a text in the request is not valid"
        )


def _shown_body(call: Call, response: HttpResponse) -> str:
    """Return the body of an HTTP exchange as a notification shows it: its beginning, or only its size."""
    if call.secrets:
        return ""
    resource = call.method.resource
    if resource and resource.is_personal and 200 <= response.status < 300:  # noqa: PLR2004 - success
        # Users publish traces in reports of problems.
        return f"{len(response.content):,} bytes, not shown: {resource.noun}s contain personal data"
    return response.content[:MAX_SHOWN].decode(errors="replace")


def _redact_echoed_secrets(response: HttpResponse, secrets: Iterable[str]) -> HttpResponse:
    """Return the HTTP response of an exchange, with *** for the secrets of its request.

    Some servers repeat parts of a request in their response.
    """
    for text in secrets:
        if len(text) >= MIN_SECRET:
            response = response._replace(
                headers={name: value.replace(text, "***") for name, value in response.headers.items()},
                content=response.content.replace(text.encode(), b"***"),
            )
    return response


def _response_from_http(call: Call, response: HttpResponse, origin: str) -> Response:
    """Convert the HTTP response of an exchange to the API's response.

    Raises AttemptFailed if the status is not a success, or if the body lacks the content that the method
    promises.
    """
    status, headers = response.status, response.headers
    request_id = headers.get("x-wix-request-id")
    if response.defect:
        raise AttemptFailed(FailureKind.LOST, _failed_exchange_error(call, response.defect))
    server_time = timestamps.parse_http_date(headers.get("date"))
    body, page, problem = _parse_body(response)
    if 200 <= status < 300:  # noqa: PLR2004 - success
        if body is None and not problem and call.effect is Effect.DELETE:
            # Some gateways answer a DELETE with 204, or with an empty 200.
            body = None if call.method.content is Content.ANYTHING else {}
        problem = problem or _content_mismatch(call, body)
        if problem:
            raise AttemptFailed(FailureKind.LOST, _failed_exchange_error(call, problem, status, request_id))
        return Response(body, server_time, request_id)
    if 300 <= status < 400:  # noqa: PLR2004 - redirection
        raise AttemptFailed(FailureKind.REFUSED, _redirect_error(call, response, origin, request_id))
    proxy = proxy_for(origin, os.environ)
    resource = call.method.resource
    permission = resource.permission if resource else MANAGE_LOYALTY
    raise AttemptFailed(
        classify_status(status, retry_after="retry-after" in headers),
        error_from_response(
            call.what, status, body, request_id, page=page, proxy=proxy, permission=permission
        ),
        parse_retry_after(headers.get("retry-after"), server_time or time.time()),
    )


def _parse_body(response: HttpResponse) -> tuple[Json, str | None, str]:
    """Parse the HTTP body of an exchange.

    Return three values: the JSON; the title of the page, None if the body is not a web page; and what is
    wrong with the body, empty if it is JSON or has no content.
    """
    content = response.content
    if not content.strip():
        return None, None, ""
    try:
        return strict_json.loads(content, "the response"), None, ""
    except InvalidData as error:
        page = page_title(response.headers, content)
        if page is not None:
            return None, page, describe_page(page)
        is_json = content.lstrip()[:1] in {b"{", b"["}
        return None, None, error.message if is_json else "the response is not JSON"


def _content_mismatch(call: Call, body: Json) -> str:
    """Describe what is wrong with the JSON body of a successful HTTP exchange; empty if nothing is wrong.

    The body must have the content that the API method returns. A single entity must have the requested id.
    """
    method = call.method
    if not method.accepts(body):
        return f"the response has no {method.expected} in it"
    if method.content is Content.ONE and method.resource and call.ids:
        entity_id = method.resource.entity_id(body)
        if entity_id.lower() != call.ids[0].lower():
            return f"the response is about another {method.resource.noun}, {quoted(entity_id)}"
    return ""


def timeout_error(call: Call, time_limit: str) -> TryLater:
    """Return the error for an HTTP exchange in which no response arrived in time.

    `time_limit` is the limit in words, such as "60 s, in 3 tries".
    """
    return TryLater(
        f"could not {call.what}: no response within {time_limit}",
        code=TIMEOUT,
        hint="Allow more time with: --timeout SECONDS",
    )


def _failed_exchange_error(
    call: Call, why: str, status: int | None = None, request_id: str | None = None
) -> TryLater:
    """Return the error for one attempt: its HTTP exchange ended without a response that can be used.

    `why` is the reason, such as "the response is not JSON". Not for the API's error responses.
    """
    return TryLater(
        f"could not {call.what}: {why}",
        code="NO_USABLE_ANSWER",
        hint=NOT_THE_API if status else "",
        http_status=status,
        request_id=request_id,
    )


def _redirect_error(call: Call, response: HttpResponse, origin: str, request_id: str | None) -> LoyaltyError:
    """Return the error for an attempt whose HTTP exchange ends with a redirect.

    An exchange does not follow redirects. The error shows the host of the target, but not its path: the path
    may contain a token.
    """
    # Redirects are never followed: the target would get the credentials.
    location = response.headers.get("location", "")
    target = redirect_target(origin + call.path, location)
    if not location:
        why = f"the server answered {response.status}, a redirect without an address"
    else:
        if target is None:
            place = "an address that is not valid"
        elif urlsplit(location).netloc:
            place = urlsplit(target)._replace(path="").geturl()
        else:
            place = "another place on the same host"
        why = f"the server redirects to {place}, and redirects are never followed"
    return LoyaltyError(
        f"could not {call.what}: {why}",
        code="REDIRECTED",
        hint="Check the base URL with: loyaltyctl config get base-url --show-origin",
        http_status=response.status,
        request_id=request_id,
    )
