"""A backtest from beginning to end.

    BacktestRequest ──► Runner ──► scan ───────────────► outcome ──► BacktestResult
                 files,    once, if nothing is
                 columns   odd; then once more

The first scan takes orders to be in order: amounts of up to 12 digits, lines that can be
split, no id twice. What is not so it counts, and another one looks closer.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Self

from loyaltyctl.backtest.findings import Findings, LeftOut, Values
from loyaltyctl.backtest.request import Key
from loyaltyctl.backtest.sql import NARROW, WIDE, Kinds, Scan, Sums
from loyaltyctl.backtest.totals import Totals
from loyaltyctl.backtest.unmatched import Unmatched
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.values import did_you_mean, quoted
from loyaltyctl.orders import queries, records, sources
from loyaltyctl.orders.engine import Engine, Unreadable
from loyaltyctl.orders.fields import OrderField
from loyaltyctl.orders.files import Layout, find
from loyaltyctl.orders.records import Expected, Reason, Record
from loyaltyctl.orders.sql import literal, path_literal
from loyaltyctl.points.formulas import Rounding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

    from loyaltyctl.backtest.findings import EmptyFilter, Misspelled
    from loyaltyctl.backtest.request import BacktestRequest, BacktestResult
    from loyaltyctl.errors import Detail
    from loyaltyctl.orders.files import OrderFile

SHOWN = 20
"""How many of the orders that cannot be counted are named."""
MANY_IDS = 1000
"""Maximum number of orders with a repeated id that are looked for."""
FIRST = 5
"""Maximum number of orders that are named for each reason to leave them out."""


class _Mode(NamedTuple):
    """How closely a scan looks."""

    digits: int = NARROW
    tolerant: bool = False
    firsts: bool = False


class Runner:
    """A request, and the engine that answers it."""

    def __init__(self, request: BacktestRequest) -> None:
        found = find(request.files)
        self._request = request
        self._engine = Engine([file.path for file in found])
        try:
            # Files that are alike are read together: in that order the first of orders with one id counts.
            described = [self._described(file) for file in found]
            lots = [*dict.fromkeys(file.alike for file in described)]
            self.files = sorted(described, key=lambda file: lots.index(file.alike))
            self._trigger = self._one_trigger()
            self._check_columns()
        except BaseException:
            self.close()
            raise
        self._kinds = Kinds.of([one.rules for one in request.sets], self._trigger)
        self._mode = _Mode()
        self._currency: str | None = None
        self._repeated: frozenset[str] = frozenset()
        self._repeats = 0
        self._rejected = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave nothing behind."""
        self._engine.close()

    # What the files are

    def _described(self, file: OrderFile) -> OrderFile:
        """The file with its columns; those of Parquet are asked of the engine."""
        if file.layout is Layout.PARQUET:
            try:
                found = self._engine.rows(f"DESCRIBE FROM read_parquet([{path_literal(file.path)}])")
            except Unreadable as error:
                raise InvalidData(f"{file.path} is no Parquet file that can be read: {error}") from None
            file = file._replace(names=tuple(row[0] for row in found), types=tuple(row[1] for row in found))
        roles = sources.match_columns(sources.GENERIC, file.names, self._request.columns, str(file.path))
        return file._replace(columns=tuple(roles.items()))

    def _one_trigger(self) -> str | None:
        """The trigger of all orders; None where a column says it."""
        known = self._known_triggers()
        given = self._request.trigger
        if given is not None:
            if known and given not in known:
                advice = did_you_mean(given, known, f"there are {', '.join(known)}")
                raise UsageError(f"no rule has the trigger {quoted(given)}{advice}")
            return given
        if all(OrderField.TRIGGER in dict(file.columns) for file in self.files):
            return None
        if len(known) > 1:
            raise UsageError(
                f"the orders do not say what set them off, and the rules have {len(known)} triggers",
                hint=f"Say it with --trigger TYPE, one of: {', '.join(known)}",
            )
        return known[0] if known else ""

    def _known_triggers(self) -> list[str]:
        """Return the triggers of the rules."""
        return list(
            dict.fromkeys(rule.trigger for one in self._request.sets for rule in one.rules if rule.trigger)
        )

    def _check_columns(self) -> None:
        request = self._request
        needed = {key.role: f"--by {key}" for key in request.by if key.role}
        if self._trigger is not None:
            needed.pop(OrderField.TRIGGER, None)
        if request.statuses:
            needed[OrderField.STATUS] = "--status"
        if request.currency:
            needed[OrderField.CURRENCY] = "--currency"
        for file in self.files:
            for role, option in needed.items():
                if role not in dict(file.columns):
                    raise InvalidData(
                        f"{file.path} has no column for the {role}, which {option} needs",
                        hint=f"Say which one it is: {role.option} NAME",
                    )

    # The scan

    def scan(self) -> Iterator[int]:
        """Read the orders; yields how many hundredths of them are read since the last time.

        Raises InvalidData for what cannot be counted, with its places.
        """
        better: _Mode | None = self._mode
        while better is not None:
            self._mode = better
            try:
                self._currency = self._first_currency()
                self._scanned = self._plan()
                self._engine.begin(ordered=self._mode.firsts)
                yield from self._engine.run(self._scanned.statement())
                self._rejected = self._engine.rejected()
                better = self._better()
            except Unreadable as error:
                if not self._request.skip or self._mode.tolerant:
                    raise self._refused(str(error)) from None
                better = self._mode._replace(tolerant=True)
        counts = self._answer.counts()
        wrong = counts.unreadable + counts.undated + self._repeats
        if counts.others or (not self._request.skip and wrong):
            raise self._refused("", counts.others + (0 if self._request.skip else wrong))

    def outcome(self) -> BacktestResult:
        """What the orders earned, after the scan."""
        filters, exclusive = self._empty_filters()
        has_tiers = any(OrderField.TIER in dict(file.columns) for file in self.files)
        findings = Findings(
            self._left_out(), filters, exclusive, *self._strange_triggers(), has_tiers=has_tiers
        )
        return self._answer.outcome(self._currency, dict(self.files[0].columns), findings)

    def _left_out(self) -> tuple[LeftOut, ...]:
        """Return what was left out for each reason, with the first places."""
        counts = self._answer.counts()
        malformed = 0
        query = queries.malformed(self.files)
        if self._request.skip and query and (counts.unreadable or self._mode.tolerant):
            malformed = int(self._engine.rows(query)[0][0])
        # A line of JSONL without an object is a row without values, which no filter lets through.
        unreadable = counts.unreadable - (0 if self._counting() else malformed)
        numbers = {
            Reason.LINE: self._rejected + malformed,
            Reason.AMOUNT: unreadable,
            Reason.REPEATED: self._repeats if self._mode.firsts else 0,
            Reason.DATE: counts.undated,
        }
        wanted = {reason: min(count, FIRST) for reason, count in numbers.items() if count}
        found = records.places(self.files, self._expected(None), self._rows, wanted) if wanted else {}
        return tuple(LeftOut(reason, numbers[reason], tuple(found[reason])) for reason in wanted)

    def _strange_triggers(self) -> tuple[Values, tuple[Misspelled, ...]]:
        """Return the triggers that no rule has, where the orders say them."""
        known = self._known_triggers()
        if self._trigger is not None or not self._answer.without_rule():
            return Values(()), ()
        return self._unmatched.strange_triggers(known, self._answer.counted_text)

    def _empty_filters(self) -> tuple[tuple[EmptyFilter, ...], bool]:
        """Return the filters that match no order, and whether they match some, but together none."""
        asked = self._asked()
        some = bool(self._answer.rows())
        if some:
            many = asked.get(OrderField.STATUS, ()) if len(self._request.statuses) > 1 else ()
            met = self._answer.statuses() if many else set()
            missing = [value for value in many if value.upper() not in met]
            asked = {OrderField.STATUS: missing} if missing else {}
        filters = self._unmatched.empty_filters(asked) if asked else ()
        return filters, not some and not filters and len(asked) > 1

    @property
    def _unmatched(self) -> Unmatched:
        return Unmatched(self._engine, self._scanned, self.files)

    @property
    def _answer(self) -> Totals:
        return Totals(self._engine, self._request, self._scanned)

    def _better(self) -> _Mode | None:
        """A way to look closer, where there is something that asks for it."""
        counts = self._answer.counts()
        if counts.unreadable and self._mode.digits == NARROW:
            return self._mode._replace(digits=WIDE)
        if counts.repeated and not self._mode.firsts:
            self._repeated, self._repeats = self._found_again()
            if self._repeats and self._request.skip:
                return self._mode._replace(firsts=True)
        return None

    def _plan(self) -> Scan:
        request = self._request
        sums = Sums(request.rounding, request.refunds, self._mode.digits)
        apart = Key.RULE in request.by
        parts = [[[rule] for rule in one.rules] if apart else [list(one.rules)] for one in request.sets]
        numbers = iter(range(sum(map(len, parts))))
        prices = [sums.price(part, self._kinds) for one in parts for part in one]
        return Scan(
            sources=self._sources(),
            sums=sums,
            kinds=self._kinds,
            keys=[
                *(key for key in request.by if key is not Key.RULE),
                *(["status"] if len(request.statuses) > 1 else []),  # to see that each of them is there
            ],
            prices=prices if request.rounding is not Rounding.EXACT else (),
            sets=[[*islice(numbers, len(one))] for one in parts],
            compares=request.compares,
            where=self._where(),
            currency=self._currency,
            unique=any(OrderField.ORDER_ID in dict(file.columns) for file in self.files),
            firsts=self._mode.firsts,
        )

    def _sources(self) -> list[str]:
        mode = self._mode
        return queries.sources(self.files, self._trigger, tolerant=mode.tolerant, wide=mode.digits == WIDE)

    def _where(self) -> str:
        """What keeps the orders that count."""
        return (
            " AND ".join(
                f"upper({role.replace('-', '_')}) IN ({', '.join(map(literal, values))})"
                for role, values in self._counting().items()
            )
            or "true"
        )

    def _counting(self) -> dict[OrderField, list[str]]:
        """What orders must say, in capitals, to count at all."""
        return {role: [value.upper() for value in values] for role, values in self._asked().items()}

    def _asked(self) -> dict[OrderField, Sequence[str]]:
        """Return the filters as they were given."""
        currency = self._request.currency
        given = {
            OrderField.STATUS: self._request.statuses,
            OrderField.CURRENCY: [currency] if currency else [],
        }
        return {role: values for role, values in given.items() if values}

    def _first_currency(self) -> str | None:
        """The currency of the first order that says one; the others must not differ."""
        if self._request.currency:
            return self._request.currency.upper()
        if not any(OrderField.CURRENCY in dict(file.columns) for file in self.files):
            return None
        self._engine.begin(ordered=True)
        read = " UNION ALL ".join(self._sources())
        query = f"SELECT upper(currency) FROM ({read}) WHERE currency <> '' AND {self._where()} LIMIT 1"
        return next((row[0] for row in self._engine.rows(query)), None)

    def _found_again(self) -> tuple[frozenset[str], int]:
        """Return the ids of the first orders that repeat one, and the number of all orders that do.

        A refund may bear the id of its order.
        """
        self._engine.begin(ordered=True)
        found = self._engine.rows(self._scanned.repeats(MANY_IDS))
        return frozenset(row[0] for row in found), int(found[0][1]) if found else 0

    def _refused(self, reason: str, count: int = 0) -> InvalidData:
        """The error for all that cannot be counted, with the first places."""
        found = records.problems(
            self.files,
            self._expected(self._currency),
            self._rows,
        )
        if self._request.skip and not reason:
            found = self._in_other_currencies(found)
        details = list(islice(found, SHOWN))
        if not details:
            mixed = (
                (file, records.mixed_line(file)) for file in self.files if file.layout is not Layout.PARQUET
            )
            reason = next(
                (f"{file.path} line {line}: line ends differ" for file, line in mixed if line), reason
            )
            return InvalidData(f"the orders cannot be read: {reason}")
        many = "one order" if max(count, len(details)) == 1 else f"{max(count, len(details))} orders"
        if len(details) == SHOWN and not count:
            many = f"at least {SHOWN} orders"
        first = f" (the first {SHOWN} are named)" if count > SHOWN else ""
        return InvalidData(
            f"{many} cannot be counted{first}; nothing was calculated",
            details=details,
            hint=self._advice(details),
        )

    def _expected(self, currency: str | None) -> Expected:
        return Expected(Key.MONTH in self._request.by, currency, self._repeated, self._counting())

    def _in_other_currencies(self, found: Iterable[Detail]) -> Iterator[Detail]:
        """Yield the orders in other currencies; --skip-bad-rows leaves them out if they repeat an id only."""
        order_ids = {dict(file.columns).get(OrderField.ORDER_ID) for file in self.files}
        repeated = ""
        for one in found:
            if one.field in self._currency_columns and str(one.where) != repeated:
                yield one
            elif one.field in order_ids:
                repeated = str(one.where)

    @property
    def _currency_columns(self) -> set[str | None]:
        return {dict(file.columns).get(OrderField.CURRENCY) for file in self.files}

    def _advice(self, details: Sequence[Detail]) -> str:
        if all(one.field in self._currency_columns for one in details):
            return f"Count those in one currency alone: --currency {self._currency}"
        return "Correct them, or leave them out and have them counted: --skip-bad-rows"

    def _rows(self, file: OrderFile, expected: Expected) -> Iterator[Record]:
        """The rows of a Parquet file that may be wrong."""
        roles = [role for role, _ in file.columns]
        for number, *texts in self._engine.each(queries.rows(file, expected)):
            yield Record(number, dict(zip(roles, texts, strict=True)))
