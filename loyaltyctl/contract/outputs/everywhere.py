"""What any command may print: why it failed, and the requests of a dry run."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from loyaltyctl.contract.outputs.shape import Shape, optional


class Detail(Shape):
    """One thing that is wrong."""

    where: str = optional("Where it stands: a file with line and column, an id, a profile.")
    field: str = optional("The field that it is about.")
    message: str = Field(description="What it is, in a sentence.")
    rule: str = optional("What kind of thing it is, for scripts.")


class Error(Shape):
    """Why a command failed."""

    code: str = Field(description="What went wrong, for scripts: the API's own code, or one of ours.")
    message: str = Field(description="The same in a sentence.")
    hint: str | None = Field(description="What to do next.")
    exit_code: int = Field(description="The exit code of the command.")
    http_status: int = optional("The status of the API's answer.")
    request_id: str = optional("The id of the request, for the vendor's support.")
    details: list[Detail] = optional("Everything that is wrong, where it is more than one thing.")


class Failed(Shape):
    """What stands on standard error under --json."""

    error: Error = Field(description="Why the command failed.")


class Request(Shape):
    """A request that would be sent, with the names of variables in place of secrets."""

    method: str = Field(description="The HTTP method.")
    url: str = Field(description="The address.")
    headers: dict[str, str] = Field(description="The headers.")
    body: dict[str, Any] | None = Field(description="The body; null where there is none.")


Requests = list[Request]
