"""API keys, and the access tokens of apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.api.auth import Anonymous, ApiKey, App, Perform
from loyaltyctl.api.hooks import OutcomeUnknown, Reconciling
from loyaltyctl.errors import Incomplete, NotAllowed, TryLater
from loyaltyctl.intake.secret import Secret
from tests.api.clients import DRAFT, SandboxClient
from tests.conftest import KEY, RSVP, SITE, FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable


class Tokens:
    """Storage of one token."""

    def __init__(self, stored: tuple[Secret, float] | None = None) -> None:
        self.stored = stored

    def load(self) -> tuple[Secret, float] | None:
        return self.stored

    def save(self, token: Secret, expires: float) -> None:
        self.stored = (token, expires)


class TestAuthorization:
    """API keys, and the access tokens of apps."""

    def app(self, tokens: Tokens, secret: str = KEY) -> App:
        return App("app", Secret(secret, "secret"), SITE, tokens, FakeClock())

    def test_a_key_is_sent_with_its_site(self, make_client: Callable[..., SandboxClient]) -> None:
        client = make_client(authorizer=ApiKey(Secret(KEY, "key"), SITE), api_key=KEY)

        client.rules.create(DRAFT)
        assert "New" in client.titles(SITE)

    @pytest.mark.parametrize(
        ("key", "site", "why"), [("wrong", SITE, "401 UNAUTHENTICATED"), (KEY, None, "403 PERMISSION_DENIED")]
    )
    def test_a_wrong_key_or_no_site_is_not_allowed(
        self, key: str, site: str | None, why: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        with pytest.raises(NotAllowed, match=why):
            make_client(authorizer=ApiKey(Secret(key, "key"), site), api_key=KEY).rules.list()

    def test_an_app_requests_a_token_once_and_stores_it(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        tokens = Tokens()
        client = make_client(authorizer=self.app(tokens), api_key=KEY)

        client.rules.list()
        client.rules.create(DRAFT)

        assert client.sent("POST") == 2
        assert "New" in client.titles(SITE)
        assert tokens.stored is not None

    @pytest.mark.parametrize("expires", [0.0, 4e9])
    def test_a_token_that_expired_or_is_refused_is_renewed_once(
        self, expires: float, make_client: Callable[..., SandboxClient]
    ) -> None:
        tokens = Tokens((Secret("stale", "token"), expires))
        client = make_client(authorizer=self.app(tokens), api_key=KEY)

        assert client.rules.list()
        assert client.sent("POST") == 1

    def test_a_lost_write_is_in_doubt_even_if_no_later_token_is_issued(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        class Expiring(Anonymous):
            def __init__(self) -> None:
                self.answers: list[dict[str, str]] = [{}]

            def headers(self, _perform: Perform, /) -> dict[str, str]:
                if not self.answers:
                    raise TryLater("no token")
                return self.answers.pop()

        client = make_client("lost@delete*1", authorizer=Expiring())

        with pytest.raises(Incomplete, match="no token"):
            client.rules.delete(RSVP, "3")
        assert any(isinstance(notification, OutcomeUnknown) for notification in client.notifications)

    def test_a_token_that_is_refused_again_is_not_allowed(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client("401@list", authorizer=self.app(Tokens()), api_key=KEY)

        with pytest.raises(NotAllowed):
            client.rules.list()
        assert (client.sent("GET"), client.sent("POST")) == (2, 2)

    def test_a_wrong_secret_is_not_allowed(self, make_client: Callable[..., SandboxClient]) -> None:
        with pytest.raises(NotAllowed, match="could not get an access token"):
            make_client(authorizer=self.app(Tokens(), "wrong"), api_key=KEY).rules.list()

    def test_a_lost_token_is_requested_again_without_reconciling(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client("lost@token*1", authorizer=self.app(Tokens()), api_key=KEY)

        client.rules.create(DRAFT)
        assert not any(isinstance(notification, Reconciling) for notification in client.notifications)

    def test_a_response_without_a_token_is_not_allowed(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        with pytest.raises((NotAllowed, TryLater)):
            make_client("html@token", authorizer=self.app(Tokens()), api_key=KEY).rules.list()
        with pytest.raises(NotAllowed, match="no access token"):
            make_client("body={}@token", authorizer=self.app(Tokens()), api_key=KEY).rules.list()
