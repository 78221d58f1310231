"""The root of the command tree, and the run from argv to exit code.

The root knows its groups by name; a group's module, and what that imports, is loaded
when it is asked for.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
from typer.main import get_command

from loyaltyctl import __version__
from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.command import ApiCommand, Command, LenientCommand
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.exit_codes import ExitCode, exit_code
from loyaltyctl.cli.runtime.group import SETTINGS, Group, load_command, load_group
from loyaltyctl.errors import LoyaltyError, UsageError
from loyaltyctl.intake.values import did_you_mean, is_unicode, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loyaltyctl.cli.docs.tree import Node

NAME = "loyaltyctl"
_WORDS = (("'. Did", "'; did"), ("is not a valid int range", "is not a whole number"))
"""What Typer says, and what is said here."""
PEM = "-----BEGIN"
"""What keys begin with, and Typer takes for an option."""
_PEM_END = "-----END"
"""The same, where a shell makes words of a key."""
_KEY = "IST."
"""What API keys begin with."""
_LOGIN = f"{NAME} auth login"
_NEVER = (
    "a key is never an argument; it is typed, piped in (--api-key-stdin) or read from a file (--api-key-file)"
)
GROUPS = ("auth", "config", "rules", "points", "events", "sandbox")
COMMANDS = {
    "api": ApiCommand,
    "doctor": LenientCommand,
    "schema": Command,
    "completion": Command,
    "help": Command,
    "version": Command,
}
"""Groups, then commands, of the root, in the order of its help."""
_PACKAGE = __name__.rpartition(".")[0]


class Root(Group):
    """The root group."""

    loaders: ClassVar[Mapping[str, Callable[[], Any]]] = {
        **{name: partial(load_group, _PACKAGE, name) for name in GROUPS},
        **{name: partial(load_command, _PACKAGE, name, kind) for name, kind in COMMANDS.items()},
    }

    def sections(self, ctx: Any) -> list[tuple[str, list[Any]]]:
        """All that is taken everywhere."""
        shared = (*flags.sending(), *flags.everywhere())
        return [*super().sections(ctx), *flags.sections(shared)]

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from loyaltyctl.cli.docs.topics import TOPICS

        with formatter.section(f"Topics ({NAME} help TOPIC)"):
            formatter.write_dl([(name, topic.about) for name, topic in TOPICS.items()])
        super().format_epilog(ctx, formatter)


root = typer.Typer(
    cls=Root,
    name=NAME,
    context_settings=SETTINGS,
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@root.callback()
def _root(
    ctx: typer.Context,
    version: Annotated[bool | None, typer.Option("-V", "--version", help="Print the version.")] = None,
) -> None:
    """Run a Wix Loyalty program: earning rules, points and events.

    New here? The profile sandbox needs no account and no network: begin with the first
    example. To work on your own site: loyaltyctl auth login. Where something does not
    work: loyaltyctl doctor.

    Examples:
      loyaltyctl -p sandbox rules list
      loyaltyctl -p sandbox rules create --title Tickets --trigger events/OrderConfirmed --per 1 --points 2
      loyaltyctl points simulate --amount 4.99 --per 1 --points 10 --explain
    """
    if version or ctx.invoked_subcommand is None:
        Context.of(ctx).output.write(f"{NAME} {__version__}\n" if version else f"{ctx.get_help()}\n")
        raise typer.Exit


def command_tree() -> Node:
    """Return the tree of all commands, for help and documentation."""
    from loyaltyctl.cli.docs.tree import top

    return top(get_command(root))


def run(argv: Sequence[str], context: Context) -> int:
    """Run one command line; the only place that makes an exit code of what went wrong."""
    command = get_command(root)
    try:
        for argument in argv:
            if not is_unicode(argument):
                raise UsageError(f"the argument {quoted(argument)} is not UTF-8")
        with command.make_context(NAME, [*argv], obj=context) as ctx:
            command.invoke(ctx)
        context.console.stdout.flush()
        code = int(ExitCode.DONE)
    except typer.Exit as end:
        code = end.exit_code
    except typer.TyperException as error:
        code = _failed(context, argv, _usage(error))
    except LoyaltyError as error:
        code = _failed(context, argv, error)
    except KeyboardInterrupt:
        context.messages.write(f"interrupted. {context.interrupt_hint}".rstrip(". "))
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        code = ExitCode.PIPE_CLOSED
    except OSError as error:
        code = _failed(context, argv, _refused(error))
    finally:
        context.close()
    return code


def _failed(context: Context, argv: Sequence[str], error: LoyaltyError) -> int:
    context.messages.error(error, as_json=wants_json(context, argv))
    return exit_code(error)


def _refused(error: OSError) -> LoyaltyError:
    """What the system refused: a file, where it names one, else the output."""
    if error.filename is None:
        return LoyaltyError(f"cannot write the output: {error.strerror}", code="CANNOT_WRITE")
    return LoyaltyError(f"cannot use {error.filename}: {error.strerror}", code="SYSTEM")


def _usage(error: typer.TyperException) -> UsageError:
    """Convert an error of Typer to an exception of `errors`."""
    ctx: typer.Context | None = getattr(error, "ctx", None)
    message = " ".join(error.format_message().split()).rstrip(".")
    for theirs, ours in _WORDS:
        message = message.replace(theirs, ours)
    if PEM in message or _PEM_END in message:
        return UsageError(
            "the text of a key is given where an option or the name of a file belongs",
            hint="Give the name of its file, or pipe the text in and give - for it.\n"
            "To keep a public key: loyaltyctl config set public-key-file FILE",
        )
    is_extra = message.startswith("Got unexpected extra argument")
    if _KEY in message or (is_extra and ctx and ctx.command_path == _LOGIN):
        return UsageError(_NEVER, hint=f"See: {_LOGIN} --help")  # what was given stays unsaid
    message = (
        message[:1].lower() + message[1:].partition(" (Possible options: ")[0] + _meant(error, message, ctx)
    )
    return UsageError(message, hint=f"See: {ctx.command_path if ctx else NAME} --help")


def _meant(error: typer.TyperException, message: str, ctx: typer.Context | None) -> str:
    """How a message about an unknown option or choice goes on, where another one is near."""
    if option := getattr(error, "option_name", None):
        params = ctx.command.get_params(ctx) if ctx else []
        return did_you_mean(option, [name for param in params for name in param.opts])
    choices = getattr(getattr(getattr(error, "param", None), "type", None), "choices", ())
    given = re.search(r"'([^']*)' is not one of", message)
    return did_you_mean(given[1], map(str, choices)) if given else ""


def wants_json(context: Context, argv: Sequence[str]) -> bool:
    """Whether errors are wanted as JSON. The flags may stand behind the one that was wrong."""
    if context.flags.json or (context.flags.output or context.console.environ.get("LOYALTYCTL_OUTPUT")) in (
        "json",
        "jsonl",
    ):
        return True
    text = " ".join(argv)
    return "--json" in argv or any(
        flag in text for flag in ("-o json", "-ojson", "--output json", "--output=json")
    )
