"""Format the requests of a dry run: as HTTP messages, as curl commands, or as table rows."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from loyaltyctl.api.dry_run import REVISION
from loyaltyctl.contract.outputs.requests import Request
from loyaltyctl.model.rule_forms import AWARD
from loyaltyctl.render.views import Column, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


PLACEHOLDERS = {
    REVISION: "the current revision of the rule, which a real run reads first",
    "…": "a value that may be a secret, which is not shown",
    AWARD: "the award of the rule: a real run reads it first, and changes only the given parts",
}
"""Texts that replace values which a dry run does not know or does not show, each with its meaning."""

_CURL_GLOB = frozenset("[]{}")
"""Characters that curl expands to several URLs (globbing), unless -g is given."""

VIEW: View[Request] = View(
    columns=(
        Column("METHOD", lambda request: request.method),
        Column("URL", lambda request: request.url, whole=True),
        Column("BODY", lambda request: "" if request.body is None else _compact_body(request)),
    ),
    output=lambda request: request,
    id=lambda request: request.url,
    output_type=Request,
)


def placeholders(requests: Sequence[Request]) -> list[str]:
    """Return the meaning of each placeholder in the requests of a dry run: `REVISION stands for the …`."""
    return [
        f"{word} stands for {meaning}"
        for word, meaning in PLACEHOLDERS.items()
        if any(word in request.url + _compact_body(request) for request in requests)
    ]


def to_text(requests: Iterable[Request]) -> str:
    """Return the requests of a dry run as HTTP messages, with indented JSON bodies."""
    return "\n".join(map(_http_message, requests))


def to_curl(requests: Iterable[Request]) -> str:
    """Format the requests of a dry run as curl commands, one per line, for a POSIX shell.

    Headers with secrets have the form "Authorization: $VARIABLE", which the shell expands.
    """
    return "".join(f"{_curl_command(request)}\n" for request in requests)


def _curl_command(request: Request) -> str:
    """Return a request of a dry run as a curl command."""
    no_glob = ["-g"] if _CURL_GLOB.intersection(request.url) else []
    parts = ["curl", *no_glob, "-X", request.method]
    for name, value in request.headers.items():
        # Double quotes let the shell expand $VARIABLE; all other values are quoted literally.
        parts += ["-H", f'"{name}: {value}"' if value.startswith("$") else shlex.quote(f"{name}: {value}")]
    if request.body is not None:
        parts += ["--data", shlex.quote(_compact_body(request))]
    return " ".join([*parts, shlex.quote(request.url)])


def _http_message(request: Request) -> str:
    """Return a request of a dry run as an HTTP message: request line, headers, indented JSON body."""
    lines = [
        f"{request.method} {request.url}",
        *(f"{name}: {value}" for name, value in request.headers.items()),
    ]
    body = "" if request.body is None else f"\n{json.dumps(request.body, indent=2)}\n"
    return "\n".join(lines) + "\n" + body


def _compact_body(request: Request) -> str:
    """Return the body of a dry-run request as JSON without spaces."""
    return json.dumps(request.body, separators=(",", ":"))
