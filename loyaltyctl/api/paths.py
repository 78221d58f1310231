"""Validation of API paths given by the user, which must not lead to another server."""

from __future__ import annotations

from urllib.parse import unquote

from loyaltyctl.errors import UsageError

_PATH_HINT = (
    "Credentials are sent to the configured server only, so give the path without the server, such as "
    "/_api/loyalty-earning-rules/v1/earning-rules/rules"
)


def validate_path(path: str) -> str:
    """Return an API path, which may have a query, unchanged if it is valid.

    Raises UsageError for a path that could lead to another server. The error does not quote the path: a URL
    may contain a password.
    """
    if problem := _path_problem(path):
        raise UsageError(f"the path {problem}", hint=_PATH_HINT)
    return path


def _path_problem(path: str) -> str:
    """Return the first problem of an API path; empty if it is valid."""
    named = path.partition("?")[0]
    while (decoded := unquote(named)) != named:  # some servers decode more than once
        named = decoded
    problems = {
        "must begin with a /": not path.startswith("/"),
        "has characters that must be percent-encoded, such as a space as %20": not _is_printable_ascii(path),
        "must not contain #": "#" in path,
        "must not contain control characters": not named.isprintable(),
        "must not contain // or \\": "//" in named or "\\" in named,
        "must not contain . or .. between slashes": not {".", ".."}.isdisjoint(named.split("/")),
    }
    return next((problem for problem, is_so in problems.items() if is_so), "")


def _is_printable_ascii(path: str) -> bool:
    """Return whether an API path consists of printable ASCII characters without spaces."""
    return path.isascii() and path.isprintable() and " " not in path
