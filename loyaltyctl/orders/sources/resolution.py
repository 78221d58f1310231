"""Find the columns of an order file that play the roles of its source."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.inputs.order_source import AmountBase, Condition
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.sources.names import normalized

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from loyaltyctl.contract.inputs.order_source import Amount, OrderSource


class Role(StrEnum):
    """Role that a column of an order file plays: a member of `columns` in the description of a source."""

    ORDER_ID = "order_id"
    DATE = "date"
    CURRENCY = "currency"
    STATUS = "status"
    MEMBER = "member"
    TIER = "tier"
    TRIGGER = "trigger"
    REFUND = "refund"
    ADJUSTED = "adjusted"
    APPS = "apps"


class Column(NamedTuple):
    """Column of an order file that its source uses: its position and name in the file.

    `is_per_line` is true for amounts of an item, which are summed to those of the order.
    """

    position: int
    name: str
    is_per_line: bool = False


class ResolvedAmount(NamedTuple):
    """Amount of an order, calculated from columns of a file: those added, and those subtracted."""

    add: tuple[Column, ...]
    subtract: tuple[Column, ...] = ()


class ResolvedCondition(NamedTuple):
    """Condition for an order to count, and the column of the file that it is on."""

    column: Column
    condition: Condition


class Ambiguity(NamedTuple):
    """Columns of an order file of which a source wants one: their names are equal after normalization.

    `part` is the role or the amount that needs the column; None for a condition.
    """

    part: Role | AmountBase | None
    columns: tuple[Column, ...]


class Resolved(NamedTuple):
    """Columns of an order file by the description of its source. A part without columns is left out."""

    columns: Mapping[Role, tuple[Column, ...]]
    """One column a role; for a date and the apps all: where the first is blank, the next one is read."""
    amounts: Mapping[AmountBase, ResolvedAmount]
    counted: tuple[ResolvedCondition, ...]
    refund_lines: tuple[ResolvedCondition, ...] = ()
    """The condition for lines of refunds; empty without one."""
    ambiguous: tuple[Ambiguity, ...] = ()

    def check_unambiguous(self, file: str, parts: Collection[Role | AmountBase]) -> None:
        """Raise InvalidData if two columns of the order file have the name of one that is needed.

        `parts` are the roles and amounts that the run needs; the columns of conditions are always needed.
        """
        for part, columns in self.ambiguous:
            if part is None or part in parts:
                named = " or ".join(f"{quoted(one.name)} (column {one.position + 1})" for one in columns)
                raise InvalidData(
                    f"{file}: the {_described(part)} may be in {named}", hint=_hint(part, columns)
                )


RENAME = "Rename or remove one of them in the file."
"""Hint for columns of an order file that no option tells apart."""
_ALL_COLUMNS = (Role.DATE, Role.APPS)
"""Roles of which all columns are read, not only the first that the file has."""
_ADDED_BY_USERS = (Role.TIER, Role.TRIGGER)
"""Roles whose columns no shop exports, but that people add to an export for the backtest."""


def resolve(source: OrderSource, header: Sequence[tuple[int, str]], usual: OrderSource) -> Resolved:
    """Return the columns of an order file by the parts of its source's description.

    `header` has the position and the name of each column of the file. `usual` is the plain source, whose
    names for tier and trigger apply to all files. Of several alternatives for an amount, the first whose
    columns are all in the file is taken; a condition on a column that the file lacks is left out.
    """
    return _Resolver(source, header).resolve(usual)


def amount_candidates(source: OrderSource, header: Sequence[tuple[int, str]]) -> list[Column]:
    """Return the columns of an order file that may be the total of an order in the plain source.

    They are those of all alternatives of one column each, the preferred one first.
    """
    resolver = _Resolver(source, header)
    alternatives = [amount.add for amount in source.amounts.total or () if len(amount.add) == 1]
    return [column for (name,) in alternatives for column in resolver.named(name)]


class _Resolver:
    """Finder of the columns of one order file by the names in the description of its source."""

    def __init__(self, source: OrderSource, header: Sequence[tuple[int, str]]) -> None:
        """Index the columns of the file by their normalized names; unnamed columns are not found."""
        self._source = source
        per_line = {normalized(name) for name in source.per_line or ()}
        self._by_name: dict[str, list[Column]] = {}
        for position, name in header:
            key = normalized(name)
            self._by_name.setdefault(key, []).append(Column(position, name, key in per_line))
        self._by_name.pop("", None)
        self._ambiguous: list[Ambiguity] = []

    def named(self, name: str) -> tuple[Column, ...]:
        """Return all columns of the file with a name; several if the names are equal after normalization."""
        return tuple(self._by_name.get(normalized(name), ()))

    def resolve(self, usual: OrderSource) -> Resolved:
        """Return the columns of the file for all parts of the description of its source."""
        wanted = {role: getattr(self._source.columns, role) or () for role in Role}
        for role in _ADDED_BY_USERS:
            wanted[role] = wanted[role] or getattr(usual.columns, role) or ()
        columns = {role: self._columns(role, names) for role, names in wanted.items()}
        # A column such as "Refunded?" answers a question; it has no amounts.
        if any(column.name.rstrip().endswith("?") for column in columns[Role.REFUND]):
            columns[Role.REFUND] = ()
        amounts = {base: self._amount(base, getattr(self._source.amounts, base) or ()) for base in AmountBase}
        return Resolved(
            {role: found for role, found in columns.items() if found},
            {base: amount for base, amount in amounts.items() if amount},
            self._conditions(self._source.counted or ()),
            self._conditions(self._source.refund_lines or ())[:1],
            tuple(self._ambiguous),
        )

    def _conditions(self, conditions: Sequence[Condition]) -> tuple[ResolvedCondition, ...]:
        """Return the conditions whose columns the file has, with these columns."""
        return tuple(
            ResolvedCondition(column, condition)
            for condition in conditions
            for column in self._only(None, [condition.column])
        )

    def _columns(self, role: Role, names: Sequence[str]) -> tuple[Column, ...]:
        """Return the columns of a role: the first that the file has, or all of those of a date."""
        present = [*{self.named(name): name for name in names if self.named(name)}.values()]
        return self._only(role, present if role in _ALL_COLUMNS else present[:1])

    def _amount(self, base: AmountBase, alternatives: Sequence[Amount]) -> ResolvedAmount | None:
        """Return the first alternative of an amount whose columns are all in the file, None without one."""
        for amount in alternatives:
            names = [*amount.add, *(amount.subtract or ())]
            if all(map(self.named, names)):
                columns = self._only(base, names)
                split = len(amount.add)
                return ResolvedAmount(columns[:split], columns[split:]) if columns else None
        return None

    def _only(self, part: Role | AmountBase | None, names: Sequence[str]) -> tuple[Column, ...]:
        """Return the only column of the file with each name; empty if one is ambiguous, which is noted.

        Names that the file lacks are left out.
        """
        found = [columns for columns in map(self.named, names) if columns]
        unclear = [Ambiguity(part, columns) for columns in found if len(columns) > 1]
        self._ambiguous += unclear
        return () if unclear else tuple(columns[0] for columns in found)


def _described(part: Role | AmountBase | None) -> str:
    """Return the words for a part of a source's description in an error: `order id`, `amount (total)`."""
    if part is None:
        return "column of a condition to count orders"
    return f"amount ({part})" if isinstance(part, AmountBase) else part.replace("_", " ")


def _hint(part: Role | AmountBase | None, columns: Sequence[Column]) -> str:
    """Return the advice for ambiguous columns: the option of the part, if it can tell them apart."""
    field = OrderField.AMOUNT.column if isinstance(part, AmountBase) else part
    options = [one.option for one in OrderField if one.column == field]
    if options and len({column.name for column in columns}) == len(columns):
        return f"Name the column: {options[0]} NAME"
    return RENAME
