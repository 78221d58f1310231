"""`loyaltyctl completion`: the script for a shell."""

from __future__ import annotations

from typing import Annotated

import typer
from typer import Argument

from loyaltyctl.cli.completion.candidates import SHELLS
from loyaltyctl.cli.completion.shell_scripts import script
from loyaltyctl.cli.runtime.command import CONTEXT, Command
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.option_groups import unbundled
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import did_you_mean, quoted

app = typer.Typer(context_settings=CONTEXT, add_completion=False, rich_markup_mode=None)

Shell = Annotated[str, Argument(metavar="SHELL", help=f"One of: {' '.join(SHELLS)}.", show_default=False)]


@app.command("completion", cls=Command)
@unbundled
def completion(ctx: Context, shell: Shell) -> None:
    """Print the script by which TAB completes what is typed.

    Commands, options, what options take, profiles, and rules that a command has seen: TAB
    itself asks no server. For bash, put eval "$(loyaltyctl completion bash)" into
    ~/.bashrc; for zsh, eval "$(loyaltyctl completion zsh)" into ~/.zshrc, below compinit;
    for fish, loyaltyctl completion fish | source into ~/.config/fish/config.fish.

    Examples:
      loyaltyctl completion bash
      loyaltyctl completion fish > loyaltyctl.fish
    """
    if shell not in SHELLS:
        known = did_you_mean(shell, SHELLS, f"known are {', '.join(SHELLS)}")
        raise UsageError(f"there is no completion for {quoted(shell)}{known}")
    ctx.output.write(script(shell))
