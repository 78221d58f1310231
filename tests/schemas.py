"""Check of JSON output against the published schemas.

Schemas of this program's own objects are closed (tests/project/test_schemas.py), so a member that is not in the
schema is found. Each schema is built once.
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
"""Beginning of the error object of --json on standard error."""


@cache
def schema(name: str) -> Any:
    """Return the schema of this name."""
    return json.loads(json.dumps(SCHEMAS[name].document()))


@cache
def validator(name: str, *, lines: bool = False) -> Validator:
    """Return the validator of a schema: for the whole output, or for a line of `-o jsonl`."""
    document: Any = schema(name)
    if lines and SCHEMAS[name].lines:
        choices = [{"$ref": f"#/$defs/{line}"} for line in SCHEMAS[name].lines]
        document = {"$schema": document["$schema"], "$defs": document["$defs"], "anyOf": choices}
    return (Draft202012Validator if document["$schema"] == DIALECT else Draft7Validator)(document)


def check(name: str, values: Iterable[Any], *, lines: bool = False) -> None:
    """Validate values against the schema of this name."""
    for value in values:
        for wrong in validator(name, lines=lines).iter_errors(value):
            violations = "\n".join(
                f"  {one.json_path}: {one.message[:500]}" for one in (wrong, *(wrong.context or ()))
            )
            raise AssertionError(f"the schema {name} does not admit what was printed:\n{violations}")


def check_run(context: Context, out: str, err: str) -> None:
    """Validate the output of a run against the schema of its command, if it is complete and in JSON."""
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
