"""The context at which a command sits: streams, environment, clock; settings and client when asked for.

Everything is built on first use, so a command that asks for little loads little. Tests
hand in another context.
"""

from __future__ import annotations

import shutil
import time
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from loyaltyctl.cli.runtime.flags import Color, Flags
from loyaltyctl.errors import Declined, InvalidData, LoyaltyError, UsageError
from loyaltyctl.intake.values import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import BinaryIO, TextIO

    import typer

    from loyaltyctl.api.client import Client
    from loyaltyctl.api.rules import Rules
    from loyaltyctl.cli.runtime.connection import Connection
    from loyaltyctl.cli.runtime.messages import Messages
    from loyaltyctl.config.paths import Paths
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.intake.documents import Document
    from loyaltyctl.intake.values import Json
    from loyaltyctl.render.charts import Chart
    from loyaltyctl.render.terminal import Terminal
    from loyaltyctl.render.views import View
    from loyaltyctl.render.writer import Writer
    from loyaltyctl.transport.deadline import Clock

T = TypeVar("T")

DEFAULT_WIDTH = 80
BATCH = 200
"""Values that are written at once where any number of them may come."""


class Context:
    """One run's dealings with the world outside."""

    def __init__(
        self,
        *,
        stdin: TextIO,
        stdout: TextIO,
        stderr: TextIO,
        environ: Mapping[str, str],
        clock: Clock = time,
    ) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.environ = environ
        self.clock = clock
        self.flags = Flags()
        self.faults: list[LoyaltyError] = []
        self.rehearsed: list[Client] = []
        """The clients of a dry run, which know what would have been sent."""
        self._misread = ""
        self._changes = False
        self._began = False
        self.command = ""
        """The words of the command that runs, without the program's name."""
        self.if_interrupted = ""
        """What a person should know who ends the command with Ctrl-C."""

    @classmethod
    def of(cls, ctx: typer.Context) -> Context:
        """The context of a running command."""
        return cast("Context", ctx.obj)

    def take(self, given: Mapping[str, object]) -> None:
        """Take flags that stand nearer to the command than those before."""
        self.flags = self.flags.over(given)

    # What is set

    @cached_property
    def paths(self) -> Paths:
        """The folders of configuration and data."""
        from loyaltyctl.config.paths import Paths

        return Paths.of(self.environ)

    @cached_property
    def settings(self) -> Settings:
        """Settings from flags, environment and files."""
        from loyaltyctl.config.settings import Settings

        return Settings(self.paths, self.environ, self._given())

    def make_do(self) -> None:
        """Go on without the settings that are wrong; `faults` says what is wrong with them."""
        from loyaltyctl.config.settings import Settings

        self.settings, self.faults = Settings.forgiving(self.paths, self.environ, self._given())

    def _given(self) -> Mapping[str, str | None]:
        from loyaltyctl.config.specs import SPECS

        given = {name: getattr(self.flags, name.replace("-", "_"), None) for name in SPECS}
        return given | {"output": self.flags.format}

    def check(self, *, finds: bool) -> None:
        """Raise UsageError where shared flags, or the output that they ask for, make no sense.

        Only what `finds` faults in files can write them as SARIF.
        """
        if self.writer.format == "sarif" and not finds:
            hint = "See: loyaltyctl rules validate --help"
            raise UsageError("-o sarif is for what is found in files", hint=hint)

    def will_show(self, view: View[T]) -> None:
        """Check the fields that are asked for, before a command changes something and then shows it."""
        self.writer.check(view)
        self.will_change()

    def will_change(self) -> None:
        """Say that what is shown after this is of something that was done."""
        self._changes = True

    @cached_property
    def connection(self) -> Connection:
        """The way to the API: its client, and what was chosen on the way."""
        from loyaltyctl.cli.runtime.connection import connect

        return connect(self)

    @property
    def rules(self) -> Rules:
        """The methods of the API."""
        return self.connection.client.rules

    @property
    def rehearsing(self) -> bool:
        """Whether requests are shown instead of sent."""
        return bool(self.flags.dry_run or self.flags.curl)

    def close(self) -> None:
        """Close what was opened."""
        if "connection" in self.__dict__:
            self.connection.close()

    # What goes in

    def document(self, path: str) -> Document:
        """The input file at `path`, or standard input for "-"."""
        from loyaltyctl.intake import documents

        self._begin_reading(path)
        return documents.load(path, self.stdin_bytes)

    def data(self, path: str) -> bytes:
        """The bytes of the input file at `path`, or of standard input for "-"."""
        from loyaltyctl.intake import documents

        self._begin_reading(path)
        return documents.read(path, self.stdin_bytes)

    def text(self, path: str) -> str:
        """The text of the input file at `path`, or of standard input for "-"."""
        from loyaltyctl.intake import documents

        self._begin_reading(path)
        return documents.text(path, self.stdin_bytes)

    def opened(self, path: str) -> AbstractContextManager[BinaryIO]:
        """The input file at `path`, or standard input for "-", to be read as it comes."""
        from loyaltyctl.intake import documents

        self._begin_reading(path)
        return documents.opened(path, self.stdin_bytes)

    def _begin_reading(self, path: str) -> None:
        if path == "-" and self.stdin.isatty():
            self.say.note("reading from the terminal; end with Ctrl-D")

    @property
    def stdin_bytes(self) -> BinaryIO:
        """Standard input as it comes."""
        return self.stdin.buffer

    def is_on(self, variable: str) -> bool:
        """Whether a variable of the environment is set, and not to a word that means no."""
        return self.environ.get(variable, "").lower() not in ("", "0", "false", "no")

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to answer."""
        forbidden = self.flags.no_input or self.is_on("LOYALTYCTL_NO_INPUT") or self.is_on("CI")
        return not forbidden and self.stdin.isatty() and self.stderr.isatty()

    def confirm(self, question: str) -> None:
        """Ask; raises Declined unless the answer is yes, and UsageError where nobody can answer."""
        if self.flags.yes or self.rehearsing:
            return
        if not self.can_ask:
            raise UsageError(
                f"this needs a yes: {question}", hint="Nobody can be asked here: give -y (--yes)."
            )
        if self.ask(f"{question} [y/N]").lower() not in ("y", "yes"):
            raise Declined("nothing was changed")

    def ask(self, question: str) -> str:
        """One line from the person."""
        self.say.ask(question)
        return self._typed(self.stdin.readline).strip()

    def ask_secret(self, question: str) -> str:
        """One line from the person, not shown while it is typed."""
        from getpass import getpass

        return self._typed(lambda: getpass(f"{question} ", stream=self.stderr) + "\n").strip()

    def _typed(self, read: Callable[[], str]) -> str:
        try:
            line = read()
        except EOFError:
            line = ""
        except UnicodeDecodeError:
            raise InvalidData("what was typed is not UTF-8") from None
        if not line:
            raise Declined("nothing was typed")
        return line

    # What comes out

    @cached_property
    def say(self) -> Messages:
        """Messages on standard error."""
        from loyaltyctl.cli.runtime.messages import Messages

        return Messages(self)

    @cached_property
    def writer(self) -> Writer:
        """Makes text of values, in the format that was asked for; what is wrong in a file asks for none."""
        from loyaltyctl.config.formats import Format
        from loyaltyctl.render.writer import Writer

        try:
            given = self.settings["output"].value
        except InvalidData as error:
            given, self._misread = None, error.message
        usual = Format(given) if given else None
        return Writer.of(
            self.terminal(self.stdout), self.flags.format, usual, self.flags.fields, self.flags.query
        )

    def terminal(self, stream: TextIO) -> Terminal:
        """What is known of the place that `stream` leads to."""
        from loyaltyctl.render.terminal import ENDLESS, Terminal

        width = whole_number(self.environ.get("COLUMNS", "")) or 0
        if width not in range(1, ENDLESS):
            size = shutil.get_terminal_size((DEFAULT_WIDTH, 0))
            width = size.columns if stream.isatty() else ENDLESS
        return Terminal(stream.isatty(), width, self.paints(stream), self.clock.time())

    def paints(self, stream: TextIO) -> bool:
        """Whether colours go to `stream`: --color, NO_COLOR, FORCE_COLOR, TERM=dumb, then the terminal."""
        if self.flags.color not in (None, Color.AUTO):
            return self.flags.color is Color.ALWAYS
        if self.environ.get("NO_COLOR"):
            return False
        if self.environ.get("FORCE_COLOR"):
            return True
        return self.environ.get("TERM") != "dumb" and stream.isatty()

    def show(self, value: T, view: View[T]) -> None:
        """Write a single value to standard output."""
        self._put(lambda writer: writer.one(value, view))

    def show_document(self, document: Json) -> None:
        """Write a JSON document to standard output: as JSON, unless something else is asked for."""
        from loyaltyctl.cli.runtime.views import document_view
        from loyaltyctl.config.formats import Format

        view = document_view(document)

        def text(writer: Writer) -> str:
            asked = writer.format or writer.fields or writer.query
            chosen = writer if asked else writer._replace(format=Format.JSON)
            return chosen.many(document, view) if isinstance(document, list) else chosen.one(document, view)

        self._put(text)

    def show_facts(self, facts: Mapping[str, Json]) -> None:
        """Write a set of named facts to standard output."""
        from loyaltyctl.cli.runtime.views import facts_view

        self.show(dict(facts), facts_view(facts))

    def show_all(self, values: Sequence[T], view: View[T]) -> None:
        """Write any number of values to standard output."""
        self._put(lambda writer: writer.many(values, view))
        if not values and view.empty and not self.rehearsing and self.stdout.isatty():
            self.say.note(view.empty)

    def show_each(self, values: Iterable[T], view: View[T]) -> None:
        """Write any number of values to standard output, as they come where each has a line of its own."""
        if not self.writer.is_by_line:
            self.show_all([*values], view)
            return
        for some in _batches(values):
            self.show_all(some, view)

    def will_show_each_at_once(self, view: View[T]) -> None:
        """Check that values can be written one by one, before the first of them is there."""
        self.writer.check(view)
        self.writer.check_endless()

    def show_at_once(self, value: T, view: View[T]) -> None:
        """Write one of an endless row of values; a table has its header once."""
        self.stdout.write(self.writer.next(value, view, first=not self._began))
        self.stdout.flush()
        self._began = True

    def preview(self, values: Sequence[T], view: View[T]) -> None:
        """Show the person who is about to be asked what it is about."""
        from loyaltyctl.config.formats import Format
        from loyaltyctl.render.writer import Writer

        self.stderr.write(Writer(self.terminal(self.stderr), Format.TABLE).many(values, view))

    def draw(self, chart: Chart) -> None:
        """Write a chart below a table; a program gets none."""
        if self.writer.is_for_people:
            from loyaltyctl.render.charts import to_text

            self.stdout.write(f"\n{to_text(chart, self.terminal(self.stdout))}")

    def will_tell(self, *facts: str) -> None:
        """Check the fields that are asked for, before a command does something and then tells these facts."""
        from loyaltyctl.cli.runtime.views import facts_view

        self.will_show(facts_view(facts))

    def done(self, text: str, **facts: Json) -> None:
        """Say that something is done; a program that wants data is told in data."""
        self.say.succeed(text)
        if self.writer.is_for_programs:
            self.show_facts(facts)

    def _put(self, text_by: Callable[[Writer], str]) -> None:
        if self.rehearsing:
            return
        if self._misread:
            self.say.warn(f"{self._misread}. The output is in its usual format.")
            self._misread = ""
        try:
            text = text_by(self.writer)
        except UsageError as error:
            if not self._changes:
                raise
            self.stdout.write(text_by(self.writer.whole()))
            why = f"it is done, but cannot be shown as asked for: {error.message}"
            raise LoyaltyError(why, code="NOT_SHOWN", hint=error.hint) from None
        self.stdout.write(text)

    def progress(self, what: str, steps: Iterator[int], total: int) -> Iterator[int]:
        """`steps` as they are, with a bar beside them where a person looks on."""
        if not self.stderr.isatty() or self.flags.quiet or self.rehearsing:
            return steps
        from loyaltyctl.render.progress import watched

        return watched(what, steps, total, self.stderr, color=self.paints(self.stderr))

    def show_rehearsed(self) -> None:
        """Write the requests of a dry run to standard output."""
        if self.rehearsing:
            from loyaltyctl.cli.runtime import dry_run as rehearsed

            rehearsed.show(self)


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Lists of values; where the next one fails, those before it come first."""
    some: list[T] = []
    try:
        for value in values:
            some.append(value)
            if len(some) == BATCH:
                yield some
                some = []
    except (Exception, KeyboardInterrupt):
        yield some
        raise
    if some:
        yield some
