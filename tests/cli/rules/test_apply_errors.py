"""`rules apply` with impossible changes, refusals, lost responses and changes of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.rules.plans import APPLY, AUTOMATED, results, site, writes
from tests.conftest import PURCHASE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FakeClock, Result, Run, Served


class TestErrors:
    """--on-error, and errors of single changes."""

    def test_an_impossible_change_stops_the_run_before_the_first_request(self, run: Run) -> None:
        result = run(f"{APPLY} -f - -y --json", stdin=AUTOMATED, code=6)

        assert result.error()["code"] == "CANNOT_BE_DONE"
        [detail] = result.error()["details"]
        assert (
            detail["where"],
            "pre-installed and can be updated and paused, not created" in detail["message"],
        ) == ('"Again"', True)
        assert "--on-error continue" in result.error()["hint"]
        assert (result.out, writes(result)) == ("", [])

    def test_the_rest_is_done_with_on_error_continue(self, run: Run) -> None:
        result = run(f"{APPLY} -f - -y --json --on-error continue", stdin=AUTOMATED, code=8)

        assert sorted(results(result)) == [
            ("create", "Again", "skipped"),
            ("update", "Purchase a product", "done"),
        ]
        assert result.error()["message"] == "1 of 2 changes were not made"

    def test_a_run_with_nothing_but_an_impossible_change_says_why(self, run: Run) -> None:
        run(f"{APPLY} -f - -y --on-error continue", stdin=AUTOMATED, code=8)
        again = run(f"{APPLY} -f - --json --on-error continue", stdin=AUTOMATED, code=6)  # asks nothing

        assert results(again) == [("create", "Again", "skipped")]
        assert again.error()["code"] == "CANNOT_BE_DONE"
        errors = [one["error"]["code"] for one in again.json()["changes"] if "error" in one]
        assert errors == ["CANNOT_BE_DONE"]

    def test_nothing_is_tried_after_a_refusal(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@update*1").environ
        result = run(f"rules apply -f {rules} --prune -y --json", env=env, code=8)

        assert results(result) == [
            ("create", "Tickets", "done"), ("update", "Purchase a product", "failed"), ("pause", "Sign up to the site", "skipped"),
            ("pause", "Order a plan", "skipped"), ("delete", "RSVP to an event", "skipped"),
        ]  # fmt: skip
        assert writes(result) == ["POST", "PUT"]
        [failed] = [one for one in result.json()["changes"] if one.get("result") == "failed"]
        assert failed["error"]["code"] == "PERMISSION_DENIED"
        assert "4 of 5 changes were not made" in result.error()["message"]
        again = run(f"rules apply -f {rules} --prune -y", env=env)
        assert writes(again) == ["PUT", "PUT", "PUT", "DELETE"]

    def test_each_change_is_tried_with_on_error_continue(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@update*2").environ
        result = run(f"rules apply -f {rules} --prune -y --json --on-error continue", env=env, code=8)

        assert [one[2] for one in results(result)] == ["done", "failed", "failed", "done", "done"]

    def test_the_error_of_a_single_change_is_the_error_of_the_run(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("403@update").environ
        run(f"rules apply -f {rules} -y", env=env, code=8)

        error = run(f"rules apply -f {rules} -y --json", env=env, code=4).error()
        assert (error["code"], error["httpStatus"], bool(error["requestId"])) == (
            "PERMISSION_DENIED",
            403,
            True,
        )

    @pytest.mark.parametrize("fault", ["502-after@bulk-create", "lost@bulk-create*1", "502-after@update", "lost@update*1", "lost@delete*1", "429=1*3", "reordered@bulk-create"])  # fmt: skip
    def test_a_fault_loses_and_doubles_nothing(
        self, fault: str, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve(fault).environ
        run(f"rules apply -f {rules} --prune -y", env=env, code=None)
        run(f"rules apply -f {rules} --prune -y", env=env)

        assert run(f"rules diff -f {rules} --prune --exit-code", env=env).out == ""
        titles = [rule["title"] for rule in run("rules list --json", env=env).json()]
        assert len(titles) == len(set(titles)) == 7

    def test_a_site_that_cannot_be_read_is_not_changed(
        self, run: Run, rules: str, serve: Callable[..., Served]
    ) -> None:
        env = serve("401@list").environ

        assert writes(run(f"rules apply -f {rules} -y", env=env, code=4)) == []
        assert "rules apply" not in run("rules history").out

    def test_a_rule_that_changes_during_the_run_is_left_alone(
        self, run: Run, rules: str, served: Served, clock: FakeClock, serve: Callable[..., Served]
    ) -> None:
        assert served.url
        slow = serve("429=9@bulk-create*1")
        clock.when_slept(8, lambda: run(f"rules update {PURCHASE} --points 77", env=slow.environ))
        result = run(f"rules apply -f {rules} -y --json", env=slow.environ, code=8)

        [failed] = [one for one in result.json()["changes"] if one.get("result") == "failed"]
        assert (
            '"Purchase a product" was changed by somebody else: earn 20 per 1 → 77 per 1'
            in failed["error"]["message"]
        )
        assert (
            site(run, "", slow.environ)["Purchase a product"]["conversionRate"]["configs"][0]["points"] == 77
        )

    def test_a_second_run_on_the_same_site_is_refused(
        self, run: Run, rules: str, serve: Callable[..., Served], clock: FakeClock
    ) -> None:
        env = serve("429=9@update*1").environ
        others: list[Result] = []
        clock.when_slept(8, lambda: others.append(run(f"rules apply -f {rules} -y --json", env=env, code=5)))
        run(f"rules apply -f {rules} -y", env=env)

        [other] = others
        assert (other.error()["code"], writes(other)) == ("SITE_IN_USE", [])
