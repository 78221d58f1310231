"""`rules copy`, and `rules apply --to` several sites."""

from __future__ import annotations

import csv
import json
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.cli.rules.files import GOOD, SITES, put
from tests.cli.rules.plans import results, site, writes
from tests.cli.terminal import on_terminal
from tests.conftest import GOLD, KEY, NO_RULE, PURCHASE, SIGN_UP, SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served


class TestCopying:
    """Rules, tiers and automated rules on the other site."""

    def test_a_site_gets_the_rules_of_another(self, run: Run, served_sites: Served) -> None:
        assert served_sites.url
        run(f"-p shop-a rules update {PURCHASE} --points 33")
        run(f"-p shop-a rules update {SIGN_UP} --points 66")
        run("-p shop-a rules create --title Mine --trigger events/Rsvp --points 1")
        run("-p shop-b rules create --title Theirs --trigger events/Rsvp --points 1")
        result = run("rules copy --from shop-a --to shop-b -y --json")

        [one] = result.json()["sites"]
        assert {change["title"]: change["result"] for change in one["changes"] if change.get("result")} == {
            "Mine": "done", "Purchase a product": "done", "Sign up to the site": "done",
        }  # fmt: skip
        assert "Theirs" in site(run, "shop-b")
        assert site(run, "shop-b")["Mine"]["id"] != site(run, "shop-a")["Mine"]["id"]
        run("rules copy --from shop-a --to shop-b --prune -y")
        assert "Theirs" not in site(run, "shop-b")
        assert run("rules diff --from shop-a --to shop-b --prune --exit-code").out == ""

    def test_rules_are_copied_to_the_profile_in_use_by_default(self, run: Run, served_sites: Served) -> None:
        assert served_sites.url
        run(f"-p shop-a rules update {PURCHASE} --points 33")
        result = run("-p shop-b rules copy --from shop-a -y --json")

        assert results(result) == [("update", "Purchase a product", "done")]
        assert site(run, "shop-b")["Purchase a product"]["conversionRate"]["configs"][0]["points"] == 33

    def test_tiers_are_mapped_to_those_of_the_other_site(self, run: Run, served_sites: Served) -> None:
        assert served_sites.url
        mapped = run(f"rules copy --from shop-a --to shop-b --tier {GOLD}={NO_RULE} -y")
        assert "tiers have another id" not in mapped.err
        assert {
            one.get("tierId") for one in site(run, "shop-b")["Book a session"]["fixedAmount"]["configs"]
        } == {None, NO_RULE}
        plain = run("rules copy --from shop-a --to shop-b -y")
        assert (
            f"warning: tiers have another id on each site, and these are copied unchanged: {GOLD}"
            in plain.err
        )
        run(f"rules copy --from shop-a --to shop-b --tier {GOLD} -y", code=2)

    def test_automated_rules_that_the_other_site_lacks_are_impossible(
        self, run: Run, served_sites: Served
    ) -> None:
        with served_sites.store.site(SITES["shop-b"], writes=True) as there:
            there.delete(SIGN_UP)
        run(f"-p shop-a rules update {PURCHASE} --points 33")

        refused = run("rules copy --from shop-a --to shop-b -y --json", code=6)
        assert [detail["where"] for detail in refused.error()["details"]] == ['"Sign up to the site"']
        assert writes(refused) == []
        assert writes(run("rules copy --from shop-a --to shop-b -y --on-error continue", code=8)) == ["PUT"]

    @pytest.mark.parametrize(("line", "code"), [
        ("", 2), ("--from nope", 3), ("--from sandbox --to nope", 3), ("--from sandbox --to nope-*", 2), ("--from sandbox --to sandbox --tier x", 2),
    ])  # fmt: skip
    def test_an_invalid_command_line_sends_nothing(self, line: str, code: int, run: Run) -> None:
        result = run(f"-p sandbox rules copy {line} -y", code=code)

        assert result.sent == []

    def test_the_error_without_a_source_names_the_option_from(self, run: Run) -> None:
        assert "hint: Give the profile with --from NAME." in run("-p sandbox rules copy -y", code=2).err


class TestManySites:
    """--to: one set of rules for several sites, one prompt, one summary."""

    @pytest.fixture
    def broken(self, run: Run, served_sites: Served, serve: Callable[..., Served]) -> Served:
        """Create a third profile, with faults on its site."""
        assert served_sites.url
        served = serve("401@update", "403@delete")
        run(f"-p shop-c auth login --api-key-stdin --site-id {SITE} --base-url {served.url}", stdin=KEY)
        return served

    @pytest.mark.parametrize(
        "to",
        ["--to shop-a --to shop-b", '--to "shop-*"', '--to "shop-*" --to shop-a', '--to "*-a" --to shop-b'],
    )
    def test_all_sites_are_changed_and_reported_in_one_document(
        self, to: str, run: Run, rules: str, served_sites: Served
    ) -> None:
        assert served_sites.url
        result = run(f"rules apply -f {rules} {to} --prune -y --json")

        document = result.json()
        assert document.keys() == {"sites", "summary"}
        assert [(one["profile"], one["site"], one["summary"]["done"]) for one in document["sites"]] == [
            (name, site_id, 5) for name, site_id in SITES.items()
        ]
        assert all(one["origin"] == served_sites.url for one in document["sites"])
        assert (document["summary"]["done"], document["summary"]["create"]) == (10, 2)
        for name in SITES:
            assert run(f"-p {name} rules diff -f {rules} --prune --exit-code").out == ""

    def test_sites_are_reported_in_the_order_of_their_options(
        self, run: Run, rules: str, served_sites: Served
    ) -> None:
        assert served_sites.url
        run(f"-p shop-a rules apply -f {rules} -y")
        sites = run(f"rules apply -f {rules} --to shop-a --to shop-b -y --json").json()["sites"]

        assert [one["profile"] for one in sites] == ["shop-a", "shop-b"]

    def test_a_table_has_a_row_for_each_site(self, run: Run, rules: str, served_sites: Served) -> None:
        assert served_sites.url
        header, *rows = run(f'rules apply -f {rules} --to "shop-*" -y -o table').out.splitlines()

        assert header.split() == [
            "PROFILE",
            "SITE",
            "CREATE",
            "UPDATE",
            "PAUSE",
            "DELETE",
            "UNCHANGED",
            "RESULT",
            "PROBLEM",
        ]
        assert [row.split() for row in rows] == [
            [name, site_id, "1", "1", "0", "0", "1", "2", "done"] for name, site_id in SITES.items()
        ]
        again = csv.DictReader(run(f'rules apply -f {rules} --to "shop-*" -y -o csv').out.splitlines())
        assert [row["result"] for row in again] == ["nothing to do"] * 2

    def test_no_site_is_changed_if_one_cannot_be_read(
        self, run: Run, rules: str, served_sites: Served, serve: Callable[..., Served]
    ) -> None:
        assert served_sites.url
        run(
            f"-p shop-0 auth login --api-key-stdin --offline --site-id {SITE} --base-url {serve('401@list').url}",
            stdin=KEY,
        )
        result = run(f'rules apply -f {rules} --to "shop-*" -y', code=4)
        assert writes(result) == []
        assert "shop-0: could not list the rules" in result.err
        error = run(f'rules apply -f {rules} --to "shop-*" -y --json', code=4).error()
        assert "shop-0" in json.dumps(error)
        assert "loyaltyctl -p shop-0 auth login" in error["hint"]

        others = run(f'rules apply -f {rules} --to "shop-*" -y --on-error continue', code=8)
        assert "error: 1 of 3 sites could not be changed\n  shop-0: could not list the rules" in others.err
        assert [line.split("\t")[-2] for line in others.out.splitlines()] == ["not tried", "2 done", "2 done"]

    def test_no_other_site_is_begun_after_an_error_without_continue(
        self, run: Run, rules: str, broken: Served
    ) -> None:
        assert broken.url
        result = run(f"rules apply -f {rules} --to shop-c --to shop-a -y --json --on-error continue", code=8)

        summaries = {one["profile"]: one["summary"] for one in result.json()["sites"]}
        assert (summaries["shop-c"]["failed"], summaries["shop-c"]["done"], summaries["shop-a"]["done"]) == (
            1,
            1,
            2,
        )
        assert result.error()["code"] == "INCOMPLETE"
        stopped = run(f"rules apply -f {rules} --to shop-c --to shop-b -y --json", code=8).json()
        [failing] = [one for one in stopped["sites"] if one["profile"] == "shop-c"]
        assert [one["result"] for one in failing["changes"] if one.get("result")] == ["failed"]

    def test_an_impossible_change_on_one_site_stops_all(self, run: Run, served_sites: Served) -> None:
        with served_sites.store.site(SITES["shop-b"], writes=True) as there:
            there.delete(SIGN_UP)
        text = "- {title: Sign up to the site, trigger: wix_members-uou_signs_up, earn: 9 points}\n"

        refused = run("rules apply -f - --to shop-a --to shop-b -y", stdin=text, code=6)
        assert "the plan for shop-b has changes that cannot be made; nothing was sent" in refused.err
        assert writes(refused) == []
        assert writes(
            run("rules apply -f - --to shop-a --to shop-b -y --on-error continue", stdin=text, code=8)
        ) == ["PUT"]

    def test_two_profiles_for_one_site_are_refused(self, run: Run, rules: str, served_sites: Served) -> None:
        run(
            f"-p twin auth login --api-key-stdin --site-id {SITES['shop-a']} --base-url {served_sites.url}",
            stdin=KEY,
        )
        result = run(f"rules apply -f {rules} --to shop-a --to twin -y", code=2)

        assert "the profiles shop-a and twin are both for the site" in result.err
        assert writes(result) == []
        line = f'rules apply -f {rules} --to "shop-*" -y'
        assert writes(run(f"{line} --site-id {SITE}", code=2)) == []
        exported = run(line, env={"LOYALTYCTL_SITE_ID": SITE, "LOYALTYCTL_API_KEY": "IST.of-another-account"})
        assert {sent.headers["wix-site-id"] for sent in exported.sent} == {*SITES.values()}

    def test_a_site_without_credentials_stops_all(self, run: Run, rules: str, served_sites: Served) -> None:
        assert served_sites.url
        run("-p shop-b auth logout -y")
        refused = run(f"rules apply -f {rules} --to shop-a --to shop-b -y", code=4)

        assert "shop-b; nothing was changed on any site\n" in refused.err
        assert "hint: Sign in with: loyaltyctl -p shop-b auth login\n" in refused.err

    @pytest.mark.parametrize(("to", "code"), [("nope", 3), ("nope-*", 2), ("*", 2), ("", 2)])
    def test_unknown_profiles_are_an_error(self, to: str, code: int, run: Run, rules: str) -> None:
        result = run(["rules", "apply", "-f", rules, "--to", to, "-y"], code=code)

        assert bool(writes(result)) == (code == 0)
        assert (f'"{to}"' in result.err) == (code != 0)

    @pytest.mark.parametrize("key", [lambda name: name, SITES.__getitem__])
    def test_the_name_of_a_tier_is_resolved_for_each_site(
        self, key: Callable[[str], str], run: Run, served_sites: Served
    ) -> None:
        assert served_sites.url
        tiers = {"Gold": {key("shop-a"): GOLD, key("shop-b"): NO_RULE}}
        rule = {
            "title": "Book a session",
            "trigger": "bookings/BookingConfirmed",
            "earn": "100 points",
            "tiers": {"Gold": "150 points"},
        }
        text = json.dumps({"tiers": tiers, "rules": [rule]})
        sites = run("rules apply -f - --to shop-a --to shop-b -y --json", stdin=text).json()["sites"]

        assert {one["profile"]: one["summary"]["update"] for one in sites} == {"shop-a": 0, "shop-b": 1}
        assert {
            one.get("tierId") for one in site(run, "shop-b")["Book a session"]["fixedAmount"]["configs"]
        } == {None, NO_RULE}
        missing = run("-p sandbox rules apply -f - -y", stdin=text, code=6)
        assert "Gold" in missing.err
        assert writes(missing) == []

    def test_there_is_one_prompt_for_all_sites(
        self, run: Run, environ: dict[str, str], rules: str, served_sites: Served
    ) -> None:
        assert served_sites.url
        declined = on_terminal(
            shlex.split(f'rules apply -f {rules} --to "shop-*"'),
            {**environ, "NO_COLOR": "1"},
            [("[y/N]", "n")],
            160,
        )

        assert declined.code == 11
        assert "Apply this to 2 sites? [y/N]" in declined.text
        assert "shop-a, shop-b:\nCHANGE" in declined.text
        assert "2 sites: 2 to create, 2 to update" in declined.text
        assert "Tickets" not in site(run, "shop-a")

    def test_sites_whose_rules_differ_have_previews_of_their_own(
        self, run: Run, environ: dict[str, str], home: Home, served_sites: Served
    ) -> None:
        assert served_sites.url
        rules = put(home, "rules.yaml", GOOD.replace("20", "40"))
        run(f"-p shop-b rules update {PURCHASE} --points 33")
        shown = on_terminal(
            shlex.split(f'rules apply -f {rules} --to "shop-*"'),
            {**environ, "NO_COLOR": "1"},
            [("[y/N]", "n")],
            160,
        )

        assert "shop-a:\nCHANGE" in shown.text
        assert "33 per 1" in shown.text.partition("shop-b:\nCHANGE")[2]
