"""`loyaltyctl auth`: login, status, logout and switch."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.conftest import KEY, NO_RULE, PURCHASE, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

LOGIN = f"auth login --api-key-stdin --site-id {SITE}"


class TestLogin:
    """auth login: checks and stores credentials for one server."""

    def test_a_key_from_standard_input_is_checked_and_stored(
        self, run: Run, served: Served, home: Home
    ) -> None:
        signed_in = run(f"-p shop {LOGIN} --base-url {served.url}", stdin=KEY + "\n")

        assert [sent.method for sent in signed_in.sent] == ["GET"]
        assert stat.S_IMODE((home.config / "credentials.toml").stat().st_mode) == 0o600
        assert KEY not in (home.config / "config.toml").read_text()
        assert len(run("rules list --json").json()) == 7
        assert run("auth status --json").json() == {
            "profile": "shop", "kind": "API key", "credential": "…6789", "source": "profile shop",
            "server": served.url, "serverSource": "profile shop", "siteId": SITE, "accountId": None, "instanceId": None,
            "targetSource": "profile shop", "accepted": True,
        }  # fmt: skip

    def test_signing_in_again_keeps_the_server(self, run: Run, served: Served) -> None:
        run(f"-p shop {LOGIN} --offline", stdin="made-up-before", env={"LOYALTYCTL_BASE_URL": served.url})
        run("-p shop auth login --api-key-stdin", stdin=KEY)

        assert run("config get base-url").out == f"{served.url}\n"
        assert len(run("rules list --json").json()) == 7

    def test_a_rejected_key_is_not_stored(self, run: Run, served: Served, home: Home) -> None:
        refused = run(f"{LOGIN} --base-url {served.url}", stdin="wrong-key", code=4)

        assert "401 UNAUTHENTICATED" in refused.err
        assert refused.err.endswith(
            "\nhint: Nothing was stored. The key or token is wrong, expired or revoked. Check the key or secret, and sign in again.\n"
        )
        assert not home.config.exists()

    @pytest.mark.parametrize("fault", ["html", "redirect=http://127.0.0.1:1/", "500", "403", "lost"])
    def test_the_hint_for_a_rejected_key_names_the_server_of_the_call(
        self, fault: str, run: Run, serve: Callable[..., Served], home: Home
    ) -> None:
        refused = run(f"{LOGIN} --base-url {serve(fault).url}", stdin=KEY, code=None)

        assert "\nhint: Nothing was stored. " in refused.err
        assert "loyaltyctl " not in refused.err.partition("hint: ")[2]
        assert not home.config.exists()

    def test_offline_the_key_is_not_checked(self, run: Run) -> None:
        assert run(f"{LOGIN} --offline", stdin=KEY).sent == []
        assert run("auth status --offline --json").json()["accepted"] is None

    def test_a_key_is_read_from_a_file_or_the_environment(self, run: Run, home: Home) -> None:
        (home.work / "key").write_text(KEY)
        run(f"-p a auth login --api-key-file key --site-id {SITE} --offline")
        result = run(f"-p b auth login --site-id {SITE} --offline", env={"LOYALTYCTL_API_KEY": KEY})

        assert "using the API key from LOYALTYCTL_API_KEY" in result.err
        assert (home.config / "credentials.toml").read_text().count(KEY) == 2

    def test_values_stored_from_the_environment_are_noted(self, run: Run, served: Served) -> None:
        exported = {"LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_BASE_URL": served.url}
        result = run("auth login --api-key-stdin --offline", stdin=KEY, env=exported)

        assert f"using the site id {SITE} from LOYALTYCTL_SITE_ID" in result.err
        assert f"using the server {served.url} from LOYALTYCTL_BASE_URL" in result.err
        given = run(
            f"auth login --api-key-stdin --offline --site-id {SITE} --base-url {served.url}",
            stdin=KEY,
            env=exported,
        )
        assert "using" not in given.err

    @pytest.mark.parametrize("quote", ["'", '"'])
    def test_a_quoted_key_is_stored_without_its_quotes(self, quote: str, run: Run, home: Home) -> None:
        quoted = f"{quote}{KEY}{quote}"
        run(f"-p a auth login --api-key-stdin --site-id {SITE} --offline", stdin=f"{quoted}\n")
        run(f"-p b auth login --site-id {SITE} --offline", env={"LOYALTYCTL_API_KEY": quoted})

        stored = (home.config / "credentials.toml").read_text()
        assert stored.count(f'"{KEY}"') == 2

    def test_an_app_signs_in_with_its_secret(self, run: Run, served: Served, home: Home) -> None:
        run(
            f"-p app auth login --app-id app-1 --instance-id {SITE} --app-secret-stdin --base-url {served.url}",
            stdin=KEY,
        )

        assert [sent.method for sent in run("-p app rules list").sent] == ["GET"]
        assert "[tokens." in (home.config / "credentials.toml").read_text()
        assert run("-p app auth status --json").json()["kind"] == "app"

    def test_an_app_is_read_from_the_environment(self, run: Run, served: Served) -> None:
        env = {
            "LOYALTYCTL_APP_ID": "a",
            "LOYALTYCTL_APP_SECRET": KEY,
            "LOYALTYCTL_INSTANCE_ID": SITE,
            "LOYALTYCTL_BASE_URL": served.url,
        }

        assert [sent.method for sent in run("rules list", env=env).sent] == ["POST", "GET"]
        assert [sent.method for sent in run("rules list", env=env).sent] == ["GET"]

    def test_a_site_id_is_normalized(self, run: Run, served: Served, home: Home) -> None:
        line = f"-p shop auth login --api-key-stdin --site-id {SITE.upper()} --base-url {served.url}"
        assert run(line, stdin=KEY).sent[0].headers["wix-site-id"] == SITE
        run("rules list")
        run("rules list", env={"LOYALTYCTL_SITE_ID": SITE.upper()})

        assert run("config get site-id").out == f"{SITE}\n"
        assert len([*(home.data / "calls").iterdir()]) == 1

    def test_an_account_is_stored_instead_of_a_site(self, run: Run, served: Served) -> None:
        run(f"-p acc auth login --api-key-stdin --account-id {NO_RULE} --base-url {served.url}", stdin=KEY)

        assert run("-p acc rules list -v").sent[0].headers["wix-account-id"] == NO_RULE

    @pytest.mark.parametrize(("line", "stdin", "why"), [
        ("auth login", "", "no API key, and no terminal to ask for it"),
        (f"auth login --site-id {SITE} --api-key-stdin", "", "the API key is empty"),
        (f"auth login --site-id {SITE} --api-key-stdin", "a b", "the API key has characters"),
        ("auth login --api-key-stdin", KEY, "--site-id is missing"),
        ("auth login --api-key-stdin --site-id x", KEY, "a site id must be a GUID"),
        ("auth login --api-key-stdin --api-key-file x", KEY, "mutually exclusive"),
        ("auth login --api-key-file nothing", "", "cannot read the API key from its file: No such file"),
        (f"auth login --api-key-stdin --site-id {SITE} --base-url http://example.com", KEY, "plain http goes to this machine only"),
        ("-p sandbox auth login", "", "the profile sandbox is built in"),
        ("auth login --app-id a --app-secret-stdin", KEY, "--instance-id is missing"),
        ("auth login --app-id a --instance-id b", "", "no app secret"),
        (f"auth login --app-id {KEY} --instance-id b", "", "--app-id must be an id, not a key"),
        (f"auth login --app-id a --instance-id b --account-id {SITE}", "", "--app-id and --account-id are mutually exclusive"),
        (f"auth login --app-id a --instance-id b --site-id {SITE}", "", "--app-id and --site-id are mutually exclusive"),
        ("auth login --app-id= --instance-id b --app-secret-stdin", "secret", "--app-id is empty"),
        ("auth login --app-id a --instance-id b --api-key-stdin", KEY, "--app-id and --api-key-stdin are mutually exclusive"),
        (f"auth login --app-secret-stdin --site-id {SITE}", KEY, "--app-secret-stdin requires --app-id"),
        (f"auth login --api-key-stdin --instance-id b --site-id {SITE}", KEY, "--instance-id requires --app-id"),
        ("-p a/b auth login", "", "a profile name has letters"),
    ])  # fmt: skip
    def test_missing_and_invalid_values_are_errors(
        self, line: str, stdin: str, why: str, run: Run, home: Home
    ) -> None:
        result = run(line, stdin=stdin, code=6 if why.startswith("the API key") else 2)

        assert why in result.err
        assert not home.config.exists()


class TestStatus:
    """auth status: the credentials in use, with their sources."""

    def test_without_credentials_the_status_is_an_error(self, run: Run) -> None:
        error = run("auth status --json", code=4).error()

        assert error["code"] == "NO_CREDENTIALS"
        assert "auth login" in error["hint"]
        assert "-p sandbox" in error["hint"]

    def test_the_sandbox_needs_no_credentials(self, run: Run) -> None:
        assert run("-p sandbox auth status --json").json()["accepted"] is True

    def test_the_environment_is_shown_as_source(self, run: Run, served: Served) -> None:
        assert (
            run("auth status --json", env=served.environ).json()["source"] == "environment LOYALTYCTL_API_KEY"
        )

    def test_a_rejected_key_is_shown_and_exits_with_four(self, run: Run, served: Served) -> None:
        refused = run("auth status --json", env=served.environ | {"LOYALTYCTL_API_KEY": "wrong"}, code=4)

        assert refused.json()["accepted"] is False
        assert refused.error()["httpStatus"] == 401

    def test_the_hint_for_a_rejected_key_depends_on_its_source(
        self, run: Run, served: Served, home: Home
    ) -> None:
        (home.work / "key").write_text("wrong")
        run(f"-p shop {LOGIN} --base-url {served.url} --offline", stdin="wrong")
        target = {"LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_BASE_URL": served.url}
        app = {"LOYALTYCTL_APP_ID": "a", "LOYALTYCTL_APP_SECRET": "wrong", "LOYALTYCTL_INSTANCE_ID": SITE}
        where = {
            "LOYALTYCTL_API_KEY": {"LOYALTYCTL_API_KEY": "wrong"},
            "LOYALTYCTL_API_KEY_FILE": {"LOYALTYCTL_API_KEY_FILE": "key"},
            "LOYALTYCTL_APP_SECRET": app,
        }

        for name, env in where.items():
            hint = run("rules list --json", env=target | env, code=4).error()["hint"]
            assert hint.endswith(f"revoked. Set a new one in: {name}")
        hint = run("-p shop rules list --json", code=4).error()["hint"]
        assert hint.endswith("revoked. Sign in again with: loyaltyctl -p shop auth login")

    def test_an_unreachable_server_is_not_a_rejection(self, run: Run, served: Served) -> None:
        away = served.environ | {"LOYALTYCTL_BASE_URL": "http://127.0.0.1:1"}

        shown = run("auth status --retries 0 --json", env=away, code=7)
        assert shown.json()["source"] == "environment LOYALTYCTL_API_KEY"
        assert shown.json()["accepted"] is None


def test_a_profile_is_switched_and_logged_out(run: Run) -> None:
    run(f"-p one {LOGIN} --offline", stdin=KEY)
    run(f"-p two {LOGIN} --offline", stdin=KEY)

    assert run("config get profile").out == "one\n"
    run("auth switch two")
    assert run("config get profile").out == "two\n"
    run("auth logout")
    run("auth status", code=4)
    assert "no credentials are stored" in run("auth logout").err
    assert run("-p one auth status --offline -o id").out == "one\n"
    run("auth switch sandbox")
    assert len(run("rules list --json").json()) == 7
    assert "known are one, two, sandbox" in run("auth switch nobody", code=3).err


def test_results_are_printed_as_json_on_request(run: Run, home: Home) -> None:
    signed_in = run(f"-p one {LOGIN} --offline --json", stdin=KEY)
    assert signed_in.json() == {"profile": "one", "server": "https://www.wixapis.com", "inUse": True}
    assert run(f"-p two {LOGIN} --offline --json", stdin=KEY).json()["inUse"] is False
    assert run("auth switch two --json").json() == {"profile": "two"}
    assert run("auth logout --json").json() == {"profile": "two", "removed": True}
    database = str(home.data / "sandbox.sqlite3")
    assert run("sandbox reset -y --json").json() == {"database": database, "sites": 0, "rules": 0}
    assert run("auth switch one").out == ""


def test_a_hint_names_the_profile_in_use(run: Run, served: Served) -> None:
    missing = run(f"-p sandbox rules pause {NO_RULE}", code=3)
    assert "hint: See: loyaltyctl -p sandbox rules list" in missing.err
    assert "hint: See: loyaltyctl rules list" in run(f"rules pause {NO_RULE}", env=served.environ, code=3).err


@pytest.mark.parametrize("value", ["0", "false", "No"])
def test_a_variable_set_to_no_is_ignored(value: str, run: Run) -> None:
    assert "> GET" not in run("-p sandbox rules list", env={"LOYALTYCTL_DEBUG": value}).err


def test_a_stored_key_is_never_sent_to_another_server(
    run: Run, served: Served, serve: Callable[..., Served]
) -> None:
    run(f"-p shop {LOGIN} --base-url {served.url}", stdin=KEY)
    other = serve()

    for line in ("rules list", f"rules get {PURCHASE}", "auth status"):
        refused = run(line, env={"LOYALTYCTL_BASE_URL": other.url}, code=4)
        assert f"is for {served.url} and is not sent to {other.url}" in refused.err
        assert "use the stored server: -p shop, or: unset LOYALTYCTL_BASE_URL" in refused.err
        assert refused.sent == []
    run(f"-p shop config set base-url {other.url}")
    assert "is not sent to" in run("-p shop rules list", code=4).err
