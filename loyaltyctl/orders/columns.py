"""Columns of the order table: those of its files, and what all files have together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.contract.inputs.order_source import AmountBase
from loyaltyctl.contract.order_fields import OrderField
from loyaltyctl.orders.order_sql import RESTAURANT_TRIGGERS
from loyaltyctl.orders.sources.descriptions import PLAIN

if TYPE_CHECKING:
    from loyaltyctl.orders.column_forms import ColumnForms
    from loyaltyctl.orders.file_sql import ReadMode
    from loyaltyctl.orders.files import OrderFile


class OrderColumns:
    """Columns of the order table, by the roles of the columns in its files."""

    _forms: ColumnForms
    """The files of the order table, with the forms of their columns."""
    _mode: ReadMode
    """The mode in which they are read."""

    @property
    def files(self) -> list[OrderFile]:
        """The files of the order table, with the roles and forms of their columns."""
        return self._forms.files

    @property
    def columns(self) -> dict[OrderField, str]:
        """The column of each field of an order in the first file of the order table."""
        file = self.files[0]
        found = {field: file.roles.columns(field) for field in OrderField}
        return {field: file.names[positions[0]] for field, positions in found.items() if positions}

    @property
    def amount_columns(self) -> list[tuple[str, int]]:
        """The columns of the amount in the first file, each with its sign: 1 is added, -1 subtracted."""
        file = self.files[0]
        terms = file.roles.subtotal if self._is_of_restaurants else file.roles.amount
        return [(file.names[term.position], term.sign) for term in terms or file.roles.amount]

    @property
    def refund_columns(self) -> list[tuple[str, str]]:
        """The columns in the first file that tell the refunds of orders, each with its role."""
        file = self.files[0]
        terms = ((file.roles.refund, "refund"), (file.roles.adjusted, "adjusted"))
        return [(file.names[term.position], role) for term, role in terms if term]

    @property
    def base(self) -> AmountBase | None:
        """The amount that earns points, if a file of the order table has several; else None.

        It is the subtotal if that is the default for the trigger of all orders.
        """
        several = [file.roles for file in self.files if len(file.roles.bases) > 1]
        if several and several[0].subtotal and self._is_of_restaurants:
            return AmountBase.SUBTOTAL
        return several[0].base if several else None

    @property
    def titles(self) -> list[str]:
        """The titles of the exports that the files of the order table are, without plain files."""
        exports = (file.roles for file in self.files if file.roles.source != PLAIN)
        return [*dict.fromkeys(roles.title for roles in exports)]

    @property
    def _is_of_restaurants(self) -> bool:
        """Whether the trigger of all orders is one of restaurants, whose subtotals earn points."""
        return self._mode.trigger in RESTAURANT_TRIGGERS

    def some_have(self, field: OrderField) -> bool:
        """Return whether at least one file of the order table tells a field of its orders by its columns."""
        return any(file.roles.telling(field) for file in self.files)

    def files_without(self, field: OrderField) -> list[OrderFile]:
        """Return the files of the order table that do not tell a field of their orders."""
        # The apps that sold the items of an order tell its trigger.
        return [
            file
            for file in self.files
            if not file.roles.telling(field)
            and not (field is OrderField.TRIGGER and file.roles.apps is not None)
        ]
