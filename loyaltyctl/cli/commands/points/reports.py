"""Report of a backtest: its JSON output, a table with a total row, a bar chart, and headlines."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.backtest.request import BacktestRequest, Key
from loyaltyctl.cli.commands.points import findings
from loyaltyctl.cli.commands.points.views import BASE
from loyaltyctl.contract.json_values import OMITTED, Omitted, json_object
from loyaltyctl.contract.outputs import points as outputs
from loyaltyctl.points.exact import format_exact, format_rounded, json_number
from loyaltyctl.render.charts import Bars, Chart
from loyaltyctl.render.views import Column, Grid, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from loyaltyctl.backtest.result import BacktestResult, Group
    from loyaltyctl.orders.faults import LeftOut

PERCENT = 100
_RANKS = {"AMOUNT": 2, "CHANGE": 1}
"""Columns of a backtest's table that a narrow terminal leaves out, the highest rank first."""


def _percent_change(now: Fraction, before: Fraction) -> Fraction | None:
    """Return the change of points in percent of `before`, for a report; None if `before` is 0.

    It has the sign of the change even if `before` is negative, as it may be with --refunds deduct.
    """
    return (now - before) * PERCENT / abs(before) if before else None


class ReportLine(NamedTuple):
    """ReportLine of a backtest's report: the points of one group of orders under one rule set."""

    rules: str
    group: Group
    points: Fraction
    before: Fraction | None
    point_value: Fraction | None

    @property
    def change(self) -> Fraction | None:
        """The change in the report's line: points minus those under the baseline; None without a baseline."""
        return None if self.before is None else self.points - self.before

    @property
    def percent(self) -> Fraction | None:
        """The change in percent in the report's line; None without a baseline, or if it has no points."""
        return None if self.before is None else _percent_change(self.points, self.before)

    @property
    def cost(self) -> Fraction | None:
        """The cost in the report's line: the value of its points in money; None without --point-value."""
        return None if self.point_value is None else self.points * self.point_value

    def output(self, rules: str | Omitted) -> outputs.Group:
        """Return the JSON of the report's line; `rules` is the name of the rule set if there are several."""
        keys: dict[str, Any] = {key.value: value or None for key, value in self.group.keys.items()}
        comparison: dict[str, Any] = {}
        if self.before is not None and self.change is not None:
            comparison = {
                "baseline": json_number(self.before),
                "change": json_number(self.change),
                "percent": _percent_number(self.percent),
            }
        return outputs.Group(
            rules,
            **{key.value: keys.get(key, OMITTED) for key in Key},
            orders=self.group.orders,
            amount=format_exact(self.group.amount),
            points=json_number(self.points),
            cost=_cost_output(self.cost),
            **comparison,
        )


class Report(NamedTuple):
    """Report of a backtest, from its request, its result, and the value of a point."""

    request: BacktestRequest
    result: BacktestResult
    point_value: Fraction | None = None

    @property
    def compares(self) -> bool:
        """True if the first rule set of the backtest is a baseline (--against)."""
        return self.request.compares

    @property
    def candidates(self) -> range:
        """The positions of the report's candidates: all rule sets but the baseline, which is the first."""
        return range(int(self.compares), len(self.request.sets))

    def line(self, group: Group, position: int) -> ReportLine:
        """Return the line of a group in the report of the rule set at `position`."""
        before = group.points[0] if self.compares else None
        return ReportLine(
            self.request.sets[position].name, group, group.points[position], before, self.point_value
        )

    @property
    def lines(self) -> list[ReportLine]:
        """The lines of the report: one for each group under each candidate, candidate by candidate."""
        return [self.line(group, position) for position in self.candidates for group in self.result.groups]

    def output(self, position: int, groups: list[outputs.Group]) -> outputs.Report:
        """Return the JSON report of the rule set at `position`, with its `groups`."""
        result, total = self.result, self.result.total
        whole = self.line(total, position)
        compared = whole.before is not None
        return outputs.Report(
            rules=whole.rules,
            orders=total.orders,
            judged=result.judged[position],
            skipped=result.skipped,
            left_out=[*map(_left_out_output, result.findings.left_out)],
            without_rule=result.without_rule,
            unknown_tier=result.unknown_tier,
            currency=result.currency,
            amount=format_exact(total.amount),
            points=json_number(whole.points),
            exact=format_exact(result.exact[position]),
            columns={**result.columns},
            cost=_cost_output(whole.cost),
            baseline=self._baseline() if compared else OMITTED,
            change=self._change(whole, position) if compared else OMITTED,
            groups=groups,
        )

    def _baseline(self) -> outputs.Baseline:
        """Return the JSON of the baseline's points."""
        line = self.line(self.result.total, 0)
        exact = format_exact(self.result.exact[0])
        return outputs.Baseline(line.rules, json_number(line.points), exact, _cost_output(line.cost))

    def _change(self, whole: ReportLine, position: int) -> outputs.Difference:
        """Return the JSON of the change of a candidate's total from the baseline."""
        change, total = whole.change or Fraction(0), self.result.total
        return outputs.Difference(
            json_number(change),
            _percent_number(whole.percent),
            cost=OMITTED if self.point_value is None else format_exact(change * self.point_value),
            lost_all=total.lost[position - 1] if total.lost else OMITTED,
            gained_first=total.gained[position - 1] if total.lost else OMITTED,
        )

    def view(self) -> View[ReportLine]:
        """Return the view of the report's lines, for all output formats."""
        several = len(self.candidates) > 1

        first = ("rules", *self.request.by) if several else self.request.by

        def name(line: ReportLine) -> str | Omitted:
            return line.rules if several else OMITTED

        def whole(_: Sequence[ReportLine], groups: list[outputs.Group]) -> object:
            size = len(self.result.groups)
            reports = [
                self.output(position, groups[i * size : (i + 1) * size])
                for i, position in enumerate(self.candidates)
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
                *(_key_column(key) for key in self.request.by),
                Column("ORDERS", lambda line: line.group.orders),
                Column("AMOUNT", lambda line: format_exact(line.group.amount)),
                Column("POINTS", lambda line: format_exact(line.points)),
                *(change if self.compares else ()),
            ),
            output=lambda line: line.output(name(line)),
            id=lambda line: " ".join(line.group.keys.values()) or line.rules,
            output_type=outputs.Group,
            absent=tuple(key for key in Key if key not in self.request.by),
            row=lambda line: dict.fromkeys(first) | json_object(line.output(name(line))),
            whole=whole,
            grid=lambda _, __: self._grid(),
        )

    def _grid(self) -> Grid:
        """Return the table of a backtest: a row for each group, a total row, rule sets side by side."""
        # Pairs, not a dictionary: a file of rules may be named like another column, such as AMOUNT.
        columns = [*self._number_columns()]
        total = self.result.total
        groups = [*self.result.groups, total] if self.request.by else [total]
        rows = [(*self._key_cells(group), *(cell(group) for _, cell in columns)) for group in groups]
        header = [*(key.upper() for key in self.request.by), *(heading for heading, _ in columns)]
        return Grid.of(header, rows, numbers=len(columns), whole=("TIER",), ranks=_RANKS)

    def _key_cells(self, group: Group) -> list[str]:
        """Return the cells for the keys of a group; for the total `TOTAL` and empty cells."""
        names = [_key_name(key, value) for key, value in group.keys.items()]
        return names or ["TOTAL", *[""] * len(self.request.by)][: len(self.request.by)]

    def _number_columns(self) -> Iterator[tuple[str, Callable[[Group], str]]]:
        """Yield the columns of a backtest's table that have numbers: heading, and text of a group."""
        yield "ORDERS", lambda group: f"{group.orders:,}"
        yield "AMOUNT", lambda group: _money_text(group.amount)
        if self.compares:
            yield "BASELINE", lambda group: _points_text(group.points[0])
        if len(self.candidates) > 1:
            for position in self.candidates:
                yield self.request.sets[position].name, partial(self._points_cell, position)
            return
        line = partial(self.line, position=self.candidates[0])
        yield "POINTS", lambda group: _points_text(line(group).points)
        if self.compares:
            yield "CHANGE", lambda group: _signed_points(line(group).change or Fraction(0))
            yield "%", lambda group: _percent_text(line(group))
        if self.point_value is not None:
            yield "COST", lambda group: _money_text(line(group).cost or Fraction(0))

    def _points_cell(self, position: int, group: Group) -> str:
        """Return a table cell: the points of a group under a rule set, and their change in percent."""
        line = self.line(group, position)
        return (
            f"{_points_text(line.points)} ({_percent_text(line)})"
            if self.compares
            else _points_text(line.points)
        )

    def chart(self) -> Chart:
        """Return the chart of a backtest: points of each group by the first key, or totals of rule sets."""
        if len(self.candidates) > 1:
            totals = zip(self.request.sets, self.result.total.points, strict=True)
            return Chart(
                "Points", ("points",), [Bars(one.name, (json_number(points),)) for one, points in totals]
            )
        sums: dict[str, list[Fraction]] = {}
        for group in self.result.groups:
            key = next(iter(group.keys), None)
            label = _key_name(key, group.keys[key]) if key else "all orders"
            before = sums.get(label, [Fraction(0)] * len(group.points))
            sums[label] = [one + two for one, two in zip(before, group.points, strict=True)]
        by = f" by {self.request.by[0]}" if self.request.by else ""
        bars = [Bars(label, tuple(map(json_number, points))) for label, points in sums.items()]
        return Chart(f"Points{by}", tuple(one.name for one in self.request.sets), bars)

    def headlines(self) -> list[str]:
        """Return the sentences printed before a backtest's table: orders, columns, notes, changes."""
        result, total = self.result, self.result.total
        left_out = f"; {result.skipped:,} left out" if result.skipped else ""
        found = ", ".join(f"{field}: {name}" for field, name in result.columns.items())
        currency = f" in {result.currency}" if result.currency else ""
        orders = "1 order" if total.orders == 1 else f"{total.orders:,} orders"
        lines = [f"{orders}{currency}{left_out} ({found})"]
        lines += findings.notes(result)
        if len(result.groups) < result.all_groups:
            order = "change" if self.compares else "earn"
            lines.append(
                f"showing the {len(result.groups)} of {result.all_groups:,} groups that {order} most"
            )
        return lines + [self._comparison(position) for position in self.candidates if self.compares]

    def _comparison(self, position: int) -> str:
        """Return the sentence that compares the total of a candidate with the baseline."""
        line, total = self.line(self.result.total, position), self.result.total
        change = line.change or Fraction(0)
        cost = (
            f", which are worth {_plus(change)}{_money_text(change * self.point_value)}"
            if self.point_value is not None
            else ""
        )
        text = f"{line.rules} against {self.request.sets[0].name}: {_signed_points(change)} points"
        text += f" ({_percent_text(line)}){cost}"
        if total.lost:
            lost, gained = total.lost[position - 1], total.gained[position - 1]
            text += f"; orders that lose all their points: {lost:,}, that earn their first: {gained:,}"
        return text


def _left_out_output(one: LeftOut) -> outputs.LeftOut:
    """Return the JSON of the orders left out for one reason."""
    lines, places = [place.line for place in one.places], [*map(str, one.places)]
    return outputs.LeftOut(one.reason, one.orders, lines, places)


def _key_column(key: Key) -> Column[ReportLine]:
    """Return the report's column for a key of groups, for CSV output."""
    return Column(key.upper(), lambda line: _key_name(key, line.group.keys[key]))


def _key_name(key: Key, value: str) -> str:
    """Return the text for a group's key; an empty key means the base tier, or orders without the field."""
    return value or (BASE if key is Key.TIER else "none")


def _cost_output(value: Fraction | None) -> str | Omitted:
    """Return a cost for JSON; omitted without --point-value."""
    return OMITTED if value is None else format_exact(value)


def _percent_number(value: Fraction | None) -> float | None:
    """Return a percentage for the report's JSON, rounded to four decimals."""
    return None if value is None else float(format_rounded(value, 4))


def _points_text(value: Fraction) -> str:
    """Return points for the report's table, with thousands separators; with two decimals unless whole."""
    return _money_text(value).removesuffix(".00")


def _money_text(value: Fraction) -> str:
    """Return an amount of money for the report's table, with thousands separators and two decimals."""
    whole, _, decimals = format_rounded(value, 2).partition(".")
    sign, digits = ("-" if whole.startswith("-") else ""), whole.removeprefix("-")
    return f"{sign}{int(digits):,}.{decimals:0<2}"


def _signed_points(value: Fraction) -> str:
    """Return a change of points with its sign."""
    return f"{_plus(value)}{_points_text(value)}"


def _plus(value: Fraction) -> str:
    """Return the sign `+` for a positive change; a negative one has its own sign."""
    return "+" if value > 0 else ""


def _percent_text(line: ReportLine) -> str:
    """Return the change of a line in percent, or `new` if the baseline awards no points."""
    if line.percent is None and line.change:
        return "new"
    value = line.percent or Fraction(0)
    shown = format_rounded(value, 1)
    return f"{_plus(value)}{shown if '.' in shown else f'{shown}.0'} %"
