"""Completion scripts of bash, zsh and fish."""

from __future__ import annotations

from importlib.resources import files

SCRIPTS = {"bash": "loyaltyctl.bash", "zsh": "_loyaltyctl", "fish": "loyaltyctl.fish"}
"""File name of each script, by the convention of its shell."""


def script(shell: str) -> str:
    """Return the completion script of a shell."""
    return (files("loyaltyctl.cli.completion") / "scripts" / SCRIPTS[shell]).read_text(encoding="utf-8")
