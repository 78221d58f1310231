"""`loyaltyctl points`: simulate, table and solve."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from loyaltyctl.config.formats import Format
from tests.conftest import GOLD, PURCHASE, RSVP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home, Run

TWO_RULES = f"""\
- title: Purchase
  trigger: stores/OrderPaid
  points: 2
  per: 1
  tiers: [{GOLD}=3]
- title: Ticket
  trigger: events/OrderConfirmed
  points: 50
"""


def test_one_amount_is_one_line(run: Run) -> None:
    assert run("points simulate --amount 100 --per 1 --points 2").out == "100\tbase\t200\t200\n"
    assert run("points simulate --amount 100 --per 1 --points 2 -o id").out == "200\n"


def test_the_json_has_the_documented_shape(run: Run) -> None:
    document = run("points simulate --amount 4.99 --per 1 --points 10 --json").json()

    assert document == {
        "rounding": "wix",
        "results": [
            {
                "rule": None,
                "amount": "4.99",
                "tierId": None,
                "points": 40,
                "exact": "49.9",
                "explanation": "10 points per 1 spent; without its cents, 4.99 counts as 4; 4 × 10 = 40",
            }
        ],
    }


@pytest.mark.parametrize(("rounding", "points"), [("wix", "40"), ("floor", "49"), ("exact", "49.9")])
def test_points_are_rounded_as_asked(run: Run, rounding: str, points: str) -> None:
    line = f"points simulate --amount 4.99 --per 1 --points 10 --rounding {rounding}"

    assert run(f"{line} --query results[0].points").out == f"{points}\n"


def test_explain_shows_each_step_in_a_row_of_the_table(run: Run) -> None:
    assert run("points simulate --amount 4.99 --per 1 --points 10 --explain -o table").out == (
        "AMOUNT  TIER  POINTS  EXACT  HOW\n"
        "4.99    base  40      49.9   10 points per 1 spent\n"
        "                             without its cents, 4.99 counts as 4\n"
        "                             4 × 10 = 40\n"
    )


def test_tiers_are_columns_of_a_table_and_lines_of_a_pipe(run: Run, home: Home) -> None:
    (home.work / "rule.yaml").write_text(TWO_RULES.split("- title: Ticket", maxsplit=1)[0])

    line = "points simulate --amount 10 --amount 20.50 -f rule.yaml"

    assert run(f"{line} -o table").out == (
        f"AMOUNT  Purchase base  Purchase {GOLD}\n10      20 (20)        30 (30)\n20.50   40 (41)        60 (61.5)\n"
    )
    assert run(f"{line} -o tsv --fields amount,tierId,points").out == (
        f"10\t\t20\n10\t{GOLD}\t30\n20.50\t\t40\n20.50\t{GOLD}\t60\n"
    )
    assert run(f"{line} --tier {GOLD.upper()} --query results[].points").out == "[30,60]\n"
    assert run(f"{line} --tier {PURCHASE} --query results[0].explanation").out.startswith(
        f"the tier {PURCHASE} has no"
    )
    assert run(f"{line} -o table", env={"COLUMNS": "40"}).out.splitlines()[0].split() == [
        "RULE",
        "AMOUNT",
        "TIER",
        "POINTS",
        "EXACT",
    ]


def test_rules_of_the_site_are_calculated_and_a_paused_one_warns(run: Run) -> None:
    assert run(f"-p sandbox points simulate --amount 49.90 --rule {PURCHASE} -o id").out == "980\n"

    paused = run(f"-p sandbox points simulate --amount 49.90 --rule {RSVP}")

    assert paused.out == "RSVP to an event\t49.90\tbase\t0\t0\n"
    assert "warning: the rule is paused, so it earns nothing: 49.90" in paused.err


def test_amounts_are_read_from_a_pipe(run: Run) -> None:
    ended = run("points simulate --amount - --per 20 --points 10 -o id", stdin="10\n\n 20 \n30")
    assert ended.out == "5\n10\n15\n"

    wrong = run("points simulate --amount - --fixed 5", stdin="1\n1e5\n" + "x\n" * 30, code=6)
    assert "31 lines are not an amount of money" in wrong.err
    assert 'standard input line 2: must be an amount of money, got "1e5"' in wrong.err
    assert len(wrong.err.splitlines()) == 22


def test_rounding_that_leaves_nothing_is_a_warning(run: Run) -> None:
    ended = run("points simulate --amount 0.99 --amount 5 --amount 0.5 --per 1 --points 1 -o id")

    assert ended.out == "0\n5\n0\n"
    assert ended.err == "warning: rounding leaves nothing of this purchase: 0.99, 0.5\n"


def test_refunds_are_ignored_or_deducted(run: Run) -> None:
    line = "points simulate --amount=-10.50 --per 1 --points 2 -o id"

    assert run(line).out == "0\n"
    assert run(f"{line} --refunds deduct").out == "-20\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("simulate --per 1 --points 2", "no amount was given"),
        ("simulate --amount 5", "no rule was given"),
        ("simulate --amount 5 --per 1", "--per requires --points"),
        ("simulate --amount 5 --points 1", "--points requires --per"),
        ("simulate --amount 5 --per 0 --points 1", "--per must be more than 0"),
        (
            "simulate --amount 5 --per 1 --points 1 --fixed 3",
            "--fixed and --per/--points are mutually exclusive",
        ),
        ("simulate --amount 5 --fixed 3 -f x.yaml", "more than one rule was given"),
        ("simulate --amount 1e3 --fixed 3", 'must be an amount of money, got "1e3"'),
        ("simulate --amount 1,5 --fixed 3", 'got "1,5"'),
        ("simulate --amount NaN --fixed 3", 'got "NaN"'),
        ("simulate --amount 5 --fixed=-3", "--fixed must be a number in plain digits"),
        ("simulate --amount 5 --fixed 3 --tier gold", "a tier id must be a GUID"),
        ("simulate --amount 5 --amount - --fixed 3", "reads all amounts from standard input"),
        ("simulate --amount 5 --fixed 3 --rounding up", "is not one of"),
        ("simulate --amount 5 --fixed 3 --dry-run", "no such option: --dry-run"),
        ("table --per 1 --points 1 --from 5 --to 1", "--to 1 is less than --from 5"),
        ("table --per 1 --points 1 --to 1 --step 0", "--step must be more than 0"),
        ("table --per 1 --points 1 --to 9999999 --step 0.01", "the limit is 10000"),
        ("solve", "--points and --percent-back are missing"),
        ("solve --points 5 --percent-back 1", "--points and --percent-back are mutually exclusive"),
        ("solve --points= --percent-back 1", "--points and --percent-back are mutually exclusive"),
        ("solve --percent-back 5%% --point-value 1", 'must be a percentage in plain digits, got "5%%"'),
        ("solve --points 0 --rate 1/1", "--points must be a whole number above 0"),
        ("solve --points 5 --rate 1/0", "--rate must be more than 0"),
        ("solve --points 5 --rate x/1", "--rate must be a number"),
        ("solve --points 5 --rate 1/1 --unit 0", "--unit must be more than 0"),
        ("solve --percent-back 5", "--percent-back requires --point-value"),
        ("solve --percent-back 5 --point-value 0", "--point-value must be more than 0"),
    ],
)
def test_invalid_options_are_usage_errors(line: str, message: str, run: Run) -> None:
    ended = run(f"points {line}", code=2)

    assert message in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"points": 2, "per": 0}, "per: must be more than 0, got 0"),
        ({"conversionRate": {"configs": [{"points": 2, "moneyAmount": 0}]}}, "must be more than 0, got 0"),
        (
            {"conversionRate": {"configs": [{"points": 2}]}},
            "conversionRate.configs.0.moneyAmount: is missing",
        ),
        ({"fixedAmount": {"configs": []}}, "has an award without any configs"),
        (
            {"fixedAmount": {"configs": [{"points": 1}, {"points": 2}]}},
            "the base tier (no tierId) is listed 2 times",
        ),
        ({"fixedAmount": {"configs": [{"points": 1e-7}]}}, "must be a number in plain digits, got 1e-07"),
        ({"fixedAmount": {"configs": [{"points": True}]}}, "must be a number in plain digits, got true"),
        ({"points": -1}, "points: must be a number in plain digits, got -1"),
        ({"points": 1, "status": "Active"}, 'status: must be ACTIVE or PAUSED, got "Active"'),
        ({"title": "x"}, "awards nothing"),
        ({}, "awards nothing"),
        ([], "rule.json has no rules"),
        (5, "must be an object"),
    ],
)
def test_a_rule_without_a_valid_award_is_refused(rule: object, message: str, run: Run, home: Home) -> None:
    (home.work / "rule.json").write_text(json.dumps(rule))

    ended = run("points simulate --amount 5 -f rule.json", code=6)

    assert message in ended.err


def test_a_rule_may_have_decimals(run: Run, home: Home) -> None:
    (home.work / "rule.json").write_text(
        '{"conversionRate": {"configs": [{"points": 0.7, "moneyAmount": 0.70}]}}'
    )

    assert run("points simulate --amount 7 -f rule.json -o id").out == "7\n"


DECIMALS = """\
- title: Purchase
  trigger: stores/OrderPaid
  points: 1
  per: 2.5
"""
NO_SUCH_RULE = "warning: this rule can be calculated, but not created: "
PER = (
    f"{NO_SUCH_RULE}rules.yaml line 4 column 8: per: must be a whole number, got 2.5"
    " (2 points per 5 is the same rate); the API accepts whole numbers only\n"
)


@pytest.mark.parametrize(
    "line",
    [
        "simulate --amount 10 -f rules.yaml",
        "table --to 10 -f rules.yaml",
        "solve --points 4 -f rules.yaml",
        "backtest orders.csv -f rules.yaml",
        "backtest orders.csv -f whole.yaml --against rules.yaml",
    ],
)
def test_a_rule_that_the_api_refuses_is_calculated_with_a_warning(line: str, run: Run, home: Home) -> None:
    (home.work / "rules.yaml").write_text(DECIMALS)
    (home.work / "whole.yaml").write_text(DECIMALS.replace("2.5", "2"))
    (home.work / "orders.csv").write_text("amount\n10\n")

    ended = run(f"points {line}")

    assert PER in ended.err
    assert ended.err.count("warning: ") == 1
    assert run(f"points {line} -q").err == ""
    assert run("rules validate -f whole.yaml").code == 0
    assert run("rules validate -f rules.yaml", code=6).code == 6


def test_a_gate_warns_of_a_rule_that_the_api_refuses(run: Run, home: Home) -> None:
    (home.work / "rules.yaml").write_text(DECIMALS)
    (home.work / "orders.csv").write_text("amount\n10\n")
    line = "points backtest orders.csv -f rules.yaml --against rules.yaml --max-increase 5%"

    assert PER in run(line).err


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"points": 0.5}, "points: must be a whole number, got 0.5; the API accepts whole numbers only"),
        ({"points": 1, "tiers": ["gold=2"]}, 'tiers: must be a GUID, got "gold"'),
        ({"points": 9007199254740992}, "points: must be at most 9007199254740991, got 9007199254740992"),
        ({"points": 1, "title": "x" * 51}, "title: has 51 characters, the limit is 50"),
        (
            {"points": 1, "trigger": "stores/orderpaid"},
            "is not a known trigger; did you mean stores/OrderPaid?",
        ),
        (
            {"conversionRate": {"configs": [{"points": 0.4, "moneyAmount": 0.3}]}},
            "points: must be a whole number, got 0.4 (4 points per 3 is the same rate)",
        ),
        (
            {"conversionRate": {"configs": [{"points": 0, "moneyAmount": 0.5}]}},
            "moneyAmount: must be a whole number, got 0.5; the API",
        ),
        (
            {
                "fixedAmount": {
                    "configs": [
                        {"tierId": f"{i:08}-0000-4000-8000-000000000000", "points": 1} for i in range(22)
                    ]
                }
            },
            "has 22 entries, the limit is 21",
        ),
    ],
)
def test_every_problem_of_rules_validate_is_a_warning(
    rule: object, message: str, run: Run, home: Home
) -> None:
    (home.work / "rule.json").write_text(json.dumps(rule))

    ended = run("points simulate --amount 5 -f rule.json")

    assert NO_SUCH_RULE in ended.err
    assert message in ended.err
    assert run("rules validate -f rule.json", code=6).code == 6


def test_a_rule_that_a_file_states_twice_counts_twice_with_a_warning(run: Run, home: Home) -> None:
    again = "- {title: A, trigger: stores/OrderPaid, earn: 1 per 1}\n"
    (home.work / "rules.yaml").write_text(again * 2)

    ended = run("points simulate --amount 5 -f rules.yaml")

    assert "rules.yaml line 2" in ended.err
    assert "its points are counted again" in ended.err
    assert run("rules validate -f rules.yaml", code=6).code == 6


def test_warnings_of_refused_values_are_limited_in_number(run: Run, home: Home) -> None:
    (home.work / "rules.json").write_text(json.dumps([{"points": 0.5}] * 50))

    lines = run("points simulate --amount 5 -f rules.json").err.splitlines()

    assert len(lines) == 21
    assert lines[-1] == "warning: 30 more values are rejected by the API"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("simulate --amount 5 --per 2.5 --points 1", "got 2.5 (2 points per 5 is the same rate)"),
        ("simulate --amount 5 --fixed 0.5", "got 0.5; the API accepts whole numbers only"),
        ("simulate --amount 5 --fixed 9999999999999999", "got 9999999999999999; the API"),
        ("table --per 0.5 --points 1.5", "got 1.5 and 0.5 (3 points per 1 is the same rate)"),
        ("solve --points 3 --rate 1/2.5", "got 2.5"),
        ("solve --percent-back 9999999999.999999 --point-value 0.000001", "got 9999999999999999"),
    ],
)
def test_refused_numbers_of_options_are_warnings(line: str, message: str, run: Run) -> None:
    ended = run(f"points {line}")

    assert ended.err.count("warning: this rule can be calculated, but not created") == 1
    assert message in ended.err


def test_a_table_shows_all_amounts_or_those_where_points_change(run: Run, home: Home) -> None:
    (home.work / "rules.yaml").write_text(TWO_RULES)

    assert run("points table --per 20 --points 10 --from 0 --to 30 --step 10 -o id").out == "0\n5\n10\n15\n"
    assert run(
        "points table --per 3 --points 1 --to 7 --step 0.50 --changes -o csv --fields amount,points"
    ).out == ("amount,points\n0.00,0\n3.00,1\n6.00,2\n")
    heads = run("points table -f rules.yaml --to 10 -o table", env={"COLUMNS": "200"}).out.splitlines()[0]
    assert heads.split("  ") == ["AMOUNT", "Purchase base", f"Purchase {GOLD}", "Ticket base"]


def test_solve_finds_a_spend_or_a_rate(run: Run, home: Home) -> None:
    (home.work / "rules.yaml").write_text(TWO_RULES)

    assert run("points solve --points 500 --rate 10/20 -o id").out == "1000\n"
    assert run("points solve --points 5 --rate 3/2 -o id").out == "4\n"
    assert run("points solve --points 5 --rate 3/2 --rounding floor -o id").out == "3.34\n"
    assert run("points solve --points 50 -f rules.yaml --json").json()["results"] == [
        {"rule": "Purchase", "tierId": None, "points": 50, "amount": "25"},
        {"rule": "Purchase", "tierId": GOLD, "points": 50, "amount": "17"},
        {"rule": "Ticket", "tierId": None, "points": 50, "amount": "0"},
    ]
    assert run("points solve --points 51 --rate 50", code=3).err == "error: no spend earns 51 points\n"
    assert run("points solve --percent-back 2.5% --point-value 0.02 --json").json() == {"points": 5, "per": 4}


def test_calculations_need_no_home_folder_and_no_profile(program: Callable[..., object]) -> None:
    ended = program(
        "points simulate --amount 100 --per 1 --points 2",
        env={"HOME": "/nonexistent", "LOYALTYCTL_CONFIG_DIR": "/nonexistent"},
    )

    assert getattr(ended, "stdout", b"") == b"100\tbase\t200\t200\n"


@pytest.mark.parametrize("format_", [one.value for one in Format if one is not Format.SARIF])
@pytest.mark.parametrize(
    "line",
    [
        "simulate --amount 5 --per 3 --points 1",
        "table --per 3 --points 1",
        "solve --points 5 --rate 1/3",
        "solve --percent-back 5 --point-value 0.01",
        "backtest demo/orders.csv -f demo/next.yaml --against demo/now.yaml --by tier,rule --point-value 0.01",
        "backtest demo/orders.csv -f demo/next.yaml -f demo/now.yaml --by month",
    ],
)
@pytest.mark.sampled
def test_every_format_prints_the_results(line: str, format_: str, run: Run) -> None:
    run("points backtest --example demo")

    ended = run(f"points {line} -o {format_}")

    assert ended.out.count("\n") >= 1
    if format_ == "yaml":
        assert YAML(typ="safe", pure=True).load(ended.out) == run(f"points {line} --json").json()
