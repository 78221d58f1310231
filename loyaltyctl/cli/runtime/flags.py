"""Shared flags such as --profile and --json: declared once, accepted before and after the command.

of_every_command   flags that every command accepts
of_api_commands    flags of commands that send requests: --dry-run and --curl
of_some_commands   flags that some commands declare (-f, --revision), which may also stand before the command
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from typer.main import get_command

from loyaltyctl.config.formats import Format
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import is_revision, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typer.core import TyperArgument, TyperOption


class Color(StrEnum):
    """Values of the shared flag --color."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Flags(NamedTuple):
    """Values of the shared flags; None for a flag that was not given."""

    profile: str | None = None
    site_id: str | None = None
    output: Format | None = None
    json: bool | None = None
    fields: str | None = None
    query: str | None = None
    yes: bool | None = None
    timeout: str | None = None
    retries: str | None = None
    quiet: bool | None = None
    verbose: bool | None = None
    debug: bool | None = None
    color: Color | None = None
    no_input: bool | None = None
    dry_run: bool | None = None
    curl: bool | None = None
    file: str | None = None
    revision: str | None = None

    def override(self, values: Mapping[str, Any]) -> Flags:
        """Return these flags with some values replaced; None keeps the current value.

        Strings for --output and --color are converted to enums here. Typer converts values only for functions
        that it calls, and it never calls the functions that declare the shared flags.
        """
        given = {name: value for name, value in values.items() if value is not None}
        for name, kind in (("output", Format), ("color", Color)):
            if name in given:
                given[name] = kind(given[name])
        return self._replace(**given)

    @property
    def format(self) -> Format | None:
        """Output format requested by -o or --json. Raises UsageError if they contradict each other."""
        if self.json and self.output not in (None, Format.JSON):
            raise UsageError(f"--json and --output {self.output} are mutually exclusive")
        return Format.JSON if self.json else self.output


LATEST = "latest"
"""Value of --revision for the current revision of the rule."""

Profile = Annotated[str | None, typer.Option("-p", "--profile", metavar="PROFILE", help="Use this profile.")]
SiteId = Annotated[str | None, typer.Option("--site-id", metavar="SITE", help="Send requests for this site.")]
Output = Annotated[
    Format | None, typer.Option("-o", "--output", metavar="FORMAT", help=f"One of: {' '.join(Format)}.")
]
Json = Annotated[bool | None, typer.Option("--json", help="Short for -o json.")]
FieldNames = Annotated[str | None, typer.Option("--fields", metavar="A,B.C", help="Only these fields.")]
Query = Annotated[str | None, typer.Option("--query", metavar="EXPR", help="JMESPath over the JSON.")]
Yes = Annotated[bool | None, typer.Option("-y", "--yes", help="Answer yes to all prompts.")]
Timeout = Annotated[
    str | None, typer.Option("--timeout", metavar="SECONDS", help="Time limit of one API call (60).")
]
Retries = Annotated[str | None, typer.Option("--retries", metavar="N", help="Retries of an API call (2).")]
Quiet = Annotated[bool | None, typer.Option("-q", "--quiet", help="Print no messages but errors.")]
Verbose = Annotated[bool | None, typer.Option("-v", "--verbose", help="Explain decisions.")]
Debug = Annotated[bool | None, typer.Option("--debug", help="Trace requests and responses, without secrets.")]
ColorWhen = Annotated[
    Color | None, typer.Option("--color", metavar="WHEN", help="Use colors: auto, always or never.")
]
NoInput = Annotated[bool | None, typer.Option("--no-input", help="Disable prompts.")]
DryRun = Annotated[bool | None, typer.Option("-n", "--dry-run", help="Print the requests, send nothing.")]
Curl = Annotated[bool | None, typer.Option("--curl", help="Print curl commands, send nothing.")]
File = Annotated[
    str | None,
    typer.Option("-f", "--file", metavar="FILE|-", help="Read this JSON, JSONL, YAML or CSV file."),
]
Revision = Annotated[
    str | None, typer.Option("--revision", metavar="N|latest", help="Only if the rule has this revision.")
]

Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")]
Port = Annotated[
    int,
    typer.Option("--port", min=0, max=65535, metavar="N", help="Port to listen on; 0 chooses a free one."),
]


def _declare_flags_of_every_command(  # noqa: PLR0913, PLR0917 - a declaration: Typer reads its parameters
    profile: Profile = None,
    site_id: SiteId = None,
    output: Output = None,
    json: Json = None,
    fields: FieldNames = None,
    query: Query = None,
    yes: Yes = None,
    timeout: Timeout = None,
    retries: Retries = None,
    quiet: Quiet = None,
    verbose: Verbose = None,
    debug: Debug = None,
    color: ColorWhen = None,
    no_input: NoInput = None,
) -> None:
    """Declare the shared flags that every command accepts, such as --profile and --json, for Typer."""


def _declare_flags_of_api_commands(dry_run: DryRun = None, curl: Curl = None) -> None:
    """Declare the shared flags of commands that send requests, --dry-run and --curl, for Typer."""


def _declare_flags_of_some_commands(file: File = None, revision: Revision = None) -> None:
    """Declare the shared flags that only some commands accept, -f and --revision, for Typer."""


SECTIONS = {
    "Site and server": ("profile", "site_id", "timeout", "retries"),
    "Safety": ("dry_run", "curl", "yes", "no_input"),
    "Output": ("output", "json", "fields", "query", "color"),
    "Messages": ("quiet", "verbose", "debug", "help"),
}
"""Headings of help texts and man pages, each with the shared flags listed under it."""


def sections(params: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Group shared flags by the headings of help texts and man pages."""
    return [
        (title, [param for name in names for param in params if param.name == name])
        for title, names in SECTIONS.items()
    ]


def revision_number(value: str | None) -> str | None:
    """Return the number given with the shared flag --revision. None means `latest`, or no flag.

    Raises UsageError for any other value.
    """
    if value is not None and value != LATEST and not is_revision(value):
        raise UsageError(f"--revision takes a number or {LATEST}, got {quoted(value)}")
    return None if value == LATEST else value


@cache
def of_every_command() -> Sequence[TyperArgument | TyperOption]:
    """Return the shared flags of every command, as Typer parameters."""
    return _typer_parameters(_declare_flags_of_every_command)


@cache
def of_api_commands() -> Sequence[TyperArgument | TyperOption]:
    """Return the shared flags of commands that send requests, as Typer parameters."""
    return _typer_parameters(_declare_flags_of_api_commands)


@cache
def of_some_commands() -> Sequence[TyperArgument | TyperOption]:
    """Return the shared flags that only some commands accept, such as --file, as Typer parameters."""
    return _typer_parameters(_declare_flags_of_some_commands)


def _typer_parameters(declaration: Callable[..., None]) -> Sequence[Any]:
    """Return the shared flags that one of the `_declare` functions has, as Typer parameters."""
    app = typer.Typer(add_completion=False)
    app.command()(declaration)
    return get_command(app).params
