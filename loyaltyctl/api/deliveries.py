"""Events posted to an endpoint as the vendor posts them: the token is the whole body.

The endpoint is the user's own, so nothing is sent to it but the token: no credentials,
and no redirect is followed.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from loyaltyctl.api.aside import Aside
from loyaltyctl.api.connection_failures import UNREACHABLE, Failure, Target, describe, describe_broken
from loyaltyctl.api.exchange import client_for, location_of
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.events.catalogue import IN_TIME

MAX_BODY = 4096
_RUNNING = "Is the endpoint running, and is this its address?"
_PROTOCOL = "Check the port, and whether the address begins with http:// or https://."
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


_INVALID = "an address that is not valid"
_SCHEMES = ("http", "https")
_ENDED = re.compile(r"disconnected|closed", re.IGNORECASE)
"""In what httpx says of an answer that was cut off. All else it says is about one that is not HTTP."""


class Delivery(NamedTuple):
    """Answer of an endpoint: status and beginning of the body, or the failure that left it without one."""

    status: int | None
    seconds: float
    body: str = ""
    failure: Failure | None = None
    redirects_to: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the vendor would take it for delivered."""
        return self.status == 200 and self.seconds <= IN_TIME  # noqa: PLR2004 - nothing else will do

    @property
    def problem(self) -> str:
        """The reason that there was no answer; empty if there was one."""
        return self.failure.text if self.failure else ""

    @property
    def redirect(self) -> str:
        """A sentence about the redirect of the endpoint, which is not followed; empty if there is none."""
        return (
            f"redirects to {self.redirects_to}, and redirects of webhook POSTs are not followed"
            if self.redirects_to
            else ""
        )


class Endpoint:
    """A URL that events are posted to, over connections that are kept."""

    def __init__(self, url: str, seconds: float) -> None:
        """Take the address; `seconds` bound each delivery. Raises UsageError for one that is none."""
        parts = _parts(url)
        self.url = url
        self._origin = without_login(f"{parts[0]}://{parts[1]}")
        self._seconds = seconds
        self._client = client_for(self._origin)
        self._aside = Aside()

    def close(self) -> None:
        """Close the connections."""
        self._aside.close()
        self._client.close()

    def post(self, token: str) -> Delivery:
        """Deliver a token."""
        began = time.perf_counter()
        try:
            status, body, location = self._aside.within(self._seconds, lambda: self._answer(token))
        except (TimeoutError, httpx.TimeoutException):
            failure = Failure(f"no answer within {self._seconds:g} s", UNREACHABLE, _RUNNING)
            return Delivery(None, self._seconds, failure=failure)
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            return Delivery(None, time.perf_counter() - began, failure=self._failure(error))
        target = self._redirect(location) if status in _REDIRECTS and location else ""
        return Delivery(status, time.perf_counter() - began, body, redirects_to=target)

    def _answer(self, token: str) -> tuple[int, str, str]:
        content = bytearray()
        with (
            self._client.stream(
                "POST",
                self.url,
                content=token.encode(),
                headers={"Content-Type": "text/plain; charset=utf-8", "Accept": "*/*"},
                timeout=self._seconds,
            ) as response,
            suppress(httpx.DecodingError),  # without a body that can be unpacked, the status alone decides
        ):
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) >= MAX_BODY:
                    break
        return response.status_code, content[:MAX_BODY].decode(errors="replace"), location_of(response)

    def _failure(self, error: Exception) -> Failure:
        if isinstance(error, (httpx.ConnectError, httpx.ProxyError)):
            return describe(error, Target(self._origin, "the address of the endpoint", _RUNNING), os.environ)
        if isinstance(error, httpx.RemoteProtocolError) and not _ENDED.search(str(error)):
            illegal = describe_broken(
                self._origin, os.environ, "the answer is not HTTP as the standard writes it"
            )
            return Failure(illegal, UNREACHABLE, _PROTOCOL)
        return Failure(describe_broken(self._origin, os.environ), UNREACHABLE, _RUNNING)

    def _redirect(self, location: str) -> str:
        """Return the address that a Location header stands for, without what may be secret in it."""
        try:
            url = httpx.URL(self.url).join(location)
            target = without_login(str(url.copy_with(query=None, fragment=None)))
        except (httpx.InvalidURL, UnicodeError, ValueError):
            return _INVALID
        return target if url.scheme in _SCHEMES and url.host else _INVALID


def without_login(url: str) -> str:
    """Return a URL without the user name and the password in it, as it may be shown."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _parts(url: str) -> tuple[str, str]:
    """Scheme and host of a URL that can be posted to."""
    wrong = UsageError(
        f"{quoted(url)} is no address to post to", hint="Such as http://localhost:3000/events."
    )
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.port == 0:
            raise wrong
        # urlsplit drops blanks that stay in what is posted to; the codec finds empty and too long labels.
        if url != url.strip() or any(map(str.isspace, parts.netloc)) or not parts.hostname.encode("idna"):
            raise wrong
    except (ValueError, httpx.InvalidURL):
        raise wrong from None
    return parts.scheme, parts.netloc
