"""`rules create` and `rules create-custom`, from options and from files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conftest import GOLD, PURCHASE, SITE
from tests.model.examples import golden

if TYPE_CHECKING:
    from tests.conftest import Home, Run

NEW = '-p sandbox rules create --title "New one" --trigger stores/OrderPaid --points 2 --per 1'


def test_a_rule_is_created_updated_paused_resumed_and_deleted(run: Run) -> None:
    rule = run(f"{NEW} --json").json()
    rule_id = rule["id"]
    assert run(f"-p sandbox rules get {rule_id} --json").json() == rule
    assert run(f"-p sandbox rules update {rule_id} --title Newer --json").json()["revision"] == "2"
    assert run(f"-p sandbox rules pause {rule_id} --json").json() == {
        "results": [{"id": rule_id, "success": True}]
    }
    assert run(f"-p sandbox rules get {rule_id} --query status").out == "PAUSED\n"
    assert run(f"-p sandbox rules resume {rule_id} --json").json() == {
        "results": [{"id": rule_id, "success": True}]
    }
    assert run(f"-p sandbox rules delete {rule_id} -y --json").json() == {
        "results": [{"id": rule_id, "success": True}]
    }
    assert run(f"-p sandbox rules get {rule_id}", code=3).out == ""


class TestCreating:
    """Rules from options or from a file."""

    @pytest.mark.parametrize("command", ["create --trigger events/Rsvp", "create-custom --type BIRTHDAY"])
    def test_invalid_options_are_reported_without_credentials(self, command: str, run: Run) -> None:
        refused = run(f'rules {command} --title "" --points 5', code=2)

        assert "--title: must not be empty" in refused.err

    def test_the_request_is_that_of_the_vendors_example(self, run: Run, home: Home) -> None:
        (home.work / "rule.json").write_text(json.dumps(golden("create_request")))

        [sent] = run("-p sandbox rules create -f rule.json").sent

        assert (sent.method, sent.body) == ("POST", golden("create_request"))
        assert sent.url.endswith("/_api/loyalty-earning-rules/v1/earning-rules")

    @pytest.mark.parametrize(("name", "text"), [
        ("r.json", '{"title": "A", "trigger": "events/Rsvp", "points": 5}'),
        ("r.yaml", "title: A\ntrigger: events/Rsvp\npoints: 5\n"),
        ("r.csv", "title,trigger,points\nA,events/Rsvp,5\n"),
        ("r.jsonl", '{"title": "A", "trigger": "events/Rsvp", "points": 5}\n'),
        ("r.tsv", "title\ttrigger\tpoints\nA\tevents/Rsvp\t5\n"),
        ("r.json", '{"title": "A", "trigger_activity_type": "events/Rsvp", "fixed_amount": {"configs": [{"tier_id": null, "points": 5}]}}'),
    ])  # fmt: skip
    def test_every_format_and_notation_creates_the_same_rule(
        self, name: str, text: str, run: Run, home: Home
    ) -> None:
        (home.work / name).write_text(text)

        for result in (
            run(f"-p sandbox rules create -f {name} --json"),
            run("-p sandbox rules create -f - --json", stdin=text),
        ):
            assert (result.json()["title"], result.json()["fixedAmount"]["configs"][0]["points"]) == ("A", 5)

    def test_tiers_and_a_pause_are_options(self, run: Run) -> None:
        rule = run(f"{NEW} --tier {GOLD}=3 --tier {SITE}=4/2 --paused --json").json()

        assert rule["status"] == "PAUSED"
        assert rule["conversionRate"]["configs"][1:] == [
            {"tierId": GOLD, "points": 3, "moneyAmount": 1},
            {"tierId": SITE, "points": 4, "moneyAmount": 2},
        ]

    @pytest.mark.parametrize(("line", "why"), [
        ("", "no fields of a rule are given"),
        ("--title A -f x.json", "-f and --title are mutually exclusive"),
        ("--title A --points 3", "  triggerActivityType: is missing"),
        ("--title A --trigger stores/OrderPaid", "awards nothing"),
        ("--title A --trigger stores/OrderPaid --points x", '  --points: must be a whole number, got "x"'),
        ("--title A --trigger stores/OrderPaid --points 1 --per 0", "  --per: must be at least 1, got 0"),
        ("--title A --trigger store/OrderPaid --points 1", '  --trigger: "store/OrderPaid" is not a known trigger; did you mean stores/OrderPaid?'),
        ("--title A --trigger stores/OrderPaid --points 1 --tier gold", "  --tier: must be TIER=POINTS"),
        (f"--title {'x' * 51} --trigger stores/OrderPaid --points 1", "  --title: has 51 characters, the limit is 50"),
    ])  # fmt: skip
    def test_options_that_do_not_make_a_rule_are_a_usage_error(self, line: str, why: str, run: Run) -> None:
        result = run(f"-p sandbox rules create {line}", code=2)

        assert why in result.err
        assert (result.out, result.sent) == ("", [])

    def test_a_file_with_an_invalid_rule_sends_nothing(self, run: Run) -> None:
        result = run("-p sandbox rules create -f - --json", stdin='{"title": "", "points": "x"}', code=6)

        assert {detail["field"] for detail in result.error()["details"]} == {
            "title",
            "triggerActivityType",
            "points",
        }
        places = {"title": 11, "points": 25, "triggerActivityType": 1}
        assert {detail["field"]: detail["where"] for detail in result.error()["details"]} == {
            field: f"standard input line 1 column {column}" for field, column in places.items()
        }
        assert result.sent == []

    def test_unknown_fields_are_sent_with_a_warning(self, run: Run) -> None:
        result = run(
            "-p sandbox rules create -f -",
            stdin='{"title": "A", "trigger": "events/Rsvp", "points": 1, "zz": 1}',
        )

        assert "warning: zz is unknown and is sent unchanged" in result.err
        assert (result.sent[0].body or {})["earningRule"]["zz"] == 1  # type: ignore[index, call-overload]  # a JSON object

    def test_a_custom_rule_is_created(self, run: Run) -> None:
        custom = run("-p sandbox rules create-custom --type social_media --title Follow --points 5 --json")

        assert custom.json()["title"] == "Follow"
        assert custom.sent[0].body == {
            "type": "SOCIAL_MEDIA",
            "earningRule": {"title": "Follow", "fixedAmount": {"configs": [{"points": 5}]}},
        }
        assert run("-p sandbox rules create-custom --type SOCIAL_MEDIA").sent[0].body == {
            "type": "SOCIAL_MEDIA"
        }
        assert "warning: the vendor documents" in run("-p sandbox rules create-custom --type BIRTHDAY").err
        assert (
            run(f"-p sandbox rules delete {custom.json()['id']} -y")
            .sent[1]
            .url.endswith(f"/automation-earning-rules/{custom.json()['id']}")
        )
        run("-p sandbox rules create-custom --type UNKNOWN_TYPE", code=2)


def test_nothing_is_changed_when_its_result_could_not_be_shown(run: Run) -> None:
    for line in (
        NEW,
        "-p sandbox rules create-custom --type BIRTHDAY",
        f"-p sandbox rules update {PURCHASE} --title x",
        f"-p sandbox rules delete -y {PURCHASE}",
        f"-p sandbox rules pause {PURCHASE}",
    ):
        for wrong in ("--fields titel", "--query [", "--query [] -o csv", "--fields ,"):
            assert run(f"{line} {wrong}", code=2).sent == []


def test_a_created_rule_is_shown_in_full_if_the_query_fails(run: Run) -> None:
    line = "-p sandbox rules create --title A --trigger events/Rsvp --points 1 --query"
    result = run([*line.split(), "abs(title)"], code=1)

    assert result.json()["title"] == "A"
    assert "it is done, but cannot be shown as requested" in result.err
    assert len(run("-p sandbox rules list --trigger events/Rsvp --json").json()) == 2
    run([*line.split(), "nothing(title)"], code=2)
    assert len(run("-p sandbox rules list --trigger events/Rsvp --json").json()) == 2
