"""Outputs of `points`: awards, spends, rates and backtests.

Money and exact values are strings: a decimal, or a fraction such as 10/3.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from loyaltyctl.contract.json_values import OMITTED, InlineEnum, Omitted
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.points.formulas import Rounding


class Award(NamedTuple):
    """Points that an amount earns in one tier under one rule (points simulate, points table)."""

    rule: Annotated[str | None, "The title of the rule, if it has one."]
    amount: Annotated[str, "The amount, as given."]
    tier_id: Annotated[str | None, "The id of the tier; null is the base tier."]
    points: Annotated[float, "The points awarded: a whole number, unless --rounding is exact."]
    exact: Annotated[str, "The points before rounding."]
    explanation: Annotated[str, "The steps of the calculation."]


class Awards(NamedTuple):
    """Points that each of several amounts earns (points simulate, points table)."""

    rounding: Annotated[Rounding, "The rounding of points."]
    results: Annotated[list[Award], "One result for each amount, tier and rule."]


class Spend(NamedTuple):
    """Smallest amount that earns a number of points, in one tier under one rule."""

    rule: Annotated[str | None, "The title of the rule, if it has one."]
    tier_id: Annotated[str | None, "The id of the tier; null is the base tier."]
    points: Annotated[int, "The requested points."]
    amount: Annotated[str | None, "The amount; null if no amount earns them."]


class Spends(NamedTuple):
    """Smallest amounts that earn a number of points (points solve)."""

    rounding: Annotated[Rounding, "The rounding of points."]
    results: Annotated[list[Spend], "One result for each tier and rule."]


class Rate(NamedTuple):
    """Conversion rate that gives a percentage of each purchase back (points solve)."""

    points: Annotated[int, "The points for each per."]
    per: Annotated[int, "The amount that earns the points once."]


SpendsOrRate = Spends | Rate


class Group(NamedTuple):
    """Group of orders in a backtest, and the points that they earn."""

    rules: Annotated[str | Omitted, "The name of the rule set, if there are several."]
    month: Annotated[str | Omitted | None, "The month of the orders, such as 2026-01, with --by month."]
    tier: Annotated[str | Omitted | None, "Their tier, with --by tier; null is the base tier."]
    trigger: Annotated[str | Omitted | None, "Their trigger, with --by trigger."]
    rule: Annotated[
        str | Omitted | None, "The rule that awards points to them, with --by rule; null if none does."
    ]
    member: Annotated[str | Omitted | None, "Their member, with --by member."]
    orders: Annotated[int, "The number of orders."]
    amount: Annotated[str, "The sum of their amounts."]
    points: Annotated[float, "The points that they earn."]
    cost: Annotated[str | Omitted, "The value of the points, with --point-value."] = OMITTED
    baseline: Annotated[float | Omitted, "The points that they earn under the baseline, with --against."] = (
        OMITTED
    )
    change: Annotated[float | Omitted, "The difference to the baseline, in points."] = OMITTED
    percent: Annotated[
        float | Omitted | None, "The difference in percent; null if the baseline awards no points."
    ] = OMITTED


class Baseline(NamedTuple):
    """Baseline of a backtest: the points that the rule set of --against awards."""

    rules: Annotated[str, "The name of the rule set: its file, or live."]
    points: Annotated[float, "The points of all orders."]
    exact: Annotated[str, "The points before rounding."]
    cost: Annotated[str | Omitted, "The value of the points, with --point-value."] = OMITTED


class Difference(NamedTuple):
    """Difference between the points in a backtest and the points of its baseline."""

    points: Annotated[float, "The difference in points."]
    percent: Annotated[float | None, "The difference in percent; null if the baseline awards no points."]
    cost: Annotated[str | Omitted, "The value of the points, with --point-value."] = OMITTED
    lost_all: Annotated[int | Omitted, "The number of orders that earn points under the baseline only."] = (
        OMITTED
    )
    gained_first: Annotated[
        int | Omitted, "The number of orders that earn points under these rules only."
    ] = OMITTED


class LeftOutReason(InlineEnum):
    """Reason that --skip-bad-rows left an order out."""

    LINE = "malformed line"
    AMOUNT = "amount"
    REPEATED = "repeated id"
    DATE = "date"


class LeftOut(NamedTuple):
    """Orders that --skip-bad-rows left out for one reason."""

    reason: Annotated[LeftOutReason, "The reason; if an order has several, the first."]
    count_: Annotated[int, "The number of orders."]
    lines: Annotated[list[int], "The line numbers of the first such orders; in a Parquet file, row numbers."]
    where: Annotated[list[str], "The same lines with their file, such as orders.csv line 3."]


class Refunds(NamedTuple):
    """Refunds among the orders of a backtest."""

    count_: Annotated[int, "The number of refunds."]
    amount: Annotated[str, "The sum that was given back."]


class NotCounted(NamedTuple):
    """Orders that do not count by the description of their export, such as unpaid ones."""

    reason: Annotated[str, "The column and its value, such as Status: voided."]
    count_: Annotated[int, "The number of orders."]


class Report(NamedTuple):
    """Result of a backtest: the points that a rule set would have awarded for past orders."""

    rules: Annotated[str, "The name of the rule set: its file, or live."]
    orders: Annotated[int, "The number of orders that were counted."]
    judged: Annotated[
        int, "The number of orders whose trigger has a rule, ACTIVE or not, here or in the baseline."
    ]
    skipped: Annotated[int, "The number of orders that were left out: the sum of leftOut."]
    left_out: Annotated[list[LeftOut], "The orders left out, by reason."]
    without_rule: Annotated[int, "The number of orders whose trigger has no rule."]
    unknown_tier: Annotated[
        int, "The number of orders whose tier is in no rule; they earn as the base tier does."
    ]
    currency: Annotated[str | None, "The currency of the orders, if they have a column for it."]
    amount: Annotated[str, "The sum of their amounts."]
    points: Annotated[float, "The points of all orders."]
    exact: Annotated[str, "The points before rounding."]
    columns: Annotated[
        dict[OrderField, str], "The column of each field of orders in the first file; the first of several."
    ]
    refunds: Annotated[Refunds, "The refunds; points are deducted for them with --refunds deduct only."]
    not_counted: Annotated[list[NotCounted], "The orders that do not count by their export, by reason."]
    sources: Annotated[list[str], "The exports that the files are; plain is any other file."]
    amount_base: Annotated[str | Omitted, "The amount that earns points, if a file has several."]
    notes: Annotated[list[str], "How the files were read, if not as plain files."]
    cost: Annotated[str | Omitted, "The value of the points, with --point-value."]
    baseline: Annotated[Baseline | Omitted, "The points that the rules of --against award."]
    change: Annotated[Difference | Omitted, "The difference to the baseline."]
    groups: Annotated[list[Group], "The orders grouped by --by; without it, one group of all."]


class CommandLine(NamedTuple):
    """Backtest command to run next, on the files that --example wrote."""

    command: Annotated[str, "The command."]


ReportsOrCommand = Report | list[Report] | list[CommandLine]
