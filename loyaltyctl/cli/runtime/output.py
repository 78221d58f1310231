"""Output of a command: values in the requested format on standard output, progress on standard error."""

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
"""Number of values of a stream that are written at once."""


class Output:
    """Writer of values to standard output, each by a View, in the format of -o, --json or the settings.

    In a dry run nothing is written but the requests.
    """

    def __init__(self, console: Console, messages: Messages, load_settings: Callable[[], Settings]) -> None:
        self._console = console
        self._messages = messages
        self._load_settings = load_settings
        self._invalid_setting = ""
        self._next_is_first = True
        self.after_change = False
        """True after a change: a value that cannot be shown then raises NOT_SHOWN instead of UsageError."""

    @cached_property
    def writer(self) -> Writer:
        """Formatter of values; uses the default format if the config file is invalid."""
        from loyaltyctl.config.formats import Format
        from loyaltyctl.render.writer import Writer

        flags = self._console.flags
        try:
            setting = self._load_settings()["output"].value
        except InvalidData as error:
            setting, self._invalid_setting = None, error.message
        default = Format(setting) if setting else None
        terminal = self._console.terminal(self._console.stdout)
        return Writer.of(terminal, flags.format, default, flags.fields, flags.query)

    # Checks before a command starts its work

    def check_format(self, *, sarif: bool) -> None:
        """Raise UsageError for flags that exclude each other, and for -o sarif unless `sarif`."""
        if self.writer.format == "sarif" and not sarif:
            hint = "See: loyaltyctl rules validate --help"
            raise UsageError("-o sarif is for what is found in files", hint=hint)

    def check(self, view: View[T]) -> None:
        """Validate --fields and --query before a command changes something and then shows it."""
        self.writer.check(view)
        self.after_change = True

    def check_object(self, output_type: type[tuple[object, ...]]) -> None:
        """Validate --fields and --query as `check` does, for an output without a View of its own."""
        from loyaltyctl.cli.runtime.json_views import object_view

        self.check(object_view(output_type, ()))

    def check_stream(self, view: View[T]) -> None:
        """Raise UsageError for flags with which values cannot be written one by one."""
        self.writer.check(view)
        self.writer.check_stream()

    # Values

    def show(self, value: T, view: View[T]) -> None:
        """Write one value."""
        self._write_by(lambda writer: writer.one(value, view))

    def show_all(self, values: Sequence[T], view: View[T]) -> None:
        """Write a list of values."""
        self._write_by(lambda writer: writer.many(values, view))
        if not values and view.empty and not self._console.dry_run and self._console.stdout.isatty():
            self._messages.note(view.empty)

    def show_stream(self, values: Iterable[T], view: View[T]) -> None:
        """Write values as they arrive if the format has a line for each, else when all are there."""
        if not self.writer.is_by_line:
            self.show_all([*values], view)
            return
        for batch in _batches(values):
            self.show_all(batch, view)

    def show_next(self, value: T, view: View[T]) -> None:
        """Write the next value of an endless stream; a table gets its header with the first one."""
        self._console.stdout.write(self.writer.next(value, view, first=self._next_is_first))
        self._console.stdout.flush()
        self._next_is_first = False

    def show_object(self, output: tuple[object, ...]) -> None:
        """Write an output without a View of its own: a line for each member on a terminal."""
        from loyaltyctl.cli.runtime.json_views import object_view
        from loyaltyctl.contract.json_values import json_object

        document = json_object(output)
        self.show(document, object_view(type(output), document))

    def show_document(self, document: Json) -> None:
        """Write a JSON document: as JSON, unless a format, --fields or --query is given."""
        from loyaltyctl.cli.runtime.json_views import document_view
        from loyaltyctl.config.formats import Format

        view = document_view(document)

        def text(writer: Writer) -> str:
            is_chosen = writer.format or writer.fields or writer.query
            chosen = writer if is_chosen else writer._replace(format=Format.JSON)
            return chosen.many(document, view) if isinstance(document, list) else chosen.one(document, view)

        self._write_by(text)

    def show_done(self, text: str, output: tuple[object, ...]) -> None:
        """Write that something was done: a message for people, an object for programs."""
        self._messages.success(text)
        if self.writer.is_for_programs:
            self.show_object(output)

    def show_chart(self, chart: Chart) -> None:
        """Write a chart below a table, if the output is for people."""
        if self.writer.is_for_people:
            from loyaltyctl.render.charts import to_text

            self.write(f"\n{to_text(chart, self._console.terminal(self._console.stdout))}")

    def show_requests(self, requests: Sequence[Request]) -> None:
        """Write the requests of a dry run."""
        from loyaltyctl.cli.runtime import dry_run

        self._warn_about_setting()
        self._messages.note("dry run: nothing is sent")
        for placeholder in dry_run.placeholders(requests):
            self._messages.note(placeholder)
        flags = self._console.flags
        if flags.curl:
            self.write(dry_run.to_curl(requests))
        elif self.writer.format or flags.fields or flags.query:
            self.write(self.writer.many(requests, dry_run.VIEW))
        else:
            self.write(dry_run.to_text(requests))

    def write(self, text: str) -> None:
        """Write text to standard output as it is."""
        self._console.stdout.write(text)

    # Beside the values, on standard error

    def preview(self, values: Sequence[T], view: View[T]) -> None:
        """Write values as a table on standard error, before the question about them."""
        from loyaltyctl.config.formats import Format
        from loyaltyctl.render.writer import Writer

        stderr = self._console.stderr
        stderr.write(Writer(self._console.terminal(stderr), Format.TABLE).many(values, view))

    def progress(self, label: str, steps: Iterator[int], total: int) -> Iterator[int]:
        """Return `steps` unchanged, with a progress bar on a terminal."""
        stderr = self._console.stderr
        if not stderr.isatty() or self._console.flags.quiet or self._console.dry_run:
            return steps
        from loyaltyctl.render.progress import track

        return track(label, steps, total, stderr, color=self._console.has_color(stderr))

    def _write_by(self, render: Callable[[Writer], str]) -> None:
        if self._console.dry_run:
            return
        self._warn_about_setting()
        try:
            text = render(self.writer)
        except UsageError as error:
            if not self.after_change:
                raise
            self.write(render(self.writer.whole()))
            why = f"it is done, but cannot be shown as requested: {error.message}"
            raise LoyaltyError(why, code="NOT_SHOWN", hint=error.hint) from None
        self.write(text)

    def _warn_about_setting(self) -> None:
        if self._invalid_setting:
            self._messages.warn(f"{self._invalid_setting}. The output is in its default format.")
            self._invalid_setting = ""


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield lists of values; if the next value raises, those before it are yielded first."""
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
