"""The flags that mean one thing everywhere: declared once, accepted before and after the command.

everywhere   by every command
sending      by commands that send requests
optional     by commands that declare them; given before the command, they are passed on to it
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
    """Values of --color."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Flags(NamedTuple):
    """The shared flags of this run; None where a flag was not given."""

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

    def over(self, given: Mapping[str, Any]) -> Flags:
        """These flags with those `given` nearer to the command over them; choices may be given as text."""
        said = {name: value for name, value in given.items() if value is not None}
        for name, kind in (("output", Format), ("color", Color)):
            if name in said:
                said[name] = kind(said[name])
        return self._replace(**said)

    @property
    def format(self) -> Format | None:
        """The format asked for; --json is short for `-o json`."""
        if self.json and self.output not in (None, Format.JSON):
            raise UsageError(f"--json and --output {self.output} contradict each other")
        return Format.JSON if self.json else self.output


LATEST = "latest"
"""The value of --revision that stands for whatever the rule is at."""

Profile = Annotated[str | None, typer.Option("-p", "--profile", metavar="PROFILE", help="Use this profile.")]
SiteId = Annotated[
    str | None, typer.Option("--site-id", metavar="SITE", help="The site that the call is for.")
]
Output = Annotated[
    Format | None, typer.Option("-o", "--output", metavar="FORMAT", help=f"One of: {' '.join(Format)}.")
]
Json = Annotated[bool | None, typer.Option("--json", help="Short for -o json.")]
FieldNames = Annotated[str | None, typer.Option("--fields", metavar="A,B.C", help="Only these fields.")]
Query = Annotated[str | None, typer.Option("--query", metavar="EXPR", help="JMESPath over the JSON.")]
Yes = Annotated[bool | None, typer.Option("-y", "--yes", help="Answer yes to every question.")]
Timeout = Annotated[str | None, typer.Option("--timeout", metavar="SECONDS", help="For one whole call (60).")]
Retries = Annotated[str | None, typer.Option("--retries", metavar="N", help="Extra tries of a call (2).")]
Quiet = Annotated[bool | None, typer.Option("-q", "--quiet", help="No messages but errors.")]
Verbose = Annotated[bool | None, typer.Option("-v", "--verbose", help="Say what is decided and why.")]
Debug = Annotated[bool | None, typer.Option("--debug", help="Trace requests and answers, without secrets.")]
ColorWhen = Annotated[
    Color | None, typer.Option("--color", metavar="WHEN", help="Colours: auto, always or never.")
]
NoInput = Annotated[bool | None, typer.Option("--no-input", help="Never ask anything.")]
DryRun = Annotated[bool | None, typer.Option("-n", "--dry-run", help="Show the requests, send nothing.")]
Curl = Annotated[bool | None, typer.Option("--curl", help="Show them as curl commands, send nothing.")]
File = Annotated[
    str | None,
    typer.Option("-f", "--file", metavar="FILE|-", help="Read JSON, JSONL, YAML or CSV from here."),
]
Revision = Annotated[
    str | None, typer.Option("--revision", metavar="N|latest", help="Only if the rule is at this revision.")
]

Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, metavar="N", help="Port; 0 takes a free one.")]


def _everywhere(  # noqa: PLR0913, PLR0917 - a declaration: Typer reads its parameters
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
    """Declare the flags of every command."""


def _sending(dry_run: DryRun = None, curl: Curl = None) -> None:
    """Declare the flags of commands that send requests."""


def _optional(file: File = None, revision: Revision = None) -> None:
    """Declare the flags that a command itself must take."""


SECTIONS = {
    "Site and server": ("profile", "site_id", "timeout", "retries"),
    "Safety": ("dry_run", "curl", "yes", "no_input"),
    "Output": ("output", "json", "fields", "query", "color"),
    "Messages": ("quiet", "verbose", "debug", "help"),
}
"""The shared flags by the headings of help and man pages."""


def sections(params: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Shared flags under their headings."""
    return [
        (title, [param for name in names for param in params if param.name == name])
        for title, names in SECTIONS.items()
    ]


def revision_number(given: str | None) -> str | None:
    """The number that --revision gives; None for `latest`, and where it was not given."""
    if given is not None and given != LATEST and not is_revision(given):
        raise UsageError(f"--revision takes a number or {LATEST}, got {quoted(given)}")
    return None if given == LATEST else given


@cache
def everywhere() -> Sequence[TyperArgument | TyperOption]:
    """The parameters of every command."""
    return _parameters(_everywhere)


@cache
def sending() -> Sequence[TyperArgument | TyperOption]:
    """The parameters of commands that send requests."""
    return _parameters(_sending)


@cache
def optional() -> Sequence[TyperArgument | TyperOption]:
    """The parameters that are kept for a command that takes them."""
    return _parameters(_optional)


def _parameters(declaration: Callable[..., None]) -> Sequence[Any]:
    app = typer.Typer(add_completion=False)
    app.command()(declaration)
    return get_command(app).params
