"""Run a backtest: open the order files, scan them, and collect the result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Self

from loyaltyctl.backtest.coverage import Coverage
from loyaltyctl.backtest.kinds import Kinds
from loyaltyctl.backtest.misspelled_triggers import MAX_TRIGGERS, misspelled_triggers
from loyaltyctl.backtest.result import BacktestResult, Findings, Misspelled, ReadingReport
from loyaltyctl.backtest.summary import summary
from loyaltyctl.backtest.totals import Totals
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.filters import Values
from loyaltyctl.orders.quoting import literal
from loyaltyctl.orders.table import ColumnsFound, OrderTable
from loyaltyctl.orders.unpaid import unpaid_note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from loyaltyctl.backtest.request import BacktestRequest


class Runner:
    """Runner of a backtest, for a `with` statement: exhaust the iterator `scan()`, then call `result()`."""

    def __init__(self, request: BacktestRequest) -> None:
        self._asked = request
        self._table = OrderTable(request.orders._replace(unused=_unused_fields(request)))
        try:
            self._resolve()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the run of the backtest, and remove its temporary files."""
        self._table.close()

    def scan(self) -> Iterator[int]:
        """Run the scan of a backtest's orders; yield the progress in percent since the last yield.

        Raises InvalidData with the locations of the orders that cannot be counted.
        """
        try:
            yield from self._table.summarize(partial(summary, self._request, self._kinds))
        except ColumnsFound:
            self._resolve()
            yield from self._table.summarize(partial(summary, self._request, self._kinds))

    def result(self) -> BacktestResult:
        """Collect the result of the backtest run, after `scan` has ended."""
        totals = Totals(self._table, self._request, self._kinds)
        coverage = Coverage(self._request, totals.count_by_kind())
        groups, all_groups = totals.groups()
        return BacktestResult(
            total=totals.total(),
            exact=totals.exact().points,
            groups=tuple(groups),
            all_groups=all_groups,
            judged=coverage.judged(),
            can_earn=coverage.can_earn(),
            without_rule=coverage.without_rule(),
            unknown_tier=coverage.unknown_tier(),
            currency=self._table.currency,
            columns=self._table.columns,
            refunds=totals.refunds(),
            reading=ReadingReport(
                tuple(dict.fromkeys(file.roles.source for file in self._table.files)),
                tuple(self._table.titles),
                self._table.base,
                tuple(self._table.amount_columns),
                tuple(self._table.refund_columns),
                tuple(self._table.notes()),
                tuple(self._table.excluded()),
                unpaid_note(self._table.rows, self._table.counted),
            ),
            findings=self._findings(coverage),
        )

    def _resolve(self) -> None:
        """Set the request of this run with the trigger of all orders, and the kinds of orders.

        Raises UsageError or InvalidData if the columns of the orders do not suffice for it.
        """
        self._request = self._asked._replace(trigger=self._trigger_of_all(self._asked))
        self._require_columns()
        self._kinds = Kinds.of([one.rules for one in self._asked.sets], self._request.trigger)

    def _findings(self, coverage: Coverage) -> Findings:
        """Collect the findings for the result of the backtest run."""
        # Some queries read the orders again, so they run only if the sums show a mismatch.
        filters, exclusive = self._table.empty_filters()
        unknown, near = self._unknown_triggers() if coverage.without_rule() else (Values(()), ())
        return Findings(
            left_out=self._table.left_out(),
            filters=filters,
            filters_exclude_each_other=exclusive,
            unknown_triggers=unknown,
            misspelled=near,
            untested=tuple(coverage.untested()),
            has_tiers=self._table.some_have(OrderField.TIER),
        )

    def _unknown_triggers(self) -> tuple[Values, tuple[Misspelled, ...]]:
        """Return the orders' triggers for which there is no rule, and those of them that look misspelled.

        Both are empty if all orders of this run have one trigger (see `_trigger_of_all`).
        """
        if self._request.trigger is not None:
            return Values(()), ()
        known = self._request.triggers
        listed = ", ".join(map(literal, known))
        condition = f"coalesce(trigger, '') NOT IN ({listed})" if known else "true"
        rows = self._table.values(OrderField.TRIGGER, MAX_TRIGGERS, condition)
        orders = [(trigger, count) for trigger, count, _ in rows]
        return Values.of(rows), tuple(misspelled_triggers(orders, known))

    def _trigger_of_all(self, request: BacktestRequest) -> str | None:
        """Return the trigger of all orders in this run: the value of --trigger, or the only one in the rules.

        Returns None if each order has its own trigger: there is no --trigger, and a file has a column for it,
        or the apps that sold the orders. Raises UsageError if the rules have triggers, but not that of
        --trigger. Also raises UsageError if the rules have several triggers, and neither --trigger nor a file
        says which one an order has.
        """
        known, given = request.triggers, request.trigger
        missing = self._table.files_without(OrderField.TRIGGER)
        if given is not None:
            # Almost certainly a typo: no order would earn anything.
            if known and given not in known:
                advice = did_you_mean(given, known, f"the rules have {', '.join(known)}")
                raise UsageError(f"no rule has the trigger {quoted(given)}{advice}")
        elif missing and len(known) > 1:
            which = "the orders have" if len(missing) == len(self._table.files) else f"{missing[0].name} has"
            raise UsageError(
                f"{which} no column for the trigger, and the rules have {len(known)} triggers",
                hint=f"Give the trigger of the orders with --trigger TYPE, one of: {', '.join(known)}",
            )
        # With one trigger in all rules, orders without a column for it can only be of that trigger.
        rest = known[0] if known else ""
        if given is None and len(missing) == len(self._table.files):
            given = rest
        self._table.use_trigger(given, rest)
        return given

    def _require_columns(self) -> None:
        """Raise InvalidData before the run if an order file has no column for a key of --by."""
        needed = {key.field: f"--by {key}" for key in self._request.by if key.field}
        if self._request.trigger is not None:
            needed.pop(OrderField.TRIGGER, None)
        self._table.require(needed)


def _unused_fields(request: BacktestRequest) -> frozenset[OrderField]:
    """Return the fields of orders that a backtest does not use."""
    has_tiers = any(tier for one in request.sets for rule in one.rules for tier in rule.tiers)
    used = {key.field for key in request.by} | ({OrderField.TIER} if has_tiers else set())
    known = {OrderField.TRIGGER} if request.trigger is not None else set()
    return frozenset({OrderField.MEMBER, OrderField.DATE, OrderField.TIER, *known} - used)
