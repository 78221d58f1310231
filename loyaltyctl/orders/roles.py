"""Roles of the columns of an order file: by the description of its source, and by the user's options."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.inputs.order_source import AmountBase, Forms, Lines
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.forms.currencies import CODES
from loyaltyctl.orders.named_currencies import named_currency, split_name, without_currency
from loyaltyctl.orders.sources.descriptions import PLAIN, named_columns, read_catalog
from loyaltyctl.orders.sources.names import normalized
from loyaltyctl.orders.sources.recognition import recognize
from loyaltyctl.orders.sources.resolution import RENAME, Column, Role, amount_candidates, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from loyaltyctl.contract.inputs.order_source import OrderSource
    from loyaltyctl.orders.selection import Selection
    from loyaltyctl.orders.sources.resolution import Resolved, ResolvedAmount, ResolvedCondition

NO_COLUMN = "none"
"""Value of a column option for a field that is not read, even if a column has one of its usual names."""
SHOWN = 20
"""Maximum number of columns of an order file that an error lists."""


class Term(NamedTuple):
    """Term of an amount: a column that is added or subtracted.

    `is_per_line` is true if the column has an amount for each item of an order.
    """

    position: int
    sign: int = 1
    is_per_line: bool = False


class ColumnCondition(NamedTuple):
    """Condition on a column: its text is one of the values `one_of`, and none of those in `none_of`.

    No values mean any text. They are compared without case and surrounding blanks; "" is a blank cell.
    """

    position: int
    one_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    """Triggers to whose orders the condition does not apply."""


class Roles(NamedTuple):
    """Roles of the columns of an order file; columns are given by their positions."""

    source: str = PLAIN
    title: str = ""
    fields: tuple[tuple[OrderField, tuple[int, ...]], ...] = ()
    """The columns of each field but the amount: where the first is blank, the next one is read."""
    base: AmountBase = AmountBase.TOTAL
    amount: tuple[Term, ...] = ()
    subtotal: tuple[Term, ...] = ()
    """The terms of the amount that restaurant triggers count, if it differs from `amount`."""
    bases: tuple[AmountBase, ...] = ()
    """The amounts that the file has by its source; none if the user chose the column."""
    refund: Term | None = None
    adjusted: Term | None = None
    adjusted_from: tuple[Term, ...] = ()
    """The terms of the total, of which `adjusted` is what refunds have left; empty without `adjusted`."""
    apps: int | None = None
    conditions: tuple[ColumnCondition, ...] = ()
    """The conditions that all must hold for an order to count."""
    refund_lines: ColumnCondition | None = None
    """The condition that a line is a refund: it is no item of its order, or has a negative amount."""
    is_grouped: bool = False
    """If true, several lines may be one order."""
    forms: Forms = Forms()
    named_currency: str = ""
    """The currency that the names of the columns of the amount tell: a code, or a sign that several share."""

    @property
    def currency(self) -> str:
        """The code of the currency of all orders, if no column has that of each; blank if it is not known."""
        is_known = self.named_currency in CODES and not self.columns(OrderField.CURRENCY)
        return self.named_currency if is_known else ""

    def telling(self, field: OrderField) -> tuple[int, ...]:
        """Return the columns that tell a field of an order: its own, or those of the amount by their name."""
        is_named = field is OrderField.CURRENCY and self.currency
        return self.columns(OrderField.AMOUNT if is_named else field)

    def columns(self, field: OrderField) -> tuple[int, ...]:
        """Return the columns of a field of an order."""
        if field is OrderField.AMOUNT:
            return tuple(term.position for term in self.amount)
        return dict(self.fields).get(field, ())

    @property
    def amount_terms(self) -> tuple[Term, ...]:
        """All columns with amounts that are read: those of the amount, and those of refunds."""
        others = [term for term in (self.refund, self.adjusted) if term]
        return tuple(dict.fromkeys([*self.amount, *self.subtotal, *others, *self.adjusted_from]))


def normalized_names(selection: Selection) -> frozenset[str]:
    """Return the normalized names of all columns of order sources, and those that the user chose."""
    sources = [*read_catalog().values(), *filter(None, [selection.reading.source])]
    names = [name for source in sources for name in named_columns(source)]
    return frozenset(normalized(name) for name in (*names, *selection.columns.values())) - {""}


def known_names(selection: Selection) -> Callable[[str], bool]:
    """Return the test whether a text is the name of a column, by an order source or an option of the user."""
    known = normalized_names(selection)
    chosen = {*selection.columns.values()}
    return lambda text: (
        text in chosen or normalized(text) in known or normalized(split_name(text).rest) in known
    )


def missing_names(roles: Roles, selection: Selection) -> list[str]:
    """Return the usual names of the columns for fields and refunds that a file lacks, and of conditions.

    Fields that the user chose or the run does not use are left out, and the status unless the selection
    depends on it.
    """
    usual = read_catalog()[PLAIN].columns
    source = selection.reading.source or read_catalog()[roles.source]
    unused = {OrderField.AMOUNT, OrderField.STATUS, *selection.unused} - {*selection.filters}
    fields = (field for field in OrderField if field not in unused and field not in selection.columns)
    missing = [getattr(usual, field.column) for field in fields if not roles.columns(field)]
    if not (roles.refund or roles.adjusted):
        missing += [usual.refund, source.columns.refund, source.columns.adjusted]
    missing.append([condition.column for condition in source.counted or ()])
    return [name for names in missing for name in names or ()]


def match_columns(names: Sequence[str], selection: Selection, file: str) -> Roles:
    """Return the roles of the columns of an order file, whose names are given.

    Raises UsageError if the file lacks a column that the user chose, InvalidData if it is not clear which
    source the file is, or which column has the amount.
    """
    source = _source_of(names, selection, file)
    usual = read_catalog()[PLAIN]
    resolved = resolve(source, [*enumerate(names)], usual)
    if source is usual:
        # The names as they are come first: a file may have both "Total" and "Amount (USD)".
        others = resolve(source, [*enumerate(without_currency(names))], usual)
        resolved = resolved._replace(
            columns={**others.columns, **resolved.columns}, amounts={**others.amounts, **resolved.amounts}
        )
    chosen = {field: _chosen_column(names, field, name, file) for field, name in selection.columns.items()}
    return _Matching(file, names, source, resolved, chosen, selection).roles()


def _source_of(names: Sequence[str], selection: Selection, file: str) -> OrderSource:
    """Return the order source of a file: the user's choice, the one that the columns identify, or PLAIN."""
    if selection.reading.source:
        return selection.reading.source
    fitting = recognize(names, read_catalog())
    if len(fitting) > 1:
        listed = ", ".join(one.name for one in fitting)
        raise InvalidData(
            f"{file} may be several exports: {listed}", hint=f"Say which: --source {fitting[0].name}"
        )
    return fitting[0] if fitting else read_catalog()[PLAIN]


def _chosen_column(names: Sequence[str], field: OrderField, name: str, file: str) -> int | None:
    """Return the position of the column that the user chose for a field; None for NO_COLUMN."""
    if name in names:
        _check_once(names, name, file)
        return names.index(name)
    if name.lower() == NO_COLUMN and field is not OrderField.AMOUNT:
        return None
    advice = did_you_mean(name, names, f"its columns are {listed_columns(names)}")
    raise UsageError(f"{file} has no column {quoted(name)} ({field.option}){advice}")


def _check_once(names: Sequence[str], name: str, file: str) -> None:
    """Raise InvalidData if an order file has two columns of one name, which no option tells apart."""
    if names.count(name) > 1:
        raise InvalidData(f"{file}: the column {quoted(name)} appears twice", hint=RENAME)


class _Matching(NamedTuple):
    """Matching of the columns of one order file with its source and the choices of the user."""

    file: str
    names: Sequence[str]
    source: OrderSource
    resolved: Resolved
    chosen: dict[OrderField, int | None]
    selection: Selection

    def roles(self) -> Roles:
        """Return the roles of the columns. Raises InvalidData if it is not clear which one has the amount."""
        lines = self.selection.reading.lines
        base, amount = self._amount()
        columns = self.resolved.columns
        fields = {field: self._field_columns(field) for field in OrderField if field is not OrderField.AMOUNT}
        is_chosen = OrderField.AMOUNT in self.chosen
        bases = [] if is_chosen else [base, *([AmountBase.TOTAL] if Role.ADJUSTED in columns else [])]
        self.resolved.check_unambiguous(self.file, [*self._used_roles(), *bases])
        subtotal = self.resolved.amounts.get(AmountBase.SUBTOTAL)
        is_default = self.selection.reading.base is None and not is_chosen
        self._check_divisor(amount)
        roles = Roles(
            source=self.source.name,
            title=self.source.title,
            fields=tuple((field, positions) for field, positions in fields.items() if positions),
            base=base,
            amount=amount,
            subtotal=self._terms(subtotal) if subtotal and is_default else (),
            bases=() if is_chosen else tuple(self.resolved.amounts),
            refund=self._optional_term(columns.get(Role.REFUND)),
            adjusted=self._optional_term(columns.get(Role.ADJUSTED)),
            adjusted_from=self._adjusted_from(amount),
            apps=next((one.position for one in columns.get(Role.APPS, ())), None),
            conditions=tuple(self._conditions()),
            refund_lines=next(map(_column_condition, self.resolved.refund_lines), None),
            is_grouped=lines is not None or self.source.lines is Lines.ITEMS,
            forms=self.source.forms or Forms(),
            named_currency=named_currency(self.names[term.position] for term in amount),
        )
        if roles.is_grouped and not roles.columns(OrderField.ORDER_ID):
            raise InvalidData(
                f"{self.file} has no column for the order id, which tells the lines of an order",
                hint=f"Name the column: {OrderField.ORDER_ID.option} NAME",
            )
        return roles

    def _check_divisor(self, amount: Sequence[Term]) -> None:
        """Raise InvalidData for an amount beside a member `divisor`, unless the user gave its unit.

        APIs such as that of Etsy write 19.90 as {"amount": 1990, "divisor": 100}.
        """
        if self.selection.reading.unit is not None:
            return
        for term in amount:
            outer, _, _ = self.names[term.position].rpartition(".")
            if outer and f"{outer}.divisor" in self.names:
                raise InvalidData(
                    f"{self.file}: {quoted(f'{outer}.divisor')} divides the amounts",
                    hint="If it is that of the minor unit, such as 100 for USD: --amount-unit minor",
                )

    def _used_roles(self) -> list[Role]:
        """Return the roles that the run uses, and whose columns the source determines, not the user."""
        unused = self.selection.unused - {*self.selection.filters}
        others = {field.column for field in (*self.chosen, *unused)}
        return [role for role in Role if role not in others]

    def _field_columns(self, field: OrderField) -> tuple[int, ...]:
        """Return the columns of a field: the one that the user chose, or those that the source has."""
        if field in self.chosen:
            position = self.chosen[field]
            return () if position is None else (position,)
        return tuple(one.position for one in self.resolved.columns.get(Role(field.column), ()))

    def _amount(self) -> tuple[AmountBase, tuple[Term, ...]]:
        """Return the base of the amount, and its terms."""
        position = self.chosen.get(OrderField.AMOUNT)
        asked = self.selection.reading.base
        if position is not None:
            return AmountBase.TOTAL, (self._term(self._column(position)),)
        # One's own description may have the name of a built-in one.
        if self.source is read_catalog()[PLAIN] and asked in (None, AmountBase.TOTAL):
            candidates = self._amount_candidates()
            check_amount_column(candidates, self.names, self.file)
            return AmountBase.TOTAL, (self._term(candidates[0]),)
        amounts = self.resolved.amounts
        base = asked or next(iter(amounts), AmountBase.TOTAL)
        if base in amounts:
            return base, self._terms(amounts[base])
        self.resolved.check_unambiguous(self.file, [base])
        others = f", or give --amount-base {' or '.join(amounts)}" if amounts else ""
        raise InvalidData(
            f"{self.file} ({self.source.title}) has no columns for the amount ({base}); "
            f"its columns are {listed_columns(self.names)}",
            hint=f"Name the column of the amount: {OrderField.AMOUNT.option} NAME{others}",
        )

    def _amount_candidates(self) -> list[Column]:
        """Return the columns that may have the amount by their names, or else by these without a currency."""
        if found := amount_candidates(self.source, [*enumerate(self.names)]):
            return found
        others = amount_candidates(self.source, [*enumerate(without_currency(self.names))])
        return [self._column(one.position) for one in others]

    def _column(self, position: int) -> Column:
        """Return the column at a position; it is per line if the source says so."""
        per_line = {normalized(name) for name in self.source.per_line or ()}
        name = self.names[position]
        return Column(position, name, normalized(name) in per_line)

    def _term(self, column: Column, sign: int = 1) -> Term:
        """Return the term of an amount for a column; --lines overrides what the source says of lines."""
        lines = self.selection.reading.lines
        per_line = column.is_per_line if lines is None else lines is Lines.ITEMS
        return Term(column.position, sign, per_line)

    def _terms(self, amount: ResolvedAmount) -> tuple[Term, ...]:
        """Return the terms of an amount of the source."""
        added = [self._term(column) for column in amount.add]
        return (*added, *(self._term(column, -1) for column in amount.subtract))

    def _optional_term(self, columns: Sequence[Column] | None) -> Term | None:
        """Return the term for the only column of a role; None if the file lacks it."""
        return self._term(columns[0]) if columns else None

    def _adjusted_from(self, amount: tuple[Term, ...]) -> tuple[Term, ...]:
        """Return the terms of the total before refunds; those of the amount if the file has no total."""
        if Role.ADJUSTED not in self.resolved.columns:
            return ()
        total = self.resolved.amounts.get(AmountBase.TOTAL)
        return self._terms(total) if total else amount

    def _conditions(self) -> Iterator[ColumnCondition]:
        """Yield the conditions of the source for an order to count; --status replaces the one on it."""
        asked = OrderField.STATUS in self.selection.filters
        status = self._field_columns(OrderField.STATUS)
        for one in self.resolved.counted:
            if not (asked and one.column.position in status):
                yield _column_condition(one)


def _column_condition(resolved: ResolvedCondition) -> ColumnCondition:
    """Return a condition of the source on a column of the file."""
    condition = resolved.condition
    one_of, none_of = (
        tuple(value.strip() for value in values or ()) for values in (condition.one_of, condition.none_of)
    )
    return ColumnCondition(resolved.column.position, one_of, none_of, tuple(condition.not_for or ()))


def check_amount_column(candidates: Sequence[Column], names: Sequence[str], file: str) -> None:
    """Raise InvalidData unless it is clear which column of a plain order file has the amount.

    `candidates` are the columns with a usual name. If there are several, one of them must be named `amount`.
    """
    # The amount is never guessed: one column may include tax and shipping, and another may not.
    hint = f"Name the column of the amount: {OrderField.AMOUNT.option} NAME"
    if not any(names):
        raise InvalidData(f"{file} has no columns: its orders are empty", hint="Export the orders again.")
    if not candidates:
        raise InvalidData(
            f"{file} has no column for the amount; its columns are {listed_columns(names)}", hint=hint
        )
    named_amount = [one for one in candidates if normalized(one.name) == OrderField.AMOUNT]
    if len(candidates) > 1 and (len(named_amount) != 1 or candidates[0] != named_amount[0]):
        _check_once([one.name for one in candidates], candidates[0].name, file)
        listed = listed_columns([one.name for one in candidates])
        raise InvalidData(f"{file}: the amount may be {listed}", hint=hint)


def listed_columns(names: Sequence[str]) -> str:
    """Return the first columns of an order file as a list for an error message."""
    # A list has its members twice: those of all items, and those of the first.
    named = [name for name in names if name and "[0]." not in name]
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    return ", ".join(quoted(name) for name in named[:SHOWN]) + more
