"""A path that a person gives, on the server that the credentials are for, and on no other."""

from __future__ import annotations

from urllib.parse import unquote

from loyaltyctl.errors import UsageError

_HINT = (
    "Credentials go to the server in use alone, so what is given begins after it, such as "
    "/_api/loyalty-earning-rules/v1/earning-rules/rules"
)


def validate_path(path: str) -> str:
    """`path`, perhaps with a query, when it names something on whichever server it is sent to.

    Raises UsageError, which does not quote it: an address may hold a password.
    """
    if why := _trouble(path):
        raise UsageError(f"the path {why}", hint=_HINT)
    return path


def _trouble(path: str) -> str:
    """Return what makes a path unusable; empty if it is usable."""
    named = path.partition("?")[0]
    while (once := unquote(named)) != named:  # some servers decode what others left
        named = once
    troubles = {
        "must begin with a /": not path.startswith("/"),
        "has characters that must be written as %20 and the like": not _is_plain(path),
        "must not have a # in it": "#" in path,
        "must not have control characters in it": not named.isprintable(),
        "must not have // or \\ in it": "//" in named or "\\" in named,
        "must not have . or .. for a step": not {".", ".."}.isdisjoint(named.split("/")),
    }
    return next((why for why, is_so in troubles.items() if is_so), "")


def _is_plain(path: str) -> bool:
    return path.isascii() and path.isprintable() and " " not in path
