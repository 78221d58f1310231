"""`loyaltyctl completion`: the script for a shell."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from loyaltyctl.cli.completion.candidates import SHELLS
from loyaltyctl.cli.completion.shell_scripts import script
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import did_you_mean, quoted

Shell = Annotated[str, Argument(metavar="SHELL", help=f"One of: {' '.join(SHELLS)}.", show_default=False)]


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
