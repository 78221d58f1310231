"""Settings: precedence of sources, validation, and edits of config.toml."""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.config import settings
from loyaltyctl.config.base_url import server_origin
from loyaltyctl.config.specs import SPECS
from loyaltyctl.errors import InvalidData, NotFound, UsageError
from tests.config.settings import ORIGIN, OTHER, configured, read
from tests.conftest import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.config.paths import Paths


def powerset(names: list[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(names, count) for count in range(len(names) + 1))


class TestPrecedence:
    """Option, named profile, environment, default profile, default."""

    text = f'profile = "shop"\ntimeout = 30\n[profiles.shop]\nsite-id = "{SITE}"\nbase-url = "https://shop.example"\n'

    def test_the_source_with_the_highest_precedence_wins_and_is_named(self, paths: Paths) -> None:
        configured(paths, self.text)
        environ = {"LOYALTYCTL_SITE_ID": OTHER, "LOYALTYCTL_TIMEOUT": "5"}

        assert str(read(paths, environ, timeout="1")["timeout"].source) == "flag --timeout"
        assert str(read(paths, environ)["timeout"].source) == "environment LOYALTYCTL_TIMEOUT"
        assert str(read(paths)["timeout"].source) == "config config.toml"
        assert str(read(paths)["site-id"].source) == "profile shop"
        assert read(paths, environ)["site-id"].value == OTHER
        assert str(read(paths)["retries"].source) == "default"
        assert read(paths)["retries"].value == "2"

    def test_an_empty_variable_counts_as_unset(self, paths: Paths) -> None:
        assert read(paths, {"LOYALTYCTL_TIMEOUT": "", "LOYALTYCTL_PROFILE": ""})["timeout"].value == "60"

    def test_a_profile_has_its_own_settings(self, paths: Paths) -> None:
        configured(paths, self.text + f'[profiles.other]\nsite-id = "{OTHER}"\n')

        assert read(paths, profile="other")["site-id"].value == OTHER
        assert read(paths, profile="other")["base-url"].value == ORIGIN
        assert read(paths, {"LOYALTYCTL_PROFILE": "nobody"})["site-id"].value is None
        with pytest.raises(NotFound, match="no profile"):
            read(paths, profile="nobody")["site-id"]
        assert read(paths).profiles() == ["other", "shop", "sandbox"]

    def test_every_setting_has_a_variable(self) -> None:
        assert SPECS["base-url"].variable == "LOYALTYCTL_BASE_URL"
        assert all(spec.help for spec in SPECS.values())

    @pytest.mark.parametrize(("flags", "environ", "target"), [
        ({"site_id": SITE}, {"LOYALTYCTL_ACCOUNT_ID": OTHER}, (SITE, None)),
        ({}, {"LOYALTYCTL_ACCOUNT_ID": OTHER}, (None, OTHER)),
        ({"account_id": OTHER}, {}, (None, OTHER)),
    ])  # fmt: skip
    def test_site_or_account_with_the_higher_precedence_is_used(
        self,
        paths: Paths,
        flags: dict[str, str],
        environ: dict[str, str],
        target: tuple[str | None, str | None],
    ) -> None:
        site, account = read(configured(paths, self.text), environ, **flags).target()

        assert (site.value, account.value) == target

    @pytest.mark.parametrize("name", ["site-id", "account-id", "base-url", "public-key-file"])
    @pytest.mark.parametrize("places", [*powerset(["flag", "environment", "profile"])])
    @pytest.mark.parametrize("is_named", [True, False])
    def test_precedence_is_the_order_of_source_kinds(
        self, name: str, places: tuple[str, ...], is_named: bool, paths: Paths
    ) -> None:
        values = {
            place: f"https://{place}.example" if name == "base-url"
            else f"/{place}" if name == "public-key-file"
            else f"{number}{SITE[1:]}"
            for number, place in enumerate(("flag", "environment", "profile", "default"))
        }  # fmt: skip
        stored = f'{name} = "{values["profile"]}"\n' if "profile" in places else ""
        configured(paths, f"[profiles.shop]\n{stored}")
        environ = {SPECS[name].variable: values["environment"]} if "environment" in places else {}
        flags = {name.replace("-", "_"): values["flag"]} if "flag" in places else {}
        chosen = read(
            paths,
            environ if is_named else environ | {"LOYALTYCTL_PROFILE": "shop"},
            **(flags | {"profile": "shop"} if is_named else flags),
        )[name]

        order = ("flag", "profile", "environment") if is_named else ("flag", "environment", "profile")
        wins = next((place for place in order if place in places), "default")
        assert chosen.source.kind.label == wins
        assert chosen.value == (values[wins] if wins != "default" else SPECS[name].default)

    def test_site_and_account_from_one_source_are_rejected(self, paths: Paths) -> None:
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
def test_an_invalid_value_is_rejected_with_its_source(name: str, value: str, paths: Paths) -> None:
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
def test_the_message_for_a_base_url_with_a_password_does_not_quote_it(url: str, paths: Paths) -> None:
    with pytest.raises(UsageError, match="must not contain a user name or password") as refused:
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
def test_an_origin_is_normalized(url: str, origin: str) -> None:
    assert server_origin(url) == origin


@pytest.mark.parametrize("text", ["profile = ", "[profiles", "\0", "a = 1\na = 2", "profiles = 3", "timeout = true", "timeout = [1]", '[profiles.x]\n"site-id" = {}\n'])  # fmt: skip
def test_a_broken_file_is_an_error_that_names_it(text: str, paths: Paths) -> None:
    with pytest.raises(InvalidData, match=r"config\.toml"):
        configured_settings = read(configured(paths, text), {"LOYALTYCTL_PROFILE": "x"})
        configured_settings.profiles()
        [configured_settings[name] for name in SPECS]


def test_a_file_that_is_not_utf_8_is_an_error(paths: Paths) -> None:
    configured(paths, "")
    paths.config.write_bytes(b"\xff\xfe")

    with pytest.raises(InvalidData, match="not UTF-8"):
        read(paths).profiles()


class TestStoring:
    """Edits of config.toml."""

    def test_comments_and_order_stay(self, paths: Paths) -> None:
        configured(paths, '# mine\ntimeout = "30" # slow\n\n[profiles.shop] # the shop\nsite-id = "x"\n')

        settings.store_setting(paths, "output", "json", None)
        settings.store_setting(paths, "site-id", SITE, "shop")
        settings.store_setting(paths, "timeout", None, None)

        text = paths.config.read_text()
        assert "# mine" in text
        assert "# the shop" in text
        assert "timeout" not in text
        assert read(paths, profile="shop")["site-id"].value == SITE
        assert read(paths)["output"].value == "json"

    def test_the_first_profile_becomes_the_default(self, paths: Paths) -> None:
        settings.add_profile(paths, "one", {"site-id": SITE, "account-id": None})
        settings.add_profile(paths, "two", {"site-id": OTHER})

        assert read(paths).profile == "one"
        assert read(paths, profile="two")["site-id"].value == OTHER
        assert "account-id" not in paths.config.read_text()

    def test_an_invalid_value_is_not_stored(self, paths: Paths) -> None:
        with pytest.raises(UsageError):
            settings.store_setting(paths, "output", "xml", None)

        assert not paths.config.exists()

    def test_the_message_for_an_unknown_profile_lists_the_known_ones(self, paths: Paths) -> None:
        with pytest.raises(NotFound, match='no profile "x"; known are one, sandbox'):
            read(configured(paths, "[profiles.one]\n")).require_profile("x")
