"""Credentials: their sources, and the servers that they are sent to."""

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
    """Sources of credentials, and the servers that they are sent to."""

    def test_a_stored_credential_is_loaded_for_its_origin_only(self, paths: Paths) -> None:
        credentials.save(paths, "shop", ApiKeyCredential(Secret(KEY, "key")), ORIGIN)
        credentials.save(paths, "app", AppCredential("a", Secret("s", "secret"), "i"), ORIGIN)

        found = read(paths, profile="shop").credential()

        assert found is not None
        assert found.credential.secret.reveal() == KEY
        assert credentials.credential_for(found, ORIGIN) is found.credential
        with pytest.raises(
            NotAllowed,
            match=r"is for https://www\.wixapis\.com and is not sent to https://evil\.example",
        ):
            credentials.credential_for(found, "https://evil.example")
        assert isinstance(getattr(credentials.load(paths, "app"), "credential", None), AppCredential)

    def test_the_environment_overrides_the_stored_credential(self, paths: Paths) -> None:
        credentials.save(paths, "shop", ApiKeyCredential(Secret("stored-key", "key")), ORIGIN)

        found = read(paths, {"LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_PROFILE": "shop"}).credential()

        assert found is not None
        assert found.credential.secret.reveal() == KEY
        assert found.source.kind is SourceKind.ENVIRONMENT
        assert credentials.credential_for(found, "https://anywhere.example")

    def test_a_key_is_read_from_a_file(self, paths: Paths, tmp_path: Path) -> None:
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
    def test_an_invalid_key_is_rejected_without_showing_it(self, text: str) -> None:
        with pytest.raises(InvalidData) as refused:
            Secret(text, "API key")

        assert not text.strip() or text not in str(refused.value) + refused.value.hint

    @pytest.mark.parametrize("quote", ["'", '"'])
    def test_quotes_around_a_pasted_key_are_removed(self, quote: str) -> None:
        for end in ("", "\n", "\r\n"):
            assert Secret(f"{quote}{KEY}{quote}{end}", "API key").reveal() == KEY

    @pytest.mark.parametrize("form", ["'{}", '{}"', "\"{}'", "''{}''", "'{}'\""])
    def test_a_quotation_mark_at_one_end_is_rejected(self, form: str) -> None:
        with pytest.raises(InvalidData, match="quotation mark") as refused:
            Secret(form.format(KEY), "API key")

        assert KEY not in str(refused.value) + refused.value.hint

    @pytest.mark.parametrize("text", ["''", '""', "' '", "'"])
    def test_a_key_of_quotes_only_is_rejected(self, text: str) -> None:
        with pytest.raises(InvalidData):
            Secret(text, "API key")

    def test_the_text_of_a_secret_is_not_shown(self) -> None:
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
        assert credentials.remove(paths, "shop")
        assert credentials.load(paths, "shop") is None

    @pytest.mark.parametrize("text", ["profiles = 3\n", "[profiles]\nshop = 3\n", "[[tokens]]\n"])
    def test_a_section_that_is_not_a_table_of_tables_is_an_error(self, paths: Paths, text: str) -> None:
        credential = ApiKeyCredential(Secret(KEY, "key"))
        paths.config_dir.mkdir()
        for path in (paths.credentials, paths.config):
            path.write_text(text)
            path.chmod(0o600)

        for use in (
            lambda: credentials.load(paths, "shop"),
            lambda: credentials.save(paths, "shop", credential, ORIGIN),
            lambda: settings.store_setting(paths, "site-id", SITE, "shop"),
            lambda: settings.Settings(paths, {}, {}).profile,
        ):
            with pytest.raises(InvalidData, match=r"must be tables, as in \[(profiles|tokens).NAME\]"):
                use()
        assert paths.credentials.read_text() == text

    def test_removing_a_credential_removes_all_tokens(self, paths: Paths) -> None:
        credential = AppCredential("a", Secret("s", "secret"), "i")
        credentials.save(paths, "app", credential, ORIGIN)
        StoredToken(paths, credential, ORIGIN).save(Secret("token", "token"), 1e12)

        assert credentials.remove(paths, "app")
        assert not credentials.remove(paths, "app")
        assert "token" not in paths.credentials.read_text()

    def test_a_token_is_stored_per_app_site_and_server(self, paths: Paths) -> None:
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

    def test_a_token_that_cannot_be_stored_is_not_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        store = StoredToken(
            Paths(tmp_path / "file" / "x", tmp_path), AppCredential("a", Secret("s", "x"), "i"), ORIGIN
        )

        store.save(Secret("token", "token"), 1e12)

        assert store.load() is None
