"""Outputs about errors: the error that ended a command, and the failure of one of many changes."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from loyaltyctl import errors
from loyaltyctl.contract.json_values import OMITTED, Omitted
from loyaltyctl.errors import LoyaltyError


class Failure(NamedTuple):
    """Error of one change out of several: the reason that the change was not made."""

    code: Annotated[str, "Error code, for scripts: the API's, or one of loyaltyctl."]
    message: Annotated[str, "The error in a sentence."]

    @classmethod
    def of(cls, error: LoyaltyError) -> Failure:
        """Convert an error to an output: the failure of one change out of several, with code and message."""
        return cls(error.reason, error.message)


class Detail(NamedTuple):
    """One of several problems that an error reports."""

    where: Annotated[str | Omitted, "The location: a file with line and column, an id, or a profile."]
    field: Annotated[str | Omitted, "The field."]
    message: Annotated[str, "The problem in a sentence."]
    rule: Annotated[str | Omitted, "The kind of problem, for scripts."] = OMITTED

    @classmethod
    def of(cls, detail: errors.Detail) -> Detail:
        """Convert a problem that an error reports to its JSON output, with OMITTED for empty members."""
        where, field, rule = (one or OMITTED for one in (str(detail.where), detail.field, detail.rule))
        return cls(where, field, detail.message, rule)


class Error(NamedTuple):
    """Error that ended a command, as printed with --json."""

    code: Annotated[str, "Error code, for scripts: the API's, or one of loyaltyctl."]
    message: Annotated[str, "The error in a sentence."]
    hint: Annotated[str | None, "The next step, if one is known."]
    exit_code: Annotated[int, "The exit code of the command."]
    http_status: Annotated[int | Omitted, "The HTTP status of the API's response."] = OMITTED
    request_id: Annotated[str | Omitted, "The id of the request, for Wix support."] = OMITTED
    details: Annotated[list[Detail] | Omitted, "All problems, if there are several."] = OMITTED

    @classmethod
    def of(cls, error: LoyaltyError, hint: str | None, exit_code: int) -> Error:
        """Convert the error that ended a command to its JSON output."""
        return cls(
            error.reason,
            error.message,
            hint,
            int(exit_code),
            OMITTED if error.http_status is None else error.http_status,
            OMITTED if error.request_id is None else error.request_id,
            [*map(Detail.of, error.details)] or OMITTED,
        )


class Failed(NamedTuple):
    """Error as a JSON object, printed to standard error by a command that fails with --json."""

    error: Annotated[Error, "The error that ended the command."]
