"""The requests of a dry run, as text: for reading, as JSON, or as curl commands."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from loyaltyctl.api.dry_run import REVISION
from loyaltyctl.model.short_form import AWARD
from loyaltyctl.render.views import Column, View

if TYPE_CHECKING:
    from loyaltyctl.api.dry_run import PreparedRequest
    from loyaltyctl.cli.runtime.context import Context

STAND_INS = {
    REVISION: "the revision of the rule, which is read just before",
    "…": "a value that may be a secret, which is not shown",
    AWARD: "the award of the rule, which is read just before and keeps what is not given here",
}

_GLOBBED = frozenset("[]{}")
"""What curl would make several URLs of."""

VIEW: View[PreparedRequest] = View(
    columns=(
        Column("METHOD", lambda request: request.method),
        Column("URL", lambda request: request.url, whole=True),
        Column("BODY", lambda request: "" if request.body is None else _compact(request)),
    ),
    plain=lambda request: request.document(),
    id=lambda request: request.url,
    fields=("method", "url", "headers", "body"),
)


def show(context: Context) -> None:
    """Write the requests that a command would have sent."""
    requests = [request for client in context.rehearsed for request in client.prepared_requests]
    context.say.note("dry run: nothing is sent")
    for word, what in STAND_INS.items():
        if any(word in request.url + _compact(request) for request in requests):
            context.say.note(f"{word} stands for {what}")
    if context.flags.curl:
        context.stdout.write("".join(f"{curl(request)}\n" for request in requests))
    elif context.settings["output"].value or context.flags.fields or context.flags.query:
        context.stdout.write(context.writer.many(requests, VIEW))
    else:
        context.stdout.write("\n".join(map(_message, requests)))


def curl(request: PreparedRequest) -> str:
    """The request as a command for a POSIX shell; variables in headers are left to that shell."""
    takes_it_as_it_is = ["-g"] if _GLOBBED.intersection(request.url) else []
    parts = ["curl", *takes_it_as_it_is, "-X", request.method]
    for name, value in request.headers.items():
        parts += ["-H", f'"{name}: {value}"' if value.startswith("$") else shlex.quote(f"{name}: {value}")]
    if request.body is not None:
        parts += ["--data", shlex.quote(_compact(request))]
    return " ".join([*parts, shlex.quote(request.url)])


def _message(request: PreparedRequest) -> str:
    lines = [
        f"{request.method} {request.url}",
        *(f"{name}: {value}" for name, value in request.headers.items()),
    ]
    body = "" if request.body is None else f"\n{json.dumps(request.body, indent=2)}\n"
    return "\n".join(lines) + "\n" + body


def _compact(request: PreparedRequest) -> str:
    return json.dumps(request.body, separators=(",", ":"))
