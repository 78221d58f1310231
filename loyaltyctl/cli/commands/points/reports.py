"""Report of a backtest: the output, a table with a total, a bar chart, and sentences about the totals."""

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
"""Columns that a narrow terminal leaves out, the highest rank first."""


def percent_change(now: Fraction, before: Fraction) -> Fraction | None:
    """Return the change in percent of `before`; None if that is 0.

    It has the sign of the change even if `before` is negative, as with deducted refunds.
    """
    return (now - before) * PERCENT / abs(before) if before else None


class Line(NamedTuple):
    """Points of one group of orders under one rule set."""

    rules: str
    group: Group
    points: Fraction
    before: Fraction | None
    point_value: Fraction | None

    @property
    def change(self) -> Fraction | None:
        """The points more than under the baseline."""
        return None if self.before is None else self.points - self.before

    @property
    def percent(self) -> Fraction | None:
        """The change in percent."""
        return None if self.before is None else percent_change(self.points, self.before)

    @property
    def cost(self) -> Fraction | None:
        """The value of the points."""
        return None if self.point_value is None else self.points * self.point_value

    def output(self, rules: str | Omitted) -> outputs.Group:
        """Return the line as printed; `rules` is the name of the rule set if there are several."""
        keys: dict[str, Any] = {key.value: value or None for key, value in self.group.keys.items()}
        comparison: dict[str, Any] = {}
        if self.before is not None and self.change is not None:
            comparison = {
                "baseline": json_number(self.before),
                "change": json_number(self.change),
                "percent": _number(self.percent),
            }
        return outputs.Group(
            rules,
            **{key.value: keys.get(key, OMITTED) for key in Key},
            orders=self.group.orders,
            amount=format_exact(self.group.amount),
            points=json_number(self.points),
            cost=_cost(self.cost),
            **comparison,
        )


class Report(NamedTuple):
    """The request and the result of a backtest, and the value of a point."""

    request: BacktestRequest
    result: BacktestResult
    point_value: Fraction | None = None

    @property
    def compares(self) -> bool:
        """True if the first rule set is a baseline."""
        return self.request.compares

    @property
    def candidates(self) -> range:
        """The positions of the rule sets without the baseline, which is the first."""
        return range(int(self.compares), len(self.request.sets))

    def line(self, group: Group, position: int) -> Line:
        """Return the points of a group under a rule set."""
        before = group.points[0] if self.compares else None
        return Line(self.request.sets[position].name, group, group.points[position], before, self.point_value)

    @property
    def lines(self) -> list[Line]:
        """The lines of all groups, under each candidate."""
        return [self.line(group, position) for position in self.candidates for group in self.result.groups]

    def output(self, position: int, groups: list[outputs.Group]) -> outputs.Report:
        """Return the report about one rule set as printed."""
        result, total = self.result, self.result.total
        whole = self.line(total, position)
        compared = whole.before is not None
        return outputs.Report(
            rules=whole.rules,
            orders=total.orders,
            judged=result.judged[position],
            skipped=result.skipped,
            left_out=[*map(_left_out, result.findings.left_out)],
            without_rule=result.without_rule,
            unknown_tier=result.unknown_tier,
            currency=result.currency,
            amount=format_exact(total.amount),
            points=json_number(whole.points),
            exact=format_exact(result.exact[position]),
            columns={**result.columns},
            cost=_cost(whole.cost),
            baseline=self._baseline() if compared else OMITTED,
            change=self._change(whole, position) if compared else OMITTED,
            groups=groups,
        )

    def _baseline(self) -> outputs.Baseline:
        line = self.line(self.result.total, 0)
        exact = format_exact(self.result.exact[0])
        return outputs.Baseline(line.rules, json_number(line.points), exact, _cost(line.cost))

    def _change(self, whole: Line, position: int) -> outputs.Difference:
        change, total = whole.change or Fraction(0), self.result.total
        return outputs.Difference(
            json_number(change),
            _number(whole.percent),
            cost=OMITTED if self.point_value is None else format_exact(change * self.point_value),
            lost_all=total.lost[position - 1] if total.lost else OMITTED,
            gained_first=total.gained[position - 1] if total.lost else OMITTED,
        )

    def view(self) -> View[Line]:
        """Return the view of the lines."""
        several = len(self.candidates) > 1

        first = ("rules", *self.request.by) if several else self.request.by

        def name(line: Line) -> str | Omitted:
            return line.rules if several else OMITTED

        def whole(_: Sequence[Line], groups: list[outputs.Group]) -> object:
            size = len(self.result.groups)
            reports = [
                self.output(position, groups[i * size : (i + 1) * size])
                for i, position in enumerate(self.candidates)
            ]
            return reports if several else reports[0]

        rules = (Column[Line]("RULES", lambda line: line.rules),) if several else ()
        change = (
            Column[Line]("BASELINE", lambda line: format_exact(line.before or Fraction(0))),
            Column[Line]("CHANGE", lambda line: format_exact(line.change or Fraction(0))),
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
        """Return the table of the groups and their total, with several rule sets side by side."""
        columns = dict(self._columns())
        total = self.result.total
        groups = [*self.result.groups, total] if self.request.by else [total]
        rows = [(*self._names(group), *(cell(group) for cell in columns.values())) for group in groups]
        header = [*(key.upper() for key in self.request.by), *columns]
        return Grid.of(header, rows, numbers=len(columns), whole=("TIER",), ranks=_RANKS)

    def _names(self, group: Group) -> list[str]:
        """Return the keys of a group; the total has none."""
        names = [_key_name(key, value) for key, value in group.keys.items()]
        return names or ["TOTAL", *[""] * len(self.request.by)][: len(self.request.by)]

    def _columns(self) -> Iterator[tuple[str, Callable[[Group], str]]]:
        """Yield the columns with numbers: heading, and text for a group."""
        yield "ORDERS", lambda group: f"{group.orders:,}"
        yield "AMOUNT", lambda group: _money(group.amount)
        if self.compares:
            yield "BASELINE", lambda group: _plain(group.points[0])
        if len(self.candidates) > 1:
            for position in self.candidates:
                yield self.request.sets[position].name, partial(self._with_change, position)
            return
        line = partial(self.line, position=self.candidates[0])
        yield "POINTS", lambda group: _plain(line(group).points)
        if self.compares:
            yield "CHANGE", lambda group: _signed(line(group).change or Fraction(0))
            yield "%", lambda group: _percent(line(group))
        if self.point_value is not None:
            yield "COST", lambda group: _money(line(group).cost or Fraction(0))

    def _with_change(self, position: int, group: Group) -> str:
        """Return the points under one of several rule sets, with their change."""
        line = self.line(group, position)
        return f"{_plain(line.points)} ({_percent(line)})" if self.compares else _plain(line.points)

    def chart(self) -> Chart:
        """Return the chart: points of each group by the first key, or totals of several rule sets."""
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

    def allowed(self, increase: Fraction) -> Fraction:
        """Return the points that a maximum increase in percent over the baseline allows."""
        before = self.result.total.points[0]
        return before + abs(before) * increase / PERCENT

    def headlines(self) -> list[str]:
        """Return the sentences printed before the table: orders, columns, notes, and the changes in total."""
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
        return lines + [self._compared(position) for position in self.candidates if self.compares]

    def _compared(self, position: int) -> str:
        line, total = self.line(self.result.total, position), self.result.total
        change = line.change or Fraction(0)
        cost = (
            f", which are worth {_plus(change)}{_money(change * self.point_value)}"
            if self.point_value is not None
            else ""
        )
        text = f"{line.rules} against {self.request.sets[0].name}: {_signed(change)} points"
        text += f" ({_percent(line)}){cost}"
        if total.lost:
            lost, gained = total.lost[position - 1], total.gained[position - 1]
            text += f"; orders that lose all their points: {lost:,}, that earn their first: {gained:,}"
        return text


def _left_out(one: LeftOut) -> outputs.LeftOut:
    lines, places = [place.line for place in one.places], [*map(str, one.places)]
    return outputs.LeftOut(one.reason, one.orders, lines, places)


def _key_column(key: Key) -> Column[Line]:
    return Column(key.upper(), lambda line: _key_name(key, line.group.keys[key]))


def _key_name(key: Key, value: str) -> str:
    """Return the name of a group; the base tier has no id, and some orders have no member."""
    return value or (BASE if key is Key.TIER else "none")


def _cost(value: Fraction | None) -> str | Omitted:
    return OMITTED if value is None else format_exact(value)


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(format_rounded(value, 4))


def _plain(value: Fraction) -> str:
    """Return points with commas between thousands, and at most two decimals."""
    return _money(value).removesuffix(".00")


def _money(value: Fraction) -> str:
    """Return an amount of money with commas between thousands, and two decimals."""
    whole, _, decimals = format_rounded(value, 2).partition(".")
    sign, digits = ("-" if whole.startswith("-") else ""), whole.removeprefix("-")
    return f"{sign}{int(digits):,}.{decimals:0<2}"


def _signed(value: Fraction) -> str:
    return f"{_plus(value)}{_plain(value)}"


def _plus(value: Fraction) -> str:
    return "+" if value > 0 else ""


def _percent(line: Line) -> str:
    """Return the change in percent, or `new` if the baseline gives no points."""
    if line.percent is None and line.change:
        return "new"
    value = line.percent or Fraction(0)
    shown = format_rounded(value, 1)
    return f"{_plus(value)}{shown if '.' in shown else f'{shown}.0'} %"
