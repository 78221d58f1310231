"""Commands of the command line, on top of Typer: shared flags, help by sections, examples at its end.

The help of a command is its docstring. The lines after `Examples:` are printed as they are, and the
tests run them.
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
"""Words in the metavar of a parameter that takes a path."""


class HelpFormatter:
    """Mixin that formats help: the text, parameters by section, examples."""

    help: str | None

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """Return the parameters under the headings of the help."""
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


class Command(HelpFormatter, TyperCommand):
    """A command: its own parameters, then the shared flags."""

    has_sarif = False
    is_lenient = False

    def shared_params(self) -> Sequence[Any]:
        """Return the shared flags of this command."""
        return flags.everywhere()

    def get_params(self, ctx: Any) -> list[Any]:
        own = super().get_params(ctx)
        return [*own[:-1], *self.shared_params(), *own[-1:]]  # --help stays the last one

    def invoke(self, ctx: Any) -> Any:
        context = Context.of(ctx)
        context.command = ctx.command_path.partition(" ")[2]
        move_flags(context, ctx, self.shared_params())
        self._apply_optional_flags(context, ctx)
        for param in self.params:
            _check_path(param, ctx.params.get(str(param.name)))
        if self.is_lenient:
            context.load_valid_settings()
        context.output.check_format(sarif=self.has_sarif)
        return super().invoke(ctx)

    def _apply_optional_flags(self, context: Context, ctx: Any) -> None:
        """Pass flags from before the command on to it. Raises UsageError for one that it does not take."""
        own = {param.name: param for param in self.params}
        for param in (*flags.optional(), *flags.sending()):
            name = str(param.name)
            value = getattr(context.flags, name)
            if value is not None and name in own:
                value = [value] if getattr(own[name], "multiple", False) else value
                ctx.params[name] = ctx.params[name] or value
            elif value is not None and param not in self.shared_params():
                raise UsageError(f"{ctx.command_path} takes no {param.opts[-1]}")

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """Return the parameters under the headings of the help."""
        return [
            ("Arguments", [param for param in self.params if param.param_type_name == "argument"]),
            ("Options", [param for param in self.params if param.param_type_name == "option"]),
            *flags.sections([*self.shared_params(), self.get_help_option(ctx)]),
        ]


class ApiCommand(Command):
    """A command that sends requests; takes --dry-run and --curl."""

    def shared_params(self) -> Sequence[Any]:
        return (*flags.sending(), *super().shared_params())

    def invoke(self, ctx: Any) -> Any:
        result = super().invoke(ctx)
        Context.of(ctx).show_requests()
        return result


class LintCommand(Command):
    """A command that reports problems in files; takes -o sarif."""

    has_sarif = True


class LenientCommand(Command):
    """A command that runs with invalid settings, and reports them."""

    is_lenient = True


def move_flags(context: Context, ctx: Any, params: Sequence[Any]) -> None:
    """Move the values of shared flags from the parameters of a Typer context to the console."""
    values = {str(param.name): ctx.params.pop(param.name) for param in params}
    context.console.flags = context.flags.override(values)


def _check_path(param: Any, value: Any) -> None:
    """Raise UsageError for an empty file name: often it is the value of an unset variable."""
    if not PATH_METAVAR.search(param.metavar or ""):
        return
    option = param.opts[-1] if param.param_type_name == "option" else param.metavar
    for name in value if isinstance(value, list | tuple) else [value]:
        if name == "":
            hint = "An unset variable gives an empty name."
            raise UsageError(f"the file name for {option} is empty", hint=hint)
        if isinstance(name, str) and "\0" in name:
            raise UsageError(f"the file name for {option} has a NUL character")
