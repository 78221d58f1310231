"""Groups of commands, whose modules are loaded when the command is used.

The module of a command follows from its words: `rules create-custom` is the function `create_custom` in
cli/commands/rules/create_custom.py. A function whose name would hide a builtin ends in `_`.
"""

from __future__ import annotations

from collections import UserDict
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_command

from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.command import Command, HelpFormatter, move_flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.option_groups import flatten_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SETTINGS = {"help_option_names": ["-h", "--help"], "terminal_width": 80}
"""Context settings of every command; the width makes help the same on every terminal, and in a pipe."""


class Group(HelpFormatter, TyperGroup):
    """A group of commands: takes every shared flag, and passes it on to the command.

    Its help leaves the shared flags to the help of its commands.
    """

    loaders: ClassVar[Mapping[str, Callable[[], Any]]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _LazyCommands(self.loaders, self.commands)

    def get_params(self, ctx: Any) -> list[Any]:
        own = super().get_params(ctx)
        return [*own[:-1], *_shared_params(), *own[-1:]]

    def invoke(self, ctx: Any) -> Any:
        move_flags(Context.of(ctx), ctx, _shared_params())
        return super().invoke(ctx)

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """Return the options of the group itself."""
        return [("Options", [*self.params, self.get_help_option(ctx)])]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)


def group(
    package: str, help_text: str, commands: Mapping[str, type[Command]] = MappingProxyType({})
) -> typer.Typer:
    """Return a group of the commands in a package, in the order of its help, each with its class.

    Without a command, it prints its help as a usage error.
    """

    class LazyGroup(Group):
        loaders: ClassVar[Mapping[str, Callable[[], Any]]] = {
            name: partial(load_command, package, name, kind) for name, kind in commands.items()
        }

    app = typer.Typer(
        cls=LazyGroup,
        help=help_text,
        context_settings=SETTINGS,
        invoke_without_command=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_show_help)
    return app


def load_group(package: str, name: str) -> Any:
    """Import the module or package of a group, and return the group as a command."""
    return get_command(import_module(f"{package}.{name}").app)


def load_command(package: str, name: str, kind: type[Command]) -> Any:
    """Import the module of a command, and return its function as a command."""
    word = name.replace("-", "_")
    module = import_module(f"{package}.{word}")
    function = getattr(module, f"{word}_", None) or getattr(module, word)
    app = typer.Typer(context_settings=SETTINGS, add_completion=False, rich_markup_mode=None)
    app.command(name, cls=kind)(flatten_options(function))
    return get_command(app)


class _LazyCommands(UserDict[str, Any]):
    """Commands by name, each loaded when it is first looked up."""

    def __init__(self, loaders: Mapping[str, Callable[[], Any]], loaded: Mapping[str, Any]) -> None:
        super().__init__(loaded)
        self._loaders = dict(loaders)

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaders | self.data)

    def __len__(self) -> int:
        return len(self._loaders | self.data)

    def __contains__(self, name: object) -> bool:
        return name in self._loaders or name in self.data

    def __missing__(self, name: str) -> Any:
        command = self._loaders[name]()
        command.name = name
        self.data[name] = command
        return command


def _show_help(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        Context.of(ctx).messages.write(ctx.get_help())
        raise typer.Exit(2)


def _shared_params() -> Sequence[Any]:
    return (*flags.optional(), *flags.sending(), *flags.everywhere())
