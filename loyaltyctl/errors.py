"""What can go wrong, and what to do next.

An error is a fact: what happened, with which value, and a hint. Which exit code
it becomes, and how it looks, is the command line's affair (cli/exits.py).

    LoyaltyError
    ├── UsageError     the command line asks for something that makes no sense
    ├── NotFound       no such rule, profile or setting
    ├── NotAllowed     no credentials, refused credentials, missing permission
    ├── Conflict       somebody else changed it, or works on it at this moment
    ├── InvalidData    a file or a value breaks a rule, here or at the API
    ├── TryLater       network, time-out, rate limit or a broken server
    ├── Incomplete     some of it is done, or nobody can tell whether it is
    ├── InvalidToken   a signed token is not one that may be trusted
    ├── Difference     what was compared differs by more than is wanted
    └── Declined       the answer at the prompt was no
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Location(NamedTuple):
    """A place in a file that a person can go to: line and column count from 1, 0 is unknown.

    In a file of one line it is the number of the item that tells.
    """

    file: str
    line: int = 0
    column: int = 0
    item: int = 0

    def __str__(self) -> str:
        if self.item:
            return f"{self.file} item {self.item}"
        named = {"line": self.line, "column": self.column}
        return " ".join([self.file, *(f"{name} {number}" for name, number in named.items() if number)])


class Detail(NamedTuple):
    """One thing that is wrong: where it stands, which field, and what about it."""

    message: str
    field: str = ""
    where: Location | str = ""
    rule: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.where), self.field, self.message) if part)


class LoyaltyError(Exception):
    """Any failure that a person can do something about.

    `code` is stable and meant for scripts; an API error brings the API's own. Where it
    stands `at` a spot of a file, the message begins with that.
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
        return self.message

    @property
    def message(self) -> str:
        """What happened, and where."""
        return f"{self.at}: {self.problem}" if self.at else self.problem


class UsageError(LoyaltyError):
    """The command line asks for something that makes no sense."""

    code = "USAGE"


class NotFound(LoyaltyError):
    """There is no such rule, profile or setting."""

    code = "NOT_FOUND"


class NotAllowed(LoyaltyError):
    """Credentials are missing or refused, or do not permit this."""

    code = "NOT_ALLOWED"


class Conflict(LoyaltyError):
    """Somebody else changed it, or is working on it at this moment."""

    code = "CONFLICT"


class InvalidData(LoyaltyError):
    """A file or a value breaks a rule: one found here, or one of the API's."""

    code = "INVALID_DATA"


class TryLater(LoyaltyError):
    """The network, a time limit, the rate limit or a broken server stood in the way."""

    code = "TRY_LATER"


class Incomplete(LoyaltyError):
    """Some of it is done and some is not, or nobody can tell."""

    code = "INCOMPLETE"


class InvalidToken(LoyaltyError):
    """A signed token is malformed, forged, or out of its time; the code says which."""

    code = "INVALID_TOKEN"


class Difference(LoyaltyError):
    """What was compared differs by more than is wanted."""

    code = "DIFFERENCE"


class Declined(LoyaltyError):
    """The person said no at the prompt."""

    code = "DECLINED"
