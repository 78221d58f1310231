"""Credentials of the caller, and the request headers made from them.

An API key is for one site or account. An app exchanges its secret for a token that lasts four hours; the
token is stored until shortly before that, and requested again once if the API refuses it.

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

TOKEN_PATH = GET_TOKEN.path
EARLY = 60.0
"""Seconds before its expiry from which on a token counts as expired."""

Perform: TypeAlias = "Callable[[Call], Response]"
"""Performs a call without credentials."""


class Authorizer(Protocol):
    """Credentials, as headers of requests."""

    def headers(self, perform: Perform, /) -> Headers: ...

    def dry_run_headers(self) -> Mapping[str, str]:
        """Return the headers with the name of a variable in place of each secret."""
        ...

    def renew(self) -> bool:
        """Forget the refused credentials; return whether others can be tried."""
        ...


class TokenStore(Protocol):
    """Storage of an access token and its expiry between runs."""

    def load(self) -> tuple[Secret, float] | None: ...

    def save(self, token: Secret, expires: float) -> None: ...


class Anonymous:
    """No credentials: for the sandbox in this process."""

    def headers(self, _perform: Perform, /) -> Headers:
        return {}

    def dry_run_headers(self) -> Mapping[str, str]:
        return {}

    def renew(self) -> bool:
        return False


class ApiKey(NamedTuple):
    """API key, and the one site or account that it is used for."""

    key: Secret
    site_id: str | None = None
    account_id: str | None = None

    def headers(self, _perform: Perform, /) -> Headers:
        return {"Authorization": self.key, **self._target()}

    def dry_run_headers(self) -> Mapping[str, str]:
        return {"Authorization": "$LOYALTYCTL_API_KEY", **self._target()}

    def _target(self) -> Mapping[str, str]:
        if self.site_id:
            return {"wix-site-id": self.site_id}
        return {"wix-account-id": self.account_id} if self.account_id else {}

    def renew(self) -> bool:
        return False


class App:
    """Credentials of an app on one site (its instance), and the token that they were exchanged for."""

    def __init__(
        self, app_id: str, secret: Secret, instance_id: str, store: TokenStore, clock: Clock
    ) -> None:
        self._app_id = app_id
        self._secret = secret
        self._instance_id = instance_id
        self._store = store
        self._clock = clock
        self._is_refused = False

    def headers(self, perform: Perform, /) -> Headers:
        stored = None if self._is_refused else self._store.load()
        if stored and stored[1] - EARLY > self._clock.time():
            return {"Authorization": stored[0]}
        token, seconds = self._request_token(perform)
        self._store.save(token, self._clock.time() + seconds)
        self._is_refused = False
        return {"Authorization": token}

    def dry_run_headers(self) -> Mapping[str, str]:
        return {"Authorization": "$LOYALTYCTL_ACCESS_TOKEN"}

    def renew(self) -> bool:
        self._is_refused = True
        return True

    def _request_token(self, perform: Perform) -> tuple[Secret, float]:
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
