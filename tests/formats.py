"""Check of all output formats: each value that a test prints is also written in the other formats, and parsed.

The contexts of the tests are CheckedContexts, so every view is checked with the values of every test. To run
the program with these checks in a shell:

    python -m tests.formats ARGUMENTS
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from loyaltyctl.cli.commands.root import run
from loyaltyctl.cli.runtime.console import Console
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.output import Output
from loyaltyctl.config.formats import Format
from loyaltyctl.render.terminal import Terminal
from loyaltyctl.render.visible import HOSTILE
from tests.scale import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.render.writer import Writer


class CheckedOutput(Output):
    """Output that checks every format with each value that it writes."""

    def _write_formatted(self, render: Callable[[Writer], str]) -> None:
        super()._write_formatted(render)
        if not self._console.dry_run:
            check_formats(self.writer, render)


class CheckedContext(Context):
    """Context with a CheckedOutput."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.output = CheckedOutput(console, self.messages, lambda: self.settings)


TERMINALS = [Terminal(interactive=True, width=width, color=False, now=1.8e9) for width in (40, 200)]
LARGE = 20_000
"""Length of JSON text above which YAML is not checked: it takes too long."""


def check_formats(writer: Writer, render: Callable[[Writer], str]) -> None:
    """Check the text of each format that can be combined with the given fields or query."""
    writer = writer._replace(terminal=writer.terminal._replace(color=False))
    whole = render(writer._replace(format=Format.JSON))
    value = _strict(whole)
    is_stable = render(writer._replace(format=Format.JSON)) == whole  # samples of events have new ids
    for format_ in sample(_fitting(writer), key=lambda one: f"{one} {whole}"):
        if format_ is Format.YAML and len(whole) > LARGE:
            continue
        text = render(writer._replace(format=format_))
        assert not HOSTILE.search(text.replace("\n", "").replace("\t", "")), (format_, text)
        _check(format_, text, value if is_stable else None)
    if writer.query is None:
        for terminal in sample(TERMINALS, key=lambda one: f"{one.width} {whole}"):
            assert "\x1b" not in render(writer._replace(format=Format.TABLE, terminal=terminal))


def _fitting(writer: Writer) -> list[Format]:
    if writer.query is not None:
        return [Format.JSONL, Format.YAML]
    without = {Format.JSON, *({Format.ID, Format.SARIF} if writer.fields else ())}
    return [format_ for format_ in Format if format_ not in without]


def _check(format_: Format, text: str, value: Any) -> None:
    match format_:
        case Format.YAML:
            read = YAML(typ="safe", pure=True).load(text)
            # As JSON, which tells 1 from 1.0 and from true.
            assert value is None or json.dumps(read) == json.dumps(value), text
        case Format.JSONL:
            for line in text.splitlines():
                _strict(line)
        case Format.CSV:
            widths = {len(row) for row in csv.reader(io.StringIO(text))}
            assert len(widths) <= 1, text
        case Format.SARIF:
            _strict(text)
        case _:
            assert text == "" or text.endswith("\n"), text


def _strict(text: str) -> Any:
    """Parse JSON text strictly: NaN and Infinity are errors."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(text: str) -> None:
    raise AssertionError(text)


if __name__ == "__main__":
    console = Console(stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr, environ=os.environ)
    sys.exit(run(sys.argv[1:], CheckedContext(console)))
