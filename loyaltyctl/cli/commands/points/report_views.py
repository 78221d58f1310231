"""Views of a backtest's report: its table with a total row, its bar chart, and its headlines."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from loyaltyctl.backtest.request import Key
from loyaltyctl.cli.commands.points import findings
from loyaltyctl.cli.commands.points.reports import ReportLine
from loyaltyctl.cli.commands.points.views import BASE
from loyaltyctl.cli.runtime.order_findings import excluded_in_words, quoted_if_needed
from loyaltyctl.contract.inputs.order_source import AmountBase
from loyaltyctl.contract.json_values import OMITTED, Omitted, json_object
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.contract.outputs import points as outputs
from loyaltyctl.points.exact import format_exact, format_rounded, json_number
from loyaltyctl.render.charts import Bars, Chart
from loyaltyctl.render.views import Column, Grid, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from loyaltyctl.backtest.result import BacktestResult, Group
    from loyaltyctl.cli.commands.points.reports import Report

_RANKS = {"AMOUNT": 2, "CHANGE": 1}
"""Columns of the report's table that a narrow terminal leaves out, the highest rank first."""


def view(report: Report) -> View[ReportLine]:
    """Return the view of a backtest's report, for all output formats."""
    several = len(report.candidates) > 1
    first = ("rules", *report.request.by) if several else report.request.by

    def name(line: ReportLine) -> str | Omitted:
        """Return the name of a rule set for the report's JSON; OMITTED if there is only one candidate."""
        return line.rules if several else OMITTED

    def whole(_: Sequence[ReportLine], groups: list[outputs.Group]) -> object:
        """Return the report's JSON, given the JSON of its lines; an array if there are several candidates."""
        size = len(report.result.groups)
        reports = [
            report.output(position, groups[i * size : (i + 1) * size])
            for i, position in enumerate(report.candidates)
        ]
        return reports if several else reports[0]

    rules = (Column[ReportLine]("RULES", lambda line: line.rules),) if several else ()
    change = (
        Column[ReportLine]("BASELINE", lambda line: format_exact(line.before or Fraction(0))),
        Column[ReportLine]("CHANGE", lambda line: format_exact(line.change or Fraction(0))),
    )
    return View(
        columns=(
            *rules,
            *(_key_column(key) for key in report.request.by),
            Column("ORDERS", lambda line: line.group.orders),
            Column("AMOUNT", lambda line: format_exact(line.group.amount)),
            Column("POINTS", lambda line: format_exact(line.points)),
            *(change if report.compares else ()),
        ),
        output=lambda line: line.output(name(line)),
        id=lambda line: " ".join(line.group.keys.values()) or line.rules,
        output_type=outputs.Group,
        absent=tuple(key for key in Key if key not in report.request.by),
        row=lambda line: dict.fromkeys(first) | json_object(line.output(name(line))),
        whole=whole,
        grid=lambda _, __: _grid(report),
    )


def _key_column(key: Key) -> Column[ReportLine]:
    """Return the column for a key of --by in the view of a report; only TSV uses it, not tables or CSV."""
    return Column(key.upper(), lambda line: _key_name(key, line.group.keys[key]))


def _grid(report: Report) -> Grid:
    """Return the table of the report: a row for each group, a total row, rule sets side by side."""
    # Pairs, not a dictionary: a file of rules may be named like another column, such as AMOUNT.
    columns = [*_number_columns(report)]
    total = report.result.total
    groups = [*report.result.groups, total] if report.request.by else [total]
    rows = [(*_key_cells(report, group), *(cell(group) for _, cell in columns)) for group in groups]
    header = [*(key.upper() for key in report.request.by), *(heading for heading, _ in columns)]
    return Grid.of(header, rows, numbers=len(columns), whole=("TIER",), ranks=_RANKS)


def _key_cells(report: Report, group: Group) -> list[str]:
    """Return the cells that name a group in the view of a report: its keys, or `TOTAL` for the total row."""
    names = [_key_name(key, value) for key, value in group.keys.items()]
    return names or ["TOTAL", *[""] * len(report.request.by)][: len(report.request.by)]


def _number_columns(report: Report) -> Iterator[tuple[str, Callable[[Group], str]]]:
    """Yield the numeric columns in the view of a report: heading, and a function for the cell of a group."""
    yield "ORDERS", lambda group: f"{group.orders:,}"
    yield "AMOUNT", lambda group: _money_text(group.amount)
    if report.compares:
        yield "BASELINE", lambda group: _points_text(group.points[0])
    if len(report.candidates) > 1:
        for position in report.candidates:
            yield report.request.sets[position].name, partial(_points_cell, report, position)
        return
    line = partial(report.line, position=report.candidates[0])
    yield "POINTS", lambda group: _points_text(line(group).points)
    if report.compares:
        yield "CHANGE", lambda group: _signed_points(line(group).change or Fraction(0))
        yield "%", lambda group: _percent_text(line(group))
    if report.point_value is not None:
        yield "COST", lambda group: _money_text(line(group).cost or Fraction(0))


def _points_cell(report: Report, position: int, group: Group) -> str:
    """Return a cell in the view of a report: a group's points under a rule set, such as `120 (+20.0 %)`."""
    line = report.line(group, position)
    change = f" ({_percent_text(line)})" if report.compares else ""
    return f"{_points_text(line.points)}{change}"


def chart(report: Report) -> Chart:
    """Return the bar chart of the report: the points for each value of the first key of --by.

    If there are several candidates, each rule set has one bar: its total.
    """
    if len(report.candidates) > 1:
        totals = zip(report.request.sets, report.result.total.points, strict=True)
        return Chart(
            "Points", ("points",), [Bars(one.name, (json_number(points),)) for one, points in totals]
        )
    sums: dict[str, list[Fraction]] = {}
    for group in report.result.groups:
        key = next(iter(group.keys), None)
        label = _key_name(key, group.keys[key]) if key else "all orders"
        before = sums.get(label, [Fraction(0)] * len(group.points))
        sums[label] = [one + two for one, two in zip(before, group.points, strict=True)]
    by = f" by {report.request.by[0]}" if report.request.by else ""
    bars = [Bars(label, tuple(map(json_number, points))) for label, points in sums.items()]
    return Chart(f"Points{by}", tuple(one.name for one in report.request.sets), bars)


_BASES = {
    AmountBase.TOTAL: "the total earns points; of restaurant orders the subtotal, "
    "the only amount that Wix documents",
    AmountBase.SUBTOTAL: "the subtotal earns points: items before discounts, without shipping and tax",
    AmountBase.ITEMS: "the items earn points: after discounts, without shipping and tax",
}
"""Sentences for the amount that earns points."""


def headlines(report: Report) -> list[str]:
    """Return the headlines of the report, printed before its table: orders, columns, notes, changes."""
    result = report.result
    lines = [*result.reading.notes, _orders_headline(report)]
    lines.append(f"columns: {', '.join(_columns_in_words(result))}")
    if result.reading.base:
        lines.append(f"{_BASES[result.reading.base]} (--amount-base)")
    lines += findings.notes(result)
    if len(result.groups) < result.all_groups:
        order = "change" if report.compares else "earn"
        lines.append(f"showing the {len(result.groups)} of {result.all_groups:,} groups that {order} most")
    return lines + [_comparison(report, position) for position in report.candidates if report.compares]


def _columns_in_words(result: BacktestResult) -> Iterator[str]:
    """Yield the columns that were read, each with its role: `Total (amount)`, `Refunded (refund)`."""
    first, *others = result.reading.amount
    parts = [quoted_if_needed(first[0])]
    parts += [f"{'+' if sign > 0 else '-'} {quoted_if_needed(name)}" for name, sign in others]
    yield f"{' '.join(parts)} ({OrderField.AMOUNT})"
    # A name comes from the file, and may have line breaks, which would look like a new message.
    for field, name in result.columns.items():
        if field is not OrderField.AMOUNT:
            yield f"{quoted_if_needed(name)} ({field})"
    yield from (f"{quoted_if_needed(name)} ({role})" for name, role in result.reading.refund)


def _orders_headline(report: Report) -> str:
    """Return the headline that says what was counted: orders, exports, refunds, orders left out."""
    result = report.result
    number = result.total.orders
    # A currency comes from the file, like the name of a column.
    currency = f" in {quoted_if_needed(result.currency)}" if result.currency else ""
    exports = "".join(f", {quoted_if_needed(title)}" for title in result.reading.titles)
    parts = [f"{number:,} {'order' if number == 1 else 'orders'}{currency}{exports}"]
    if result.refunds.number:
        how = "deducted" if report.request.refunds.factor else "ignored without --refunds deduct"
        parts.append(f"refunds: {result.refunds.number:,} of {_money_text(result.refunds.amount)}, {how}")
    parts += [text for text in [excluded_in_words(result.reading.excluded)] if text]
    parts += [f"{result.skipped:,} left out"] if result.skipped else []
    return "; ".join(parts)


def _comparison(report: Report, position: int) -> str:
    """Return the headline that compares the total of a candidate with the baseline."""
    line, total = report.line(report.result.total, position), report.result.total
    change = line.change or Fraction(0)
    cost = (
        f", which are worth {_plus(change)}{_money_text(change * report.point_value)}"
        if report.point_value is not None
        else ""
    )
    text = f"{line.rules} against {report.request.sets[0].name}: {_signed_points(change)} points"
    text += f" ({_percent_text(line)}){cost}"
    if total.lost:
        lost, gained = total.lost[position - 1], total.gained[position - 1]
        text += f"; orders that lose all their points: {lost:,}, that earn their first: {gained:,}"
    return text


# Texts of keys and numbers


def _key_name(key: Key, value: str) -> str:
    """Return the cell of a group's key in the report's table.

    An empty tier is the base tier. Any other empty value is shown as `none`.
    """
    return value or (BASE if key is Key.TIER else "none")


def _points_text(value: Fraction) -> str:
    """Return points for the views of a report: `1,234`, or `1,234.50` if they are not whole."""
    return _money_text(value).removesuffix(".00")


def _money_text(value: Fraction) -> str:
    """Return an amount of money for the views of a report, such as `1,234.50`."""
    return f"{Decimal(format_rounded(value, 2)):,.2f}"


def _signed_points(value: Fraction) -> str:
    """Return a change of points for the views of a report, with its sign."""
    return f"{_plus(value)}{_points_text(value)}"


def _plus(value: Fraction) -> str:
    """Return `+` for a positive change in the views of a report; a negative number has its own sign."""
    return "+" if value > 0 else ""


def _percent_text(line: ReportLine) -> str:
    """Return the change in percent for the views of a report; `new` if only the candidate awards points."""
    if line.percent is None and line.change:
        return "new"
    value = line.percent or Fraction(0)
    return f"{_plus(value)}{Decimal(format_rounded(value, 1)):.1f} %"
