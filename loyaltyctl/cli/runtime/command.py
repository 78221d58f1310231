"""Base classes of commands, on top of Typer: shared flags, and help with sections and examples.

The help of a command is the docstring of its function. The lines after `Examples:` are printed
unchanged at the end of the help, and the tests run them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = "\nExamples:\n"
PATH_METAVAR = re.compile(r"\b(FILE|FOLDER|PLAN|PREFIX|ORDERS)\b")
"""Metavars of parameters that take a path: their values are checked before the command runs."""


class HelpFormatter:
    """Mixin for Typer commands and groups that formats their help: text, parameters by section, examples."""

    help: str | None

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """Return the sections of a command's help, each a heading with the parameters below it."""
        raise NotImplementedError

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write the text of a command's help, without the examples."""
        # Typer would wrap the examples as a paragraph, so they are hidden here; format_epilog writes them.
        whole, self.help = self.help, (self.help or "").partition(EXAMPLES)[0]
        super().format_help_text(ctx, formatter)  # type: ignore[misc]  # the other base class has it
        self.help = whole

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the parameters of a command to its help, section by section."""
        for title, params in self.sections(ctx):
            rows = [record for param in params if (record := param.get_help_record(ctx)) is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples at the end of a command's help."""
        super().format_epilog(ctx, formatter)  # type: ignore[misc]  # as above
        if examples := (self.help or "").partition(EXAMPLES)[2]:
            formatter.write(f"{EXAMPLES}{examples}\n")


class Command(HelpFormatter, TyperCommand):
    """Typer command with its own parameters, followed by the shared flags."""

    has_sarif = False
    is_lenient = False

    def shared_params(self) -> Sequence[Any]:
        """Return the shared flags that this command accepts."""
        return flags.of_every_command()

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the command's own parameters and the shared flags; --help stays the last one."""
        own = super().get_params(ctx)
        return [*own[:-1], *self.shared_params(), *own[-1:]]

    def invoke(self, ctx: Any) -> Any:
        """Store the shared flags, check paths and output format, then call the command's function."""
        context = Context.of(ctx)
        context.command = ctx.command_path.partition(" ")[2]
        move_flags(context, ctx, self.shared_params())
        self._apply_flags_before_command(context, ctx)
        for param in self.params:
            _check_path_value(param, ctx.params.get(str(param.name)))
        # Before check_format, which loads the settings and would raise the first invalid one.
        if self.is_lenient:
            context.load_valid_settings()
        context.output.check_format(sarif=self.has_sarif)
        return super().invoke(ctx)

    def _apply_flags_before_command(self, context: Context, ctx: Any) -> None:
        """Set parameters of a command from flags given before it, as in `loyaltyctl -f FILE rules apply`.

        Raises UsageError for a flag that the command does not accept: ignoring --dry-run would be dangerous.
        """
        own = {param.name: param for param in self.params}
        for param in (*flags.of_some_commands(), *flags.of_api_commands()):
            name = str(param.name)
            value = getattr(context.flags, name)
            if value is not None and name in own:
                # A flag after the command wins over the one before it.
                value = [value] if getattr(own[name], "multiple", False) else value
                ctx.params[name] = ctx.params[name] or value
            elif value is not None and param not in self.shared_params():
                raise UsageError(f"{ctx.command_path} takes no {param.opts[-1]}")

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """Return the sections of a command's help: arguments, options, then the shared flags.

        Options with a `rich_help_panel` have a section of that name, after the other options.
        """
        own: dict[str, list[Any]] = {"Arguments": [], "Options": []}
        for param in self.params:
            title = "Arguments" if param.param_type_name == "argument" else _section(param)
            own.setdefault(title, []).append(param)
        return [*own.items(), *flags.sections([*self.shared_params(), self.get_help_option(ctx)])]


class ApiCommand(Command):
    """Command that sends requests; accepts --dry-run and --curl."""

    def shared_params(self) -> Sequence[Any]:
        """Return the shared flags of a command that sends requests."""
        return (*flags.of_api_commands(), *super().shared_params())

    def invoke(self, ctx: Any) -> Any:
        """Call the command's function, then print the requests of a dry run."""
        result = super().invoke(ctx)
        Context.of(ctx).show_requests()
        return result


class LintCommand(Command):
    """Command that reports problems in files; accepts -o sarif."""

    has_sarif = True


class LenientCommand(Command):
    """Command that runs even if settings are invalid; their errors are in `Context.setting_errors`."""

    is_lenient = True


def move_flags(context: Context, ctx: Any, params: Sequence[Any]) -> None:
    """Remove the shared flags from the parameters of a Typer command or group; store them in the console.

    The function of a command has no parameters for shared flags.
    """
    values = {str(param.name): ctx.params.pop(param.name) for param in params}
    context.console.flags = context.flags.override(values)


def _section(option: Any) -> str:
    """Return the heading in the help for an option of a command, but for shared flags."""
    return str(option.rich_help_panel or "Options")


def _check_path_value(param: Any, value: Any) -> None:
    """Raise UsageError if a path given to a command is empty, or contains a NUL character."""
    if not PATH_METAVAR.search(param.metavar or ""):
        return
    option = param.opts[-1] if param.param_type_name == "option" else param.metavar
    for name in value if isinstance(value, list | tuple) else [value]:
        if name == "":
            hint = "An unset variable gives an empty name."
            raise UsageError(f"the file name for {option} is empty", hint=hint)
        if isinstance(name, str) and "\0" in name:
            raise UsageError(f"the file name for {option} has a NUL character")
