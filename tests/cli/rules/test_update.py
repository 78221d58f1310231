"""`rules update`, `pause`, `resume` and `delete`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conftest import GOLD, NO_RULE, PURCHASE, RSVP, SESSION, SIGN_UP, SITE

if TYPE_CHECKING:
    from tests.conftest import Home, Run


class TestUpdating:
    """Only differences are sent, against the right revision."""

    def test_only_what_differs_is_sent_with_the_current_revision(self, run: Run) -> None:
        put = run(f"-p sandbox rules update {RSVP} --title New --status PAUSED").sent[-1]

        assert put.body == {"earningRule": {"title": "New", "revision": "3"}}

    def test_nothing_to_change_sends_nothing(self, run: Run) -> None:
        result = run(f"-p sandbox rules update {PURCHASE} --points 20 --json")

        assert [sent.method for sent in result.sent] == ["GET"]
        assert "nothing to change" in result.err
        assert result.json()["revision"] == "1"

    def test_the_output_of_get_changes_nothing(self, run: Run, home: Home) -> None:
        for rule_id in (PURCHASE, SESSION, SIGN_UP):
            for format_ in ("json", "yaml"):
                (home.work / f"r.{format_}").write_text(
                    run(f"-p sandbox rules get {rule_id} -o {format_}").out
                )
                assert "nothing to change" in run(f"-p sandbox rules update {rule_id} -f r.{format_}").err

    def test_a_file_from_an_older_revision_is_a_conflict_without_revision_latest(
        self, run: Run, home: Home
    ) -> None:
        rule = run(f"-p sandbox rules get {PURCHASE} --json").json()
        run(f"-p sandbox rules update {PURCHASE} --title Theirs")
        (home.work / "r.json").write_text(json.dumps({**rule, "title": "Mine"}))

        error = run(f"-p sandbox rules update {PURCHASE} -f r.json --json", code=5).error()
        assert error["code"] == "INVALID_REVISION"
        assert "at revision 2, not 1" in error["message"]
        assert (
            run(f"-p sandbox rules update {PURCHASE} -f r.json --revision latest --json").json()["title"]
            == "Mine"
        )

    @pytest.mark.parametrize(
        ("revision", "code"),
        [("1", 0), ("latest", 0), ("2", 5), ("0", 5), ("x", 2), ("-1", 2), ("1.0", 2), ("", 2)],
    )
    def test_a_given_revision_must_be_the_current_one(self, revision: str, code: int, run: Run) -> None:
        run(
            ["-p", "sandbox", "rules", "update", PURCHASE, "--title", "New", f"--revision={revision}"],
            code=code,
        )

    def test_a_given_revision_saves_reading_the_rule(self, run: Run) -> None:
        [put] = run(f"-p sandbox rules update {PURCHASE} --title New --revision 1").sent

        assert put.body == {"earningRule": {"title": "New", "revision": "1"}}
        assert len(run(f"-p sandbox rules update {PURCHASE} --points 3 --revision 2").sent) == 2

    def test_numbers_of_an_award_are_changed_separately(self, run: Run) -> None:
        assert run(f"-p sandbox rules update {PURCHASE} --per 10 --json").json()["conversionRate"] == {
            "configs": [{"moneyAmount": 10, "points": 20}]
        }
        changed = run(f"-p sandbox rules update {SESSION} --tier {SITE}=7 --points 90 --json").json()[
            "fixedAmount"
        ]["configs"]
        assert changed == [{"points": 90}, {"tierId": GOLD, "points": 150}, {"tierId": SITE, "points": 7}]
        assert run(f"-p sandbox rules update {SESSION} --points 5 --per 1", code=2).out == ""

    def test_a_tier_is_removed(self, run: Run) -> None:
        run(f"-p sandbox rules update {SESSION} --tier {SITE}=7")
        one = run(f"-p sandbox rules update {SESSION} --no-tier {GOLD.upper()} --points 90")
        assert one.sent[-1].body == {
            "earningRule": {
                "fixedAmount": {"configs": [{"points": 90}, {"tierId": SITE, "points": 7}]},
                "revision": "2",
            }
        }
        last = run(f"-p sandbox rules update {SESSION} --no-tier {SITE} --revision 3 --json")
        assert last.json()["fixedAmount"] == {"configs": [{"points": 90}]}

    @pytest.mark.parametrize(("options", "code", "message"), [
        (f"--no-tier {SITE}", 3, f'"Book a session" has no tier {SITE}; its tiers are {GOLD}'),
        ("--no-tier Gold", 2, "a tier id must be a GUID"),
        ("--no-tier ''", 2, "a tier id must be a GUID"),
        (f"--no-tier {GOLD} --tier {GOLD.upper()}=3", 2, "both name the tier"),
        (f"--no-tier {GOLD} -f rule.json", 2, "-f and --no-tier are mutually exclusive"),
        (f"--no-tier {GOLD} --revision 7", 5, "at revision 1, not 7"),
    ])  # fmt: skip
    def test_a_tier_that_cannot_be_removed_is_an_error(
        self, options: str, code: int, message: str, run: Run
    ) -> None:
        refused = run(f"-p sandbox rules update {SESSION} {options}", code=code)

        assert message in refused.err
        assert {sent.method for sent in refused.sent} <= {"GET"}

    def test_the_only_tier_of_a_rule_without_a_base_tier_cannot_be_removed(self, run: Run) -> None:
        text = json.dumps({"fixedAmount": {"configs": [{"tierId": GOLD, "points": 5}]}})
        run(f"-p sandbox rules update {SESSION} -f -", stdin=text)

        refused = run(f"-p sandbox rules update {SESSION} --no-tier {GOLD}", code=2)
        assert "must have at least one entry" in refused.err

    def test_a_dry_run_shows_which_tier_would_be_removed(self, run: Run) -> None:
        shown = run(f"-p sandbox rules update {SESSION} --no-tier {GOLD} --dry-run --json")

        assert shown.json()[-1]["body"]["earningRule"]["AWARD"] == {"noTiers": [GOLD]}
        assert shown.sent == []

    def test_automated_rules_without_a_revision_are_updated(self, run: Run) -> None:
        result = run(f"-p sandbox rules update {SIGN_UP} --points 60 --json")

        assert result.sent[-1].body == {
            "earningRule": {"fixedAmount": {"configs": [{"tierId": None, "points": 60}]}}
        }
        assert result.json()["fixedAmount"]["configs"] == [{"tierId": None, "points": 60}]

    def test_an_unknown_rule_is_not_found(self, run: Run) -> None:
        run(f"-p sandbox rules update {NO_RULE} --title x", code=3)


class TestPauseResumeAndDelete:
    """Several ids, with a result for each."""

    def test_a_rule_that_has_the_status_is_not_sent(self, run: Run) -> None:
        assert [sent.method for sent in run(f"-p sandbox rules pause {RSVP} {PURCHASE}").sent] == [
            "GET",
            "PUT",
        ]
        assert [sent.method for sent in run(f"-p sandbox rules resume {SESSION}").sent] == ["GET"]

    def test_a_rule_that_has_the_status_is_reported_as_unchanged(self, run: Run) -> None:
        mixed = f"-p sandbox rules pause {PURCHASE} {RSVP}"
        result = run(f"{mixed} -o tsv")
        again = run(f"{mixed} --json").json()["results"]
        active = run(f"-p sandbox rules resume {SESSION} -o csv")

        assert [row.split("\t")[1] for row in result.out.splitlines()] == ["paused", "already paused"]
        assert again == [{"id": one, "success": True, "changed": False} for one in (PURCHASE, RSVP)]
        assert active.out.splitlines()[1] == f"{SESSION},true,already active"
        assert run(f"{mixed} --fields id,changed").out == f"{PURCHASE}\tfalse\n{RSVP}\tfalse\n"
        assert "changed" not in run(f"-p sandbox rules resume {RSVP} --json").out

    def test_changed_unchanged_and_unknown_rules_are_reported_together(self, run: Run) -> None:
        result = run(f"-p sandbox rules pause {RSVP} {NO_RULE} --json", code=8)

        assert result.json()["results"][0] == {"id": RSVP, "success": True, "changed": False}
        assert [sent.method for sent in result.sent] == ["GET"]

    @pytest.mark.parametrize("command", ["pause", "resume", "delete -y"])
    def test_an_id_that_is_given_twice_in_another_case_counts_once(self, command: str, run: Run) -> None:
        rule = RSVP if command == "resume" else PURCHASE

        result = run(f"-p sandbox rules {command} {rule} {rule.upper()} --json")

        assert result.json()["results"] == [{"id": rule, "success": True}]
        assert len(result.sent) == 2

    def test_the_others_are_changed_if_some_fail(self, run: Run) -> None:
        result = run(f"-p sandbox rules delete {PURCHASE} {SIGN_UP} {NO_RULE} -y --json", code=8)

        assert [(one["id"], one["success"], one.get("error", {}).get("code")) for one in result.json()["results"]] == [
            (PURCHASE, True, None), (SIGN_UP, False, "CANNOT_BE_DELETED"), (NO_RULE, False, "NOT_FOUND"),
        ]  # fmt: skip
        assert result.error()["message"] == "2 of 3 rules could not be deleted"

    def test_a_pre_installed_rule_names_the_command_to_use_instead(self, run: Run) -> None:
        result = run(f"-p sandbox rules delete {SIGN_UP} -y", code=6)

        assert f"hint: Pause it instead: loyaltyctl -p sandbox rules pause {SIGN_UP}" in result.err
        assert [sent.method for sent in result.sent] == ["GET"]

    def test_nothing_is_deleted_without_confirmation(self, run: Run) -> None:
        result = run(f"-p sandbox rules delete {PURCHASE}", code=2)

        assert 'Delete "Purchase a product" from sandbox?' in result.err
        assert "--yes" in result.err
        assert len(run("-p sandbox rules list --json").json()) == 7
        both = run(f"-p sandbox rules delete {PURCHASE} {SIGN_UP}", code=2)
        assert 'Delete "Purchase a product" from sandbox?' in both.err

    @pytest.mark.parametrize(("revision", "code"), [("1", 0), ("latest", 0), ("7", 5), ("x", 2)])
    def test_a_revision_guards_a_delete(self, revision: str, code: int, run: Run) -> None:
        run(f"-p sandbox rules delete {PURCHASE} -y --revision {revision}", code=code)

    def test_an_id_that_is_given_twice_is_deleted_once(self, run: Run) -> None:
        assert len(run(f"-p sandbox rules delete {PURCHASE} {PURCHASE} -y --json").json()["results"]) == 1

    def test_a_program_that_would_pause_itself_is_warned_of(self, run: Run) -> None:
        active = [rule["id"] for rule in run("-p sandbox rules list --status active --json").json()]

        assert "pauses itself" not in run(f"-p sandbox rules pause {' '.join(active[1:])}").err
        assert "warning: no rule stays ACTIVE after this" in run(f"-p sandbox rules pause {active[0]}").err
        assert "pauses itself" in run(f"-p sandbox rules delete -y {PURCHASE}").err
        run(f"-p sandbox rules resume {SIGN_UP}")
        refused = run(f"-p sandbox rules delete -y {RSVP} {SIGN_UP}", code=8)
        assert "pauses itself" not in refused.err  # a pre-installed rule is not deleted, so it stays ACTIVE
        run(f"-p sandbox rules pause {SIGN_UP}")
        run(f"-p sandbox rules resume {SESSION}")
        assert "pauses itself" in run(f"-p sandbox rules update {SESSION} --status paused").err


def test_a_file_of_another_rule_is_refused(run: Run, home: Home) -> None:
    (home.work / "rule.json").write_text(run(f"-p sandbox rules get {PURCHASE} --json").out)

    refused = run(f"-p sandbox rules update {SESSION} -f rule.json", code=6)
    assert f"rule.json has the rule {PURCHASE}, not {SESSION}" in refused.err
    assert [sent.method for sent in refused.sent] == ["GET"]
    assert "nothing to change" in run(f"-p sandbox rules update {PURCHASE} -f rule.json").err


def test_an_automated_rule_is_updated_from_its_own_file(run: Run, home: Home) -> None:
    rule = run("-p sandbox rules list --kind pre-installed --json").json()[1]
    (home.work / "rule.json").write_text(json.dumps(rule | {"title": "Plans"}))

    line = f"-p sandbox rules update {rule['id']} -f rule.json --revision {rule['revision']} --json"
    assert run(line).json()["title"] == "Plans"


def test_a_custom_rule_that_somebody_changed_is_not_deleted(run: Run) -> None:
    custom = run("-p sandbox rules create-custom --type SOCIAL_MEDIA --points 1 -o id").out.strip()
    run(f"-p sandbox rules update {custom} --title Followers")

    assert "is at revision 2, not 1" in run(f"-p sandbox rules delete {custom} -y --revision 1", code=5).err
    run(f"-p sandbox rules delete {custom} -y --revision 2")
