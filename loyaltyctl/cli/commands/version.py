"""`loyaltyctl version`."""

from __future__ import annotations

import platform

import typer

from loyaltyctl import __version__
from loyaltyctl.cli.runtime.command import CONTEXT, Command
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.option_groups import unbundled

app = typer.Typer(context_settings=CONTEXT, add_completion=False, rich_markup_mode=None)


@app.command("version", cls=Command)
@unbundled
def version(ctx: Context) -> None:
    """Print the version, and what it runs on.

    Examples:
      loyaltyctl version
      loyaltyctl version --json
    """
    facts = {"version": __version__, "python": platform.python_version(), "platform": platform.platform()}
    ctx.output.show_object(facts)
