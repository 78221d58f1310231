"""Report of a backtest: the numbers of its lines, and its JSON output."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.backtest.request import BacktestRequest, Key
from loyaltyctl.cli.runtime.order_findings import left_out_output
from loyaltyctl.contract.json_values import OMITTED, Omitted
from loyaltyctl.contract.outputs import points as outputs
from loyaltyctl.points.exact import format_exact, format_rounded, json_number

if TYPE_CHECKING:
    from loyaltyctl.backtest.result import BacktestResult, Group


class ReportLine(NamedTuple):
    """Line of a backtest's report: the points of one group of orders under one rule set."""

    rules: str
    group: Group
    points: Fraction
    before: Fraction | None
    point_value: Fraction | None

    @property
    def change(self) -> Fraction | None:
        """The change in a line of the report: points minus those of the baseline; None without a baseline."""
        return None if self.before is None else self.points - self.before

    @property
    def percent(self) -> Fraction | None:
        """The change in a line of the report in percent; None if the baseline is missing or 0."""
        # abs(): with --refunds deduct the baseline may be negative, and the sign is that of the change.
        return (self.points - self.before) * 100 / abs(self.before) if self.before else None

    @property
    def cost(self) -> Fraction | None:
        """The cost in a line of the report: the value of its points in money; None without --point-value."""
        return None if self.point_value is None else self.points * self.point_value

    def output(self, rules: str | Omitted) -> outputs.Group:
        """Return the JSON of a line of the report; `rules` is OMITTED if there is only one candidate."""
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
    """Report of a backtest: its request, its result, and the value of a point."""

    request: BacktestRequest
    result: BacktestResult
    point_value: Fraction | None = None

    @property
    def compares(self) -> bool:
        """True if the first rule set of the report is a baseline (--against)."""
        return self.request.compares

    @property
    def candidates(self) -> range:
        """The positions of the candidates in the report: all rule sets except the baseline, the first one."""
        return range(int(self.compares), len(self.request.sets))

    def line(self, group: Group, position: int) -> ReportLine:
        """Return the line of the report for a group of orders and the rule set at `position`."""
        before = group.points[0] if self.compares else None
        return ReportLine(
            self.request.sets[position].name, group, group.points[position], before, self.point_value
        )

    @property
    def lines(self) -> list[ReportLine]:
        """The lines of the report: for each candidate, a line for each group of orders."""
        return [self.line(group, position) for position in self.candidates for group in self.result.groups]

    def output(self, position: int, groups: list[outputs.Group]) -> outputs.Report:
        """Return the report on the rule set at `position` as JSON; `groups` is the JSON of its lines."""
        result, total = self.result, self.result.total
        whole = self.line(total, position)
        compared = whole.before is not None
        return outputs.Report(
            rules=whole.rules,
            orders=total.orders,
            judged=result.judged[position],
            skipped=result.skipped,
            left_out=[*map(left_out_output, result.findings.left_out)],
            without_rule=result.without_rule,
            unknown_tier=result.unknown_tier,
            currency=result.currency,
            amount=format_exact(total.amount),
            points=json_number(whole.points),
            exact=format_exact(result.exact[position]),
            columns={**result.columns},
            refunds=outputs.Refunds(result.refunds.number, format_exact(result.refunds.amount)),
            not_counted=[outputs.NotCounted(*one) for one in result.reading.excluded],
            sources=[*result.reading.sources],
            amount_base=result.reading.base or OMITTED,
            notes=[*result.reading.notes],
            cost=_cost_output(whole.cost),
            baseline=self._baseline() if compared else OMITTED,
            change=self._change(whole, position) if compared else OMITTED,
            groups=groups,
        )

    def _baseline(self) -> outputs.Baseline:
        """Return the JSON of the report for the points of the baseline."""
        line = self.line(self.result.total, 0)
        exact = format_exact(self.result.exact[0])
        return outputs.Baseline(line.rules, json_number(line.points), exact, _cost_output(line.cost))

    def _change(self, whole: ReportLine, position: int) -> outputs.Difference:
        """Return the report's JSON for the change from the baseline to the candidate at `position`.

        `whole` is the candidate's line for all orders.
        """
        change, total = whole.change or Fraction(0), self.result.total
        return outputs.Difference(
            json_number(change),
            _percent_number(whole.percent),
            cost=OMITTED if self.point_value is None else format_exact(change * self.point_value),
            lost_all=total.lost[position - 1] if total.lost else OMITTED,
            gained_first=total.gained[position - 1] if total.lost else OMITTED,
        )


def _cost_output(value: Fraction | None) -> str | Omitted:
    """Format a cost in a line of the report, for the report's JSON; OMITTED without --point-value."""
    return OMITTED if value is None else format_exact(value)


def _percent_number(value: Fraction | None) -> float | None:
    """Round a percentage in a line of the report to four decimals, for the report's JSON; None stays None."""
    return None if value is None else float(format_rounded(value, 4))
