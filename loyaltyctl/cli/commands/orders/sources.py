"""`loyaltyctl orders sources`: list the exports that are recognized, or the columns of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.inputs.order_source import AmountBase, Lines, OrderSource
from loyaltyctl.contract.json_values import camel_case
from loyaltyctl.contract.outputs.orders import Source, SourceRole
from loyaltyctl.errors import NotFound
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.render.views import Column, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.contract.inputs.order_source import Amount

Name = Annotated[str | None, Argument(metavar="[SOURCE]", help="The export to describe.", show_default=False)]

_SOURCES = View[Source](
    columns=(
        Column("NAME", lambda one: one.name, whole=True),
        Column("TITLE", lambda one: one.title),
        Column("LINE", lambda one: one.line),
    ),
    output=lambda one: one,
    id=lambda one: one.name,
    output_type=Source,
)
_ROLES = View[SourceRole](
    columns=(
        Column("ROLE", lambda one: one.role, whole=True),
        Column("COLUMN", lambda one: ", ".join(one.names), whole=True),
    ),
    output=lambda one: one,
    id=lambda one: one.role,
    output_type=SourceRole,
)


def sources(ctx: Context, name: Name = None) -> None:
    """List the exports that are recognized, or the columns of one.

    An export is recognized by its columns; --source NAME overrides that. Columns are
    compared without case, blanks and punctuation; the first that a file has is read. Any
    other file is plain: its columns may have usual names in ten languages.

    Examples:
      loyaltyctl orders sources
      loyaltyctl orders sources plain
    """
    from loyaltyctl.orders.sources.descriptions import read_catalog

    catalog = read_catalog()
    if name is None:
        listed = [Source(one.name, one.title, one.lines or Lines.ORDERS) for one in catalog.values()]
        ctx.output.show_all(listed, _SOURCES)
        return
    if name not in catalog:
        raise NotFound(
            f"there is no order source {quoted(name)}{did_you_mean(name, catalog)}",
            hint="List them with: loyaltyctl orders sources",
        )
    ctx.output.show_all([*_roles(catalog[name])], _ROLES)


def _roles(source: OrderSource) -> Iterator[SourceRole]:
    """Yield the roles in an order source, with the names that their columns may have."""
    for base in AmountBase:
        if amounts := getattr(source.amounts, base):
            yield SourceRole(f"amount ({base})", [_in_words(amount) for amount in amounts])
    for role, names in source.columns._asdict().items():
        if names:
            yield SourceRole(camel_case(role), names)


def _in_words(amount: Amount) -> str:
    """Return the columns of an amount in words: `Item Total - Coupon`."""
    return " - ".join([" + ".join(amount.add), *(amount.subtract or ())])
