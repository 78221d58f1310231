"""Command groups with lazy loading: the module of a command is imported when the command is used.

The module path is derived from the command: `rules create-custom` is the function `create_custom` in
cli/commands/rules/create_custom.py. A function whose name would shadow a builtin ends in `_`.
"""

from __future__ import annotations

from collections import UserDict
from functools import partial
from importlib import import_module
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


def typer_app(**attributes: Any) -> typer.Typer:
    """Return a Typer app for a command group or a single command, with the settings common to all."""
    return typer.Typer(
        # The fixed width makes help the same on every terminal and in a pipe.
        context_settings={"help_option_names": ["-h", "--help"], "terminal_width": 80},
        add_completion=False,
        rich_markup_mode=None,
        **attributes,
    )


class Group(HelpFormatter, TyperGroup):
    """Command group that accepts every shared flag and passes it on to the command.

    The help of a group lists only the options of the group; the help of each command lists the shared flags.
    """

    loaders: ClassVar[Mapping[str, Callable[[], Any]]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _LazyCommands(self.loaders, self.commands)

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the group's own options and all shared flags; --help stays the last one."""
        own = super().get_params(ctx)
        return [*own[:-1], *_all_shared_flags(), *own[-1:]]

    def invoke(self, ctx: Any) -> Any:
        """Store the shared flags that are given to the group, then call its command."""
        move_flags(Context.of(ctx), ctx, _all_shared_flags())
        return super().invoke(ctx)

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """Return the sections of the group's help: only the group's own options."""
        return [("Options", [*self.params, self.get_help_option(ctx)])]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands of the group to its help, then the options."""
        # Typer lists the commands last; a reader of a group's help looks for them first.
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)


def group(package: str, help_text: str, commands: Mapping[str, type[Command]]) -> typer.Typer:
    """Return a command group whose commands are the modules of `package`, each imported on first use.

    `commands` maps the name of each command to its class, in the order of the group's help.
    Without a command, the group prints its help and exits with a usage error.
    """

    class LazyGroup(Group):
        """Command group that imports a command when it is used."""

        loaders: ClassVar[Mapping[str, Callable[[], Any]]] = {
            name: partial(load_command, package, name, kind) for name, kind in commands.items()
        }

    app = typer_app(cls=LazyGroup, help=help_text, invoke_without_command=True)
    app.callback()(_show_group_help)
    return app


def load_group(package: str, name: str) -> Any:
    """Import the package of a command group, and return the group as a Typer command."""
    return get_command(import_module(f"{package}.{name}").app)


def load_command(package: str, name: str, kind: type[Command]) -> Any:
    """Import the module of a command in a group, and return its function as a Typer command."""
    word = name.replace("-", "_")
    module = import_module(f"{package}.{word}")
    function = getattr(module, f"{word}_", None) or getattr(module, word)
    app = typer_app()
    app.command(name, cls=kind)(flatten_options(function))
    return get_command(app)


class _LazyCommands(UserDict[str, Any]):
    """Commands of a group by name; each is imported when it is first looked up.

    Iterating over the names imports no command.
    """

    def __init__(self, loaders: Mapping[str, Callable[[], Any]], loaded: Mapping[str, Any]) -> None:
        super().__init__(loaded)
        self._loaders = dict(loaders)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the group's commands, in the order of the help."""
        return iter(self._loaders | self.data)

    def __len__(self) -> int:
        """Return the number of commands in the group."""
        return len(self._loaders | self.data)

    def __contains__(self, name: object) -> bool:
        """Return whether the group has a command with this name."""
        return name in self._loaders or name in self.data

    def __missing__(self, name: str) -> Any:
        """Import the command of the group with this name, and keep it."""
        command = self._loaders[name]()
        command.name = name  # Typer names a group after its callback, which all groups share
        self.data[name] = command
        return command


def _show_group_help(ctx: typer.Context) -> None:
    """Print the help of a group that is used without a command, and exit with the code of a usage error."""
    if ctx.invoked_subcommand is None:
        Context.of(ctx).messages.write(ctx.get_help())
        raise typer.Exit(2)


def _all_shared_flags() -> Sequence[Any]:
    """Return the options that a group accepts besides its own: all shared flags, as Typer parameters."""
    return (*flags.of_some_commands(), *flags.of_api_commands(), *flags.of_every_command())
