"""What rules would have cost: backtest."""

from __future__ import annotations

import os
from math import floor
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from loyaltyctl.backtest.request import BacktestRequest, Key, RuleSet
from loyaltyctl.cli.commands.points import findings, rules
from loyaltyctl.cli.commands.points import options as given
from loyaltyctl.cli.commands.points.views import COMMAND
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import Detail, Difference, InvalidData, UsageError
from loyaltyctl.intake import atomic_files
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.fields import OrderField
from loyaltyctl.orders.selection import Selection
from loyaltyctl.points.exact import format_exact
from loyaltyctl.points.formulas import Refunds, Rounding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from loyaltyctl.cli.commands.points.reports import Report

LIVE = "live"
MOVERS = 20
"""Of members, who may be very many, those that matter most are shown."""

Files = Annotated[
    list[str] | None, Argument(metavar="[ORDERS]...", help="Files of orders.", show_default=False)
]
Orders = Annotated[
    list[str] | None,
    Option("--orders", metavar="FILE", help="The same; repeatable, also a pattern.", show_default=False),
]
Candidates = Annotated[
    list[str] | None,
    Option("-f", "--file", metavar="FILE", help="Rules to try; repeatable.", show_default=False),
]
Live = Annotated[bool | None, Option("--live", help="Try the rules of the site.")]
Against = Annotated[str | None, Option("--against", metavar="FILE|live", help="Compare with these rules.")]
By = Annotated[str | None, Option("--by", metavar="A,B", help=f"Groups: {','.join(Key)}.")]
Top = Annotated[
    int | None,
    Option(
        "--top",
        min=0,
        metavar="N",
        help=f"At most N groups, the first by change; 0: all ({MOVERS} of members).",
    ),
]
Trigger = Annotated[str | None, Option("--trigger", metavar="TRIGGER", help="The trigger of all orders.")]
Statuses = Annotated[
    list[str] | None,
    Option("--status", metavar="S", help="Only orders with this status; repeatable.", show_default=False),
]
Currency = Annotated[str | None, Option("--currency", metavar="CODE", help="Only orders in this currency.")]
Worth = Annotated[str | None, Option("--point-value", metavar="MONEY", help="What a point is worth.")]
MaxIncrease = Annotated[
    str | None,
    Option("--max-increase", metavar="P%", help="Exit 10 over this increase; 6 without orders to judge."),
]
SkipBad = Annotated[bool | None, Option("--skip-bad-rows", help="Leave out what cannot be read; count it.")]
Picture = Annotated[str | None, Option("--chart", metavar="FILE.svg", help="Write a picture of the points.")]
Example = Annotated[str | None, Option("--example", metavar="FOLDER", help="Write an example to run.")]


def _column(field: OrderField) -> Any:
    return Option(field.option, metavar="COLUMN", help=f"The column of the {field.replace('-', ' ')}.")


def _filters(statuses: Sequence[str] | None, currency: str | None) -> dict[OrderField, Sequence[str]]:
    filters = {
        OrderField.STATUS: statuses or (),
        OrderField.CURRENCY: () if currency is None else (currency,),
    }
    return {field: values for field, values in filters.items() if values}


def backtest(  # noqa: PLR0913, PLR0917 - orders, rules, columns, and what is asked of them
    ctx: Context,
    files: Files = None,
    orders: Orders = None,
    file: Candidates = None,
    live: Live = None,
    against: Against = None,
    by: By = None,
    top: Top = None,
    trigger: Trigger = None,
    status: Statuses = None,
    currency: Currency = None,
    rounding: given.Round = Rounding.WIX,
    refunds: given.OnRefunds = Refunds.IGNORE,
    point_value: Worth = None,
    max_increase: MaxIncrease = None,
    skip_bad_rows: SkipBad = None,
    chart: Picture = None,
    example: Example = None,
    amount_column: Annotated[str | None, _column(OrderField.AMOUNT)] = None,
    currency_column: Annotated[str | None, _column(OrderField.CURRENCY)] = None,
    date_column: Annotated[str | None, _column(OrderField.DATE)] = None,
    member_column: Annotated[str | None, _column(OrderField.MEMBER)] = None,
    tier_column: Annotated[str | None, _column(OrderField.TIER)] = None,
    trigger_column: Annotated[str | None, _column(OrderField.TRIGGER)] = None,
    order_id_column: Annotated[str | None, _column(OrderField.ORDER_ID)] = None,
    status_column: Annotated[str | None, _column(OrderField.STATUS)] = None,
) -> None:
    """Calculate what rules would have given for the orders of the past.

    Orders are CSV, JSONL or Parquet files, plain or gzipped; columns are found by their
    usual names, which are shown, or set by options ("none": there is no such column). A
    rule is for the orders of its trigger. Nothing leaves this machine. Amounts that cannot
    be read, orders that stand twice and mixed currencies are errors with file and line.

    With --against, rules are compared with others over the same orders; --max-increase makes
    a gate for CI of that. The gate fails (exit 6) if no order has a trigger of these rules.

    Examples:
      loyaltyctl points backtest --example demo
      loyaltyctl points backtest demo/orders.csv -f demo/next.yaml --against demo/now.yaml --by month
    """
    if example is not None:
        _write_example(ctx, Path(example))
        return
    limit = given.percent(max_increase, "--max-increase")
    found = [*(files or ()), *(orders or ())]
    _check(against=against, limit=max_increase, chart=chart, files=found, filters=_filters(status, currency))
    names = (amount_column, currency_column, date_column, member_column, tier_column, trigger_column)
    said = zip(OrderField, (*names, order_id_column, status_column), strict=True)
    keys = _keys(by)
    request = BacktestRequest(
        orders=Selection(
            found,
            {field: name for field, name in said if name is not None},
            _filters(status, currency),
            skip_bad=bool(skip_bad_rows),
        ),
        sets=_sets(ctx, file or [], live=bool(live), against=against),
        compares=against is not None,
        by=keys,
        rounding=rounding,
        refunds=refunds,
        trigger=trigger,
        top=(MOVERS if Key.MEMBER in keys else None) if top is None else top or None,
    )
    report = _answered(ctx, request, given.exact(point_value, "--point-value"))
    refusal = _refusal(ctx, report, gated=limit is not None)
    ctx.output.show_all(report.lines, report.view())
    ctx.output.show_chart(report.chart())
    _write_picture(report, chart)
    if refusal is not None:
        raise refusal
    _hold(report, limit)


def _check(
    *,
    against: str | None,
    limit: str | None,
    chart: str | None,
    files: Sequence[str],
    filters: Mapping[OrderField, Sequence[str]],
) -> None:
    """What makes no sense, before anything is read."""
    if not files:
        hint = "Give files of orders, or begin with an example: --example FOLDER"
        raise UsageError("nothing says which orders", hint=hint)
    for field, values in filters.items():
        if "" in values:
            raise UsageError(f"--{field} must not be empty", hint="Leave it out to count all orders.")
    if limit is not None and against is None:
        raise UsageError("--max-increase needs --against: the rules that it compares with")
    if chart is not None and not chart.lower().endswith(".svg"):
        raise UsageError(f"--chart writes SVG; the file must end in .svg, got {quoted(chart)}")
    if chart is not None:
        with atomic_files.convert_errors(chart):
            atomic_files.resolve_target(Path(chart)).parent.stat()


def _keys(said: str | None) -> list[Key]:
    """What --by says."""
    names = [name.strip() for name in said.split(",")] if said is not None else []
    for name in names:
        if name not in [*Key] or names.count(name) > 1:
            raise UsageError(f"--by takes {','.join(Key)}, each once, got {quoted(said)}")
    return [Key(name) for name in names]


def _sets(ctx: Context, files: Sequence[str], *, live: bool, against: str | None) -> list[RuleSet]:
    """The rule sets, the baseline first."""
    if live == bool(files):
        raise UsageError(
            "nothing says which rules to try" if not live else "--live stands beside -f",
            hint="Give -f FILE, or --live for those of the site.",
        )
    names = [*([against] if against is not None else []), *(files or [LIVE])]
    read = [(name, rules.on_site(ctx) if name == LIVE else rules.in_file(ctx, name)) for name in names]
    baseline = read[0][1] if against is not None else ()
    return [RuleSet(name, tuple(rules.in_addition_to(ctx, name, found, baseline))) for name, found in read]


def _answered(ctx: Context, request: BacktestRequest, worth: Fraction | None) -> Report:
    """The answer, while a person watches it coming."""
    from loyaltyctl.backtest.runner import Runner
    from loyaltyctl.cli.commands.points.reports import Report

    with Runner(request) as runner:
        for _ in ctx.output.progress("reading orders", runner.scan(), 100):
            pass
        report = Report(request, runner.result(), worth)
    for line in report.headlines():
        ctx.messages.note(line)
    return report


def _write_picture(report: Report, path: str | None) -> None:
    if path is not None:
        from loyaltyctl.render.charts import to_svg

        with atomic_files.convert_errors(path):
            atomic_files.replace(Path(path), to_svg(report.chart()), atomic_files.SHARED)


def _refusal(ctx: Context, report: Report, *, gated: bool) -> InvalidData | None:
    """Return the error of a gate with nothing to judge; warn of the findings unless that error has them."""
    refusal = _nothing_to_judge(report) if gated else None
    if refusal is None:
        for line in findings.warnings(report.outcome):
            ctx.messages.warn(line)
    return refusal


def _nothing_to_judge(report: Report) -> InvalidData | None:
    """Return the error of a gate that has no orders to judge a candidate by, or none that earn anything.

    That nothing was given out would pass every gate, whatever the candidate promises.
    """
    outcome, sets = report.outcome, report.request.sets
    unjudged = [sets[place].name for place in report.candidates if not outcome.judged[place]]
    if unjudged:
        names = f"{', '.join(unjudged)}: " if len(report.candidates) > 1 else ""
        details = [Detail(reason) for reason in findings.reasons(outcome)]
        hint = "Give orders that the rules are for; a gate passes only on what it has compared."
        return InvalidData(
            f"{names}no order was left to judge", code="NOTHING_TO_JUDGE", details=details, hint=hint
        )
    points, earns = outcome.total.points, outcome.can_earn
    for place in report.candidates:
        if not points[0] and not points[place] and (earns[0] or earns[place]):
            return InvalidData(
                f"{sets[place].name}: the orders earn 0 points under it and under {sets[0].name}, "
                "so that nothing was compared",
                code="NOTHING_TO_JUDGE",
                details=[Detail(reason) for reason in findings.warnings(outcome)],
                hint="Look at the column of the amounts, and at --refunds.",
            )
    return None


def _hold(report: Report, limit: Fraction | None) -> None:
    """Raise Difference where a candidate gives out more than the limit allows."""
    if limit is None:
        return
    points, allowed = report.outcome.total.points, report.allowed(limit)
    over = [report.request.sets[place].name for place in report.candidates if points[place] > allowed]
    if over:
        raise Difference(
            f"{', '.join(over)}: gives out more than --max-increase {format_exact(limit)}% allows",
            hint=f"The baseline gives {format_exact(points[0])} points, so {floor(allowed)} are allowed.",
        )


def _write_example(ctx: Context, folder: Path) -> None:
    """An example in a folder, and the command to run on it; nothing is overwritten."""
    from loyaltyctl.backtest import example

    files = example.files()
    if taken := [name for name in files if os.path.lexists(folder / name)]:
        raise UsageError(f"{folder / taken[0]} is there already", hint="Name a folder of your choice.")
    with atomic_files.convert_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        atomic_files.replace_all([
            atomic_files.NewFile(folder / name, content, atomic_files.SHARED, before=None)
            for name, content in files.items()
        ])  # fmt: skip
    orders, now, next_ = (quote(str(folder / name)) for name in files)
    line = f"loyaltyctl points backtest {orders} -f {next_} --against {now} --by month --point-value 0.01"
    ctx.messages.note(f"wrote {', '.join(files)} to {folder}; to compare the rules, run:")
    ctx.output.show_all([line], COMMAND)
