"""`loyaltyctl completion`: print the completion script of a shell."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from loyaltyctl.cli.completion.shell_scripts import SCRIPTS, script
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted

Shell = Annotated[str, Argument(metavar="SHELL", help=f"One of: {' '.join(SCRIPTS)}.", show_default=False)]


def completion(ctx: Context, shell: Shell) -> None:
    """Print a shell completion script.

    It completes commands, options and their values, profiles, and the ids of rules that a
    command has seen; it never calls the API. For bash, add eval "$(loyaltyctl completion
    bash)" to ~/.bashrc; for zsh, eval "$(loyaltyctl completion zsh)" to ~/.zshrc, after
    compinit; for fish, loyaltyctl completion fish | source to ~/.config/fish/config.fish.

    Examples:
      loyaltyctl completion bash
      loyaltyctl completion fish > loyaltyctl.fish
    """
    if shell not in SCRIPTS:
        known = did_you_mean(shell, SCRIPTS, f"known are {', '.join(SCRIPTS)}")
        raise UsageError(f"there is no completion for {quoted(shell)}{known}")
    ctx.output.write(script(shell))
