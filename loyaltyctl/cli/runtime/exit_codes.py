"""Exit codes: one table, printed in help, README and man pages from here."""

from __future__ import annotations

from enum import IntEnum

from loyaltyctl import errors


class ExitCode(IntEnum):
    """What a run ended with."""

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
    ExitCode.DONE: "done; also where nothing was found or nothing was to do",
    ExitCode.FAILED: "anything else",
    ExitCode.USAGE: "usage: an option, an argument or a combination that makes no sense",
    ExitCode.NOT_FOUND: "not found",
    ExitCode.NOT_ALLOWED: "not authenticated, or not allowed",
    ExitCode.CONFLICT: "conflict: somebody else changed it, or works on it",
    ExitCode.INVALID: "invalid data: in a file, or by the API's validation",
    ExitCode.TRY_LATER: "try again later: network, time-out, rate limit, server error",
    ExitCode.INCOMPLETE: "some items failed, or the outcome of a write is unknown",
    ExitCode.INVALID_TOKEN: "a signature or a claim of a token does not hold",
    ExitCode.DIFFERENCE: "something differs from what is wanted: --exit-code, --max-increase, events send",
    ExitCode.DECLINED: "declined at a prompt",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
    ExitCode.PIPE_CLOSED: "the reader of the output went away",
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
    """The exit code for an error."""
    return _BY_ERROR[type(error)]
