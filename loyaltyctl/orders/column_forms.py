"""Decide the forms of the amounts and dates in order files, each by all values of its column.

A form is decided for all files with the same header. It is predicted from the first orders, so that a scan
can begin at once. All values are examined only if the prediction leaves a doubt, or if one does not fit it.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.contract.inputs.order_source import AmountUnit, DateOrder, Decimal
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.containers.readable import Layout
from loyaltyctl.orders.file_sql import Reader
from loyaltyctl.orders.files import Number
from loyaltyctl.orders.forms.amounts import CURRENCIES, PLAIN, AmountEvidence, AmountForm, decide_amounts
from loyaltyctl.orders.forms.dates import ISO, DateEvidence, decide_dates
from loyaltyctl.orders.forms.decisions import Contradiction, Undecided
from loyaltyctl.orders.sources.names import normalized
from loyaltyctl.orders.total_lines import total_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from loyaltyctl.orders.engine import Engine
    from loyaltyctl.orders.faults import FaultyRow
    from loyaltyctl.orders.file_sql import ReadMode
    from loyaltyctl.orders.files import OrderFile
    from loyaltyctl.orders.forms.dates import DateForm
    from loyaltyctl.orders.selection import Reading

MAX_SAMPLE = 500
"""Maximum number of the first orders of a file that predict its forms."""
MAX_CURRENCIES = 100
"""Maximum number of currencies that are looked at."""
GROUP = 3
"""Number of digits between marks that group thousands."""


class _Column(NamedTuple):
    """Column of the files of a group: its name, and whether it has dates; else it has amounts."""

    name: str
    has_dates: bool = False


class _Found(NamedTuple):
    """Evidence about the forms in one column of one file: what the values are, and their currencies."""

    file: OrderFile
    evidence: AmountEvidence | DateEvidence
    is_doubtful: bool = False
    """If true, no value that was examined tells the decimal mark."""
    currencies: frozenset[str] = frozenset()
    """The currencies of the orders, as their column has them."""

    def example(self, form: Any) -> str:
        """Return a value of the column that shows its form; blank if there is none."""
        return self.evidence.example(form)


class Question(NamedTuple):
    """Question about a column of an order file: all its values have two readings."""

    file: str
    column: str
    has_dates: bool
    example: str
    """A value with two readings."""
    date_orders: tuple[DateOrder, ...] = ()
    """The orders of day, month and year that fit all dates; none for amounts."""

    @property
    def option(self) -> str:
        """The option that answers the question."""
        return "--date-order" if self.has_dates else "--decimal"

    @property
    def answers(self) -> tuple[str, ...]:
        """The values of the option that fit the column."""
        return self.date_orders if self.has_dates else (Decimal.COMMA, Decimal.POINT)

    @property
    def problem(self) -> str:
        """The sentence that says what is not clear."""
        what = "the order of day and month" if self.has_dates else "the decimal mark"
        column, example = quoted(self.column), quoted(self.example)
        return f"{self.file}: nothing in {column} tells {what}, such as {example}"

    @property
    def hint(self) -> str:
        """The sentence that lists the answers."""
        return f"Say how to read it: {' or '.join(f'{self.option} {one}' for one in self.answers)}"


class ColumnForm(NamedTuple):
    """Form of the values in a column of an order file, with an example; it is blank if there is none."""

    position: int
    form: AmountForm | DateForm
    example: str


class ColumnForms:
    """Forms of the columns of order files. `files` are the files with the forms that were decided."""

    def __init__(self, files: Sequence[OrderFile], reading: Reading) -> None:
        """Predict the forms of all columns from the first orders of the files."""
        self._reading = reading
        self._examples: dict[str, str] = {}
        """A value of each column that shows its form, by the normalized name of the column."""
        self.files = [*files]
        self.question: Question | None = None
        """The question for which `examine` raised InvalidData."""
        self.needs_examination = False
        """True if the first orders of a file do not decide a form, or contradict each other."""
        for group in self._groups():
            for column in _columns(group):
                self._predict(column, [_sampled(file, column) for file in group])

    def examine(self, engine: Engine, mode: ReadMode, *, dated: bool) -> bool:
        """Decide all forms by all values, and return whether a form has changed.

        Dates are examined only if `dated`. Raises InvalidData for a column whose values have two readings,
        and for files that contradict each other.
        """
        before = [*self.files]
        for group in self._groups():
            for column in _columns(group):
                if dated or not column.has_dates:
                    found = [_examined(engine, file, mode, column) for file in group]
                    decision = self._decision(column, found)
                    if isinstance(decision, Undecided) and not column.has_dates:
                        decision = self._form_of_sums(engine, mode, column, found) or decision
                    self._decide(column, found, decision)
        self.needs_examination = False
        return self.files != before

    def reconsider(self, suspects: Mapping[OrderFile, Sequence[FaultyRow]], *, dated: bool) -> bool:
        """Decide all forms again with the few values that do not fit them; return whether a form has changed.

        `suspects` has the rows of each file with these values. All other values fit the forms as they are.
        """
        before = [*self.files]
        for group in self._groups():
            for column in _columns(group):
                if dated or not column.has_dates:
                    found = [_with_suspects(file, column, suspects[file]) for file in group]
                    self._decide(column, found, self._decision(column, found))
        return self.files != before

    @property
    def is_decided(self) -> bool:
        """Whether the first orders of each file decide the forms of all its columns."""
        return not any(file.doubtful for file in self.files)

    @property
    def prefixed_dates(self) -> DateForm | None:
        """The form of all dates if their first characters tell the month; None if they do not.

        Orders can then be grouped by these characters, and only the few groups be converted to months.
        The date of an order of several lines is the latest one, so the characters must sort as dates do.
        """
        forms = {file.date_form or ISO for file in self.files}
        form = next(iter(forms))
        is_sorted = form == ISO or not any(file.roles.is_grouped for file in self.files)
        return form if len(forms) == 1 and form.has_prefix and is_sorted else None

    def notes(self) -> Iterator[str]:
        """Yield a note for each column whose values do not have the usual form."""
        told: dict[str, str] = {}
        for file in self.files:
            for position, form, example in self.of(file):
                name = file.names[position]
                if form not in (PLAIN, ISO):
                    told.setdefault(normalized(name), f"{quoted(name)}: {form.described(example)}")
        yield from told.values()

    def of(self, file: OrderFile) -> Iterator[ColumnForm]:
        """Yield the forms of the amounts and dates in an order file that are decided, with examples."""
        forms: list[tuple[int, AmountForm | DateForm]] = [*file.amount_forms]
        if file.date_form:
            forms.append((file.roles.columns(OrderField.DATE)[0], file.date_form))
        for position, form in forms:
            yield ColumnForm(position, form, self._examples.get(normalized(file.names[position]), ""))

    def _groups(self) -> list[list[OrderFile]]:
        """Return the files in groups: the files of a group have the same columns for the same roles."""
        groups: dict[tuple[str, ...], list[OrderFile]] = {}
        for file in self.files:
            names = tuple(normalized(column.name) for column in _columns([file]))
            groups.setdefault(names, []).append(file)
        return [*groups.values()]

    def _predict(self, column: _Column, found: Sequence[_Found]) -> None:
        """Predict the form of a column from the first orders of its files."""
        decision = self._decision(column, found)
        if isinstance(decision, Undecided):
            self.needs_examination = True
            return
        if isinstance(decision, Contradiction):
            self.needs_examination = True
            decision = decision.form
        self._set(column, found, decision)

    def _decide(self, column: _Column, found: Sequence[_Found], decision: Any) -> None:
        """Store the form that was decided for a column, or raise InvalidData if there is no single one."""
        if isinstance(decision, Undecided):
            file = found[0].file.name
            self.question = Question(file, column.name, column.has_dates, *decision)
            raise InvalidData(self.question.problem, code="AMBIGUOUS_FORM", hint=self.question.hint)
        if isinstance(decision, Contradiction):
            self._check_same(column, found)
            _check_currencies(column, found, decision)
            # In one file, the values that fewer orders have are faults, which are located.
            decision = decision.form
        self._set(column, found, decision)

    def _form_of_sums(
        self, engine: Engine, mode: ReadMode, column: _Column, found: Sequence[_Found]
    ) -> AmountForm | None:
        """Return the only form in which a last line is the sum of the others; None without one."""
        forms: list[AmountForm] = []
        for mark in Decimal:
            form = self._decision(column, found, required=mark)
            for file in (one.file for one in found) if isinstance(form, AmountForm) else ():
                position = _position(file, column)
                amount = tuple(term for term in file.roles.amount_terms if term.position == position)
                # Refunds have their own sum, which is looked at as if they were the amounts.
                roles = file.roles._replace(amount=amount)
                forms_of_file = dict(file.amount_forms) | {position: form}
                read = file._replace(roles=roles, amount_forms=tuple(forms_of_file.items()))
                if total_line(engine, read, mode):
                    forms.append(form)
                    break
        return forms[0] if len(forms) == 1 else None

    def _decision(self, column: _Column, found: Sequence[_Found], required: Decimal | None = None) -> Any:
        """Decide the form of a column: a form, Undecided, or Contradiction.

        `required` is the decimal mark of amounts; None is the one that the user chose, if any.
        """
        usual = found[0].file.roles.forms
        first, *others = (one.evidence for one in found)
        evidence: Any = first
        for one in others:
            evidence += one
        if column.has_dates:
            return decide_dates(evidence, usual=usual.date_order or None, required=self._reading.date_order)
        unit = self._reading.unit or usual.amount_unit or AmountUnit.MAJOR
        return decide_amounts(
            evidence,
            usual=usual.decimal or None,
            required=required or self._reading.decimal,
            unit=unit,
            currencies=frozenset().union(*(one.currencies for one in found)),
        )

    def _set(self, column: _Column, found: Sequence[_Found], form: Any) -> None:
        """Store the form of a column in its files."""
        doubtful = self._reading.decimal is None and all(one.is_doubtful for one in found)
        if example := next(filter(None, (one.example(form) for one in found)), ""):
            self._examples[normalized(column.name)] = example
        if isinstance(form, AmountForm) and _has_currency(found):
            form = form._replace(sign=None)  # the currency of each order is checked
        for one in found:
            index = next(i for i, file in enumerate(self.files) if file.readable == one.file.readable)
            file = self.files[index]
            if column.has_dates:
                self.files[index] = file._replace(date_form=form)
                continue
            position = _position(file, column)
            forms = dict(file.amount_forms) | {position: form}
            others = [other for other in file.doubtful if other != position]
            self.files[index] = file._replace(
                amount_forms=tuple(sorted(forms.items())),
                doubtful=tuple([*others, position] if doubtful else others),
            )

    def _check_same(self, column: _Column, found: Sequence[_Found]) -> None:
        """Raise InvalidData if two files contradict each other, of which each has one form."""
        forms = [(self._decision(column, [one]), one) for one in found]
        # Files of the same form do not contradict each other: one of them is compared. Different forms may
        # be compatible, such as plain amounts and those with thousands marks.
        first_by_form: dict[Any, _Found] = {}
        for form, one in forms:
            if not isinstance(form, Contradiction | Undecided):
                first_by_form.setdefault(form, one)
        for pair in combinations(first_by_form.values(), 2):
            decision = self._decision(column, pair)
            if isinstance(decision, Contradiction):
                kind = "dates" if column.has_dates else "amounts"
                files = " and ".join(one.file.name for one in pair)
                raise InvalidData(
                    f"{files} write the {kind} in {quoted(column.name)} in different ways, "
                    f"such as {quoted(decision.first)} and {quoted(decision.second)}",
                    hint="Read them in separate runs.",
                )


def _has_currency(found: Sequence[_Found]) -> bool:
    """Return whether the files of a column tell the currency of their orders, which is checked."""
    return all(one.file.roles.telling(OrderField.CURRENCY) for one in found)


def _check_currencies(column: _Column, found: Sequence[_Found], decision: Contradiction[Any]) -> None:
    """Raise InvalidData if amounts have signs of several currencies, unless a column tells the currency."""
    if decision.subject == CURRENCIES and not _has_currency(found):
        raise InvalidData(
            f"{', '.join(one.file.name for one in found)}: {quoted(column.name)} has several currencies, "
            f"such as {quoted(decision.first)} and {quoted(decision.second)}",
            hint="Add a column currency, and count the orders in one of them: --currency CODE",
        )


def _columns(group: Sequence[OrderFile]) -> list[_Column]:
    """Return the columns of a group of files whose forms are decided."""
    file = group[0]
    amounts = [_Column(file.names[term.position]) for term in file.roles.amount_terms]
    dates = [
        _Column(file.names[position], has_dates=True) for position in file.roles.columns(OrderField.DATE)
    ]
    return [*dict.fromkeys(amounts), *dates[:1]]


def _position(file: OrderFile, column: _Column) -> int:
    """Return the position of a column in one of the files of its group."""
    positions = [term.position for term in file.roles.amount_terms]
    if column.has_dates:
        positions = [*file.roles.columns(OrderField.DATE)]
    name = normalized(column.name)
    return next(position for position in positions if normalized(file.names[position]) == name)


def _sampled(file: OrderFile, column: _Column) -> _Found:
    """Return the evidence about a column from the first orders of a file."""
    sample = file.sample[:MAX_SAMPLE]
    if column.has_dates:
        positions = file.roles.columns(OrderField.DATE)
        texts = (next((row[p] for p in positions if row[p]), "") for row in sample)
        return _Found(file, DateEvidence.from_texts(text for text in texts if text))
    position = _position(file, column)
    values = [row[position] for row in sample if row[position]]
    numbers = [value for value in values if isinstance(value, Number)]
    evidence = AmountEvidence.from_texts(map(_unmistakable, values))
    is_decided = bool(evidence.point or evidence.comma) or (bool(values) and len(numbers) == len(values))
    if file.layout is Layout.PARQUET:
        is_decided = file.types[position] != "VARCHAR"
    currencies = {row[p].upper() for p in file.roles.columns(OrderField.CURRENCY) for row in sample if row[p]}
    named = {file.roles.currency} - {""}
    return _Found(file, evidence, is_doubtful=not is_decided, currencies=frozenset(currencies | named))


def _with_suspects(file: OrderFile, column: _Column, rows: Sequence[FaultyRow]) -> _Found:
    """Return the evidence about a column from the first orders, and from rows that do not fit it."""
    found = _sampled(file, column)
    evidence: Any = found.evidence
    if column.has_dates:
        texts = [row.date for row in rows if row.date and not row.is_dated]
        return found._replace(evidence=evidence + DateEvidence.from_texts(texts))
    position = _position(file, column)
    texts = [row.texts[position] for row in rows if position in row.unreadable and row.texts[position]]
    numbers = [position in row.numbers for row in rows if position in row.unreadable and row.texts[position]]
    values = (Number(text) if is_number else text for text, is_number in zip(texts, numbers, strict=True))
    return found._replace(evidence=evidence + AmountEvidence.from_texts(map(_unmistakable, values)))


def _unmistakable(text: str) -> str:
    """Return the text of an amount; a JSON number with three decimals gets a zero: they are no group."""
    _, _, decimals = text.partition(".")
    return f"{text}0" if isinstance(text, Number) and len(decimals) == GROUP else text


def _examined(engine: Engine, file: OrderFile, mode: ReadMode, column: _Column) -> _Found:
    """Return the evidence about a column from all orders of a file."""
    # JSON types tell numbers from strings.
    reader = Reader([file], mode, typed=True)
    if column.has_dates:
        key = DateEvidence.key_sql(reader.field_text(OrderField.DATE))
        keys = f"SELECT {key} AS key, count(*) AS number FROM {reader.source()} GROUP BY key"
        (row,) = engine.rows(f"SELECT {DateEvidence.sql('key', 'number')} FROM ({keys})")
        return _Found(file, DateEvidence.from_row(row))
    position = _position(file, column)
    aggregates = AmountEvidence.sql(reader.text(position), reader.is_text(position))
    (row,) = engine.rows(f"SELECT {aggregates} FROM {reader.source()}")
    currency = f"coalesce(upper({reader.field_text(OrderField.CURRENCY)}), '')"
    currencies = engine.rows(f"SELECT DISTINCT {currency} FROM {reader.source()} LIMIT {MAX_CURRENCIES}")
    found = frozenset(one for (one,) in currencies if one)
    return _Found(file, AmountEvidence.from_row(row), currencies=found)
