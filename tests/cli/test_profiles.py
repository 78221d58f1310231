"""Precedence of settings: options, the named profile, the environment, the profile in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.serving.server import Server
from tests.cli.test_completion import offered
from tests.conftest import GOLD, KEY, NO_RULE, PURCHASE, SESSION, SITE

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.conftest import Home, Result, Run, Served

OTHER = "11111111-2222-4333-8444-555555555555"
WRONG_KEY = "IST.of-another-account.0123456789"
APP = {"LOYALTYCTL_APP_ID": "app", "LOYALTYCTL_APP_SECRET": "wrong-secret", "LOYALTYCTL_INSTANCE_ID": OTHER}
EXPORTED = {
    "site": {"LOYALTYCTL_SITE_ID": OTHER},
    "account": {"LOYALTYCTL_ACCOUNT_ID": OTHER},
    "both": {"LOYALTYCTL_SITE_ID": OTHER, "LOYALTYCTL_ACCOUNT_ID": NO_RULE},
    "key": {"LOYALTYCTL_API_KEY": WRONG_KEY},
    "key file": {"LOYALTYCTL_API_KEY_FILE": "/nowhere"},
    "app": APP,
    "half an app": {"LOYALTYCTL_APP_ID": "app"},
    "server": {"LOYALTYCTL_BASE_URL": "http://127.0.0.1:1"},
    "no server": {"LOYALTYCTL_BASE_URL": "nonsense"},
    "profile": {"LOYALTYCTL_PROFILE": "sandbox"},
    "all": {"LOYALTYCTL_SITE_ID": OTHER, "LOYALTYCTL_API_KEY": WRONG_KEY, "LOYALTYCTL_BASE_URL": "http://127.0.0.1:1"} | APP,
}  # fmt: skip
WRITES = [
    f"rules pause {PURCHASE}",
    f"rules delete {SESSION} --yes",
    "rules create --title A --trigger events/Rsvp --points 1",
    f"rules update {PURCHASE} --points 3",
    "rules apply -f rules.yaml --yes",
    "rules copy --from sandbox --yes",
    "rules bulk-create -f rules.csv",
    f"api PUT /_api/loyalty-earning-rules/v1/earning-rules/{PURCHASE} -f body.json",
]
READS = ["rules list", "rules export", "rules diff -f rules.yaml", "auth status", "doctor", "api GET /x"]


def _refusing(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Reject an app with an error of RFC 6749, section 5.2."""
    start_response("401 Unauthorized", [("Content-Type", "application/json")])
    return [b'{"error":"invalid_client","error_description":"the secret was rotated"}']


def sign_in(run: Run, served: Served, profile: str = "staging", site: str = SITE) -> None:
    run(f"-p {profile} auth login --api-key-stdin --site-id {site} --base-url {served.url}", stdin=KEY)


@pytest.fixture
def staging(run: Run, served: Served, home: Home) -> Served:
    """Create the profile staging, with key, site and server; another profile is in use."""
    run("config set profile sandbox")
    run(f"-p sandbox rules update {PURCHASE} --points 9")
    sign_in(run, served)
    (home.work / "rules.yaml").write_text("rules:\n- {title: B, trigger: events/Rsvp, earn: 5 points}\n")
    (home.work / "rules.csv").write_text("title,trigger,points\nC,events/Rsvp,1\n")
    (home.work / "body.json").write_text('{"earningRule": {"revision": "1", "title": "D"}}')
    return served


def aims(result: Result) -> set[tuple[str, str | None, str | None]]:
    """Return server, site and account of the requests."""
    return {
        ("/".join(sent.url.split("/")[:3]), sent.headers.get("wix-site-id"), sent.headers.get("wix-account-id"))
        for sent in result.sent
        if "127.0.0.1:8787" not in sent.url  # the sandbox in this process, where rules are copied from
    }  # fmt: skip


class TestNamedProfiles:
    """-p, --to and --from: environment variables do not override a named profile."""

    @pytest.mark.parametrize("exported", EXPORTED)
    def test_variables_do_not_override_a_named_profile(
        self, exported: str, run: Run, staging: Served
    ) -> None:
        for line in (READS[0], "auth status", WRITES[0], "rules apply -f rules.yaml --to staging -y"):
            named = line if "--to" in line else f"-p staging {line}"
            assert aims(run(named, env=EXPORTED[exported])) == {(staging.url, SITE, None)}
        copied = run("-p sandbox rules diff --from staging --exit-code", env=EXPORTED[exported], code=None)
        assert aims(copied) == {(staging.url, SITE, None)}

    @pytest.mark.parametrize("line", [*WRITES, *READS])
    def test_every_command_uses_the_settings_of_the_named_profile(
        self, line: str, run: Run, staging: Served
    ) -> None:
        result = run(f"-p staging {line}", env=EXPORTED["all"], code=None)

        assert aims(result) == {(staging.url, SITE, None)}

    def test_an_option_overrides_the_named_profile(self, run: Run, staging: Served) -> None:
        result = run(f"-p staging --site-id {GOLD} rules pause {PURCHASE}", env=EXPORTED["site"])

        assert aims(result) == {(staging.url, GOLD, None)}
        assert f"site: {GOLD} on {staging.url} (flag --site-id, profile staging)\n" in result.err

    def test_variables_override_the_profile_in_use(self, run: Run, staging: Served) -> None:
        for verb, chosen in (("pause", {"LOYALTYCTL_PROFILE": "staging"}), ("resume", {})):
            if not chosen:
                run("auth switch staging")
            result = run(f"rules {verb} {PURCHASE}", env=EXPORTED["site"] | chosen)
            assert aims(result) == {(staging.url, OTHER, None)}
            assert "(environment LOYALTYCTL_SITE_ID, profile staging)\n" in result.err

    def test_the_default_server_of_a_profile_is_kept_too(self, run: Run, home: Home) -> None:
        run(f"-p live auth login --api-key-stdin --site-id {SITE} --offline", stdin=KEY)
        url = run("-p live config list --json --show-origin", env=EXPORTED["all"]).json()

        assert {"key": "base-url", "value": "https://www.wixapis.com", "origin": "profile live"} in url
        assert {"key": "site-id", "value": SITE, "origin": "profile live"} in url
        assert "base-url" not in (home.config / "config.toml").read_text()
        dry = run(f"-p live rules pause {PURCHASE} --dry-run --json", env=EXPORTED["all"]).json()
        assert {one["url"].split("/_api")[0] for one in dry} == {"https://www.wixapis.com"}

    def test_a_stored_account_is_kept_too(self, run: Run, served: Served) -> None:
        run(f"-p acc auth login --api-key-stdin --account-id {NO_RULE} --base-url {served.url}", stdin=KEY)

        for exported in ("site", "account", "both", "all"):
            assert aims(run("-p acc rules list", env=EXPORTED[exported])) == {(served.url, None, NO_RULE)}
        run("-p acc auth login --api-key-stdin", stdin=KEY, env=EXPORTED["both"])
        assert aims(run("-p acc rules list")) == {(served.url, None, NO_RULE)}

    def test_an_app_keeps_the_site_of_its_instance(self, run: Run, served: Served) -> None:
        line = f"-p app auth login --app-id a --instance-id {SITE} --app-secret-stdin --base-url {served.url}"
        run(line, stdin=KEY)
        paused = run(f"-p app rules pause {PURCHASE}", env=EXPORTED["all"])
        status = run("-p app auth status --json", env=EXPORTED["all"]).json()

        assert aims(paused) == {(served.url, None, None)}
        assert f"site: that of the app's instance {SITE} on {served.url} (profile app)\n" in paused.err
        assert (status["siteId"], status["instanceId"], status["targetSource"]) == (None, SITE, "profile app")
        refused = run(f"-p app --site-id {OTHER} rules delete {PURCHASE} -y", code=2)
        assert "which acts on the site of its instance only" in refused.err
        assert refused.sent == []

    def test_an_exported_app_does_not_take_the_place_of_a_stored_site(self, run: Run, served: Served) -> None:
        run(f"-p ci config set site-id {SITE}")
        env = {**APP, "LOYALTYCTL_APP_SECRET": KEY, "LOYALTYCTL_BASE_URL": served.url}

        refused = run(f"-p ci rules delete {PURCHASE} -y", env=env, code=2)
        assert f"the site {SITE} (profile ci) cannot be used" in refused.err
        assert refused.sent == []
        assert len(run("rules list --json", env=env).json()) == 7

    def test_a_missing_credential_is_taken_from_the_environment_with_one_message(
        self, run: Run, served: Served
    ) -> None:
        run(f"-p ci config set site-id {SITE}")
        env = served.environ | {"LOYALTYCTL_SITE_ID": OTHER}
        message = "the profile ci stores no credentials; using environment LOYALTYCTL_API_KEY\n"
        paused = run(f"-p ci rules pause {PURCHASE}", env=env)

        assert aims(paused) == {(served.url, SITE, None)}
        assert paused.err.count(message) == 1
        assert message not in run(f"-p ci -q rules pause {PURCHASE}", env=env).err
        assert message not in run(f"rules pause {PURCHASE}", env=env | {"LOYALTYCTL_PROFILE": "ci"}).err
        assert "NO_CREDENTIALS" in run("-p ci rules list --json", code=4).err

    def test_a_profile_may_store_a_server_alone(self, run: Run, served: Served) -> None:
        run(f"-p local config set base-url {served.url}")

        env = {
            "LOYALTYCTL_API_KEY": KEY,
            "LOYALTYCTL_SITE_ID": OTHER,
            "LOYALTYCTL_BASE_URL": "http://127.0.0.1:1",
        }
        assert aims(run("-p local rules list", env=env)) == {(served.url, OTHER, None)}  # fmt: skip

    @pytest.mark.usefixtures("staging")
    def test_a_stored_key_is_never_sent_to_another_server(
        self, run: Run, serve: Callable[..., Served]
    ) -> None:
        other = serve()
        run(f"-p staging config set base-url {other.url}")

        refused = run("-p staging rules list", env=EXPORTED["key"], code=4)
        assert f"is not sent to {other.url}" in refused.err
        assert refused.sent == []

    def test_a_stored_credential_that_is_damaged_is_not_replaced_by_that_of_the_environment(
        self, run: Run, staging: Served, home: Home
    ) -> None:
        path = home.config / "credentials.toml"
        for text in (
            "[profiles.staging]\n",
            f'[profiles.staging]\norigin = "{staging.url}"\n',
            "profiles = 3",
        ):
            path.write_text(text)
            refused = run("-p staging rules list", env=staging.environ, code=6)
            assert refused.sent == []
        path.chmod(0o644)
        assert run("-p staging rules list", env=staging.environ, code=4).sent == []

    @pytest.mark.parametrize("line", ["rules list", f"rules delete {PURCHASE} -y", "auth status", "auth logout", "config list", "config get base-url",
        "config unset site-id", "doctor", "rules apply -f rules.yaml -y", "rules diff -f rules.yaml --against rules.yaml", "events verify token.jwt", "api GET /x", "rules list --dry-run"])  # fmt: skip
    def test_a_profile_that_does_not_exist_is_never_the_environment(
        self, line: str, run: Run, staging: Served
    ) -> None:
        refused = run(f"-p stagging {line} --json", env=staging.environ, code=3)

        assert refused.error()["code"] == "NO_SUCH_PROFILE"
        assert "did you mean staging?" in refused.error()["message"]
        assert refused.sent == []

    def test_an_invalid_value_that_is_not_used_is_reported_too(self, run: Run, staging: Served) -> None:
        assert staging.url
        for line in (
            "rules history",
            "rules apply -f rules.yaml --to staging -y",
            "rules copy --from staging -y",
        ):
            assert 'no profile "nosuch"' in run(f"-p nosuch {line}", code=3).err

    def test_site_id_does_not_apply_to_the_sandbox(self, run: Run, staging: Served) -> None:
        copied = run(f"rules copy --from sandbox --to staging --site-id {OTHER} -y")

        assert aims(copied) == {(staging.url, OTHER, None)}

    def test_a_profile_with_only_a_credential_exists(self, run: Run, staging: Served, home: Home) -> None:
        (home.config / "config.toml").write_text("")

        assert aims(run(f"-p staging --site-id {SITE} rules list")) == {(staging.url, SITE, None)}

    def test_a_profile_is_created_by_login_and_by_config_set(self, run: Run, served: Served) -> None:
        sign_in(run, served, "one")
        run(f"-p two config set site-id {SITE}")

        assert run("-p one auth status --offline --json").json()["profile"] == "one"
        assert run("-p two config get site-id").out == f"{SITE}\n"

    @pytest.mark.parametrize("exported", EXPORTED)
    def test_the_sandbox_stays_the_sandbox(self, exported: str, run: Run, home: Home, served: Served) -> None:
        (home.work / "rules.yaml").write_text("rules:\n- {title: B, trigger: events/Rsvp, earn: 5 points}\n")
        sign_in(run, served)

        result = run("-p sandbox rules apply -f rules.yaml -y", env=EXPORTED[exported])
        assert result.sent
        assert all(sent.url.startswith("http://127.0.0.1:8787/") for sent in result.sent)
        assert "site:" not in result.err
        if exported != "no server":
            listed = run("-p sandbox config list --json", env=EXPORTED[exported]).json()
            assert {one["value"] for one in listed if one["key"] in {"site-id", "account-id"}} == {None}
        copied = run("rules copy --from sandbox --to staging -y", env=EXPORTED[exported])
        assert aims(copied) == {(served.url, SITE, None)}

    def test_the_webhook_key_follows_the_same_order(self, run: Run, home: Home) -> None:
        for name in ("mine", "theirs"):
            run(f"events keygen --out {name}")
        run("events sign --type tier_created --key mine.pem")
        token = run("events sign --type tier_created --key mine.pem").out
        (home.work / "token.jwt").write_text(token)
        run("-p shop config set public-key-file mine.pub.pem")
        env = {"LOYALTYCTL_PUBLIC_KEY": (home.work / "theirs.pub.pem").read_text()}

        assert run("-p shop events verify token.jwt", env=env).code == 0
        assert run("events verify token.jwt", env=env | {"LOYALTYCTL_PROFILE": "shop"}, code=9).out
        run("-p shop events verify token.jwt --public-key theirs.pub.pem", code=9)


class TestCompletion:
    """Completion offers the rules of the site that the same command line acts on."""

    def test_rules_of_a_named_profile_are_offered_whatever_is_exported(
        self, run: Run, environ: dict[str, str], staging: Served
    ) -> None:
        assert staging.url
        made = run("-p staging rules create --title New --trigger events/Rsvp --points 1 -o id").out.strip()

        for exported in EXPORTED.values():
            assert made in offered("loyaltyctl -p staging rules get ", environ | exported)
            again = run("-p staging rules list", env=exported)
            assert made in again.out
        use = {"LOYALTYCTL_PROFILE": "staging"}
        assert made in offered("loyaltyctl rules get ", environ | use)
        assert offered("loyaltyctl rules get ", environ | use | EXPORTED["site"]) == []

    def test_completion_uses_the_server_of_the_stored_key(
        self, run: Run, environ: dict[str, str], staging: Served, home: Home
    ) -> None:
        made = run("-p staging rules create --title New --trigger events/Rsvp --points 1 -o id").out.strip()
        text = (home.config / "config.toml").read_text()
        (home.config / "config.toml").write_text(text.replace(f'base-url = "{staging.url}"\n', ""))

        assert offered("loyaltyctl -p staging rules get ", environ | EXPORTED["server"]) == [made]
        before = {*(home.data / "known_rules").iterdir()}
        run(f"-p staging rules delete {made} -y", env=EXPORTED["server"])
        assert {*(home.data / "known_rules").iterdir()} == before
        assert made not in offered("loyaltyctl -p staging rules get ", environ | EXPORTED["server"])

    def test_a_profile_without_a_site_has_a_cache_for_each_site(
        self, run: Run, environ: dict[str, str], served: Served
    ) -> None:
        run(f"-p local config set base-url {served.url}")
        env = {"LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITE}
        run("-p local rules list", env=env)

        assert PURCHASE in offered("loyaltyctl -p local rules get ", environ | env)
        assert offered("loyaltyctl -p local rules get ", environ | env | EXPORTED["site"]) == []


class TestTheSiteIsNamed:
    """Each command that writes names its site on standard error."""

    @pytest.mark.parametrize("line", WRITES)
    def test_every_write_names_its_site_once(self, line: str, run: Run, staging: Served) -> None:
        message = f"site: {SITE} on {staging.url} (profile staging)\n"

        assert run(f"-p staging {line}").err.count(message) == 1
        assert message not in run(f"-p staging -q {line}", code=None).err

    def test_each_of_several_sites_is_named(self, run: Run, staging: Served) -> None:
        sign_in(run, staging, "live", GOLD)
        result = run("rules apply -f rules.yaml --to staging --to live -y")

        for site, profile in ((SITE, "staging"), (GOLD, "live")):
            assert result.err.count(f"site: {site} on {staging.url} (profile {profile})\n") == 1

    def test_reads_and_dry_runs_name_no_site(self, run: Run, staging: Served) -> None:
        assert staging.url
        for line in ("rules list", "api GET /x", f"rules pause {PURCHASE} --dry-run", "auth status"):
            assert "site: " not in run(f"-p staging {line}", code=None).err

    def test_verbose_prints_the_source_of_every_setting(self, run: Run, staging: Served) -> None:
        message = run("-p staging rules list -v", env=EXPORTED["all"]).err

        assert (
            f"credentials: profile staging; server: {staging.url} (profile staging); site: {SITE}" in message
        )


class TestSigningIn:
    """auth and config: warnings about variables that override stored settings."""

    def test_login_warns_of_variables_that_override_it(self, run: Run, served: Served) -> None:
        line = "-p shop auth login --offline"
        message = run(line, env=served.environ).err

        assert "stored, not checked" in run(f"{line} -v", env=served.environ).err
        assert (
            "warning: the exported variables LOYALTYCTL_API_KEY, LOYALTYCTL_SITE_ID, LOYALTYCTL_BASE_URL "
            "override the stored values, except with -p shop\n"
        ) in message
        silent = run(f"{line} --api-key-stdin", stdin=KEY)
        assert "exported" not in silent.err
        assert "signed in;" in run("-p shop auth login --api-key-stdin -v", stdin=KEY).err

    def test_logout_warns_of_variables_that_still_sign_in(self, run: Run, served: Served) -> None:
        sign_in(run, served, "shop")

        message = run("auth logout", env={"LOYALTYCTL_API_KEY": KEY}).err
        assert "warning: LOYALTYCTL_API_KEY is still exported and still signs in\n" in message
        assert "exported" not in run("auth logout").err

    def test_another_profile_in_the_environment_is_warned_of(self, run: Run, served: Served) -> None:
        sign_in(run, served, "one")
        sign_in(run, served, "two")
        env = {"LOYALTYCTL_PROFILE": "two"}

        assert "LOYALTYCTL_PROFILE overrides it with two" in run("auth switch one", env=env).err
        assert "overrides" not in run("auth switch two", env=env).err
        assert (
            "LOYALTYCTL_TIMEOUT overrides" in run("config set timeout 5", env={"LOYALTYCTL_TIMEOUT": "9"}).err
        )
        again = run("-p one auth login --api-key-stdin --offline --json", stdin=KEY, env=env)
        assert again.json()["inUse"] is False

    def test_a_refused_login_of_an_app_has_its_reason(self, run: Run) -> None:
        server = Server(_refusing, "127.0.0.1", 0)
        with server.in_background():
            line = f"-p app auth login --app-id a --instance-id {SITE} --app-secret-stdin --base-url {server.url}"
            refused = run(line, stdin=KEY, code=4)

        assert "the secret was rotated (401 invalid_client)" in refused.err
