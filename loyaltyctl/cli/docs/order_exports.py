"""Tables about files of orders, from the catalog of order sources: known exports, and headings of columns."""

from __future__ import annotations

from loyaltyctl.orders.sources.descriptions import PLAIN, read_catalog


def exports() -> list[tuple[str, str]]:
    """Return the exports of orders that are recognized: the name for --source, and the title."""
    titles = ((name, source.title) for name, source in read_catalog().items() if name != PLAIN)
    return [(name, f"{_as_sentence(title)}.") for name, title in titles]


def headings() -> list[tuple[str, str]]:
    """Return the headings that columns of a plain file of orders may have: each role, and its headings."""
    plain = read_catalog()[PLAIN]
    columns = {role.replace("_", " "): names for role, names in plain.columns._asdict().items() if names}
    amounts = [name for amount in plain.amounts.total or () for name in amount.add]
    return [(role, ", ".join(names)) for role, names in {"amount": amounts, **columns}.items()]


def _as_sentence(title: str) -> str:
    """Return the title of an export with an upper-case letter first, but for names such as eBay."""
    return f"{title[0].upper()}{title[1:]}" if title.split(maxsplit=1)[0].islower() else title
