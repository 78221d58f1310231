"""Run a command line in this process: UTF-8 streams, closed streams, unexpected exceptions."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO, cast

from loyaltyctl.cli.commands.root import run, wants_json
from loyaltyctl.cli.runtime.console import Console
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_process(argv: Sequence[str]) -> int:
    """Run a command line with this process's standard streams and environment; return its exit code."""
    console = Console(
        stdin=sys.stdin or _null_stream("r"),
        stdout=_as_utf8(sys.stdout or _null_stream("w")),
        stderr=_as_utf8(sys.stderr or _null_stream("w")),
        environ=os.environ,
    )
    context = Context(console)
    try:
        return run(argv, context)
    except Exception as error:  # noqa: BLE001 - a defect of this program: reported in one sentence, without a traceback
        context.messages.error(context.messages.internal_error(error), as_json=wants_json(context, argv))
        return ExitCode.FAILED


def _as_utf8(stream: TextIO) -> TextIO:
    """Switch an output stream of the process to UTF-8 in any locale, and escape lone surrogates."""
    reconfigure = getattr(stream, "reconfigure", None)  # missing if the stream was replaced, as in tests
    if reconfigure:
        # newline="\n": output is the same on Windows, and CSV has its own line ends.
        reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return stream


def _null_stream(mode: str) -> TextIO:
    """Open the null device, which replaces a closed standard stream of the process (`>&-`)."""
    return cast("TextIO", open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123 - stays open until the process ends
