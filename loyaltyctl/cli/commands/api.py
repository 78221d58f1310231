"""`loyaltyctl api`: call any method of the API with the credentials in use."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.redaction import redacted_url

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject


class Method(StrEnum):
    """HTTP methods that `loyaltyctl api` sends. GET only reads; all others are treated as changes."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


MethodName = Annotated[
    Method,
    Argument(metavar="METHOD", case_sensitive=False, help=f"One of: {' '.join(Method)}.", show_default=False),
]
PathOnServer = Annotated[
    str, Argument(metavar="PATH", help="Path on the server, beginning with /.", show_default=False)
]


def api(ctx: Context, method: MethodName, path: PathOnServer, file: flags.File = None) -> None:
    """Call any method of the API, and print the JSON of the response.

    For methods without a command. The path, with an optional ?query, is one on the server
    of the profile; the credentials are never sent elsewhere. -f reads the body, a JSON
    object. A DELETE asks for confirmation, unless -y is given. Changes are listed by rules
    history.

    Examples:
      loyaltyctl -p sandbox api GET /_api/loyalty-earning-rules/v1/earning-rules/rules
      loyaltyctl -p sandbox api POST /_api/loyalty-earning-rules/v1/earning-rules -f body.json --dry-run
    """
    from loyaltyctl.api.paths import validate_path

    validate_path(path)
    body = _request_body(ctx, method, file)
    # Some methods of the API that use POST only read, but which ones is unknown here: assume a change.
    if method is not Method.GET:
        ctx.output.after_change = True
    if method is Method.DELETE:
        ctx.prompts.confirm(f"Send DELETE {redacted_url(path)} for {ctx.connection.site}?")
    response = ctx.connection.client.send(method.value, path, body)
    if response is not None:
        ctx.output.show_document(response)


def _request_body(ctx: Context, method: Method, file: str | None) -> JsonObject | None:
    """Return the body of an API request: the JSON object in the file of -f; None without -f.

    Raises UsageError for the body of a GET, and InvalidData for a number whose digits would change when
    Python writes it again.
    """
    if file is None:
        return None
    if method is Method.GET:
        raise UsageError("a GET has no body", hint="Put the query into the path, after a ?")
    from loyaltyctl.intake import strict_json
    from loyaltyctl.intake.documents import display_name, parse
    from loyaltyctl.intake.exact_numbers import check_exact_numbers

    data = ctx.inputs.read_bytes(file)
    document = parse(data, display_name(file))
    if not isinstance(document.value, dict):
        raise InvalidData(f"{document.name}: the body must be one JSON object", hint='Example: {"name": 1}')
    check_exact_numbers(document, strict_json.decode(data, document.name))
    return document.value
