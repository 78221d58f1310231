"""Writer: format one or several values by their View in the output format of -o, with --fields and --query.

Only this module chooses between formats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, assert_never, cast

from loyaltyctl.config.formats import Format
from loyaltyctl.contract.json_values import to_json_value
from loyaltyctl.errors import UsageError
from loyaltyctl.render import csv_tsv, json_yaml
from loyaltyctl.render.selection import Fields, Query, cell_text
from loyaltyctl.render.views import Grid
from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.render.terminal import Terminal
    from loyaltyctl.render.views import View

T = TypeVar("T")

_JSON_LIKE = (Format.JSON, Format.JSONL, Format.YAML)


class Writer(NamedTuple):
    """Writer of values to one output stream; by default as a table on a terminal, and as TSV in a pipe."""

    terminal: Terminal
    format: Format | None = None
    fields: Fields | None = None
    query: Query | None = None

    @classmethod
    def of(
        cls,
        terminal: Terminal,
        requested: Format | None,
        configured: Format | None,
        fields: str | None,
        query: str | None,
    ) -> Writer:
        """Return the writer for the options -o, --fields and --query, and for the configured output format.

        Raises UsageError if -o conflicts with --fields or --query. A configured format that conflicts with
        them is ignored.
        """
        possible = [*Format]
        if query is not None:
            possible = [*_JSON_LIKE]
        elif fields is not None:
            possible = [format_ for format_ in Format if format_ not in (Format.ID, Format.SARIF)]
        if requested not in (None, *possible):
            raise UsageError(
                f"{'--query' if query is not None else '--fields'} cannot be written as {requested}"
            )
        return cls(
            terminal,
            requested or (configured if configured in possible else None),
            None if fields is None else Fields(fields),
            None if query is None else Query(query),
        )

    @property
    def is_for_programs(self) -> bool:
        """True if the output is JSON, JSONL, YAML or the result of a query."""
        return self.format in _JSON_LIKE or self.query is not None

    @property
    def is_for_people(self) -> bool:
        """True if the output is a table with all columns, so that a chart may follow it."""
        return self._effective_format is Format.TABLE and not (self.fields or self.query)

    @property
    def is_by_line(self) -> bool:
        """True if values can be written one by one: the format has no header and no closing bracket."""
        by_line = (Format.JSONL, Format.TSV, Format.ID)
        return self._effective_format in by_line and self.query is None

    @property
    def _effective_format(self) -> Format:
        """The output format of the writer, which is TABLE or TSV by default."""
        return self.format or (Format.TABLE if self.terminal.interactive else Format.TSV)

    def whole(self) -> Writer:
        """Return this writer without --fields and --query, to format values as a whole.

        If it had --query and no format, its format becomes JSON.
        """
        format_ = self.format or (None if self.query is None else Format.JSON)
        return self._replace(format=format_, fields=None, query=None)

    def check_fields(self, view: View[T]) -> None:
        """Raise UsageError if the view does not have a field of --fields."""
        if self.fields:
            self.fields.check_paths(view.fields, ())

    def one(self, value: T, view: View[T]) -> str:
        """Format a single value: an object in JSON, a record on a terminal."""
        return self._format_values([value], view, single=True)

    def many(self, values: Sequence[T], view: View[T]) -> str:
        """Format any number of values: an array in JSON, a table on a terminal."""
        return self._format_values(values, view, single=False)

    def next(self, value: T, view: View[T], *, first: bool) -> str:
        """Format the next value of an endless stream; a table has its header before the first value."""
        text = self.many([value], view)
        return text.partition("\n")[2] if self._effective_format is Format.TABLE and not first else text

    def check_stream(self) -> None:
        """Raise UsageError if the output format needs all values of a stream before it can begin."""
        if self._effective_format is not Format.TABLE and not self.is_by_line:
            what = "--query" if self.query is not None else f"-o {self._effective_format}"
            raise UsageError(f"{what} cannot format a stream without an end", hint="Use -o jsonl.")

    def _format_values(self, values: Sequence[T], view: View[T], *, single: bool) -> str:
        """Format values in the writer's output format, or the result of --query for them."""
        if self.query is not None:
            return self._format_query_result(self.query.find(self._json_value(values, view, single=single)))
        return self._in_effective_format(values, view, single=single)

    def _in_effective_format(self, values: Sequence[T], view: View[T], *, single: bool) -> str:
        """Format values in the writer's output format."""
        match chosen := self._effective_format:
            case Format.JSON:
                whole = self._json_value(values, view, single=single)
                text = json_yaml.to_json(whole, indented=self.terminal.interactive)
            case Format.JSONL:
                text = json_yaml.to_jsonl(map(to_json_value, self._json_outputs(values, view)))
            case Format.YAML:
                text = json_yaml.to_yaml(self._json_value(values, view, single=single))
            case Format.ID:
                text = csv_tsv.to_ids(view.id(value) for value in values)
            case Format.CSV:
                text = csv_tsv.to_csv(*self._csv_header_and_rows(values, view)) if values else ""
            case Format.TSV:
                text = self._to_tsv(values, view)
            case Format.SARIF:
                text = self._to_sarif(values, view)
            case Format.TABLE:
                text = self._to_table(values, view, single=single)
            case _:
                assert_never(chosen)
        return text

    def _json_outputs(self, values: Sequence[T], view: View[T]) -> list[Any]:
        """Return the output of each value for JSON, reduced to --fields if the writer has them."""
        outputs = [view.output(value) for value in values]
        if self.fields:
            plains = [*map(to_json_value, outputs)]
            self.fields.check_paths(view.fields, plains)
            return [self.fields.project(plain) for plain in plains]
        return outputs

    def _json_value(self, values: Sequence[T], view: View[T], *, single: bool) -> Json:
        """Return the JSON value to write: the output of a single value, or all combined by the view."""
        outputs = self._json_outputs(values, view)
        if single:
            return to_json_value(outputs[0])
        return to_json_value(view.whole(values, outputs) if view.whole else outputs)

    def _selected_rows(self, fields: Fields, values: Sequence[T], view: View[T]) -> list[list[Json]]:
        """Return the rows to write for --fields: for each value, the selected fields."""
        plains = [to_json_value(view.output(value)) for value in values]
        fields.check_paths(view.fields, plains)
        return [fields.row(plain) for plain in plains]

    def _format_query_result(self, found: Json) -> str:
        """Format the result of --query; without -o, text is printed unquoted and other values as JSON."""
        if self.format is Format.YAML:
            return json_yaml.to_yaml(found)
        if self.format is Format.JSONL:
            return json_yaml.to_jsonl(found if isinstance(found, list) else [found])
        if self.format is None and not isinstance(found, dict | list):
            return f"{visible(cell_text(found))}\n"  # a bare value, for $(…) in a shell
        return json_yaml.to_json(found, indented=self.terminal.interactive)

    def _to_sarif(self, values: Sequence[T], view: View[T]) -> str:
        """Format values as SARIF; the log is empty for a view that has no findings."""
        from loyaltyctl.render import sarif

        found = [view.sarif(value) for value in values if view.sarif]
        return json_yaml.to_json(sarif.to_log(found), indented=self.terminal.interactive)

    def _csv_header_and_rows(
        self, values: Sequence[T], view: View[T]
    ) -> tuple[Sequence[str], Sequence[Sequence[Json]]]:
        """Return the header and rows to write as CSV. A row has null for the columns that it lacks."""
        if self.fields:
            return self.fields.paths, self._selected_rows(self.fields, values, view)
        row = view.row or view.output
        rows = [cast("JsonObject", to_json_value(row(value))) for value in values]
        header = list(dict.fromkeys(name for cells in rows for name in cells))
        return header, [[cells.get(name) for name in header] for cells in rows]

    def _to_tsv(self, values: Sequence[T], view: View[T]) -> str:
        """Format values as TSV: the columns of the view, or --fields."""
        if self.fields:
            return csv_tsv.to_tsv(self._selected_rows(self.fields, values, view))
        return csv_tsv.to_tsv([column.cell(value) for column in view.columns] for value in values)

    def _to_table(self, values: Sequence[T], view: View[T], *, single: bool) -> str:
        """Format values as a table by the layouts of the view: --fields, a record, a grid, or its columns."""
        from loyaltyctl.render import table

        # --fields wins over the layouts of the view: its columns are those that were asked for.
        if self.fields:
            selected = self._selected_rows(self.fields, values, view)
            cells = [tuple(cell_text(cell) for cell in row) for row in selected]
            grid = Grid.of([path.upper() for path in self.fields.paths], cells)
            return table.to_table(*grid, self.terminal) if cells else ""
        if single and view.record:
            return table.to_record(view.record, values[0], self.terminal)
        arranged = view.grid(values, self.terminal.width) if view.grid and values else None
        if arranged:
            return table.to_table(*arranged, self.terminal)
        return table.to_table(view.columns, values, self.terminal) if values else ""
