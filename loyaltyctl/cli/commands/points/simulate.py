"""Commands that say what amounts earn: simulate, table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.points import options as given
from loyaltyctl.cli.commands.points import views
from loyaltyctl.cli.commands.points.views import Line
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import UsageError
from loyaltyctl.points.awards import award
from loyaltyctl.points.formulas import Refunds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from loyaltyctl.points.awards import Schedule

MAX_ROWS = 10_000
SHOWN = 5

Amounts = Annotated[
    list[str] | None,
    Option("--amount", metavar="MONEY|-", help="A purchase; repeatable. -: one a line.", show_default=False),
]
Explain = Annotated[bool | None, Option("--explain", help="Show each step of the sum.")]
From = Annotated[str, Option("--from", metavar="MONEY", help="The first amount.")]
To = Annotated[str, Option("--to", metavar="MONEY", help="The last amount.")]
Step = Annotated[str, Option("--step", metavar="MONEY", help="From one amount to the next.")]
Changes = Annotated[bool | None, Option("--changes", help="Only amounts at which the points change.")]


def simulate(
    ctx: Context,
    amount: Amounts = None,
    *,
    case: given.Case,
    refunds: given.OnRefunds = Refunds.IGNORE,
    explain: Explain = None,
) -> None:
    """Calculate what a purchase earns.

    The rule is said by --per and --points, by --fixed, by the id of one on a site, or by a
    file. All its tiers are shown unless --tier names one. The exact value stands beside
    the points; in JSON a value whose decimals never end is a fraction, such as 10/3.

    Examples:
      loyaltyctl points simulate --amount 4.99 --per 1 --points 10 --explain
      loyaltyctl points simulate --amount 10 --amount 20 --amount 30 --per 20 --points 10 --json
      loyaltyctl -p sandbox points simulate --amount 49.90 --rule b690f925-8527-4d5e-b358-4b0adcb275b5
    """
    amounts = given.amounts(ctx, amount or [])
    lines = [*_lines(amounts, case.schedules(ctx), case, refunds)]
    _warn(ctx, lines)
    ctx.output.show_all(lines, views.lines_view(case.rounding, lines, explain=bool(explain)))


def table(  # noqa: PLR0913 - what is calculated, and the ends of the table
    ctx: Context,
    from_: From = "0",
    to: To = "100",
    step: Step = "10",
    *,
    case: given.Case,
    changes: Changes = None,
) -> None:
    """Show what a range of amounts earns, rules and tiers side by side.

    With --changes the amounts are left out at which nobody earns other points than at the
    one before.

    Examples:
      loyaltyctl points table --per 20 --points 10 --from 0 --to 60 --step 10
      loyaltyctl points table --per 3 --points 1 --to 10 --step 0.50 --changes
    """
    amounts = _grid(given.amount(from_, "--from"), given.amount(to, "--to"), given.above_zero(step, "--step"))
    lines = [*_lines(amounts, case.schedules(ctx), case, Refunds.IGNORE)]
    lines = _changing(lines) if changes else lines
    ctx.output.show_all(lines, views.lines_view(case.rounding, lines, explain=False))


def _lines(
    amounts: Iterable[Decimal], rules: Sequence[Schedule], case: given.Case, refunds: Refunds
) -> Iterator[Line]:
    """What each amount earns under each rule, in the tier asked for or in all of them."""
    tier = given.tier(case.tier)
    for amount in amounts:
        for rule in rules:
            for one in [tier] if tier else rule.tiers:
                yield Line(rule.title, one, amount, award(amount, rule, one, case.rounding, refunds))


def _grid(first: Decimal, last: Decimal, step: Decimal) -> list[Decimal]:
    if last < first:
        raise UsageError(f"--to {last:f} is less than --from {first:f}")
    count = int((last - first) / step) + 1
    if count > MAX_ROWS:
        raise UsageError(
            f"that is a table of {count} rows; the limit is {MAX_ROWS}", hint="Take a larger --step."
        )
    return [first + i * step for i in range(count)]


def _changing(lines: Sequence[Line]) -> list[Line]:
    """The lines of the amounts at which somebody's points differ from those of the amount before."""
    by_amount: dict[Decimal, list[Line]] = {}
    for line in lines:
        by_amount.setdefault(line.amount, []).append(line)
    kept: list[Line] = []
    before = None
    for group in by_amount.values():
        points = [line.award.points for line in group]
        kept += group if points != before else []
        before = points
    return kept


def _warn(ctx: Context, lines: Iterable[Line]) -> None:
    """Say once what is odd, with the amounts that it is said of."""
    told: dict[str, list[str]] = {}
    for line in lines:
        if line.award.warning:
            told.setdefault(line.award.warning, []).append(f"{line.amount:f}")
    for warning, found in told.items():
        amounts = list(dict.fromkeys(found))
        more = f" and {len(amounts) - SHOWN} more" if len(amounts) > SHOWN else ""
        ctx.messages.warn(f"{warning}: {', '.join(amounts[:SHOWN])}{more}")
