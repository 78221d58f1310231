"""Completion scripts for bash, zsh and fish."""

from __future__ import annotations

from importlib.resources import files

SCRIPTS = {"bash": "loyaltyctl.bash", "zsh": "_loyaltyctl", "fish": "loyaltyctl.fish"}
"""File name of the completion script for each shell, by the convention of that shell."""


def script(shell: str) -> str:
    """Return the completion script for a shell."""
    return (files("loyaltyctl.cli.completion") / "scripts" / SCRIPTS[shell]).read_text(encoding="utf-8")
