"""Tables about files of orders, from the catalog of order sources: known exports, and headings of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.orders.sources.descriptions import PLAIN, read_catalog

if TYPE_CHECKING:
    from collections.abc import Iterable


def exports() -> list[tuple[str, str]]:
    """Return the exports of orders that are recognized: the name for --source, and the title."""
    return [(name, f"{source.title}.") for name, source in read_catalog().items() if name != PLAIN]


def headings() -> list[tuple[str, str]]:
    """Return the headings of columns that a plain file of orders may have, by role, in all known languages."""
    plain = read_catalog()[PLAIN]
    columns = {role.replace("_", " "): names for role, names in plain.columns._asdict().items() if names}
    amounts = [name for amount in plain.amounts.total or () for name in amount.add]
    return [(role, _listed(names)) for role, names in {"amount": amounts, **columns}.items()]


def _listed(names: Iterable[str]) -> str:
    """Return headings of columns as a list: `Total, Order total`."""
    return f"{', '.join(names)}."
