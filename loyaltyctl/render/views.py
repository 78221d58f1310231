"""How one kind of value looks: columns for people, a plain form for machines."""

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
"""Tones that mean: as it should be, not quite, wrong."""


def moment(text: str) -> datetime | str:
    """A date of the API's, or the text itself where it is none."""
    return timestamps.parse(text) or text


class Column(NamedTuple, Generic[T]):
    """One column: its name, what stands in it, and the colour that a value has (a Rich style)."""

    name: str
    cell: Callable[[T], Cell]
    tone: Callable[[T], str] | None = None
    whole: bool = False
    """Never cut, however narrow the terminal."""
    rank: int = 0
    """On a narrow terminal, columns with the highest rank are left out first; rank 0 stays."""
    least: int = 0
    """Never narrower than this, so that tables of one row stand under each other."""
    right: bool = False
    """Numbers stand under each other at their right end."""


class Grid(NamedTuple):
    """A table in which a row stands for several values, or a value for several rows."""

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
        """The rows as they are, under a header; the last columns are `numbers`."""
        words = len(header) - numbers
        columns = (
            Column[tuple[Cell, ...]](
                name,
                itemgetter(i),
                whole=i >= words or name in whole,
                rank=ranks.get(name, 0),
                right=i >= words,
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
    arranges the values anew for a person with that much room, if it can. `sarif` makes a
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
    """The note to a person if there are no values."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The paths that --fields accepts."""
        from loyaltyctl.contract.json_schema import member_paths

        if isinstance(self.output_type, tuple):  # names, until every output has a type
            return self.output_type
        return tuple(path for path in member_paths(self.output_type) if path not in self.absent)
