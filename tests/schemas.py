"""What the program prints is held against the schemas that it prints.

An object of ours has no member that its schema does not name: they are closed, which
tests/project/test_schemas.py holds. Schemas are made once.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator, Draft202012Validator

from loyaltyctl.config.formats import Format
from loyaltyctl.contract.schemas import DIALECT, SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema.protocols import Validator

    from loyaltyctl.cli.runtime.context import Context

ERROR = '{"error":'
"""How the line on standard error begins that is the error under --json."""


@cache
def schema(name: str) -> Any:
    """The schema of this name."""
    return json.loads(json.dumps(SCHEMAS[name].document()))


@cache
def validator(name: str, *, lines: bool = False) -> Validator:
    """What checks a whole value, or a line of `-o jsonl`, against the schema of this name."""
    document: Any = SCHEMAS[name].line_document() if lines else schema(name)
    return (Draft202012Validator if document["$schema"] == DIALECT else Draft7Validator)(document)


def check(name: str, values: Iterable[Any], *, lines: bool = False) -> None:
    """Hold values against the schema of this name."""
    for value in values:
        for wrong in validator(name, lines=lines).iter_errors(value):
            told = "\n".join(
                f"  {one.json_path}: {one.message[:500]}" for one in (wrong, *(wrong.context or ()))
            )
            raise AssertionError(f"the schema {name} does not admit what was printed:\n{told}")


def check_run(context: Context, out: str, err: str) -> None:
    """Hold what a run printed against the schema of its command, where it is JSON and whole."""
    for line in err.splitlines():
        if line.startswith(ERROR):
            check("error", [json.loads(line)])
    name = context.command.replace(" ", "-")
    if not out or name not in SCHEMAS or context.flags.curl or context.flags.fields or context.flags.query:
        return
    lines = context.output.writer.format is Format.JSONL
    if lines or context.output.writer.format is Format.JSON:
        texts = out.splitlines() if lines else [out]
        check("requests" if context.dry_run else name, map(json.loads, texts), lines=lines)
