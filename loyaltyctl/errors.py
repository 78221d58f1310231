"""Exception hierarchy: each exception has a message, a stable code for scripts, and perhaps a hint.

cli/runtime/exit_codes.py has the exit code of each class; cli/runtime/messages.py formats the error output.

    LoyaltyError
    ├── UsageError     invalid use of the command line
    ├── NotFound       no such rule, profile or setting
    ├── NotAllowed     missing or rejected credentials, missing permission
    ├── Conflict       changed, or being changed, by someone else
    ├── InvalidData    a file or a value is invalid, here or for the API
    ├── TryLater       network, timeout, rate limit or server error
    ├── Incomplete     partly done, or the outcome is unknown
    ├── InvalidToken   a signed token is not trustworthy
    ├── Difference     a comparison or a gate failed
    └── Declined       declined at the prompt
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Location(NamedTuple):
    """Location of an error in a file: line and column, both from 1, or 0 if unknown.

    In a file of one line, such as minified JSON, `item` is given instead: the number of the list item.
    """

    file: str
    line: int = 0
    column: int = 0
    item: int = 0

    def __str__(self) -> str:
        """Return the location of an error as text: `rules.yaml line 3 column 5`."""
        if self.item:
            return f"{self.file} item {self.item}"
        named = {"line": self.line, "column": self.column}
        return " ".join([self.file, *(f"{name} {number}" for name, number in named.items() if number)])


class Detail(NamedTuple):
    """One of the problems that an error lists. `rule` is a code for the problem, such as STRING_TOO_LONG."""

    message: str
    field: str = ""
    where: Location | str = ""
    rule: str = ""

    def __str__(self) -> str:
        """Return the problem as a line of an error message: `rules.yaml line 3: title: is missing`."""
        return ": ".join(part for part in (str(self.where), self.field, self.message) if part)


class LoyaltyError(Exception):
    """Base class of all exceptions that are reported to the user.

    `code` is stable, for scripts; an error response of the API keeps the API's own code. The message begins
    with the location `at`, if it is given.
    """

    code: ClassVar[str] = "ERROR"

    def __init__(  # noqa: PLR0913 - all but the message are optional facts, given by name
        self,
        message: str,
        *,
        at: Location | None = None,
        hint: str = "",
        code: str = "",
        details: Iterable[Detail] = (),
        http_status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.problem = message
        self.at = at
        self.hint = hint
        self.reason = code or self.code
        self.details = tuple(details)
        self.http_status = http_status
        self.request_id = request_id

    def __str__(self) -> str:
        """Return the message of the error."""
        return self.message

    @property
    def message(self) -> str:
        """Message of the error: the location, if it is known, and the problem."""
        return f"{self.at}: {self.problem}" if self.at else self.problem


class UsageError(LoyaltyError):
    """Error for invalid use of the command line."""

    code = "USAGE"


class NotFound(LoyaltyError):
    """Error for a rule, profile or setting that does not exist."""

    code = "NOT_FOUND"


class NotAllowed(LoyaltyError):
    """Error for missing or rejected credentials, or for a missing permission."""

    code = "NOT_ALLOWED"


class Conflict(LoyaltyError):
    """Error for data that someone else changed, or is changing."""

    code = "CONFLICT"


class InvalidData(LoyaltyError):
    """Error for a file or a value that is invalid, here or for the API."""

    code = "INVALID_DATA"


class TryLater(LoyaltyError):
    """Error for a network failure, a timeout, a rate limit or a server error."""

    code = "TRY_LATER"


class Incomplete(LoyaltyError):
    """Error for work that is partly done, or whose outcome is unknown."""

    code = "INCOMPLETE"


class InvalidToken(LoyaltyError):
    """Error for a signed token that is malformed, forged, expired or not valid yet. The code tells which."""

    code = "INVALID_TOKEN"


class Difference(LoyaltyError):
    """Error for a comparison that found differences, or a gate that failed."""

    code = "DIFFERENCE"


class Declined(LoyaltyError):
    """Error for a confirmation that was declined at the prompt."""

    code = "DECLINED"
