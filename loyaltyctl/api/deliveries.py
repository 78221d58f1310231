"""Events posted to an endpoint as the vendor posts them: the token is the whole body.

The endpoint is the user's own, so nothing is sent to it but the token: no credentials,
and no redirect is followed.
"""

from __future__ import annotations

import time
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from loyaltyctl.api.aside import Aside
from loyaltyctl.api.exchange import client_for
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.events.catalogue import IN_TIME

MAX_BODY = 4096


class Delivery(NamedTuple):
    """What an endpoint did: its status and the beginning of its body, or why there is neither."""

    status: int | None
    seconds: float
    body: str = ""
    problem: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the vendor would take it for delivered."""
        return self.status == 200 and self.seconds <= IN_TIME  # noqa: PLR2004 - nothing else will do


class Endpoint:
    """A URL that events are posted to, over connections that are kept."""

    def __init__(self, url: str, seconds: float) -> None:
        """Take the address; `seconds` bound each delivery. Raises UsageError for one that is none."""
        parts = _parts(url)
        self.url = url
        self._seconds = seconds
        self._client = client_for(f"{parts[0]}://{parts[1]}")
        self._aside = Aside()

    def close(self) -> None:
        """Close the connections."""
        self._aside.close()
        self._client.close()

    def post(self, token: str) -> Delivery:
        """Deliver a token."""
        began = time.perf_counter()
        try:
            status, body = self._aside.within(self._seconds, lambda: self._answer(token))
        except (TimeoutError, httpx.TimeoutException):
            return Delivery(None, self._seconds, problem=f"no answer within {self._seconds:g} s")
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            what = "cannot be reached" if isinstance(error, httpx.ConnectError) else "broke off"
            return Delivery(None, time.perf_counter() - began, problem=f"the endpoint {what}")
        return Delivery(status, time.perf_counter() - began, body)

    def _answer(self, token: str) -> tuple[int, str]:
        content = bytearray()
        with self._client.stream(
            "POST",
            self.url,
            content=token.encode(),
            headers={"Content-Type": "text/plain; charset=utf-8", "Accept": "*/*"},
            timeout=self._seconds,
        ) as response:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) >= MAX_BODY:
                    break
        return response.status_code, content[:MAX_BODY].decode(errors="replace")


def _parts(url: str) -> tuple[str, str]:
    """Scheme and host of a URL that can be posted to."""
    wrong = UsageError(
        f"{quoted(url)} is no address to post to", hint="Such as http://localhost:3000/events."
    )
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise wrong
    except (ValueError, httpx.InvalidURL):
        raise wrong from None
    return parts.scheme, parts.netloc
