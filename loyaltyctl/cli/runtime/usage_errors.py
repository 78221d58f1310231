"""Convert Typer's exceptions for invalid command lines to UsageError, with suggestions and hints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.suggestions import did_you_mean

if TYPE_CHECKING:
    import typer

_REPLACEMENTS = (("'. Did", "'; did"), ("is not a valid int range", "is not a whole number"))
"""Phrases in Typer's messages, and their replacements."""
_PEM_MARKS = ("-----BEGIN", "-----END")
"""Start of the first and the last line of a PEM key. Typer parses a pasted key as options or arguments."""
_API_KEY_MARK = "IST."
"""Prefix of the vendor's API keys."""
_LOGIN = "loyaltyctl auth login"


def from_typer(error: typer.TyperException, program: str) -> UsageError:
    """Convert a Typer exception to a UsageError that refers to the command's help.

    The error does not quote a value that may be a key: error messages end up in logs.
    """
    ctx: typer.Context | None = getattr(error, "ctx", None)
    message = " ".join(error.format_message().split()).rstrip(".")
    for theirs, ours in _REPLACEMENTS:
        message = message.replace(theirs, ours)
    if any(mark in message for mark in _PEM_MARKS):
        return UsageError(
            "the text of a key is given in place of an option or the name of a file",
            hint="Give the name of its file, or pipe the text in and give - for it.\n"
            "To store a public key: loyaltyctl config set public-key-file FILE",
        )
    is_extra = message.startswith("Got unexpected extra argument")
    if _API_KEY_MARK in message or (is_extra and ctx and ctx.command_path == _LOGIN):
        return UsageError(
            "a key is never an argument; it is typed, piped in (--api-key-stdin) or read from a file "
            "(--api-key-file)",
            hint=f"See: {_LOGIN} --help",
        )
    message = message[:1].lower() + message[1:].partition(" (Possible options: ")[0]
    command = ctx.command_path if ctx else program
    return UsageError(message + _did_you_mean_option(error, message, ctx), hint=f"See: {command} --help")


def _did_you_mean_option(error: typer.TyperException, message: str, ctx: typer.Context | None) -> str:
    """Return a "did you mean" suggestion for an unknown option or choice; empty if none is similar."""
    if option := getattr(error, "option_name", None):
        params = ctx.command.get_params(ctx) if ctx else []
        return did_you_mean(option, [name for param in params for name in param.opts])
    choices = getattr(getattr(getattr(error, "param", None), "type", None), "choices", ())
    unknown = re.search(r"'([^']*)' is not one of", message)
    return did_you_mean(unknown[1], map(str, choices)) if unknown else ""
