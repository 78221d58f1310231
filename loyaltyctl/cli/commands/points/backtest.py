"""`loyaltyctl points backtest`: compare the points that rules award for past orders."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from loyaltyctl.backtest.request import BacktestRequest, Key, RuleSet
from loyaltyctl.cli.commands.points import findings, gate, options, report_views, rules
from loyaltyctl.cli.commands.points import live_orders as site_orders
from loyaltyctl.cli.commands.points.reports import Report
from loyaltyctl.cli.commands.points.views import COMMAND
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.order_fetch import Period
from loyaltyctl.cli.runtime.order_options import (
    Columns,
    OrderFilters,
    ReadingOptions,
    SkipBadRows,
    Trigger,
    with_standard_input,
)
from loyaltyctl.errors import UsageError
from loyaltyctl.intake import atomic_files
from loyaltyctl.intake.values import quoted
from loyaltyctl.points.formulas import Refunds, Rounding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.render.charts import Chart

LIVE = "live"
TOP_MEMBERS = 20
"""Default of --top for groups by member."""

Files = Annotated[
    list[str] | None, Argument(metavar="[ORDERS]...", help="Files of orders.", show_default=False)
]
Orders = Annotated[
    list[str] | None,
    Option(
        "--orders",
        metavar="FILE",
        help="Another file of orders, or a pattern; repeatable.",
        show_default=False,
    ),
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
        help=f"At most N groups, the first by change; 0: all ({TOP_MEMBERS} of members).",
    ),
]
MaxIncrease = Annotated[
    str | None,
    Option("--max-increase", metavar="P%", help="Exit 10 over this increase; 6 without orders to judge."),
]
ChartFile = Annotated[str | None, Option("--chart", metavar="FILE.svg", help="Write a chart of the points.")]
ExampleFolder = Annotated[str | None, Option("--example", metavar="FOLDER", help="Write an example to run.")]


def backtest(  # noqa: PLR0913, PLR0917 - orders, rules, columns, and what is calculated
    ctx: Context,
    files: Files = None,
    orders: Orders = None,
    file: Candidates = None,
    live: Live = None,
    against: Against = None,
    by: By = None,
    top: Top = None,
    trigger: Trigger = None,
    rounding: options.Round = Rounding.WIX,
    refunds: options.OnRefunds = Refunds.IGNORE,
    point_value: options.PointValue = None,
    max_increase: MaxIncrease = None,
    skip_bad_rows: SkipBadRows = None,
    chart: ChartFile = None,
    example: ExampleFolder = None,
    live_orders: site_orders.LiveOrders = None,
    *,
    filters: OrderFilters,
    period: Period,
    reading: ReadingOptions,
    columns: Columns,
) -> None:
    """Calculate the points that rules would award for past orders.

    Orders are files as shops export them, or plain tables with the usual headings: CSV,
    JSON, Parquet or workbooks, also compressed; - is standard input. What a file is, its
    columns and the forms of its values are detected and shown; what it leaves open is asked
    for. Options replace what is detected (a column "none": no such column). See
    loyaltyctl help orders.

    A rule applies to the orders of its trigger. The orders stay on this machine. Unreadable
    amounts, repeated orders and mixed currencies are errors with file and line.

    With --against, rules are compared with others over the same orders; --max-increase makes
    that a gate for CI. The gate fails (exit 6) if no order has a trigger of these rules.

    With --live-orders, the orders of the site are fetched first, as orders fetch does.

    Examples:
      loyaltyctl points backtest --example demo
      loyaltyctl points backtest demo/orders.csv -f demo/next.yaml --against demo/now.yaml --by month
    """
    if example is not None:
        _write_example(ctx, Path(example))
        return
    limit = None if max_increase is None else options.percent(max_increase, "--max-increase")
    all_files = [*(files or ()), *(orders or ())]
    selection = reading.selection(ctx, all_files, columns, filters, skip_bad=skip_bad_rows)
    site_orders.check_options(ctx, selection.files, period, live_orders=bool(live_orders))
    _check_options(against, max_increase, chart)
    keys = _group_keys(by)
    request = BacktestRequest(
        orders=selection,
        sets=_rule_sets(ctx, file or [], live=bool(live), against=against),
        compares=against is not None,
        by=keys,
        rounding=rounding,
        refunds=refunds,
        trigger=trigger,
        top=(TOP_MEMBERS if Key.MEMBER in keys else None) if top is None else top or None,
    )
    value = None if point_value is None else Fraction(options.number(point_value, "--point-value"))
    source = (
        site_orders.fetched(ctx, period, selection) if live_orders else with_standard_input(ctx, selection)
    )
    with source as orders_read:
        report = _run_backtest(ctx, request._replace(orders=orders_read), value)
    refusal = gate.nothing_to_judge(report) if limit is not None else None
    if refusal is None:  # else these warnings are the details of the error, and would be printed twice
        for warning in findings.warnings(report.result):
            ctx.messages.warn(warning)
    ctx.output.show_all(report.lines, report_views.view(report))
    _show_chart(ctx, report_views.chart(report), chart)
    # Raised last: a failed gate still prints its figures, which a CI log needs to explain it.
    if refusal is not None:
        raise refusal
    if limit is not None:
        gate.check_increase(report, limit)


def _check_options(against: str | None, max_increase: str | None, chart: str | None) -> None:
    """Raise UsageError for invalid options of `points backtest`, before any file is read."""
    if max_increase is not None and against is None:
        raise UsageError("--max-increase requires --against, the rules to compare with")
    if chart is not None:
        if not chart.lower().endswith(".svg"):
            raise UsageError(f"--chart writes SVG; the file must end in .svg, got {quoted(chart)}")
        # A scan may take minutes: a missing folder is reported now, not when the chart is written.
        with atomic_files.convert_errors(chart):
            atomic_files.resolve_target(Path(chart)).parent.stat()


def _group_keys(by: str | None) -> list[Key]:
    """Parse the keys of a backtest's groups in the option --by. Raises UsageError."""
    names = [name.strip() for name in by.split(",")] if by is not None else []
    for name in names:
        if name not in [*Key] or names.count(name) > 1:
            raise UsageError(f"--by takes {','.join(Key)}, each once, got {quoted(by)}")
    return [Key(name) for name in names]


def _rule_sets(ctx: Context, files: Sequence[str], *, live: bool, against: str | None) -> list[RuleSet]:
    """Return the rule sets of `points backtest`, first the baseline if there is one."""
    if live == bool(files):
        raise UsageError(
            "--live and -f are mutually exclusive" if live else "no rules were given",
            hint="Give -f FILE, or --live for the rules of the site.",
        )
    names = [*([against] if against is not None else []), *(files or [LIVE])]
    sets = [(name, rules.read_site(ctx) if name == LIVE else rules.read_file(ctx, name)) for name in names]
    baseline = sets[0][1] if against is not None else ()
    return [
        RuleSet(name, tuple(rules.schedules_in_force(ctx, name, found, baseline))) for name, found in sets
    ]


def _run_backtest(ctx: Context, request: BacktestRequest, point_value: Fraction | None) -> Report:
    """Run a backtest with a progress bar, print its headlines, and return its report."""
    from loyaltyctl.backtest.runner import Runner

    with Runner(request) as runner:
        for _ in ctx.output.progress("reading orders", runner.scan(), 100):
            pass
        report = Report(request, runner.result(), point_value)
    for line in report_views.headlines(report):
        ctx.messages.note(line)
    return report


def _show_chart(ctx: Context, chart: Chart, path: str | None) -> None:
    """Show the chart of a backtest, and write it to the file of --chart, if that is given."""
    ctx.output.show_chart(chart)
    if path is not None:
        from loyaltyctl.render.charts import to_svg

        with atomic_files.convert_errors(path):
            atomic_files.replace(Path(path), to_svg(chart), atomic_files.SHARED)


def _write_example(ctx: Context, folder: Path) -> None:
    """Write the example of a backtest to a folder, and print the command to run.

    Raises UsageError if a file of the example exists in the folder.
    """
    from loyaltyctl.backtest import example

    files = example.files()
    if existing := [name for name in files if os.path.lexists(folder / name)]:
        raise UsageError(f"{folder / existing[0]} already exists", hint="Give another folder.")
    with atomic_files.convert_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # before=None: a file that was created since the check is not overwritten.
        atomic_files.replace_all([
            atomic_files.NewFile(folder / name, content, atomic_files.SHARED, before=None)
            for name, content in files.items()
        ])  # fmt: skip
    orders, now, next_ = (quote(str(folder / name)) for name in files)
    line = f"loyaltyctl points backtest {orders} -f {next_} --against {now} --by month --point-value 0.01"
    ctx.messages.note(f"wrote {', '.join(files)} to {folder}; to compare the rules, run:")
    ctx.output.show_all([line], COMMAND)
