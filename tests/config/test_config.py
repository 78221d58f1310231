"""Settings, profiles and credentials: which source wins, and how files are kept."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.config import credentials, files, settings
from loyaltyctl.config.credentials import ApiKeyCredential, AppCredential, StoredToken
from loyaltyctl.config.origins import Source, server_origin
from loyaltyctl.config.paths import Paths
from loyaltyctl.config.settings import SPECS, Settings
from loyaltyctl.errors import InvalidData, LoyaltyError, NotAllowed, NotFound, UsageError
from loyaltyctl.intake.secret import Secret
from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER = "11111111-2222-4333-8444-555555555555"
ORIGIN = "https://www.wixapis.com"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "config", tmp_path / "data")


def configured(paths: Paths, text: str) -> Paths:
    paths.config_dir.mkdir(exist_ok=True)
    paths.config.write_text(text)
    return paths


def read(paths: Paths, environ: Mapping[str, str] | None = None, **flags: str) -> Settings:
    return Settings(paths, environ or {}, {name.replace("_", "-"): value for name, value in flags.items()})


class TestPrecedence:
    """Flag, environment, profile, default."""

    text = f'profile = "shop"\ntimeout = 30\n[profiles.shop]\nsite-id = "{SITE}"\nbase-url = "https://shop.example"\n'

    def test_the_strongest_source_wins_and_is_named(self, paths: Paths) -> None:
        configured(paths, self.text)
        environ = {"LOYALTYCTL_SITE_ID": OTHER, "LOYALTYCTL_TIMEOUT": "5"}

        assert str(read(paths, environ, timeout="1")["timeout"].origin) == "flag --timeout"
        assert str(read(paths, environ)["timeout"].origin) == "environment LOYALTYCTL_TIMEOUT"
        assert str(read(paths)["timeout"].origin) == "config config.toml"
        assert str(read(paths)["site-id"].origin) == "profile shop"
        assert read(paths, environ)["site-id"].value == OTHER
        assert str(read(paths)["retries"].origin) == "default"
        assert read(paths)["retries"].value == "2"

    def test_an_empty_variable_counts_as_unset(self, paths: Paths) -> None:
        assert read(paths, {"LOYALTYCTL_TIMEOUT": "", "LOYALTYCTL_PROFILE": ""})["timeout"].value == "60"

    def test_a_profile_has_its_own_settings(self, paths: Paths) -> None:
        configured(paths, self.text + f'[profiles.other]\nsite-id = "{OTHER}"\n')

        assert read(paths, profile="other")["site-id"].value == OTHER
        assert read(paths, profile="other")["base-url"].value == ORIGIN
        assert read(paths, profile="nobody")["site-id"].value is None
        assert read(paths).profiles() == ["other", "shop", "sandbox"]

    def test_every_setting_has_a_variable(self) -> None:
        assert SPECS["base-url"].variable == "LOYALTYCTL_BASE_URL"
        assert all(spec.help for spec in SPECS.values())

    @pytest.mark.parametrize(("flags", "environ", "target"), [
        ({"site_id": SITE}, {"LOYALTYCTL_ACCOUNT_ID": OTHER}, (SITE, None)),
        ({}, {"LOYALTYCTL_ACCOUNT_ID": OTHER}, (None, OTHER)),
        ({"account_id": OTHER}, {}, (None, OTHER)),
    ])  # fmt: skip
    def test_of_site_and_account_the_stronger_one_counts(
        self,
        paths: Paths,
        flags: dict[str, str],
        environ: dict[str, str],
        target: tuple[str | None, str | None],
    ) -> None:
        site, account = read(configured(paths, self.text), environ, **flags).target()

        assert (site.value, account.value) == target

    def test_both_from_one_source_are_refused(self, paths: Paths) -> None:
        with pytest.raises(UsageError, match="both a site id and an account id"):
            read(paths, {"LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_ACCOUNT_ID": OTHER}).target()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", "0"), ("timeout", "-1"), ("timeout", "abc"), ("timeout", "1e3"), ("timeout", "nan"), ("timeout", "3601"), ("timeout", "١"),
        ("retries", "11"), ("retries", "-1"), ("retries", "1.5"), ("output", "xml"), ("output", "JSON"),
        ("site-id", "x"), ("site-id", "../" + SITE), ("profile", "a b"), ("profile", "../x"), ("profile", "x" * 65), ("profile", "[x]"),
        ("base-url", "www.wixapis.com"), ("base-url", "ftp://x"), ("base-url", "http://example.com"), ("base-url", "http://10.0.0.1"),
        ("base-url", "https://user:pass@x"), ("base-url", "https://x/path"), ("base-url", "https://x?q=1"), ("base-url", "https://x#y"),
        ("base-url", "https://"), ("base-url", "https://x:99999"), ("base-url", "https://ex ample"), ("base-url", "https://ümlaut.example"),
        ("base-url", "http://127.0.0.1.evil.example"), ("base-url", "http://localhost.evil.example"), ("base-url", "https://x\n.y"), ("base-url", "https://[::1"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_its_source(name: str, value: str, paths: Paths) -> None:
    environ = {SPECS[name].variable: value}

    with pytest.raises(UsageError, match=rf"^{name} \(environment {SPECS[name].variable}\): "):
        read(paths, environ)[name]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://me:secret@x",
        "https://me:secret@x:99999",
        "me:secret@x",
        "http://me:secret@[",
        "https://me:secret@x/y",
    ],
)
def test_a_base_url_with_a_password_is_not_quoted(url: str, paths: Paths) -> None:
    with pytest.raises(UsageError, match="must not hold a user name or password") as refused:
        read(paths, {"LOYALTYCTL_BASE_URL": url})["base-url"]

    assert "secret" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://www.wixapis.com/", ORIGIN),
        ("HTTPS://WWW.Wixapis.COM:443", ORIGIN),
        ("https://x:8443", "https://x:8443"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("http://localhost:80/", "http://localhost"),
        ("http://[::1]:8787", "http://[::1]:8787"),
        ("http://127.9.9.9", "http://127.9.9.9"),
    ],
)
def test_an_origin_has_one_spelling(url: str, origin: str) -> None:
    assert server_origin(url) == origin


@pytest.mark.parametrize("text", ["profile = ", "[profiles", "\0", "a = 1\na = 2", "profiles = 3", "timeout = true", "timeout = [1]", '[profiles.x]\n"site-id" = {}\n'])  # fmt: skip
def test_a_broken_file_is_an_error_that_names_it(text: str, paths: Paths) -> None:
    with pytest.raises(InvalidData, match=r"config\.toml"):
        configured_settings = read(configured(paths, text), profile="x")
        configured_settings.profiles()
        [configured_settings[name] for name in SPECS]


def test_bytes_that_are_no_text_are_an_error(paths: Paths) -> None:
    configured(paths, "")
    paths.config.write_bytes(b"\xff\xfe")

    with pytest.raises(InvalidData, match="not UTF-8"):
        read(paths)


class TestStoring:
    """Changing config.toml."""

    def test_comments_and_order_stay(self, paths: Paths) -> None:
        configured(paths, '# mine\ntimeout = "30" # slow\n\n[profiles.shop] # the shop\nsite-id = "x"\n')

        settings.store(paths, "output", "json", None)
        settings.store(paths, "site-id", SITE, "shop")
        settings.store(paths, "timeout", None, None)

        text = paths.config.read_text()
        assert "# mine" in text
        assert "# the shop" in text
        assert "timeout" not in text
        assert read(paths, profile="shop")["site-id"].value == SITE
        assert read(paths)["output"].value == "json"

    def test_a_first_profile_becomes_the_one_in_use_and_a_second_does_not(self, paths: Paths) -> None:
        settings.add_profile(paths, "one", {"site-id": SITE, "account-id": None})
        settings.add_profile(paths, "two", {"site-id": OTHER})

        assert read(paths).profile == "one"
        assert read(paths, profile="two")["site-id"].value == OTHER
        assert "account-id" not in paths.config.read_text()

    def test_what_is_wrong_is_not_stored(self, paths: Paths) -> None:
        with pytest.raises(UsageError):
            settings.store(paths, "output", "xml", None)

        assert not paths.config.exists()

    def test_an_unknown_profile_is_named_with_the_known_ones(self, paths: Paths) -> None:
        with pytest.raises(NotFound, match='no profile "x"; known are one, sandbox'):
            read(configured(paths, "[profiles.one]\n")).require_profile("x")


class TestFiles:
    """Files appear whole and private, or not at all."""

    @pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
    def test_what_is_written_is_private_whatever_the_umask(self, paths: Paths, umask: int) -> None:
        before = os.umask(umask)
        try:
            credentials.save(paths, "shop", ApiKeyCredential(Secret(KEY, "key")), ORIGIN)
        finally:
            os.umask(before)

        assert stat.S_IMODE(paths.credentials.stat().st_mode) == 0o600
        assert stat.S_IMODE(paths.config_dir.stat().st_mode) == 0o700

    def test_a_file_that_others_could_read_becomes_private(self, paths: Paths) -> None:
        paths.config_dir.mkdir()
        paths.credentials.write_text("")
        paths.credentials.chmod(0o644)

        with files.changing(paths.credentials) as document:
            document["a"] = 1

        assert stat.S_IMODE(paths.credentials.stat().st_mode) == 0o600

    def test_a_file_that_others_can_read_is_refused(self, paths: Paths) -> None:
        credentials.save(paths, "shop", ApiKeyCredential(Secret(KEY, "key")), ORIGIN)
        paths.credentials.chmod(0o640)

        with pytest.raises(NotAllowed, match=r"can be read by others \(mode 0640\)"):
            credentials.load(paths, "shop")

    def test_an_error_in_between_leaves_the_file_as_it_was(self, paths: Paths) -> None:
        settings.store(paths, "output", "json", None)
        before = paths.config.read_text()

        with pytest.raises(KeyError), files.changing(paths.config) as document:
            document["output"] = "csv"
            raise KeyError

        assert paths.config.read_text() == before
        assert sorted(path.name for path in paths.config_dir.iterdir()) == [
            ".config.toml.lock",
            "config.toml",
        ]

    def test_a_link_is_replaced_and_its_target_left_alone(self, paths: Paths, tmp_path: Path) -> None:
        target = tmp_path / "elsewhere"
        target.write_text("precious = 1\n")
        paths.config_dir.mkdir()
        paths.config.symlink_to(target)

        settings.store(paths, "output", "json", None)

        assert target.read_text() == "precious = 1\n"
        assert not paths.config.is_symlink()

    def test_a_place_that_cannot_be_written_is_an_error_with_a_way_out(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        with pytest.raises(LoyaltyError, match="cannot write") as refused:
            settings.store(Paths(tmp_path / "file" / "config", tmp_path), "output", "json", None)

        assert "LOYALTYCTL_CONFIG_DIR" in refused.value.hint

    def test_two_programs_change_one_file_one_after_the_other(self, paths: Paths) -> None:
        context = multiprocessing.get_context("spawn")
        writers = [context.Process(target=_add_profiles, args=(paths, part)) for part in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()

        assert len(read(paths).profiles()) == 4 * 5 + 1


def _add_profiles(paths: Paths, part: int) -> None:
    for i in range(5):
        settings.add_profile(paths, f"p{part}-{i}", {"site-id": SITE})


APP = {"LOYALTYCTL_APP_ID": "app", "LOYALTYCTL_APP_SECRET": "s3cret", "LOYALTYCTL_INSTANCE_ID": "inst"}


class TestCredentials:
    """Credentials, where they come from and where they may go."""

    def test_what_is_stored_comes_back_bound_to_its_origin(self, paths: Paths) -> None:
        credentials.save(paths, "shop", ApiKeyCredential(Secret(KEY, "key")), ORIGIN)
        credentials.save(paths, "app", AppCredential("a", Secret("s", "secret"), "i"), ORIGIN)

        found = credentials.find({}, paths, "shop")

        assert found is not None
        assert found.credential.secret.reveal() == KEY
        assert credentials.bound(found, ORIGIN) is found.credential
        with pytest.raises(
            NotAllowed,
            match=r"was stored for https://www\.wixapis\.com and is not sent to https://evil\.example",
        ):
            credentials.bound(found, "https://evil.example")
        assert isinstance(getattr(credentials.load(paths, "app"), "credential", None), AppCredential)

    def test_the_environment_wins_over_what_is_stored(self, paths: Paths) -> None:
        credentials.save(paths, "shop", ApiKeyCredential(Secret("stored-key", "key")), ORIGIN)

        found = credentials.find({"LOYALTYCTL_API_KEY": KEY}, paths, "shop")

        assert found is not None
        assert found.credential.secret.reveal() == KEY
        assert found.origin.source is Source.ENVIRONMENT
        assert credentials.bound(found, "https://anywhere.example")

    def test_a_key_may_come_from_a_file(self, paths: Paths, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(f"{KEY}\r\n")

        found = credentials.find({"LOYALTYCTL_API_KEY_FILE": str(tmp_path / "key")}, paths, None)

        assert found is not None
        assert found.credential.secret.reveal() == KEY
        with pytest.raises(UsageError, match="No such file"):
            credentials.find({"LOYALTYCTL_API_KEY_FILE": str(tmp_path / "nothing")}, paths, None)

    def test_an_app_needs_all_three_parts(self, paths: Paths) -> None:
        assert credentials.find(APP, paths, None) is not None
        for name in APP:
            with pytest.raises(UsageError, match=f"{name} not set"):
                credentials.find(APP | {name: ""}, paths, None)

    @pytest.mark.parametrize("text", ["", "\n", "a b", "a\nb", "ümlaut", "“key”", "a\x00b", "key\u200b"])
    def test_what_cannot_be_a_key_is_refused_without_showing_it(self, text: str) -> None:
        with pytest.raises(InvalidData) as refused:
            Secret(text, "API key")

        assert not text.strip() or text not in str(refused.value) + refused.value.hint

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

        with pytest.raises(InvalidData, match=r"\[profiles.shop\] is not complete"):
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
            lambda: settings.Settings(paths, {}, {}),
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


def test_folders_are_the_platforms_own_unless_named(tmp_path: Path) -> None:
    named = Paths.of({"LOYALTYCTL_CONFIG_DIR": "relative", "LOYALTYCTL_DATA_DIR": str(tmp_path)})

    assert named.config == Path("relative").absolute() / "config.toml"
    assert named.sandbox == tmp_path / "sandbox.sqlite3"
    assert Paths.of({}).config_dir.name == "loyaltyctl"
