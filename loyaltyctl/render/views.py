"""View: definition of how one kind of value is shown, as columns for people and as JSON for programs."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

from loyaltyctl.intake import timestamps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.render.sarif import Finding

T = TypeVar("T")

Cell: TypeAlias = str | int | float | datetime | None


GREEN, YELLOW, RED = "green", "yellow", "red"
"""Colors (Rich styles) of cells for success, warning and error."""


def parse_date(text: str) -> datetime | str:
    """Parse the text of a date for a cell in a column of a view. Other text is returned unchanged."""
    return timestamps.parse(text) or text


def constant_cell(cell: Cell) -> Callable[[object], Cell]:
    """Return a cell function for the column of a view: it returns the same cell for every value."""
    return lambda _: cell


class Column(NamedTuple, Generic[T]):
    """Column of a view: its name, the function that returns the cell of a value, and one for its color."""

    name: str
    cell: Callable[[T], Cell]
    color: Callable[[T], str] | None = None
    whole: bool = False
    """True if cells are never truncated, however narrow the terminal is."""
    rank: int = 0
    """On a narrow terminal, columns with the highest rank are dropped first; rank 0 is never dropped."""
    min_width: int = 0
    """Minimum width, which aligns the rows of an endless stream: they are written one by one."""
    right: bool = False
    """True for right-aligned cells, as for numbers."""


class Grid(NamedTuple):
    """Table of a view with rows of its own, such as a row for each field of a value."""

    columns: tuple[Column[tuple[Cell, ...]], ...]
    rows: Sequence[tuple[Cell, ...]]

    @classmethod
    def of(
        cls,
        header: Sequence[str],
        rows: Sequence[tuple[Cell, ...]],
        *,
        numbers: int = 0,
        whole: Sequence[str] = (),
        ranks: Mapping[str, int] = MappingProxyType({}),
    ) -> Grid:
        """Return the grid of a view with the column names in `header`.

        The last `numbers` columns are right-aligned and never truncated. `whole` names other columns that are
        never truncated. `ranks` has the rank of a column (see `Column`) by its name.
        """
        texts = len(header) - numbers
        columns = (
            Column[tuple[Cell, ...]](
                name,
                itemgetter(i),
                whole=i >= texts or name in whole,
                rank=ranks.get(name, 0),
                right=i >= texts,
            )
            for i, name in enumerate(header)
        )
        return cls(tuple(columns), rows)


class View(NamedTuple, Generic[T]):
    """View: the definition of how one kind of value is shown in each output format.

    columns      columns of tables and TSV
    output       converts a value to its output for JSON, of the type `output_type`
    output_type  its members are the fields that --fields accepts, except those in `absent`
    record       lines for a single value on a terminal
    row          converts a value to a CSV row, by column name
    whole        combines many values and their outputs into one output (default: a list)
    grid         arranges values as another table, for the width of the terminal; if it returns None, the
                 table has the `columns`
    sarif        converts a problem in a file to a SARIF finding
    """

    columns: tuple[Column[T], ...]
    output: Callable[[T], object]
    id: Callable[[T], str]
    output_type: Any
    absent: tuple[str, ...] = ()
    record: tuple[Column[T], ...] = ()
    row: Callable[[T], JsonObject] | None = None
    whole: Callable[[Sequence[T], list[Any]], object] | None = None
    grid: Callable[[Sequence[T], int], Grid | None] | None = None
    sarif: Callable[[T], Finding] | None = None
    empty: str = "nothing found"
    """Note on a terminal if there are no values."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The paths that --fields accepts for this view: the members of its output type."""
        from loyaltyctl.contract.types import member_paths

        return tuple(path for path in member_paths(self.output_type) if path not in self.absent)
