"""Credentials of the caller, and the request headers made of them.

An API key goes with the site (or account) it acts on. An app trades its secret for
a token that lasts four hours; the token is kept until shortly before that, and
asked for anew once when the API refuses it.

Sources: the vendor's pages on API keys and on OAuth; the key and the token are sent
bare, as the vendor's own SDK sends them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from loyaltyctl.api.calls import Call, Effect
from loyaltyctl.errors import NotAllowed
from loyaltyctl.intake.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from loyaltyctl.api.calls import Headers, Response
    from loyaltyctl.transport.deadline import Clock

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
EARLY = 60.0
"""A token counts as expired this many seconds before it is."""


class Authorizer(Protocol):
    """Gives the headers for a call."""

    def headers(self, ask: Perform, /) -> Headers: ...

    def rehearsed(self) -> Mapping[str, str]:
        """The headers with the name of a variable in place of each secret."""
        ...

    def renew(self) -> bool:
        """Forget what was refused; whether there is something new to try."""
        ...


Perform: TypeAlias = "Callable[[Call], Response]"
"""Performs a call without authorization."""


class TokenStore(Protocol):
    """Storage that keeps an access token and its expiry between runs."""

    def load(self) -> tuple[Secret, float] | None: ...

    def save(self, token: Secret, expires: float) -> None: ...


class Anonymous:
    """No credentials: for the sandbox in this process."""

    def headers(self, _ask: Perform, /) -> Headers:
        return {}

    def rehearsed(self) -> Mapping[str, str]:
        return {}

    def renew(self) -> bool:
        return False


class ApiKey(NamedTuple):
    """An API key and the one site or account it acts on."""

    key: Secret
    site_id: str | None = None
    account_id: str | None = None

    def headers(self, _ask: Perform, /) -> Headers:
        return {"Authorization": self.key, **self._target()}

    def rehearsed(self) -> Mapping[str, str]:
        return {"Authorization": "$LOYALTYCTL_API_KEY", **self._target()}

    def _target(self) -> Mapping[str, str]:
        if self.site_id:
            return {"wix-site-id": self.site_id}
        return {"wix-account-id": self.account_id} if self.account_id else {}

    def renew(self) -> bool:
        return False


class App:
    """An app's credentials on one site (its instance), and the token they were traded for."""

    def __init__(
        self, app_id: str, secret: Secret, instance_id: str, store: TokenStore, clock: Clock
    ) -> None:
        self._app_id = app_id
        self._secret = secret
        self._instance_id = instance_id
        self._store = store
        self._clock = clock
        self._refused = False

    def headers(self, ask: Perform, /) -> Headers:
        kept = None if self._refused else self._store.load()
        if kept and kept[1] - EARLY > self._clock.time():
            return {"Authorization": kept[0]}
        token, lasts = self._token(ask)
        self._store.save(token, self._clock.time() + lasts)
        self._refused = False
        return {"Authorization": token}

    def rehearsed(self) -> Mapping[str, str]:
        return {"Authorization": "$LOYALTYCTL_ACCESS_TOKEN"}

    def renew(self) -> bool:
        self._refused = True
        return True

    def _token(self, ask: Perform) -> tuple[Secret, float]:
        answer = ask(
            Call(
                "get an access token for the app",
                Effect.READ,
                "POST",
                TOKEN_PATH,
                body={
                    "grant_type": "client_credentials",
                    "client_id": self._app_id,
                    "client_secret": self._secret.reveal(),
                    "instance_id": self._instance_id,
                },
                secrets=(self._secret,),
            )
        ).body
        token = answer.get("access_token") if isinstance(answer, dict) else None
        lasts = answer.get("expires_in") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise NotAllowed("the answer to the app's credentials has no access token", code="NO_TOKEN")
        return Secret(token, "access token"), float(lasts) if isinstance(lasts, int | float) else 0.0
