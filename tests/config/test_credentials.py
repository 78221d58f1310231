"""Credentials: where they come from, and where they may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.config import credentials, settings
from loyaltyctl.config.credentials import ApiKeyCredential, AppCredential, StoredToken
from loyaltyctl.config.paths import Paths
from loyaltyctl.config.sources import SourceKind
from loyaltyctl.errors import InvalidData, NotAllowed, UsageError
from loyaltyctl.intake.secret import Secret
from tests.config.settings import ORIGIN, read
from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    from pathlib import Path

APP = {"LOYALTYCTL_APP_ID": "app", "LOYALTYCTL_APP_SECRET": "s3cret", "LOYALTYCTL_INSTANCE_ID": "inst"}


class TestCredentials:
    """Credentials, where they come from and where they may go."""

    def test_what_is_stored_comes_back_bound_to_its_origin(self, paths: Paths) -> None:
        credentials.save(paths, "shop", ApiKeyCredential(Secret(KEY, "key")), ORIGIN)
        credentials.save(paths, "app", AppCredential("a", Secret("s", "secret"), "i"), ORIGIN)

        found = read(paths, profile="shop").credential()

        assert found is not None
        assert found.credential.secret.reveal() == KEY
        assert credentials.bound(found, ORIGIN) is found.credential
        with pytest.raises(
            NotAllowed,
            match=r"is for https://www\.wixapis\.com and is not sent to https://evil\.example",
        ):
            credentials.bound(found, "https://evil.example")
        assert isinstance(getattr(credentials.load(paths, "app"), "credential", None), AppCredential)

    def test_the_environment_wins_over_what_is_stored(self, paths: Paths) -> None:
        credentials.save(paths, "shop", ApiKeyCredential(Secret("stored-key", "key")), ORIGIN)

        found = read(paths, {"LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_PROFILE": "shop"}).credential()

        assert found is not None
        assert found.credential.secret.reveal() == KEY
        assert found.source.kind is SourceKind.ENVIRONMENT
        assert credentials.bound(found, "https://anywhere.example")

    def test_a_key_may_come_from_a_file(self, paths: Paths, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(f"{KEY}\r\n")

        found = read(paths, {"LOYALTYCTL_API_KEY_FILE": str(tmp_path / "key")}).credential()

        assert found is not None
        assert found.credential.secret.reveal() == KEY
        with pytest.raises(UsageError, match="No such file"):
            read(paths, {"LOYALTYCTL_API_KEY_FILE": str(tmp_path / "nothing")}).credential()

    def test_an_app_needs_all_three_parts(self, paths: Paths) -> None:
        assert read(paths, APP).credential() is not None
        for name in APP:
            with pytest.raises(UsageError, match=f"{name} not set"):
                read(paths, APP | {name: ""}).credential()

    @pytest.mark.parametrize("text", ["", "\n", "a b", "a\nb", "ümlaut", "“key”", "a\x00b", "key\u200b"])
    def test_what_cannot_be_a_key_is_refused_without_showing_it(self, text: str) -> None:
        with pytest.raises(InvalidData) as refused:
            Secret(text, "API key")

        assert not text.strip() or text not in str(refused.value) + refused.value.hint

    @pytest.mark.parametrize("quote", ["'", '"'])
    def test_a_key_that_was_pasted_with_its_quotes_is_taken_without(self, quote: str) -> None:
        for end in ("", "\n", "\r\n"):
            assert Secret(f"{quote}{KEY}{quote}{end}", "API key").reveal() == KEY

    @pytest.mark.parametrize("form", ["'{}", '{}"', "\"{}'", "''{}''", "'{}'\""])
    def test_a_quotation_mark_at_one_end_is_refused(self, form: str) -> None:
        with pytest.raises(InvalidData, match="quotation mark") as refused:
            Secret(form.format(KEY), "API key")

        assert KEY not in str(refused.value) + refused.value.hint

    @pytest.mark.parametrize("text", ["''", '""', "' '", "'"])
    def test_quotes_alone_are_no_key(self, text: str) -> None:
        with pytest.raises(InvalidData):
            Secret(text, "API key")

    def test_a_secret_shows_nothing_of_itself(self) -> None:
        secret = Secret(KEY, "API key")

        assert KEY not in f"{secret} {secret!r} {[secret]}"
        assert secret.masked() == "…6789"
        assert Secret("short", "key").masked() == "…"

    @pytest.mark.parametrize("text", ["[profiles.shop]\n", '[profiles.shop]\norigin = "x"\n', '[profiles.shop]\norigin="x"\napi-key=3\n'])  # fmt: skip
    def test_an_incomplete_entry_is_an_error(self, paths: Paths, text: str) -> None:
        paths.config_dir.mkdir()
        paths.credentials.write_text(text)
        paths.credentials.chmod(0o600)

        with pytest.raises(InvalidData, match=r"\[profiles.shop\] is incomplete"):
            credentials.load(paths, "shop")

    @pytest.mark.parametrize("text", ["profiles = 3\n", "[profiles]\nshop = 3\n", "[[tokens]]\n"])
    def test_what_should_be_tables_and_is_not_is_an_error(self, paths: Paths, text: str) -> None:
        credential = ApiKeyCredential(Secret(KEY, "key"))
        paths.config_dir.mkdir()
        for path in (paths.credentials, paths.config):
            path.write_text(text)
            path.chmod(0o600)

        for use in (
            lambda: credentials.load(paths, "shop"),
            lambda: credentials.save(paths, "shop", credential, ORIGIN),
            lambda: settings.store(paths, "site-id", SITE, "shop"),
            lambda: settings.Settings(paths, {}, {}).profile,
        ):
            with pytest.raises(InvalidData, match=r"must be tables, as in \[(profiles|tokens).NAME\]"):
                use()
        assert paths.credentials.read_text() == text

    def test_signing_out_removes_the_key_and_every_token(self, paths: Paths) -> None:
        credential = AppCredential("a", Secret("s", "secret"), "i")
        credentials.save(paths, "app", credential, ORIGIN)
        StoredToken(paths, credential, ORIGIN).save(Secret("token", "token"), 1e12)

        assert credentials.remove(paths, "app")
        assert not credentials.remove(paths, "app")
        assert "token" not in paths.credentials.read_text()

    def test_a_token_is_kept_for_its_app_its_site_and_its_server(self, paths: Paths) -> None:
        credential = AppCredential("a", Secret("s", "secret"), "i")
        StoredToken(paths, credential, ORIGIN).save(Secret("token", "token"), 1e12)

        kept = StoredToken(paths, credential, ORIGIN).load()

        assert kept is not None
        assert kept[0].reveal() == "token"
        for other in (
            AppCredential("b", Secret("s", "x"), "i"),
            AppCredential("a", Secret("t", "x"), "i"),
            AppCredential("a", Secret("s", "x"), "j"),
        ):
            assert StoredToken(paths, other, ORIGIN).load() is None
        assert StoredToken(paths, credential, "https://other").load() is None

    def test_without_a_place_to_keep_it_a_token_is_not_kept(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        store = StoredToken(
            Paths(tmp_path / "file" / "x", tmp_path), AppCredential("a", Secret("s", "x"), "i"), ORIGIN
        )

        store.save(Secret("token", "token"), 1e12)

        assert store.load() is None
