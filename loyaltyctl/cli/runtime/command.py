"""Typer commands and groups of the project: shared flags, plain help, examples at the end.

The help of a command is its docstring. What follows the line `Examples:` is printed as
it stands, and the tests run it.
"""

from __future__ import annotations

import re
from collections import UserDict
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.option_groups import unbundled
from loyaltyctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

EXAMPLES = "\nExamples:\n"
PATHS = re.compile(r"\b(FILE|FOLDER|PLAN|PREFIX|ORDERS)\b")
"""Words in the metavar of a parameter that takes a path."""
CONTEXT = {"help_option_names": ["-h", "--help"], "terminal_width": 80}
"""Settings of every Typer app here; help is the same on every terminal, and in a pipe."""


def app(help_text: str, commands: Mapping[str, Entry]) -> typer.Typer:
    """A group of commands; alone, it prints its help and is a usage error.

    Those in `commands` are loaded when they are asked for, each with what it imports.
    """

    class Listed(Group):
        entries: ClassVar[Mapping[str, Entry]] = commands

    group = typer.Typer(
        cls=Listed,
        help=help_text,
        context_settings=CONTEXT,
        invoke_without_command=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    group.callback()(_alone)
    return group


class Entry(NamedTuple):
    """Location of a command's function, or of a group's app, and the kind of command.

    A command may send requests, find problems in files, or be lenient about invalid settings.
    """

    module: str
    attribute: str
    sends: bool = False
    finds: bool = False
    lenient: bool = False

    def load(self, name: str) -> Any:
        """Import the module, and return the command or group for Typer."""
        loaded = getattr(import_module(self.module), self.attribute)
        if not isinstance(loaded, typer.Typer):
            cls = Sending if self.sends else Finding if self.finds else Lenient if self.lenient else Command
            function = unbundled(loaded)
            loaded = typer.Typer(context_settings=CONTEXT, add_completion=False, rich_markup_mode=None)
            loaded.command(name, cls=cls)(function)
        return get_command(loaded)


class _Lazy(UserDict[str, Any]):
    """Commands by name; one is made when it is first asked for."""

    def __init__(self, entries: Mapping[str, Entry], made: Mapping[str, Any]) -> None:
        super().__init__(made)
        self._entries = dict(entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries | self.data)

    def __len__(self) -> int:
        return len(self._entries | self.data)

    def __contains__(self, name: object) -> bool:
        return name in self._entries or name in self.data

    def __missing__(self, name: str) -> Any:
        command = self._entries[name].load(name)
        command.name = name
        self.data[name] = command
        return command


def _alone(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        Context.of(ctx).messages.write(ctx.get_help())
        raise typer.Exit(2)


class _Told:
    """What tells its help: the text, its parameters under headings, and lines that run."""

    help: str | None

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """Its parameters, by the headings of its help."""
        raise NotImplementedError

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        whole, self.help = self.help, (self.help or "").partition(EXAMPLES)[0]
        super().format_help_text(ctx, formatter)  # type: ignore[misc]  # of the Typer class beside it
        self.help = whole

    def format_options(self, ctx: Any, formatter: Any) -> None:
        for title, params in self.sections(ctx):
            rows = [record for param in params if (record := param.get_help_record(ctx)) is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        super().format_epilog(ctx, formatter)  # type: ignore[misc]  # as above
        if examples := (self.help or "").partition(EXAMPLES)[2]:
            formatter.write(f"{EXAMPLES}{examples}\n")


class Command(_Told, TyperCommand):
    """A command: its own parameters, and the shared flags after them."""

    finds = False
    is_lenient = False

    def shared(self) -> Sequence[Any]:
        """The shared flags that it takes."""
        return flags.everywhere()

    def get_params(self, ctx: Any) -> list[Any]:
        own = super().get_params(ctx)
        return [*own[:-1], *self.shared(), *own[-1:]]

    def invoke(self, ctx: Any) -> Any:
        context = Context.of(ctx)
        context.command = ctx.command_path.partition(" ")[2]
        _take(context, ctx, self.shared())
        own = {param.name: param for param in self.params}
        for param in (*flags.placed(), *flags.sending()):
            name = str(param.name)
            value = getattr(context.flags, name)
            if value is not None and name in own:
                value = [value] if getattr(own[name], "multiple", False) else value
                ctx.params[name] = ctx.params[name] or value
            elif value is not None and param not in self.shared():
                raise UsageError(f"{ctx.command_path} takes no {param.opts[-1]}")
        for own_param in own.values():
            _check_path(own_param, ctx.params.get(str(own_param.name)))
        if self.is_lenient:
            context.load_valid_settings()
        context.output.check_format(sarif=self.finds)
        return super().invoke(ctx)

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """Its parameters, by the headings of its help."""
        return [
            ("Arguments", [param for param in self.params if param.param_type_name == "argument"]),
            ("Options", [param for param in self.params if param.param_type_name == "option"]),
            *flags.sections([*self.shared(), self.get_help_option(ctx)]),
        ]


class Sending(Command):
    """A command that sends requests: it can also show them instead."""

    def shared(self) -> Sequence[Any]:
        return (*flags.sending(), *super().shared())

    def invoke(self, ctx: Any) -> Any:
        result = super().invoke(ctx)
        Context.of(ctx).show_requests()
        return result


class Finding(Command):
    """A command that finds faults in files, which can be written as SARIF."""

    finds = True


class Lenient(Command):
    """A command that runs even where settings are wrong, to say what is wrong with them."""

    is_lenient = True


class Group(_Told, TyperGroup):
    """A group: takes every shared flag, and hands it on to the command.

    `entries` make its commands, beside those that were registered. Its help leaves the flags
    to that of the commands.
    """

    entries: ClassVar[Mapping[str, Entry]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Lazy(self.entries, self.commands)

    def get_params(self, ctx: Any) -> list[Any]:
        own = super().get_params(ctx)
        return [*own[:-1], *_for_groups(), *own[-1:]]

    def invoke(self, ctx: Any) -> Any:
        _take(Context.of(ctx), ctx, _for_groups())
        return super().invoke(ctx)

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """Its own options alone."""
        return [("Options", [*self.params, self.get_help_option(ctx)])]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)


def _for_groups() -> Sequence[Any]:
    return (*flags.placed(), *flags.sending(), *flags.everywhere())


def _check_path(param: Any, value: Any) -> None:
    """Raise UsageError for an empty name of a file or folder: often it is a variable that is not set."""
    if not PATHS.search(param.metavar or ""):
        return
    option = param.opts[-1] if param.param_type_name == "option" else param.metavar
    for name in value if isinstance(value, list | tuple) else [value]:
        if name == "":
            hint = "A variable that is not set gives an empty name."
            raise UsageError(f"the name of the file for {option} is empty", hint=hint)
        if isinstance(name, str) and "\0" in name:
            raise UsageError(f"the name of the file for {option} has a NUL character in it")


def _take(context: Context, ctx: Any, shared: Sequence[Any]) -> None:
    """Move the values of shared flags from the command's parameters to the context."""
    console = context.console
    console.flags = console.flags.over({str(param.name): ctx.params.pop(param.name) for param in shared})
