"""Output of a command: values in the requested format to standard output, progress to standard error."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from loyaltyctl.errors import InvalidData, LoyaltyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from loyaltyctl.cli.runtime.console import Console
    from loyaltyctl.cli.runtime.messages import Messages
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.contract.outputs.requests import Request
    from loyaltyctl.intake.values import Json
    from loyaltyctl.render.charts import Chart
    from loyaltyctl.render.views import View
    from loyaltyctl.render.writer import Writer

T = TypeVar("T")

BATCH_SIZE = 200
"""Number of values of a stream that are formatted and written together."""


class Output:
    """Output of a command: formats values by their View, and writes them to standard output.

    The format is that of -o, --json or the settings. In a dry run only the requests are written.
    """

    def __init__(self, console: Console, messages: Messages, load_settings: Callable[[], Settings]) -> None:
        self._console = console
        self._messages = messages
        self._load_settings = load_settings
        self._setting_error = ""
        """Error of an invalid config file; warned about when the first output is written."""
        self._needs_header = True
        """True until the first value of an endless stream is written."""
        self.after_change = False
        """True if the command may have changed a site.

        A value that cannot be formatted then raises NOT_SHOWN instead of UsageError, which would mean
        that nothing was done.
        """

    @cached_property
    def writer(self) -> Writer:
        """Writer for the requested format; uses the default format if the config file is invalid."""
        from loyaltyctl.config.formats import Format
        from loyaltyctl.render.writer import Writer

        flags = self._console.flags
        try:
            setting = self._load_settings()["output"].value
        except InvalidData as error:
            setting, self._setting_error = None, error.message
        default = Format(setting) if setting else None
        terminal = self._console.terminal(self._console.stdout)
        return Writer.of(terminal, flags.format, default, flags.fields, flags.query)

    # Checks before a command starts its work

    def check_format(self, *, sarif: bool) -> None:
        """Raise UsageError for mutually exclusive output flags, and for -o sarif unless `sarif` is true."""
        if self.writer.format == "sarif" and not sarif:
            hint = "See: loyaltyctl rules validate --help"
            raise UsageError("-o sarif is only for problems found in files", hint=hint)

    def check_view(self, view: View[T]) -> None:
        """Validate --fields and --query for output with this view, before the command changes anything."""
        self.writer.check_fields(view)
        self.after_change = True

    def check_object(self, output_type: type[tuple[object, ...]]) -> None:
        """Validate --fields and --query for output of a type without its own View, like `check_view`."""
        from loyaltyctl.cli.runtime.json_views import object_view

        self.check_view(object_view(output_type, ()))

    def check_stream(self, view: View[T]) -> None:
        """Validate --fields and --query for the output of an endless stream.

        Raises UsageError also for a format or a query that needs all values at once.
        """
        self.writer.check_fields(view)
        self.writer.check_stream()

    # Values

    def show(self, value: T, view: View[T]) -> None:
        """Write one value to standard output in the requested format."""
        self._write_formatted(lambda writer: writer.one(value, view))

    def show_all(self, values: Sequence[T], view: View[T]) -> None:
        """Write a list of values to standard output in the requested format."""
        self._write_formatted(lambda writer: writer.many(values, view))
        if not values and view.empty and not self._console.dry_run and self._console.stdout.isatty():
            self._messages.note(view.empty)

    def show_stream(self, values: Iterable[T], view: View[T]) -> None:
        """Write the values of a stream to standard output: in batches as they arrive, or all at the end.

        Batches need a format with one line for each value, such as jsonl.
        """
        if not self.writer.is_by_line:
            self.show_all([*values], view)
            return
        for batch in _output_batches(values):
            self.show_all(batch, view)

    def show_next(self, value: T, view: View[T]) -> None:
        """Write the next value of an endless stream to standard output at once, without buffering.

        The first value of a table comes with the header.
        """
        self._console.stdout.write(self.writer.next(value, view, first=self._needs_header))
        self._console.stdout.flush()
        self._needs_header = False

    def show_object(self, output: tuple[object, ...]) -> None:
        """Write an output object without its own View; as a table, it has one line per member."""
        from loyaltyctl.cli.runtime.json_views import object_view
        from loyaltyctl.contract.json_values import json_object

        document = json_object(output)
        self.show(document, object_view(type(output), document))

    def show_document(self, document: Json) -> None:
        """Write any JSON document, as JSON unless -o, --fields or --query is given."""
        from loyaltyctl.cli.runtime.json_views import document_view
        from loyaltyctl.config.formats import Format

        view = document_view(document)

        def text(writer: Writer) -> str:
            is_chosen = writer.format or writer.fields or writer.query
            chosen = writer if is_chosen else writer._replace(format=Format.JSON)
            return chosen.many(document, view) if isinstance(document, list) else chosen.one(document, view)

        self._write_formatted(text)

    def show_done(self, text: str, output: tuple[object, ...]) -> None:
        """Write a success message to standard error; for formats like JSON, also write an output object."""
        self._messages.success(text)
        if self.writer.is_for_programs:
            self.show_object(output)

    def show_chart(self, chart: Chart) -> None:
        """Write a chart below a table, if the output is a table on a terminal."""
        if self.writer.is_for_people:
            from loyaltyctl.render.charts import to_text

            self.write(f"\n{to_text(chart, self._console.terminal(self._console.stdout))}")

    def show_requests(self, requests: Sequence[Request]) -> None:
        """Write the requests of a dry run: as HTTP messages, curl commands, or in the requested format."""
        from loyaltyctl.cli.runtime import dry_run_formats

        self._warn_about_setting()
        self._messages.note("dry run: nothing is sent")
        for placeholder in dry_run_formats.placeholders(requests):
            self._messages.note(placeholder)
        flags = self._console.flags
        if flags.curl:
            self.write(dry_run_formats.to_curl(requests))
        elif self.writer.format or flags.fields or flags.query:
            self.write(self.writer.many(requests, dry_run_formats.VIEW))
        else:
            self.write(dry_run_formats.to_text(requests))

    def write(self, text: str) -> None:
        """Write text to standard output unchanged."""
        self._console.stdout.write(text)

    # Previews and progress, on standard error

    def preview(self, values: Sequence[T], view: View[T]) -> None:
        """Write values as a table to standard error, before a confirmation prompt."""
        from loyaltyctl.config.formats import Format
        from loyaltyctl.render.writer import Writer

        stderr = self._console.stderr
        stderr.write(Writer(self._console.terminal(stderr), Format.TABLE).many(values, view))

    def progress(self, label: str, steps: Iterator[int], total: int | None) -> Iterator[int]:
        """Return an iterator over `steps` that shows a progress bar on standard error.

        `total` is None if the number of steps is unknown.
        Without a terminal, with -q and in a dry run, return `steps` itself, without a progress bar.
        """
        stderr = self._console.stderr
        if not stderr.isatty() or self._console.flags.quiet or self._console.dry_run:
            return steps
        from loyaltyctl.render.progress import track

        return track(label, steps, total, stderr, color=self._console.has_color(stderr))

    def _write_formatted(self, render: Callable[[Writer], str]) -> None:
        """Write the output that `render` formats.

        Raises UsageError if --fields or --query cannot be applied. After a change of the site, write the
        output without --fields and --query first, and raise LoyaltyError with the code NOT_SHOWN.
        """
        if self._console.dry_run:
            return
        self._warn_about_setting()
        try:
            text = render(self.writer)
        except UsageError as error:
            if not self.after_change:
                raise
            # The result of the change, such as a new id, is printed nowhere else, so it is written without
            # --fields and --query.
            self.write(render(self.writer.whole()))
            why = f"it is done, but cannot be shown as requested: {error.message}"
            raise LoyaltyError(why, code="NOT_SHOWN", hint=error.hint) from None
        self.write(text)

    def _warn_about_setting(self) -> None:
        """Warn once if the output setting could not be read."""
        if self._setting_error:
            self._messages.warn(f"{self._setting_error}. The output is in its default format.")
            self._setting_error = ""


def _output_batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield the values of a command's output in batches.

    If `values` raises an exception, the values before it are yielded first.
    """
    batch: list[T] = []
    try:
        for value in values:
            batch.append(value)
            if len(batch) == BATCH_SIZE:
                yield batch
                batch = []
    except (Exception, KeyboardInterrupt):
        yield batch
        raise
    if batch:
        yield batch
