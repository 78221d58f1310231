"""Root command, and `run`: parse one command line, call the command, convert errors to exit codes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
from typer.main import get_command

from loyaltyctl import __version__
from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.command import ApiCommand, Command, LenientCommand
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.exit_codes import ExitCode, exit_code
from loyaltyctl.cli.runtime.group import Group, load_command, load_group, typer_app
from loyaltyctl.cli.runtime.usage_errors import from_typer
from loyaltyctl.errors import LoyaltyError, UsageError
from loyaltyctl.intake.values import is_unicode, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loyaltyctl.cli.docs.tree import Node

NAME = "loyaltyctl"
GROUPS = ("auth", "config", "rules", "orders", "points", "events", "sandbox")
COMMANDS = {
    "api": ApiCommand,
    "doctor": LenientCommand,
    "schema": Command,
    "completion": Command,
    "help": Command,
    "version": Command,
}
"""Commands of the root, listed after the groups in its help."""
_PACKAGE = __name__.rpartition(".")[0]


class Root(Group):
    """Root command group; its help lists the shared flags and the help topics too."""

    loaders: ClassVar[Mapping[str, Callable[[], Any]]] = {
        **{name: partial(load_group, _PACKAGE, name) for name in GROUPS},
        **{name: partial(load_command, _PACKAGE, name, kind) for name, kind in COMMANDS.items()},
    }

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """Return the sections of the root command's help: its options, then all shared flags."""
        shared = (*flags.of_api_commands(), *flags.of_every_command())
        return [*super().sections(ctx), *flags.sections(shared)]

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the help topics and the examples at the end of the root command's help."""
        from loyaltyctl.cli.docs.topics import TOPICS

        with formatter.section(f"Topics ({NAME} help TOPIC)"):
            formatter.write_dl([(name, topic.about) for name, topic in TOPICS.items()])
        super().format_epilog(ctx, formatter)


root = typer_app(cls=Root, name=NAME, invoke_without_command=True)


@root.callback()
def _root(
    ctx: typer.Context,
    version: Annotated[bool | None, typer.Option("-V", "--version", help="Print the version.")] = None,
) -> None:
    """Run a Wix Loyalty program: earning rules, points and events.

    New here? The profile sandbox needs no account and no network: start with the first
    example. To work on your own site: loyaltyctl auth login. If something does not work:
    loyaltyctl doctor.

    Examples:
      loyaltyctl -p sandbox rules list
      loyaltyctl -p sandbox rules create --title Tickets --trigger events/OrderConfirmed --per 1 --points 2
      loyaltyctl points simulate --amount 4.99 --per 1 --points 10 --explain
    """
    if version or ctx.invoked_subcommand is None:
        Context.of(ctx).output.write(f"{NAME} {__version__}\n" if version else f"{ctx.get_help()}\n")
        raise typer.Exit


def command_tree() -> Node:
    """Return the root command, with all commands below it, for the generators of help texts and man pages."""
    from loyaltyctl.cli.docs.tree import root_node

    return root_node(get_command(root))


def run(argv: Sequence[str], context: Context) -> int:
    """Run the root command with a command line; return the exit code, also for errors."""
    command = get_command(root)
    try:
        for argument in argv:
            # Python decodes invalid bytes of an argument to lone surrogates, which cannot be sent or printed.
            if not is_unicode(argument):
                raise UsageError(f"the argument {quoted(argument)} is not UTF-8")
        with command.make_context(NAME, [*argv], obj=context) as ctx:
            command.invoke(ctx)
        context.console.stdout.flush()  # here, so that a full disk or a closed pipe ends with an error code
        code = int(ExitCode.DONE)
    except typer.Exit as end:
        code = end.exit_code
    except typer.TyperException as error:
        code = _report_error(context, argv, from_typer(error, NAME))
    except LoyaltyError as error:
        code = _report_error(context, argv, error)
    except KeyboardInterrupt:
        context.messages.write(f"interrupted. {context.interrupt_hint}".rstrip(". "))
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        code = ExitCode.PIPE_CLOSED
    except OSError as error:
        code = _report_error(context, argv, _convert_os_error(error))
    finally:
        context.close()  # also saves the rule cache
    return code


def _report_error(context: Context, argv: Sequence[str], error: LoyaltyError) -> int:
    """Write the error that ended the root command, and return its exit code."""
    context.messages.error(error, as_json=wants_json(context, argv))
    return exit_code(error)


def _convert_os_error(error: OSError) -> LoyaltyError:
    """Convert an OSError that ended the root command to a LoyaltyError.

    An OSError without a file name comes from writing the output.
    """
    if error.filename is None:
        return LoyaltyError(f"cannot write the output: {error.strerror}", code="CANNOT_WRITE")
    return LoyaltyError(f"cannot use {error.filename}: {error.strerror}", code="SYSTEM")


def wants_json(context: Context, argv: Sequence[str]) -> bool:
    """Return whether the root command prints its error as JSON.

    Searches argv too: the parser may have stopped at an invalid flag before it reached --json.
    """
    output = context.flags.output or context.console.environ.get("LOYALTYCTL_OUTPUT")
    if context.flags.json or output in ("json", "jsonl"):
        return True
    text = " ".join(argv)
    return "--json" in argv or any(
        flag in text for flag in ("-o json", "-ojson", "--output json", "--output=json")
    )
