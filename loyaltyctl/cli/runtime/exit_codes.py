"""Exit codes of the program, their meanings for help and man pages, and the exit code of each exception."""

from __future__ import annotations

from enum import IntEnum

from loyaltyctl import errors


class ExitCode(IntEnum):
    """Exit code of the program; the codes above 128 are 128 + the signal number, as shells report them."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    CONFLICT = 5
    INVALID = 6
    TRY_LATER = 7
    INCOMPLETE = 8
    INVALID_TOKEN = 9
    DIFFERENCE = 10
    DECLINED = 11
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


MEANINGS = {
    ExitCode.DONE: "done; also if nothing was found, or nothing had to be done",
    ExitCode.FAILED: "any other error",
    ExitCode.USAGE: "usage: an invalid option or argument, or an invalid combination",
    ExitCode.NOT_FOUND: "not found",
    ExitCode.NOT_ALLOWED: "not authenticated, or not permitted",
    ExitCode.CONFLICT: "conflict: changed by somebody else, or locked by another run",
    ExitCode.INVALID: "invalid data: in a file, or rejected by the API's validation",
    ExitCode.TRY_LATER: "temporary failure: network, timeout, rate limit, server error",
    ExitCode.INCOMPLETE: "incomplete: some items failed, or the outcome of a write is unknown",
    ExitCode.INVALID_TOKEN: "invalid token: its signature or a claim",
    ExitCode.DIFFERENCE: "a difference: --exit-code, --max-increase, events send",
    ExitCode.DECLINED: "declined at a prompt",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
    ExitCode.PIPE_CLOSED: "output pipe closed",
    ExitCode.TERMINATED: "terminated (SIGTERM)",
}

_BY_ERROR: dict[type[errors.LoyaltyError], ExitCode] = {
    errors.LoyaltyError: ExitCode.FAILED,
    errors.UsageError: ExitCode.USAGE,
    errors.NotFound: ExitCode.NOT_FOUND,
    errors.NotAllowed: ExitCode.NOT_ALLOWED,
    errors.Conflict: ExitCode.CONFLICT,
    errors.InvalidData: ExitCode.INVALID,
    errors.TryLater: ExitCode.TRY_LATER,
    errors.Incomplete: ExitCode.INCOMPLETE,
    errors.InvalidToken: ExitCode.INVALID_TOKEN,
    errors.Difference: ExitCode.DIFFERENCE,
    errors.Declined: ExitCode.DECLINED,
}


def exit_code(error: errors.LoyaltyError) -> ExitCode:
    """Return the exit code for an exception of this program."""
    return _BY_ERROR[type(error)]
