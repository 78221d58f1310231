"""The command line as a process: its streams, its signals, its last words."""

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
    """Run `argv` with the streams and the environment of this process."""
    console = Console(
        stdin=sys.stdin or _closed("r"),
        stdout=_tolerant(sys.stdout or _closed("w")),
        stderr=_tolerant(sys.stderr or _closed("w")),
        environ=os.environ,
    )
    context = Context(console)
    try:
        return run(argv, context)
    except Exception as error:  # noqa: BLE001 - a defect of ours: told in a sentence, with a way to report it
        return _defect(context, argv, error)


def _tolerant(stream: TextIO) -> TextIO:
    """The stream in UTF-8 whatever the locale says; what cannot be encoded is written as an escape."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return stream


def _closed(mode: str) -> TextIO:
    """Stands for a stream that the caller has closed."""
    return cast("TextIO", open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123 - open to the end


def _defect(context: Context, argv: Sequence[str], error: Exception) -> int:
    context.messages.error(context.messages.internal_error(error), as_json=wants_json(context, argv))
    return ExitCode.FAILED
