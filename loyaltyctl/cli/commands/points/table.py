"""`loyaltyctl points table`: show what a range of amounts earns, rules and tiers side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.points import calculate, options, views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from loyaltyctl.cli.commands.points.views import AwardLine

MAX_ROWS = 10_000
"""Maximum number of amounts in a table. If there are more, --step is probably too small by mistake."""

From = Annotated[str, Option("--from", metavar="MONEY", help="The first amount.")]
To = Annotated[str, Option("--to", metavar="MONEY", help="The last amount.")]
Step = Annotated[str, Option("--step", metavar="MONEY", help="The difference between two amounts.")]
Changes = Annotated[bool | None, Option("--changes", help="Only amounts at which the points change.")]


def table(  # noqa: PLR0913 - the rule, and the bounds of the table
    ctx: Context,
    from_: From = "0",
    to: To = "100",
    step: Step = "10",
    *,
    rule_options: options.RuleOptions,
    changes: Changes = None,
) -> None:
    """Show what a range of amounts earns, rules and tiers side by side.

    With --changes, amounts that earn the same points as the amount before, under all rules
    and in all tiers, are left out.

    Examples:
      loyaltyctl points table --per 20 --points 10 --from 0 --to 60 --step 10
      loyaltyctl points table --per 3 --points 1 --to 10 --step 0.50 --changes
    """
    first, last = options.amount(from_, "--from"), options.amount(to, "--to")
    amounts = _amount_range(first, last, options.positive_number(step, "--step"))
    lines = calculate.awards(ctx, amounts, rule_options)
    lines = _lines_with_changes(lines) if changes else lines
    ctx.output.show_all(lines, views.awards_view(rule_options.rounding, lines, explain=False))


def _amount_range(first: Decimal, last: Decimal, step: Decimal) -> list[Decimal]:
    """Return the amounts of the table, from `first` to at most `last`.

    Raises UsageError if `last` is less than `first`, or if there are more than MAX_ROWS amounts.
    """
    if last < first:
        raise UsageError(f"--to {last:f} is less than --from {first:f}")
    count = int((last - first) / step) + 1
    if count > MAX_ROWS:
        raise UsageError(
            f"the table would have {count} rows; the limit is {MAX_ROWS}", hint="Give a larger --step."
        )
    return [first + i * step for i in range(count)]


def _lines_with_changes(lines: Sequence[AwardLine]) -> list[AwardLine]:
    """Return the lines of the table with --changes.

    An amount keeps all its lines if it earns other points than the amount before, under any rule or tier.
    """
    by_amount: dict[Decimal, list[AwardLine]] = {}
    for line in lines:
        by_amount.setdefault(line.amount, []).append(line)
    changed: list[AwardLine] = []
    before = None
    for group in by_amount.values():
        points = [line.award.points for line in group]
        changed += group if points != before else []
        before = points
    return changed
