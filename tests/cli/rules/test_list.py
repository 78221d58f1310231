"""`rules list` and `rules get`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.intake import csv_text
from tests.conftest import NO_RULE, PURCHASE, RSVP, SIGN_UP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Run, Served


class TestListing:
    """Filters of the API and of the command, sorting, and limits."""

    @pytest.mark.parametrize(("filters", "count"), [
        ("", 7), ("--status paused", 3), ("--status ACTIVE", 4), ("--kind pre-installed", 4), ("--kind non-automated", 3), ("--kind custom", 0),
        ("--method fixed", 3), ("--method rate", 4), ("--trigger events/Rsvp", 1), ("--trigger-app 1380b703-ce81-ff05-f115-39571d94dfcd", 1),
        ("--status active --kind non-automated --method rate", 1), ("--limit 2", 2), ("--limit 0", 0), ("--limit 99", 7),
    ])  # fmt: skip
    def test_filters_select_rules(self, filters: str, count: int, run: Run) -> None:
        assert len(run(f"-p sandbox rules list {filters} --json").json()) == count

    def test_filters_of_the_api_go_to_the_api(self, run: Run) -> None:
        [sent] = run("-p sandbox rules list --trigger stores/OrderPaid --status active").sent

        assert sent.url.endswith("/earning-rules/rules?triggerActivityType=stores%2FOrderPaid")

    def test_sort_and_limit_are_applied(self, run: Run) -> None:
        listed = run("-p sandbox rules list --sort title:desc --limit 2 --query [].title")

        assert listed.out == '["Sign up to the site","RSVP to an event"]\n'
        assert "showing 2 of 7" in listed.err

    def test_an_empty_list_is_no_error(self, run: Run) -> None:
        assert run("-p sandbox rules list --kind custom").out == ""
        assert run("-p sandbox rules list --kind custom --json").out == "[]\n"
        assert run("-p sandbox rules list --kind custom -o csv").out == ""

    def test_a_message_names_the_sandbox(self, run: Run) -> None:
        assert (
            run("-p sandbox rules list").err
            == "sandbox: a local stand-in for the API; nothing leaves this machine\n"
        )
        assert run("-p sandbox rules list -q").err == ""


class TestGetting:
    """Rules of every kind, one or several."""

    def test_automated_rules_are_found(self, run: Run) -> None:
        found = run(f"-p sandbox rules get {SIGN_UP} --json")

        assert found.json()["title"] == "Sign up to the site"
        assert [sent.method for sent in found.sent] == ["GET", "GET"]

    def test_one_rule_is_an_object_and_several_are_an_array(self, run: Run) -> None:
        assert isinstance(run(f"-p sandbox rules get {PURCHASE} --json").json(), dict)
        assert [rule["id"] for rule in run(f"-p sandbox rules get {RSVP} {PURCHASE} --json").json()] == [
            RSVP,
            PURCHASE,
        ]

    def test_an_unknown_id_is_not_found(self, run: Run) -> None:
        error = run(f"-p sandbox rules get {NO_RULE} --json", code=3).error()

        assert (error["code"], error["httpStatus"], error["exitCode"]) == ("NOT_FOUND", 404, 3)
        assert error["requestId"]

    def test_inconsistent_numbers_are_warned_of(self, run: Run, serve: Callable[..., Served]) -> None:
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


def test_the_columns_of_csv_keep_their_places(run: Run) -> None:
    header = run("-p sandbox rules list -o csv").out.splitlines()[0]

    assert header.startswith(
        "id,title,triggerActivityType,triggerAppId,status,points,per,tiers,revision,sourceAppId,createdDate,updatedDate"
    )


def test_csv_output_has_the_columns_of_csv_input(run: Run) -> None:
    rows = csv_text.loads(run("-p sandbox rules list -o csv").out, "x.csv")

    assert {"title", "triggerActivityType", "points", "per", "tiers", "status"} <= {
        name for row in rows for name in row.cells
    }


def test_a_rule_without_a_revision_has_none(run: Run) -> None:
    refused = run(f"-p sandbox rules update {SIGN_UP} --points 6 --revision 1", code=5)

    assert "has no revision, so it cannot be at 1" in refused.err
