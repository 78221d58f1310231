"""What any command may print: why it failed, and the requests of a dry run."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from loyaltyctl.contract.json_values import OMITTED, Omitted


class Detail(NamedTuple):
    """One thing that is wrong."""

    where: Annotated[str | Omitted, "Where it stands: a file with line and column, an id, a profile."]
    field: Annotated[str | Omitted, "The field that it is about."]
    message: Annotated[str, "What it is, in a sentence."]
    rule: Annotated[str | Omitted, "What kind of thing it is, for scripts."] = OMITTED


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


class Failed(NamedTuple):
    """What stands on standard error under --json."""

    error: Annotated[Error, "Why the command failed."]


class Request(NamedTuple):
    """A request that would be sent, with the names of variables in place of secrets."""

    method: Annotated[str, "The HTTP method."]
    url: Annotated[str, "The address."]
    headers: Annotated[dict[str, str], "The headers."]
    body: Annotated[dict[str, Any] | None, "The body; null where there is none."]


Requests = list[Request]
