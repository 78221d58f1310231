"""Requests of a dry run as text: to read, as JSON, or as curl commands."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from loyaltyctl.api.dry_run import REVISION
from loyaltyctl.contract.outputs.requests import Request
from loyaltyctl.model.short_form import AWARD
from loyaltyctl.render.views import Column, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


PLACEHOLDERS = {
    REVISION: "the revision of the rule, which is read just before",
    "…": "a value that may be a secret, which is not shown",
    AWARD: "the award of the rule, which is read just before and keeps what is not given here",
}

_CURL_GLOB = frozenset("[]{}")
"""Characters that make curl expand one URL to several, unless -g is given."""

VIEW: View[Request] = View(
    columns=(
        Column("METHOD", lambda request: request.method),
        Column("URL", lambda request: request.url, whole=True),
        Column("BODY", lambda request: "" if request.body is None else _compact(request)),
    ),
    output=lambda request: request,
    id=lambda request: request.url,
    output_type=Request,
)


def placeholders(requests: Sequence[Request]) -> list[str]:
    """Return a sentence for each placeholder in these requests."""
    return [
        f"{word} stands for {meaning}"
        for word, meaning in PLACEHOLDERS.items()
        if any(word in request.url + _compact(request) for request in requests)
    ]


def to_text(requests: Iterable[Request]) -> str:
    """Return requests as HTTP messages, with indented JSON bodies."""
    return "\n".join(map(_message, requests))


def to_curl(requests: Iterable[Request]) -> str:
    """Return requests as curl commands, one a line; the POSIX shell expands $VARIABLES in headers."""
    return "".join(f"{_curl(request)}\n" for request in requests)


def _curl(request: Request) -> str:
    no_glob = ["-g"] if _CURL_GLOB.intersection(request.url) else []
    parts = ["curl", *no_glob, "-X", request.method]
    for name, value in request.headers.items():
        parts += ["-H", f'"{name}: {value}"' if value.startswith("$") else shlex.quote(f"{name}: {value}")]
    if request.body is not None:
        parts += ["--data", shlex.quote(_compact(request))]
    return " ".join([*parts, shlex.quote(request.url)])


def _message(request: Request) -> str:
    lines = [
        f"{request.method} {request.url}",
        *(f"{name}: {value}" for name, value in request.headers.items()),
    ]
    body = "" if request.body is None else f"\n{json.dumps(request.body, indent=2)}\n"
    return "\n".join(lines) + "\n" + body


def _compact(request: Request) -> str:
    return json.dumps(request.body, separators=(",", ":"))
