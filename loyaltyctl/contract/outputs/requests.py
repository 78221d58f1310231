"""Output of a dry run: the API requests that would be sent."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple


class Request(NamedTuple):
    """API request that a dry run would send, with the names of variables in place of secrets."""

    method: Annotated[str, "The HTTP method."]
    url: Annotated[str, "The URL."]
    headers: Annotated[dict[str, str], "The headers."]
    body: Annotated[dict[str, Any] | None, "The JSON body; null if there is none."]


Requests = list[Request]
