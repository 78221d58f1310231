"""What the commands of `points` print. Money and exact values are texts: a decimal, or a fraction as 10/3."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.points.formulas import Rounding


class Award(NamedTuple):
    """What an amount earns in one tier under one rule."""

    rule: Annotated[str | None, "The rule, where it has a name."]
    amount: Annotated[str, "The amount, as it was given."]
    tier_id: Annotated[str | None, "The tier; null is the base tier."]
    points: Annotated[float, "The points awarded; a whole number, unless --rounding is exact."]
    exact: Annotated[str, "The points before rounding."]
    explanation: Annotated[str, "The steps of the sum."]


class Awards(NamedTuple):
    """What amounts earn."""

    rounding: Annotated[Rounding, "How points become whole."]
    results: Annotated[list[Award], "One for each amount, tier and rule."]


class Spend(NamedTuple):
    """The smallest amount that earns a number of points in one tier under one rule."""

    rule: Annotated[str | None, "The rule, where it has a name."]
    tier_id: Annotated[str | None, "The tier; null is the base tier."]
    points: Annotated[int, "The points that are wanted."]
    amount: Annotated[str | None, "The amount; null where none earns them."]


class Spends(NamedTuple):
    """The smallest amounts that earn a number of points."""

    rounding: Annotated[Rounding, "How points become whole."]
    results: Annotated[list[Spend], "One for each tier and rule."]


class Rate(NamedTuple):
    """The rate that gives a part of each spend back."""

    points: Annotated[int, "So many points,"]
    per: Annotated[int, "for each so much spent."]


SpendsOrRate = Spends | Rate


class Group(NamedTuple):
    """Orders that have something in common, and what they earn."""

    rules: Annotated[str | Omitted, "The rules, where several are tried."]
    month: Annotated[str | Omitted | None, "The month of the orders, such as 2026-01, where --by says month."]
    tier: Annotated[str | Omitted | None, "Their tier, where --by says tier; null is the base tier."]
    trigger: Annotated[str | Omitted | None, "Their trigger, where --by says trigger."]
    rule: Annotated[str | Omitted | None, "The rule by which they earn, where --by says rule; null is none."]
    member: Annotated[str | Omitted | None, "Their member, where --by says member."]
    orders: Annotated[int, "How many they are."]
    amount: Annotated[str, "The sum of their amounts."]
    points: Annotated[float, "The points that they earn."]
    cost: Annotated[str | Omitted, "What the points are worth, with --point-value."] = OMITTED
    baseline: Annotated[float | Omitted, "The points that they earn under the baseline, with --against."] = (
        OMITTED
    )
    change: Annotated[float | Omitted, "How many more points they earn than that."] = OMITTED
    percent: Annotated[float | Omitted | None, "The same in percent; null where they earned none."] = OMITTED


class Baseline(NamedTuple):
    """What the rules of --against would have given."""

    rules: Annotated[str, "The rules: their file, or live."]
    points: Annotated[float, "The points of all orders."]
    exact: Annotated[str, "The same before rounding."]
    cost: Annotated[str | Omitted, "What they are worth, with --point-value."] = OMITTED


class Difference(NamedTuple):
    """How much more the rules give than the baseline."""

    points: Annotated[float, "Points."]
    percent: Annotated[float | None, "The same in percent; null where the baseline gives none."]
    cost: Annotated[str | Omitted, "What they are worth, with --point-value."] = OMITTED
    lost_all: Annotated[
        int | Omitted, "Orders that earn points under the baseline, and none under these rules."
    ] = OMITTED
    gained_first: Annotated[
        int | Omitted, "Orders that earn points under these rules, and none under the baseline."
    ] = OMITTED


class LeftOutReason(InlineEnum):
    """Reason to leave an order out."""

    LINE = "malformed line"
    AMOUNT = "amount"
    REPEATED = "repeated id"
    DATE = "date"


class LeftOut(NamedTuple):
    """Orders that --skip-bad-rows left out for one reason."""

    reason: Annotated[
        LeftOutReason,
        "What is wrong with them: the first thing, where there are several.",
    ]
    count_: Annotated[int, "How many they are."]
    lines: Annotated[list[int], "The lines of the first of them; the rows in a Parquet file."]
    where: Annotated[list[str], "The same places with their file, such as orders.csv line 3."]


class Report(NamedTuple):
    """What rules would have given for the orders of the past."""

    rules: Annotated[str, "The rules: their file, or live."]
    orders: Annotated[int, "Orders that counted."]
    judged: Annotated[int, "Orders whose trigger has a rule, ACTIVE or not, here or in the baseline."]
    skipped: Annotated[int, "Orders that were left out: the sum of leftOut."]
    left_out: Annotated[list[LeftOut], "What was left out for each reason."]
    without_rule: Annotated[int, "Orders whose trigger no rule has."]
    unknown_tier: Annotated[int, "Orders whose tier no rule names; they earn as the base tier."]
    currency: Annotated[str | None, "The currency of the orders, where they say one."]
    amount: Annotated[str, "The sum of their amounts."]
    points: Annotated[float, "The points of all orders."]
    exact: Annotated[str, "The same before rounding."]
    columns: Annotated[dict[OrderField, str], "What each column that was read is called."]
    cost: Annotated[str | Omitted, "What the points are worth, with --point-value."]
    baseline: Annotated[Baseline | Omitted, "What the rules of --against would have given."]
    change: Annotated[Difference | Omitted, "How much more these rules give than those."]
    groups: Annotated[list[Group], "Orders told apart by --by; one of all, without it."]


class CommandLine(NamedTuple):
    """A command to run next, for the example that --example wrote."""

    command: Annotated[str, "The command."]


ReportsOrCommand = Report | list[Report] | list[CommandLine]
