"""Authorization of API requests: headers from an API key, or from an access token of an app.

An API key is used for one site or account. An app exchanges its secret for an access token, valid for four
hours; the token is stored until shortly before it expires, and requested once more if the API rejects it.

Sources: the vendor's pages on API keys and on OAuth. The key and the token are sent bare, without
"Bearer", as the vendor's own SDK sends them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from loyaltyctl.api.calls import Call
from loyaltyctl.api.methods import GET_TOKEN
from loyaltyctl.errors import NotAllowed
from loyaltyctl.intake.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from loyaltyctl.api.calls import Headers, Response
    from loyaltyctl.transport.deadline import Clock

EARLY = 60.0
"""Seconds before its expiry at which an access token counts as expired."""

Perform: TypeAlias = "Callable[[Call], Response]"
"""Function that performs an API call without authorization, to request an access token."""


class Authorizer(Protocol):
    """Source of the authorization headers of API requests."""

    def headers(self, perform: Perform, /) -> Headers:
        """Return the authorization headers of a request; `perform` requests an access token if needed."""
        ...

    def dry_run_headers(self) -> Mapping[str, str]:
        """Return the authorization headers with a shell variable in place of each secret."""
        ...

    def renew(self) -> bool:
        """Discard rejected authorization headers; return whether a request with new ones may succeed."""
        ...


class TokenStore(Protocol):
    """Store for the access token that authorizes an app's requests, so that later runs can reuse it."""

    def load(self) -> tuple[Secret, float] | None:
        """Return the access token for an app's authorization header, and its expiry in seconds since 1970.

        Returns None if no token is stored.
        """
        ...

    def save(self, token: Secret, expires: float) -> None:
        """Store the access token for an app's authorization header; `expires` is in seconds since 1970."""
        ...


class Anonymous:
    """Authorizer without credentials: for the sandbox in this process, and for requests of access tokens."""

    def headers(self, _perform: Perform, /) -> Headers:
        """Return no authorization headers."""
        return {}

    def dry_run_headers(self) -> Mapping[str, str]:
        """Return no authorization headers."""
        return {}

    def renew(self) -> bool:
        """Return False: a request without authorization headers is not sent again after a 401."""
        return False


class ApiKey(NamedTuple):
    """Authorizer with an API key, for one site or account."""

    key: Secret
    site_id: str | None = None
    account_id: str | None = None

    def headers(self, _perform: Perform, /) -> Headers:
        """Return the authorization headers of an API key: the key, and the id of its site or account."""
        return {"Authorization": self.key, **self._site_or_account_header()}

    def dry_run_headers(self) -> Mapping[str, str]:
        """Return the authorization headers of an API key, with a shell variable in place of the key."""
        return {"Authorization": "$LOYALTYCTL_API_KEY", **self._site_or_account_header()}

    def _site_or_account_header(self) -> Mapping[str, str]:
        """Return the header that names the site or account on which an API key is used."""
        # Never both headers: the vendor's page asks for exactly one.
        if self.site_id:
            return {"wix-site-id": self.site_id}
        return {"wix-account-id": self.account_id} if self.account_id else {}

    def renew(self) -> bool:
        """Return False: an API key cannot be renewed, so a request that was rejected is not sent again."""
        return False


class App:
    """Authorizer for an app on one site, with access tokens."""

    def __init__(
        self, app_id: str, secret: Secret, instance_id: str, store: TokenStore, clock: Clock
    ) -> None:
        """Prepare the authorization of an app; `instance_id` is the id of its installation on a site."""
        self._app_id = app_id
        self._secret = secret
        self._instance_id = instance_id
        self._store = store
        self._clock = clock
        self._token_rejected = False

    def headers(self, perform: Perform, /) -> Headers:
        """Return the authorization header with the stored access token, or with a newly requested one."""
        stored = None if self._token_rejected else self._store.load()
        if stored and stored[1] - EARLY > self._clock.time():
            return {"Authorization": stored[0]}
        token, seconds = self._request_access_token(perform)
        # No wix-site-id: an access token is bound to the site of the instance.
        self._store.save(token, self._clock.time() + seconds)
        self._token_rejected = False
        return {"Authorization": token}

    def dry_run_headers(self) -> Mapping[str, str]:
        """Return the authorization header with a shell variable in place of the access token."""
        return {"Authorization": "$LOYALTYCTL_ACCESS_TOKEN"}

    def renew(self) -> bool:
        """Discard the rejected access token, and return True: an app can request a new one."""
        self._token_rejected = True
        return True

    def _request_access_token(self, perform: Perform) -> tuple[Secret, float]:
        """Exchange the app's secret for an access token; return the token and its lifetime in seconds.

        Raises NotAllowed if the response has no token.
        """
        body = perform(
            Call(
                "get an access token for the app",
                GET_TOKEN,
                GET_TOKEN.path,
                body={
                    "grant_type": "client_credentials",
                    "client_id": self._app_id,
                    "client_secret": self._secret.reveal(),
                    "instance_id": self._instance_id,
                },
                secrets=(self._secret,),
            )
        ).body
        token = body.get("access_token") if isinstance(body, dict) else None
        seconds = body.get("expires_in") if isinstance(body, dict) else None
        if not isinstance(token, str):
            raise NotAllowed("the response to the app's credentials has no access token", code="NO_TOKEN")
        return Secret(token, "access token"), float(seconds) if isinstance(seconds, int | float) else 0.0
