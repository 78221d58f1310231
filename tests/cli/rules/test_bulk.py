"""`rules bulk-create`: all rules of a file, and --resume."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run, Served


class TestBulk:
    """The command; its run is tested in tests/apply/test_bulk_create.py and test_resume.py."""

    def csv(self, home: Home, count: int = 3, **odd: Any) -> None:
        rows = [f"Rule {i},events/Rsvp,{odd.get(f'points{i}', i)}" for i in range(count)]
        (home.work / "rules.csv").write_text("\n".join(["title,trigger,points", *rows]) + "\n")

    def test_the_output_is_one_response_of_the_api_for_the_whole_input(self, run: Run, home: Home) -> None:
        self.csv(home, 250)
        result = run("-p sandbox rules bulk-create -f rules.csv --json")

        assert [one["itemMetadata"]["originalIndex"] for one in result.json()["results"]] == list(range(250))
        assert result.json()["bulkActionMetadata"] == {
            "totalSuccesses": 250,
            "totalFailures": 0,
            "undetailedFailures": 0,
        }
        assert [sent.method for sent in result.sent] == ["GET", "POST", "POST", "POST"]

    def test_all_errors_of_the_file_are_reported_and_nothing_is_sent(self, run: Run, home: Home) -> None:
        self.csv(home, 5, points1="x", points3="-1")
        result = run("-p sandbox rules bulk-create -f rules.csv", code=6)

        assert "error: rules.csv has 2 problems; nothing was sent" in result.err
        assert 'rules.csv line 3: points: must be a whole number, got "x"' in result.err
        assert "rules.csv line 5: points: must be at least 0, got -1" in result.err
        assert (result.out, result.sent) == ("", [])

    def test_valid_rules_are_sent_with_on_error_continue(self, run: Run, home: Home) -> None:
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
    def test_the_spelling_of_a_rule_and_of_the_file_name_do_not_matter_to_resume(
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

        assert "resuming the last run" in resumed.err
        assert len(run("-p sandbox rules list --trigger events/Rsvp --json").json()) == 1 + 2

    def test_results_from_before_an_error_are_shown(
        self, run: Run, home: Home, serve: Callable[..., Served]
    ) -> None:
        self.csv(home, 150)
        served = serve("502@bulk-create%100")
        assert run("rules bulk-create -f rules.csv --json", env=served.environ, code=8).json()["results"]
        refused = serve("403@bulk-create")
        assert run("rules bulk-create -f rules.csv --json", env=refused.environ, code=4).out == ""

    def test_resume_without_an_earlier_run_starts_one(self, run: Run, home: Home) -> None:
        self.csv(home)
        assert "starting a new one" in run("-p sandbox rules bulk-create -f rules.csv --resume").err

    def test_resume_finishes_a_corrected_file(self, run: Run, home: Home) -> None:
        self.csv(home, 5, points1="x")
        run("-p sandbox rules bulk-create -f rules.csv --on-error continue", code=8)
        self.csv(home, 6)
        resumed = run("-p sandbox rules bulk-create -f rules.csv --resume --json").json()

        assert resumed["bulkActionMetadata"]["totalSuccesses"] == 6
        titles = run("-p sandbox rules list --trigger events/Rsvp -o tsv --fields title").out.split("\n")
        assert sorted(titles)[2:] == [f"Rule {i}" for i in range(6)]

    def test_an_empty_file_is_no_error(self, run: Run) -> None:
        assert run("-p sandbox rules bulk-create -f - --json", stdin="[]").json()["results"] == []

    def test_an_unfinished_run_is_not_started_again(
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

    def test_resume_shows_a_finished_run_and_without_it_the_rules_are_created_again(
        self, run: Run, home: Home
    ) -> None:
        self.csv(home)
        first = run("-p sandbox rules bulk-create -f rules.csv --resume --json")

        assert run("-p sandbox rules bulk-create -f rules.csv --resume --json").json() == first.json()
        assert run("-p sandbox rules bulk-create -f rules.csv --json").json() != first.json()
        assert len(run("-p sandbox rules list --trigger events/Rsvp --json").json()) == 1 + 6

    def test_the_output_of_list_can_be_created_again(self, run: Run, home: Home) -> None:
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

    def test_a_dry_run_shows_every_chunk_and_writes_no_ledger(self, run: Run, home: Home) -> None:
        self.csv(home, 150)
        shown = run("-p sandbox rules bulk-create -f rules.csv --dry-run --json")

        assert [
            (one["method"], len((one["body"] or {}).get("earningRules", []))) for one in shown.json()
        ] == [("GET", 0), ("POST", 100), ("POST", 50)]
        assert shown.sent == []
        assert not (home.data / "journals").exists()

    def test_a_dry_run_warns_of_invalid_rules_and_shows_the_others(self, run: Run, home: Home) -> None:
        self.csv(home, 3, points1="x")
        shown = run("-p sandbox rules bulk-create -f rules.csv --on-error continue --dry-run --json")

        assert [rule["title"] for rule in shown.json()[1]["body"]["earningRules"]] == ["Rule 0", "Rule 2"]
        assert "warning: item 2 is not sent: rules.csv line 3: points: must be a whole number" in shown.err

    def test_a_file_is_required(self, run: Run) -> None:
        run("-p sandbox rules bulk-create", code=2)
