"""Usage errors: exceptions of Typer as UsageError, in this program's wording."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import did_you_mean

if TYPE_CHECKING:
    import typer

_REPLACEMENTS = (("'. Did", "'; did"), ("is not a valid int range", "is not a whole number"))
"""Words of Typer's messages, and their replacements."""
_PEM_MARKS = ("-----BEGIN", "-----END")
"""Beginning of a key's text, which Typer parses as an option; the end, if the shell has split the text."""
_API_KEY_MARK = "IST."
_LOGIN = "loyaltyctl auth login"


def from_typer(error: typer.TyperException, program: str) -> UsageError:
    """Return a UsageError with a hint at the help of the command. Does not repeat what may be a key."""
    ctx: typer.Context | None = getattr(error, "ctx", None)
    message = " ".join(error.format_message().split()).rstrip(".")
    for theirs, ours in _REPLACEMENTS:
        message = message.replace(theirs, ours)
    if any(mark in message for mark in _PEM_MARKS):
        return UsageError(
            "the text of a key is given in place of an option or a file name",
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
    return UsageError(message + _suggestion(error, message, ctx), hint=f"See: {command} --help")


def _suggestion(error: typer.TyperException, message: str, ctx: typer.Context | None) -> str:
    """Return a suggestion for an unknown option or choice; empty if none is similar."""
    if option := getattr(error, "option_name", None):
        params = ctx.command.get_params(ctx) if ctx else []
        return did_you_mean(option, [name for param in params for name in param.opts])
    choices = getattr(getattr(getattr(error, "param", None), "type", None), "choices", ())
    unknown = re.search(r"'([^']*)' is not one of", message)
    return did_you_mean(unknown[1], map(str, choices)) if unknown else ""
