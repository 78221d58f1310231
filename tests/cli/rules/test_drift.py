"""Drift: rules and tiers on a site that are not in the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.rules.files import SITES, put
from tests.cli.rules.plans import site, writes
from tests.conftest import GOLD, NO_RULE, PURCHASE, SESSION, SIGN_UP

if TYPE_CHECKING:
    from tests.conftest import Home, Run, Served

DIFF = "-p sandbox rules diff"
APPLY = "-p sandbox rules apply"
PURCHASES = "title: Purchase a product, trigger: stores/OrderPaid"
SESSIONS = "title: Book a session, trigger: bookings/BookingConfirmed"


@pytest.fixture
def exported(run: Run) -> str:
    """Export the site, and return the name of the file."""
    run("-p sandbox rules export --out rules.yaml")
    return "rules.yaml"


def configs(run: Run, title: str = "Book a session") -> list[Any]:
    """Return the awards of the tiers of a rule on the site."""
    rule = site(run)[title]
    found: list[Any] = (rule.get("fixedAmount") or rule["conversionRate"])["configs"]
    return found


class TestRules:
    """Rules on the site alone."""

    ADDITIONS = (
        "create --title Double --trigger stores/OrderPaid --per 1 --points 20",
        "create --title Later --trigger stores/OrderPaid --points 1 --paused",
        "create-custom --type SOCIAL_MEDIA --title Double --points 1",
    )

    @pytest.mark.parametrize("addition", ADDITIONS)
    def test_an_unmanaged_rule_is_a_difference_with_its_name(
        self, addition: str, run: Run, exported: str
    ) -> None:
        added = run(f"-p sandbox rules {addition} -o id").out.strip()
        shown = run(f"{DIFF} -f {exported} --exit-code --json", code=10)

        [detail] = shown.error()["details"]
        assert added in detail["where"]
        assert "on the site alone" in detail["message"]
        assert "--ignore-unmanaged" in shown.error()["hint"]
        assert added in run(f"{DIFF} -f {exported} --exit-code -q", code=10).err
        assert added in run(f"{DIFF} -f {exported}").err

    @pytest.mark.parametrize("addition", ADDITIONS)
    def test_an_unmanaged_rule_is_ignored_with_ignore_unmanaged(
        self, addition: str, run: Run, exported: str
    ) -> None:
        run(f"-p sandbox rules {addition}")

        assert run(f"{DIFF} -f {exported} --exit-code --ignore-unmanaged").out == ""
        changed = run(f"-p sandbox rules update {PURCHASE} --points 7")
        assert changed.sent
        run(f"{DIFF} -f {exported} --exit-code --ignore-unmanaged", code=10)

    def test_an_empty_file_differs_from_a_site_with_rules(self, run: Run) -> None:
        assert (
            run(f"{DIFF} -f - --exit-code", stdin="rules: []\n", code=10).err.count("on the site alone") >= 7
        )
        run(f"{DIFF} -f - --exit-code --ignore-unmanaged", stdin="rules: []\n")

    def test_a_rule_that_prune_has_paused_is_no_difference(self, run: Run, rules: str) -> None:
        run(f"{DIFF} -f {rules} --prune --exit-code", code=10)
        run(f"{APPLY} -f {rules} --prune -y")

        run(f"{DIFF} -f {rules} --prune --exit-code")
        run(f"{DIFF} -f {rules} --exit-code", code=10)

    def test_sites_and_files_are_compared_in_the_same_way(
        self, run: Run, home: Home, served_sites: Served
    ) -> None:
        assert served_sites.url
        run("-p shop-b rules create --title Theirs --trigger events/Rsvp --points 1")

        assert "Theirs" in run("rules diff --from shop-a --to shop-b --exit-code", code=10).err
        run("rules diff --from shop-a --to shop-b --exit-code --ignore-unmanaged")
        put(
            home,
            "old.yaml",
            f"- {{title: A, trigger: events/Rsvp, earn: 1 points}}\n- {{{SESSIONS}}}\n",
        )
        put(home, "new.yaml", f"- {{{SESSIONS}}}\n")
        assert '"A"' in run("rules diff -f new.yaml --against old.yaml --exit-code", code=10).err
        run("rules diff -f new.yaml --against old.yaml --exit-code --ignore-unmanaged")
        run("rules diff -f new.yaml --against new.yaml --exit-code")

    def test_a_hostile_title_cannot_add_a_line(self, run: Run, served: Served) -> None:
        text = json.dumps({"title": "a\nerror: b\x1b[2J", "trigger": "events/Rsvp", "earn": "1 points"})
        run("rules create -f -", stdin=text, env=served.environ)

        for options in ("", "--exit-code"):
            err = run(f"rules diff -f - {options}", stdin="rules: []\n", env=served.environ, code=None).err
            assert "\x1b" not in err
            assert "\nerror: b" not in err


class TestTiers:
    """Tiers on the site that the file does not state."""

    def test_a_rule_without_tiers_keeps_them(self, run: Run) -> None:
        text = f"- {{{SESSIONS}, earn: 90 points}}\n"
        result = run(f"{APPLY} -f - -y --json", stdin=text)

        assert configs(run) == [{"points": 90}, {"tierId": GOLD, "points": 150}]
        [updated] = [one for one in result.json()["changes"] if one["action"] == "update"]
        assert [field["path"] for field in updated["fields"]] == ["fixedAmount.configs[base].points"]
        assert updated["unmanagedTiers"] == [{"tierId": GOLD, "points": 150}]
        assert result.json()["summary"]["unmanagedTiers"] == 1
        assert "remove the tiers with tiers: {}" in result.err
        assert "removes" not in result.err

    def test_an_unmanaged_tier_is_a_difference(self, run: Run) -> None:
        text = f"- {{{SESSIONS}, earn: 100 points}}\n"
        shown = run(f"{DIFF} -f - --exit-code --json", stdin=text, code=10)

        assert {one["action"] for one in shown.json()["changes"]} == {"unchanged", "unmanaged"}
        assert f"{GOLD} earns 150 points on the site alone" in shown.err
        assert "tiers: {}" in shown.error()["hint"]
        assert GOLD in run(f"{DIFF} -f -", stdin=text).err
        ignored = run(f"{DIFF} -f - --exit-code --ignore-unmanaged", stdin=text)
        assert GOLD not in ignored.err
        assert GOLD in run(f"{APPLY} -f - -y", stdin=text).err

    def test_a_tier_that_somebody_added_by_hand_is_drift_of_an_exported_file(
        self, run: Run, exported: str
    ) -> None:
        run(f"{DIFF} -f {exported} --exit-code")
        run(f"-p sandbox rules update {PURCHASE} --tier {GOLD}=40")

        assert GOLD in run(f"{DIFF} -f {exported} --exit-code", code=10).err
        run(f"-p sandbox rules export --out {exported} -y")
        run(f"{DIFF} -f {exported} --exit-code")

    @pytest.mark.parametrize(
        "stated",
        [
            "earn: 100 points, tiers: {}",
            "tiers: {}",
            'points: 100, tiers: ""',
            "earn: 100 points, tiers: []",
            "earn: null, tiers: {}",
        ],
    )
    def test_empty_tiers_remove_them_and_the_plan_says_so(self, stated: str, run: Run) -> None:
        text = f"- {{{SESSIONS}, {stated}}}\n"

        assert f'"Book a session": removes 1 tier ({GOLD}: 150 points)' in run(f"{DIFF} -f -", stdin=text).err
        assert "removes 1 tier" in run(f"{APPLY} -f - -y", stdin=text).err
        assert configs(run) == [{"points": 100}]
        assert writes(run(f"{APPLY} -f - -y", stdin=text)) == []

    def test_stated_tiers_replace_all_tiers(self, run: Run) -> None:
        text = f"- {{{SESSIONS}, earn: 100 points, tiers: {{{NO_RULE}: 120 points}}}}\n"
        result = run(f"{APPLY} -f - -y", stdin=text)

        assert "removes 1 tier" in result.err
        assert configs(run) == [{"points": 100}, {"tierId": NO_RULE, "points": 120}]

    def test_tiers_without_earn_keep_the_base_tier(self, run: Run) -> None:
        text = f"- {{{SESSIONS}, tiers: {{{GOLD}: 160 points}}}}\n"
        run(f"{APPLY} -f - -y", stdin=text)

        assert configs(run) == [{"points": 100}, {"tierId": GOLD, "points": 160}]
        assert "the base tier earns 100 points" in run(f"{DIFF} -f - --exit-code", stdin=text, code=10).err

    def test_tiers_in_the_form_of_the_api_replace_all_tiers(self, run: Run) -> None:
        text = json.dumps({"id": SESSION, "fixedAmount": {"configs": [{"points": 100}]}})
        result = run(f"{APPLY} -f - -y", stdin=text)

        assert "removes 1 tier" in result.err
        assert configs(run) == [{"points": 100}]

    def test_a_rule_without_an_award_keeps_the_award_of_the_site(self, run: Run) -> None:
        result = run(f"{DIFF} -f - --exit-code --ignore-unmanaged --json", stdin=f"- {{{SESSIONS}}}\n")

        assert result.json()["summary"]["unmanagedTiers"] == 0

    @pytest.mark.parametrize("stated", ["earn: 5 points", f"tiers: {{{NO_RULE}: 5 points}}"])
    def test_tiers_of_the_other_kind_of_award_must_be_stated(self, stated: str, run: Run) -> None:
        run(f"-p sandbox rules update {PURCHASE} --tier {GOLD}=40")
        text = f"- {{{PURCHASES}, {stated}}}\n"
        refused = run(f"{APPLY} -f - -y --json", stdin=text, code=6)

        assert "give the new awards of these tiers" in refused.error()["details"][0]["message"]
        assert writes(refused) == []
        run(f"{APPLY} -f - -y", stdin=f"- {{{PURCHASES}, earn: 5 points, tiers: {{}}}}\n")
        assert configs(run, "Purchase a product") == [{"points": 5}]

    def test_removing_the_only_tiers_of_a_rule_is_refused(self, run: Run) -> None:
        only = json.dumps({"fixedAmount": {"configs": [{"tierId": GOLD, "points": 5}]}})
        run(f"-p sandbox rules update {SESSION} -f -", stdin=only)
        text = f"- {{{SESSIONS}, tiers: {{}}}}\n"

        assert "at least one entry" in run(f"{APPLY} -f - -y --json", stdin=text, code=6).err
        assert configs(run) == [{"tierId": GOLD, "points": 5}]

    def test_a_saved_plan_warns_of_unmanaged_tiers_too(self, run: Run, home: Home) -> None:
        text = f"- {{{SESSIONS}, earn: 90 points}}\n"
        run(f"{APPLY} -f - --out plan.json", stdin=text)

        [update] = [
            one
            for one in json.loads((home.work / "plan.json").read_text())["changes"]
            if one["action"] == "update"
        ]
        assert update["unmanagedTiers"] == [{"tierId": GOLD, "points": 150}]
        assert GOLD in run(f"{APPLY} plan.json -y").err
        assert configs(run) == [{"points": 90}, {"tierId": GOLD, "points": 150}]

    def test_copies_and_rollbacks_compare_whole_rules(self, run: Run, served_sites: Served) -> None:
        assert served_sites.url
        run(f"-p shop-a rules update {SESSION} --no-tier {GOLD}")
        copied = run("rules copy --from shop-a --to shop-b -y")
        assert "removes 1 tier" in copied.err
        assert len(site(run, "shop-b")["Book a session"]["fixedAmount"]["configs"]) == 1
        run("-p shop-b rules rollback -y")
        assert len(site(run, "shop-b")["Book a session"]["fixedAmount"]["configs"]) == 2
        run(
            "-p shop-b rules apply -f - -y",
            stdin=f"- {{id: {SIGN_UP}, earn: 1 points, tiers: {{{GOLD}: 9 points}}}}",
        )
        run("-p shop-b rules rollback -y")
        assert len(site(run, "shop-b")["Sign up to the site"]["fixedAmount"]["configs"]) == 1

    def test_a_field_that_the_copied_rule_lacks_is_removed(self, run: Run, served_sites: Served) -> None:
        with served_sites.store.site(SITES["shop-a"], writes=True) as there:
            [plan] = [rule for rule in there.rules() if rule["title"] == "Order a plan"]
            rate: Any = plan["conversionRate"]
            there.replace(plan | {"conversionRate": {"configs": rate["configs"]}})

        shown = run("rules diff --from shop-a --to shop-b --exit-code --json", code=10)
        [change] = [one for one in shown.json()["changes"] if one["action"] == "update"]
        assert [field["path"] for field in change["fields"]] == ["conversionRate.field"]
        run("rules copy --from shop-a --to shop-b -y")
        run("rules diff --from shop-a --to shop-b --exit-code")
