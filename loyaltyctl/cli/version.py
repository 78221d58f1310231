"""`loyaltyctl version`."""

from __future__ import annotations

import platform

import typer
from typer import Context

from loyaltyctl import __version__
from loyaltyctl.cli.command import CONTEXT, Command
from loyaltyctl.cli.desk import Desk

app = typer.Typer(context_settings=CONTEXT, add_completion=False, rich_markup_mode=None)


@app.command("version", cls=Command)
def version(ctx: Context) -> None:
    """Print the version, and what it runs on.

    Examples:
      loyaltyctl version
      loyaltyctl version --json
    """
    facts = {"version": __version__, "python": platform.python_version(), "platform": platform.platform()}
    Desk.of(ctx).show_facts(facts)
