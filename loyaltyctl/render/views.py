"""Views: the presentation of one kind of value, as columns for people and as JSON for programs."""

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
"""Colors of success, warning and error."""


def parse_date(text: str) -> datetime | str:
    """Return a date of the API, or the text itself if it is not one."""
    return timestamps.parse(text) or text


class Column(NamedTuple, Generic[T]):
    """A column: its name, the cell of a value, and optionally the color of a value (a Rich style)."""

    name: str
    cell: Callable[[T], Cell]
    color: Callable[[T], str] | None = None
    whole: bool = False
    """Never truncated, however narrow the terminal."""
    rank: int = 0
    """On a narrow terminal, columns with the highest rank are dropped first; rank 0 never."""
    min_width: int = 0
    """Aligns tables that are written row by row."""
    right: bool = False
    """True for right-aligned cells, as for numbers."""


class Grid(NamedTuple):
    """A table whose rows do not correspond to single values."""

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
        """Return a table with a header; the last `numbers` columns are right-aligned."""
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
    """Presentation of values of one kind.

    `columns` are for tables and TSV, `record` for a single value on a terminal. `output`
    converts a value to what is printed as JSON, whose type is `output_type`: `--fields` accepts the
    members of that type, except those that are `absent` in this run. `row` is the CSV row.
    `whole` makes one output of many values and their outputs (by default a list). `grid`
    arranges the values as another table for a terminal of that width, or returns None. `sarif` makes a
    finding of a problem in a file.
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
        """The paths that --fields accepts."""
        from loyaltyctl.contract.types import member_paths

        return tuple(path for path in member_paths(self.output_type) if path not in self.absent)
