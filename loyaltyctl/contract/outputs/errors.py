"""Outputs about errors: the error that ended a command, and the failure of one of many changes."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from loyaltyctl import errors
from loyaltyctl.contract.json_values import OMITTED, Omitted
from loyaltyctl.errors import LoyaltyError


class Failure(NamedTuple):
    """Why something was not done."""

    code: Annotated[str, "What went wrong, for scripts: the API's own code, or one of ours."]
    message: Annotated[str, "The same in a sentence."]

    @classmethod
    def of(cls, error: LoyaltyError) -> Failure:
        """Return the code and the message of an error."""
        return cls(error.reason, error.message)


class Detail(NamedTuple):
    """One thing that is wrong."""

    where: Annotated[str | Omitted, "Where it stands: a file with line and column, an id, a profile."]
    field: Annotated[str | Omitted, "The field that it is about."]
    message: Annotated[str, "What it is, in a sentence."]
    rule: Annotated[str | Omitted, "What kind of thing it is, for scripts."] = OMITTED

    @classmethod
    def of(cls, detail: errors.Detail) -> Detail:
        """Return a detail without its empty members."""
        where, field, rule = (one or OMITTED for one in (str(detail.where), detail.field, detail.rule))
        return cls(where, field, detail.message, rule)


class Error(NamedTuple):
    """Why a command failed."""

    code: Annotated[str, "What went wrong, for scripts: the API's own code, or one of ours."]
    message: Annotated[str, "The same in a sentence."]
    hint: Annotated[str | None, "What to do next."]
    exit_code: Annotated[int, "The exit code of the command."]
    http_status: Annotated[int | Omitted, "The status of the API's answer."] = OMITTED
    request_id: Annotated[str | Omitted, "The id of the request, for the vendor's support."] = OMITTED
    details: Annotated[
        list[Detail] | Omitted, "Everything that is wrong, where it is more than one thing."
    ] = OMITTED

    @classmethod
    def of(cls, error: LoyaltyError, hint: str | None, exit_code: int) -> Error:
        """Return an error as printed with --json."""
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
    """What stands on standard error under --json."""

    error: Annotated[Error, "Why the command failed."]
