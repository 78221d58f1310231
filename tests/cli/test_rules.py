"""`loyaltyctl rules`, by hand and by script, against the sandbox."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.intake import csv_text
from tests.conftest import GOLD, NO_RULE, PURCHASE, RSVP, SESSION, SIGN_UP, SITE
from tests.model.examples import golden

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served

NEW = '-p sandbox rules create --title "New one" --trigger stores/OrderPaid --points 2 --per 1'


def test_a_rule_from_its_creation_to_its_end(run: Run) -> None:
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


class TestListing:
    """list: the API's filters, and those of our own."""

    @pytest.mark.parametrize(("filters", "count"), [
        ("", 7), ("--status paused", 3), ("--status ACTIVE", 4), ("--kind pre-installed", 4), ("--kind non-automated", 3), ("--kind custom", 0),
        ("--method fixed", 3), ("--method rate", 4), ("--trigger events/Rsvp", 1), ("--trigger-app 1380b703-ce81-ff05-f115-39571d94dfcd", 1),
        ("--status active --kind non-automated --method rate", 1), ("--limit 2", 2), ("--limit 0", 0), ("--limit 99", 7),
    ])  # fmt: skip
    def test_filters_narrow_it(self, filters: str, count: int, run: Run) -> None:
        assert len(run(f"-p sandbox rules list {filters} --json").json()) == count

    def test_filters_of_the_api_go_to_the_api(self, run: Run) -> None:
        [sent] = run("-p sandbox rules list --trigger stores/OrderPaid --status active").sent

        assert sent.url.endswith("/earning-rules/rules?triggerActivityType=stores%2FOrderPaid")

    def test_it_is_sorted_and_cut_as_told(self, run: Run) -> None:
        listed = run("-p sandbox rules list --sort title:desc --limit 2 --query [].title")

        assert listed.out == '["Sign up to the site","RSVP to an event"]\n'
        assert "showing 2 of 7" in listed.err

    def test_an_empty_list_is_no_failure(self, run: Run) -> None:
        assert run("-p sandbox rules list --kind custom").out == ""
        assert run("-p sandbox rules list --kind custom --json").out == "[]\n"
        assert run("-p sandbox rules list --kind custom -o csv").out == ""

    def test_it_says_that_it_is_the_sandbox(self, run: Run) -> None:
        assert (
            run("-p sandbox rules list").err
            == "sandbox: a local stand-in for the API; nothing leaves this machine\n"
        )
        assert run("-p sandbox rules list -q").err == ""


class TestGetting:
    """get: any kind of rule, one or many."""

    def test_automated_rules_are_found(self, run: Run) -> None:
        found = run(f"-p sandbox rules get {SIGN_UP} --json")

        assert found.json()["title"] == "Sign up to the site"
        assert [sent.method for sent in found.sent] == ["GET", "GET"]

    def test_one_is_an_object_and_two_are_an_array(self, run: Run) -> None:
        assert isinstance(run(f"-p sandbox rules get {PURCHASE} --json").json(), dict)
        assert [rule["id"] for rule in run(f"-p sandbox rules get {RSVP} {PURCHASE} --json").json()] == [
            RSVP,
            PURCHASE,
        ]

    def test_one_that_is_not_there_is_not_found(self, run: Run) -> None:
        error = run(f"-p sandbox rules get {NO_RULE} --json", code=3).error()

        assert (error["code"], error["httpStatus"], error["exitCode"]) == ("NOT_FOUND", 404, 3)
        assert error["requestId"]

    def test_numbers_that_contradict_each_other_are_pointed_out(
        self, run: Run, serve: Callable[..., Served]
    ) -> None:
        body = json.dumps(
            {
                "earningRule": {
                    "id": PURCHASE,
                    "title": "Odd",
                    "fixedAmount": {"points": 5, "configs": [{"points": 6}]},
                }
            }
        )
        served = serve(f"body={body}@get")

        assert (
            "warning: Odd: the points beside configs differ"
            in run(f"rules get {PURCHASE}", env=served.environ).err
        )


class TestCreating:
    """create and create-custom: from options or from a file."""

    def test_what_is_sent_is_what_the_reference_sends(self, run: Run, home: Home) -> None:
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
    def test_every_format_and_spelling_makes_the_same_rule(
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
        ("", "nothing says what the rule should be"),
        ("--title A -f x.json", "cannot come from --title too"),
        ("--title A --points 3", "  triggerActivityType: is missing"),
        ("--title A --trigger stores/OrderPaid", "awards nothing"),
        ("--title A --trigger stores/OrderPaid --points x", '  --points: must be a whole number, got "x"'),
        ("--title A --trigger stores/OrderPaid --points 1 --per 0", "  --per: must be at least 1, got 0"),
        ("--title A --trigger store/OrderPaid --points 1", '  --trigger: "store/OrderPaid": did you mean stores/OrderPaid?'),
        ("--title A --trigger stores/OrderPaid --points 1 --tier gold", "  --tier: must be TIER=POINTS"),
        (f"--title {'x' * 51} --trigger stores/OrderPaid --points 1", "  --title: has 51 characters, the limit is 50"),
    ])  # fmt: skip
    def test_options_that_make_no_rule_are_usage(self, line: str, why: str, run: Run) -> None:
        result = run(f"-p sandbox rules create {line}", code=2)

        assert why in result.err
        assert (result.out, result.sent) == ("", [])

    def test_a_file_with_a_wrong_rule_is_invalid_and_nothing_is_sent(self, run: Run) -> None:
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

        assert "warning: zz is not known here and is sent as it is" in result.err
        assert (result.sent[0].body or {})["earningRule"]["zz"] == 1  # type: ignore[index, call-overload]  # a JSON object

    def test_a_custom_rule(self, run: Run) -> None:
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


class TestUpdating:
    """update: what differs, against the revision that it was meant for."""

    def test_only_what_differs_is_sent_with_the_current_revision(self, run: Run) -> None:
        put = run(f"-p sandbox rules update {RSVP} --title New --status PAUSED").sent[-1]

        assert put.body == {"earningRule": {"title": "New", "revision": "3"}}

    def test_nothing_to_change_sends_nothing(self, run: Run) -> None:
        result = run(f"-p sandbox rules update {PURCHASE} --points 20 --json")

        assert [sent.method for sent in result.sent] == ["GET"]
        assert "nothing to change" in result.err
        assert result.json()["revision"] == "1"

    def test_what_get_gave_changes_nothing(self, run: Run, home: Home) -> None:
        for rule_id in (PURCHASE, SESSION, SIGN_UP):
            for format_ in ("json", "yaml"):
                (home.work / f"r.{format_}").write_text(
                    run(f"-p sandbox rules get {rule_id} -o {format_}").out
                )
                assert "nothing to change" in run(f"-p sandbox rules update {rule_id} -f r.{format_}").err

    def test_a_file_from_an_older_revision_is_a_conflict_unless_told_otherwise(
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
    def test_a_revision_that_is_given_must_be_the_current_one(
        self, revision: str, code: int, run: Run
    ) -> None:
        run(
            ["-p", "sandbox", "rules", "update", PURCHASE, "--title", "New", f"--revision={revision}"],
            code=code,
        )

    def test_a_revision_that_is_given_spares_the_reading(self, run: Run) -> None:
        [put] = run(f"-p sandbox rules update {PURCHASE} --title New --revision 1").sent

        assert put.body == {"earningRule": {"title": "New", "revision": "1"}}
        assert len(run(f"-p sandbox rules update {PURCHASE} --points 3 --revision 2").sent) == 2

    def test_numbers_are_changed_one_by_one(self, run: Run) -> None:
        assert run(f"-p sandbox rules update {PURCHASE} --per 10 --json").json()["conversionRate"] == {
            "configs": [{"moneyAmount": 10, "points": 20}]
        }
        changed = run(f"-p sandbox rules update {SESSION} --tier {SITE}=7 --points 90 --json").json()[
            "fixedAmount"
        ]["configs"]
        assert changed == [{"points": 90}, {"tierId": GOLD, "points": 150}, {"tierId": SITE, "points": 7}]
        assert run(f"-p sandbox rules update {SESSION} --points 5 --per 1", code=2).out == ""

    def test_automated_rules_without_a_revision_are_updated(self, run: Run) -> None:
        result = run(f"-p sandbox rules update {SIGN_UP} --points 60 --json")

        assert result.sent[-1].body == {
            "earningRule": {"fixedAmount": {"configs": [{"tierId": None, "points": 60}]}}
        }
        assert result.json()["fixedAmount"]["configs"] == [{"tierId": None, "points": 60}]

    def test_a_rule_that_is_not_there_is_not_found(self, run: Run) -> None:
        run(f"-p sandbox rules update {NO_RULE} --title x", code=3)


class TestSwitchingAndDeleting:
    """pause, resume and delete: any number of ids, each with its outcome."""

    def test_what_is_so_already_is_not_sent(self, run: Run) -> None:
        assert [sent.method for sent in run(f"-p sandbox rules pause {RSVP} {PURCHASE}").sent] == [
            "GET",
            "PUT",
        ]
        assert [sent.method for sent in run(f"-p sandbox rules resume {SESSION}").sent] == ["GET"]

    def test_some_may_fail(self, run: Run) -> None:
        result = run(f"-p sandbox rules delete {PURCHASE} {SIGN_UP} {NO_RULE} -y --json", code=8)

        assert [(one["id"], one["success"], one.get("error", {}).get("code")) for one in result.json()["results"]] == [
            (PURCHASE, True, None), (SIGN_UP, False, "CANNOT_BE_DELETED"), (NO_RULE, False, "NOT_FOUND"),
        ]  # fmt: skip
        assert result.error()["message"] == "2 of 3 rules could not be deleted"

    def test_a_pre_installed_rule_names_the_command_to_use_instead(self, run: Run) -> None:
        result = run(f"-p sandbox rules delete {SIGN_UP} -y", code=6)

        assert f"hint: Pause it instead: loyaltyctl -p sandbox rules pause {SIGN_UP}" in result.err
        assert [sent.method for sent in result.sent] == ["GET"]

    def test_without_a_yes_nothing_is_deleted(self, run: Run) -> None:
        result = run(f"-p sandbox rules delete {PURCHASE}", code=2)

        assert 'Delete "Purchase a product" from sandbox?' in result.err
        assert "--yes" in result.err
        assert len(run("-p sandbox rules list --json").json()) == 7

    @pytest.mark.parametrize(("revision", "code"), [("1", 0), ("latest", 0), ("7", 5), ("x", 2)])
    def test_a_revision_guards_a_delete(self, revision: str, code: int, run: Run) -> None:
        run(f"-p sandbox rules delete {PURCHASE} -y --revision {revision}", code=code)

    def test_one_that_is_given_twice_is_deleted_once(self, run: Run) -> None:
        assert len(run(f"-p sandbox rules delete {PURCHASE} {PURCHASE} -y --json").json()["results"]) == 1

    def test_a_programme_that_would_pause_itself_is_warned_of(self, run: Run) -> None:
        active = [rule["id"] for rule in run("-p sandbox rules list --status active --json").json()]

        assert "pauses itself" not in run(f"-p sandbox rules pause {' '.join(active[1:])}").err
        assert "warning: no rule stays ACTIVE after this" in run(f"-p sandbox rules pause {active[0]}").err
        assert "pauses itself" in run(f"-p sandbox rules delete -y {PURCHASE}").err
        run(f"-p sandbox rules resume {SESSION}")
        assert "pauses itself" in run(f"-p sandbox rules update {SESSION} --status paused").err


class TestBulk:
    """bulk-create: the command around the journal."""

    def csv(self, home: Home, count: int = 3, **odd: Any) -> None:
        rows = [f"Rule {i},events/Rsvp,{odd.get(f'points{i}', i)}" for i in range(count)]
        (home.work / "rules.csv").write_text("\n".join(["title,trigger,points", *rows]) + "\n")

    def test_the_answer_is_the_apis_for_the_whole_input(self, run: Run, home: Home) -> None:
        self.csv(home, 250)
        result = run("-p sandbox rules bulk-create -f rules.csv --json")

        assert [one["itemMetadata"]["originalIndex"] for one in result.json()["results"]] == list(range(250))
        assert result.json()["bulkActionMetadata"] == {
            "totalSuccesses": 250,
            "totalFailures": 0,
            "undetailedFailures": 0,
        }
        assert [sent.method for sent in result.sent] == ["GET", "POST", "POST", "POST"]

    def test_everything_that_is_wrong_is_said_and_nothing_is_sent(self, run: Run, home: Home) -> None:
        self.csv(home, 5, points1="x", points3="-1")
        result = run("-p sandbox rules bulk-create -f rules.csv", code=6)

        assert "error: rules.csv has 2 problems; nothing was sent" in result.err
        assert 'rules.csv line 3: points: must be a whole number, got "x"' in result.err
        assert "rules.csv line 5: points: must be at least 0, got -1" in result.err
        assert (result.out, result.sent) == ("", [])

    def test_or_the_rest_is_sent(self, run: Run, home: Home) -> None:
        self.csv(home, 5, points1="x")
        result = run("-p sandbox rules bulk-create -f rules.csv --on-error continue --json", code=8)

        failed = result.json()["results"][1]["itemMetadata"]
        assert failed == {
            "originalIndex": 1,
            "success": False,
            "error": {
                "code": "INVALID_DATA",
                "description": 'rules.csv line 3: points: must be a whole number, got "x"',
            },
        }
        assert result.json()["bulkActionMetadata"]["totalSuccesses"] == 4
        assert "4 created, 1 failed" in result.err
        assert json.loads(result.err.splitlines()[-1])["error"]["details"] == [
            {"where": "item 2", "message": f"INVALID_DATA: {failed['error']['description']}"}
        ]

    @pytest.mark.parametrize("name", ["rules.csv", "sub/../rules.csv", "link.csv", "-"])
    def test_rules_that_are_written_in_another_way_are_the_same_rules(
        self, name: str, run: Run, home: Home
    ) -> None:
        (home.work / "sub").mkdir()
        (home.work / "link.csv").symlink_to("rules.csv")
        first = "title,trigger,points\nA,events/Rsvp,1\nB,events/Rsvp,x\n"
        then = "title,status,triggerActivityType,points\nB,ACTIVE,events/Rsvp,2\nA,,events/Rsvp,1\n"
        (home.work / "rules.csv").write_text(first)
        begin = "-" if name == "-" else "rules.csv"
        run(f"-p sandbox rules bulk-create -f {begin} --on-error continue", stdin=first, code=8)
        (home.work / "rules.csv").write_text(then)
        resumed = run(f"-p sandbox rules bulk-create -f {name} --resume", stdin=then)

        assert "going on with" in resumed.err
        assert len(run("-p sandbox rules list --trigger events/Rsvp --json").json()) == 1 + 2

    def test_what_was_done_before_an_error_is_shown(
        self, run: Run, home: Home, serve: Callable[..., Served]
    ) -> None:
        self.csv(home, 150)
        served = serve("502@bulk-create%100")
        assert run("rules bulk-create -f rules.csv --json", env=served.environ, code=8).json()["results"]
        refused = serve("403@bulk-create")
        assert run("rules bulk-create -f rules.csv --json", env=refused.environ, code=4).out == ""

    def test_a_resume_without_a_run_says_so(self, run: Run, home: Home) -> None:
        self.csv(home)
        assert "beginning anew" in run("-p sandbox rules bulk-create -f rules.csv --resume").err

    def test_a_corrected_file_is_finished_by_resume(self, run: Run, home: Home) -> None:
        self.csv(home, 5, points1="x")
        run("-p sandbox rules bulk-create -f rules.csv --on-error continue", code=8)
        self.csv(home, 6)
        resumed = run("-p sandbox rules bulk-create -f rules.csv --resume --json").json()

        assert resumed["bulkActionMetadata"]["totalSuccesses"] == 6
        titles = run("-p sandbox rules list --trigger events/Rsvp -o tsv --fields title").out.split("\n")
        assert sorted(titles)[2:] == [f"Rule {i}" for i in range(6)]

    def test_an_empty_file_of_rules_is_nothing_to_do(self, run: Run) -> None:
        assert run("-p sandbox rules bulk-create -f - --json", stdin="[]").json()["results"] == []

    def test_a_run_that_did_not_end_is_not_begun_again(
        self, run: Run, home: Home, serve: Callable[..., Served]
    ) -> None:
        self.csv(home)
        served = serve("502@bulk-create*1")

        lost = run("rules bulk-create -f rules.csv", env=served.environ, code=8)
        assert "hint: Repeat the command with --resume" in lost.err
        again = run("rules bulk-create -f rules.csv", env=served.environ, code=5)
        assert "Finish it with --resume" in again.err
        resumed = run("rules bulk-create -f rules.csv --resume --json", env=served.environ)
        assert resumed.json()["bulkActionMetadata"]["totalSuccesses"] == 3
        with served.store.site(SITE) as site:
            assert sum(str(rule["title"]).startswith("Rule") for rule in site.rules()) == 3

    def test_a_finished_run_is_shown_by_resume_and_repeated_without_it(self, run: Run, home: Home) -> None:
        self.csv(home)
        first = run("-p sandbox rules bulk-create -f rules.csv --resume --json")

        assert run("-p sandbox rules bulk-create -f rules.csv --resume --json").json() == first.json()
        assert run("-p sandbox rules bulk-create -f rules.csv --json").json() != first.json()
        assert len(run("-p sandbox rules list --trigger events/Rsvp --json").json()) == 1 + 6

    def test_what_list_writes_bulk_create_reads(self, run: Run, home: Home) -> None:
        for format_ in ("csv", "json", "jsonl", "yaml"):
            (home.work / f"rules.{format_}").write_text(
                run(f"-p sandbox rules list --kind non-automated --limit 3 -o {format_}").out
            )
            created = run(f"-p sandbox rules bulk-create -f rules.{format_} --json").json()
            assert created["bulkActionMetadata"] == {
                "totalSuccesses": 3,
                "totalFailures": 0,
                "undetailedFailures": 0,
            }
            run(
                f"-p sandbox rules delete -y {' '.join(one['itemMetadata']['id'] for one in created['results'])}"
            )

    def test_a_dry_run_shows_every_chunk_and_leaves_no_journal(self, run: Run, home: Home) -> None:
        self.csv(home, 150)
        shown = run("-p sandbox rules bulk-create -f rules.csv --dry-run --json")

        assert [
            (one["method"], len((one["body"] or {}).get("earningRules", []))) for one in shown.json()
        ] == [("GET", 0), ("POST", 100), ("POST", 50)]
        assert shown.sent == []
        assert not (home.data / "journals").exists()

    def test_a_file_must_be_named(self, run: Run) -> None:
        run("-p sandbox rules bulk-create", code=2)


def test_a_csv_of_rules_has_the_columns_that_are_read(run: Run) -> None:
    rows = csv_text.loads(run("-p sandbox rules list -o csv").out, "x.csv")

    assert {"title", "triggerActivityType", "points", "per", "tiers", "status"} <= {
        name for row in rows for name in row.cells
    }


@pytest.mark.parametrize(
    ("line", "methods"),
    [
        ("list", ["GET"]), (f"get {PURCHASE}", ["GET"]), ("create --title A --trigger events/Rsvp --points 1", ["POST"]), ("create-custom --type SOCIAL_MEDIA", ["POST"]),
        (f"update {PURCHASE} --title A", ["GET", "PUT"]), (f"pause {PURCHASE} {RSVP}", ["GET", "PUT", "PUT"]), (f"resume {PURCHASE}", ["GET", "PUT"]), (f"delete {PURCHASE}", ["GET", "DELETE"]),
    ],
)  # fmt: skip
def test_whatever_sends_can_show_it_instead(line: str, methods: list[str], run: Run, served: Served) -> None:
    for env, profile in ((served.environ, ""), ({}, "-p sandbox")):
        shown = run(f"{profile} rules {line} --dry-run --json", env=env)
        assert [one["method"] for one in shown.json()] == methods
        assert shown.sent == []
        curls = run(f"{profile} rules {line} --curl", env=env).out.splitlines()
        assert [curl.split()[2] for curl in curls] == methods
        assert "dry run: nothing is sent" in run(f"{profile} rules {line} -n", env=env).err
    with served.store.site(SITE) as site:
        assert len(site.rules()) == 7


class TestDryRuns:
    """What only the site knows stands as a word, and never as a guess."""

    @pytest.mark.parametrize(
        ("options", "award"),
        [
            ("--points 7", {"points": "7"}),
            ("--per 7", {"per": "7"}),
            (f"--tier {GOLD}=3", {"tiers": [f"{GOLD}=3"]}),
        ],
    )
    def test_an_award_that_was_not_read(self, options: str, award: dict[str, Any], run: Run) -> None:
        shown = run(f"-p sandbox rules update {PURCHASE} {options} --dry-run --json")

        assert shown.json()[1]["body"] == {"earningRule": {"AWARD": award, "revision": "REVISION"}}
        assert "AWARD stands for the award of the rule" in shown.err
        assert shown.sent == []

    def test_it_is_checked_all_the_same(self, run: Run) -> None:
        assert "--points: must be" in run(f"-p sandbox rules update {PURCHASE} --points x -n", code=2).err

    def test_a_revision_that_is_given_is_shown(self, run: Run, home: Home) -> None:
        (home.work / "rule.json").write_text(run(f"-p sandbox rules get {PURCHASE} --json").out)

        for options in ("-f rule.json", "--title A --revision 1", "--points 3 --revision 1"):
            shown = run(f"-p sandbox rules update {PURCHASE} {options} --dry-run --json").json()
            assert shown[-1]["body"]["earningRule"]["revision"] == "1"

    def test_nothing_is_said_to_be_done(self, run: Run) -> None:
        for line in (
            "create --title A --trigger events/Rsvp --points 1",
            f"update {PURCHASE} --status paused",
            f"delete {PURCHASE}",
        ):
            err = run(f"-p sandbox rules {line} --dry-run -v").err
            assert not re.search("created|updated|deleted|warning", err)


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


def test_a_rule_without_revisions_is_at_none(run: Run) -> None:
    refused = run(f"-p sandbox rules update {SIGN_UP} --points 6 --revision 1", code=5)

    assert "has no revision, so it cannot be at 1" in refused.err


def test_what_is_done_is_shown_even_where_it_cannot_be_shown_as_asked_for(run: Run) -> None:
    line = "-p sandbox rules create --title A --trigger events/Rsvp --points 1 --query"
    result = run([*line.split(), "abs(title)"], code=1)

    assert result.json()["title"] == "A"
    assert "it is done, but cannot be shown as asked for" in result.err
    assert len(run("-p sandbox rules list --trigger events/Rsvp --json").json()) == 2
    run([*line.split(), "nothing(title)"], code=2)
    assert len(run("-p sandbox rules list --trigger events/Rsvp --json").json()) == 2
