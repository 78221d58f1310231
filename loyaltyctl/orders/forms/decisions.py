"""Results of a decision about the form of a column, other than a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from loyaltyctl.contract.inputs.order_source import DateOrder

Form = TypeVar("Form")


class Undecided(NamedTuple):
    """Result for a column all of whose values have two readings: the user must choose the form."""

    example: str
    """A value with two readings, such as `1,234` or `03/04/2025`."""
    date_orders: tuple[DateOrder, ...] = ()
    """The orders of day, month and year that fit all dates; none for amounts."""


class Contradiction(NamedTuple, Generic[Form]):
    """Result for a column in which no form fits all values that look like amounts or dates."""

    subject: str
    """The property in which the values differ, such as "decimal marks"."""
    first: str
    """A value that fits `form`."""
    second: str
    """A value that does not."""
    form: Form
    """The form that more of the values fit. If it is used, the others are faults."""
