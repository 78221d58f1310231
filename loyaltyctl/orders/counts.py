"""Numbers of orders that a scan of the order table could not count, by reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Sequence


class Counts(NamedTuple):
    """Numbers of orders in the order table that cannot be counted, by reason, and of unusual orders."""

    unreadable: int
    """Orders whose amount is unreadable."""
    undated: int
    """Orders whose amount is readable but whose month is not."""
    others: int
    """Orders that could be counted, but whose currency is not that of the first order."""
    repeated: int
    """Orders whose id may repeat that of an earlier order."""
    unnamed: int
    """Orders without an id."""
    totals: int
    """Orders whose id is a word for a total."""
    doubtful: int
    """Orders with an amount that has two readings."""
    late: int
    """Orders with columns that are not read yet."""
    split: int
    """Orders with items in several files."""

    @staticmethod
    def sql(counted: str) -> str:
        """Return the query of the table `sums` for the numbers, for `from_row`.

        `counted` is the SQL condition for the rows of `sums` whose orders are counted.
        """
        # Lines without an id are counted in orders that do not count too: they may belong to one that does.
        whole = ("max(repeated)", "sum(unnamed)", "sum(totals)")
        once = ", ".join(f"(SELECT {one} FROM sums)" for one in whole)
        return (
            f"SELECT sum(rows), sum(rows) FILTER ({counted}), sum(rows) FILTER (refund IS NULL), "
            f"sum(others) FILTER ({counted}), {once}, sum(doubts), sum(late), sum(split) "
            "FROM sums WHERE excluded = ''"
        )

    @classmethod
    def from_row(cls, row: Sequence[int | None]) -> Self:
        """Return the numbers from the row that the query of `sql` selects; there are none without orders."""
        rows, good, bad, others, *rest = (int(value or 0) for value in row)
        return cls(bad, rows - good - bad, others, *rest)
