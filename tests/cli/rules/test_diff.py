"""`rules diff`: differences between files and sites."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.rules.files import BAD, CONTROL, GOOD, SITES, STORES, actions, put
from tests.conftest import GOLD, KEY, NO_RULE, PURCHASE, RSVP, SESSION, SIGN_UP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

DIFF = "-p sandbox rules diff"
SEEDED = 7


class TestDiffing:
    """Differences in every combination of sides, and equal notations."""

    WANTED = f"""\
tiers: {{Gold: {GOLD}}}
rules:
- {{title: Purchase a product, trigger: stores/OrderPaid, earn: 30 per 1, tiers: {{Gold: 40 per 1}}}}
- {{title: Tickets, trigger: events/OrderConfirmed, earn: 5 points}}
- {{title: Book a session, trigger: bookings/BookingConfirmed, earn: 100 points, tiers: {{Gold: 150 points}}}}
"""

    def test_the_json_output_is_the_documented_one(self, run: Run) -> None:
        document = run(f"{DIFF} -f - --json", stdin=self.WANTED).json()

        assert document.keys() == {"changes", "summary"}
        for change in document["changes"]:
            assert {"action", "id", "key", "title", "fields"} <= change.keys()
            assert "result" not in change
            assert all(field.keys() == {"path", "old", "new"} for field in change["fields"])
        created, updated, *_ = document["changes"]
        assert (created["action"], created["id"], created["title"]) == ("create", None, "Tickets")
        assert created["key"]["triggerActivityType"] == "events/OrderConfirmed"
        assert {field["path"]: field["new"] for field in created["fields"]}[
            "fixedAmount.configs[base].points"
        ] == 5
        assert (updated["action"], updated["id"], updated["revision"]) == ("update", PURCHASE, "1")
        assert updated["fields"] == [
            {"path": "conversionRate.configs[base].points", "old": 20, "new": 30},
            {"path": f"conversionRate.configs[{GOLD}].points", "old": None, "new": 40},
            {"path": f"conversionRate.configs[{GOLD}].moneyAmount", "old": None, "new": 1},
        ]
        assert document["summary"] == {
            "create": 1, "update": 1, "pause": 0, "delete": 0, "unchanged": 1, "unmanaged": SEEDED - 2, "unmanagedTiers": 0,
        }  # fmt: skip

    def test_nothing_is_changed(self, run: Run) -> None:
        before = run("-p sandbox rules list --json").out
        result = run(f"{DIFF} -f - --prune", stdin=self.WANTED)

        assert {sent.method for sent in result.sent} == {"GET"}
        assert run("-p sandbox rules list --json").out == before
        assert run("rules history").out == ""

    def test_exit_code_10_means_a_difference(self, run: Run) -> None:
        assert (
            run(f"{DIFF} -f - --exit-code --json", stdin=self.WANTED, code=10).error()["code"] == "DIFFERENCE"
        )
        run(f"{DIFF} -f -", stdin=self.WANTED)
        run(f"{DIFF} -f - --exit-code --ignore-unmanaged", stdin=GOOD)
        run(f"{DIFF} -f - --exit-code --prune", stdin=GOOD, code=10)
        run(
            f"{DIFF} -f - --exit-code",
            stdin="- {title: A, trigger: wix_members-uou_signs_up, earn: 1 points}",
            code=10,
        )

    def test_rules_on_the_site_alone_are_unmanaged_without_prune(self, run: Run) -> None:
        left = actions(run(f"{DIFF} -f - --json", stdin=GOOD))
        pruned = actions(run(f"{DIFF} -f - --prune --json", stdin=GOOD))

        assert [left.pop("Purchase a product"), set(left.values())] == ["unchanged", {"unmanaged"}]
        assert pruned == {
            "Purchase a product": "unchanged", "Book a session": "delete", "RSVP to an event": "delete", "Sign up to the site": "pause",
            "Order a plan": "pause", "Place a restaurant order (old Wix Restaurants)": "unmanaged", "Place a restaurant order (new Wix Restaurants)": "unmanaged",
        }  # fmt: skip
        assert run(f"{DIFF} -f -", stdin=GOOD).out == ""

    def test_a_rule_is_renamed_by_its_id(self, run: Run) -> None:
        [change] = [
            change
            for change in run(
                f"{DIFF} -f - --json", stdin=f"- {{id: {PURCHASE}, title: New, trigger: stores/OrderPaid}}"
            ).json()["changes"]
            if change["action"] != "unmanaged"
        ]

        assert (change["action"], change["id"], change["title"]) == ("update", PURCHASE, "Purchase a product")
        assert change["fields"] == [{"path": "title", "old": "Purchase a product", "new": "New"}]

    def test_an_id_identifies_a_rule_on_its_own_site_only(self, run: Run) -> None:
        text = f"- {{id: {PURCHASE.upper()}, earn: 20 per 1}}\n- {{id: {NO_RULE}, title: Book a session, trigger: bookings/BookingConfirmed}}"

        assert run(f"{DIFF} -f - --exit-code --ignore-unmanaged", stdin=text).out == ""
        unknown = run(f"{DIFF} -f - --json", stdin=f"- {{id: {NO_RULE}, earn: 20 per 1}}").json()["changes"][
            0
        ]
        assert (unknown["action"], unknown["error"]["code"]) == ("create", "CANNOT_BE_DONE")

    def test_an_ambiguous_rule_is_an_error(self, run: Run) -> None:
        for _ in "ab":
            run("-p sandbox rules create --title Twin --trigger events/Rsvp --points 3")
        result = run(
            f"{DIFF} -f - --prune --json", stdin="- {title: Twin, trigger: events/Rsvp, earn: 4 points}"
        )

        twins = [change for change in result.json()["changes"] if change["title"] == "Twin"]
        assert [change["action"] for change in twins] == ["create", "unmanaged", "unmanaged"]
        assert "give the id" in twins[0]["error"]["message"]

    @pytest.mark.parametrize("format_", ["json", "yaml", "csv", "jsonl"])
    def test_what_list_writes_is_no_difference(self, format_: str, run: Run, home: Home) -> None:
        put(home, f"r.{format_}", run(f"-p sandbox rules list -o {format_}").out)

        result = run(f"{DIFF} -f r.{format_} --prune --exit-code --json")
        assert set(actions(result).values()) == {"unchanged"}
        assert "warning" not in result.err

    @pytest.mark.parametrize("format_", ["", "-o json", "-o csv", "--out r.yaml", "--out r.json", "--out r/"])
    def test_what_export_writes_is_no_difference(self, format_: str, run: Run, home: Home) -> None:
        out = run(f"-p sandbox rules export {format_}").out
        path = format_.partition("--out ")[2] or put(home, f"r.{format_[3:] or 'yaml'}", out)

        assert run(f"{DIFF} -f {path} --prune --exit-code").out == ""
        assert run(f"rules validate -f {path} --strict").out == ""

    @pytest.mark.parametrize("stated", [
        f'{{"title": "Purchase a product", "trigger": "stores/OrderPaid", "triggerAppId": "{STORES}"}}',
        f'{{"title": "Purchase a product", "trigger": "stores/OrderPaid", "triggerAppId": "{STORES.upper()}"}}',
        '{"title": "Purchase a product", "trigger_activity_type": "stores/OrderPaid", "conversion_rate": {"configs": [{"tier_id": null, "money_amount": 1, "points": 20}]}}',
        f'{{"_id": "{PURCHASE}", "title": "Purchase a product", "_createdDate": "2020-01-01T00:00:00Z", "revision": "77", "conversionRate": {{"configs": [{{"moneyAmount": 1, "points": 20}}]}}}}',
        '{"title": "Purchase a product", "trigger": "stores/OrderPaid", "conversionRate": {"moneyAmount": 1, "points": 20}}',
        '{"title": "Purchase a product", "trigger": "stores/OrderPaid", "points": 20, "per": 1}',
        '{"earningRule": {"title": "Purchase a product", "trigger": "stores/OrderPaid", "earn": "20 per 1"}}',
        '{"earning_rules": [{"title": "Purchase a product", "trigger": "stores/OrderPaid", "earn": "20 per 1", "status": "ACTIVE"}]}',
        f'{{"title": "Book a session", "trigger": "bookings/BookingConfirmed", "fixedAmount": {{"configs": [{{"tierId": "{GOLD.upper()}", "points": 150}}, {{"tierId": "", "points": 100}}]}}}}',
        f'{{"title": "Book a session", "trigger": "bookings/BookingConfirmed", "tiers": {{"{GOLD.upper()}": "150 points"}}, "earn": "100 points"}}',
        f'{{"id": "{RSVP}", "status": "PAUSED", "metadata": {{"canBeDeleted": false}}}}',
        f'{{"id": "{SIGN_UP}", "sourceAppId": "{STORES}"}}',
    ])  # fmt: skip
    def test_another_notation_is_no_difference(self, stated: str, run: Run) -> None:
        assert run(f"{DIFF} -f - --exit-code --ignore-unmanaged", stdin=stated).out == ""

    def test_numbers_with_a_fraction_of_zero_are_equal_to_integers(
        self, run: Run, serve: Callable[..., Served]
    ) -> None:
        served = serve(fractions("Purchase"))
        text = (
            f"- {{title: Purchase, trigger: stores/OrderPaid, earn: 20 per 1, tiers: {{{GOLD}: 30 per 1}}}}"
        )

        assert run("rules diff -f - --exit-code", env=served.environ, stdin=text).out == ""

    @pytest.mark.parametrize("command", ["export", "list -o json", "list -o csv", "list -o yaml"])
    def test_an_export_with_fractions_of_zero_is_read_back(
        self, command: str, run: Run, serve: Callable[..., Served]
    ) -> None:
        served = serve(fractions("Purchase"))
        text = run(f"rules {command}", env=served.environ).out

        assert run("rules diff -f - --exit-code", env=served.environ, stdin=text).out == ""
        assert run("rules validate -f -", stdin=text).out == ""

    def test_a_file_against_a_file_needs_no_site(self, run: Run, home: Home) -> None:
        put(home, "old.yaml", GOOD + "- {title: Old, trigger: events/Rsvp, earn: 1 points}\n")
        put(
            home,
            "new.yaml",
            GOOD.replace("20", "25") + "- {title: New, trigger: events/Rsvp, earn: 1 points}\n",
        )

        result = run("rules diff -f new.yaml --against old.yaml --json")
        assert actions(result) == {"New": "create", "Purchase a product": "update", "Old": "unmanaged"}
        assert result.sent == []
        assert actions(run("rules diff -f new.yaml --against old.yaml --prune --json"))["Old"] == "delete"
        run("rules diff -f new.yaml --against new.yaml --prune --exit-code")
        run("rules diff -f new.yaml --against old.yaml --exit-code", code=10)

    def test_a_profile_against_a_profile(self, run: Run, served_sites: Served) -> None:
        assert served_sites.url
        run(f"-p shop-a rules update {PURCHASE} --points 33")
        created = run("-p shop-a rules create --title Mine --trigger events/Rsvp --points 1 --json").json()[
            "id"
        ]
        run(f"-p shop-b rules delete {SESSION} -y")
        result = run("rules diff --from shop-a --to shop-b --json")

        assert {sent.method for sent in result.sent} == {"GET"}
        changed = {
            title: action
            for title, action in actions(result).items()
            if action not in ("unchanged", "unmanaged")
        }
        assert changed == {"Mine": "create", "Book a session": "create", "Purchase a product": "update"}
        assert created not in result.out
        back = actions(run("rules diff --from shop-b --to shop-a --prune --json"))
        assert (back["Mine"], back["Book a session"], back["Purchase a product"]) == (
            "delete",
            "delete",
            "update",
        )
        same = run("rules diff --from shop-a --to shop-a --exit-code", code=2).err
        assert "are the same site: that of shop-a\nhint: With --to, name other profiles than shop-a." in same
        twice = run("-p shop-a rules diff -f - --against -", stdin="rules: []", code=2).err
        assert "- (standard input) can be given only once" in twice
        run("config unset profile")
        exported = {"LOYALTYCTL_API_KEY": KEY, "LOYALTYCTL_SITE_ID": SITES["shop-a"], "LOYALTYCTL_BASE_URL": served_sites.url}  # fmt: skip
        assert (
            "are the same site: that of shop-a" in run("rules diff --from shop-a", env=exported, code=2).err
        )
        assert run("-p shop-b rules diff --from shop-a --json").json() == result.json()

    def test_tiers_are_mapped_to_those_of_the_other_site(self, run: Run, served_sites: Served) -> None:
        assert served_sites.url
        tiers = {
            "title": "Book a session",
            "trigger": "bookings/BookingConfirmed",
            "earn": "100 points",
            "tiers": {NO_RULE: "150 points"},
        }
        run("-p shop-b rules apply -f - -y", stdin=json.dumps(tiers))

        unmapped = run("rules diff --from shop-a --to shop-b --exit-code", code=10)
        assert (
            f"warning: tiers have another id on each site, and these are copied unchanged: {GOLD}"
            in unmapped.err
        )
        mapped = run(f"rules diff --from shop-a --to shop-b --tier {GOLD.upper()}={NO_RULE} --exit-code")
        assert "warning" not in mapped.err
        assert run(f"rules diff --from shop-a --to shop-b --tier {GOLD}", code=2).sent == []
        assert run(f"rules diff --from shop-a --to shop-b --tier Gold={GOLD}", code=2).sent == []

    @pytest.mark.parametrize(("line", "message"), [
        ("", "no desired rules are given"), (f"-f r.yaml --tier {GOLD}={GOLD}", "--tier requires --from"), ("-f r.yaml --from sandbox", "-f and --from are mutually exclusive"),
        ("-f r.yaml --against r.yaml --to sandbox", "--against and --to are mutually exclusive"), ("-f nowhere.yaml", "cannot read"), ("-f r.yaml --against nowhere.yaml", "cannot read"),
    ])  # fmt: skip
    def test_invalid_combinations_of_sides_are_usage_errors(
        self, line: str, message: str, run: Run, home: Home
    ) -> None:
        put(home, "r.yaml", GOOD)
        result = run(f"{DIFF} {line}", code=2)

        assert message in result.err
        assert result.sent == []

    def test_an_unknown_profile_is_not_found_before_anything_is_read(self, run: Run, home: Home) -> None:
        put(home, "r.yaml", GOOD)

        for line in ("--from nope", "-f r.yaml --to nope", "--from sandbox --to nope"):
            assert run(f"{DIFF} {line}", code=3).sent == []

    def test_an_invalid_file_sends_nothing(self, run: Run, home: Home) -> None:
        put(home, "bad.yaml", BAD)
        result = run(f"{DIFF} -f bad.yaml --json", code=6)

        assert [detail["where"] for detail in result.error()["details"]][:1] == ["bad.yaml line 2 column 10"]
        assert (result.out, result.sent) == ("", [])

    def test_a_dry_run_shows_the_request_and_sends_none(self, run: Run, home: Home) -> None:
        put(home, "r.yaml", GOOD)
        shown = run(f"{DIFF} -f r.yaml --dry-run --json")

        assert [one["method"] for one in shown.json()] == ["GET"]
        assert run(f"{DIFF} -f r.yaml --curl").out.startswith("curl -X GET ")
        assert shown.sent == []

    def test_fields_and_queries_select_parts_of_the_output(self, run: Run) -> None:
        assert run(f"{DIFF} -f - --query summary.unchanged", stdin=GOOD).out == "1\n"
        assert (
            run(f"{DIFF} -f - --fields action,title -o tsv", stdin=GOOD.replace("20", "21")).out
            == "update\tPurchase a product\n"
        )
        assert run(f"{DIFF} -f - --fields actoin", stdin=GOOD, code=2).sent == []

    def test_hostile_titles_are_harmless(self, run: Run) -> None:
        text = json.dumps([{"title": "a\x1b[2J\u202e\r\nb", "trigger": "events/Rsvp", "earn": "1 points"}])
        for format_ in ("table", "tsv", "csv", "json", "yaml"):
            result = run(f"{DIFF} -f - -o {format_}", stdin=text)
            assert not CONTROL.search(result.out + result.err)


def fractions(title: str) -> str:
    """Fault of a site whose only rule has its numbers with a fraction of zero."""
    tiers = [
        {"tierId": None, "moneyAmount": 1.0, "points": 20.0},
        {"tierId": GOLD, "moneyAmount": 1.0, "points": 30.0},
    ]
    rule = {
        "id": PURCHASE, "sourceAppId": "553c79f3-5625-4f38-b14b-ef7c0d1e87df", "triggerAppId": STORES, "triggerActivityType": "stores/OrderPaid",
        "title": title, "status": "ACTIVE", "revision": "1", "metadata": {"canBeDeleted": True}, "conversionRate": {"configs": tiers},
    }  # fmt: skip
    return f"body={json.dumps({'earningRules': [rule], 'pagingMetadata': {'count': 1}})}@list"
