"""Rules of `points backtest` and `points simulate`: those that would be in force after `rules apply`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conftest import GOLD, NO_RULE

if TYPE_CHECKING:
    from tests.conftest import Home, Run

BUY = {"title": "Buy", "trigger": "stores/OrderPaid"}
GOLDEN = {"tiers": {GOLD: "2 per 1"}}
KEPT = f'next.json: "Buy" leaves out {GOLD}; the award of the baseline is kept'


@pytest.fixture(autouse=True)
def _orders(home: Home) -> None:
    text = f"amount,tier,trigger\n10,,stores/OrderPaid\n10,{GOLD},stores/OrderPaid\n"
    (home.work / "orders.csv").write_text(text)
    save(home, "now.json", BUY | {"earn": "1 per 1"} | GOLDEN)


def save(home: Home, name: str, *rules: object, **beside: object) -> None:
    (home.work / name).write_text(json.dumps({"rules": rules, **beside}))


@pytest.mark.parametrize(
    ("rule", "points", "message"),
    [
        ({"earn": "1 per 1"}, 30, KEPT),
        ({"earn": "3 per 1"}, 50, KEPT),
        ({"tiers": {GOLD: "5 per 1"}}, 60, '"Buy" leaves out the base tier; the award of the baseline'),
        ({"earn": "1 per 1", "tiers": {}}, 20, ""),
        ({"earn": "1 per 1", "tiers": {NO_RULE: "9 per 1"}}, 20, ""),
        ({"earn": "5 points"}, 10, '"Buy" cannot be applied: give the new awards of these tiers'),
        ({"conversionRate": {"configs": [{"points": 1, "moneyAmount": 1}]}}, 20, ""),
        ({"title": "Other", "tiers": {GOLD: "5 per 1"}}, 50, "has no award for the base tier, which earns"),
        ({"title": "Other", "earn": "1 per 1"}, 20, ""),
    ],
)
def test_what_a_rule_does_not_state_stays_as_in_the_baseline(
    rule: dict[str, object], points: int, message: str, run: Run, home: Home
) -> None:
    save(home, "next.json", BUY | rule)

    result = run("points backtest orders.csv -f next.json --against now.json --json")

    assert result.json()["points"] == points
    assert message in result.err
    assert ("of the baseline is kept" in result.err) is ("of the baseline" in message)


def test_a_rule_with_another_title_is_matched_by_its_id(run: Run, home: Home) -> None:
    [rule] = [one for one in run("-p sandbox rules list --json").json() if one["title"] == "Book a session"]
    trigger = rule["triggerActivityType"]
    save(home, "next.json", {"id": rule["id"], "title": "New", "trigger": trigger, "earn": "100 points"})

    result = run(
        f"-p sandbox points backtest orders.csv -f next.json --against live --trigger {trigger} --json"
    )

    assert result.json()["change"]["points"] == 0
    assert "the award of the baseline is kept" in result.err


@pytest.mark.parametrize("command", ["points simulate --amount 10", "points backtest orders.csv"])
def test_an_unknown_field_is_a_warning(command: str, run: Run, home: Home) -> None:
    save(home, "next.json", BUY | {"earn": "1 per 1", "enabled": False})

    result = run(f"{command} -f next.json")

    assert "warning: next.json item 1: enabled: is unknown and is left out" in result.err


def test_warnings_of_unknown_fields_are_limited_in_number(run: Run, home: Home) -> None:
    twins = [BUY | {"earn": "1 per 1", "enabled": False}] * 25
    save(home, "next.json", *twins)

    result = run("points simulate --amount 10 -f next.json")

    assert result.err.count("enabled: is unknown") == 20
    assert "warning: 5 more fields are unknown and are left out" in result.err
    assert result.err.count("has the trigger and the title of the rule at") == 20
    assert "warning: 4 more rules are in the file again; their points are counted again" in result.err


@pytest.mark.parametrize(("profile", "points", "warns"), [("-p sandbox", 30, False), ("", 20, True)])
def test_the_tiers_of_the_current_site_are_used(
    profile: str, points: int, warns: bool, run: Run, home: Home
) -> None:
    tiers = {"Gold": {"staging": NO_RULE, "sandbox": GOLD}}
    save(home, "next.json", BUY | {"earn": "1 per 1", "tiers": {"Gold": "2 per 1"}}, tiers=tiers)

    result = run(f"{profile} points backtest orders.csv -f next.json --json")

    assert result.json()["points"] == points
    assert ('those of "staging" are used: choose others with -p NAME' in result.err) is warns


def test_a_folder_of_rules_is_calculated(run: Run, home: Home) -> None:
    (home.work / "rules").mkdir()
    save(home, "rules/one.json", BUY | {"earn": "1 per 1"})
    save(home, "rules/two.json", BUY | {"title": "More", "earn": "5 points"})

    assert run("points backtest orders.csv -f rules --json").json()["points"] == 30
    assert len(run("points simulate --amount 10 -f rules").out.splitlines()) == 2


def test_all_problems_of_a_file_are_reported_together(run: Run, home: Home) -> None:
    save(home, "next.json", BUY, BUY | {"earn": "x"})

    error = run("points simulate --amount 10 -f next.json", code=6).err

    assert "next.json has 2 problems; nothing was calculated" in error
    assert "awards nothing: give points (with per, for a rate), earn," in error


def test_with_skip_bad_rows_only_other_currencies_are_errors(run: Run, home: Home) -> None:
    orders = "id,amount,currency\n1,10,USD\n1,10,USD\n1,10,EUR\nx,abc,EUR\n2,12,EUR\n3,x,USD\n"
    (home.work / "mixed.csv").write_text(orders)

    error = run("points backtest mixed.csv -f now.json --skip-bad-rows", code=6).err

    assert error.splitlines() == [
        "error: one order cannot be counted; nothing was calculated",
        '  mixed.csv line 6: currency: is "EUR", but the first order has "USD"',
        "hint: Count only the orders in one currency: --currency USD",
    ]


@pytest.mark.parametrize(("earn", "change", "percent"), [("3 per 1", -20, -200), ("1 per 2", 5, 50)])
def test_a_percentage_has_the_sign_of_the_change(
    earn: str, change: int, percent: int, run: Run, home: Home
) -> None:
    (home.work / "refunds.csv").write_text("amount\n-10\n")
    save(home, "next.json", BUY | {"earn": earn, "tiers": {}})

    result = run("points backtest refunds.csv -f next.json --against now.json --refunds deduct --json")

    assert result.json()["change"] == {"points": change, "percent": percent, "lostAll": 0, "gainedFirst": 0}


def test_filters_ignore_the_case_of_any_letter(run: Run, home: Home) -> None:
    (home.work / "open.csv").write_text("amount,status\n10,GRO\u1e9e\n10,offen\n,Gross\n")

    ended = run("points backtest open.csv -f now.json --status groß --status OFFEN --query orders")

    assert (ended.out, "no order has" in ended.err) == ("2\n", False)


def test_several_statuses_in_one_option_are_a_warning_with_the_remedy(run: Run, home: Home) -> None:
    (home.work / "paid.csv").write_text("amount,status\n10,PAID\n10,Refunded\n")

    error = run("points backtest paid.csv -f now.json --status PAID,REFUNDED").err

    assert "the column has PAID (1), Refunded (1); repeat --status for each of several" in error


@pytest.mark.parametrize("text", ["5%%", "%", " 5%", "-5%", "5,5%"])
def test_an_invalid_limit_is_quoted_as_it_was_given(text: str, run: Run) -> None:
    line = ["points", "backtest", "orders.csv", "-f", "now.json", "--against", "now.json"]

    error = run([*line, f"--max-increase={text}"], code=2).err

    assert f'--max-increase must be a percentage in plain digits, got "{text}"' in error
