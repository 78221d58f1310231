"""What the commands of `points` print. Money and exact values are texts: a decimal, or a fraction as 10/3."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from loyaltyctl.contract.outputs.shape import Shape, optional
from loyaltyctl.points.formulas import Rounding

Role = Literal["amount", "currency", "date", "member", "tier", "trigger", "order-id", "status"]


class Award(Shape):
    """What an amount earns in one tier under one rule."""

    rule: str | None = Field(description="The rule, where it has a name.")
    amount: str = Field(description="The amount, as it was given.")
    tier_id: str | None = Field(description="The tier; null is the base tier.")
    points: float = Field(description="The points awarded; a whole number, unless --rounding is exact.")
    exact: str = Field(description="The points before rounding.")
    explanation: str = Field(description="The steps of the sum.")


class Awards(Shape):
    """What amounts earn."""

    rounding: Rounding = Field(description="How points become whole.")
    results: list[Award] = Field(description="One for each amount, tier and rule.")


class Spend(Shape):
    """The smallest amount that earns a number of points in one tier under one rule."""

    rule: str | None = Field(description="The rule, where it has a name.")
    tier_id: str | None = Field(description="The tier; null is the base tier.")
    points: int = Field(description="The points that are wanted.")
    amount: str | None = Field(description="The amount; null where none earns them.")


class Spends(Shape):
    """The smallest amounts that earn a number of points."""

    rounding: Rounding = Field(description="How points become whole.")
    results: list[Spend] = Field(description="One for each tier and rule.")


class Rate(Shape):
    """The rate that gives a part of each spend back."""

    points: int = Field(description="So many points,")
    per: int = Field(description="for each so much spent.")


SpendsOrRate = Spends | Rate


class Group(Shape):
    """Orders that have something in common, and what they earn."""

    rules: str = optional("The rules, where several are tried.")
    month: str | None = optional("The month of the orders, such as 2026-01, where --by says month.")
    tier: str | None = optional("Their tier, where --by says tier; null is the base tier.")
    trigger: str | None = optional("Their trigger, where --by says trigger.")
    rule: str | None = optional("The rule by which they earn, where --by says rule; null is none.")
    member: str | None = optional("Their member, where --by says member.")
    orders: int = Field(description="How many they are.")
    amount: str = Field(description="The sum of their amounts.")
    points: float = Field(description="The points that they earn.")
    cost: str = optional("What the points are worth, with --point-value.")
    baseline: float = optional("The points that they earn under the baseline, with --against.")
    change: float = optional("How many more points they earn than that.")
    percent: float | None = optional("The same in percent; null where they earned none.")


class Baseline(Shape):
    """What the rules of --against would have given."""

    rules: str = Field(description="The rules: their file, or live.")
    points: float = Field(description="The points of all orders.")
    exact: str = Field(description="The same before rounding.")
    cost: str = optional("What they are worth, with --point-value.")


class Difference(Shape):
    """How much more the rules give than the baseline."""

    points: float = Field(description="Points.")
    percent: float | None = Field(description="The same in percent; null where the baseline gives none.")
    cost: str = optional("What they are worth, with --point-value.")
    lost_all: int = optional("Orders that earn points under the baseline, and none under these rules.")
    gained_first: int = optional("Orders that earn points under these rules, and none under the baseline.")


class LeftOut(Shape):
    """Orders that --skip-bad-rows left out for one reason."""

    reason: Literal["malformed line", "amount", "repeated id", "date"] = Field(
        description="What is wrong with them: the first thing, where there are several."
    )
    count: int = Field(description="How many they are.")
    lines: list[int] = Field(description="The lines of the first of them; the rows in a Parquet file.")
    where: list[str] = Field(description="The same places with their file, such as orders.csv line 3.")


class Report(Shape):
    """What rules would have given for the orders of the past."""

    rules: str = Field(description="The rules: their file, or live.")
    orders: int = Field(description="Orders that counted.")
    judged: int = Field(
        description="Orders whose trigger has a rule, ACTIVE or not, here or in the baseline."
    )
    skipped: int = Field(description="Orders that were left out: the sum of leftOut.")
    left_out: list[LeftOut] = Field(description="What was left out for each reason.")
    without_rule: int = Field(description="Orders whose trigger no rule has.")
    unknown_tier: int = Field(description="Orders whose tier no rule names; they earn as the base tier.")
    currency: str | None = Field(description="The currency of the orders, where they say one.")
    amount: str = Field(description="The sum of their amounts.")
    points: float = Field(description="The points of all orders.")
    exact: str = Field(description="The same before rounding.")
    columns: dict[Role, str] = Field(description="What each column that was read is called.")
    cost: str = optional("What the points are worth, with --point-value.")
    baseline: Baseline = optional("What the rules of --against would have given.")
    change: Difference = optional("How much more these rules give than those.")
    groups: list[Group] = Field(description="Orders told apart by --by; one of all, without it.")


class CommandLine(Shape):
    """A command to run next, for the example that --example wrote."""

    command: str = Field(description="The command.")


ReportsOrCommand = Report | list[Report] | list[CommandLine]
