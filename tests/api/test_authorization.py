"""Keys, and the tokens that an app trades its secret for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.api.auth import ApiKey, App
from loyaltyctl.api.hooks import Reconciling
from loyaltyctl.errors import NotAllowed, TryLater
from loyaltyctl.intake.secret import Secret
from tests.api.clients import DRAFT, SandboxClient
from tests.conftest import KEY, SITE, ImpatientClock

if TYPE_CHECKING:
    from collections.abc import Callable


class Tokens:
    """A place for one token."""

    def __init__(self, kept: tuple[Secret, float] | None = None) -> None:
        self.kept = kept

    def load(self) -> tuple[Secret, float] | None:
        return self.kept

    def save(self, token: Secret, expires: float) -> None:
        self.kept = (token, expires)


class TestAuthorization:
    """Keys, and the tokens that an app trades its secret for."""

    def app(self, tokens: Tokens, secret: str = KEY) -> App:
        return App("app", Secret(secret, "secret"), SITE, tokens, ImpatientClock())

    def test_a_key_goes_with_its_site(self, world: Callable[..., SandboxClient]) -> None:
        one = world(authorizer=ApiKey(Secret(KEY, "key"), SITE), api_key=KEY)

        one.rules.create(DRAFT)
        assert "New" in one.titles(SITE)

    @pytest.mark.parametrize(
        ("key", "site", "why"), [("wrong", SITE, "401 UNAUTHENTICATED"), (KEY, None, "403 PERMISSION_DENIED")]
    )
    def test_a_wrong_key_or_no_site_is_not_allowed(
        self, key: str, site: str | None, why: str, world: Callable[..., SandboxClient]
    ) -> None:
        with pytest.raises(NotAllowed, match=why):
            world(authorizer=ApiKey(Secret(key, "key"), site), api_key=KEY).rules.list()

    def test_an_app_asks_for_a_token_once_and_keeps_it(self, world: Callable[..., SandboxClient]) -> None:
        tokens = Tokens()
        one = world(authorizer=self.app(tokens), api_key=KEY)

        one.rules.list()
        one.rules.create(DRAFT)

        assert one.sent("POST") == 2
        assert "New" in one.titles(SITE)
        assert tokens.kept is not None

    @pytest.mark.parametrize("expires", [0.0, 4e9])
    def test_a_token_that_expired_or_is_refused_is_renewed_once(
        self, expires: float, world: Callable[..., SandboxClient]
    ) -> None:
        tokens = Tokens((Secret("stale", "token"), expires))
        one = world(authorizer=self.app(tokens), api_key=KEY)

        assert one.rules.list()
        assert one.sent("POST") == 1

    def test_a_token_that_is_refused_again_is_not_allowed(self, world: Callable[..., SandboxClient]) -> None:
        one = world("401@list", authorizer=self.app(Tokens()), api_key=KEY)

        with pytest.raises(NotAllowed):
            one.rules.list()
        assert (one.sent("GET"), one.sent("POST")) == (2, 2)

    def test_a_wrong_secret_is_not_allowed(self, world: Callable[..., SandboxClient]) -> None:
        with pytest.raises(NotAllowed, match="could not get an access token"):
            world(authorizer=self.app(Tokens(), "wrong"), api_key=KEY).rules.list()

    def test_a_lost_token_is_asked_for_again_and_leaves_no_doubt(
        self, world: Callable[..., SandboxClient]
    ) -> None:
        one = world("lost@token*1", authorizer=self.app(Tokens()), api_key=KEY)

        one.rules.create(DRAFT)
        assert not any(isinstance(fact, Reconciling) for fact in one.facts)

    def test_an_answer_without_a_token_is_not_allowed(self, world: Callable[..., SandboxClient]) -> None:
        with pytest.raises((NotAllowed, TryLater)):
            world("html@token", authorizer=self.app(Tokens()), api_key=KEY).rules.list()
        with pytest.raises(NotAllowed, match="no access token"):
            world("body={}@token", authorizer=self.app(Tokens()), api_key=KEY).rules.list()
